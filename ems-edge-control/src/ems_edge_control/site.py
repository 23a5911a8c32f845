"""A site put together: components with their channels, controllers in order, the solver.

No devices, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ems_common.errors import BadInput

from ems_edge_control import component_properties, natures, properties, registry, scheduling
from ems_edge_control.balance import Totals
from ems_edge_control.controllers.base import Binder, ComponentInfo, Controller, Peer
from ems_edge_control.filters import FilterSettings
from ems_edge_control.image import FOREVER_S, Image, Table
from ems_edge_control.names import nearest, spelling
from ems_edge_control.natures import Channel, Kind
from ems_edge_control.outlook import Outlook
from ems_edge_control.properties import prop
from ems_edge_control.solver.by_call import CHAINS
from ems_edge_control.solver.power import PowerSolver
from ems_edge_control.solver.strategies import ALIASES, STRATEGIES
from ems_edge_control.solver.tree import Unit

RUN_FAILED = Channel(
    "RunFailed", kind=Kind.BOOLEAN, max_age_s=FOREVER_S, help="The last run raised or was too slow"
)
BUILT_IN = {"_sum": "sum", "_meta": "meta", "_site": "site", "_power": "solver"}


class BadSite(BadInput):
    """A site description cannot be used; all of its faults are listed."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("the site description is not usable:\n  " + "\n  ".join(faults))


@dataclass(frozen=True, slots=True)
class ComponentConfig:
    """A component as written down."""

    id: str
    nature: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControllerConfig:
    """A controller as written down.

    Attributes:
        id: Name.
        type: Code or alias of its type.
        priority: Order: the smallest number runs first and wins.
        properties: Its properties.
        enabled: Whether it runs.
        modes: Site modes in which it runs; empty = all.
    """

    id: str
    type: str
    priority: float = 0
    properties: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    modes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SolverProperties:
    """Settings of the power solver: properties of the component `_power`."""

    strategy: str | None = prop(
        None,
        "How a group's power is split; empty = proportional, with per-call filters balance-soc",
        choices=(*STRATEGIES, *ALIASES),
    )
    symmetric_mode: bool = prop(True, "Set storage units as a whole; false = each phase by itself")
    enable_pid: bool = prop(True, "Filter set-points of balancing controllers", name="enablePid")
    p: float = prop(0.3, "Gain of the error per call", minimum=0)
    i: float = prop(0.3, "Gain of the summed error per call", minimum=0)
    d: float = prop(0.1, "Gain against changes per call", minimum=0)
    enable_pt1: bool = prop(False, "First-order lag when the filter above is off", name="enablePT1")
    pt1_time_constant: float = prop(
        800.0, "Time constant of the lag", unit="ms", minimum=0, name="pt1TimeConstant"
    )
    trim_per_s: float = prop(
        0.2, "Rate at which a device's error is learned", unit="1/s", minimum=0, maximum=5
    )
    response_s: float = prop(0.3, "Time constant of a device that follows", unit="s", minimum=0.01)


@dataclass(frozen=True)
class SiteConfig:
    """Everything of a site that the loop, a replay and a simulation share.

    Attributes:
        components: Devices and groups.
        controllers: Controllers, in any order.
        cycle_s: Cycle time [s].
        zone: Time zone of the site.
        per_call: Filters and ramps count calls, for comparison with other systems.
        max_age_s: Age after which a value reads as undefined.
        hold_s: How long a controller's last request stands in when its inputs are missing.
        lenient: Note unknown properties instead of refusing them.
    """

    components: tuple[ComponentConfig, ...]
    controllers: tuple[ControllerConfig, ...]
    cycle_s: float = 0.1
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    per_call: bool = False
    max_age_s: float = 2.0
    hold_s: float = 2.0
    lenient: bool = False


@dataclass
class Slot:
    """A controller in its place.

    Attributes:
        config: As written down.
        controller: The object.
        state: Its memory.
        own: Handles and declarations of its channels by name.
        last_run_s: When it last ran, None before the first time.
        held: Its last answer, whose requests stand in while inputs are missing.
        held_since_s: Since when they are only held.
        strikes: Failures in a row.
        banned_until_s: Not run before that time.
        failure: Why the last run failed, empty when it did not.
        shown: Published values so far, in outer form.
        standing: The same as published, of channels that nobody else writes.
    """

    config: ControllerConfig
    controller: Controller[Any, Any]
    state: Any
    own: dict[str, tuple[int, Channel]]
    last_run_s: float | None = None
    held: Sequence[Any] = ()
    held_since_s: float | None = None
    strikes: int = 0
    banned_until_s: float = 0.0
    failure: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    standing: dict[str, Any] = field(default_factory=dict)


