"""Rules' parameters in the database, and estimates beside the readings, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from ems_cleaning.main import lines_of
from ems_common import journal
from ems_common.journal import ALL, BEGINNING_UTC, END_UTC, Change
from ems_common.quality.series import to_utc
from ems_common.quality_preview import preview
from ems_common.quality_store import filled_readings
from made import NOON_MS, QUARTER_MS
from plant import POWER, Plant, timed

pytestmark = pytest.mark.db
SPIKE_AT = 1500
DAY_ROWS = 96


@pytest.fixture
def plant(plant: Plant) -> Plant:
    with plant.dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_cleaning_rules")
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
