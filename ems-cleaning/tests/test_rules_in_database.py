"""Rules' parameters in the database, and estimates beside the readings, on a real database."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ems_cleaning.main import lines_of
from ems_cleaning.stage import CleaningStage
from ems_common import journal
from ems_common.clock import utc_now
from ems_common.journal import ALL, BEGINNING_UTC, END_UTC, Change
from ems_common.quality.series import to_ms, to_utc
from ems_common.quality_preview import preview
from ems_common.quality_store import filled_readings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made import NOON_MS, QUARTER_MS
from plant import ENERGY, POWER, STATE, Plant, timed

pytestmark = pytest.mark.db
SPIKE_AT = 1500
DAY_ROWS = 96


@pytest.fixture
def plant(plant: Plant) -> Plant:
    with plant.dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_cleaning_rules")
        session.execute("DELETE FROM tbl_cleaning_rules_file")
        session.execute("DELETE FROM tbl_change_journal")
    return plant


def power() -> list[float]:
    values = np.round(50 + 10 * np.sin(np.arange(1600) / 15) + np.random.default_rng(2).random(1600), 2)
    values[SPIKE_AT] = 400.0
    return [float(value) for value in values]


def keep_rule(plant: Plant, rule: str, enabled: bool, parameters: str = "{}", **scope: Any) -> None:
    """As the API does: the rule and its journal row in one transaction."""
    kind, point_id = scope.get("kind"), scope.get("point")
    with plant.dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_cleaning_rules WHERE rule = %s", (rule,))
        session.execute(
            "INSERT INTO tbl_cleaning_rules (name, point_kind, point_id, rule, is_enabled, parameters)"
            " VALUES ('r', %s, %s, %s, %s, %s)",
            (kind, point_id, rule, enabled, parameters),
        )
        entity = ("point_rules", point_id) if point_id else (f"{kind}_rules", ALL)
        journal.write(session, [Change("clean", *entity, BEGINNING_UTC, END_UTC, "cleaning rule changed")])


def estimated(plant: Plant) -> list[tuple[datetime, float, str]]:
    with plant.dbs.session("historical_db") as session:
        return [
            (row[0].replace(tzinfo=UTC), float(row[1]), row[2])
            for row in session.rows(
                "SELECT utc_date_time, actual_value, method FROM tbl_estimated_readings ORDER BY 1"
            )
        ]


def row_utc(row: int) -> datetime:
    return to_utc(NOON_MS + row * QUARTER_MS)


def test_a_changed_rule_judges_again_and_tells_only_what_turned(plant: Plant) -> None:
    stage = plant.stage()
    plant.write(POWER, timed(power()))
    plant.settle(stage)
    assert plant.bad_times(POWER) == [NOON_MS + SPIKE_AT * QUARTER_MS]
    plant.told()
    keep_rule(plant, "spike", False, kind="analog")
    plant.settle(stage)
    assert plant.bad_times(POWER) == []
    assert plant.told() == [(POWER, row_utc(SPIKE_AT), to_utc(NOON_MS + SPIKE_AT * QUARTER_MS + 1))]
    keep_rule(plant, "spike", True, '{"times_usual": 2}', point=POWER)
    plant.settle(stage)
    assert plant.bad_times(POWER) == [NOON_MS + SPIKE_AT * QUARTER_MS]


def test_a_rule_that_cannot_be_used_stops_nothing(plant: Plant) -> None:
    keep_rule(plant, "spike", False, '{"nonsense": 1}', kind="analog")
    plant.write(POWER, timed(power()))
    plant.settle()
    assert plant.bad_times(POWER) == [NOON_MS + SPIKE_AT * QUARTER_MS]


def test_estimates_stand_beside_the_readings_and_go_with_the_rule(plant: Plant) -> None:
    rows = timed(power())
    gap = range(1400, 1404)
    stage = plant.stage()
    plant.write(POWER, [row for n, row in enumerate(rows) if n not in gap])
    plant.settle(stage)
    assert estimated(plant) == []
    raw = plant.tables()[1]
    keep_rule(plant, "fill", True, '{"method": "linear"}', kind="analog")
    plant.settle(stage)
    found = estimated(plant)
    assert [moment for moment, _, _ in found] == [row_utc(n) for n in (*gap, SPIKE_AT)]
    low, high = rows[1399][1], rows[1404][1]
    hand = [round(low + (high - low) * n / 5, 6) for n in range(1, 5)]
    assert [value for _, value, _ in found[:4]] == pytest.approx(hand, abs=1e-6)
    assert plant.tables()[1] == raw

    # A late reading takes the place of its estimate; a measurement goes before any estimate.
    plant.write(POWER, [rows[1401]])
    plant.settle(stage)
    assert [moment for moment, _, _ in estimated(plant)] == [row_utc(n) for n in (1400, 1402, 1403, SPIKE_AT)]
    with plant.dbs.session("historical_db") as session:
        whole = filled_readings(session, "analog", [POWER], BEGINNING_UTC, END_UTC)[POWER]
    assert len(whole.time_ms) == len(rows)
    assert np.flatnonzero(whole.is_estimated).tolist() == [1400, 1402, 1403, SPIKE_AT]
    assert whole.value[1401] == rows[1401][1]
    assert whole.value[SPIKE_AT] < 100

    keep_rule(plant, "fill", False, kind="analog")
    plant.settle(stage)
    assert estimated(plant) == []


def test_a_seasonal_estimate_follows_the_day_before(plant: Plant) -> None:
    shape = 50 + 30 * np.sin(2 * np.pi * np.arange(DAY_ROWS * 8) / DAY_ROWS)
    values = np.round(shape + 5 * np.repeat(np.arange(8), DAY_ROWS), 3)
    gap = range(DAY_ROWS * 4 + 14, DAY_ROWS * 4 + 34)
    keep_rule(plant, "fill", True, '{"method": "seasonal"}', point=POWER)
    plant.write(POWER, [row for n, row in enumerate(timed(values.tolist())) if n not in gap])
    plant.settle()
    found = estimated(plant)
    assert {method for _, _, method in found} == {"seasonal"}
    assert [value for _, value, _ in found] == pytest.approx(values[list(gap)].tolist(), abs=0.01)
    straight = np.interp(gap, [gap.start - 1, gap.stop], values[[gap.start - 1, gap.stop]])
    assert max(abs(value - line) for (_, value, _), line in zip(found, straight, strict=True)) > 5


def test_live_passes_fill_as_one_pass_does(plant: Plant) -> None:
    keep_rule(plant, "fill", True, '{"method": "seasonal"}', kind="analog")
    rows = [row for n, row in enumerate(timed(power())) if n not in range(1400, 1404)]
    plant.write(POWER, rows)
    plant.settle()
    expected, tables = estimated(plant), plant.tables()
    plant.wipe()
    stage = plant.stage()
    for begin in [0, *range(1300, len(rows), 3)]:
        plant.write(POWER, rows[begin : 1300 if begin == 0 else begin + 3], kind="data_source")
        plant.settle(stage)
    assert estimated(plant) == expected
    assert plant.tables() == tables


def test_a_preview_for_the_terminal(plant: Plant) -> None:
    plant.write(POWER, timed(power()))
    plant.settle()
    before = plant.tables()
    found = preview(plant.dbs, POWER, row_utc(1300), row_utc(1600), {"spike": {"enabled": False}})
    assert (found.readings, found.bad, found.bad_now) == (300, 0, 1)
    lines = lines_of(found)
    assert lines[1] == "bad: 0 (0.00%); with the rules in force: 1 (0.33%); estimated: 0"
    assert plant.tables() == before


def shown(plant: Plant, point_id: int, begin: datetime, end: datetime, **rules: dict[str, Any]) -> set[Any]:
    found = preview(plant.dbs, point_id, begin, end, rules, most=100_000)
    return {(verdict.time_utc, verdict.rule, verdict.detail) for verdict in found.verdicts}


def stored(plant: Plant, point_id: int, begin: datetime, end: datetime) -> set[Any]:
    with plant.dbs.session("historical_db") as session:
        rows = session.rows(
            "SELECT utc_date_time, rule, detail FROM tbl_reading_verdicts WHERE point_id = %s"
            " AND utc_date_time >= %s AND utc_date_time < %s",
            (point_id, begin.replace(tzinfo=None), end.replace(tzinfo=None)),
        )
    return {(row[0].replace(tzinfo=UTC), row[1], row[2]) for row in rows}


def test_a_preview_says_what_the_daemon_says_with_its_rules_file(plant: Plant, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        f"analog: {{spike: false}}\npoints: {{{STATE}: {{gap: false}}, {POWER}: {{iqr: true}}}}\n"
    )
    settings_ = replace(plant.settings, rules_file=rules)
    plant.write(POWER, timed(power()))
    stage = CleaningStage(plant.dbs, settings_)
    plant.settle(stage)
    begin, end = row_utc(0), row_utc(1600)
    assert {rule for _, rule, _ in stored(plant, POWER, begin, end)} == {"iqr"}
    assert shown(plant, POWER, begin, end) == stored(plant, POWER, begin, end)
    # What the database has goes before the file.
    keep_rule(plant, "iqr", False, point=POWER)
    plant.settle(stage)
    assert stored(plant, POWER, begin, end) == set() == shown(plant, POWER, begin, end)


def test_a_changed_rules_file_is_judged_again_at_the_next_start(plant: Plant, tmp_path: Path) -> None:
    plant.write(POWER, timed(power()))
    plant.settle()
    spike = [NOON_MS + SPIKE_AT * QUARTER_MS]
    assert plant.bad_times(POWER) == spike
    rules = tmp_path / "rules.yaml"
    rules.write_text("analog: {spike: false}\n")
    settings_ = replace(plant.settings, rules_file=rules)
    plant.settle(CleaningStage(plant.dbs, settings_))
    assert plant.bad_times(POWER) == []
    plant.settle(CleaningStage(plant.dbs, settings_))
    plant.settle()  # without the file
    assert plant.bad_times(POWER) == spike


def test_a_preview_of_hours_sees_what_the_daemon_sees_around_them(plant: Plant) -> None:
    register = np.cumsum(np.full(1200, 0.5)) + 100
    register[640:] += 0.2
    register[700:706] = 0.0
    rows = [row for n, row in enumerate(timed(register.tolist())) if not 300 <= n < 640]
    future = (to_ms(utc_now()) + 400_000, 1e6)
    plant.write(ENERGY, [*rows, future])
    plant.write(POWER, timed(power()))
    plant.settle()
    with plant.dbs.session("historical_db") as session:
        # A person has put the first of the zeros there.
        session.execute(
            "INSERT INTO tbl_repaired_readings (file_id, point_id, utc_date_time, new_value, applied_utc)"
            " VALUES (1, %s, %s, 0, UTC_TIMESTAMP())",
            (ENERGY, row_utc(700).replace(tzinfo=None)),
        )
    stage = plant.stage()
    stage.recompute(BEGINNING_UTC, END_UTC, f"point:{ENERGY}")
    plant.settle(stage)
    for begin, end in ((630, 645), (690, 702), (703, 720), (1495, 1505)):
        for point_id in (ENERGY, POWER):
            span = row_utc(begin), row_utc(end)
            assert shown(plant, point_id, *span) == stored(plant, point_id, *span), (point_id, begin)
    rules = {rule for _, rule, _ in stored(plant, ENERGY, row_utc(0), row_utc(1300))}
    assert {"gap", "dip"} <= rules
    assert row_utc(700) not in {moment for moment, _, _ in stored(plant, ENERGY, row_utc(0), row_utc(1300))}
    tomorrow = utc_now() + timedelta(days=1)
    last = tomorrow - timedelta(days=2), tomorrow
    assert {rule for _, rule, _ in stored(plant, ENERGY, *last)} >= {"future"}
    assert shown(plant, ENERGY, *last) == stored(plant, ENERGY, *last)
    with plant.dbs.session("historical_db") as session:
        session.execute("DELETE FROM tbl_repaired_readings")


METHODS = ("linear", "previous", "seasonal")


def gappy_power(rng: random.Random) -> list[tuple[int, float]]:
    """Some days of a power with faults and pauses."""
    count = rng.randint(100, 500)
    values = [50 + 10 * np.sin(n / 15) + rng.random() for n in range(count)]
    for _ in range(rng.randint(0, 5)):
        place, length = rng.randrange(count), rng.choice([1, 2, 6])
        values[place : place + length] = [v * rng.choice([0, 5]) for v in values[place : place + length]]
    gone: set[int] = set()
    for _ in range(rng.randint(0, 5)):
        place = rng.randrange(count)
        gone.update(range(place, place + rng.choice([1, 3, 12, 40])))
    return [row for n, row in enumerate(timed([float(v) for v in values])) if n not in gone]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), method=st.sampled_from(METHODS), late=st.booleans())
def test_filling_changes_no_measurement_can_be_repeated_and_goes_without_a_trace(
    plant: Plant, seed: int, method: str, late: bool
) -> None:
    rng = random.Random(seed)
    rows = gappy_power(rng)
    plant.wipe()
    keep_rule(plant, "fill", False, kind="analog")
    stage = plant.stage()
    plant.write(POWER, rows)
    plant.settle(stage)
    without = plant.tables(), estimated(plant), whole(plant)
    assert without[1] == []
    keep_rule(plant, "fill", True, f'{{"method": "{method}"}}', kind="analog")
    plant.settle(stage)
    made = estimated(plant)
    assert (plant.tables(), whole(plant)) == (without[0], without[2])
    good = {row[1] for row in plant.tables()[1] if not row[2]}
    assert not {moment.replace(tzinfo=None) for moment, _, _ in made} & good
    # Again, and from nothing: the same.
    stage.recompute(BEGINNING_UTC, END_UTC, f"point:{POWER}")
    plant.settle(plant.stage() if late else stage)
    assert estimated(plant) == made
    keep_rule(plant, "fill", False, kind="analog")
    plant.settle(stage)
    assert (plant.tables(), estimated(plant), whole(plant)) == without


def whole(plant: Plant) -> list[tuple[Any, ...]]:
    """All that is stored of the readings themselves."""
    with plant.dbs.session("historical_db") as session:
        return session.rows("SELECT * FROM tbl_analog_value ORDER BY point_id, utc_date_time")


CHANGES = (
    ("spike", '{"times_usual": 1.0, "share_below": 0.2}'),
    ("spike", '{"longest_hours": 0}'),
    ("stuck", '{"least_rows": 30}'),
    ("gap", '{"times_usual": 4}'),
    ("hampel", "{}"),
    ("duplicate", '{"keep": "last"}'),
    ("range", "{}"),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), data=st.data())
def test_judging_again_after_a_change_of_rules_is_judging_with_the_new_rules(
    plant: Plant, seed: int, data: st.DataObject
) -> None:
    changes = data.draw(
        st.lists(st.tuples(st.sampled_from(CHANGES), st.booleans(), st.booleans()), min_size=1, max_size=3)
    )
    rows = gappy_power(random.Random(seed))
    plant.wipe()
    with plant.dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_cleaning_rules")
    stage = plant.stage()
    plant.write(POWER, rows)
    plant.settle(stage)
    for (rule, parameters), enabled, of_point in changes:
        scope: dict[str, Any] = {"point": POWER} if of_point else {"kind": "analog"}
        keep_rule(plant, rule, enabled, parameters, **scope)
        plant.settle(stage)
    changed = plant.tables()
    plant.wipe()
    plant.write(POWER, rows)
    plant.settle(plant.stage())
    assert plant.tables() == changed
