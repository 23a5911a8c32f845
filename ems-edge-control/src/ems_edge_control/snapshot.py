"""What the loop shows of itself: figures by name, the nodes of the power flow, limits and controllers.

Here the signs turn to the rule of the house: consumption, charging and import are positive; production,
discharging and export are negative. Inside the package storage is positive when discharging.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ems_edge_control.config import EdgeConfig
from ems_edge_control.controllers.base import ComponentInfo
from ems_edge_control.derive import meter_type
from ems_edge_control.devices.device import Device
from ems_edge_control.loop import Loop, Moment
from ems_edge_control.natures import METER_TYPES, Access
from ems_edge_control.site import Site, Slot

BALANCED_TYPES = {METER_TYPES[name] for name in ("GRID", "PRODUCTION", "PRODUCTION_AND_CONSUMPTION")}
KINDS = (("grid", "GRID"), ("pv", "PRODUCTION"), ("charger", "MANAGED_CONSUMPTION_METERED"))
TIMING_EVERY_S = 5.0


class Figures:
    """The site's main figures, read from the frozen image in the loop's own thread.

    Cheap, no dictionaries built.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.image = site.image
        handle = site.table.handle
        self._sums = {
            "grid": handle("_sum/GridActivePower"),
            "pv": handle("_sum/ProductionActivePower"),
            "battery": handle("_sum/EssActivePower"),
            "load": handle("_sum/UnmanagedConsumptionActivePower"),
            "soc": handle("_sum/EssSoc"),
        }
        self._balanced = [handle(f"{i.id}/ActivePower") for i in site.infos.values() if _is_balanced(i)]
        chargers = [i.id for i in site.infos.values() if i.is_a("evcs") or i.is_a("evse-charge-point")]
        self._chargers = [handle(f"{i}/ActivePower") for i in chargers]
        self._set_points = [
            handle(f"{u.id}/DebugSetActivePower") for u in site.solver.units.values() if not u.members
        ]
        self._limits = [
            handle(f"{slot.config.id}/PeakShavingPower")
            for slot in site.slots
            if any(c.name == "PeakShavingPower" for c in slot.controller.channels)
        ]
        site.image.grow()

    def read(self) -> dict[str, float]:
        """Power in W, state of charge as a ratio; NaN = not known."""
        get = self.image.get
        value = {name: _or_nan(get(h)) for name, h in self._sums.items()}
        chargers = [v for h in self._chargers if (v := get(h)) is not None]
        limits = [v for h in self._limits if (v := get(h)) is not None]
        set_points = [v for h in self._set_points if (v := get(h)) is not None]
        return {
            "grid_power_w": value["grid"],
            "pv_power_w": -value["pv"],
            "battery_power_w": -value["battery"],
            "charger_power_w": sum(chargers) if chargers else math.nan,
            "load_power_w": value["load"] if self._is_balance_known() else math.nan,
            "soc_ratio": value["soc"] / 100,
            "limit_w": min(limits) if limits else math.nan,
            "set_point_w": -sum(set_points) if set_points else math.nan,
        }

    def _is_balance_known(self) -> bool:
        """Whether all is known that the load is what remains of: before the first answers it is no 0."""
        return all(self.image.get(h) is not None for h in self._balanced)


def _is_balanced(info: ComponentInfo) -> bool:
    """Whether a component's power goes into the balance that the load follows from."""
    if info.is_a("symmetric-ess"):
        return not info.is_a("ess-cluster")
    return info.is_a("meter") and meter_type(info) in BALANCED_TYPES


def widened(figures: Mapping[str, float], state: str, states: tuple[str, ...]) -> dict[str, float]:
    """The figures in other units as well, and the state as a number: names that points may use."""
    wide = dict(figures)
    for name, value in figures.items():
        if name.endswith("_w"):
            wide[f"{name[:-2]}_kw"] = value / 1000
            wide[name[:-2]] = value / 1000
        elif name.endswith("_ratio"):
            wide[f"{name[:-6]}_percent"] = value * 100
            wide[name[:-6]] = value * 100
    wide["mode"] = wide["state"] = float(states.index(state)) if state in states else math.nan
    return wide


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


