"""The comparison of variants: text for a terminal, CSV for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ems_edge_control.simulation.ledger import Outcome


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


COLUMNS: tuple[tuple[str, Callable[[Outcome], str]], ...] = (
    ("variant", lambda o: o.name),
    ("bought kWh", lambda o: f"{o.bought_kwh:,.1f}"),
    ("sold kWh", lambda o: f"{o.sold_kwh:,.1f}"),
    ("curtailed", lambda o: f"{o.curtailed_kwh:,.1f}"),
    ("peak kW", lambda o: f"{o.peak_kw:,.1f}"),
    ("own use", lambda o: _share(o.self_consumption)),
    ("own supply", lambda o: _share(o.self_sufficiency)),
    ("cycles", lambda o: f"{o.cycles:.2f}"),
    ("SOC %", lambda o: "–" if o.highest_soc < o.lowest_soc else f"{o.lowest_soc:.0f}–{o.highest_soc:.0f}"),
    ("energy", lambda o: f"{o.energy_cost:,.2f}"),
    ("demand", lambda o: f"{o.demand_cost:,.2f}"),
    ("wear", lambda o: f"{o.wear_cost:,.2f}"),
    ("stored", lambda o: f"{-o.stored_value:,.2f}"),
    ("total", lambda o: f"{o.cost:,.2f}"),
    ("saved", lambda o: "–" if o.saved is None else f"{o.saved:,.2f}"),
)
FIGURES = (
    "load_kwh",
    "charged_kwh",
    "produced_kwh",
    "curtailed_kwh",
    "bought_kwh",
    "sold_kwh",
    "peak_kw",
    "self_consumption",
    "self_sufficiency",
    "throughput_kwh",
    "cycles",
    "lowest_soc",
    "highest_soc",
    "energy_cost",
    "demand_cost",
    "wear_cost",
    "stored_value",
    "cost",
    "saved",
)


def text(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table for a terminal; below it which controllers failed."""
    rows = [tuple(head for head, _ in COLUMNS), *(tuple(cell(o) for _, cell in COLUMNS) for o in outcomes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    for o in outcomes:
        lines.extend(f"{o.name}: controller {id} failed: {why}" for id, why in o.failures.items())
    return "\n".join(lines)


def write_summary(outcomes: Sequence[Outcome], path: Path) -> None:
    """One row for each variant: energy [kWh], power [kW], shares 0 to 1, money in the tariff's currency."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("variant", *FIGURES))
        for outcome in outcomes:
            values = (getattr(outcome, name) for name in FIGURES)
            rows.writerow((outcome.name, *("" if v is None else f"{v:.4f}" for v in values)))


def write_course(outcomes: Sequence[Outcome], path: Path) -> None:
    """One row for each slot of each variant: mean powers [kW], state of charge at its end [%], price."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        names = ("grid_kw", "load_kw", "pv_kw", "battery_kw", "charger_kw", "soc_percent", "price")
        rows.writerow(("variant", "time", *names))
        for outcome in outcomes:
            for point in outcome.course:
                local = datetime.fromtimestamp(point.time_s, UTC).astimezone(outcome.zone)
                values = (f"{getattr(point, name):.3f}" for name in names)
                rows.writerow((outcome.name, local.isoformat(), *values))
