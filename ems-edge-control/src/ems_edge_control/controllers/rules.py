"""Rules written down as data: JSON Logic over channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ems_edge_control.controllers.base import Binder, Controller, NoState, View
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests, power_by_channel


@dataclass(frozen=True, kw_only=True)
class JsonLogicConfig:
    """Properties of :class:`JsonLogic`."""

    rule: Any = prop(help="JSON Logic rule over channel addresses; its result is a list of [address, value]")


class JsonLogic(Controller[JsonLogicConfig, NoState]):
    """A rule written down as data."""

    code = "json-logic"
    title = "Rule over channels with a list of writes as its result"
    aliases = ("Controller.Generic.JsonLogic", "Controller.JsonLogic")
    Config = JsonLogicConfig

    def bind(self, bind: Binder) -> None:
        """Read the rule and resolve its addresses."""
        import json

        rule = self.config.rule
        try:
            self.rule: Any = json.loads(rule) if isinstance(rule, str) else rule
        except ValueError as ex:
            bind.faults.append(f"controller {self.id}: rule is not JSON ({ex})")
            self.rule = []
        self.table = bind.table
        self.handles = {a: bind.address(a) for a in sorted(_addresses(self.rule))}

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Evaluate the rule and write its result."""
        values = {a: image.get(h) for a, h in self.handles.items()}
        result = evaluate(self.rule, values)
        out: Requests = []
        for item in result if isinstance(result, list) else []:
            if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str):
                handle = self.table.find(item[0])
                if handle is None:
                    image.warn(f"the rule writes to an unknown channel {item[0]}")
                    continue
                out += self._write(image, item[0], handle, item[1])
        return out

    def _write(self, image: View, address: str, handle: int, value: Any) -> Requests:
        """A power of a storage unit is a request to the solver as any other is; all else sets the channel."""
        component, _, channel = address.partition("/")
        if component in image.solver.units and value is not None:
            power = power_by_channel(component, channel, float(value), "rule")
            if power is not None:
                return [power]
        return [Bid(handle, None if value is None else float(value))]


def _addresses(rule: Any) -> set[str]:
    """Addresses of all variables of a rule, and of the channels it writes."""
    found: set[str] = set()
    if isinstance(rule, dict):
        for key, value in rule.items():
            if key == "var":
                name = value[0] if isinstance(value, list) else value
                if isinstance(name, str) and "/" in name:
                    found.add(name)
            found |= _addresses(value)
    elif isinstance(rule, list):
        if len(rule) == 2 and isinstance(rule[0], str) and rule[0].count("/") == 1:
            found.add(rule[0])
        for item in rule:
            found |= _addresses(item)
    return found


def evaluate(rule: Any, values: dict[str, float | None]) -> Any:
    """Evaluate a JSON Logic rule: var, comparisons, and/or/not, if, arithmetic, min and max.

    >>> evaluate({"if": [{">": [{"var": "a/B"}, 5]}, [["c/D", 1]], []]}, {"a/B": 7.0})
    [['c/D', 1]]
    """
    if isinstance(rule, list):
        return [evaluate(item, values) for item in rule]
    if not isinstance(rule, dict) or len(rule) != 1:
        return rule
    operator, given = next(iter(rule.items()))
    items = given if isinstance(given, list) else [given]
    if operator == "var":
        value = values.get(str(items[0]))
        return (evaluate(items[1], values) if len(items) > 1 else None) if value is None else value
    if operator in {"if", "?:"}:
        return _branch(items, values)
    if operator in {"and", "or"}:
        result: Any = None
        for item in items:
            result = evaluate(item, values)
            if bool(result) != (operator == "and"):
                return result
        return result
    return _apply(operator, [evaluate(item, values) for item in items])


def _branch(items: list[Any], values: dict[str, float | None]) -> Any:
    for condition, result in zip(items[0::2], items[1::2], strict=False):
        if evaluate(condition, values):
            return evaluate(result, values)
    return evaluate(items[-1], values) if len(items) % 2 else None


def _apply(operator: str, args: list[Any]) -> Any:
    if operator in {"!", "not"}:
        return not args[0]
    if operator == "!!":
        return bool(args[0])
    if operator in {"==", "==="}:
        return args[0] == args[1]
    if operator in {"!=", "!=="}:
        return args[0] != args[1]
    if any(a is None for a in args):
        return None if operator in {"+", "-", "*", "/", "min", "max"} else False
    return _calculate(operator, [float(a) for a in args])


def _calculate(operator: str, args: list[float]) -> Any:
    pairs = list(pairwise(args))
    table: dict[str, Any] = {
        "<": lambda: all(a < b for a, b in pairs),
        "<=": lambda: all(a <= b for a, b in pairs),
        ">": lambda: all(a > b for a, b in pairs),
        ">=": lambda: all(a >= b for a, b in pairs),
        "+": lambda: sum(args),
        "-": lambda: -args[0] if len(args) == 1 else args[0] - args[1],
        "*": lambda: _product(args),
        "/": lambda: None if args[1] == 0 else args[0] / args[1],
        "%": lambda: None if args[1] == 0 else args[0] % args[1],
        "min": lambda: min(args),
        "max": lambda: max(args),
    }
    if operator not in table:
        raise ValueError(f"unknown operator {operator!r}")
    return table[operator]()


def _product(args: list[float]) -> float:
    result = 1.0
    for value in args:
        result *= value
    return result


CONTROLLERS = (JsonLogic,)
