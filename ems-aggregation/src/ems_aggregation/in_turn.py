"""Aggregation, and after it what its hours are measured against and the sums of its days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ems_common.daemon import PassResult

from ems_aggregation.day_stage import DailySums
from ems_aggregation.reference_stage import References
from ems_aggregation.stage import Aggregation


@dataclass
class InTurn:
    """All as one stage, so that they share a daemon, a lease and a command line.

    Attributes:
        aggregation: Comes first.
        references: Follows, a few seconds at a time.
        days: Comes last, when there is nothing else to do.
    """

    aggregation: Aggregation
    references: References
    days: DailySums
    name: str = field(default=Aggregation.name)

    def run_pass(self, progress: Callable[[str, float], None]) -> PassResult:
        """Recompute what is open; see :class:`ems_common.daemon.Stage`."""
        result = self.aggregation.run_pass(progress, self.references.note)
        pieces = self.references.run_pass()
        if pieces:
            return PassResult(True, {**result.summary, "reference pieces": pieces})
        if not result.did_work and (days := self.days.run_pass()):
            return PassResult(True, {**result.summary, "days summed": days})
        return result

    def explain(self) -> list[str]:
        """Open changes of aggregation and references, one line each."""
        of_references = self.references.explain()
        of_aggregation = self.aggregation.explain()
        return [*of_references, *of_aggregation] if of_references else of_aggregation

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range; the references of what changes by it follow by themselves."""
        return self.aggregation.recompute(start_utc, end_utc, entity)
