"""Orders from outside: bounded, expiring, acknowledged, and written to the log with their owner.

The API, which knows who may do what, puts an order on the Redis list `ems:edge:commands`; the answer
appears under `ems:edge:ack:ID`. An order is one of::

    {"id": "…", "owner": "…", "kind": "write", "controller": "b",
     "channel": "SetGridActivePower", "value": 5000, "seconds": 60}
    {"id": "…", "owner": "…", "kind": "configure", "controller": "shave0", "properties": {…}, "enabled": true}
    {"id": "…", "owner": "…", "kind": "restore", "controller": "shave0"}
    {"id": "…", "owner": "…", "kind": "describe", "controller": "shave0"}

with `expires_utc` where it must not be carried out later than that.

A write lasts for its time and is then forgotten; protection stays above it in any case. A change of
properties is checked as at the start; if anything is wrong with it nothing changes. It is kept over restarts
until it is changed again, or taken back to the site file by a `restore`; `kept` in the answer says whether
it reached the disk. A `describe` changes nothing: its answer tells the values of the controller's properties,
those of the site file, who changed what, and their JSON Schema.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from ems_common import log
from msgspec import Struct

from ems_edge_control import properties
from ems_edge_control.kept_settings import KeptSettings
from ems_edge_control.loop import Command, Loop
from ems_edge_control.natures import Access
from ems_edge_control.site import BadSite

_log = log.get(__name__)
LIST = "ems:edge:commands"
ACK = "ems:edge:ack:"
LONGEST_S = 86_400.0
ANSWER_WITHIN_S = 1.0
LASTING = frozenset({"configure", "restore"})


class Order(Struct, forbid_unknown_fields=True, frozen=True):
    """An order as it arrives."""

    id: str
    owner: str
    kind: str
    controller: str
    channel: str = ""
    value: float | bool | None = None
    seconds: float = 60.0
    properties: dict[str, Any] = {}
    enabled: bool | None = None
    expires_utc: datetime | None = None


class Orders:
    """Carries orders out; called by the telemetry thread."""

    def __init__(self, loop: Loop, kept: KeptSettings | None = None) -> None:
        self.loop = loop
        self.kept = kept or KeptSettings(None, loop.clock_utc)

    def carry_out(self, raw: bytes | str) -> tuple[str, dict[str, Any]]:
        """Carry out one order.

        Returns:
            Its id (empty when it has none), and the answer: accepted or not, and why.
        """
        try:
            order = msgspec.json.decode(raw, type=Order)
        except msgspec.DecodeError as ex:
            _log.warning("order_refused", reason=str(ex))
            return "", {"accepted": False, "reason": f"the order cannot be read: {ex}"}
        if order.kind == "describe":
            return order.id, self._describe(order.controller)
        reason = self._try(order)
        level = _log.info if not reason else _log.warning
        level(
            "order",
            id=order.id,
            owner=order.owner,
            kind=order.kind,
            controller=order.controller,
            channel=order.channel or None,
            value=order.value,
            seconds=order.seconds if order.kind == "write" else None,
            properties=order.properties or None,
            refused=reason or None,
        )
        answer: dict[str, Any] = {"accepted": not reason, "reason": reason}
        if not reason and order.kind in LASTING:
            answer["kept"] = self.kept.keep(self.loop.cycle.site, order.controller, order.owner)
        return order.id, answer

    def _try(self, order: Order) -> str:
        """Carry it out; why not, or nothing."""
        if not order.owner:
            return "an order needs an owner"
        if order.expires_utc is not None and _is_past(order.expires_utc, self.loop.clock_utc()):
            return "the order has expired"
        slot = self.loop.cycle.site.find_slot(order.controller)
        if slot is None:
            return f"there is no controller {order.controller!r}"
        if order.kind == "write":
            return self._write(order, {c.name: c.access for c in slot.controller.channels})
        if order.kind in LASTING:
            return self._change(order)
        return f"kind is write, configure, restore or describe (got {order.kind!r})"

    def _describe(self, controller: str) -> dict[str, Any]:
        """What can be set of a controller, and how it is set."""
        slot = self.loop.cycle.site.find_slot(controller)
        if slot is None:
            return {"accepted": False, "reason": f"there is no controller {controller!r}"}
        config = slot.controller.config
        settings = {
            "schema": properties.schema(type(config)),
            "values": properties.told(config),
            **self.kept.told(self.loop.cycle.site, controller),
        }
        return {"accepted": True, "reason": "", "settings": settings}

    def _write(self, order: Order, channels: Mapping[str, Access]) -> str:
        access = channels.get(order.channel)
        if access is None or access is Access.READ:
            writable = sorted(n for n, a in channels.items() if a is not Access.READ)
            return f"channel is one of {', '.join(writable) or 'none'} (got {order.channel!r})"
        if order.value is None or not math.isfinite(float(order.value)):
            return "value is not a finite number"
        if not 0 < order.seconds <= LONGEST_S:
            return f"seconds is above 0 and at most {LONGEST_S:.0f}"
        handle = self.loop.cycle.site.table.find(f"{order.controller}/{order.channel}")
        if handle is None:
            return "the channel has no place in the image"
        until_s = self.loop.clock() + order.seconds
        self.loop.commands.append(Command(handle, float(order.value), until_s, order.owner))
        return ""

    def _change(self, order: Order) -> str:
        """Change a controller between two cycles, and wait for the outcome."""
        done = threading.Event()
        reasons: list[str] = []

        def change() -> None:
            cycle = self.loop.cycle
            before = cycle.site.find_slot(order.controller)
            try:
                if order.kind == "restore":
                    cycle.site.take_back(order.controller)
                else:
                    cycle.site.reconfigure(order.controller, order.properties, enabled=order.enabled)
                after = cycle.site.find_slot(order.controller)
                if (
                    before is not None
                    and after is not None
                    and (after is not before or not after.config.enabled)
                ):
                    cycle.retire(before)
            except BadSite as ex:
                reasons.extend(ex.faults)
            done.set()

        self.loop.tasks.append(change)
        if not done.wait(ANSWER_WITHIN_S):
            return "the loop did not answer in time; the change may still come"
        return "; ".join(reasons)


def _is_past(limit: datetime, now_utc: datetime) -> bool:
    return (limit if limit.tzinfo is not None else limit.replace(tzinfo=UTC)) < now_utc
