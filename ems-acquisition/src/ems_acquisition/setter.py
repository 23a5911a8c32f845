"""Carries out the orders to set a point, over the connections of the data sources.

Of several instances of a gateway one does it at a time (a lease), and each order is claimed in the database
before anything is sent: none is ever sent twice, and after a crash in the middle it is told that nobody knows
whether the device has taken the value. An order waits while its device is away, until it is too old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from ems_common import log
from ems_common.clock import utc_now
from ems_common.controlled import Controlled
from ems_common.db import Databases
from ems_common.errors import BadInput, Unavailable
from ems_common.findings.finding import Finding, Unusable, phrase
from ems_common.lease import Lease
from ems_common.retry import pauses_s

from ems_acquisition import metrics, store_sets
from ems_acquisition.set_values import (
    Order,
    Outcome,
    by_source,
    newest_of_each_point,
    raw_value,
    too_old,
)
from ems_acquisition.source import SourceTask

_log = log.get(__name__)
LOOK_EVERY_S = 1.0


class Setter:
    """Sets points as ordered.

    Args:
        dbs: The databases.
        gateway_id: Whose points.
        limit_s: Greatest age of an order [s].
        tasks: The running data sources by id; looked at anew for each order.
    """

    def __init__(
        self, dbs: Databases, gateway_id: int, limit_s: float, tasks: Mapping[int, tuple[SourceTask, object]]
    ) -> None:
        self._dbs, self._gateway_id, self._limit_s, self._tasks = dbs, gateway_id, limit_s, tasks
        self._lease = Lease(dbs, f"set-values-{gateway_id}")
        self._pause_s = pauses_s(0.2, 5.0)

    async def run(self) -> None:
        """Carry out what is ordered, until cancelled."""
        try:
            while True:
                try:
                    await self._look()
                except Unavailable as ex:
                    _log.debug("orders_not_read", error=str(ex))  # the writer tells that the database is away
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            await asyncio.to_thread(self._give_back)

    def _give_back(self) -> None:
        try:
            self._lease.release()
        except Unavailable:
            return  # it runs out by itself

    async def _look(self) -> None:
        """Carry out what is open now, sources side by side."""
        if not await asyncio.to_thread(store_sets.is_any_open, self._dbs):
            return
        if not await asyncio.to_thread(self._lease.acquire):
            return
        cut_off = Finding(phrase("set_cut_off")).stored
        await asyncio.to_thread(store_sets.close_cut_off, self._dbs, self._gateway_id, cut_off)
        orders, controlled = await asyncio.to_thread(store_sets.open_orders, self._dbs, self._gateway_id)
        wanted, replaced = newest_of_each_point(orders)
        for order in replaced:
            await self._close(order, "replaced")
        with self._lease:
            # All come to their end before the next look, which takes what is still being sent for cut off.
            ends = await asyncio.gather(
                *(self._carry_out_all(of_source, controlled) for of_source in by_source(wanted).values()),
                return_exceptions=True,
            )
        for end in ends:
            if end is not None:
                raise end

    async def _carry_out_all(self, orders: Sequence[Order], controlled: Sequence[Controlled]) -> None:
        for order in orders:
            await self._carry_out(order, controlled)

    async def _carry_out(self, order: Order, controlled: Sequence[Controlled]) -> None:
        """Carry out one order, refuse it, or leave it for later while its device is away."""
        task = self._running(order)
        is_away = task is None or not task.is_connected
        try:
            late = too_old(order, utc_now(), self._limit_s, is_away=is_away)
            if late is not None:
                raise late
            address, raw = raw_value(order, controlled)
        except Unusable as ex:
            await self._close(order, "refused", ex.finding)
            return
        if task is None or is_away or not self._lease.is_held():
            return
        if not await asyncio.to_thread(store_sets.claim, self._dbs, order.id, self._lease.holder):
            return
        try:
            await task.write(address, raw)
        except BadInput as ex:
            await self._close(order, "failed", Finding(phrase("set_device", text=str(ex))))
        except Unavailable as ex:
            await self._close(order, "failed", Finding(phrase("set_no_answer", text=str(ex))))
        else:
            await self._close(order, "written")

    def _running(self, order: Order) -> SourceTask | None:
        """The task of an order's source, once it speaks by the connection that the order was judged by."""
        task, _ = self._tasks.get(order.source_id, (None, None))
        return task if task is not None and task.source.connection == order.connection else None

    async def _close(self, order: Order, outcome: Outcome, why: Finding | None = None) -> None:
        """Store what came of an order, however long the database is away: it must not stay in doubt."""
        level = _log.info if outcome in ("written", "replaced") else _log.warning
        level(
            "point_set" if outcome == "written" else "point_not_set",
            point_id=order.point_id,
            value=order.value,
            order=order.id,
            outcome=outcome,
            reason=why.sentence if why else None,
        )
        metrics.SET.labels(outcome).inc()
        attempt = 0
        while True:
            try:
                await asyncio.to_thread(
                    store_sets.close, self._dbs, order.id, outcome, why.stored if why else None
                )
            except Unavailable:
                attempt += 1
                await asyncio.sleep(self._pause_s(attempt))
            else:
                return
