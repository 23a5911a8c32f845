"""What the database has on the quality of readings: rules, points, readings with their gaps filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from ems_common import journal, log
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.errors import BadInput
from ems_common.journal import ALL, BEGINNING_UTC, END_UTC, Change, Why
from ems_common.quality.judge import Point
from ems_common.quality.parameters import RuleBook, StoredRule, checked, with_stored
from ems_common.quality.rules.common import GAP_INTERVALS
from ems_common.quality.series import Ints, Series, to_utc
from ems_common.quality.site import Site, build

_log = log.get(__name__)
_TABLES: Final = {
    "energy": "tbl_energy_value",
    "analog": "tbl_analog_value",
    "digital": "tbl_digital_value",
}
_TIME_MS = compose("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', utc_date_time) DIV 1000")
_NOT_FUTURE = compose(
    " AND NOT EXISTS (SELECT 1 FROM tbl_reading_verdicts AS verdict WHERE verdict.point_id = reading.point_id"
    " AND verdict.utc_date_time = reading.utc_date_time AND verdict.rule = 'future')"
)


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where the rules' parameters come from; the one source for all that judge or show what would be judged.

    Attributes:
        of_file: What the daemon's rules file says.
        stored: What the database has, which goes before the file.
    """

    of_file: Mapping[str, Any]
    stored: Sequence[StoredRule]

    def overrides(self) -> dict[str, Any]:
        """All that differs from the defaults, in the form of a rules file."""
        return with_stored(self.of_file, self.stored)

    def book(self) -> RuleBook:
        """The parameters of every point."""
        return RuleBook(self.overrides())


def rule_source(session: Session) -> RuleSource:
    """The rules' parameters that hold now, of the system database."""
    return RuleSource(_file_rules(session), stored_rules(session))


def _file_rules(session: Session) -> dict[str, Any]:
    content = session.scalar("SELECT content FROM tbl_cleaning_rules_file WHERE id = 1")
    found: dict[str, Any] = {} if content is None else msgspec.json.decode(content)
    # The keys of points are numbers, which JSON has not.
    if points := found.get("points"):
        found["points"] = {int(key): value for key, value in points.items()}
    return found


def keep_file_rules(session: Session, of_file: Mapping[str, Any]) -> int:
    """Keep the content of the daemon's rules file where others find it, too.

    What differs from what was kept before is opened, so that it is judged again.

    Returns:
        How many kinds and points have other parameters now.
    """
    before = _file_rules(session)
    if of_file == before:
        return 0
    session.execute(
        "INSERT INTO tbl_cleaning_rules_file (id, content) VALUES (1, %s)"
        " ON DUPLICATE KEY UPDATE content = VALUES(content)",
        (msgspec.json.encode(of_file).decode(),),
    )
    old, new = _scopes(before), _scopes(of_file)
    changed = [scope for scope in sorted(old.keys() | new.keys()) if old.get(scope) != new.get(scope)]
    journal.write(
        session, [Change("clean", *scope, BEGINNING_UTC, END_UTC, Why.RULES_FILE) for scope in changed]
    )
    return len(changed)


def _scopes(overrides: Mapping[str, Any]) -> dict[tuple[str, int], Any]:
    """What a rules file says, by the entity of a journal row."""
    found = {(f"{kind}_rules", ALL): value for kind, value in overrides.items() if kind != "points"}
    for point_id, value in (overrides.get("points") or {}).items():
        found["point_rules", int(point_id)] = value
    return found


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
    where, values = (compose(""), ()) if point_id is None else (compose(" WHERE id = %s"), (point_id,))
    points = session.rows(
        compose(
            "SELECT id, object_type, data_source_id, low_limit + 0E0, high_limit + 0E0, units,"
            " register_modulus + 0E0, max_power_kw + 0E0 FROM tbl_points{where}",
            where=where,
        ),
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
    span = (*point_ids, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None))
    where = compose(
        "WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s", ids=marks(point_ids)
    )
    types = {"point": "int64", "time": "int64", "value": "float64", "estimated": "int8"}
    columns = session.columns(
        compose(
            "SELECT point_id, {time_ms}, actual_value + 0E0, 0 FROM {table} {where}"
            " AND COALESCE(is_bad, 0) = 0 UNION ALL SELECT point_id, {time_ms}, actual_value + 0E0, 1"
            " FROM tbl_estimated_readings {where}",
            time_ms=_TIME_MS,
            table=_TABLES[kind],
            where=where,
        ),
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
        compose(
            "SELECT {time_ms}, actual_value + 0E0, COALESCE(is_bad, 2) FROM {table} WHERE point_id = %s"
            " AND utc_date_time >= %s AND utc_date_time < %s ORDER BY utc_date_time LIMIT %s",
            time_ms=_TIME_MS,
            table=_TABLES[kind],
        ),
        (point_id, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None), most),
        {"time": "int64", "value": "float64", "bad": "int8"},
    )
    return Series(columns["time"], columns["value"], columns["bad"])


def latest(
    session: Session,
    kind: str,
    point_id: int,
    start_utc: datetime,
    end_utc: datetime,
    most: int,
    *,
    future: bool = True,
) -> Series:
    """The last readings of a point with ``start_utc <= t < end_utc``, at most `most`.

    Args:
        session: Of the historical database.
        kind: Kind of the point.
        point_id: The point.
        start_utc: Start of the range (aware).
        end_utc: End of the range (aware).
        most: How many at most.
        future: Whether readings count that were from the future when they were judged.
    """
    columns = session.columns(
        compose(
            "SELECT {time_ms}, actual_value + 0E0, COALESCE(is_bad, 2) FROM {table} AS reading"
            " WHERE point_id = %s AND utc_date_time >= %s AND utc_date_time < %s{not_future}"
            " ORDER BY utc_date_time DESC LIMIT %s",
            time_ms=_TIME_MS,
            table=_TABLES[kind],
            not_future=compose("") if future else _NOT_FUTURE,
        ),
        (point_id, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None), most),
        {"time": "int64", "value": "float64", "bad": "int8"},
    )
    return Series(columns["time"][::-1], columns["value"][::-1], columns["bad"][::-1])


def with_those_before(session: Session, point: Point, series: Series, start_ms: int) -> Series:
    """The readings with as many before the days in question as tell what pauses are usual."""
    wanted = GAP_INTERVALS + 2
    if not point.rules.gap.enabled or len(series) == 0 or series.between(0, start_ms).stop >= wanted:
        return series
    before = latest(session, point.kind, point.id, BEGINNING_UTC, to_utc(int(series.time_ms[0])), wanted)
    return before.followed_by(series)


def future_times(session: Session, point_id: int, start_utc: datetime, end_utc: datetime) -> Ints:
    """Times [ms] of a point's readings in a range that were from the future when they were judged."""
    columns = session.columns(
        compose(
            "SELECT {time_ms} FROM tbl_reading_verdicts WHERE point_id = %s AND rule = 'future'"
            " AND utc_date_time >= %s AND utc_date_time < %s",
            time_ms=_TIME_MS,
        ),
        (point_id, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None)),
        {"time": "int64"},
    )
    return columns["time"]
