"""Every report there is: kinds of reports × kinds of entities, and the special ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from ems_api.context import Context
from ems_api.reports import ask, shapes, special_shapes, weather
from ems_api.reports.ask import Ask
from ems_api.reports.engine import Report
from ems_api.reports.entities import BY_NAME, KINDS, METERS, SUMMED, WITH_OUTPUT, Kind
from ems_api.reports.kinds import batch, comparison, dashboards, efficiency, home, meters, profiles, sums
from ems_api.reports.kinds.sums import Quantity
from ems_api.reports.render import batch as batch_json
from ems_api.reports.render import comparison as comparison_json
from ems_api.reports.render import dashboards as dashboards_json
from ems_api.reports.render import efficiency as efficiency_json
from ems_api.reports.render import efficiency_papers, papers
from ems_api.reports.render import home as home_json
from ems_api.reports.render import meters as meters_json
from ems_api.reports.render import profiles as profiles_json
from ems_api.reports.render import sums as sums_json
from ems_api.reports.render.document import Document
from ems_api.reports.render.sums import Style
from ems_api.reports.specials import SPECIALS
from ems_api.reports.station_table import STATION_REPORTS
from ems_api.schemas import Shape

# Keys that clients know although they do not follow the rule: (kind, report) → stem, and key of a wrong id.
_ODD_ERRORS: Final = {
    ("shopfloor", "energyitem"): ("EQUIPMENT", ""),
    ("offline_meter", "plan"): ("OFFLINE_METER", "INVALID_offline_meter_id"),
    ("offline_meter", "saving"): ("OFFLINE_METER", "INVALID_offline_meter_id"),
}


def _read(ctx: Context, kind: Kind, name: str, *, by_flag: bool = False) -> Ask:
    error, id_key = _ODD_ERRORS.get((kind.name, name), (kind.error, ""))
    return ask.read(ctx, ask.ref(ctx, (kind.route,), error, id_key), by_flag=by_flag)


def _read_quick(ctx: Context, kind: Kind) -> Ask:
    """As usual, for a report that shows no parameters."""
    return replace(_read(ctx, kind, "dashboard", by_flag=True), quick=True)


def _query(kind: Kind) -> ask.Query:
    several = (f"{kind.route}ids", "string")
    return (*ask.named(kind.route), several, *ask.COMPARED, (weather.PARAMETER, "integer"))


def _summary(kind: Kind, name: str) -> str:
    return f"Report {name} of a {kind.name.replace('_', ' ')}."


@dataclass(frozen=True, slots=True)
class SumRow:
    """A quantity by category or item, for some kinds of entities.

    Attributes:
        name: Of the report, as in its path.
        quantity: What is summed.
        style: What the answer holds.
        kinds: Kinds of entities that have it.
        energy: What a baseline adjusted to the weather is made of, where the report is about energy.
        by_flag_for: Kinds whose files are only made when a parameter says so.
        member_periods_for: Kinds that show values over time of the entities below.
    """

    name: str
    quantity: Quantity
    style: Style
    kinds: Sequence[Kind] = SUMMED
    energy: Quantity | None = None
    by_flag_for: tuple[str, ...] = ()
    member_periods_for: tuple[str, ...] = ()

    def reports(self) -> list[Report]:
        """One report for each kind of entity."""
        return [self._report(kind) for kind in self.kinds]

    def _report(self, kind: Kind) -> Report:
        by_flag = kind.name in self.by_flag_for
        return Report(
            f"{kind.route}{self.name}",
            partial(_read, kind=kind, name=self.name, by_flag=by_flag),
            partial(
                sums.by_parts,
                kind=kind,
                quantity=self.quantity,
                member_periods=kind.name in self.member_periods_for,
            ),
            partial(sums_json.answer, style=self.style),
            partial(papers.of_sums, name=self.name, style=self.style),
            has_pdf=by_flag,
            summary=_summary(kind, self.name),
            query=(*_query(kind), *(ask.PDF if by_flag else ())),
            several=kind.route,
            energy=self.energy,
            shape=shapes.of_sums(kind, self.name, self.style),
        )


SUMS: Final = (
    SumRow(
        "energycategory",
        sums.ENERGY,
        Style(coal=True, days=True),
        energy=sums.ENERGY,
        by_flag_for=("space",),
        member_periods_for=("combined_equipment",),
    ),
    SumRow("energyitem", sums.ENERGY_ITEMS, Style(split="item"), energy=sums.ENERGY_ITEMS),
    SumRow("cost", sums.COST, Style(total=True)),
    SumRow("carbon", sums.CARBON, Style(total=True), by_flag_for=("space",)),
    SumRow("income", sums.INCOME, Style(total=True, peaks=False, area_shares=True), WITH_OUTPUT),
    SumRow("output", sums.ENERGY_OUTPUT, Style(peaks=False, base_shares=True), WITH_OUTPUT),
    SumRow("prediction", sums.PREDICTION, Style(coal=True, days=True)),
    SumRow("saving", sums.SAVING, Style(coal=True, peaks=False, suffix="_saving"), energy=sums.ENERGY),
    SumRow("plan", sums.PLAN, Style(coal=True, peaks=False, suffix="_saving"), energy=sums.ENERGY),
)


@dataclass(frozen=True, slots=True)
class KindRow:
    """A report with functions of its own, for some kinds of entities."""

    name: str
    build: Callable[..., Any]
    answer: Callable[..., Any]
    document: Callable[..., Document]
    kinds: Sequence[Kind]
    shape: Callable[[Kind], Shape]

    def reports(self) -> list[Report]:
        """One report for each kind of entity."""
        return [
            Report(
                f"{kind.route}{self.name}",
                partial(_read, kind=kind, name=self.name),
                partial(self.build, kind=kind),
                self.answer,
                partial(self.document, name=self.name),
                summary=_summary(kind, self.name),
                query=_query(kind),
                several=kind.route,
                shape=self.shape(kind),
            )
            for kind in self.kinds
        ]


PROFILES: Final = (
    KindRow("load", profiles.load, profiles_json.load, papers.of_load, SUMMED, shapes.of_load),
    KindRow(
        "statistics",
        profiles.statistics,
        profiles_json.statistics,
        papers.of_statistics,
        SUMMED,
        shapes.of_statistics,
    ),
    KindRow(
        "efficiency",
        efficiency.of_space,
        efficiency_json.of_space,
        efficiency_papers.of_space,
        (BY_NAME["space"],),
        shapes.of_space_efficiency,
    ),
    KindRow(
        "efficiency",
        efficiency.of_equipment,
        efficiency_json.of_equipment,
        efficiency_papers.of_equipment,
        (BY_NAME["equipment"], BY_NAME["combined_equipment"]),
        shapes.of_fractions,
    ),
)


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A quantity of single meters."""

    name: str
    quantity: Quantity
    suffix: str = ""
    energy: Quantity | None = None

    def reports(self) -> list[Report]:
        """One report for each kind of meter."""
        return [
            Report(
                f"{kind.route}{self.name}",
                partial(_read, kind=kind, name=self.name),
                partial(meters.of_meter, kind=kind, quantity=self.quantity),
                partial(meters_json.answer, suffix=self.suffix),
                partial(papers.of_meter, name=self.name),
                summary=_summary(kind, self.name),
                query=_query(kind),
                several=kind.route,
                energy=self.energy,
                shape={kind.name: shapes.METER, **shapes.of_meter(self.suffix)},
            )
            for kind in METERS
        ]


