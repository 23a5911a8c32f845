"""Outcomes as one SVG: for each variant the powers, and below them state of charge and price."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from ems_edge_control.simulation.ledger import Outcome, Point

WIDTH, ROW = 1040.0, 330.0
LEFT, RIGHT, TOP, GAP, SOC, BOTTOM = 64.0, 64.0, 44.0, 14.0, 70.0, 34.0
INK, FAINT, RULE, PRICE = "#2b3440", "#6b7682", "#e3e7eb", "#7b6cb5"
# The colours of the reports, which stay apart for colour-blind readers and in grey.
LINES: tuple[tuple[str, str, str], ...] = (
    ("grid", "grid_kw", "#c8553d"),
    ("load", "load_kw", "#8a817c"),
    ("PV", "pv_kw", "#f3a712"),
    ("battery", "battery_kw", "#2a6f97"),
    ("cars", "charger_kw", "#4c956c"),
)
TICK_HOURS = (1, 2, 3, 6, 12, 24, 48, 168, 336, 730, 2190)
Place = Callable[[float], float]


def svg(outcomes: Sequence[Outcome], title: str = "") -> str:
    """The picture; all variants share one scale of power, so that they can be compared by eye."""
    drawn = [o for o in outcomes if o.course]
    head = 34.0 if title else 8.0
    height = head + len(drawn) * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img"'
        ' font-family="DejaVu Sans, Noto Sans, sans-serif" font-size="12">',
        f'<rect width="{WIDTH:g}" height="{height:g}" fill="white"/>',
    ]
    if title:
        parts.append(_text(LEFT, 24, title, weight="bold", size=16))
    values = [getattr(p, name) for o in drawn for p in o.course for _, name, _ in LINES]
    ticks = _ticks(min(0.0, *values), max(1.0, *values)) if values else [0.0, 1.0]
    for number, outcome in enumerate(drawn):
        parts += _row(outcome, head + number * ROW, ticks)
    return "\n".join([*parts, "</svg>\n"])


def _row(outcome: Outcome, top: float, ticks: Sequence[float]) -> Iterator[str]:
    course = outcome.course
    begin, end = course[0].time_s, _end_s(course)
    low, high = ticks[0], ticks[-1]
    plot_top, plot_height = top + TOP, ROW - TOP - GAP - SOC - BOTTOM

    def x(time_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (time_s - begin) / (end - begin)

    def y(power: float) -> float:
        return plot_top + plot_height * (high - power) / (high - low)

    yield _text(LEFT, top + 16, outcome.name, weight="bold", size=13)
    yield _text(LEFT, top + 32, _summary(outcome), colour=FAINT)
    yield from _legend(outcome, top + 16)
    for tick in ticks:
        yield _rule(LEFT, WIDTH - RIGHT, y(tick), FAINT if tick == 0 else RULE)
        yield _text(LEFT - 6, y(tick) + 4, f"{tick:g}", anchor="end")
    yield _text(LEFT - 6, plot_top - 6, "kW", anchor="end", colour=FAINT)
    for _, name, colour in _present(outcome):
        yield _steps(course, end, lambda p, name=name: getattr(p, name), x, y, colour)  # type: ignore[misc]
    yield from _lower(outcome, plot_top + plot_height + GAP, end, x)
    yield from _hours(outcome, plot_top, top + ROW - BOTTOM, x, begin, end)


def _lower(outcome: Outcome, top: float, end: float, x: Place) -> Iterator[str]:
    """State of charge as an area from 0 to 100 %, the price as a line with its own scale."""
    course = outcome.course
    base = top + SOC

    def level(percent: float) -> float:
        return base - SOC * percent / 100

    points = " ".join(f"{x(p.time_s):.1f},{level(p.soc_percent):.1f}" for p in course)
    if outcome.highest_soc >= outcome.lowest_soc:
        yield (
            f'<polygon points="{LEFT:g},{base:.1f} {points} {x(course[-1].time_s):.1f},{base:.1f}"'
            ' fill="#d6e6f0" stroke="#2a6f97" stroke-width="1"/>'
        )
    for percent in (0, 50, 100):
        yield _rule(LEFT, WIDTH - RIGHT, level(percent), RULE)
        yield _text(LEFT - 6, level(percent) + 4, f"{percent} %", anchor="end")
    prices = [p.price for p in course]
    low, high = min(0.0, *prices), max(prices)
    if high > low:
        yield _steps(
            course, end, lambda p: p.price, x, lambda v: base - SOC * (v - low) / (high - low), PRICE
        )
        yield _text(WIDTH - RIGHT + 6, top + 4, f"{high:g}", colour=PRICE)
        yield _text(WIDTH - RIGHT + 6, base + 4, f"{low:g}", colour=PRICE)


def _hours(outcome: Outcome, top: float, base: float, x: Place, begin: float, end: float) -> Iterator[str]:
    """Local time along the bottom: hours within two days, else dates."""
    step_h = next((s for s in TICK_HOURS if (end - begin) / 3600 / s <= 12), TICK_HOURS[-1])
    first = datetime.fromtimestamp(begin, UTC).astimezone(outcome.zone)
    at = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    while True:
        local = at.replace(tzinfo=outcome.zone)
        time_s = local.timestamp()
        if time_s > end:
            return
        if time_s >= begin:
            label = f"{local:%H:%M}" if step_h < 24 and local.hour else f"{local:%d %b}"
            yield (
                f'<line x1="{x(time_s):.1f}" x2="{x(time_s):.1f}" y1="{top:.1f}" y2="{base:.1f}"'
                f' stroke="{RULE}"/>'
            )
            yield _text(x(time_s), base + 16, label, anchor="middle")
        at += timedelta(hours=step_h)


def _summary(outcome: Outcome) -> str:
    parts = [
        f"peak {outcome.peak_kw:,.0f} kW",
        f"bought {outcome.bought_kwh:,.0f} kWh",
        f"sold {outcome.sold_kwh:,.0f} kWh",
        f"{outcome.cycles:.1f} cycles",
        f"cost {outcome.cost:,.2f}",
    ]
    if outcome.saved is not None:
        parts.append(f"saved {outcome.saved:,.2f}")
    return " · ".join(parts)


def _present(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Lines that are not zero throughout."""
    return [line for line in LINES if any(getattr(p, line[1]) for p in outcome.course)]


