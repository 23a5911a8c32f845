"""What every report needs of its surroundings, for the length of one request."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TypeVar

import numpy as np
from ems_common.clock import utc_now
from ems_common.db import Databases
from ems_common.slots import SlotAxis
from ems_common.tariffs import TimeOfUse

from ems_api.auth.scope import Scope
from ems_api.reports import tariffs as prices
from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Buckets, Span, buckets
from ems_api.reports.facts import Facts
from ems_api.reports.model import Curve, Part
from ems_api.reports.texts import Texts
from ems_api.versions import Cache

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """The surroundings of a report.

    Attributes:
        dbs: The databases.
        facts: Look-ups in the configuration.
        scope: What the caller may see.
        slot_minutes: Length of a slot of the hourly tables.
        cache: Keeps configuration while it stands.
        priced: Tariffs on the time axes of this request.
    """

    dbs: Databases
    facts: Facts
    scope: Scope
    slot_minutes: int
    cache: Cache
    priced: dict[Hashable, prices.Curves] = field(default_factory=dict)

    def buckets(self, span: Span, ask: Ask) -> Buckets:
        """The time axis of a period; MyEMS' clients know it with an empty bucket after its end."""
        return buckets(span, ask.period_type, ask.zone, self.slot_minutes, trailing=not ask.v1)

    def days(self, span: Span, ask: Ask) -> Buckets:
        """The local days of a period, none of them beyond its end."""
        return buckets(span, "daily", ask.zone, self.slot_minutes)

    def entered_days(self, span: Span, ask: Ask) -> Buckets:
        """The same of what is entered by the day; MyEMS' clients know it with a day after a full last one."""
        return buckets(span, "daily", ask.zone, self.slot_minutes, trailing=not ask.v1)

    def elapsed(self, axis: SlotAxis) -> int:
        """How many slots of an axis are over."""
        return max(0, min(axis.count, (utc_now() - axis.start_utc) // axis.slot))

    def tariffs(self, cost_center_id: int) -> dict[int, list[TimeOfUse]]:
        """The tariffs of a cost centre, by energy category."""
        if not cost_center_id:
            return {}
        return self.facts.tariffs(cost_center_id)

    def tariff_on(self, cost_center_id: int, category_id: int, axis: SlotAxis, tz: tzinfo) -> prices.Curves:
        """What tariffs of a cost centre and category say of every slot, worked out once a request."""
        key = (cost_center_id, category_id, axis.start_utc, axis.count, axis.seconds, str(tz))
        if key not in self.priced:
            known = self.tariffs(cost_center_id).get(category_id, ())
            self.priced[key] = prices.remembered(known, axis, tz)
        return self.priced[key]

    def tariff_curves(self, cost_center_id: int, parts: list[Part], axis: SlotAxis, ask: Ask) -> list[Curve]:
        """The prices of the parts' categories on an axis, a curve for each; empty where none is known."""
        names = {part.category_id: (part.category_name, part.unit) for part in parts}
        word = Texts.of(ask.language)("Tariff")
        result = []
        for category, (name, unit) in names.items():
            of_slot = self.tariff_on(cost_center_id, category, axis, ask.zone).prices
            known = ~np.isnan(of_slot)
            title = f"{word}-{name}"
            price_unit = f"{ask.currency}/{unit}"
            times = axis.starts()[known]
            result.append(Curve(title, times, of_slot[known], title, price_unit, is_price=True))
        return result


_readers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="report")


def together(*calls: Callable[[], T]) -> list[T]:
    """Make calls at the same time, each waiting for its own database; their results in order."""
    # What is counted for the request is counted in the threads as well; each needs a copy of its own.
    contexts = [copy_context() for _ in calls]
    return list(_readers.map(lambda pair: pair[0].run(pair[1]), zip(contexts, calls, strict=True)))


def begun(call: Callable[[], T]) -> Callable[[], T]:
    """Make a call beside what follows; calling what is returned waits for its result."""
    return _readers.submit(copy_context().run, call).result
