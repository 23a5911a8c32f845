"""Energy of registers: conservation, independence of windows, and each way a register can fall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ems_common.catalog.hourly import QUALITY_ESTIMATED, QUALITY_LIMIT, QUALITY_PROVISIONAL
from ems_normalization.plain import Trace, is_plain, plain_slots
from ems_normalization.registers import MICRO, Exchange, Register, advances, slot_energy
from hypothesis import given, settings
from hypothesis import strategies as st

HOUR = 3_600_000_000
MINUTE = 60_000_000


def energies(readings, register=None, start=0, end=100 * HOUR):
    times = np.array([t for t, _ in readings], dtype=np.int64)
    values = np.array([round(v * MICRO) for _, v in readings], dtype=np.int64)
    result = slot_energy(times, values, register or Register(), start, end, HOUR)
    return {start // HOUR: (energy / MICRO, quality) for start, energy, quality in rows_of(result)}


def rows_of(result):
    columns = (result.start_us, result.energy_micro, result.quality)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_quarter_hours_add_up_to_their_hour():
    readings = [(q * 15 * MINUTE, 100 + q * 2.5) for q in range(9)]
    assert energies(readings) == {0: (10.0, 0), 1: (10.0, 0)}


def test_a_reading_inside_the_hour_is_split_at_the_boundary():
    # 12 kWh between 00:30 and 01:30 at constant power: 6 before 01:00 and 6 after it.
    assert energies([(30 * MINUTE, 0), (90 * MINUTE, 12)]) == {0: (6.0, 0), 1: (6.0, QUALITY_PROVISIONAL)}


def test_a_gap_is_spread_over_its_hours_and_flagged():
    result = energies([(0, 10), (4 * HOUR, 18), (5 * HOUR, 19)])
    assert result == {0: (2.0, 1), 1: (2.0, 1), 2: (2.0, 1), 3: (2.0, QUALITY_ESTIMATED), 4: (1.0, 0)}


def test_a_rollover_is_unwound_by_the_modulus():
    register = Register(modulus_micro=1000 * MICRO)
    assert energies([(0, 995), (HOUR, 5), (2 * HOUR, 10)], register) == {0: (10.0, 0), 1: (5.0, 0)}


def test_a_reset_counts_what_the_register_shows_after_it():
    register = Register(high_limit_per_hour=50)
    assert energies([(0, 5000), (HOUR, 7), (2 * HOUR, 10)], register) == {0: (7.0, 0), 1: (3.0, 0)}


def test_a_fall_to_an_implausible_value_invents_no_energy():
    register = Register(high_limit_per_hour=50)
    assert energies([(0, 5000), (HOUR, 4000), (2 * HOUR, 4010)], register) == {0: (0.0, 0), 1: (10.0, 0)}


def test_a_recorded_exchange_counts_both_meters():
    register = Register(exchanges=(Exchange(30 * MINUTE, 5003 * MICRO, 20 * MICRO),))
    # 3 kWh on the old meter until it was taken off, 4 on the new one since it showed 20.
    assert energies([(0, 5000), (HOUR, 24), (2 * HOUR, 30)], register) == {0: (7.0, 0), 1: (6.0, 0)}


def test_two_exchanges_between_two_readings_count_all_three_meters():
    # 100 → 103 of the first, 20 → 25 of the second, 7 → 9 of the third: 10 in all.
    exchanges = (
        Exchange(20 * MINUTE, 103 * MICRO, 20 * MICRO),
        Exchange(40 * MINUTE, 25 * MICRO, 7 * MICRO),
    )
    times, values = np.array([0, HOUR]), np.array([100, 9]) * MICRO
    assert advances(times, values, Register(exchanges=exchanges)).tolist() == [10 * MICRO]


def test_an_exchange_to_a_meter_that_shows_more_is_no_consumption():
    register = Register(exchanges=(Exchange(30 * MINUTE, 101 * MICRO, 90_000 * MICRO),))
    assert energies([(0, 100), (HOUR, 90_002)], register) == {0: (3.0, 0)}


def test_a_rise_at_which_cleaning_saw_the_register_start_anew_is_no_energy():
    times = np.array([0, HOUR, 2 * HOUR], dtype=np.int64)
    values = np.array([100, 90_000, 90_003], dtype=np.int64) * MICRO
    restarts = np.array([HOUR], dtype=np.int64)
    result = slot_energy(times, values, Register(), 0, 2 * HOUR, HOUR, restarts)
    assert (result.energy_micro // MICRO).tolist() == [0, 3]


def test_energy_over_the_limit_is_kept_and_flagged():
    assert energies([(0, 0), (HOUR, 80)], Register(high_limit_per_hour=50)) == {0: (80.0, QUALITY_LIMIT)}


def test_one_reading_alone_tells_no_energy():
    assert energies([(0, 10)]) == {}


@st.composite
def traces(draw):
    """A register's readings in minutes, with gaps, rollovers and resets."""
    count = draw(st.integers(2, 60))
    steps = draw(st.lists(st.integers(1, 400), min_size=count, max_size=count))
    times = np.cumsum(np.array(steps, dtype=np.int64)) * MINUTE
    modulus = 100_000 * MICRO
    value = draw(st.integers(0, modulus - 1))
    values = []
    for step in steps:
        value = (value + draw(st.integers(0, step * 5 * MICRO))) % modulus
        if draw(st.integers(0, 30)) == 0:
            value = 0
        values.append(value)
    return times, np.array(values, dtype=np.int64), Register(modulus_micro=modulus, high_limit_per_hour=1e9)


