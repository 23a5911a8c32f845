"""What a device is, not who made it: natures with their standard channels, units and signs.

Signs in this package are those of the control world and differ from the house rule, so that scenarios of
other systems fit: **storage power is positive when discharging**, grid power is positive when buying,
production is positive, consumption and charging of vehicles are positive. :mod:`ems_edge_control.telemetry`
turns the storage and production signs to the rule of the house (consumption, charging and import positive)
where values leave the package.

Channel names are capitalised words (`ActivePower`); an address is `component/Channel`. `channel` says what a
channel is, `storage`, `metering` and `site` are the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ems_edge_control.names import bare, spelling
from ems_edge_control.natures.channel import PHASES, Access, Channel, Kind, Nature
from ems_edge_control.natures.metering import CHARGE_STATE, EVCS_STATUS, METER_TYPES, METERING
from ems_edge_control.natures.site import SITE
from ems_edge_control.natures.storage import STORAGE, WITH_PID

__all__ = [
    "CHARGE_STATE",
    "EVCS_STATUS",
    "METER_TYPES",
    "NATURES",
    "PHASES",
    "WITH_PID",
    "Access",
    "Channel",
    "Kind",
    "Nature",
    "channels_of",
    "find",
    "is_a",
]

NATURES = (*STORAGE, *METERING, *SITE)


_BY_SPELLING: dict[str, Nature] = {
    spelling(name): nature for nature in NATURES for name in (nature.code, *nature.aliases)
}


def find(code: str) -> Nature | None:
    """The nature of that code or alias, in any capitalisation and with any separators; None if unknown.

    Several joined by commas, such as `ManagedSymmetricEss, HybridEss`, mean the one that includes them all.
    """
    found = _BY_SPELLING.get(spelling(code)) or _BY_SPELLING.get(spelling(bare(code)))
    if found is not None or "," not in code:
        return found
    parts = [find(part) for part in code.split(",")]
    whole = (n for n in parts if n is not None and all(p is not None and is_a(n, p.code) for p in parts))
    return next(whole, None)


def channels_of(nature: Nature) -> Iterator[Channel]:
    """All channels of a nature, inherited ones first, each name once."""
    seen: dict[str, Channel] = {}
    _collect((nature,), seen)
    yield from seen.values()


def _collect(natures: Iterable[Nature], seen: dict[str, Channel]) -> None:
    for nature in natures:
        parents = [parent for code in nature.extends if (parent := find(code)) is not None]
        _collect(parents, seen)
        for channel in nature.channels:
            seen[channel.name] = channel


def is_a(nature: Nature, code: str) -> bool:
    """Whether a nature is, or includes, the one called `code`."""
    return nature.code == code or any(
        is_a(parent, code) for extended in nature.extends if (parent := find(extended)) is not None
    )
