"""What a channel and a nature are, and the short words with which the tables of natures are written."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

PHASES = ("L1", "L2", "L3")


class Access(enum.StrEnum):
    """Who may set a channel: the device, a controller, or both."""

    READ = "RO"
    WRITE = "WO"
    BOTH = "RW"


class Kind(enum.StrEnum):
    """What a channel carries. All of them are numbers in the image; texts live beside it."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    ENUM = "enum"
    TEXT = "string"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of a nature or of a controller.

    Attributes:
        name: Capitalised name, unique in its component.
        unit: Unit of the value, empty for counts, flags and states.
        access: Who sets it.
        kind: What it carries.
        options: Names of the states of an enum with their numbers.
        cumulated: A register that only grows; it never falls back from a number to undefined.
        max_age_s: Age after which the value reads as undefined; None = the site's default.
        help: What it means, one clause.
    """

    name: str
    unit: str = ""
    access: Access = Access.READ
    kind: Kind = Kind.NUMBER
    options: Mapping[str, int] = field(default_factory=dict)
    cumulated: bool = False
    max_age_s: float | None = None
    help: str = ""


@dataclass(frozen=True, slots=True)
class Nature:
    """A kind of device: its channels, and the natures it includes.

    Attributes:
        code: Name in configuration files.
        help: What it is.
        channels: Its own channels.
        extends: Codes of natures whose channels it has too.
        aliases: Other spellings accepted in scenarios.
        storage: Whether the power solver distributes set-points to it.
        phased: Whether each phase can be set by itself.
        kind: What its channels of any name hold.
    """

    code: str
    help: str
    channels: tuple[Channel, ...] = ()
    extends: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    storage: bool = False
    phased: bool = False
    kind: Kind = Kind.NUMBER


def read(unit: str, *names: str) -> tuple[Channel, ...]:
    """Channels that the device sets."""
    return tuple(Channel(name, unit) for name in names)


def phased(unit: str, *names: str) -> tuple[Channel, ...]:
    """Each name for the total and for each of the three phases."""
    return tuple(Channel(name + phase, unit) for name in names for phase in ("", *PHASES))


def phases_only(unit: str, *names: str) -> tuple[Channel, ...]:
    """Each name for each of the three phases."""
    return tuple(Channel(name + phase, unit) for name in names for phase in PHASES)


def energy(*names: str) -> tuple[Channel, ...]:
    """Registers that only grow."""
    return tuple(Channel(name, "Wh", cumulated=True) for name in names)


def energy_phased(*names: str) -> tuple[Channel, ...]:
    """Such registers for the total and for each phase."""
    return tuple(Channel(name + phase, "Wh", cumulated=True) for name in names for phase in ("", *PHASES))


def write(unit: str, *names: str) -> tuple[Channel, ...]:
    """Set-points."""
    return tuple(Channel(name, unit, Access.WRITE) for name in names)


def flag(*names: str) -> tuple[Channel, ...]:
    """Yes or no."""
    return tuple(Channel(name, kind=Kind.BOOLEAN) for name in names)


GRID_MODE = Channel(
    "GridMode",
    kind=Kind.ENUM,
    options={"UNDEFINED": -1, "ON_GRID": 1, "OFF_GRID": 2, "OFF_GRID_GENSET": 3},
    help="Whether the site hangs on the public grid",
)
