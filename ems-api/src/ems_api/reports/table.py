"""Every report there is: kinds of reports × kinds of entities, and the special ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from ems_api.context import Context
from ems_api.reports import ask
from ems_api.reports.ask import Ask
from ems_api.reports.engine import Report
from ems_api.reports.entities import SUMMED, WITH_OUTPUT, Kind
from ems_api.reports.kinds import sums
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.render import sums as sums_json
from ems_api.reports.render.sums import Style


def _read(ctx: Context, kind: Kind, *, by_flag: bool) -> Ask:
    return ask.read(ctx, ask.ref(ctx, (kind.route,), kind.error), by_flag=by_flag)


@dataclass(frozen=True, slots=True)
class SumRow:
    """A quantity by category or item, for some kinds of entities."""

    name: str
    quantity: Quantity
    style: Style
    kinds: Sequence[Kind] = SUMMED
    by_flag_for: tuple[str, ...] = ()

    def reports(self) -> list[Report]:
        """One report for each kind of entity."""
        return [self._report(kind) for kind in self.kinds]

    def _report(self, kind: Kind) -> Report:
        by_flag = kind.name in self.by_flag_for
        return Report(
            f"{kind.route}{self.name}",
            partial(_read, kind=kind, by_flag=by_flag),
            partial(sums.by_parts, kind=kind, quantity=self.quantity),
            partial(sums_json.answer, style=self.style),
            has_pdf=by_flag,
        )


SUMS: Final = (
    SumRow("energycategory", sums.ENERGY, Style(coal=True, days=True), by_flag_for=("space",)),
    SumRow("energyitem", sums.ENERGY_ITEMS, Style(split="item")),
    SumRow("cost", sums.COST, Style(total=True)),
    SumRow("carbon", sums.CARBON, Style(total=True), by_flag_for=("space",)),
    SumRow("income", sums.INCOME, Style(total=True, peaks=False), WITH_OUTPUT),
    SumRow("output", sums.ENERGY_OUTPUT, Style(peaks=False, base_shares=True), WITH_OUTPUT),
    SumRow("prediction", sums.PREDICTION, Style(coal=True, days=True)),
    SumRow("saving", sums.SAVING, Style(coal=True, peaks=False, suffix="_saving")),
    SumRow("plan", sums.PLAN, Style(coal=True, peaks=False, suffix="_saving")),
)

REPORTS: Final[tuple[Report, ...]] = tuple(report for row in SUMS for report in row.reports())
