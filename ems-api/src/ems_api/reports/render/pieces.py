"""Pieces that the JSON of several reports is made of.

MyEMS' clients index arrays without checks and print numbers without asking, so every array is there and
numbers are numbers wherever the contract says so; what may be null there may be null here. NumPy arrays are
left as they are: the JSON writer takes them, and writes nan as null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ems_api.reports.buckets import Float64, local_labels
from ems_api.reports.model import Curve, EntityFacts, Quality

Json = dict[str, Any]


def number(value: float | None) -> float | None:
    """A number, or None for nan and infinity."""
    return None if value is None or not np.isfinite(value) else float(value)


def shown(values: Float64, *, v1: bool) -> Float64:
    """Values of buckets: MyEMS shows 0 where there is none, `/v1` null."""
    return np.ascontiguousarray(values if v1 else np.where(np.isnan(values), 0.0, values))


def shown_one(value: float, *, v1: bool) -> float:
    """One figure, as :func:`shown`."""
    return value if v1 or np.isfinite(value) else 0.0


def change(now: Float64, before: Float64 | None, *, signed: bool = False) -> Float64:
    """Relative change; nan without a positive value before. Shapes must agree.

    Args:
        now: Values.
        before: What they are compared with, or None.
        signed: Whether a negative value before is divided by as well: MyEMS does where savings are compared.
    """
    if before is None:
        return np.full(now.shape, np.nan)
    known = before != 0 if signed else before > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, (now - before) / before, np.nan)


def change_of(now: float, before: float | None, *, signed: bool = False) -> float | None:
    """Relative change of single numbers; see :func:`change`."""
    if before is None or not np.isfinite(now) or not np.isfinite(before):
        return None
    return (now - before) / before if (before != 0 if signed else before > 0) else None


def bucket_changes(now: Float64, before: Float64 | None, *, v1: bool) -> Float64:
    """Relative change bucket by bucket, the first with the first; nan where there is no counterpart.

    MyEMS has none where either value is 0, as it cannot tell 0 from no value; `/v1` can.
    """
    result = np.full(now.shape, np.nan)
    if before is not None:
        both = min(now.shape[1], before.shape[1])
        found = change(now[:, :both], before[:, :both], signed=not v1)
        result[:, :both] = found if v1 else np.where(now[:, :both] == 0, np.nan, found)
    return result


def divided(values: Float64, by: float | None) -> Float64:
    """Values per unit area or person; nan when that is not known."""
    return values / by if by else np.full(values.shape, np.nan)


def divided_of(value: float, by: float | None) -> float | None:
    """One value per unit area or person."""
    return number(value / by) if by else None


def quality(found: Quality) -> Json:
    """How far the values can be trusted; members MyEMS does not have."""
    return {
        "qualities": [[None if bits < 0 else bits for bits in row] for row in found.bits.tolist()],
        "estimated_shares": found.estimated,
        "incomplete_shares": found.incomplete,
        "missing_shares": found.missing,
    }


def entity(facts: EntityFacts) -> Json:
    """An entity as reports begin with it."""
    result: Json = {"id": facts.id, "name": facts.name, "uuid": facts.uuid}
    if facts.area_m2 is not None:
        result["area"] = facts.area_m2
    if facts.occupants is not None:
        result["number_of_occupants"] = facts.occupants
    if facts.calendars is not None:
        result["working_calendars"] = list(facts.calendars)
    return result


def parameters(curves: Sequence[Curve], tz: Any) -> Json:
    """Curves beside the report.

    The member `estimated` is there only where some value is: a row per curve, empty for a measured one.
    """
    result: Json = {
        "names": [curve.name for curve in curves],
        "timestamps": [local_labels(curve.times, tz) for curve in curves],
        "values": [curve.values for curve in curves],
    }
    if any(curve.estimated is not None for curve in curves):
        result["estimated"] = [[] if curve.estimated is None else curve.estimated for curve in curves]
    return result


def renamed(values: Mapping[str, Any], suffix: str) -> Json:
    """Members with a suffix, put before the word `array` where there is one.

    >>> renamed({"subtotals": 1, "subtotals_in_kgce_array": 2}, "_saving")
    {'subtotals_saving': 1, 'subtotals_in_kgce_saving_array': 2}
    """
    if not suffix:
        return dict(values)
    return {
        f"{name.removesuffix('_array')}{suffix}_array"
        if name.endswith("_array")
        else f"{name}{suffix}": value
        for name, value in values.items()
    }
