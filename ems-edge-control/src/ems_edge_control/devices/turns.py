"""When in a cycle each device is read: what decides set-points just before it, all else out of the way.

Twenty answers that come in at the deadline would have to be taken apart before the cycle can begin. Those of
devices that no controller looks at can wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ems_edge_control.derive import meter_type
from ems_edge_control.devices.device import Device
from ems_edge_control.natures import METER_TYPES
from ems_edge_control.site import Site

FIRST_PHASE, LAST_PHASE = 0.1, 0.7


def steering(site: Site, required: Iterable[str]) -> frozenset[str]:
    """Components whose values decide set-points.

    Required ones, grid meters, and all that a controller names, with the members of groups.
    """
    named = {name.partition("/")[0] for slot in site.slots for name in _texts(slot.config.properties)}
    found = set(required)
    for info in site.infos.values():
        is_grid = info.is_a("meter") and meter_type(info) == METER_TYPES["GRID"]
        if is_grid or info.id in named:
            found.add(info.id)
            found.update(site.solver.leaves(info.id) if info.id in site.solver.units else ())
    return frozenset(found)


def spread(devices: Mapping[str, Device], leading: frozenset[str]) -> None:
    """Give each device that does not lead a turn of its own within the cycle."""
    others = [device for id, device in sorted(devices.items()) if id not in leading]
    for number, device in enumerate(others):
        device.phase = FIRST_PHASE + (LAST_PHASE - FIRST_PHASE) * number / len(others)


def _texts(value: Any) -> Iterator[str]:
    """All texts in the properties of a controller."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
