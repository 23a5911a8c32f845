"""What a controller is: declared properties, remembered state, and a pure function from image to requests.

A controller never touches a device, a clock or a file. It is given the frozen image, its own state and the
time that
has passed, and returns requests. So the same object runs in the loop, in a replay and on the virtual clock.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, ClassVar, Generic, TypeVar

from ems_edge_control.image import Image, Table
from ems_edge_control.names import spelling
from ems_edge_control.natures import Access, Channel, Kind, Nature, is_a
from ems_edge_control.outlook import Outlook
from ems_edge_control.requests import ALL, Publish, Quantity, Request, Requests, at_least, at_most, equals
from ems_edge_control.solver.power import PowerSolver

__all__ = [
    "ALL",
    "Access",
    "Binder",
    "Channel",
    "ComponentInfo",
    "Controller",
    "Kind",
    "NoState",
    "Publish",
    "Requests",
    "View",
    "at_least",
    "at_most",
    "equals",
    "flag",
    "number",
    "states",
    "text",
]

C = TypeVar("C")
S = TypeVar("S")

ON_GRID, OFF_GRID, GENSET = 1, 2, 3
WHOLE_WITHIN_W = 1e-6


@dataclass(frozen=True, slots=True)
class Peer:
    """Another controller as configured, for those that work together."""

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)

    def property(self, name: str, default: Any = None) -> Any:
        """A property in any spelling, or the default."""
        wanted = spelling(name)
        return next((v for k, v in self.properties.items() if spelling(k) == wanted), default)


@dataclass(frozen=True, slots=True)
class ComponentInfo:
    """A component as configured."""

    id: str
    nature: Nature
    properties: Mapping[str, Any] = field(default_factory=dict)

    def property(self, name: str, default: Any = None) -> Any:
        """A property in any spelling, or the default."""
        wanted = spelling(name)
        return next((v for k, v in self.properties.items() if spelling(k) == wanted), default)

    def is_a(self, code: str) -> bool:
        """Whether the component has that nature."""
        return is_a(self.nature, code)


class Binder:
    """Turns the addresses in a controller's properties into handles, once, before the loop runs."""

    def __init__(
        self,
        table: Table,
        components: Mapping[str, ComponentInfo],
        owner: str,
        faults: list[str],
        peers: Mapping[str, Peer] | None = None,
    ) -> None:
        self.table = table
        self.components = components
        self.owner = owner
        self.faults = faults
        self.peers: Mapping[str, Peer] = peers or {}

    def channel(self, component: str, name: str) -> int:
        """Handle of a channel of a component that must exist (`_sum`, `_meta` and `_site` always do)."""
        if component not in self.components and not component.startswith("_"):
            self.faults.append(f"{self.owner}: there is no component {component!r}")
        return self.table.handle(f"{component}/{name}")

    def address(self, address: str) -> int:
        """Handle of an address from the configuration."""
        component, slash, name = address.partition("/")
        if not slash:
            self.faults.append(f"{self.owner}: {address!r} is not an address of the form component/Channel")
        return self.channel(component, name or address)

    def own(self, name: str) -> int:
        """Handle of a channel of the controller itself."""
        return self.table.handle(f"{self.owner}/{name}")

    def info(self, component: str) -> ComponentInfo | None:
        """Configuration of a component."""
        return self.components.get(component)

    def of_nature(self, code: str) -> list[ComponentInfo]:
        """All components of a nature."""
        return [info for info in self.components.values() if info.is_a(code)]


