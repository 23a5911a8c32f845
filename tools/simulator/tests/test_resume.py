"""Stopping and going on: registers never jump, nothing is lost."""

from __future__ import annotations

import pytest
from ems_common.errors import BadInput
from ems_simulator import state
from ems_simulator.plant import Plant

WEDNESDAY_NOON_S = 1_781_697_600.0  # 2026-06-17 12:00 UTC, as in the fixture `plant`


def indexes(plant):
    return {meter.code: plant.index_kwh(meter) for meter in plant.declaration.meters}


def test_plant_goes_on_where_it_stopped(declared, bank, plant):
    plant.set_load_offset(declared.meter("E-111"), 500.0)
    for second in range(1, 61):
        plant.battery.write_set_point(700.0)
        plant.advance(WEDNESDAY_NOON_S + second)
    before = indexes(plant)
    memory = plant.memory(is_clean=True)
    again = Plant(declared, bank, memory, WEDNESDAY_NOON_S + 60.0)
    assert indexes(again) == pytest.approx(before, rel=1e-12)
    assert again.battery.discharge_kwh == plant.battery.discharge_kwh
    assert again.battery.soc_ratio == plant.battery.soc_ratio
    assert again.import_kwh == pytest.approx(plant.import_kwh)


def test_energy_of_the_time_in_between_is_counted(declared, bank, plant):
    memory = plant.memory(is_clean=True)
    later_s = WEDNESDAY_NOON_S + 5400.0
    again = Plant(declared, bank, memory, later_s)
    undisturbed = Plant(declared, bank, None, later_s)
    for meter in declared.meters:
        assert again.index_kwh(meter) == undisturbed.index_kwh(meter)
    sun_kwh = again.pv.energy_kwh - plant.pv.energy_kwh
    assert sun_kwh > 100.0
    load_kwh = sum(
        again.counted_kwh(declared.meter(i)) - plant.counted_kwh(declared.meter(i))
        for i in declared.load_meters
    )
    assert again.import_kwh - plant.import_kwh == pytest.approx(load_kwh - sun_kwh, abs=1e-6)


def test_registers_do_not_go_back_after_a_crash(declared, bank, plant):
    for second in range(1, 31):
        plant.battery.write_set_point(1000.0)
        plant.advance(WEDNESDAY_NOON_S + second)
    memory = plant.memory(is_clean=False)
    plant.battery.write_set_point(1000.0)
    plant.advance(WEDNESDAY_NOON_S + 30.5)
    again = Plant(declared, bank, memory, WEDNESDAY_NOON_S + 32.0)
    assert again.battery.discharge_kwh >= plant.battery.discharge_kwh
    assert again.import_kwh >= plant.import_kwh
    for meter in declared.meters:
        assert again.index_kwh(meter) >= plant.index_kwh(meter)


def test_counters_of_the_day_begin_anew_at_local_midnight(declared, bank):
    evening_s = WEDNESDAY_NOON_S + 10.5 * 3600.0  # 23:30 in London in summer
    plant = Plant(declared, bank, None, evening_s)
    plant.battery.write_set_point(600.0)
    plant.advance(evening_s + 3.0)
    assert plant.discharge_today_kwh > 0.1
    plant.advance(evening_s + 1801.0)
    assert plant.discharge_today_kwh == 0.0


def test_memory_survives_the_file(tmp_path, plant):
    memory = plant.memory(is_clean=False)
    path = state.path_in(tmp_path)
    state.save(path, memory)
    assert state.load(path) == memory
    assert state.load(tmp_path / "none.json") is None


def test_damaged_memory_is_refused_with_advice(tmp_path):
    path = tmp_path / "state.json"
    path.write_text('{"version": 1, "time_s":')
    with pytest.raises(BadInput, match="Delete the file"):
        state.load(path)
