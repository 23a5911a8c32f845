"""Aggregation, and after it what its hours are measured against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from ems_common.daemon import PassResult

from ems_aggregation.reference_stage import References
from ems_aggregation.stage import Aggregation


@dataclass
class InTurn:
    """Both as one stage, so that they share a daemon, a lease and a command line.

    Attributes:
        aggregation: Comes first.
        references: Follows, a few seconds at a time.
    """

    aggregation: Aggregation
    references: References
    name: str = field(default=Aggregation.name)

    def run_pass(self, progress: Callable[[str, float], None]) -> PassResult:
        """Recompute what is open; see :class:`ems_common.daemon.Stage`."""
        self.references.note()
        result = self.aggregation.run_pass(progress)
        pieces = self.references.run_pass()
        if not pieces:
            return result
        return PassResult(True, {**result.summary, "reference pieces": pieces})

    def explain(self) -> list[str]:
        """Open changes of both, one line each."""
        of_references = self.references.explain()
        of_aggregation = self.aggregation.explain()
        return [*of_references, *of_aggregation] if of_references else of_aggregation

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range; the references of what changes by it follow by themselves."""
        return self.aggregation.recompute(start_utc, end_utc, entity)
