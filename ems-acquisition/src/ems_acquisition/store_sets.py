"""The SQL of orders to set points."""

from __future__ import annotations

from datetime import UTC, datetime

from ems_common import controlled
from ems_common.clock import utc_now
from ems_common.controlled import Controlled
from ems_common.db import Databases

from ems_acquisition.set_values import Order, Outcome

MOST = 1000
"""Orders that are looked at at once."""


def is_any_open(dbs: Databases) -> bool:
    """Whether there is any order, of whatever gateway, that nobody has carried out or closed."""
    with dbs.session("system_db") as session:
        return bool(
            session.rows(
                "(SELECT 1 FROM tbl_points_set_values WHERE outcome IS NULL AND (is_set IS NULL OR is_set"
                " = 0) LIMIT 1) UNION (SELECT 1 FROM tbl_points_set_values WHERE outcome = 'sending' LIMIT 1)"
            )
        )


def open_orders(dbs: Databases, gateway_id: int) -> tuple[list[Order], tuple[Controlled, ...]]:
    """The orders for points of a gateway that nobody has carried out, and what the control loop sets."""
    with dbs.session("system_db") as session:
        rows = session.rows(
            "SELECT v.id, v.point_id, v.set_value + 0E0, v.utc_date_time, s.id, s.protocol, s.connection,"
            " p.object_type, p.is_virtual, p.low_limit + 0E0, p.high_limit + 0E0, p.ratio + 0E0,"
            " p.offset_constant + 0E0, p.address FROM tbl_points_set_values v"
            " JOIN tbl_points p ON p.id = v.point_id JOIN tbl_data_sources s ON s.id = p.data_source_id"
            " WHERE v.outcome IS NULL AND (v.is_set IS NULL OR v.is_set = 0) AND s.gateway_id = %s"
            " ORDER BY v.id LIMIT %s",
            (gateway_id, MOST),
        )
        held = controlled.read(session, utc_now()) if rows else ()
    return [
        Order(key, point, value, given.replace(tzinfo=UTC), source, protocol, connection or "{}", kind,
              bool(virtual), low, high, ratio, offset, address)
        for key, point, value, given, source, protocol, connection, kind, virtual, low, high, ratio, offset,
        address in rows
    ], held  # fmt: skip


def claim(dbs: Databases, order_id: int, holder: str) -> bool:
    """Make an order one's own before it is sent; False when somebody else has it."""
    with dbs.session("system_db") as session:
        changed = session.execute(
            "UPDATE tbl_points_set_values SET outcome = 'sending', claimed_by = %s WHERE id = %s"
            " AND outcome IS NULL AND (is_set IS NULL OR is_set = 0)",
            (holder, order_id),
        )
    return changed == 1


def close(dbs: Databases, order_id: int, outcome: Outcome, data: str | None) -> None:
    """Store what came of an order."""
    with dbs.session("system_db") as session:
        session.execute(
            "UPDATE tbl_points_set_values SET outcome = %s, outcome_data = %s, outcome_utc = %s,"
            " is_set = IF(%s, 1, is_set) WHERE id = %s",
            (outcome, data, _now(), outcome == "written", order_id),
        )


def close_cut_off(dbs: Databases, gateway_id: int, data: str) -> None:
    """Close orders that were being sent when the service ended; only for the one who holds the lease."""
    with dbs.session("system_db") as session:
        session.execute(
            "UPDATE tbl_points_set_values SET outcome = 'failed', outcome_data = %s, outcome_utc = %s"
            " WHERE outcome = 'sending' AND point_id IN (SELECT p.id FROM tbl_points p"
            " JOIN tbl_data_sources s ON s.id = p.data_source_id WHERE s.gateway_id = %s)",
            (data, _now(), gateway_id),
        )


def _now() -> datetime:
    return utc_now().replace(tzinfo=None)