def _legend(outcome: Outcome, y: float) -> Iterator[str]:
    names = [(name, colour) for name, _, colour in _present(outcome)]
    for place, (name, colour) in enumerate([*names, ("price", PRICE)]):
        at = WIDTH - RIGHT - 78 * (len(names) + 1 - place)
        yield f'<rect x="{at:.0f}" y="{y - 7:.0f}" width="14" height="4" fill="{colour}"/>'
        yield _text(at + 19, y, name)


def _steps(
    course: Sequence[Point], end: float, value: Callable[[Point], float], x: Place, y: Place, colour: str
) -> str:
    """Means of slots: flat within a slot."""
    ends = [*(p.time_s for p in course[1:]), end]
    points = " ".join(
        f"{x(p.time_s):.1f},{y(value(p)):.1f} {x(until):.1f},{y(value(p)):.1f}"
        for p, until in zip(course, ends, strict=True)
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.4"'
        ' stroke-linejoin="round"/>'
    )


def _end_s(course: Sequence[Point]) -> float:
    step_s = course[1].time_s - course[0].time_s if len(course) > 1 else 1.0
    return course[-1].time_s + step_s


def _rule(left: float, right: float, y: float, colour: str) -> str:
    return f'<line x1="{left:g}" x2="{right:g}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>'


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    colour: str = INK,
    weight: str = "normal",
    size: int = 12,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}"'
        f' font-size="{size}">{escape(text)}</text>'
    )


def _ticks(low: float, high: float) -> list[float]:
    """About five round values that enclose two bounds."""
    rough = (high - low) / 4
    step = 10.0 ** math.floor(math.log10(rough))
    step *= next(m for m in (1, 2, 5, 10) if step * m >= rough)
    return [step * i for i in range(math.floor(low / step), math.ceil(high / step) + 1)]
