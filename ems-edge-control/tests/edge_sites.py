"""Parts of small sites for replays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., list[dict[str, Any]]]


def ess(name: str = "ess0", **properties: Any) -> dict[str, Any]:
    """A storage unit of 10 kW that may use all of it."""
    limits = {
        "maxApparentPower": 10000,
        "allowedChargePower": -10000,
        "allowedDischargePower": 10000,
        "gridMode": 1,
    }
    return {"id": name, "nature": "managed-symmetric-ess", "properties": limits | properties}


GRID = {"id": "meter0", "nature": "meter", "properties": {"type": "GRID"}}
NO_PID = [ess(), GRID, {"id": "_power", "nature": "solver", "properties": {"enablePid": False}}]
BOTH = {"ess_id": "ess0", "meter_id": "meter0"}
EQ, LE, GE = (
    "ess0/SetActivePowerEquals",
    "ess0/SetActivePowerLessOrEquals",
    "ess0/SetActivePowerGreaterOrEquals",
)


def inputs(grid: float | None = None, power: float | None = 0, **more: Any) -> dict[str, Any]:
    given = {"meter0/ActivePower": grid, "ess0/ActivePower": power}
    return {"inputs": given | {k.replace("__", "/"): v for k, v in more.items()}}