@dataclass
class View:
    """What a controller sees: the image, the time, and what the solver would still allow."""

    image: Image
    solver: PowerSolver
    now_utc: datetime
    zone: tzinfo
    now_s: float = 0.0
    dt_s: float = 1.0
    cycle_s: float = 1.0
    per_call: bool = False
    author: str = ""
    warnings: list[str] = field(default_factory=list)
    outlook: Outlook = field(default_factory=Outlook)

    def __post_init__(self) -> None:
        """Values come straight from the image: `get` gives None, `need` ends the run, when undefined."""
        self.get = self.image.get
        self.need = self.image.need

    def text(self, handle: int) -> str | None:
        """Value of a text channel."""
        return self.image.texts.get(handle)

    @property
    def now_local(self) -> datetime:
        """Wall time of the site."""
        return self.now_utc.astimezone(self.zone)

    def min_w(self, ess: str, quantity: Quantity = Quantity.ACTIVE, phase: str = ALL) -> float:
        """Least power that is still possible."""
        return self.solver.range(ess, quantity, phase)[0]

    def max_w(self, ess: str, quantity: Quantity = Quantity.ACTIVE, phase: str = ALL) -> float:
        """Greatest power that is still possible."""
        return self.solver.range(ess, quantity, phase)[1]

    def whole(self, value: float) -> float:
        """A set-point in whole watts where calls are counted as other systems do, else as it is.

        What misses a whole number by a rounding error only counts as that number.
        """
        if not self.per_call:
            return value
        nearest = round(value)
        return float(nearest if abs(value - nearest) < WHOLE_WITHIN_W else int(value))

    def steps(self, per_call: float, per_second: float) -> float:
        """Size of a ramp step: per call in comparison mode, else in proportion to the time passed."""
        return per_call if self.per_call else per_second * self.dt_s

    def warn(self, message: str) -> None:
        """Report something to the operator; shown with the controller's state."""
        self.warnings.append(message)

    def is_on_grid(self, handle: int) -> bool:
        """Whether grid-bound rules apply: on grid, or not known (with a warning)."""
        mode = self.get(handle)
        if mode is None or mode == -1:
            self.warn("grid mode is unknown, taken as on grid")
            return True
        return mode == ON_GRID


@dataclass
class NoState:
    """State of a controller that remembers nothing."""


class Controller(Generic[C, S]):
    """Base of all controllers.

    Class attributes declare the type: `code` and `aliases` are its names in configuration, `title` says
    what it does, `Config` and `State` are dataclasses, `channels` what it publishes.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    channels: ClassVar[tuple[Channel, ...]] = ()
    Config: ClassVar[type[Any]]
    State: ClassVar[type[Any]] = NoState
    protects: ClassVar[bool] = False

    def __init__(self, id: str, config: C, bind: Binder) -> None:
        self.id = id
        self.config: C = config
        self.bind(bind)

    def bind(self, bind: Binder) -> None:
        """Resolve addresses to handles; called once."""

    def start(self) -> S:
        """The state before the first run."""
        return self.State()  # type: ignore[no-any-return]

    def adopt(self, state: S) -> S:
        """The state to go on with after a change of properties.

        By default the old one, so that nothing bumps.
        """
        return state

    def run(self, image: View, state: S, dt_s: float) -> Sequence[Request]:
        """One cycle.

        Args:
            image: The frozen image and what goes with it.
            state: The controller's memory; changed in place.
            dt_s: Seconds since the last run.

        Raises:
            UndefinedChannel: A required input has no good value.
        """
        raise NotImplementedError

    def stopped(self) -> Sequence[Request]:
        """Requests to make once when the controller is taken out, such as lifting a limit."""
        return ()


def number(name: str, unit: str = "", help: str = "", access: Access = Access.READ) -> Channel:
    """A channel that carries a number."""
    return Channel(name, unit, access, max_age_s=float("inf"), help=help)


def flag(name: str, help: str = "") -> Channel:
    """A channel that is on or off."""
    return Channel(name, kind=Kind.BOOLEAN, max_age_s=float("inf"), help=help)


def states(name: str, kind: type[enum.Enum], help: str = "") -> Channel:
    """A channel that shows a state by name."""
    options = {member.name: i for i, member in enumerate(kind)}
    return Channel(name, kind=Kind.ENUM, options=options, max_age_s=float("inf"), help=help)


def text(name: str, help: str = "") -> Channel:
    """A channel that carries a text."""
    return Channel(name, kind=Kind.TEXT, max_age_s=float("inf"), help=help)
