"""Normalization and aggregation on a real server: what reaches what, and that nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_aggregation.day_stage import DailySums
from ems_aggregation.stage import Aggregation
from ems_common import content, daily_sums
from ems_common.catalog.entities import INPUT
from ems_common.catalog.hourly import CATEGORY, DAILY_SUMS, family
from ems_common.journal import BEGINNING_UTC, END_UTC, Change, Window
from ems_common.periods import as_datetime64, zone
from ems_normalization.stage import Normalization

from tests.pipeline.conftest import CAMPUS, ELECTRICITY, FIRST_FLOOR, GAS, SECOND_FLOOR, START_UTC

pytestmark = pytest.mark.db
SPACES = "tbl_space_input_category_hourly"


def at(hour: int) -> datetime:
    return (START_UTC + timedelta(hours=hour)).replace(tzinfo=None)


def test_energy_of_meters_reaches_floors_tenant_campus_and_formulas(plant):
    plant.steady(1, 4, 8.0)
    plant.steady(2, 4, 2.0)
    plant.steady(3, 4, 5.0)
    plant.catch_up()
    energy = plant.values("energy_db", SPACES)
    for hour in range(4):
        assert energy[FIRST_FLOOR, ELECTRICITY, at(hour)] == 8.0
        assert energy[SECOND_FLOOR, ELECTRICITY, at(hour)] == 2.0
        assert energy[CAMPUS, ELECTRICITY, at(hour)] == 10.0
        assert energy[CAMPUS, GAS, at(hour)] == 5.0
    assert len(energy) == 16
    formulas = plant.values("energy_db", "tbl_virtual_meter_hourly")
    assert {formulas[1, at(h)] for h in range(4)} == {10.0}
    assert {formulas[2, at(h)] for h in range(4)} == {5.0}
    items = plant.values("energy_db", "tbl_space_input_item_hourly")
    assert items == {(space, 1, at(h)): 8.0 for space in (CAMPUS, FIRST_FLOOR) for h in range(4)}


def test_cost_follows_the_local_time_of_day_and_carbon_the_factor(plant):
    plant.steady(1, 8, 10.0)
    plant.catch_up()
    cost = plant.values("billing_db", "tbl_meter_hourly")
    # Midnight to seven at 0.10, then 0.30; London is on UTC at the end of March until the 29th.
    assert [round(cost[1, at(h)], 6) for h in range(8)] == [1.0] * 7 + [3.0]
    carbon = plant.values("carbon_db", SPACES)
    assert {value for (space, *_), value in carbon.items() if space == CAMPUS} == {2.0}


def test_the_clock_change_moves_the_tariff_by_an_hour_of_utc(plant):
    plant.steady(1, 24 * 4, 10.0)
    plant.catch_up()
    cost = plant.values("billing_db", "tbl_meter_hourly")
    before = datetime(2026, 3, 28, 6), datetime(2026, 3, 28, 7)
    after = datetime(2026, 3, 29, 5), datetime(2026, 3, 29, 6)
    assert [cost[1, when] for when in (*before, *after)] == [1.0, 3.0, 1.0, 3.0]


def test_gas_without_a_tariff_has_no_cost_but_has_carbon(plant):
    plant.steady(3, 2, 5.0)
    plant.catch_up()
    assert plant.values("billing_db", "tbl_meter_hourly") == {}
    assert set(plant.values("carbon_db", "tbl_meter_hourly").values()) == {0.9}


def test_a_late_reading_corrects_exactly_its_hours_everywhere(plant):
    plant.read(1, [(START_UTC, 0.0), (START_UTC + timedelta(hours=4), 40.0)])
    plant.catch_up()
    assert plant.values("energy_db", SPACES)[CAMPUS, ELECTRICITY, at(1)] == 10.0
    plant.read(1, [(START_UTC + timedelta(hours=2), 4.0)])
    plant.catch_up()
    energy = plant.values("energy_db", SPACES)
    assert [energy[CAMPUS, ELECTRICITY, at(h)] for h in range(4)] == [2.0, 2.0, 18.0, 18.0]
    assert plant.values("energy_db", "tbl_virtual_meter_hourly")[1, at(3)] == 18.0
    assert plant.values("billing_db", SPACES)[FIRST_FLOOR, ELECTRICITY, at(3)] == pytest.approx(1.8)


def test_a_second_pass_over_the_same_readings_changes_nothing_and_leaves_nothing_open(plant):
    plant.steady(1, 30, 8.0)
    plant.steady(2, 30, 2.0)
    plant.catch_up()
    before = plant.tables()
    plant.steady(1, 30, 8.0)
    plant.steady(2, 30, 2.0)
    plant.catch_up()
    assert plant.tables() == before
    for database in ("historical_db", "energy_db", "system_db"):
        with plant.dbs.session(database) as session:
            assert session.rows("SELECT * FROM tbl_change_journal") == []


def test_an_edited_tariff_reprices_the_past(plant):
    plant.steady(1, 3, 10.0)
    plant.catch_up()
    plant.configure(
        "UPDATE tbl_tariffs_timeofuses SET price = 0.2 WHERE peak_type = %s",
        ("offpeak",),
        Change("price", "tariff", 1, BEGINNING_UTC, END_UTC, "tariff edited"),
    )
    plant.catch_up()
    assert set(plant.values("billing_db", SPACES).values()) == {2.0}


def test_a_meter_moved_in_time_counts_for_each_owner_while_it_was_there(plant):
    plant.steady(1, 6, 8.0)
    plant.configure(
        "UPDATE tbl_spaces_meters SET valid_through_utc = %s WHERE meter_id = 1",
        (at(2),),
    )
    plant.configure(
        "INSERT INTO tbl_spaces_meters (space_id, meter_id, valid_from_utc) VALUES (3, 1, %s)",
        (at(2),),
        Change("aggregate", "space", 2, BEGINNING_UTC, END_UTC, "meter moved"),
        Change("aggregate", "space", 3, BEGINNING_UTC, END_UTC, "meter moved"),
    )
    plant.catch_up()
    energy = plant.values("energy_db", SPACES)
    assert sorted(key[2] for key in energy if key[0] == FIRST_FLOOR) == [at(0), at(1)]
    assert sorted(key[2] for key in energy if key[0] == SECOND_FLOOR) == [at(h) for h in range(2, 6)]
    assert [energy[CAMPUS, ELECTRICITY, at(h)] for h in range(6)] == [8.0] * 6


def test_an_unbound_meter_takes_its_energy_with_it(plant):
    plant.steady(1, 3, 8.0)
    plant.catch_up()
    assert len(plant.values("energy_db", SPACES)) == 6
    plant.configure(
        "DELETE FROM tbl_spaces_meters WHERE meter_id = %s",
        (1,),
        Change("aggregate", "space", 2, BEGINNING_UTC, END_UTC, "meter unbound"),
    )
    plant.catch_up()
    for database in ("energy_db", "billing_db", "carbon_db"):
        assert plant.values(database, SPACES) == {}


def test_a_shared_meter_is_split_by_its_shares(plant):
    plant.configure("UPDATE tbl_spaces_meters SET share = 0.25 WHERE meter_id = %s", (1,))
    plant.configure("INSERT INTO tbl_spaces_meters (space_id, meter_id, share) VALUES (3, 1, %s)", (0.75,))
    plant.steady(1, 2, 8.0)
    plant.catch_up()
    energy = plant.values("energy_db", SPACES)
    floors = [energy[space, ELECTRICITY, at(0)] for space in (FIRST_FLOOR, SECOND_FLOOR, CAMPUS)]
    assert floors == [2.0, 6.0, 8.0]


def test_an_empty_child_space_stops_nobody(plant):
    plant.configure(
        "INSERT INTO tbl_spaces (id, name, uuid, parent_space_id, area, timezone_id, is_input_counted,"
        " is_output_counted) VALUES (9, 'Attic', %s, 1, 1, 26, 1, 1)",
        ("x",),
    )
    plant.steady(1, 2, 8.0)
    plant.catch_up()
    assert plant.values("energy_db", SPACES)[CAMPUS, ELECTRICITY, at(1)] == 8.0


def test_virtual_meters_in_a_circle_are_refused_and_the_others_go_on(plant):
    plant.configure(
        "UPDATE tbl_variables SET meter_type = 'virtual_meter', meter_id = 2 WHERE name = %s", ("a",)
    )
    plant.configure(
        "INSERT INTO tbl_virtual_meters (id, name, uuid, equation, energy_category_id, is_counted, cost_center_id)"
        " VALUES (3, 'Twice', 'v3', %s, 1, 0, 1)",
        ("2 * x",),
    )
    plant.configure(
        "INSERT INTO tbl_variables (name, virtual_meter_id, meter_type, meter_id) VALUES ('x', 3, 'meter', %s)",
        (2,),
    )
    plant.steady(2, 2, 2.0)
    plant.catch_up()
    assert plant.values("energy_db", "tbl_virtual_meter_hourly") == {(3, at(0)): 4.0, (3, at(1)): 4.0}


def test_a_changed_unit_of_a_category_looks_at_its_meters_again(plant):
    plant.steady(1, 2, 8000.0)
    plant.configure("UPDATE tbl_points SET units = 'Wh' WHERE id = %s", (1,))
    plant.catch_up()
    assert plant.values("energy_db", SPACES)[CAMPUS, ELECTRICITY, at(0)] == 8.0
    plant.configure(
        "UPDATE tbl_energy_categories SET unit_of_measure = 'Wh' WHERE id = %s",
        (1,),
        Change("normalize", "energy_category", 1, BEGINNING_UTC, END_UTC, "unit changed"),
    )
    plant.catch_up()
    assert plant.values("energy_db", SPACES)[CAMPUS, ELECTRICITY, at(0)] == 8000.0


def _sums_of_days(plant, how):
    """Database, table, keys and day → sum and counts: those kept, or those of the hours."""
    result = {}
    for database, families in DAILY_SUMS.items():
        for of in families:
            part = of.keys[1] if of.split else "0"
            kept = (
                "SELECT entity_id, part_id, start_datetime_utc, total, slots, estimated, incomplete, provisional"
                " FROM tbl_daily_sums JOIN tbl_rollups ON tbl_rollups.id = rollup_id"
                f" WHERE table_name = '{of.table}'"
            )
            added = (
                f"SELECT {of.keys[0]}, {part}, DATE(start_datetime_utc) + INTERVAL 0 HOUR, SUM(actual_value),"
                " COUNT(*), SUM(quality & 1 <> 0), SUM(quality & 8 <> 0), SUM(quality & 2 <> 0)"
                f" FROM {of.table} WHERE start_datetime_utc < '2026-03-31' GROUP BY 1, 2, 3"
            )
            with plant.dbs.session(database) as session:
                for entity, key, day, *sums in session.rows(kept if how == "kept" else added):
                    result[database, of.table, entity, key, str(day)[:10]] = sums
    return result


def test_sums_of_days_follow_their_hours_in_all_databases(plant):
    plant.steady(1, 96, 8.0)
    plant.steady(2, 96, 2.0)
    plant.steady(3, 90, 4.0)
    plant.catch_up()
    assert not _sums_of_days(plant, "kept")
    days = DailySums(plant.dbs, 60)
    while days.run_pass():
        pass
    kept = _sums_of_days(plant, "kept")
    assert kept == _sums_of_days(plant, "hours")
    assert {(database, table) for database, table, *_ in kept} >= {
        ("energy_db", "tbl_meter_hourly"),
        ("energy_db", "tbl_virtual_meter_hourly"),
        *((of, "tbl_space_input_category_hourly") for of in DAILY_SUMS),
        *((of, "tbl_tenant_input_category_hourly") for of in DAILY_SUMS),
    }
    assert kept["energy_db", "tbl_meter_hourly", 1, 0, "2026-03-27"][:2] == [24 * 8, 24]
    # A late reading, then a meter that belongs nowhere any more: nobody has to sum anything again.
    plant.read(2, [(START_UTC + timedelta(minutes=10), 100.1)])
    plant.configure(
        "DELETE FROM tbl_spaces_meters WHERE meter_id = %s",
        (1,),
        Change("aggregate", "space", FIRST_FLOOR, BEGINNING_UTC, END_UTC, "unbound"),
    )
    plant.catch_up()
    after = _sums_of_days(plant, "kept")
    assert after == _sums_of_days(plant, "hours")
    assert after != kept
    assert ("energy_db", SPACES, FIRST_FLOOR, ELECTRICITY, "2026-03-28") not in after


def test_a_day_long_past_is_summed_anew_without_reading_all_the_past(plant):
    item = family("space", INPUT, CATEGORY)
    end = START_UTC + timedelta(days=4)
    starts = as_datetime64(end) - np.arange(24 * 365, 0, -1) * np.timedelta64(1, "h")
    hours = {
        "space_id": np.full(len(starts), CAMPUS),
        "energy_category_id": np.full(len(starts), ELECTRICITY),
        "start_datetime_utc": starts,
        "actual_value": np.ones(len(starts)),
    }
    with plant.dbs.session("energy_db") as session:
        session.upsert_arrays(item.table, hours)
        content.touch(session, item.table)
    with plant.dbs.session("energy_db") as session:
        done = daily_sums.extend(session, item, end, timedelta(hours=1))
        assert done == (365, False)
        session.rows(f"ANALYZE TABLE {item.table}")
    day = Window(end - timedelta(days=100, hours=6), end - timedelta(days=100, hours=5))
    # Of the parts that are not known the few days' sums are looked through, the many hours never.
    for parts, most in (((), 600), ((ELECTRICITY, GAS), 100)):
        with plant.dbs.session("energy_db") as session:
            before = _rows_stepped(session)
            daily_sums.follow(session, item, [CAMPUS], day, parts)
            assert _rows_stepped(session) - before < most
    assert _sums_of_days(plant, "kept") == _sums_of_days(plant, "hours")


def _rows_stepped(session):
    return int(session.row("SHOW SESSION STATUS LIKE 'Handler_read_next'")[1])


def test_a_range_without_end_is_computed_as_far_as_there_is_anything(plant):
    plant.steady(1, 48, 8.0)
    plant.steady(2, 48, 2.0)
    plant.catch_up()
    with plant.dbs.session("energy_db") as session:
        for table in ("tbl_meter_hourly", "tbl_virtual_meter_hourly", SPACES):
            session.execute(f"UPDATE {table} SET actual_value = 0")
    since = START_UTC + timedelta(hours=12)
    london = zone("Europe/London")
    Normalization(plant.dbs, 60, london).recompute(since, END_UTC, None)
    # As a tariff that is valid until the end of the century orders it.
    Aggregation(plant.dbs, 60, london).recompute(since, datetime(2100, 1, 1, tzinfo=UTC), None)
    plant.catch_up()
    assert plant.open_changes() == {}
    meters, spaces = plant.values("energy_db", "tbl_meter_hourly"), plant.values("energy_db", SPACES)
    # The hour before has a reading that ends in the range, and so is computed too.
    assert [meters[1, at(hour)] for hour in range(48)] == [0.0] * 11 + [8.0] * 37
    assert [spaces[CAMPUS, ELECTRICITY, at(hour)] for hour in range(12, 48)] == [10.0] * 36
    assert {
        value
        for (_, when), value in plant.values("energy_db", "tbl_virtual_meter_hourly").items()
        if when >= at(12)
    } == {10.0, 5.0}


def test_what_is_ordered_anew_has_exact_sums_of_days_though_no_hour_changes(plant):
    plant.steady(1, 72, 8.0)
    plant.steady(2, 72, 2.0)
    plant.catch_up()
    london = zone("Europe/London")
    normalization, aggregation = Normalization(plant.dbs, 60, london), Aggregation(plant.dbs, 60, london)
    days = DailySums(plant.dbs, 60)
    while days.run_pass():
        pass
    exact = _sums_of_days(plant, "hours")
    for database in DAILY_SUMS:
        with plant.dbs.session(database) as session:
            session.execute("UPDATE tbl_daily_sums SET total = total + 1")
    normalization.recompute(BEGINNING_UTC, END_UTC, "meter:2")
    aggregation.recompute(BEGINNING_UTC, START_UTC + timedelta(hours=30), f"space:{FIRST_FLOOR}")
    plant.catch_up()
    kept = _sums_of_days(plant, "kept")
    right = [key for key in kept if kept[key] == exact[key]]
    assert {key[1:3] for key in right} == {("tbl_meter_hourly", 2), (SPACES, FIRST_FLOOR), (SPACES, CAMPUS)}
    assert {key[0] for key in right if key[1] == SPACES} == set(DAILY_SUMS)
    assert {key[-1] for key in right if key[1] == SPACES} == {"2026-03-27", "2026-03-28"}
    aggregation.recompute(BEGINNING_UTC, END_UTC, None)
    plant.catch_up()
    days = DailySums(plant.dbs, 60)
    while days.run_pass():
        pass
    assert _sums_of_days(plant, "kept") == exact
