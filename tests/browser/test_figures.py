"""What report pages show, number by number, against the answers of the API that they have fetched."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Response

from .conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

Values = list[float | None]

# Every kind of report, and every kind of entity and of answer at least once.
SPACE = (
    *("energycategory", "energyitem", "cost", "carbon", "load", "statistics", "output", "income"),
    *("efficiency", "saving", "plan", "prediction"),
)
OTHERS = (
    *("equipment/energycategory", "equipment/load", "combinedequipment/output", "tenant/carbon"),
    *("store/cost", "shopfloor/statistics", "shopfloor/saving", "meter/energycategory", "meter/cost"),
    *("meter/plan", "virtualmeter/carbon", "offlinemeter/energycategory", "offlinemeter/cost"),
)
REPORTS = (*(f"space/{kind}" for kind in SPACE), *OTHERS)
METERS = ("meter", "virtualmeter", "offlinemeter")
DIFFERENCES = ("saving", "plan")
REFERENCES_WITHIN_S = 180


def period() -> str:
    """Two closed days with those before, hour by hour."""
    end = date.today() - timedelta(days=2)  # noqa: DTZ011  (any closed days will do)
    return f"p={end - timedelta(days=2)}..{end}&cmp=previous&step=hourly"


def numbers_of(text: str) -> float | None:
    """The number of a cell; None for no data."""
    match = re.search(r"-?[\d,]+(?:\.\d+)?", text)
    return float(match.group().replace(",", "")) if match else None


def agrees(shown: str, value: float | None) -> bool:
    """Whether a cell shows the value, rounded to the digits it has."""
    found = numbers_of(shown)
    if found is None or value is None:
        return found is None and value is None and shown.strip() == "–"
    digits = re.search(r"\.(\d+)", shown)
    return abs(found - value) <= 0.5000001 * 10.0 ** -(len(digits[1]) if digits else 0)


def spelled(unit: str) -> str:
    """A unit as pages spell it."""
    return {"kgCO2e": "kg CO₂e", "m^3": "m³", "m3": "m³"}.get(unit, unit)


class Column(NamedTuple):
    """A series of an answer.

    Attributes:
        head: Its name with its unit, as the table has it.
        values: Its values.
        second: The maxima beside averages; empty where there are none.
        compared: The values of the comparison.
        total: The total of the values.
    """

    head: str
    values: Values
    second: Values
    compared: Values
    total: float | None


def columns_of(path: str, answer: dict[str, Any]) -> Iterator[Column]:
    """The series that the answer to a report holds."""
    entity, kind = path.split("/")
    saving = "_saving" if kind in DIFFERENCES else ""
    of = "_efficiency" if kind == "efficiency" else ""
    period, base = answer[f"reporting_period{of}"], answer[f"base_period{of}"]
    if entity in METERS:
        meter = answer[{"virtualmeter": "virtual_meter", "offlinemeter": "offline_meter"}.get(entity, entity)]
        head = f"{meter['energy_category_name']} [{spelled(meter['unit_of_measure'])}]"
        total = period[f"total_in_category{saving}"]
        yield Column(head, period[f"values{saving}"], [], base[f"values{saving}"], total)
        return
    members = ("sub_averages", "averages") if kind == "load" else (f"values{saving}", f"subtotals{saving}")
    totals = period["cumulations"] if kind == "efficiency" else period[members[1]]
    for i, name in enumerate(period["names"]):
        unit = period["units"][i]
        unit = {"kWh": "kW"}.get(unit, f"{unit}/h") if kind == "load" else unit
        before = base["names"].index(name) if name in base["names"] else None
        compared = base[members[0]][before] if before is not None else []
        second = period["sub_maximums"][i] if kind == "load" else []
        yield Column(f"{name} [{spelled(unit)}]", period[members[0]][i], second, compared, totals[i])


TABLE = """() => {
  const table = document.querySelector(".report table.tbl");
  const texts = (cells) => [...cells].map((cell) => cell.innerText);
  return {
    heads: texts(table.tHead.rows[0].cells),
    rows: [...table.tBodies[0].rows].map((row) => texts(row.cells)),
    foot: table.tFoot ? texts(table.tFoot.rows[0].cells) : [],
  };
}"""


def differing_cells(path: str, answer: dict[str, Any], table: dict[str, Any]) -> Iterator[str]:
    """Cells of the table that do not show what the answer holds."""
    heads: list[str] = [head.strip() for head in table["heads"]]
    known = [column for column in columns_of(path, answer) if column.head in heads]
    if not known:
        yield f"{path}: no column of the answer is in the table, {heads}"
    for column in known:
        first = heads.index(column.head)
        wanted = [values for values in (column.values, column.second, column.compared) if values]
        for at, values in enumerate(wanted, first):
            shown = [row[at] for row in table["rows"]]
            # What is compared may have fewer hours, or more, than what is shown.
            exact = at > first or len(shown) == len(values)
            full = [*values, *[None] * len(shown)][: len(shown)]
            bad = [(text, value) for text, value in zip(shown, full, strict=True) if not agrees(text, value)]
            if bad or not exact:
                yield f"{path}: {heads[at]}, {len(shown)} rows for {len(values)} values, differing: {bad[:3]}"
        if table["foot"] and not agrees(table["foot"][first], column.total):
            yield f"{path}: the foot of {column.head} is {table['foot'][first]}, not {column.total}"


def differing_charts(path: str, answer: dict[str, Any], label: str) -> Iterator[str]:
    """What the chart says of itself, against the answer: series, count of values, the highest."""
    told = re.findall(r"(?:^|\. )([^.]*?): (\d+) values from", label)
    known: dict[str, Values] = {}
    for column in columns_of(path, answer):
        known |= {column.head.rsplit(" [", 1)[0]: column.values}
        known |= {"Maximum": column.second} if column.second else {}
    if not told:
        yield f"{path}: the chart says nothing, {label!r}"
    for name, count in told:
        values = known.get(name)
        if values is None:
            yield f"{path}: the chart shows {name!r}, the answer has {sorted(known)}"
        elif sum(value is not None for value in values) != int(count) or int(count) == 0:
            yield f"{path}: the chart has {count} values of {name}, {label!r}"


def numbers_in(value: Any) -> Iterator[float]:
    """All numbers in an answer."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(one)


