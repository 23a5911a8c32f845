"""Outcomes of a simulation as one SVG: powers above, state of charge below, one row for each variant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from ems_edge_control.simulation import Outcome

WIDTH, ROW, LEFT, TOP, SOC = 1000, 260, 60, 30, 60
LINES = (("grid", 1, "#c0392b"), ("load", 2, "#7f8c8d"), ("PV", 3, "#f39c12"), ("battery", 4, "#2980b9"))


def svg(outcomes: Sequence[Outcome]) -> str:
    """The picture."""
    height = len(outcomes) * ROW + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for number, outcome in enumerate(outcomes):
        parts += _row(outcome, number * ROW)
    return "\n".join([*parts, "</svg>"])


def _row(outcome: Outcome, top: float) -> list[str]:
    if not outcome.trace:
        return []
    hours = outcome.trace[-1][0] or 1.0
    values = [v for item in outcome.trace for v in item[1:5]]
    low, high = min(0.0, *values), max(1.0, *values)
    plot_top, plot_height = top + TOP, ROW - TOP - SOC - 30

    def x(hour: float) -> float:
        return LEFT + (WIDTH - LEFT - 20) * hour / hours

    def y(power: float) -> float:
        return plot_top + plot_height * (1 - (power - low) / (high - low))

    bought = f"bought {outcome.bought_kwh:,.0f} kWh, cost {outcome.cost:,.2f}"
    title = f"{outcome.name}: peak {outcome.peak_kw:,.0f} kW, {bought}"
    parts = [f'<text x="{LEFT}" y="{top + 18}" font-weight="bold">{escape(title)}</text>']
    for tick in _ticks(low, high):
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#eee"/>'
        )
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for place, (name, index, colour) in enumerate(LINES):
        points = " ".join(f"{x(item[0]):.1f},{y(item[index]):.1f}" for item in outcome.trace)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.2"/>')
        at = WIDTH - 330 + 80 * place
        parts.append(f'<text x="{at}" y="{top + 18}" fill="{colour}">● {name}</text>')
    base = plot_top + plot_height + SOC + 8
    points = " ".join(f"{x(item[0]):.1f},{base - SOC * item[5] / 100:.1f}" for item in outcome.trace)
    parts.append(
        f'<polygon points="{LEFT},{base} {points} {x(hours):.1f},{base}" fill="#d6eaf8" stroke="#2980b9"/>'
    )
    parts.append(f'<text x="{LEFT - 6}" y="{base - SOC / 2:.1f}" text-anchor="end">SOC</text>')
    parts.append(f'<text x="{LEFT}" y="{base + 14}">0 h</text>')
    parts.append(f'<text x="{WIDTH - 20}" y="{base + 14}" text-anchor="end">{hours:.0f} h</text>')
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """About five round values between two bounds."""
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 5)
    first = math.ceil(low / step)
    return [step * i for i in range(first, math.floor(high / step) + 1)]
