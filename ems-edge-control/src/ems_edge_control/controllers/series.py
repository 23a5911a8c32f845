"""Series in time: forecasts and prices, one value for each quarter of an hour."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ems_edge_control.controllers.base import Binder
from ems_edge_control.controllers.planning import parse_instant
from ems_edge_control.outlook import Series

__all__ = ["Series", "forecast", "parse_series", "tariff"]


def parse_series(value: Any) -> Series | None:
    """A series `{"start": instant, "step_minutes": 15, "values": […]}`; None when there is none.

    Raises:
        ValueError: It is not complete.
    """
    if not value:
        return None
    raw = json.loads(value) if isinstance(value, str) else value
    if not isinstance(raw, Mapping):
        raise ValueError("a series is {start, step_minutes, values}")
    try:
        return Series(
            parse_instant(raw["start"]),
            60 * float(raw.get("step_minutes", 15)),
            tuple(float(v) for v in raw["values"]),
        )
    except (KeyError, TypeError) as ex:
        raise ValueError(f"a series lacks {ex}") from None


def forecast(bind: Binder, quantity: str) -> Any:
    """The series of a quantity of the site from the component of nature `predictor`, or ""."""
    for info in bind.of_nature("predictor"):
        for name in (f"_sum/{quantity}", quantity):
            found = info.property(name)
            if found:
                return found
    return ""


def tariff(bind: Binder) -> Any:
    """The series of prices from the properties of the component of nature `tariff`, or ""."""
    found = (info.property("prices", info.property("GridBuyPrice")) for info in bind.of_nature("tariff"))
    return next((series for series in found if series), "")
