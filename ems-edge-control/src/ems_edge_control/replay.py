"""`replay`: one cycle after another from a file, without devices. For tests and support cases.

The components are virtual: their channels are exactly the inputs given, which stay until they are
overwritten; no output is looped back. Limits of a storage unit do not limit before they are given; one that
is given as null is undefined, and allows nothing. Reading and writing JSON is all that is
added to :mod:`ems_edge_control.cycle`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ems_common.errors import BadInput

from ems_edge_control import bounds
from ems_edge_control.cycle import Cycle, Result
from ems_edge_control.image import FOREVER_S
from ems_edge_control.names import nearest, spelling
from ems_edge_control.natures import Access, Kind
from ems_edge_control.requests import Bid, Power, Request, power_by_channel
from ems_edge_control.scenario_form import pairs, tidy
from ems_edge_control.site import BadSite, ComponentConfig, ControllerConfig, Site, SiteConfig

UNLIMITED_W = 2147483647.0
COMMAND = "command"
Wish = tuple[Power | Bid, str]
LIMITS = {
    "AllowedChargePower": -UNLIMITED_W,
    "AllowedDischargePower": UNLIMITED_W,
    "MaxApparentPower": UNLIMITED_W,
}


def run(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """Run a scenario.

    Args:
        scenario: `cycle_s`, `clock_start`, `zone`, `filters`, `components`, `controllers`, `steps`.

    Returns:
        `{"steps": [{"step", "time_utc", "channels", "limits", "failures", "warnings"}]}`; a repeated step
        shows its last cycle and lists all of them as `cycles`.

    Raises:
        BadInput: The scenario cannot be used; all faults found are listed.
    """
    return Replay(scenario).run()


class Places:
    """The channels that a scenario names, in any spelling; names that nobody knows are noted."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.controllers = {c.id for c in site.config.controllers}
        self._found: dict[str, int] = {}

    def is_of_controller(self, address: str) -> bool:
        """Whether an address is a channel of a controller."""
        return address.partition("/")[0] in self.controllers

    def handle(self, address: str) -> int:
        """The handle of an address; one that is not known so far is declared."""
        if address not in self._found:
            self._found[address] = self._find(address)
        return self._found[address]

    def _find(self, address: str) -> int:
        table = self.site.table
        exact = table.find(address)
        if exact is not None:
            return exact
        component, _, name = address.partition("/")
        known = {spelling(table.entries[h].channel.name): h for h in table.of(component)}
        if spelling(name) in known:
            return known[spelling(name)]
        info = self.site.infos.get(component)
        if info is None and component not in self.controllers:
            hint = nearest(component, (*self.site.infos, *self.controllers))
            self.site.ignored.append(f"{address}: there is no component {component}{hint}")
        elif info is None or info.nature.channels:
            hint = nearest(name, (table.entries[h].channel.name for h in known.values()))
            self.site.ignored.append(f"{address}: nobody knows this channel{hint}")
        return table.handle(address)

    def command(self, handle: int, value: float | None) -> Power | Bid | None:
        """What a command asks for: power of a storage unit, an output; None where it only sets a channel."""
        table, entry = self.site.table, self.site.table.entries[handle]
        component, name = entry.component, entry.channel.name
        if value is not None and component in self.site.solver.units:
            power = power_by_channel(component, name, value, "command")
            if power is not None:
                return power
        is_output = table.kinds.get(component) is Kind.BOOLEAN or entry.channel.access is not Access.READ
        return Bid(handle, value, reason="command") if is_output and component in self.site.infos else None


