"""The form of a scenario: its members in any spelling and by other names, and notes on what is neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ems_edge_control.names import nearest, spelling

Members = Mapping[str, tuple[str, ...]]
SCENARIO: Members = {
    "cycle_s": ("cycle", "cycle_time_s"),
    "clock_start": ("clock", "start", "start_time"),
    "zone": ("time_zone",),
    "filters": ("filter", "filter_mode"),
    "components": (),
    "controllers": (),
    "steps": (),
}
COMPONENT: Members = {"id": (), "nature": ("natures",), "properties": ("config", "presets")}
CONTROLLER: Members = {
    "id": (),
    "type": ("factory", "factory_pid"),
    "priority": ("prio",),
    "properties": ("config",),
    "enabled": (),
    "modes": (),
}
STEP: Members = {
    "advance_s": ("advance", "leap_s", "timeleap_s"),
    "repeat": ("times",),
    "inputs": ("input", "in"),
    "commands": ("command",),
    "constraints": ("constraint",),
    "reconfigure": (),
}
# What people write beside it for themselves, and what is expected to come out.
REMARKS = frozenset(
    map(spelling, ("name", "title", "description", "comment", "note", "source", "tolerance", "version"))
) | frozenset(map(spelling, ("out", "output", "outputs", "expect", "expected", "expectations", "step")))


def tidy(scenario: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """The scenario with its members by their own names.

    Members of components and controllers that are none of theirs are properties written without `properties`.
    Those of the scenario and of its steps that nobody knows are told in `notes`.
    """
    top = _members(scenario, SCENARIO, "scenario", notes)
    for key, known in (("components", COMPONENT), ("controllers", CONTROLLER)):
        if key in top:
            top[key] = _each(top[key], lambda part, known=known: _with_properties(part, known))
    if isinstance(top.get("steps"), list):
        top["steps"] = [
            _members(step, STEP, f"step {number}", notes) if isinstance(step, Mapping) else step
            for number, step in enumerate(top["steps"])
        ]
    return top


def pairs(given: Any) -> Iterator[tuple[str, Any]]:
    """Values by channel: `{"ess0/Soc": 50}`, `{"ess0": {"Soc": 50}}` or a list of `{"channel", "value"}`."""
    items: Iterable[tuple[Any, Any]]
    items = given.items() if isinstance(given, Mapping) else (_pair(item) for item in given or [])
    for address, value in items:
        if isinstance(value, Mapping):
            yield from ((f"{address}/{name}", inner) for name, inner in value.items())
        else:
            yield str(address), value


def _pair(item: Any) -> tuple[str, Any]:
    if not isinstance(item, Mapping):
        raise ValueError(f"{item!r} is no object with channel and value")
    channel = str(item.get("channel", item.get("address", "")))
    component = item.get("component")
    return (f"{component}/{channel}" if component and "/" not in channel else channel), item.get("value")


def _each(parts: Any, make: Any) -> Any:
    """A list of parts, also when they are given by id."""
    if isinstance(parts, Mapping) and all(isinstance(part, Mapping) for part in parts.values()):
        parts = [{"id": id} | dict(part) for id, part in parts.items()]
    if not isinstance(parts, list):
        return parts
    return [make(part) if isinstance(part, Mapping) else part for part in parts]


def _own(members: Members) -> dict[str, str]:
    return {spelling(name): own for own, others in members.items() for name in (own, *others)}


def _members(part: Mapping[str, Any], known: Members, where: str, notes: list[str]) -> dict[str, Any]:
    own, found = _own(known), {}
    for key, value in part.items():
        name = own.get(spelling(str(key)))
        if name is not None:
            if key == name or name not in found:
                found[name] = value
        elif spelling(str(key)) not in REMARKS:
            notes.append(f"{where}: unknown member {key!r}{nearest(str(key), known)}")
    return found


def _with_properties(part: Mapping[str, Any], known: Members) -> dict[str, Any]:
    own, found, flat = _own(known), {}, {}
    for key, value in part.items():
        name = own.get(spelling(str(key)))
        if name is not None and (key == name or name not in found):
            found[name] = value
        elif name is None and spelling(str(key)) not in REMARKS:
            flat[key] = value
    if "nature" in known and "nature" not in found and "type" in flat:
        found["nature"] = flat.pop("type")
    given = found.get("properties") or {}
    if flat and isinstance(given, Mapping):
        found["properties"] = flat | dict(given)
    return found
