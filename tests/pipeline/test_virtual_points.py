"""Virtual points on a real server: new, late and corrected readings of their inputs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from ems_common.journal import BEGINNING_UTC, END_UTC, Change, consume, open_changes, write
from ems_common.periods import zone
from ems_normalization import virtual_points
from ems_normalization.stage import Normalization
from ems_normalization.virtual_points import VirtualPoints

from tests.pipeline.conftest import START_UTC

pytestmark = pytest.mark.db
SUM, HALF, LIVE_ONLY = 20, 21, 22


def declare(plant, key, expression, variables, object_type="ENERGY_VALUE", is_trend=1):
    address = json.dumps({"expression": expression, "substitutions": variables})
    with plant.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
            " is_virtual, address) VALUES (%s, %s, 1, %s, 'kWh', 1e12, 0, %s, 1, %s)",
            (key, f"Virtual {key}", object_type, is_trend, address),
        )


def at(minute):
    return START_UTC + timedelta(minutes=minute)


def stored(plant, key, kind="energy"):
    with plant.dbs.session("historical_db") as session:
        rows = session.rows(
            f"SELECT utc_date_time, actual_value + 0E0 FROM tbl_{kind}_value WHERE point_id = %s ORDER BY utc_date_time",
            (key,),
        )
    return {(when - START_UTC.replace(tzinfo=None)) // timedelta(minutes=1): value for when, value in rows}


def latest(plant, key, kind="energy"):
    with plant.dbs.session("historical_db") as session:
        return session.row(
            f"SELECT utc_date_time, actual_value + 0E0 FROM tbl_{kind}_value_latest WHERE point_id = %s",
            (key,),
        )


def judged(plant):
    """What cleaning does with readings that have no fault: pass them on."""
    with plant.dbs.session("historical_db") as session:
        rows = open_changes(session, ("clean",))
        write(
            session,
            (
                Change(
                    "normalize", r.change.entity_kind, r.change.entity_id, r.change.from_utc, r.change.to_utc
                )
                for r in rows
            ),
        )
        consume(session, (row.id for row in rows))
    return [(row.change.entity_id, row.change.from_utc, row.change.to_utc) for row in rows]


def catch_up(plant):
    stage = Normalization(plant.dbs, 60, zone("Europe/London"))
    while stage.run_pass(lambda *_: None).did_work or judged(plant):
        pass


def test_new_readings_are_computed_in_order_and_passed_on_to_cleaning(plant):
    declare(plant, HALF, "s / 2", {"s": SUM})
    declare(plant, SUM, "a + b", {"a": 1, "b": 2})
    plant.read(1, [(at(0), 1), (at(15), 2), (at(30), 3)])
    plant.read(2, [(at(0), 10), (at(30), 30), (at(45), 40)])
    points = VirtualPoints(plant.dbs)
    assert points.run() == 4
    assert stored(plant, SUM) == {0: 11.0, 30: 33.0}
    assert stored(plant, HALF) == {0: 5.5, 30: 16.5}
    assert latest(plant, SUM) == (at(30).replace(tzinfo=None), 33.0)
    after = at(30) + timedelta(milliseconds=1)
    assert judged(plant) == [(SUM, at(0), after), (HALF, at(0), after)]
    assert points.run() == 0
    plant.read(1, [(at(45), 4)])
    assert points.run() == 2
    assert stored(plant, SUM)[45] == 44.0
    assert judged(plant) == [(key, at(45), at(45) + timedelta(milliseconds=1)) for key in (SUM, HALF)]


def test_late_corrected_and_bad_readings_of_inputs_are_followed(plant):
    declare(plant, SUM, "a + b", {"a": 1, "b": 2})
    declare(plant, HALF, "s / 2", {"s": SUM})
    plant.read(1, [(at(0), 1), (at(30), 3), (at(45), 4)])
    plant.read(2, [(at(0), 10), (at(15), 20), (at(30), 30), (at(45), 40)])
    catch_up(plant)
    assert stored(plant, SUM) == {0: 11.0, 30: 33.0, 45: 44.0}
    plant.read(1, [(at(15), 2)])
    catch_up(plant)
    assert stored(plant, SUM)[15] == 22.0
    assert stored(plant, HALF)[15] == 11.0
    with plant.dbs.session("historical_db") as session:
        session.execute("UPDATE tbl_energy_value SET is_bad = 1 WHERE point_id = 1 AND actual_value = 4")
        write(session, [Change("normalize", "point", 1, at(45), at(46))])
    catch_up(plant)
    assert stored(plant, SUM) == {0: 11.0, 15: 22.0, 30: 33.0}
    assert stored(plant, HALF) == {0: 5.5, 15: 11.0, 30: 16.5}
    assert latest(plant, SUM) == (at(30).replace(tzinfo=None), 33.0)


def test_the_hours_of_a_meter_follow_a_virtual_register(plant):
    declare(plant, SUM, "a + b", {"a": 1, "b": 2})
    with plant.dbs.session("system_db") as session:
        session.execute("UPDATE tbl_meters_points SET point_id = %s WHERE meter_id = 3", (SUM,))
    plant.steady(1, 2, 4.0)
    plant.steady(2, 2, 6.0)
    catch_up(plant)
    hours = plant.values("energy_db", "tbl_meter_hourly", "meter_id = 3")
    assert [value for _, value in sorted(hours.items())] == [10.0, 10.0]


def test_an_edited_formula_is_applied_to_the_past_but_not_where_inputs_were_dropped(plant):
    declare(plant, SUM, "a", {"a": 1})
    plant.read(1, [(at(n), n) for n in range(5)])
    catch_up(plant)
    with plant.dbs.session("historical_db") as session:
        session.execute("DELETE FROM tbl_energy_value WHERE point_id = 1 AND actual_value < 2")
    plant.configure(
        "UPDATE tbl_points SET address = %s WHERE id = 20",
        ('{"expression": "a * 10", "substitutions": {"a": 1}}',),
        Change("normalize", "point", SUM, BEGINNING_UTC, END_UTC, "point changed"),
    )
    catch_up(plant)
    assert stored(plant, SUM) == {0: 0.0, 1: 1.0, 2: 20.0, 3: 30.0, 4: 40.0}


def test_long_histories_are_computed_in_bounded_steps(plant, monkeypatch):
    monkeypatch.setattr(virtual_points, "BATCH_TIMES", 7)
    declare(plant, SUM, "a - b", {"a": 1, "b": 2}, "ANALOG_VALUE")
    plant.read(1, [(at(n), 100 + n) for n in range(60)])
    plant.read(2, [(at(n), n) for n in range(0, 60, 3)])
    assert VirtualPoints(plant.dbs).run() == 20
    assert set(stored(plant, SUM, "analog").values()) == {100.0}
    assert len(judged(plant)) > 3
    plant.read(2, [(at(n), n) for n in range(60)])
    catch_up(plant)
    assert len(stored(plant, SUM, "analog")) == 60


def test_where_the_formula_has_no_value_nothing_is_computed_twice(plant, monkeypatch):
    declare(plant, SUM, "1 / (a - a)", {"a": 1})
    plant.read(1, [(at(n), n) for n in range(5)])
    with plant.dbs.session("historical_db") as session:
        session.execute(
            "INSERT INTO tbl_energy_value_latest VALUES (1, %s, 4)", (at(4).replace(tzinfo=None),)
        )
    points = VirtualPoints(plant.dbs)
    assert points.run() == 0
    monkeypatch.setattr(VirtualPoints, "_compute", lambda *_: pytest.fail("computed again"))
    assert points.run() == 0


def test_a_point_without_history_has_a_live_value_only(plant):
    declare(plant, LIVE_ONLY, "a * 2", {"a": 1}, is_trend=0)
    plant.read(1, [(at(0), 1), (at(15), 2)])
    points = VirtualPoints(plant.dbs)
    points.run()
    assert points.run() == 0
    assert stored(plant, LIVE_ONLY) == {}
    assert latest(plant, LIVE_ONLY) == (at(15).replace(tzinfo=None), 4.0)


def test_circles_and_bad_formulas_are_refused_and_the_others_go_on(plant):
    declare(plant, SUM, "a + b", {"a": 1, "b": HALF})
    declare(plant, HALF, "s", {"s": SUM})
    declare(plant, 23, "import os", {"a": 1})
    declare(plant, 24, "a", {"a": 1})
    plant.read(1, [(at(0), 1)])
    assert VirtualPoints(plant.dbs).run() == 1
    assert stored(plant, 24) == {0: 1.0}
