"""The form of every benchmark's result: a table for people, a JSON file for comparison."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "bench-results"


@dataclass(frozen=True)
class Figure:
    """One measured number and what it should be.

    Attributes:
        name: What was measured.
        value: The number.
        unit: Its unit.
        goal: The goal in words, such as ``"≤ 120"``, or "" for information.
        met: Whether it was met; None without a goal.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None


def at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should not exceed a limit."""
    return Figure(name, value, unit, f"≤ {limit:g}", value <= limit)


def at_least(name: str, value: float, unit: str, limit: float) -> Figure:
    """A figure that should reach a limit."""
    return Figure(name, value, unit, f"≥ {limit:g}", value >= limit)


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load_before": round(load, 2),
    }


def publish(name: str, figures: list[Figure], measured_on: dict[str, object]) -> None:
    """Print the table and write `bench-results/<name>.json`."""
    width = max(len(figure.name) for figure in figures)
    print(f"\n{name}: {measured_on['cores']} cores, load {measured_on['load_before']} before")
    for figure in figures:
        verdict = {True: "met", False: "NOT met", None: ""}[figure.met]
        print(
            f"  {figure.name:<{width}}  {figure.value:>14,.3f} {figure.unit:<12} {figure.goal:<10} {verdict}"
        )
    RESULTS.mkdir(exist_ok=True)
    document = {"name": name, "machine": measured_on, "figures": [asdict(figure) for figure in figures]}
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
