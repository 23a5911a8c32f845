"""The newest values of points, and what sensors are bound where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Databases
from ems_common.db.sql import compose, marks

from ems_api.reports.facts import SYSTEM
from ems_api.reports.history import HISTORICAL

_LATEST: Final = ("tbl_analog_value_latest", "tbl_energy_value_latest", "tbl_digital_value_latest")


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor with its points."""

    id: int
    name: str
    uuid: str
    description: str | None
    point_ids: Sequence[int]
    point_names: Sequence[str]
    point_units: Sequence[str]


def newest(dbs: Databases, point_ids: Collection[int], within: timedelta | None = None) -> dict[int, float]:
    """The newest value of each point that has one: analog values first, then registers, then states.

    Args:
        dbs: The databases.
        point_ids: The points.
        within: How old a value may be; None for any age.
    """
    ids = sorted(point_ids)
    found: dict[int, float] = {}
    if not ids:
        return found
    values: list[Any] = [*ids]
    is_fresh = compose("")
    if within is not None:
        is_fresh = compose(" AND utc_date_time > %s")
        values.append((utc_now() - within).replace(tzinfo=None))
    queries = [
        compose(
            "SELECT point_id, actual_value + 0E0 FROM {table} WHERE point_id IN ({keys}){is_fresh}"
            " ORDER BY point_id",
            table=table,
            keys=marks(ids),
            is_fresh=is_fresh,
        )
        for table in _LATEST
    ]
    with dbs.reading(HISTORICAL) as session:
        for rows in session.several(*((query, values) for query in queries)):
            found |= {key: value for key, value in rows}
    return found


def sensors_of_space(dbs: Databases, space_id: int) -> list[Sensor]:
    """Sensors bound to a space."""
    with dbs.reading(SYSTEM) as session:
        rows = session.rows(
            "SELECT s.id, s.name, s.uuid, s.description, p.id, p.name, p.units FROM tbl_spaces_sensors b"
            " JOIN tbl_sensors s ON s.id = b.sensor_id LEFT JOIN tbl_sensors_points sp ON sp.sensor_id = s.id"
            " LEFT JOIN tbl_points p ON p.id = sp.point_id WHERE b.space_id = %s ORDER BY s.id, p.id",
            (space_id,),
        )
    found: dict[int, Sensor] = {}
    for key, name, uuid, description, point, point_name, units in rows:
        sensor = found.setdefault(key, Sensor(key, name, uuid, description, [], [], []))
        if point is not None:
            found[key] = Sensor(
                key,
                name,
                uuid,
                description,
                [*sensor.point_ids, point],
                [*sensor.point_names, point_name],
                [*sensor.point_units, units],
            )
    return list(found.values())
