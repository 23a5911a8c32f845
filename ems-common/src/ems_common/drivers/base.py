"""The interface of a field driver.

A driver owns one connection to one device or broker and belongs to one asyncio task. It is told once which
points to read (`plan`), and then reads that plan again and again; neighbouring registers are merged inside
the plan. What a driver can do is found by its capabilities (:class:`Reads`, :class:`Writes`,
:class:`Subscribes`), not by its make. Drivers raise `Unavailable` when the device does not answer and
`BadInput` for an address that cannot be used; a single point that fails is a :class:`Reading` of quality
`BAD`, never an exception.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable


class Quality(enum.IntEnum):
    """How far a value may be trusted."""

    GOOD = 0
    STALE = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one point, as the device gave it (before ratio and offset).

    Attributes:
        index: Position of the point in the plan or subscription.
        value: Number, text, or None when the point failed.
        time_utc: When the device measured it, else when it arrived; aware.
        quality: `BAD` with a reason when the value is unusable.
        reason: Why the value is unusable, one clause.
    """

    index: int
    value: float | int | str | None
    time_utc: datetime
    quality: Quality = Quality.GOOD
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a write changes, so that two who write can tell whether they would change the same.

    Attributes:
        place: Device and part of it, as text: equal for the same part of the same device.
        first: First register or coil; 0 where the part is one thing.
        last: Last register or coil.
    """

    place: str
    first: int = 0
    last: int = 0

    def overlaps(self, other: Target) -> bool:
        """Whether both change something in common.

        >>> Target("a", 40, 41).overlaps(Target("a", 41, 41)), Target("a").overlaps(Target("b"))
        (True, False)
        """
        return self.place == other.place and self.first <= other.last and other.first <= self.last


@runtime_checkable
class Driver(Protocol):
    """A connection to one device or broker."""

    protocol: ClassVar[str]

    async def open(self) -> None:
        """Connect.

        Raises:
            Unavailable: Nobody answers there now.
        """

    async def close(self) -> None:
        """Disconnect; safe to call at any time, any number of times."""


@runtime_checkable
class Reads(Protocol):
    """A driver whose points are polled."""

    def plan(self, addresses: Sequence[Any]) -> Any:
        """Check the addresses and work out the fewest requests that read them all.

        Args:
            addresses: One typed address for each point (the driver's `Address` type, or its JSON as a dict).

        Returns:
            An opaque plan for :meth:`read`; the readings come in the order of `addresses`.

        Raises:
            BadInput: An address cannot be used; `where` tells which.
        """

    async def read(self, plan: Any) -> list[Reading]:
        """Read all points of a plan, one reading for each address.

        Raises:
            Unavailable: The device does not answer; the connection is closed.
        """


@runtime_checkable
class Writes(Protocol):
    """A driver whose points can be set."""

    @staticmethod
    def target(connection: Any, address: Any) -> Target:
        """What a write to an address changes; both typed.

        Raises:
            BadInput: The address cannot be written.
        """

    async def write(self, address: Any, value: float | int | bool) -> None:
        """Set one point, and return when the device has confirmed.

        Raises:
            Unavailable: The device does not answer.
            BadInput: The device or the address refuses the value.
        """


@runtime_checkable
class Subscribes(Protocol):
    """A driver to which values come by themselves.

    `sink` is called in the driver's own thread or task with the readings of one message and a function to be
    called when they are safe (committed or spooled): only then is the message acknowledged to the broker.
    """

    async def subscribe(
        self, addresses: Sequence[Any], sink: Callable[[list[Reading], Callable[[], None]], None]
    ) -> None:
        """Start the flow of readings for these points."""