OF_METERS: Final = (
    MeterRow("energy", sums.ENERGY, energy=sums.ENERGY),
    MeterRow("cost", sums.COST),
    MeterRow("carbon", sums.CARBON),
    MeterRow("prediction", sums.PREDICTION),
    MeterRow("saving", sums.SAVING, "_saving", sums.ENERGY),
    MeterRow("plan", sums.PLAN, "_saving", sums.ENERGY),
)

# Clients of the shop floor's comparison know its errors by the name of the equipment's, those of the store's
# know one key for both ways of naming a store.
_COMPARED: Final = tuple(
    (
        kind,
        "EQUIPMENT" if kind.name == "shopfloor" else kind.error,
        "INVALID_STORE_ID" if kind.name == "store" else "",
    )
    for kind in (*SUMMED, BY_NAME["meter"], BY_NAME["virtual_meter"])
)
COMPARISONS: Final = tuple(
    Report(
        f"{kind.route}comparison",
        partial(comparison.read, kind=kind, error=error, uuid_key=uuid_key),
        partial(comparison.build, kind=kind),
        comparison_json.answer,
        papers.of_comparison,
        summary=_summary(kind, "comparison"),
        query=(
            *ask.named(kind.route, "1"),
            *ask.named(kind.route, "2"),
            ("energycategoryid", "integer"),
            ("periodtype", "string"),
            *ask.PERIOD,
            *ask.FORM,
        ),
        shape=shapes.of_comparison(kind),
    )
    for kind, error, uuid_key in _COMPARED
)

BATCHES: Final = tuple(
    Report(
        f"{kind.route}batch",
        batch.read,
        partial(batch.build, kind=kind, daily=kind.name in {"meter", "virtual_meter"}),
        batch_json.answer,
        batch_json.document,
        summary=_summary(kind, "batch"),
        query=(*ask.SPACE, *ask.PERIOD, *ask.FORM),
        shape=shapes.of_batch(kind, daily=kind.name in {"meter", "virtual_meter"}),
    )
    for kind in KINDS
    if kind.name != "space"
)

DASHBOARDS: Final = (
    Report(
        "dashboard",
        home.read,
        home.build,
        home_json.answer,
        summary="Home dashboard.",
        query=(*ask.USER, *ask.COMPARED),
        shape=special_shapes.HOME,
    ),
    Report(
        "spacedashboard",
        partial(_read_quick, kind=BY_NAME["space"]),
        partial(sums.by_parts, kind=BY_NAME["space"], quantity=sums.ENERGY),
        partial(home_json.of_space, style=Style(coal=True, days=True)),
        summary=_summary(BY_NAME["space"], "dashboard"),
        query=_query(BY_NAME["space"]),
        shape=special_shapes.SPACE_DASHBOARD,
    ),
    *(
        Report(
            f"{name.replace('_', '')}dashboard",
            dashboards.read,
            partial(dashboards.build, kind=BY_NAME[name]),
            dashboards_json.answer,
            summary=_summary(BY_NAME[name], "dashboard"),
            query=(*ask.USER, ("periodtype", "string"), *ask.PERIOD, ask.LANGUAGE),
            shape=special_shapes.of_dashboard(BY_NAME[name]),
        )
        for name in ("equipment", "combined_equipment", "tenant", "store", "shopfloor")
    ),
)

_ROWS: Final[tuple[SumRow | KindRow | MeterRow, ...]] = (*SUMS, *PROFILES, *OF_METERS)
REPORTS: Final[tuple[Report, ...]] = (
    *(report for row in _ROWS for report in row.reports()),
    *COMPARISONS,
    *BATCHES,
    *DASHBOARDS,
    *SPECIALS,
    *STATION_REPORTS,
)
