"""Configuration rows → sources and points.

Pure: rows in, declarations and problems out. A data source or an address that cannot be used is a problem
with a reason; the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from ems_common.drivers import registry
from ems_common.drivers.parsing import typed
from ems_common.errors import BadInput
from ems_common.readings import KINDS, Kind


class Point(msgspec.Struct, frozen=True):
    """One point of a source.

    Attributes:
        id: Its id.
        kind: Which table it goes to.
        ratio: Raw × ratio + offset is the value.
        offset_constant: See `ratio`.
        is_trend: Whether its history is kept; the live value always is.
        address: Where the driver finds it, JSON as stored.
    """

    id: int
    kind: Kind
    ratio: float
    offset_constant: float
    is_trend: bool
    address: str


class Source(msgspec.Struct, frozen=True):
    """One data source with its points; equal when nothing that matters changed."""

    id: int
    name: str
    protocol: str
    connection: str
    points: tuple[Point, ...]


class Timing(msgspec.Struct, frozen=True):
    """The parts of a connection that the service itself uses.

    Attributes:
        interval_in_seconds: Pause between polls when `poll_interval_s` is absent [s].
        poll_interval_s: Pause between polls [s].
        storage_interval_s: Least distance of two stored readings of a point; all when absent [s].
    """

    interval_in_seconds: float = 300.0
    poll_interval_s: float | None = None
    storage_interval_s: float | None = None

    @property
    def poll_s(self) -> float:
        """Pause between polls, never shorter than a twentieth of a second [s]."""
        chosen = self.interval_in_seconds if self.poll_interval_s is None else self.poll_interval_s
        return max(0.05, chosen or 1.0)

    def storage_s(self, *, polled: bool) -> float:
        """Least distance of stored readings; 0 stores all, as does one that polling keeps anyway [s]."""
        wanted = self.storage_interval_s or 0.0
        return 0.0 if polled and wanted <= self.poll_s else wanted


class Problem(msgspec.Struct, frozen=True):
    """Something in the configuration that cannot be used: what, and why."""

    entity: str
    id: int
    reason: str


def timing(source: Source) -> Timing:
    """Intervals of a source; defaults where the connection is silent."""
    return typed(source.connection or "{}", Timing)


SourceRow = tuple[int, str, str, str]
PointRow = tuple[int, int, str, Any, Any, Any, str]


def build(
    source_rows: Iterable[SourceRow], point_rows: Iterable[PointRow]
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Sources that can be read, and what is wrong with the rest.

    Args:
        source_rows: id, name, protocol, connection.
        point_rows: id, data source id, object type, ratio, offset constant, is trend, address; not virtual.
    """
    problems: list[Problem] = []
    grouped: dict[int, list[PointRow]] = {}
    for row in point_rows:
        grouped.setdefault(row[1], []).append(row)
    sources: list[Source] = []
    for source_id, name, code, connection in source_rows:
        protocol = registry.find(code)
        if protocol is None:
            continue  # another service's, or one that no driver speaks; the service says so once
        points = _points(protocol, grouped.get(source_id, []), problems)
        source = Source(source_id, name, code, connection or "{}", points)
        try:
            protocol.parse_connection(source.connection)
            timing(source)
        except BadInput as ex:
            problems.append(Problem("data_source", source_id, str(ex)))
            continue
        if points:
            sources.append(source)
    return tuple(sources), tuple(problems)


def _points(protocol: registry.Protocol, rows: list[PointRow], problems: list[Problem]) -> tuple[Point, ...]:
    points: list[Point] = []
    for point_id, _source, object_type, ratio, offset, is_trend, address in rows:
        kind = KINDS.get(object_type)
        try:
            if kind is None:
                raise BadInput("is not a kind of point", "object_type", object_type)
            protocol.parse_address(address or "{}")
        except BadInput as ex:
            problems.append(Problem("point", point_id, str(ex)))
            continue
        points.append(Point(point_id, kind, float(ratio), float(offset), bool(is_trend), address))
    return tuple(sorted(points, key=lambda point: point.id))
