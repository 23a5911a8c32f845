"""Budgets and explored series on the screen against the API's own numbers."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Response, expect

from .conftest import Api, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def number(text: str) -> float:
    """The number in a text."""
    match = re.search(r"-?[\d,]+(?:\.\d+)?", text)
    assert match, text
    return float(match.group().replace(",", ""))


def closed_days() -> tuple[str, str]:
    """Three days that are over, as the address and as the series have them."""
    end = date.today() - timedelta(days=1)  # noqa: DTZ011  (any closed days will do)
    start = end - timedelta(days=3)
    return f"p={start}..{end}", f"start={start}T00:00:00&end={end}T00:00:00"


@pytest.fixture(scope="module")
def budget(api: Api) -> Iterator[dict[str, Any]]:
    """The cost of the campus in the present month, and of the year."""
    today = date.today()  # noqa: DTZ011  (the site's month is the machine's but for some minutes)
    body = {
        "name": f"Cost {uuid.uuid4().hex[:6]}",
        "space_id": 1,
        "measure": "cost",
        "period": "month",
        "starts_on": today.replace(day=1).isoformat(),
        "amount": 50_000,
    }
    api.call("POST", "/v1/budgets", {"data": body})
    found = next(one for one in api.get("/v1/budgets") if one["name"] == body["name"])
    yield found
    api.call("DELETE", f"/v1/budgets/{found['id']}")


def test_a_budget_burns_by_what_the_api_says_was_used(visit: Any, api: Api, budget: dict[str, Any]) -> None:
    visitor: Visitor = visit()
    answers: list[Response] = []
    visitor.page.on(
        "response", lambda r: answers.append(r) if f"/v1/budgets/{budget['id']}/use" in r.url else None
    )
    visitor.sign_in(f"/budgets?id={budget['id']}")
    visitor.settle()
    told = answers[-1].json()
    figures = visitor.page.locator(".budget .kpi__value")
    shown = [number(figures.nth(i).get_attribute("title") or "") for i in range(4)]
    assert shown[0] == told["amount"] == 50_000
    assert shown[1] == pytest.approx(told["used"], abs=0.01)
    assert shown[2] == pytest.approx(abs(told["left"]), abs=0.01), "what is left, or what is too much"
    assert shown[3] == pytest.approx(told["expected"], abs=0.01)
    row = visitor.page.locator("table.tbl tbody tr", has_text=budget["name"])
    used_percent = 100 * told["used"] / 50_000
    assert number(row.locator(".use-bar__text").inner_text()) == pytest.approx(used_percent, abs=0.6)
    # What was used is the sum of the days that are over, as the plain series has them.
    over = [day for day in told["days"] if day["left"] is not None and day["used"] is not None]
    if over:
        end = date.fromisoformat(over[-1]["date"]) + timedelta(days=1)
        period = f"start={over[0]['date']}T00:00:00&end={end}T00:00:00"
        series = api.get(f"/v1/spaces/1/billing/daily?{period}")["series"]
        sums = sum(value["value"] or 0 for one in series for value in one["values"])
        assert sum(day["used"] for day in over) == pytest.approx(sums, abs=0.01)


def test_a_budget_for_every_month_is_set_and_deleted(visit: Any, api: Api) -> None:
    visitor: Visitor = visit().sign_in("/budgets?p=this-year")
    visitor.settle()
    page, name = visitor.page, f"Carbon {uuid.uuid4().hex[:6]}"
    page.get_by_role("button", name="New budget").first.click()
    form = page.locator("dialog")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Measure").select_option(label="Carbon")
    form.get_by_label("The same for every month").check()
    form.get_by_label(re.compile("^Budget")).fill("1000")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("table.tbl tbody tr", has_text=name)).to_have_count(12)
    made = [one for one in api.get("/v1/budgets") if one["name"].startswith(name)]
    assert sorted(one["starts_on"][5:7] for one in made) == [f"{month:02d}" for month in range(1, 13)]
    assert {(one["amount"], one["measure"], one["period"]) for one in made} == {(1000, "carbon", "month")}
    page.get_by_role("button", name=f"{name} · January").click()
    page.get_by_role("button", name="Delete the budget").click()
    page.locator("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("table.tbl tbody tr", has_text=name)).to_have_count(11)
    for one in made:
        if not one["starts_on"].endswith("-01-01"):
            api.call("DELETE", f"/v1/budgets/{one['id']}")


def test_explored_series_are_the_apis_in_table_and_file(visit: Any, api: Api, tmp_path: Path) -> None:
    address, period = closed_days()
    series = "energy.meter.101.0~point.900101"
    visitor: Visitor = visit().sign_in(f"/explore?s={series}&{address}&step=daily&cmp=none")
    visitor.settle()
    page = visitor.page
    energy = api.get(f"/v1/meters/101/energy/daily?{period}")["series"][0]["values"]
    point = api.get(f"/v1/points/900101/values/daily?{period}")["values"]
    page.keyboard.press("t")
    rows = page.locator("table.tbl tbody tr").all()
    cells = [[number(cell) for cell in row.locator("td").all_inner_texts()] for row in rows]
    wanted = [[one["value"], other["mean"]] for one, other in zip(energy, point, strict=True)]
    assert len(cells) == len(wanted) == 3
    for shown, told in zip(cells, wanted, strict=True):
        assert shown == pytest.approx(told, abs=0.01)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Values shown").click()
    target = tmp_path / "explore.csv"
    download.value.save_as(target)
    read = list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    assert [[float(cell) for cell in line[1:]] for line in read[1:]] == wanted


def test_every_view_of_explored_series_is_in_the_address_and_saved_as_picture(visit: Any) -> None:
    visitor: Visitor = visit().sign_in("/explore?p=last-7-days&cmp=none")
    visitor.settle()
    page = visitor.page
    page.get_by_role("button", name="Outdoor temperature").click()
    expect(page.locator(".chip")).to_have_count(2)
    for view in ("Duration curve", "Heat map", "Scatter"):
        page.get_by_role("radio", name=view).click()
        visitor.settle()
        expect(page.locator(".chart canvas").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Picture").click()
        assert Path(download.value.path()).read_bytes()[:4] == b"\x89PNG"
    address = page.url
    assert "view=scatter" in address
    assert "point.900101" in address
    page.reload()
    visitor.settle()
    expect(page.locator(".chip")).to_have_count(2)
    expect(page.get_by_role("radio", name="Scatter")).to_be_checked()
    page.go_back()
    expect(page.get_by_role("radio", name="Heat map")).to_be_checked()


def test_series_are_added_and_taken_away_by_keyboard(visit: Any) -> None:
    visitor: Visitor = visit().sign_in("/explore?p=yesterday&cmp=none")
    visitor.settle()
    page = visitor.page
    page.get_by_role("button", name="Add series").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Add series")
    panel.get_by_label("Kind of entity").select_option(label="Meter")
    panel.get_by_role("searchbox").fill("E-101")
    found = panel.locator(".series-list button").first
    found.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Take away")).last.click()
    expect(page.locator(".chip")).to_have_count(1)
