"""Reports on screen against the API's own numbers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Response

from .conftest import Api, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def number(text: str) -> float:
    """The number in a figure, without its unit."""
    match = re.search(r"-?[\d,]+(?:\.\d+)?", text)
    assert match, text
    return float(match.group().replace(",", ""))


def headline(visitor: Visitor) -> tuple[float, str]:
    """The first headline figure and its exact text on hover."""
    value = visitor.page.locator(".kpi__value").first
    return number(value.get_attribute("title") or ""), value.inner_text()


class Reports:
    """The API's answers that the page shows; asking again could meet hours that have come since."""

    def __init__(self, visitor: Visitor, kind: str) -> None:
        self._responses: list[Response] = []
        visitor.page.on(
            "response", lambda r: self._responses.insert(0, r) if f"/reports/{kind}" in r.url else None
        )

    def newest(self) -> dict[str, Any]:
        """The newest answer."""
        answer: dict[str, Any] = self._responses[0].json()
        return answer

    def query(self) -> dict[str, list[str]]:
        """What was asked for the newest answer."""
        return parse_qs(urlparse(self._responses[0].url).query)


def test_the_figures_are_the_apis_and_follow_the_period(visit: Any) -> None:
    visitor = visit()
    reports = Reports(visitor, "spaceenergycategory")
    visitor.sign_in("/report/space/energycategory?p=last-7-days")
    visitor.settle()
    week, shown_week = headline(visitor)
    answer = reports.newest()
    assert week == pytest.approx(answer["reporting_period"]["subtotals"][0], abs=0.01)

    visitor.page.click("button[title='Choose the period']")
    with visitor.page.expect_response("**/reports/spaceenergycategory?**"):
        visitor.page.click("button:has-text('Yesterday')")
    visitor.page.wait_for_url("**p=yesterday*")
    visitor.settle()
    day, shown_day = headline(visitor)
    answer = reports.newest()
    assert day == pytest.approx(answer["reporting_period"]["subtotals"][0], abs=0.01)
    assert shown_day != shown_week
    query = reports.query()
    assert query["periodtype"] == ["hourly"]
    assert query["quickmode"] == ["true"]


def test_going_back_restores_the_period_before(visit: Any) -> None:
    visitor = visit().sign_in("/report/space/cost?p=yesterday")
    visitor.settle()
    visitor.page.click("button[aria-label='Earlier period']")
    visitor.page.wait_for_url(re.compile(r"p=\d{4}-\d\d-\d\d\.\."))
    visitor.page.go_back()
    visitor.page.wait_for_url("**p=yesterday*")


def test_dragging_across_the_chart_makes_that_the_period(visit: Any) -> None:
    visitor = visit().sign_in("/report/space/energycategory?p=last-7-days&cmp=none")
    visitor.settle()
    visitor.page.wait_for_selector(".chart canvas")
    box = visitor.page.locator(".chart").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    visitor.page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=8)
    visitor.page.mouse.up()
    visitor.page.wait_for_url(re.compile(r"p=\d{4}-\d\d-\d\d\.\."))
    visitor.settle()


def test_the_csv_holds_what_is_shown(visit: Any) -> None:
    visitor = visit().sign_in("/report/space/energycategory?p=yesterday&cmp=none")
    visitor.settle()
    visitor.page.click("button:has-text('Export')")
    with visitor.page.expect_download() as download:
        visitor.page.click("button:has-text('CSV')")
    # The mark of UTF-8 at the begin is for spreadsheets.
    lines = download.value.path().read_text(encoding="utf-8-sig").strip().splitlines()
    assert len(lines) == 25
    assert lines[0].startswith("Time,")


@pytest.mark.parametrize(
    ("form", "begin"), [("XLSX", b"PK"), ("PDF", b"%PDF"), ("PNG", b"\x89PNG"), ("SVG", b"<")]
)
def test_the_whole_report_comes_as_a_file(visit: Any, form: str, begin: bytes) -> None:
    visitor = visit().sign_in("/report/space/energycategory?p=yesterday&cmp=none")
    visitor.settle()
    visitor.page.click("button:has-text('Export')")
    with visitor.page.expect_download() as download:
        visitor.page.click(f".menu__item:has-text('{form}')")
    assert download.value.suggested_filename.endswith(f".{form.lower()}")
    assert download.value.path().read_bytes().startswith(begin)


def test_a_comparison_period_of_ones_own_is_in_the_address_and_asked_for(visit: Any) -> None:
    visitor = visit()
    reports = Reports(visitor, "spaceenergycategory")
    visitor.sign_in("/report/space/energycategory?p=2026-01-08..2026-01-10&cmp=2026-01-01..2026-01-03")
    visitor.settle()
    query = reports.query()
    assert query["baseperiodstartdatetime"] == ["2026-01-01T00:00:00"]
    assert query["baseperiodenddatetime"] == ["2026-01-03T00:00:00"]


def test_the_manager_sees_the_own_building_only(visit: Any, api: Api) -> None:
    visitor = visit().sign_in("/", account="manager")
    visitor.settle()
    root = api.get("/spaces/tree")
    shown = visitor.page.locator(".picker--space .picker__text").inner_text()
    assert shown != root["name"]
    assert visitor.page.locator("a[href='/admin/']").count() == 0


def test_another_building_is_not_within_the_managers_rights(visit: Any, api: Api) -> None:
    root = api.get("/spaces/tree")
    visitor = visit(allowed=("/api/v1/reports/", "Failed to load resource"))
    visitor.sign_in(f"/report/space/energycategory?space={root['id']}", account="manager")
    visitor.settle()
    assert visitor.page.locator(".kpi__value").count() == 0
    assert visitor.page.locator(".state").count() >= 1