class Page:
    """Builds the state for the API: twice a second, outside the loop's thread."""

    def __init__(
        self, loop: Loop, config: EdgeConfig, devices: Mapping[str, Device], clock: Callable[[], float]
    ) -> None:
        self.loop = loop
        self.config = config
        self.devices = devices
        self.clock = clock
        self.site = loop.cycle.site
        self._timed_s = -math.inf
        self._percentiles: dict[str, float | None] = {}

    def build(self, moment: Moment | None, figures: Mapping[str, float]) -> dict[str, Any]:
        """The whole state; numbers that are not known are null."""
        if moment is None:
            return {"state": self.loop.machine.state, "utc": None, "nodes": []}
        utc = moment.time_utc.isoformat().replace("+00:00", "Z")
        machine = self.loop.machine
        return {
            "utc": utc,
            "state": moment.state,
            "mode": self.config.mode,
            **{name: _plain(value) for name, value in figures.items()},
            "active_controller": self._active(moment),
            "held_by": {id: p.active_by for id, p in moment.result.set_points.items()},
            "limits": [
                {
                    "component": item.component,
                    "quantity": str(item.quantity),
                    "author": item.author,
                    "wanted": _plain(item.wanted),
                    "granted": _plain(item.granted),
                    "limited_by": item.limited_by,
                }
                for item in moment.result.limited
            ],
            "nodes": self._nodes(moment, figures, utc),
            "controllers": self._controllers(moment),
            "devices": [self._device(device) for device in self.devices.values()],
            "transitions": [
                {"utc": c.time_utc.isoformat(), "from": c.before, "to": c.after, "reason": c.reason}
                for c in list(machine.changes)[-20:]
            ],
            "loop": self._timing(),
        }

    def _active(self, moment: Moment) -> str | None:
        """The controller whose bound holds the first storage unit; None when it is free."""
        for point in moment.result.set_points.values():
            if point.active_by and "/" not in point.active_by:
                return point.active_by
        return None

    def _nodes(self, moment: Moment, figures: Mapping[str, float], utc: str) -> list[dict[str, Any]]:
        nodes = []
        for info in self.site.infos.values():
            kind = self._kind(info.id)
            if kind is None:
                continue
            nodes.append(self._node(info.id, kind, moment, utc))
        nodes.append(
            {
                "id": "building",
                "kind": "building",
                "name": "Buildings",
                "power_w": _plain(figures.get("load_power_w", math.nan)),
                "soc_ratio": None,
                "state": moment.state,
                "limit_w": None,
                "utc": utc,
            }
        )
        return nodes

    def _kind(self, id: str) -> str | None:
        info = self.site.infos[id]
        if id.startswith("_"):
            return None
        if info.is_a("symmetric-ess") and not info.is_a("ess-cluster"):
            return "battery"
        if not info.is_a("meter"):
            return None
        number = meter_type(info)
        return next((kind for kind, name in KINDS if METER_TYPES[name] == number), None)

    def _node(self, id: str, kind: str, moment: Moment, utc: str) -> dict[str, Any]:
        image, handle = self.site.image, self.site.table.handle
        power = image.get(handle(f"{id}/ActivePower"))
        soc = image.get(handle(f"{id}/Soc")) if kind == "battery" else None
        device = self.devices.get(id)
        sign = -1.0 if kind in {"battery", "pv"} else 1.0
        return {
            "id": id,
            "kind": kind,
            "name": self.config.names.get(id, id),
            "power_w": None if power is None else _plain(sign * power),
            "soc_ratio": None if soc is None else _plain(soc / 100),
            "state": "well" if device is None or device.health.is_well else "away",
            "limit_w": self._limit(id, kind, moment),
            "utc": utc,
        }

    def _limit(self, id: str, kind: str, moment: Moment) -> float | None:
        if kind == "grid":
            limits = [
                value
                for slot in self.site.slots
                if isinstance(value := slot.shown.get("PeakShavingPower"), int | float)
            ]
            return min(limits) if limits else None
        wishes = moment.wishes.get(id, {})
        return next((v for name, v in wishes.items() if name.endswith("Limit") and v is not None), None)

    def _controllers(self, moment: Moment) -> list[dict[str, Any]]:
        return [
            {
                "id": slot.config.id,
                "type": slot.controller.code,
                "priority": slot.config.priority,
                "enabled": slot.config.enabled,
                "failure": (moment.result.failures | moment.result.left_out).get(slot.config.id),
                "warnings": moment.result.warnings.get(slot.config.id, []),
                "reasons": reasons(slot),
                "channels": {k: _plain(v) for k, v in slot.shown.items()},
                "units": {c.name: c.unit for c in slot.controller.channels if c.unit},
                "writable": [c.name for c in slot.controller.channels if c.access is not Access.READ],
                "ran_ms": _plain(moment.result.ran_s.get(slot.config.id, math.nan) * 1000),
            }
            for slot in list(self.site.slots)
        ]

    def _device(self, device: Device) -> dict[str, Any]:
        health = device.health
        age_s = self.clock() - health.last_good_s
        return {
            "id": device.id,
            "name": self.config.names.get(device.id, device.id),
            "is_well": health.is_well,
            "reason": health.reason,
            "age_s": _plain(age_s),
            "latency_ms": _plain(health.latency_s * 1000),
            "reads": health.reads,
            "writes": health.writes,
            "failures": health.failures,
        }

    def refresh(self) -> None:
        """Work the timing out anew at the next look."""
        self._timed_s = -math.inf

    def _timing(self) -> dict[str, Any]:
        """How the loop does; the percentiles cost some milliseconds, so they are worked out now and then."""
        timing = self.loop.timing
        if self.clock() - self._timed_s >= TIMING_EVERY_S:
            self._timed_s = self.clock()
            self._percentiles = {
                **{f"jitter_{k}_ms": v for k, v in percentiles_ms(list(timing.jitter_s)).items()},
                **{f"cycle_{k}_ms": v for k, v in percentiles_ms(list(timing.took_s)).items()},
                **{f"write_{k}_ms": v for k, v in percentiles_ms(list(timing.writes_s)).items()},
                **{f"reaction_{k}_ms": v for k, v in percentiles_ms(list(timing.reaction_s)).items()},
            }
        return {
            "cycle_s": self.site.config.cycle_s,
            "cycles": timing.cycles,
            "overruns": timing.overruns,
            "rank": self.loop.rank.name,
            **self._percentiles,
        }


def percentiles_ms(values_s: list[float]) -> dict[str, float | None]:
    """Median, 99th percentile and maximum in milliseconds."""
    if not values_s:
        return {"p50": None, "p99": None, "max": None}
    values_ms = 1000 * np.fromiter(values_s, np.float64)
    middle, high = np.percentile(values_ms, (50, 99), method="higher")
    return {
        "p50": round(float(middle), 3),
        "p99": round(float(high), 3),
        "max": round(float(values_ms.max()), 3),
    }


def reasons(slot: Slot) -> list[str]:
    """Why a controller asks for what it asks for, each reason once; none while it does not run."""
    if not slot.config.enabled or slot.failure:
        return []
    said = (getattr(request, "reason", "") for request in slot.held)
    return [reason for reason in dict.fromkeys(said) if reason]


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return round(float(value), 4) if math.isfinite(value) else None
