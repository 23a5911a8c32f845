"""Units of registers and meters without register, on a real server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ems_common.journal import BEGINNING_UTC, END_UTC, Change, write

from tests.pipeline.conftest import START_UTC

pytestmark = pytest.mark.db


def hours(plant, meter):
    found = plant.values("energy_db", "tbl_meter_hourly", f"meter_id = {meter}")
    return [value for _, value in sorted(found.items())]


def test_registers_are_converted_to_the_unit_of_the_category(plant):
    plant.configure("UPDATE tbl_points SET units = %s WHERE id = 1", ("Wh",))
    plant.configure("UPDATE tbl_points SET units = %s, register_modulus = 1 WHERE id = 2", ("MWh",))
    plant.steady(1, 3, 8000.0)
    plant.read(2, [(START_UTC + timedelta(minutes=30 * n), (0.9 + n * 0.02) % 1) for n in range(11)])
    plant.catch_up()
    assert hours(plant, 1) == [8.0] * 3
    assert hours(plant, 2) == pytest.approx([40.0] * 5)


def test_a_new_unit_corrects_the_past(plant):
    plant.steady(1, 3, 8.0)
    plant.catch_up()
    plant.configure(
        "UPDATE tbl_points SET units = %s WHERE id = 1",
        ("MWh",),
        Change("normalize", "point", 1, BEGINNING_UTC, END_UTC, "point changed"),
    )
    plant.catch_up()
    assert hours(plant, 1) == [8000.0] * 3


def test_a_meter_with_power_only_is_integrated_beside_one_with_a_register(plant):
    plant.configure("UPDATE tbl_points SET object_type = 'ANALOG_VALUE', units = %s WHERE id = 2", ("W",))
    plant.steady(1, 3, 8.0)
    times = [START_UTC + timedelta(minutes=5 * n) for n in range(37)]
    with plant.dbs.session("historical_db") as session:
        session.upsert(
            "tbl_analog_value",
            ("point_id", "utc_date_time", "actual_value", "is_bad"),
            [(2, at.replace(tzinfo=None), 1500 + 500 * (n // 12), 0) for n, at in enumerate(times)]
            + [(2, (START_UTC + timedelta(minutes=7)).replace(tzinfo=None), 1e9, 1)],
        )
        write(session, [Change("normalize", "point", 2, times[0], times[-1] + timedelta(seconds=1))])
    plant.catch_up()
    assert hours(plant, 1) == [8.0] * 3
    # Each step of 0.5 kW is a ramp of five minutes: half of 0.5 kW × 1/12 h more in the hour before it.
    ramp = 0.25 / 12
    assert hours(plant, 2) == pytest.approx([1.5 + ramp, 2.0 + ramp, 2.5 + ramp], abs=2e-6)
    spaces = plant.values("energy_db", "tbl_tenant_input_category_hourly")
    assert len(spaces) == 3
    plant.configure(
        "UPDATE tbl_points SET units = %s WHERE id = 2",
        ("kW",),
        Change("normalize", "meter", 2, BEGINNING_UTC, END_UTC, "unit changed"),
    )
    plant.catch_up()
    assert hours(plant, 2)[0] == pytest.approx(1000 * (1.5 + ramp), abs=2e-3)


def test_what_power_gave_stays_when_its_old_readings_were_dropped(plant):
    plant.configure("UPDATE tbl_points SET object_type = 'ANALOG_VALUE', units = 'kW' WHERE id = 2", ())
    times = [START_UTC + timedelta(minutes=15 * n) for n in range(4 * 24 * 5 + 1)]
    dropped_utc = START_UTC + timedelta(days=2)
    with plant.dbs.session("historical_db") as session:
        session.upsert(
            "tbl_analog_value",
            ("point_id", "utc_date_time", "actual_value", "is_bad"),
            [(2, at.replace(tzinfo=None), 1.0 + n % 7, 0) for n, at in enumerate(times)],
        )
        write(session, [Change("normalize", "point", 2, times[0], times[-1] + timedelta(seconds=1))])
    plant.catch_up()
    before = hours(plant, 2)
    assert len(before) == 120
    with plant.dbs.session("historical_db") as session:
        # As retention does it; the reading just before the first day that is left is gone, too.
        session.execute(
            "INSERT INTO tbl_retention (kind, complete_from_utc) VALUES ('analog', %s)",
            ((dropped_utc + timedelta(days=1)).replace(tzinfo=None),),
        )
        limit = (dropped_utc + timedelta(minutes=7)).replace(tzinfo=None)
        session.execute("DELETE FROM tbl_analog_value WHERE utc_date_time < %s", (limit,))
    everything = Change("normalize", "meter", 2, BEGINNING_UTC, END_UTC, "asked for")
    plant.configure("UPDATE tbl_meters SET hourly_high_limit = 900 WHERE id = 2", (), everything)
    plant.catch_up()
    assert hours(plant, 2) == before
    # Another unit counts from where the readings can tell.
    plant.configure("UPDATE tbl_points SET units = 'W' WHERE id = 2", (), everything)
    plant.catch_up()
    kept = 24 * 2 + 1
    assert hours(plant, 2)[:kept] == before[:kept]
    assert hours(plant, 2)[kept:] == pytest.approx([value / 1000 for value in before[kept:]], abs=2e-6)
