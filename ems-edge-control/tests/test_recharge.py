"""Recharging by forecast: numbers by hand, and a day on which leaving room for the sun pays."""

from __future__ import annotations

from typing import Any

import pytest

from ems_edge_control import simulation
from ems_edge_control.controllers.recharge import Store, needed_w
from ems_edge_control.outlook import Series

HOUR = 4


def series(*hours: float) -> Series:
    """A value for each hour."""
    return Series(0.0, 900.0, tuple(v for v in hours for _ in range(HOUR)))


def test_what_a_peak_needs_is_bought_evenly_until_it_begins() -> None:
    """20 kW above the limit for an hour in two hours: 20 / 0.95 less the 5 kWh that are there, 10 % more, in 2 h."""
    used = series(50_000, 50_000, 120_000, 50_000)
    found = needed_w(used, None, 100_000, Store(5_000, 80_000, 50_000), 0.0)
    assert found == pytest.approx((20_000 / 0.95 - 5_000) * 1.1 / 0.95 / 2)


def test_the_sun_before_the_peak_is_not_bought() -> None:
    used, made = series(50_000, 50_000, 120_000), series(0, 80_000, 0)
    store = Store(0.0, 80_000, 50_000)  # 30 kW × 0.95 = 28.5 kWh from the sun, 21.05 needed
    assert needed_w(used, made, 100_000, store, 0.0) == 0
    assert needed_w(used, None, 100_000, store, 0.0) == pytest.approx(20_000 / 0.95 * 1.1 / 0.95 / 2)


def test_no_more_than_fits_is_bought_and_nothing_without_a_forecast() -> None:
    used = series(50_000, 200_000)
    assert needed_w(used, None, 100_000, Store(0.0, 10_000, 50_000), 0.0) == pytest.approx(10_000 / 0.95)
    assert needed_w(used, None, 100_000, Store(0.0, 10_000, 50_000), 1e6) is None


def test_room_is_left_for_the_sun_and_the_peak_is_held_all_the_same() -> None:
    """At night ALWAYS fills the battery from the grid, so that the sun of the day is sold instead of stored."""
    shave = {
        "id": "s",
        "type": "peak-shaving",
        "properties": {
            "ess_id": "ess0",
            "meter_id": "grid0",
            "peakShavingPower": 60_000,
            "rechargePower": 50_000,
            "maxSoc": 95,
        },
    }

    def variant(recharge: str) -> list[dict[str, Any]]:
        return [shave | {"properties": shave["properties"] | {"recharge": recharge}}]  # type: ignore[operator]

    always, forecast = simulation.run(
        simulation.read(
            {
                "start": "2026-06-01T00:00:00Z",
                "days": 1,
                "cycle_s": 120,
                "load": {
                    "hourly_w": [20_000] * 17 + [80_000, 80_000, 20_000, 20_000, 20_000, 20_000, 20_000]
                },
                "pv": {"rated_w": 70_000, "sunrise_h": 7, "sunset_h": 16},
                "battery": {"rated_w": 60_000, "capacity_wh": 100_000, "start_soc": 20},
                "tariff": {"buy_per_kwh": 0.3, "sell_per_kwh": 0.05},
                "variants": {"always": variant("ALWAYS"), "forecast": variant("FORECAST")},
            }
        )
    ).outcomes
    assert not forecast.failures
    assert forecast.peak_kw <= 60.6
    assert forecast.bought_kwh < always.bought_kwh - 40
    assert forecast.sold_kwh < always.sold_kwh - 40
    assert forecast.cost < always.cost