@given(traces())
@settings(max_examples=300)
def test_the_slots_sum_to_the_advance_to_the_last_digit(trace):
    times, values, register = trace
    end = (int(times[-1]) // HOUR + 2) * HOUR
    result = slot_energy(times, values, register, 0, end, HOUR)
    assert int(result.energy_micro.sum()) == int(advances(times, values, register).sum())
    assert (result.energy_micro >= 0).all()


@given(traces(), st.data())
@settings(max_examples=300)
def test_a_slot_comes_out_the_same_in_whatever_window_it_is_computed(trace, data):
    times, values, register = trace
    end = (int(times[-1]) // HOUR + 1) * HOUR
    whole = slot_energy(times, values, register, 0, end, HOUR)
    first = data.draw(st.integers(0, end // HOUR - 1))
    last = data.draw(st.integers(first + 1, end // HOUR))
    lower = max(0, int(np.searchsorted(times, first * HOUR, side="right")) - 1)
    upper = min(len(times), int(np.searchsorted(times, last * HOUR, side="left")) + 1)
    part = slot_energy(times[lower:upper], values[lower:upper], register, first * HOUR, last * HOUR, HOUR)
    assert set(rows_of(part)) <= set(rows_of(whole))


@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_slots_of_any_length_sum_to_the_same_energy(minutes):
    times = np.arange(0, 26 * HOUR, 7 * MINUTE, dtype=np.int64)
    values = (np.arange(len(times), dtype=np.int64) ** 2) * 1000
    result = slot_energy(times, values, Register(), 0, 48 * HOUR, minutes * MINUTE)
    assert int(result.energy_micro.sum()) == int(values[-1] - values[0])


@st.composite
def simple_traces(draw):
    """A register that only rises, with a short window: what most meters are like in most hours."""
    count = draw(st.integers(1, 12))
    steps = draw(st.lists(st.integers(1, 70), min_size=count, max_size=count))
    times = np.cumsum(np.array(steps, dtype=np.int64)) * MINUTE + draw(st.integers(0, 5 * HOUR))
    values = np.cumsum(draw(st.lists(st.integers(0, 90 * MICRO), min_size=count, max_size=count)))
    return times, values.astype(np.int64), Register(high_limit_per_hour=100, low_limit_per_hour=5)


@given(st.lists(st.one_of(simple_traces(), traces()), min_size=1, max_size=6), st.data())
@settings(max_examples=200)
def test_many_registers_together_come_out_as_each_by_itself(of_meters, data):
    first = data.draw(st.integers(0, 10))
    last = data.draw(st.integers(first + 1, 30))
    some = [Trace(*of, False, first * HOUR, last * HOUR) for of in of_meters]
    plain = [trace for trace, together in zip(some, is_plain(some), strict=True) if together]
    for trace, together in zip(some, is_plain(some), strict=True):
        falls = (np.diff(trace.values_micro) < 0).any() or (np.diff(trace.times_us) > HOUR).any()
        assert together == (len(trace.times_us) > 1 and not falls)
    if plain:
        found = plain_slots(plain, HOUR)
        for number, trace in enumerate(plain):
            own = found.trace == number
            columns = (found.start_us[own], found.energy_micro[own], found.quality[own])
            alone = slot_energy(
                trace.times_us, trace.values_micro, trace.register, trace.start_us, trace.end_us, HOUR
            )
            assert list(zip(*(column.tolist() for column in columns), strict=True)) == rows_of(alone)


@pytest.mark.parametrize("special", [{"has_restarts": True}, {"exchanged": True}])
def test_a_register_with_a_history_is_computed_by_itself(special):
    exchanges = (Exchange(HOUR, 1, 0),) if special.get("exchanged") else ()
    times, values = np.array([0, HOUR]), np.array([0, MICRO])
    trace = Trace(times, values, Register(exchanges=exchanges), "has_restarts" in special, 0, HOUR)
    assert is_plain([trace]).tolist() == [False]


def shaped(hours, gap):
    """Hourly readings of a meter that counts 1 kWh by night and 5 by day (6 to 18 h), with a gap in the end."""
    kwh = np.array([5 if 6 <= hour % 24 < 18 else 1 for hour in range(hours)])
    values = np.concatenate(([0], np.cumsum(kwh))) * MICRO
    keep = np.ones(hours + 1, dtype=bool)
    keep[gap] = False
    return (np.arange(hours + 1) * HOUR)[keep], values[keep].astype(np.int64)


@pytest.mark.parametrize("days", [9, 3])
def test_a_gap_is_shaped_as_the_weeks_before_or_the_days_before(days):
    # Nothing between 04:00 and 08:00 of the last day: 1 + 1 + 5 + 5 kWh passed.
    first = (days - 1) * 24 + 4
    times, values = shaped(days * 24, slice(first + 1, first + 4))
    start, end = (days - 1) * 24 * HOUR, days * 24 * HOUR
    even, typical = (
        slot_energy(times, values, Register(is_typical=is_typical), start, end, HOUR)
        for is_typical in (False, True)
    )
    assert (even.energy_micro[4:8] // MICRO).tolist() == [3, 3, 3, 3]
    assert (typical.energy_micro[4:8] // MICRO).tolist() == [1, 1, 5, 5]
    assert typical.quality.tolist() == even.quality.tolist() == [0] * 4 + [QUALITY_ESTIMATED] * 4 + [0] * 16
    others = [n for n in range(24) if not 4 <= n < 8]
    assert typical.energy_micro[others].tolist() == even.energy_micro[others].tolist()


@pytest.mark.parametrize("spoiled", ["nothing before", "gap before", "resting before"])
def test_a_gap_without_anything_typical_is_spread_evenly(spoiled):
    times, values = shaped(48, slice(29, 32))
    if spoiled == "nothing before":
        times, values = times[20:], values[20:]
    elif spoiled == "gap before":
        times, values = np.delete(times, slice(5, 8)), np.delete(values, slice(5, 8))
    else:
        values[:24] = values[24]
    found = slot_energy(times, values, Register(is_typical=True), 24 * HOUR, 48 * HOUR, HOUR)
    assert (found.energy_micro[4:8] // MICRO).tolist() == [3, 3, 3, 3]


@given(traces(), st.data())
@settings(max_examples=200)
def test_a_typical_gap_keeps_the_energy_and_is_the_same_in_every_window(trace, data):
    times, values, register = trace
    typical = replace(register, is_typical=True)
    end = (int(times[-1]) // HOUR + 1) * HOUR
    whole = slot_energy(times, values, typical, 0, end, HOUR)
    assert int(whole.energy_micro.sum()) == int(advances(times, values, register).sum())
    assert (whole.energy_micro >= 0).all()
    first = data.draw(st.integers(0, end // HOUR - 1))
    last = data.draw(st.integers(first + 1, end // HOUR))
    upper = min(len(times), int(np.searchsorted(times, last * HOUR, side="left")) + 1)
    part = slot_energy(times[:upper], values[:upper], typical, first * HOUR, last * HOUR, HOUR)
    assert set(rows_of(part)) <= set(rows_of(whole))
