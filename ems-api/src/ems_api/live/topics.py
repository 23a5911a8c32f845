"""What else follows from fresh values: readings of meters, and alarms.

The tables that say which point belongs to which meter, and between which limits a point should be, are looked
up again now and then; both are small and change rarely.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ems_common.clock import monotonic_s
from ems_common.db import Databases

Json = dict[str, Any]
LOOK_S: Final = 15.0
ALARMS_S: Final = 0.5
_LIMITS: Final = (
    # Name of the state, column of the limit, whether it is an upper one; the wider limit first.
    ("higher", "higher_limit", True),
    ("lower", "lower_limit", False),
    ("high", "high_limit", True),
    ("low", "low_limit", False),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a point.

    Attributes:
        name: Its name.
        units: Unit of its values.
        meters: The meters it is bound to.
        limits: Limits by column, those that are set.
    """

    name: str
    units: str | None
    meters: tuple[tuple[int, str], ...]
    limits: dict[str, float]

    def state(self, value: float) -> tuple[str, float | None]:
        """Where a value stands: ``normal``, or the limit it is beyond, with that limit."""
        for name, column, is_upper in _LIMITS:
            limit = self.limits.get(column)
            if limit is not None and (value > limit if is_upper else value < limit):
                return name, limit
        return "normal", None


@dataclass
class Watch:
    """Turns fresh values of points into events of meters and alarms.

    Args:
        dbs: The databases.
    """

    dbs: Databases
    _known: dict[int, Known] = field(default_factory=dict)
    _states: dict[int, str] = field(default_factory=dict)
    _looked_s: float = -1e9
    _alarms_s: float = -1e9
    _last_message: int | None = None

    def look(self) -> None:
        """Look up points, meters and limits, when it is time.

        Raises:
            Unavailable: The database is away.
        """
        if monotonic_s() - self._looked_s < LOOK_S:
            return
        with self.dbs.session("system_db") as session:
            pairs = session.rows(
                "SELECT b.point_id, m.id, m.name"
                " FROM tbl_meters_points b JOIN tbl_meters m ON m.id = b.meter_id"
            )
            points = session.rows(
                "SELECT id, name, units, high_limit + 0E0, low_limit + 0E0, higher_limit + 0E0,"
                " lower_limit + 0E0 FROM tbl_points"
            )
        meters: dict[int, list[tuple[int, str]]] = {}
        for point, meter, name in pairs:
            meters.setdefault(point, []).append((meter, name))
        names = ("high_limit", "low_limit", "higher_limit", "lower_limit")
        self._known = {
            key: Known(
                name,
                units,
                tuple(meters.get(key, ())),
                {column: limit for column, limit in zip(names, limits, strict=True) if limit is not None},
            )
            for key, name, units, *limits in points
        }
        self._looked_s = monotonic_s()

    def meters(self, points: list[Json]) -> list[Json]:
        """Readings of meters among fresh values."""
        return [
            {
                "meter_id": meter,
                "name": name,
                "point_id": point["point_id"],
                "channel": known.name,
                "value": point["value"],
                "unit": known.units,
                "utc": point["utc"],
            }
            for point in points
            if (known := self._known.get(point["point_id"])) is not None
            for meter, name in known.meters
        ]

    def limits(self, points: list[Json]) -> list[Json]:
        """Alarms of points that have just gone beyond a limit, or come back."""
        found: list[Json] = []
        for point in points:
            key, value = point["point_id"], point["value"]
            known = self._known.get(key)
            if known is None or not isinstance(value, int | float):
                continue
            state, limit = known.state(value)
            if state == self._states.get(key, "normal"):
                continue
            self._states[key] = state
            found.append(
                {
                    "kind": "limit",
                    "point_id": key,
                    "name": known.name,
                    "state": state,
                    "value": value,
                    "limit": limit,
                    "unit": known.units,
                    "utc": point["utc"],
                }
            )
        return found

    def messages(self) -> list[Json]:
        """Alarms that rules have written for users since the last look.

        Raises:
            Unavailable: The database is away.
        """
        if monotonic_s() - self._alarms_s < ALARMS_S:
            return []
        self._alarms_s = monotonic_s()
        with self.dbs.session("fdd_db") as session:
            if self._last_message is None:
                self._last_message = int(session.scalar("SELECT COALESCE(MAX(id), 0) FROM tbl_web_messages"))
                return []
            rows = session.rows(
                "SELECT id, user_id, subject, category, priority, message, created_datetime_utc"
                " FROM tbl_web_messages WHERE id > %s ORDER BY id LIMIT 1000",
                (self._last_message,),
            )
        if rows:
            self._last_message = int(rows[-1][0])
        return [
            {
                "kind": "message",
                "id": key,
                "user_id": user,
                "subject": subject,
                "category": category,
                "priority": priority,
                "message": message,
                "utc": _iso(when),
            }
            for key, user, subject, category, priority, message, when in rows
        ]


def _iso(when: datetime) -> str:
    return when.replace(tzinfo=UTC).isoformat()
