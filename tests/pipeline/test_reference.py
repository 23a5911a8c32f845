"""Baseline, plan and prediction follow the hours that meters have, through the whole pipeline."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ems_aggregation.day_stage import DailySums
from ems_aggregation.in_turn import InTurn
from ems_aggregation.reference_stage import References, ReferenceSettings
from ems_aggregation.stage import Aggregation
from ems_common.clock import utc_now
from ems_common.errors import BadInput
from ems_common.journal import open_changes
from ems_normalization.stage import Normalization

from .conftest import CAMPUS, ELECTRICITY, FIRST_FLOOR, Plant

pytestmark = pytest.mark.db

LONDON = ZoneInfo("Europe/London")
DAYS = 24
SPACES = "tbl_space_input_category_hourly"
WANTED = ReferenceSettings(baseline_days=7, plan_saving_percent=10.0, prediction_weeks=2)
HOUR = timedelta(hours=1)


def _start() -> datetime:
    """Midnight some weeks ago, so that the reference period begins with the first hour."""
    day = (utc_now().astimezone(LONDON) - timedelta(days=DAYS)).date()
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def _energy(start: datetime) -> dict[datetime, float]:
    """Energy of each hour: another one each hour of the week, growing from week to week."""
    result = {}
    for n in range(DAYS * 24 - 30):
        at = start + n * HOUR
        local = at.astimezone(LONDON)
        result[at] = 1.0 + local.weekday() + local.hour / 4 + 10 * (n // 168) ** 2
    return result


def _measure(plant: Plant, hours: dict[datetime, float]) -> None:
    register, readings = 100.0, []
    for at, energy in hours.items():
        readings.append((at, register))
        register += energy
    readings.append((max(hours) + HOUR, register))
    plant.read(1, readings)


def _catch_up(plant: Plant, settings: ReferenceSettings) -> None:
    references = References(plant.dbs, 60, LONDON, settings)
    stages = (
        Normalization(plant.dbs, 60, LONDON),
        InTurn(Aggregation(plant.dbs, 60, LONDON), references, DailySums(plant.dbs, 60)),
    )
    for stage in stages:
        while stage.run_pass(lambda *_: None).did_work:
            pass


def _stored(plant: Plant, database: str, space: int) -> dict[datetime, float]:
    found = plant.values(database, SPACES, f"space_id = {space}")
    return {
        at.replace(tzinfo=UTC): value for (_, category, at), value in found.items() if category == ELECTRICITY
    }


def _weeks_earlier(at: datetime, weeks: int) -> datetime:
    wall = at.astimezone(LONDON).replace(tzinfo=None) - timedelta(weeks=weeks)
    return wall.replace(tzinfo=LONDON).astimezone(UTC)


@pytest.fixture
def emptied(plant: Plant) -> Plant:
    """The plant, without the references of the test before."""
    for database in ("energy_baseline_db", "energy_plan_db", "energy_prediction_db"):
        with plant.dbs.session(database) as session:
            for table in (SPACES, "tbl_meter_hourly", "tbl_space_input_item_hourly"):
                session.execute(f"DELETE FROM {table}")
    return plant


def test_baseline_plan_and_prediction_are_those_of_the_weeks_they_come_from(emptied: Plant) -> None:
    start = _start()
    hours = _energy(start)
    _measure(emptied, hours)
    _catch_up(emptied, WANTED)
    end = (start.astimezone(LONDON).replace(tzinfo=None) + timedelta(days=7)).replace(tzinfo=LONDON)
    for space in (FIRST_FLOOR, CAMPUS):
        baseline = _stored(emptied, "energy_baseline_db", space)
        assert min(baseline) == end.astimezone(UTC)
        assert max(baseline) > utc_now() + timedelta(days=6, hours=22)
        reference = {
            (at.astimezone(LONDON).weekday(), at.astimezone(LONDON).hour): at for at in hours if at < end
        }
        for at, value in baseline.items():
            local = at.astimezone(LONDON)
            same = reference.get((local.weekday(), local.hour))
            if same is not None:
                assert value == pytest.approx(hours[same], abs=1e-5)
        plan = _stored(emptied, "energy_plan_db", space)
        assert plan == pytest.approx({at: 0.9 * value for at, value in baseline.items()}, abs=1e-5)
        prediction = _stored(emptied, "energy_prediction_db", space)
        assert max(prediction) > utc_now() + timedelta(days=4)
        for at, value in prediction.items():
            known = [hours[_weeks_earlier(at, n)] for n in (1, 2) if _weeks_earlier(at, n) in hours]
            assert value == pytest.approx(statistics.median(known), abs=1e-5)
    assert emptied.open_changes() == {}


def test_a_repaired_hour_of_the_reference_period_moves_the_baseline_and_what_was_predicted(
    emptied: Plant,
) -> None:
    start = _start()
    hours = _energy(start)
    _measure(emptied, hours)
    _catch_up(emptied, WANTED)
    repaired = start + 30 * HOUR
    changed = {**hours, repaired: hours[repaired] + 5}
    _measure(emptied, changed)
    _catch_up(emptied, WANTED)
    for database in ("energy_baseline_db", "energy_prediction_db"):
        stored = _stored(emptied, database, CAMPUS)
        at = next(at for at in sorted(stored) if _weeks_earlier(at, 1) == repaired)
        assert stored[at] == pytest.approx(changed[repaired], abs=1e-5)


def test_another_reference_period_restates_what_the_one_before_it_left(emptied: Plant) -> None:
    start = _start()
    hours = _energy(start)
    _measure(emptied, hours)
    _catch_up(emptied, WANTED)
    _catch_up(emptied, replace(WANTED, baseline_days=14))
    stored = _stored(emptied, "energy_baseline_db", CAMPUS)
    end = (start.astimezone(LONDON).replace(tzinfo=None) + timedelta(days=14)).replace(tzinfo=LONDON)
    assert min(stored) == end.astimezone(UTC)
    in_both_weeks = [at for at in stored if _weeks_earlier(at, 2) in hours and at < end + timedelta(days=7)]
    assert len(in_both_weeks) > 160
    for at in in_both_weeks:
        mean = (hours[_weeks_earlier(at, 1)] + hours[_weeks_earlier(at, 2)]) / 2
        assert stored[at] == pytest.approx(mean, abs=1e-5)


def test_work_that_was_cut_off_is_done_by_the_next(emptied: Plant) -> None:
    _measure(emptied, _energy(_start()))
    normalization = Normalization(emptied.dbs, 60, LONDON)
    while normalization.run_pass(lambda *_: None).did_work:
        pass
    # Killed after aggregation, before the references.
    with emptied.dbs.session("energy_db") as session:
        References(emptied.dbs, 60, LONDON, WANTED).note(open_changes(session, ("aggregate",)))
    aggregation = Aggregation(emptied.dbs, 60, LONDON)
    while aggregation.run_pass(lambda *_: None).did_work:
        pass
    assert [kind for kind, *_ in emptied.open_changes()["energy_db"]] == ["reference"] * len(
        emptied.open_changes()["energy_db"]
    )
    _catch_up(emptied, WANTED)
    assert emptied.open_changes() == {}
    assert _stored(emptied, "energy_baseline_db", CAMPUS)


def test_what_is_switched_off_is_left_as_others_filled_it(emptied: Plant) -> None:
    at = _start() + 200 * HOUR
    row = (CAMPUS, ELECTRICITY, at.replace(tzinfo=None), 7)
    columns = ("space_id", "energy_category_id", "start_datetime_utc", "actual_value")
    with emptied.dbs.session("energy_baseline_db") as session:
        session.upsert(SPACES, columns, [row])
    _measure(emptied, _energy(_start()))
    _catch_up(emptied, ReferenceSettings(baseline_days=0, plan_saving_percent=0.0, prediction_weeks=0))
    assert _stored(emptied, "energy_baseline_db", CAMPUS) == {at: 7}
    assert _stored(emptied, "energy_prediction_db", CAMPUS) == {}
    assert emptied.open_changes() == {}


def test_a_first_day_that_is_no_date_is_refused_in_a_sentence(emptied: Plant) -> None:
    wrong = ReferenceSettings(baseline_from="last spring", baseline_days=7)
    with pytest.raises(BadInput, match="EMS_BASELINE_FROM is not a date"):
        References(emptied.dbs, 60, LONDON, wrong)