class Replay:
    """A scenario being run."""

    def __init__(self, scenario: Mapping[str, Any]) -> None:
        notes: list[str] = []
        self.scenario = scenario = tidy(scenario, notes)
        self.config = read_config(scenario)
        self.site = Site(self.config)
        self.site.ignored.extend(notes)
        self.clock = _instant(scenario.get("clock_start", "2020-01-01T00:00:00Z"))
        self.now_s = 1000.0
        self.preset = set(self.site.given)
        self.places = Places(self.site)
        for address in self._addresses():
            self.site.given.add(self.places.handle(address))
        self._open_limits()
        self.cycle = Cycle(self.site, collect=True)
        self.site.image.grow()
        self.inputs: dict[int, float] = {}

    def _steps(self) -> Sequence[Mapping[str, Any]]:
        steps = self.scenario.get("steps") or []
        if not isinstance(steps, list):
            raise BadInput("steps is not a list", "scenario", steps)
        return steps

    def _addresses(self) -> Iterable[str]:
        for step in self._steps():
            for address, _value in pairs(step.get("inputs")):
                if not self.places.is_of_controller(address):
                    yield address

    def _open_limits(self) -> None:
        """Set the limits that are no properties so wide that they do not limit until an input gives them."""
        for unit in self.site.solver.units.values():
            for name, value in LIMITS.items():
                handle = self.site.table.handle(f"{unit.id}/{name}")
                if not unit.members and handle not in self.preset:
                    self.site.image.grow()
                    self.site.image.set_next(handle, value, FOREVER_S)

    def run(self) -> dict[str, Any]:
        """Run all steps."""
        answers = []
        for number, step in enumerate(self._steps()):
            try:
                answers.append(self._step(number, step))
            except BadSite:
                raise
            except ValueError as ex:
                raise BadInput(str(ex), f"step {number}") from ex
            except (KeyError, TypeError) as ex:
                raise BadInput(f"{type(ex).__name__}: {ex}", f"step {number}") from ex
        return {"cycle_s": self.config.cycle_s, "ignored": self.site.ignored, "steps": answers}

    def _step(self, number: int, step: Mapping[str, Any]) -> dict[str, Any]:
        given_s = step.get("advance_s")
        advance_s = self.config.cycle_s if given_s is None else float(given_s)
        self._reconfigure(step.get("reconfigure"))
        commands, wishes = self._set_inputs(step)
        wanted = [*bounds.read(step.get("constraints"), self.site.solver.units), *wishes]
        repeat = int(step.get("repeat") or 1)
        cycles = []
        for turn in range(repeat):
            # The first cycle is at the start of the clock, unless the scenario says otherwise.
            is_start = number == 0 and turn == 0 and given_s is None
            passed_s = 0.0 if is_start else advance_s
            self.clock += timedelta(seconds=passed_s)
            self.now_s += passed_s
            cycles.append(self._cycle(passed_s, commands, wanted))
        answer = {"step": number, **cycles[-1]}
        if repeat > 1:
            answer["cycles"] = cycles
        return answer

    def _set_inputs(self, step: Mapping[str, Any]) -> tuple[dict[int, float], list[Wish]]:
        """Take the inputs over; what is written to a controller lasts for this step only.

        Returns:
            What else lasts for this step only, by channel; what commands ask of storage units and outputs.
        """
        commands: dict[int, float] = {}
        wishes: list[Wish] = []
        for address, value in pairs(step.get("inputs")):
            handle = self.places.handle(address)
            self.site.image.grow()
            number = self.site.image.number(handle, value)
            kept = commands if self.places.is_of_controller(address) else self.inputs
            kept[handle] = number
        for address, value in pairs(step.get("commands")):
            handle = self.places.handle(address)
            self.site.image.grow()
            number = self.site.image.number(handle, value)
            wish = self.places.command(handle, None if value is None else number)
            if wish is not None:
                wishes.append((wish, COMMAND))
            if not isinstance(wish, Power):
                commands[handle] = number
        return commands, wishes

    def _cycle(
        self, advance_s: float, commands: Mapping[int, float], wanted: Sequence[tuple[Request, str]]
    ) -> dict[str, Any]:
        image = self.site.image
        for handle, number in (*self.inputs.items(), *commands.items()):
            image.set_next(handle, number, self.now_s)
        dt_s = self.config.cycle_s if self.config.per_call or advance_s <= 0 else advance_s
        result = self.cycle.run(self.now_s, self.clock, dt_s, wanted)
        for handle in commands:
            image.set_next(handle, self.inputs.get(handle, math.nan), self.now_s)
        return self._answer(result)

    def _answer(self, result: Result) -> dict[str, Any]:
        table = self.site.table
        channels: dict[str, Any] = {
            a: _plain(value) for a, value in self.cycle.derived.shown().items() if not _is_open(a, value)
        }
        channels.update({address: _plain(value) for address, value in result.requests.items()})
        channels.update({address: _plain(value) for address, value in result.published.items()})
        for handle, place in result.actuators.items():
            if place.is_set and not place.is_quiet:
                channels[table.address(handle)] = self._shown(handle, place.value)
        return {
            "time_utc": self.clock.isoformat().replace("+00:00", "Z"),
            "channels": dict(sorted(channels.items())),
            "limits": [
                {
                    "component": item.component,
                    "phase": item.phase,
                    "quantity": str(item.quantity),
                    "relation": str(item.relation),
                    "author": item.author,
                    "wanted": _plain(item.wanted),
                    "granted": _plain(item.granted),
                    "limited_by": item.limited_by,
                }
                for item in result.limited
            ],
            "held_by": {
                id: {"P": point.active_by, "Q": point.reactive_by} for id, point in result.set_points.items()
            },
            "failures": result.failures,
            "warnings": result.warnings,
        }

    def _shown(self, handle: int, value: float | None) -> Any:
        shown = self.site.image.show(handle, value)
        return _plain(shown) if isinstance(shown, float) else shown

    def _reconfigure(self, changes: Any) -> None:
        if not changes:
            return
        items = changes.items() if isinstance(changes, Mapping) else [(c["id"], c) for c in changes]
        for id, change in items:
            change = dict(change)
            enabled = change.pop("enabled", None)
            properties = change.pop("properties", None)
            if properties is None:
                properties = {k: v for k, v in change.items() if k not in {"id", "type", "priority"}}
            slot = self.site.find_slot(id)
            if slot is not None and (enabled is False or properties):
                self.cycle.retire(slot)
            self.site.reconfigure(id, properties, enabled=enabled)


