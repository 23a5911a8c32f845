"""Passes of the stage on a real database."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_cleaning.retention import Retention
from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage
from ems_cleaning.store import as_text
from ems_common import journal
from ems_common.journal import BEGINNING_UTC, END_UTC, Change
from ems_common.quality.parameters import RuleBook
from ems_common.quality.series import to_utc
from ems_common.quality.site import Site
from ems_common.quality_store import site_of
from ems_common.settings import load
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made import QUARTER_MS, register
from plant import ENERGY, POWER, Plant, timed

pytestmark = pytest.mark.db


def test_new_readings_are_judged_explained_and_told_once(plant: Plant) -> None:
    values = register(100)
    values[50] = 0.0
    rows = timed(values)
    plant.write(ENERGY, rows)
    plant.settle()
    assert plant.bad_times(ENERGY) == [rows[50][0]]
    assert [(v[2], v[0]) for v in plant.tables()[3]] == [("dip", ENERGY)]
    told = plant.told()
    assert told == [(ENERGY, to_utc(rows[0][0]), to_utc(rows[-1][0] + 1))]
    assert plant.open_rows() == 0
    plant.settle()
    assert plant.told() == []


def test_judging_again_changes_nothing_and_is_told_once(plant: Plant) -> None:
    values = register(100)
    values[50] = 0.0
    plant.write(ENERGY, timed(values))
    plant.settle()
    before = plant.tables()
    plant.told()
    stage = plant.stage()
    assert stage.recompute(BEGINNING_UTC, END_UTC, f"point:{ENERGY}") == 1
    plant.settle(stage)
    assert plant.tables() == before
    assert len(plant.told()) == 1


def test_a_late_reading_turns_the_verdict_of_its_neighbours(plant: Plant) -> None:
    rows = timed(register(60))
    dropped = timed([*register(60), 0.0, 1.0, 2.0, 3.0])[60:]
    plant.write(ENERGY, rows + dropped)
    plant.settle()
    assert plant.bad_times(ENERGY) == []  # a reset, it seems
    plant.told()
    recovered = [(rows[-1][0] + 10 * QUARTER_MS, 1100.0)]
    plant.write(ENERGY, recovered)
    plant.settle()
    assert plant.bad_times(ENERGY) == [time_ms for time_ms, _ in dropped]
    told = {(a, b) for _, a, b in plant.told()}
    assert (to_utc(dropped[0][0]), to_utc(dropped[-1][0] + 1)) in told


def test_rows_of_other_tools_are_found_without_a_journal(plant: Plant) -> None:
    values = register(100)
    values[50] = 0.0
    plant.write(ENERGY, timed(values), kind="", is_bad=None)
    plant.settle()
    _bad = plant.tables()[0]
    assert [flag for _, _, flag in _bad] == [1 if n == 50 else 0 for n in range(100)]
    assert len(plant.told()) == 1


def test_a_changed_configuration_is_judged_again(plant: Plant) -> None:
    plant.write(ENERGY, timed(register(100)))
    plant.settle()
    plant.told()
    with plant.dbs.session("system_db") as session:
        session.execute("UPDATE tbl_points SET high_limit = 1050 WHERE id = %s", (ENERGY,))
        journal.write(session, [Change("clean", "point", ENERGY, BEGINNING_UTC, END_UTC, "limits")])
    plant.settle()
    with plant.dbs.session("system_db") as session:
        session.execute("UPDATE tbl_points SET high_limit = 1e9 WHERE id = %s", (ENERGY,))
        assert journal.open_changes(session, ("clean",)) == []
    assert len(plant.bad_times(ENERGY)) == 49
    assert plant.told()


def test_a_recorded_exchange_is_taken_from_the_meter(plant: Plant) -> None:
    rows = timed([*register(60), *register(60, start=5.0)])
    with plant.dbs.session("system_db") as session:
        session.execute("INSERT INTO tbl_meters_points (meter_id, point_id) VALUES (77, %s)", (ENERGY,))
        session.execute(
            "INSERT INTO tbl_meter_exchanges (meter_id, exchanged_utc, last_old_value, first_new_value)"
            " VALUES (77, %s, 1059, 5)",
            (as_text(rows[60][0]),),
        )
    plant.write(ENERGY, rows)
    plant.settle()
    with plant.dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_meters_points")
        session.execute("DELETE FROM tbl_meter_exchanges")
    assert [v[2] for v in plant.tables()[3]] == ["exchange"]


def test_explain_tells_what_is_open_and_why(plant: Plant) -> None:
    plant.write(ENERGY, timed(register(10)))
    span = f"clean: point {ENERGY}, 2026-01-01 12:00 to "
    assert any(line.startswith(span) for line in plant.stage().explain())


def test_old_analog_readings_expire_and_energy_stays(plant: Plant, fresh_database_module) -> None:
    environ = {**fresh_database_module.environ, "EMS_CLEANING_ANALOG_KEEP_DAYS": "30"}
    old = datetime.now(UTC) - timedelta(days=40)
    rows = [(int((old + timedelta(days=n)).timestamp() * 1000), 5.0) for n in (0, 5, 25)]
    plant.write(POWER, rows)
    plant.write(ENERGY, rows)
    kept = load(CleaningSettings, environ)
    CleaningStage(plant.dbs, kept).run_pass(lambda *_: None)
    assert len(plant.tables()[1]) == 3, "they are not normalized yet"
    plant.told(clear=True)
    CleaningStage(plant.dbs, kept).run_pass(lambda *_: None)
    energy, power = plant.tables()[0], plant.tables()[1]
    assert (len(energy), len(power)) == (3, 1)


def months_ago(count: int) -> datetime:
    """Noon of the 10th of a month in the past."""
    now = datetime.now(UTC)
    year, month = divmod(now.year * 12 + now.month - 1 - count, 12)
    return datetime(year, month + 1, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("reason", ["not judged", "not normalized", "configuration"])
def test_a_month_with_readings_that_are_still_needed_is_not_dropped(plant: Plant, reason: str) -> None:
    begin = months_ago(4)
    rows = [(int((begin + timedelta(hours=n)).timestamp() * 1000), 5.0 + n % 3) for n in range(40)]
    plant.write(POWER, rows)
    plant.settle()
    plant.told()
    with plant.dbs.session("historical_db") as session:
        if reason == "not judged":
            # As an import by another tool does it, just after this pass looked for such.
            later = [(time_ms + 90_000_000_000 // 1000, value) for time_ms, value in rows[-1:]]
            plant.write(POWER, later, kind="", is_bad=None)
        change = Change("normalize", "point", POWER, begin, begin + timedelta(hours=1), "readings")
        if reason == "not normalized":
            journal.write(session, [change])
    if reason == "configuration":
        with plant.dbs.session("system_db") as session:
            journal.write(session, [change])
    settings_ = replace(plant.settings, analog_keep_days=30)
    known = site_known(plant)
    removed = Retention(plant.dbs, settings_).run(known, datetime.now(UTC))
    left = plant.tables()[1]
    with plant.dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_change_journal")
    plant.wipe()
    needed = {"not judged": 1, "not normalized": len(rows), "configuration": len(rows)}
    assert len(left) >= needed[reason]
    assert removed + len(left) == len(rows) + (reason == "not judged")


def site_known(plant: Plant) -> Site:
    with plant.dbs.session("system_db") as session:
        return site_of(session, RuleBook())


FAULTS = ("zero", "spike", "reset", "frozen", "backward")


def faulty_register(rng: random.Random, count: int, step: float) -> list[float]:
    values = np.cumsum([rng.choice([0.0, step, 2 * step]) for _ in range(count)]) + 500.0
    for _ in range(rng.randint(0, 5)):
        place, fault = rng.randrange(5, count - 5), rng.choice(FAULTS)
        length = rng.randint(1, 12)
        if fault == "zero":
            values[place : place + length] = 0.0
        elif fault == "spike":
            values[place : place + length] *= 1000
        elif fault == "reset":
            values[place:] = np.maximum(0, values[place:] - values[place])
        elif fault == "frozen":
            values[place : place + length] = values[place]
        else:
            values[place] -= 3 * step
    return values.tolist()


def power_with_faults(rng: random.Random, count: int) -> list[float]:
    values = [50 + 10 * np.sin(n / 15) + rng.random() for n in range(count)]
    for _ in range(rng.randint(0, 4)):
        place, length = rng.randrange(count), rng.choice([1, 1, 2, 5, 30])
        factor = rng.choice([0, 0.5, 3, 10, -3])
        values[place : place + length] = [value * factor for value in values[place : place + length]]
    if rng.random() < 0.5:
        place, length = rng.randrange(count), rng.randint(10, 80)
        values[place : place + length] = [values[place]] * len(values[place : place + length])
    return [float(value) for value in values]


def as_delivered(rng: random.Random, values: list[float], step_ms: int) -> list[tuple[int, float]]:
    """Readings a little early or late, some twice in a moment, and pauses between them."""
    rows: list[tuple[int, float]] = []
    moment_ms = timed(values[:1], step_ms)[0][0]
    for value in values:
        rows.append((moment_ms, value))
        if rng.random() < 0.02:
            rows.append((moment_ms + rng.choice([30, 900]), value))
        usual_ms = step_ms * (1 + rng.uniform(-0.05, 0.05))
        moment_ms += round(usual_ms * (rng.choice([2, 5, 40]) if rng.random() < 0.02 else 1))
    return rows


def play_in_pieces(site: Plant, data: dict[int, list[tuple[int, float]]], rng: random.Random) -> None:
    """Write the rows in batches with passes and restarts between; some batches come late and shuffled."""
    stage = site.stage()
    late: list[tuple[int, tuple[int, float]]] = []
    position, count = 0, max(len(rows) for rows in data.values())
    while position < count:
        size = rng.choice([1, 2, 5, 30, 200])
        for point_id, rows in data.items():
            batch = rows[position : position + size]
            if rng.random() < 0.15:
                late += [(point_id, row) for row in batch]
            elif batch:
                site.write(point_id, batch, kind="data_source")
        position += size
        if rng.random() < 0.6:
            site.settle(stage)
        if rng.random() < 0.1:
            stage = site.stage()  # a restart: nothing is remembered
    site.settle(stage)
    rng.shuffle(late)
    for begin in range(0, len(late), 40):
        write_late(site, late[begin : begin + 40])
        if rng.random() < 0.5:
            site.settle(stage)
    site.settle(stage)


def write_late(site: Plant, batch: list[tuple[int, tuple[int, float]]]) -> None:
    for point_id in (ENERGY, POWER):
        rows = [row for key, row in batch if key == point_id]
        if rows:
            site.write(point_id, rows)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10**9), step_ms=st.sampled_from([20_000, 60_000, 600_000, QUARTER_MS]))
def test_the_result_does_not_depend_on_splits_or_order_of_arrival(
    site: Plant, seed: int, step_ms: int
) -> None:
    rng = random.Random(seed)
    count = rng.randint(80, 700)
    data = {
        ENERGY: as_delivered(rng, faulty_register(rng, count, 1.0), step_ms),
        POWER: as_delivered(rng, power_with_faults(rng, count), step_ms),
    }
    site.wipe()
    for point_id, rows in data.items():
        site.write(point_id, rows)
    site.settle()
    expected = site.tables()
    site.wipe()
    play_in_pieces(site, data, rng)
    assert site.tables() == expected


@pytest.mark.slow
def test_kill_9_at_any_moment_gives_the_same_tables(plant: Plant, fresh_database_module) -> None:
    rng = random.Random(11)
    rows = timed(faulty_register(rng, 30_000, 1.0))
    power = timed(power_with_faults(rng, 3_000))
    plant.write(ENERGY, rows)
    plant.write(POWER, power)
    plant.settle()
    expected, told = plant.tables(), plant.told()
    plant.wipe()
    for begin in range(0, len(rows), 3000):
        plant.write(ENERGY, rows[begin : begin + 3000])
    plant.write(POWER, power)
    for attempt in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", "from ems_cleaning.main import main; raise SystemExit(main())", "--once"],
            env={**os.environ, **fresh_database_module.environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(0.6 + 0.25 * attempt)
        process.kill()
        process.wait()
    plant.settle()
    assert plant.tables() == expected
    assert plant.open_rows() == 0
    assert {key for key, _, _ in plant.told()} == {key for key, _, _ in told}
