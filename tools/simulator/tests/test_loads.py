"""Loads: calendar, conservation, continuity."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ems_simulator import calendars, curve
from ems_simulator.loads import Loads
from ems_simulator.series import fill
from hypothesis import given
from hypothesis import strategies as st

LONDON = ZoneInfo("Europe/London")


def hour_of(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp()) // 3600


@given(st.dates(date(2023, 1, 1), date(2040, 12, 31)))
def test_moved_days_keep_their_weekday_and_season(day):
    index = int(calendars.year_day(np.array([day.toordinal()]), date(2017, 1, 1), 365)[0])
    source = date(2017, 1, 1) + timedelta(days=index)
    assert source.weekday() == day.weekday()
    distance = abs(source.timetuple().tm_yday - day.timetuple().tm_yday)
    assert min(distance, 365 - distance) <= 4


@given(st.dates(date(2023, 1, 1), date(2040, 12, 31)), st.integers(0, 15))
def test_folded_and_repeated_weeks_keep_the_weekday(day, shift):
    for index in (
        calendars.season_day(np.array([day.toordinal()]), 16, shift),
        calendars.week_day(np.array([day.toordinal()]), 12, shift),
    ):
        assert 0 <= int(index[0]) < 112
        assert int(index[0]) % 7 == day.weekday()


def test_season_runs_from_winter_to_summer_and_back():
    weeks = calendars.season_day(np.array([date(2026, m, 12).toordinal() for m in (1, 4, 7, 10)]), 16) // 7
    assert weeks[0] == 0
    assert weeks[2] == 15
    assert 5 <= weeks[1] <= 10
    assert 5 <= weeks[3] <= 10


def test_hour_before_clocks_go_forward_is_followed_by_two_o_clock():
    hours = np.arange(hour_of(2026, 3, 29, 0), hour_of(2026, 3, 29, 4))
    _, local = calendars.local_hours(hours, LONDON)
    assert local.tolist() == [0, 2, 3, 4]


def test_day_of_25_hours_has_two_one_o_clocks():
    hours = np.arange(hour_of(2026, 10, 24, 23), hour_of(2026, 10, 25, 3))
    days, local = calendars.local_hours(hours, LONDON)
    assert local.tolist() == [0, 1, 1, 2]
    assert set(days.tolist()) == {date(2026, 10, 25).toordinal()}


@given(st.lists(st.floats(0.0, 1e4), min_size=3, max_size=20))
def test_split_hours_keep_their_energy_and_never_run_backwards(hours):
    energy = np.array([hours])
    parts = curve.split(energy, 4)
    assert (parts >= 0.0).all()
    assert np.allclose(parts.reshape(-1, 4).sum(axis=1), energy[0, 1:-1], rtol=1e-12, atol=1e-9)


def test_bent_time_keeps_its_ends_and_its_order():
    phases = np.array([[0.3, 1.2, 2.3, 3.4], [6.0, 5.0, 4.0, 1.0]])
    strength = np.array([1.0, 4.0])
    places = [curve.bend(part, phases, strength)[0] for part in np.linspace(0.0, 1.0, 400)]
    assert np.allclose(places[0], 0.0)
    assert np.allclose(places[-1], 1.0)
    assert (np.diff(np.array(places), axis=0) > 0.0).all()


def test_holes_are_filled_from_the_same_hour_of_neighbouring_weeks():
    week = np.arange(168.0)
    values = np.concatenate([week, week + 1000.0, week + 2000.0])
    values[168 + 5] = np.nan
    assert fill(values, 168)[168 + 5] == 1005.0


def test_quarters_do_not_depend_on_the_window_they_are_asked_in(bank):
    start = hour_of(2026, 5, 4, 7) * 4
    whole = bank.quarters(start, 40)
    assert np.array_equal(whole[:, 13:20], bank.quarters(start + 13, 7))


def test_quarters_sum_to_the_measured_hours(bank):
    start = hour_of(2026, 2, 1, 0)
    quarters = bank.quarters(start * 4, 24 * 4).reshape(len(bank.names), 24, 4).sum(axis=2)
    assert np.allclose(quarters, bank.hours(start, 24), rtol=1e-12)


def test_every_profile_has_energy_and_no_hole(bank):
    hours = bank.hours(hour_of(2026, 1, 1), 8760)
    assert np.isfinite(hours).all()
    assert (hours >= 0.0).all()
    assert (hours.sum(axis=1) > 100.0).all()


def test_energy_is_the_integral_of_power(bank):
    """Simpson's rule over 20 minutes with 0.5 s steps, across a seam of two quarter hours."""
    loads = Loads(bank)
    start = hour_of(2026, 6, 17, 9) * 3600 + 300
    times = start + 0.5 * np.arange(2401)
    powers, energies = [], []
    for time_s in times:
        loads.advance(float(time_s))
        powers.append(loads.power_kw.copy())
        energies.append(loads.energy_kwh.copy())
    stacked = np.array(powers)
    simpson = (
        (stacked[0] + stacked[-1] + 4 * stacked[1::2].sum(0) + 2 * stacked[2:-1:2].sum(0)) * 0.5 / 3 / 3600
    )
    gained = energies[-1] - energies[0]
    assert np.allclose(simpson, gained, rtol=2e-4, atol=1e-6)
    assert (np.diff(np.array(energies), axis=0) >= 0.0).all()


def test_live_energy_is_the_cumulative_energy_at_the_seam(bank):
    loads = Loads(bank)
    quarter = hour_of(2026, 6, 17, 9) * 4 + 1
    loads.advance(quarter * 900.0 - 5.0)
    loads.advance(quarter * 900.0)
    assert np.allclose(loads.energy_kwh, bank.cumulative_at(quarter), rtol=1e-12)


def test_raised_load_adds_its_power_times_time(bank):
    loads = Loads(bank)
    start = hour_of(2026, 6, 17, 9) * 3600.0
    loads.advance(start)
    loads.set_offset(3, 250.0)
    loads.advance(start + 1800.0)
    assert loads.extra_kwh[3] == pytest.approx(125.0)
    assert loads.extra_kwh.sum() == pytest.approx(125.0)