def unknown_figures(visitor: Visitor, path: str, answer: dict[str, Any]) -> Iterator[str]:
    """Headline figures that the answer does not hold.

    Percentages are shares in the API; figures side by side share a unit, so that some are in a larger one than
    the API's, and variances in its square.
    """
    known = list(numbers_in(answer))
    titles = visitor.page.eval_on_selector_all(
        ".kpi__value[title]", "all => all.map((one) => one.getAttribute('title'))"
    )
    figures = [title for title in titles if re.search(r"\d", title)]
    if not figures:
        yield f"{path}: no headline figure"
    for title in figures:
        shown = numbers_of(title)
        assert shown is not None
        scales = (100,) if "%" in title else (1, 1e-6) if "²" in title else (1, 1e-3)
        near = max(0.006, 1e-6 * abs(shown))
        if not any(abs(scale * one - shown) <= near for one in known for scale in scales):
            yield f"{path}: {title!r} is not in the answer"


def endpoint(path: str) -> str:
    """Where the page of a report gets its figures."""
    entity, kind = path.split("/")
    return f"/v1/reports/{entity}{'energy' if entity in METERS and kind == 'energycategory' else kind}?"


def open_report(visitor: Visitor, path: str) -> None:
    """Open a report; what is held against the past is computed after the site has come up, and waited for."""
    deadline_s = time.monotonic() + REFERENCES_WITHIN_S
    visitor.follow(f"/report/{path}?{period()}")
    visitor.settle()
    while visitor.page.locator(".state__title").count() and time.monotonic() < deadline_s:
        visitor.page.wait_for_timeout(1_000)
        visitor.open(f"/report/{path}?{period()}")
        visitor.settle()


def problems_of(visitor: Visitor, path: str, answers: list[Response]) -> Iterator[str]:
    """Whatever the open report shows and the answer does not hold."""
    fetched = [answer for answer in answers if endpoint(path) in answer.url]
    empty = visitor.page.locator(".state__title").all_inner_texts()
    if empty or not fetched:
        yield f"{path}: {empty or 'asked for nothing'}"
        return
    answer = fetched[-1].json()
    visitor.page.wait_for_selector(".report .chart canvas")
    label = visitor.page.locator(".report .chart").first.get_attribute("aria-label") or ""
    yield from differing_charts(path, answer, label)
    yield from unknown_figures(visitor, path, answer)
    visitor.page.keyboard.press("t")
    visitor.page.wait_for_selector(".report table.tbl")
    yield from differing_cells(path, answer, visitor.page.evaluate(TABLE))


def test_every_report_shows_the_figures_of_the_api(visit: Any) -> None:
    visitor: Visitor = visit().sign_in("/profile")
    answers: list[Response] = []
    visitor.page.on("response", lambda one: answers.append(one) if "/v1/reports/" in one.url else None)
    problems: list[str] = []
    for path in REPORTS:
        answers.clear()
        open_report(visitor, path)
        problems += problems_of(visitor, path, answers)
    assert not problems, "\n".join(problems)
