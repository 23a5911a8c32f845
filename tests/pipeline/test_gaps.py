"""Gaps spread as the meter usually counts: what comes late before a gap shapes it, in any order and in any pass."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ems_common.periods import zone
from ems_normalization.stage import Normalization

from tests.pipeline.conftest import START_UTC

pytestmark = pytest.mark.db
DAYS = 10
GAP = range(DAYS * 24 - 19, DAYS * 24 - 16)
"""Hours at which no reading came: nothing is known between 04:00 and 08:00 of the last day."""


def readings(night: float = 1.0) -> list:
    """Hourly registers of a meter that counts 5 kWh by day (6 to 18 h) and little by night, with a gap."""
    found, value = [], 100.0
    for hour in range(DAYS * 24 + 1):
        if hour not in GAP:
            found.append((START_UTC + timedelta(hours=hour), value))
        value += 5.0 if 6 <= hour % 24 < 18 else night
    return found


def run(plant, *, is_typical: bool = True) -> None:
    stage = Normalization(plant.dbs, 60, zone("Europe/London"), is_typical=is_typical)
    while stage.run_pass(lambda *_: None).did_work:
        pass


def of_gap(plant) -> list[float]:
    start = START_UTC + timedelta(hours=GAP.start - 1)
    wanted = [(start + timedelta(hours=n)).replace(tzinfo=None) for n in range(4)]
    found = plant.values("energy_db", "tbl_meter_hourly")
    return [found[1, at] for at in wanted]


def test_late_readings_before_a_gap_shape_it_as_one_pass_over_all_does(plant):
    plant.read(1, readings())
    run(plant, is_typical=False)
    assert of_gap(plant) == [3.0, 3.0, 3.0, 3.0]
    plant.read(1, readings())
    run(plant)
    assert of_gap(plant) == [1.0, 1.0, 5.0, 5.0]
    # The night a week before: 3 kWh in each of its hours from 04:00 to 06:00 instead of 1.
    night = START_UTC + timedelta(days=DAYS - 8, hours=4)
    later = [(at, value + 2 * min(2, max(0, (at - night) / timedelta(hours=1)))) for at, value in readings()]
    changed = [new for new, old in zip(later, readings(), strict=True) if new != old]
    plant.read(1, changed[:1])
    run(plant)
    plant.read(1, changed[1:])
    run(plant)
    assert of_gap(plant) == pytest.approx([12 * 3 / 16, 12 * 3 / 16, 12 * 5 / 16, 12 * 5 / 16], abs=2e-6)
    stepwise = plant.tables()
    with plant.dbs.session("energy_db") as session:
        session.execute("DELETE FROM tbl_meter_hourly")
    plant.read(1, later)
    run(plant)
    assert plant.tables() == stepwise
