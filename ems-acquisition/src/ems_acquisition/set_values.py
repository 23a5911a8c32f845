"""Orders to set a point: what may be carried out, and with which raw value. Pure.

An order is a row of `tbl_points_set_values`. What becomes of it is told as data (`ems_common.findings`), so
that whoever gave it reads why in their language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from ems_common.controlled import Controlled
from ems_common.drivers import registry
from ems_common.errors import BadInput
from ems_common.findings.finding import Unusable, phrase, word_of

Outcome = Literal["sending", "written", "replaced", "refused", "failed"]
_SET_KINDS: Final = ("ANALOG_VALUE", "DIGITAL_VALUE")


@dataclass(frozen=True, slots=True)
class Order:
    """An order that nobody has carried out, with what is known of its point.

    Attributes:
        id: Of the row.
        point_id: The point.
        value: What it is to be, in the point's unit.
        given_utc: When it was ordered.
        source_id: Data source of the point.
        protocol: Its protocol.
        connection: Its connection, JSON as stored.
        object_type: Kind of the point, as stored.
        is_virtual: Whether the point is computed.
        low_limit: Least value that is good.
        high_limit: Greatest value that is good.
        ratio: Raw × ratio + offset is the value.
        offset_constant: See `ratio`.
        address: Where the driver finds the point, JSON as stored.
    """

    id: int
    point_id: int
    value: float
    given_utc: datetime
    source_id: int
    protocol: str
    connection: str
    object_type: str
    is_virtual: bool
    low_limit: float
    high_limit: float
    ratio: float
    offset_constant: float
    address: str


def newest_of_each_point(orders: Iterable[Order]) -> tuple[list[Order], list[Order]]:
    """The orders to carry out, in the order in which they were given, and those that newer ones replace."""
    newest: dict[int, Order] = {}
    replaced: list[Order] = []
    for order in sorted(orders, key=lambda one: one.id):
        if order.point_id in newest:
            replaced.append(newest[order.point_id])
        newest[order.point_id] = order
    return sorted(newest.values(), key=lambda one: one.id), replaced


def age_s(order: Order, now_utc: datetime) -> float:
    """How long an order has waited [s]."""
    return (now_utc - order.given_utc).total_seconds()


def too_old(order: Order, now_utc: datetime, limit_s: float, *, is_away: bool) -> Unusable | None:
    """Why an order is too old to be carried out; None when it is not.

    Args:
        order: The order.
        now_utc: The present.
        limit_s: The greatest age [s].
        is_away: Whether it waited for a device that does not answer.
    """
    waited_s = age_s(order, now_utc)
    if waited_s <= limit_s:
        return None
    key = "set_late_away" if is_away else "set_late"
    return Unusable(phrase(key, age=round(waited_s), most=round(limit_s)))


def raw_value(order: Order, controlled: Sequence[Controlled]) -> tuple[Any, float]:
    """The typed address and the raw value by which an order is carried out.

    Args:
        order: The order.
        controlled: What the control loop sets.

    Raises:
        Unusable: It may not be carried out, or cannot be; says why.
    """
    if order.is_virtual:
        raise Unusable(phrase("set_computed"))
    if order.object_type not in _SET_KINDS:
        raise Unusable(phrase("set_type", type=word_of(order.object_type)))
    if not order.low_limit <= order.value <= order.high_limit:
        raise Unusable(phrase("set_limits", low=order.low_limit, high=order.high_limit))
    if order.object_type == "DIGITAL_VALUE" and order.value != round(order.value):
        raise Unusable(phrase("set_whole"))
    if order.ratio == 0:
        raise Unusable(phrase("set_ratio"))
    protocol = registry.find(order.protocol)
    if protocol is None or "writes" not in protocol.capabilities:
        raise Unusable(phrase("set_protocol", protocol=order.protocol))
    try:
        target = protocol.target(order.connection, order.address or "{}")
        address = protocol.parse_address(order.address or "{}")
    except BadInput as ex:
        raise Unusable(phrase("set_address", text=str(ex))) from ex
    for one in controlled:
        if one.target.overlaps(target):
            name = f"{one.component}/{one.channel}" if one.channel else one.component
            raise Unusable(phrase("set_controlled", name=name))
    return address, (order.value - order.offset_constant) / order.ratio


def by_source(orders: Iterable[Order]) -> Mapping[int, list[Order]]:
    """Orders of each data source, in the order in which they were given."""
    found: dict[int, list[Order]] = {}
    for order in orders:
        found.setdefault(order.source_id, []).append(order)
    return found
