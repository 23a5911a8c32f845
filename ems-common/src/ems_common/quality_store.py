"""What the database has on the quality of readings: rules, points, readings with their gaps filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ems_common import log
from ems_common.db import Session
from ems_common.errors import BadInput
from ems_common.quality.parameters import RuleBook, StoredRule, checked
from ems_common.quality.series import Series
from ems_common.quality.site import Site, build

_log = log.get(__name__)
_TABLES: Final = {
    "energy": "tbl_energy_value",
    "analog": "tbl_analog_value",
    "digital": "tbl_digital_value",
}
_TIME_MS = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time) DIV 1000"


def stored_rules(session: Session) -> list[StoredRule]:
    """The rules' parameters that the system database has, in the order in which they apply.

    One that cannot be used is left out and logged: the API refuses such, but other tools may write them.
    """
    found: list[StoredRule] = []
    rows = session.rows(
        "SELECT id, point_kind, point_id, rule, is_enabled, parameters FROM tbl_cleaning_rules ORDER BY id"
    )
    for key, kind, point_id, rule, enabled, text in rows:
        try:
            found.append(stored_rule(kind, point_id, rule, bool(enabled), text))
        except BadInput as ex:
            _log.warning("cleaning_rule_unusable", rule_id=key, error=str(ex))
    return found


def stored_rule(
    kind: str | None, point_id: int | None, rule: str, enabled: bool, text: str | None
) -> StoredRule:
    """A stored rule of its columns.

    Raises:
        BadInput: It belongs to neither a kind nor a point, or to both, or its parameters cannot be used.
    """
    if (kind is None) == (point_id is None):
        raise BadInput("needs either a kind of point or a point", "cleaning rule", rule)
    try:
        parameters = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError as ex:
        raise BadInput(f"is not JSON: {ex}", f"parameters of {rule}", text) from ex
    if not isinstance(parameters, dict):
        raise BadInput("must be an object", f"parameters of {rule}", text, 'Such as {"times_usual": 4}.')
    checked(rule, enabled, parameters)
    return StoredRule(kind, None if point_id is None else int(point_id), rule, enabled, parameters)


def site_of(session: Session, book: RuleBook, point_id: int | None = None) -> Site:
    """All numeric points with what the rules need to know of them, or one of them.

    Args:
        session: Of the system database.
        book: Parameters of the rules.
        point_id: The one point that is wanted.
    """
    where, values = ("", ()) if point_id is None else (" WHERE id = %s", (point_id,))
    points = session.rows(
        "SELECT id, object_type, data_source_id, low_limit + 0E0, high_limit + 0E0, units,"  # noqa: S608
        f" register_modulus + 0E0, max_power_kw + 0E0 FROM tbl_points{where}",
        values,
    )
    bindings = session.rows("SELECT meter_id, point_id FROM tbl_meters_points")
    exchanges = session.rows("SELECT meter_id, exchanged_utc FROM tbl_meter_exchanges ORDER BY exchanged_utc")
    return build(points, bindings, exchanges, book)


@dataclass(frozen=True, slots=True)
class Filled:
    """Readings of one point, with estimates where a good reading is missing.

    Attributes:
        time_ms: Milliseconds since 1970 UTC, ascending, shape ``(n,)``.
        value: Values, same shape.
        is_estimated: Which of them are estimates, same shape.
    """

    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    is_estimated: NDArray[np.bool_]


def filled_readings(
    session: Session, kind: str, point_ids: Sequence[int], start_utc: datetime, end_utc: datetime
) -> dict[int, Filled]:
    """Good readings with ``start_utc <= t < end_utc``, and estimates where there are none.

    A measurement always goes before an estimate; one that cleaning holds for bad does not count.

    Args:
        session: Of the historical database.
        kind: ``energy``, ``analog`` or ``digital``.
        point_ids: Points of that kind.
        start_utc: Start of the range (aware).
        end_utc: End of the range (aware).

    Returns:
        Only points that have any.
    """
    if not point_ids:
        return {}
    marks = ", ".join(["%s"] * len(point_ids))
    span = (*point_ids, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None))
    where = f"WHERE point_id IN ({marks}) AND utc_date_time >= %s AND utc_date_time < %s"
    types = {"point": "int64", "time": "int64", "value": "float64", "estimated": "int8"}
    columns = session.columns(
        f"SELECT point_id, {_TIME_MS}, actual_value + 0E0, 0 FROM {_TABLES[kind]} {where}"  # noqa: S608
        f" AND COALESCE(is_bad, 0) = 0 UNION ALL SELECT point_id, {_TIME_MS}, actual_value + 0E0, 1"
        f" FROM tbl_estimated_readings {where}",
        (*span, *span),
        types,
    )
    order = np.lexsort((columns["estimated"], columns["time"], columns["point"]))
    point, time_ms = columns["point"][order], columns["time"][order]
    first = np.ones(len(point), dtype=np.bool_)
    first[1:] = (np.diff(point) != 0) | (np.diff(time_ms) != 0)
    point, time_ms = point[first], time_ms[first]
    value, estimated = columns["value"][order][first], columns["estimated"][order][first] == 1
    keys, begins = np.unique(point, return_index=True)
    ends = [*begins[1:].tolist(), len(point)]
    return {
        int(key): Filled(time_ms[begin:end], value[begin:end], estimated[begin:end])
        for key, begin, end in zip(keys, begins.tolist(), ends, strict=True)
    }


def readings(
    session: Session, kind: str, point_id: int, start_utc: datetime, end_utc: datetime, most: int
) -> Series:
    """All readings of a point with ``start_utc <= t < end_utc``, good and bad, at most `most`."""
    columns = session.columns(
        f"SELECT {_TIME_MS}, actual_value + 0E0, COALESCE(is_bad, 2) FROM {_TABLES[kind]} WHERE point_id = %s"  # noqa: S608
        " AND utc_date_time >= %s AND utc_date_time < %s ORDER BY utc_date_time LIMIT %s",
        (point_id, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None), most),
        {"time": "int64", "value": "float64", "bad": "int8"},
    )
    return Series(columns["time"], columns["value"], columns["bad"])
