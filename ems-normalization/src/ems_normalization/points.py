"""Virtual points, pure: what they are made of, the order in which they are computed, and their values.

A virtual point has a formula over other points. It has a value at every instant for which all of these have
one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import numpy as np
from ems_common.expressions import Expression, compile_expression
from ems_common.findings.finding import Finding, Thing, Unusable, phrase, word_of
from numpy.typing import NDArray

VIRTUAL_KINDS: Final = {"ANALOG_VALUE": "analog", "ENERGY_VALUE": "energy"}
"""Object types a virtual point may have → kind of its tables."""
INPUT_KINDS: Final = {**VIRTUAL_KINDS, "DIGITAL_VALUE": "digital"}
"""Object types a formula may read → kind of their tables."""
MAX_INPUTS: Final = 100
MAX_MAGNITUDE: Final = 1e15
"""Values from here on do not fit DECIMAL(21,6)."""
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Input:
    """A point that a formula reads: its id and the kind of its tables."""

    point_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class VirtualPoint:
    """A point whose readings are computed.

    Attributes:
        id: Its id.
        kind: Kind of its tables, ``analog`` or ``energy``.
        is_trend: Whether its readings are kept, or only the latest.
        expression: Its formula.
        inputs: Variable (lower case) → the point it stands for. All of them must have a value, used or not.
    """

    id: int
    kind: str
    is_trend: bool
    expression: Expression
    inputs: Mapping[str, Input]

    @property
    def sources(self) -> list[Input]:
        """The points it reads, each once, by id."""
        return sorted(set(self.inputs.values()), key=lambda item: item.point_id)


@dataclass(frozen=True, slots=True)
class Track:
    """Readings of one point: times [ms since 1970 UTC], ascending, and values; shape ``(n,)`` each."""

    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A virtual point as it is stored."""

    id: int
    object_type: str
    is_trend: bool
    address: str


def substitutions(address: str) -> tuple[str, dict[str, int]]:
    """Formula and variables (variable → point id) of a virtual point's address.

    Raises:
        Unusable: It is not of the form ``{"expression": text, "substitutions": {variable: point id}}``.

    >>> substitutions('{"expression": "(A + b) / 2", "substitutions": {"A": 1, "b": 2}}')
    ('(A + b) / 2', {'a': 1, 'b': 2})
    """
    found = _object(address)
    expression, variables = found.get("expression"), found.get("substitutions")
    if not isinstance(expression, str) or not isinstance(variables, dict):
        raise Unusable(phrase("no_expression", text=address), _FORM)
    if not 1 <= len(variables) <= MAX_INPUTS:
        raise Unusable(phrase("number_of_inputs", most=MAX_INPUTS, number=len(variables)), _FORM)
    result: dict[str, int] = {}
    for name, point_id in variables.items():
        if not _NAME.fullmatch(name) or name.lower() in result:
            raise Unusable(phrase("variable_name", name=name), phrase("name_variable"))
        if isinstance(point_id, bool) or not isinstance(point_id, int):
            raise Unusable(phrase("no_id", text=repr(point_id)), _FORM)
        result[name.lower()] = point_id
    return expression, result


_FORM: Final = phrase("address", form='{"expression": "a + b", "substitutions": {"a": 1, "b": 2}}')


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unusable(phrase("no_object", text=text), _FORM)
    return found


def virtual_point(declared: Declaration, types: Mapping[int, str]) -> VirtualPoint:
    """A virtual point from its declaration.

    Args:
        declared: As it is stored.
        types: Object types of the points that exist, by id; at least of those it reads.

    Raises:
        Unusable: It cannot be computed; says why.
    """
    kind = VIRTUAL_KINDS.get(declared.object_type)
    if kind is None:
        what = phrase("not_virtual", type=word_of(declared.object_type))
        raise Unusable(what, phrase("change_type", types=map(word_of, VIRTUAL_KINDS)))
    text, variables = substitutions(declared.address)
    expression = compile_expression(text, variables)
    inputs = {name: _input(name, point_id, types) for name, point_id in variables.items()}
    return VirtualPoint(declared.id, kind, declared.is_trend, expression, inputs)


def _input(name: str, point_id: int, types: Mapping[int, str]) -> Input:
    found = types.get(point_id)
    if found is None:
        raise Unusable(phrase("no_point", name=name, id=str(point_id)))
    if found not in INPUT_KINDS:
        what = phrase("no_numbers", name=name, point=Thing("point", point_id), type=word_of(found))
        raise Unusable(what)
    return Input(point_id, INPUT_KINDS[found])


def in_order(points: Iterable[VirtualPoint]) -> tuple[list[VirtualPoint], list[Finding]]:
    """Virtual points such that each comes after those it reads.

    Returns:
        The computable ones in order, and one fault for each that depends on itself or on one that does.
    """
    waiting = {point.id: point for point in points}
    ordered: list[VirtualPoint] = []
    while ready := [point for point in waiting.values() if not _blockers(point, waiting)]:
        for point in sorted(ready, key=lambda item: item.id):
            ordered.append(point)
            del waiting[point.id]
    faults = [
        Finding(
            phrase("itself", through=[Thing("point", key) for key in _blockers(point, waiting)]),
            (Thing("point", point.id),),
            phrase("break_points"),
        )
        for point in waiting.values()
    ]
    return ordered, faults


def _blockers(point: VirtualPoint, waiting: Collection[int]) -> list[int]:
    return [item.point_id for item in point.sources if item.point_id in waiting]


def evaluate(point: VirtualPoint, tracks: Mapping[int, Track]) -> Track:
    """Values of a virtual point.

    Args:
        point: The point.
        tracks: Readings of each point it reads, by id.

    Returns:
        Readings at the instants for which every input has one and the formula has a value that can be stored.
    """
    times = reduce(np.intersect1d, (tracks[item.point_id].time_ms for item in point.sources))
    series = {}
    for name, item in point.inputs.items():
        track = tracks[item.point_id]
        series[name] = track.value[np.searchsorted(track.time_ms, times)]
    value = point.expression.evaluate(series, len(times))
    usable = np.isfinite(value) & (np.abs(value) < MAX_MAGNITUDE)
    return Track(times[usable], np.round(value[usable], 6))


def difference(stored: Track, wanted: Track) -> tuple[Track, NDArray[np.int64]]:
    """What must change so that the stored readings become the wanted ones.

    Returns:
        Readings to write, and times [ms] of readings to delete.
    """
    place = np.minimum(np.searchsorted(stored.time_ms, wanted.time_ms), max(0, len(stored.time_ms) - 1))
    if len(stored.time_ms):
        same = (stored.time_ms[place] == wanted.time_ms) & (np.abs(stored.value[place] - wanted.value) < 5e-7)
    else:
        same = np.zeros(len(wanted.time_ms), dtype=np.bool_)
    gone = stored.time_ms[~np.isin(stored.time_ms, wanted.time_ms)]
    return Track(wanted.time_ms[~same], wanted.value[~same]), gone