def read_config(scenario: Mapping[str, Any]) -> SiteConfig:
    """The site of a scenario.

    Raises:
        BadInput: A part is missing or has the wrong form.
    """
    faults: list[str] = []
    components = tuple(
        ComponentConfig(str(c.get("id", "")), _nature(c), c.get("properties") or {})
        for c in _objects(scenario, "components", faults)
    )
    controllers = tuple(
        ControllerConfig(
            str(c.get("id", f"controller{i}")),
            str(c.get("type", "")),
            float(c.get("priority", i) or 0),
            c.get("properties") or {},
            bool(c.get("enabled", True)),
            tuple(c.get("modes", ())),
        )
        for i, c in enumerate(_objects(scenario, "controllers", faults))
    )
    filters = spelling(str(scenario.get("filters", "time_based")))
    if filters not in {"timebased", "percall"}:
        faults.append(f'filters is "time_based" or "per_call" (got {scenario["filters"]!r})')
    zone = ZoneInfo("UTC")
    try:
        zone = ZoneInfo(str(scenario.get("zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError) as ex:
        faults.append(f"zone: {ex}")
    if faults:
        raise BadSite(faults)
    return SiteConfig(
        components,
        controllers,
        cycle_s=float(scenario.get("cycle_s", 1.0)),
        zone=zone,
        per_call=filters == "percall",
        max_age_s=FOREVER_S,
        lenient=True,
    )


def _nature(component: Mapping[str, Any]) -> str:
    """A component's nature; several in a list mean the one that includes them all."""
    nature = component.get("nature", "")
    return ", ".join(map(str, nature)) if isinstance(nature, list) else str(nature)


def _objects(scenario: Mapping[str, Any], key: str, faults: list[str]) -> list[Mapping[str, Any]]:
    items = scenario.get(key) or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        faults.append(f"{key} is not a list of objects")
        return []
    return items


def _instant(value: Any) -> datetime:
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    instant = datetime.fromisoformat(str(value))
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _is_open(address: str, value: Any) -> bool:
    """Whether a derived power is the sum of limits that nobody gave."""
    return address.endswith("Power") and isinstance(value, int | float) and abs(value) >= UNLIMITED_W


def _plain(value: Any) -> Any:
    """Numbers without noise: whole ones as integers, others to a thousandth."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if not math.isfinite(value):
        return None
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) else rounded
