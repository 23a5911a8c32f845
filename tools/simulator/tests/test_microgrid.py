"""Physics of battery, PV inverter, charger and grid connection."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from ems_common.plant import sessions
from ems_common.plant.battery import (
    ALARM_EMPTY,
    ALARM_WATCHDOG,
    STATE_FAULT,
    STATE_RUNNING,
    Battery,
    BatteryRatings,
)
from ems_common.plant.charger import EvCharger
from ems_common.plant.pv import STATE_LIMITED, STATE_STANDBY, PvInverter
from ems_simulator.microgrid import past
from ems_simulator.plant import Plant
from hypothesis import given, settings
from hypothesis import strategies as st

RATINGS = BatteryRatings(
    rated_power_kw=1200.0,
    capacity_kwh=2600.0,
    max_ramp_kw_per_s=6000.0,
    one_way_efficiency=0.955,
    watchdog_s=3.0,
    start_soc=0.6,
)

WEDNESDAY_NOON_S = 1_781_697_600.0  # 2026-06-17 12:00 UTC, as in the fixture `plant`
CHARGER = {"min_current_a": 12.0, "max_current_a": 217.0, "phases": 3.0, "sessions_per_day": 14.0}


def run(battery, seconds, set_point_kw=None, step_s=0.05):
    for _ in range(round(seconds / step_s)):
        if set_point_kw is not None:
            battery.write_set_point(set_point_kw)
        battery.step(step_s)


def test_battery_reaches_its_set_point_within_its_ramp():
    battery = Battery(RATINGS)
    battery.write_set_point(1200.0)
    battery.step(0.1)
    assert battery.power_kw == pytest.approx(600.0)
    battery.step(0.1)
    assert battery.power_kw == pytest.approx(1200.0)
    assert battery.state == STATE_RUNNING


@settings(max_examples=30)
@given(st.lists(st.floats(-1500.0, 1500.0), min_size=1, max_size=40), st.floats(0.05, 0.95))
def test_stored_energy_is_what_went_in_less_the_losses(set_points, soc_ratio):
    battery = Battery(RATINGS, soc_ratio)
    for set_point in set_points:
        run(battery, 5.0, set_point)
    efficiency = RATINGS.one_way_efficiency
    stored = battery.charge_kwh * efficiency - battery.discharge_kwh / efficiency
    assert 0.0 <= battery.soc_ratio <= 1.0
    assert (battery.soc_ratio - soc_ratio) * RATINGS.capacity_kwh == pytest.approx(stored, abs=1e-6)


def test_half_an_hour_at_500_kw_takes_what_the_hand_says():
    battery = Battery(RATINGS)
    run(battery, 1800.0, 500.0, step_s=0.5)
    # The 83 ms of ramp are missing at the start.
    assert battery.discharge_kwh == pytest.approx(250.0, abs=0.05)
    assert battery.soc_ratio == pytest.approx(0.6 - 250.0 / 0.955 / 2600.0, abs=1e-4)


def test_set_point_that_is_not_refreshed_falls_to_zero():
    battery = Battery(RATINGS)
    run(battery, 2.0, 800.0)
    run(battery, 2.9)
    assert battery.power_kw == pytest.approx(800.0)
    run(battery, 0.4)
    assert battery.power_kw == 0.0
    assert battery.alarms & ALARM_WATCHDOG
    assert battery.watchdog_remaining_s == 0.0
    run(battery, 0.5, 800.0)
    assert battery.power_kw == pytest.approx(800.0)


def test_watchdog_of_zero_seconds_is_off():
    battery = Battery(RATINGS)
    battery.watchdog_s = 0.0
    battery.write_set_point(300.0)
    run(battery, 60.0)
    assert battery.power_kw == pytest.approx(300.0)


def test_full_battery_takes_nothing_and_empty_one_gives_nothing():
    full, empty = Battery(RATINGS, 1.0), Battery(RATINGS, 0.03)
    run(full, 5.0, -1200.0)
    run(empty, 5.0, 1200.0)
    assert full.power_kw == 0.0
    assert empty.power_kw == 0.0
    assert empty.alarms & ALARM_EMPTY
    run(full, 5.0, 1200.0)
    assert full.power_kw == pytest.approx(1200.0)


def test_tripped_battery_stops_at_once():
    battery = Battery(RATINGS)
    run(battery, 1.0, 1000.0)
    battery.is_tripped = True
    battery.step(0.05)
    assert battery.power_kw == 0.0
    assert battery.state == STATE_FAULT
    assert battery.allowed_discharge_kw == 0.0


def test_pv_obeys_its_limit_and_comes_back():
    pv = PvInverter(800.0)
    for _ in range(100):
        pv.step(0.05, 500.0)
    assert pv.power_kw == pytest.approx(500.0, abs=0.01)
    pv.write_limit(200.0)
    for _ in range(60):
        pv.step(0.05, 500.0)
    assert pv.power_kw == pytest.approx(200.0, abs=0.5)
    assert pv.state == STATE_LIMITED
    pv.write_limit(None)
    for _ in range(60):
        pv.step(0.05, 500.0)
    assert pv.power_kw == pytest.approx(500.0, abs=0.5)


def test_pv_changes_at_most_by_its_ramp():
    pv = PvInverter(800.0)
    powers = []
    for _ in range(100):
        pv.step(0.05, 800.0)
        powers.append(pv.power_kw)
    assert np.diff(powers).max() <= 0.5 * 800.0 * 0.05 + 1e-9


def test_pv_limit_expires_when_its_watchdog_is_set():
    pv = PvInverter(800.0)
    pv.limit_watchdog_s = 5.0
    pv.write_limit(0.0)
    for _ in range(90):
        pv.step(0.05, 400.0)
    assert pv.power_kw < 0.1
    for _ in range(100):
        pv.step(0.05, 400.0)
    assert pv.power_kw > 350.0


def test_pv_without_sun_stands_by():
    pv = PvInverter(800.0)
    pv.step(0.05, 0.0)
    assert pv.state == STATE_STANDBY


def car(start_s, minutes=60.0, wanted_kwh=40.0, max_kw=120.0):
    return sessions.Session(start_s, start_s + 60.0 * minutes, wanted_kwh, max_kw)


def test_charger_obeys_its_current_limit_within_half_a_second():
    charger = EvCharger(CHARGER)
    start_s = 1_700_000_000.0
    charger.visitor = car(start_s)
    for step in range(100):
        charger.step(0.05, start_s + 0.05 * step)
    assert charger.power_kw == pytest.approx(120.0, abs=0.1)
    charger.write_limit(50.0)
    for step in range(10):
        charger.step(0.05, start_s + 5.0 + 0.05 * step)
    assert charger.power_kw == pytest.approx(3 * 230.0 * 50.0 / 1000.0, rel=0.05)


def test_charger_pauses_below_its_least_current():
    charger = EvCharger(CHARGER)
    charger.visitor = car(1_700_000_000.0)
    charger.write_limit(11.9)
    charger.step(1.0, 1_700_000_001.0)
    assert charger.limit_in_effect_a == 0.0
    assert charger.power_kw == 0.0


def test_charger_falls_back_when_the_limit_is_not_refreshed():
    charger = EvCharger(CHARGER)
    charger.visitor = car(1_700_000_000.0)
    charger.limit_watchdog_s, charger.fallback_a = 10.0, 16.0
    charger.write_limit(200.0)
    for second in range(1, 20):
        charger.step(1.0, 1_700_000_000.0 + second)
    assert charger.limit_in_effect_a == 16.0


def test_car_takes_what_it_wants_and_leaves():
    charger = EvCharger(CHARGER)
    start_s = 1_700_000_000.0
    charger.visitor = car(start_s, minutes=90.0, wanted_kwh=30.0)
    for second in range(1, 5400):
        charger.step(1.0, start_s + second)
    assert charger.session_kwh == pytest.approx(30.0, abs=0.1)
    assert charger.energy_kwh == pytest.approx(charger.session_kwh)


def test_cars_of_a_day_do_not_overlap():
    for day in range(20600, 20630):
        cars = sessions.of_day(day, 14)
        assert cars == sessions.of_day(day, 14)
        assert len(cars) >= 5
        for left, right in itertools.pairwise(cars):
            assert left.end_s <= right.start_s


def test_grid_is_load_less_pv_less_battery_plus_charger(plant: Plant):
    plant.charger.visitor = car(WEDNESDAY_NOON_S)
    now_s = WEDNESDAY_NOON_S
    for second in range(120):
        plant.battery.write_set_point(600.0 if second < 60 else -300.0)
        now_s += 1.0
        plant.advance(now_s)
        expected = plant.load_kw - plant.pv.power_kw - plant.battery.power_kw + plant.charger.power_kw
        assert plant.grid_kw == pytest.approx(expected)
    assert plant.pv.power_kw > 50.0
    assert plant.charger.power_kw > 50.0


def test_grid_energy_is_the_balance_of_all_meters(plant: Plant):
    before = plant.memory(is_clean=True)
    load_before = sum(plant.counted_kwh(plant.declaration.meter(i)) for i in plant.declaration.load_meters)
    plant.charger.visitor = car(WEDNESDAY_NOON_S)
    for second in range(1, 301):
        plant.battery.write_set_point(900.0 if second % 100 < 50 else -900.0)
        plant.advance(WEDNESDAY_NOON_S + second)
    after = plant.memory(is_clean=True)
    load = (
        sum(plant.counted_kwh(plant.declaration.meter(i)) for i in plant.declaration.load_meters)
        - load_before
    )
    bought = after.import_kwh - before.import_kwh - (after.export_kwh - before.export_kwh)
    balance = (
        load
        + after.charger_kwh
        - before.charger_kwh
        - (after.pv_kwh - before.pv_kwh)
        + (after.charge_kwh - before.charge_kwh)
        - (after.discharge_kwh - before.discharge_kwh)
    )
    assert bought == pytest.approx(balance, abs=1e-6)


def test_raised_building_shows_in_its_meter_its_master_and_the_grid(plant: Plant):
    west, incomer = plant.declaration.meter("E-111"), plant.declaration.meter("E-101")
    plant.advance(WEDNESDAY_NOON_S + 1.0)
    grid_kw = plant.grid_kw
    west_kw, incomer_kw = plant.power_kw(west), plant.power_kw(incomer)
    plant.set_load_offset(west, 400.0)
    plant.advance(WEDNESDAY_NOON_S + 1.02)
    assert plant.power_kw(west) - west_kw == pytest.approx(400.0, abs=10.0)
    assert plant.power_kw(incomer) - incomer_kw == pytest.approx(402.4, abs=15.0)
    assert plant.grid_kw - grid_kw == pytest.approx(402.4, abs=40.0)


def test_export_is_counted_apart(plant: Plant):
    for meter_id in plant.declaration.load_meters:
        meter = plant.declaration.meter(meter_id)
        plant.set_load_offset(meter, -1e5)
    before = plant.memory(is_clean=True)
    for second in range(1, 31):
        plant.battery.write_set_point(1200.0)
        plant.advance(WEDNESDAY_NOON_S + second)
    after = plant.memory(is_clean=True)
    assert plant.grid_kw < 0.0
    assert after.export_kwh > before.export_kwh
    assert after.import_kwh == before.import_kwh


def test_battery_of_the_past_comes_back_to_its_state_every_day():
    days = past.battery(20600 * 96, 96 * 30, RATINGS)
    assert np.allclose(days.soc_ratio[::96], 0.2)
    assert days.soc_ratio.min() > 0.15
    assert days.soc_ratio.max() < 0.9
    change = days.charge_kwh * 0.955 - days.discharge_kwh / 0.955
    assert np.allclose(np.diff(days.soc_ratio) * 2600.0, change)
    assert (days.charge_kwh * days.discharge_kwh == 0.0).all()


def test_cars_of_the_past_took_no_more_than_they_wanted():
    energy = past.charger(20600 * 96, 96 * 7, 14)
    wanted = sum(s.wanted_kwh for day in range(20600, 20607) for s in sessions.of_day(day, 14))
    assert 0.3 * wanted < energy.sum() <= wanted + 1e-6
    assert energy.max() <= 150.0 / 4