class Site:
    """Table, image, solver and controllers of one configuration.

    Raises:
        BadSite: The configuration has faults; all are listed.
    """

    def __init__(self, config: SiteConfig) -> None:
        self.config = config
        self.table = Table()
        self.ignored: list[str] = []
        faults: list[str] = []
        self.infos = self._components(config.components, faults)
        self._declare()
        self.solver = self._solver(faults)
        self.schedule = scheduling.read(self.infos, faults, self.ignored if config.lenient else None)
        self.peers = {c.id: Peer(self._code(c.type), c.properties) for c in config.controllers}
        self.slots: list[Slot] = []
        for item in config.controllers:
            slot = self._slot(item, faults)
            if slot is not None:
                self.slots.append(slot)
        ids = [c.id for c in config.components] + [c.id for c in config.controllers]
        faults.extend(
            f"the id {i!r} is used {ids.count(i)} times" for i in sorted(set(ids)) if ids.count(i) > 1
        )
        if faults:
            raise BadSite(list(dict.fromkeys(faults)))
        self._sort()
        self.image = Image(self.table, config.max_age_s)
        self.given: set[int] = set()
        self.totals = Totals()
        self.outlook = Outlook()
        self._preset()

    # -- building ---

    @staticmethod
    def _components(items: Sequence[ComponentConfig], faults: list[str]) -> dict[str, ComponentInfo]:
        infos: dict[str, ComponentInfo] = {}
        for item in items:
            nature = natures.find(item.nature)
            if nature is None:
                names = [name for n in natures.NATURES for name in (n.code, *n.aliases)]
                known = ", ".join(n.code for n in natures.NATURES)
                hint = nearest(item.nature, names)
                faults.append(f"component {item.id}: unknown nature {item.nature!r}{hint} (known: {known})")
                continue
            infos[item.id] = ComponentInfo(item.id, nature, item.properties)
        for name, code in BUILT_IN.items():
            nature = natures.find(code)
            if name not in infos and nature is not None:
                infos[name] = ComponentInfo(name, nature)
        return infos

    def _declare(self) -> None:
        for info in self.infos.values():
            self.table.kinds[info.id] = info.nature.kind
            for channel in natures.channels_of(info.nature):
                self.table.declare(info.id, channel)

    def _solver(self, faults: list[str]) -> PowerSolver:
        settings = self._solver_settings(faults)
        units = []
        for item in self.infos.values():
            if item.nature.storage:
                units.append(self._unit(item, faults))
        name = settings.strategy or ("balance-soc" if self.config.per_call else "proportional")
        name = ALIASES.get(name.upper(), name.lower())
        try:
            return PowerSolver(
                units,
                symmetric=settings.symmetric_mode,
                strategy=STRATEGIES.get(name, STRATEGIES["proportional"]),
                chain=CHAINS.get(name, ()) if self.config.per_call else (),
                settings=FilterSettings(
                    per_call=self.config.per_call,
                    pid=settings.enable_pid,
                    proportional=settings.p,
                    integral=settings.i,
                    derivative=settings.d,
                    pt1=settings.enable_pt1,
                    pt1_s=settings.pt1_time_constant / 1000,
                    trim_per_s=settings.trim_per_s,
                    response_s=settings.response_s,
                ),
            )
        except (KeyError, ValueError) as ex:
            faults.append(f"groups of storage units: {ex}")
            return PowerSolver([])

    def _solver_settings(self, faults: list[str]) -> SolverProperties:
        """The properties of `_power`, or of the component that stands for it under another id."""
        others = (i for i in self.infos.values() if i.nature.code == "solver" and i.id != "_power")
        info = next(others, self.infos["_power"])
        ignored = self.ignored if self.config.lenient else None
        where = f"component {info.id}"
        return (
            properties.read(SolverProperties, info.properties, where, faults, ignored) or SolverProperties()
        )

    def _unit(self, info: ComponentInfo, faults: list[str]) -> Unit:
        members = tuple(info.property("members", info.property("ess_ids", ())) or ())
        if info.is_a("ess-cluster"):
            faults.extend(
                f"component {info.id}: member {m!r} is not a managed storage unit"
                for m in members
                if m not in self.infos or not self.infos[m].nature.storage
            )
            members = tuple(m for m in members if m in self.infos)
        single = str(info.property("phase", "")) if info.is_a("managed-single-phase-ess") else ""
        step = float(info.property("powerPrecision", 1))
        return Unit(info.id, members, info.nature.phased and not info.is_a("ess-cluster"), single, step)

    @staticmethod
    def _code(name: str) -> str:
        """Code of a type by any of its names."""
        cls = registry.find(name)
        return name if cls is None else cls.code

    def _slot(self, item: ControllerConfig, faults: list[str]) -> Slot | None:
        where = f"controller {item.id}"
        cls = registry.find(item.type)
        if cls is None:
            faults.append(f"{where}: {registry.unknown(item.type)}")
            return None
        ignored = self.ignored if self.config.lenient else None
        config = properties.read(cls.Config, item.properties, where, faults, ignored)
        if config is None:
            return None
        own = {c.name: (self.table.declare(item.id, c), c) for c in (*cls.channels, RUN_FAILED)}
        controller = cls(item.id, config, Binder(self.table, self.infos, item.id, faults, self.peers))
        return Slot(item, controller, controller.start(), own)

    def _sort(self) -> None:
        self.slots.sort(key=lambda s: (not s.controller.protects, s.config.priority))

    def _preset(self) -> None:
        """Channels whose value is a property of the component, such as its capacity."""
        for info in self.infos.values():
            names = {spelling(c.name): c.name for c in natures.channels_of(info.nature)}
            own = component_properties.spellings(info.nature)
            for key, value in info.properties.items():
                name = names.get(spelling(key))
                if name is not None and isinstance(value, int | float | str):
                    handle = self.table.handle(f"{info.id}/{name}")
                    self.given.add(handle)
                    try:
                        self.image.set_next(handle, self.image.number(handle, value), FOREVER_S)
                    except ValueError as ex:
                        raise BadSite([f"component {info.id}: {ex}"]) from None
                elif name is None and own is not None and spelling(key) not in own:
                    known = (*component_properties.listed(info.nature), *names.values())
                    self.ignored.append(f"component {info.id}: unknown property {key}{nearest(key, known)}")

    # -- changing at run time ---

    def reconfigure(self, id: str, changes: Mapping[str, Any], *, enabled: bool | None = None) -> None:
        """Change properties of a controller, or switch it on or off, between two cycles.

        Its type decides how much of its memory it keeps.

        Raises:
            BadSite: The new properties cannot be used; nothing was changed.
        """
        index = self._index(id)
        old = self.slots[index].config
        merged = dict(old.properties)
        for key, value in changes.items():
            same = next((k for k in merged if spelling(k) == spelling(key)), key)
            merged[same] = value
        item = ControllerConfig(
            old.id, old.type, old.priority, merged, old.enabled if enabled is None else enabled, old.modes
        )
        self._exchange(index, item, is_rebuilt=bool(changes))

    def take_back(self, id: str) -> None:
        """Return a controller to the site file, between two cycles.

        Raises:
            BadSite: There is no such controller.
        """
        index, item = self._index(id), self.written(id)
        if item is not None and item != self.slots[index].config:
            is_rebuilt = item.properties != self.slots[index].config.properties
            self._exchange(index, item, is_rebuilt=is_rebuilt)

    def written(self, id: str) -> ControllerConfig | None:
        """A controller as the site file has it."""
        return next((item for item in self.config.controllers if item.id == id), None)

    def _index(self, id: str) -> int:
        index = next((i for i, slot in enumerate(self.slots) if slot.config.id == id), None)
        if index is None:
            raise BadSite([f"there is no controller {id!r}"])
        return index

    def _exchange(self, index: int, item: ControllerConfig, *, is_rebuilt: bool) -> None:
        """Put a controller with another configuration into its place."""
        old, faults = self.slots[index], list[str]()
        self.peers[item.id] = Peer(self._code(item.type), item.properties)
        slot = self._slot(item, faults) if is_rebuilt else None
        if faults:
            self.peers[item.id] = Peer(self._code(old.config.type), old.config.properties)
            raise BadSite(faults)
        if slot is not None:
            slot.state = slot.controller.adopt(old.state)
            slot.shown = old.shown
            self.slots[index] = slot
        self.slots[index].config = item
        self.image.grow()

    def in_turn(self, now: datetime) -> list[Slot]:
        """The controllers to run at a moment, in order: by the schedulers, else by priority."""
        if not self.schedule:
            return self.slots
        by_id = {slot.config.id: slot for slot in self.slots}
        first = [slot for slot in self.slots if slot.controller.protects]
        known = [slot.config.id for slot in self.slots if slot.config.enabled]
        ids = self.schedule.ids(now.astimezone(self.config.zone), known)
        return [*first, *(by_id[i] for i in ids if i in by_id and not by_id[i].controller.protects)]

    def find_slot(self, id: str) -> Slot | None:
        """The controller of that id."""
        return next((slot for slot in self.slots if slot.config.id == id), None)
