"""All SQL of this service that is its own; readings are written by `ems_common.ingest`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ems_common import ingest
from ems_common.db import Databases

from ems_acquisition.site import PointRow, SourceRow


def gateway(dbs: Databases, gateway_id: int) -> tuple[str, str] | None:
    """Name and token of the gateway, or None."""
    with dbs.session("system_db") as session:
        row = session.row("SELECT name, token FROM tbl_gateways WHERE id = %s", (gateway_id,))
    return None if row is None else (str(row[0]), str(row[1]))


def source_rows(dbs: Databases, gateway_id: int) -> tuple[list[SourceRow], list[PointRow]]:
    """The data sources of a gateway, and their real points."""
    with dbs.session("system_db") as session:
        sources: list[Any] = session.rows(
            "SELECT id, name, protocol, connection FROM tbl_data_sources WHERE gateway_id = %s ORDER BY id",
            (gateway_id,),
        )
        points: list[Any] = session.rows(
            "SELECT p.id, p.data_source_id, p.object_type, p.ratio + 0E0, p.offset_constant + 0E0,"
            " p.is_trend, p.address FROM tbl_points p JOIN tbl_data_sources s ON s.id = p.data_source_id"
            " WHERE s.gateway_id = %s AND p.is_virtual = 0 ORDER BY p.id",
            (gateway_id,),
        )
    return sources, points


def point_kinds(dbs: Databases) -> list[tuple[int, str]]:
    """Id and object type of all points."""
    with dbs.session("system_db") as session:
        return [(int(key), str(kind)) for key, kind in session.rows("SELECT id, object_type FROM tbl_points")]


def newest_times_ms(dbs: Databases) -> dict[int, int]:
    """Time of each point's live value, milliseconds since 1970 UTC."""
    with dbs.session("historical_db") as session:
        return ingest.newest_times_ms(session)


def mark_seen(
    dbs: Databases, gateway_id: int, gateway_utc: datetime, sources: Mapping[int, datetime], process_id: int
) -> None:
    """Write when the gateway and its sources were last seen, and which process reads them."""
    with dbs.session("system_db") as session:
        session.execute(
            "UPDATE tbl_gateways SET last_seen_datetime_utc = %s WHERE id = %s",
            (gateway_utc.replace(tzinfo=None), gateway_id),
        )
        session.executemany(
            "UPDATE tbl_data_sources SET last_seen_datetime_utc = %s, process_id = %s WHERE id = %s",
            [
                (seen_utc.replace(tzinfo=None), process_id, source_id)
                for source_id, seen_utc in sorted(sources.items())
            ],
        )
