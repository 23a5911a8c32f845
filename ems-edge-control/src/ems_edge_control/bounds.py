"""What a step of a scenario asks of storage units before all controllers, as other systems write it, too."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ems_edge_control.names import nearest, spelling
from ems_edge_control.natures import WITH_PID
from ems_edge_control.requests import ALL, Coupling, Power, Quantity, Relation, power_by_channel

AUTHOR = "scenario"
PHASES = (ALL, "L1", "L2", "L3")
# The members of a constraint, and what else they are called.
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "component": ("ess", "essId", "componentId", "unit", "id"),
    "channel": ("address", "channelAddress"),
    "value": ("setPoint", "constant"),
    "relation": ("relationship", "operator"),
    "quantity": ("pwr", "power", "kind"),
    "phase": ("phases",),
    "terms": ("coefficients", "parts"),
    "factor": ("coefficient", "weight"),
    "author": ("description", "name", "controller"),
    "clamp": (),
}
RELATIONS = {
    "=": Relation.EQUALS,
    "==": Relation.EQUALS,
    "equals": Relation.EQUALS,
    "<=": Relation.AT_MOST,
    "lessorequals": Relation.AT_MOST,
    "atmost": Relation.AT_MOST,
    ">=": Relation.AT_LEAST,
    "greaterorequals": Relation.AT_LEAST,
    "atleast": Relation.AT_LEAST,
}
QUANTITIES = {
    name: quantity
    for short, quantity in (("p", Quantity.ACTIVE), ("q", Quantity.REACTIVE))
    for name in (short, str(quantity.name).lower(), f"{quantity.name.lower()}power")
}
_MEMBER = {spelling(name): own for own, others in MEMBERS.items() for name in (own, *others)}
_CHANNELS = {
    spelling(name): name
    for kind in ("Active", "Reactive")
    for phase in ("", *PHASES[1:])
    for relation in Relation
    for name in (f"Set{kind}Power{phase}{relation}",)
} | {spelling(WITH_PID): WITH_PID}

Wish = tuple[Power | Coupling, str]
_T = TypeVar("_T")


def read(given: Any, units: Collection[str]) -> list[Wish]:
    """The constraints of a step with their authors.

    Args:
        given: A list of constraints, a single one, or values by set-point channels
            (`{"ess0/SetActivePowerEquals": 5000}`).
        units: The storage units and groups of the site.

    Raises:
        ValueError: One cannot be read.
    """
    return [wish for item in _items(given) if (wish := _wish(item, units)) is not None]


def _items(given: Any) -> Iterator[Mapping[str, Any]]:
    if not given:
        return
    if isinstance(given, Mapping):
        if any(spelling(str(key)) in _MEMBER for key in given):
            yield given
        else:
            yield from ({"channel": key, "value": value} for key, value in given.items())
    elif isinstance(given, Sequence) and not isinstance(given, str):
        for item in given:
            if not isinstance(item, Mapping):
                raise ValueError(f"constraint {item!r} is no object with component and value")
            yield item
    else:
        raise ValueError(f"constraints are a list of objects with component and value (got {given!r})")


def _named(item: Mapping[str, Any], number: str) -> dict[str, Any]:
    """The members of a constraint or term by their own names; a power that is a number is its `number`."""
    parts: dict[str, Any] = {}
    for key, value in item.items():
        own = _MEMBER.get(spelling(str(key)))
        if own is None:
            raise ValueError(f"constraint {dict(item)!r}: unknown member {key!r}{nearest(str(key), MEMBERS)}")
        if own == "quantity" and isinstance(value, int | float):
            own = number
        if key == own or own not in parts:
            parts[own] = value
    return parts


def _wish(item: Mapping[str, Any], units: Collection[str]) -> Wish | None:
    parts = _named(item, "value")
    author = str(parts.get("author") or AUTHOR)
    if parts.get("value") is None:
        return None
    if "terms" in parts:
        return _coupled(item, parts, units), author
    if "channel" in parts:
        return _by_channel(item, parts, units), author
    power = Power(
        _unit(item, parts, units),
        float(parts["value"]),
        _choice(item, parts, "relation", "=", RELATIONS),
        _choice(item, parts, "quantity", "P", QUANTITIES),
        _phase(item, parts),
        clamped=bool(parts.get("clamp", True)),
    )
    return power, author


def _coupled(item: Mapping[str, Any], parts: Mapping[str, Any], units: Collection[str]) -> Coupling:
    terms = []
    quantities = {_choice(item, parts, "quantity", "P", QUANTITIES)} if "quantity" in parts else set()
    for given in parts["terms"]:
        term = _named(given, "factor")
        factor = term.get("factor", term.get("value", 1.0))
        terms.append((_unit(item, term, units), _phase(item, term), float(factor)))
        if "quantity" in term:
            quantities.add(_choice(item, term, "quantity", "P", QUANTITIES))
    if len(quantities) > 1:
        raise ValueError(f"constraint {dict(item)!r}: its terms are all of active or all of reactive power")
    relation = _choice(item, parts, "relation", "=", RELATIONS)
    quantity = quantities.pop() if quantities else Quantity.ACTIVE
    return Coupling(tuple(terms), float(parts["value"]), relation, quantity)


def _by_channel(item: Mapping[str, Any], parts: Mapping[str, Any], units: Collection[str]) -> Power:
    component, _, channel = str(parts["channel"]).rpartition("/")
    name = _CHANNELS.get(spelling(channel), channel)
    unit = _unit(item, {"component": component} if component else parts, units)
    power = power_by_channel(unit, name, float(parts["value"]))
    if power is None:
        raise ValueError(
            f"constraint {dict(item)!r}: {channel!r} is no set-point of a storage unit"
            f"{nearest(channel, _CHANNELS.values())}"
        )
    return power


def _unit(item: Mapping[str, Any], parts: Mapping[str, Any], units: Collection[str]) -> str:
    name = parts.get("component")
    if name is None:
        raise ValueError(f"constraint {dict(item)!r} names no component")
    if name not in units:
        known = ", ".join(sorted(units))
        raise ValueError(f"constraint {dict(item)!r}: {name!r} is no storage unit (known: {known})")
    return str(name)


def _phase(item: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    phase = str(parts.get("phase") or ALL).upper()
    if phase not in PHASES:
        raise ValueError(f"constraint {dict(item)!r}: phase is one of {', '.join(PHASES)}")
    return phase


def _choice(
    item: Mapping[str, Any], parts: Mapping[str, Any], member: str, default: str, known: Mapping[str, _T]
) -> _T:
    given = str(parts.get(member) or default)
    found = known.get(given) or known.get(spelling(given))
    if found is None:
        raise ValueError(f"constraint {dict(item)!r}: {member} is one of {', '.join(known)} (got {given!r})")
    return found
