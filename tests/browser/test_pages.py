"""Every page for every role; figures on the pages beside the reports against the API's own."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from .conftest import Api, Site, Visitor
from .test_looks import WEB_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

EMPTY_CHART = re.compile(r"\b0 values\b")
VIEWER = "browser.viewer"


@pytest.fixture(scope="module")
def viewer(site: Site, api: Api) -> Iterator[str]:
    """An account that may only look at one building."""
    building = api.get("/spaces/tree")["children"][0]["id"]
    privilege = {
        "name": "Browser viewer",
        "data": json.dumps({"spaces": [building], "role": "viewer"}),
    }
    api.call("POST", "/privileges", {"data": privilege})
    key = next(one["id"] for one in api.get("/privileges") if one["name"] == "Browser viewer")
    password = secrets.token_urlsafe(12)
    user = {
        "name": VIEWER,
        "display_name": "Viewer",
        "email": "viewer@browser.example",
        "is_admin": False,
        "is_read_only": False,
        "privilege_id": key,
        "password": password,
        "account_expiration_datetime": "2099-12-31T16:00:00",
        "password_expiration_datetime": "2099-12-31T16:00:00",
    }
    api.call("POST", "/users", {"data": user})
    site.passwords[VIEWER] = password
    yield VIEWER
    made = next(one["id"] for one in api.get("/users") if one["name"] == VIEWER)
    api.call("DELETE", f"/users/{made}")
    api.call("DELETE", f"/privileges/{key}")


def problems_of(visitor: Visitor, name: str) -> list[str]:
    """What is wrong with the page that is open."""
    found = [f"{name}: {text}" for text in visitor.page.locator(".state--error").all_inner_texts()]
    labels = [chart.get_attribute("aria-label") or "" for chart in visitor.page.locator(".chart").all()]
    return found + [f"{name}: an empty chart, {label}" for label in labels if EMPTY_CHART.search(label)]


@pytest.mark.parametrize("role", ["administrator", "manager", "viewer"])
def test_every_page_opens_without_a_fault(visit: Any, role: str, request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue("viewer") if role == "viewer" else role
    # A meter of another building is out of their reach, and said to be.
    allowed = () if role == "administrator" else ("/meters/101", "meterid=101", "Failed to load resource")
    visitor = visit(allowed=allowed).sign_in("/", account=account)
    problems: list[str] = []
    for name, path in WEB_PAGES.items():
        visitor.open(path)
        visitor.settle()
        problems += problems_of(visitor, name)
        assert visitor.page.locator("h1").count() == 1
    assert not problems, "\n".join(problems)


def last_week() -> tuple[str, str]:
    """A closed period, as the address and as the reports have it."""
    end = date.today() - timedelta(days=1)  # noqa: DTZ011  (any closed days will do)
    start = end - timedelta(days=3)
    reports = f"reportingperiodstartdatetime={start}T00:00:00&reportingperiodenddatetime={end}T00:00:00"
    return f"p={start}..{end}", reports


def number(text: str) -> float:
    """The number in a text."""
    match = re.search(r"-?[\d,]+(?:\.\d+)?", text)
    assert match, text
    return float(match.group().replace(",", ""))


def test_a_bill_is_the_apis_to_the_penny(visit: Any, api: Api) -> None:
    address, reports = last_week()
    visitor = visit().sign_in(f"/bill?{address}&id=1")
    visitor.settle()
    total = api.get(f"/reports/tenantbill?tenantid=1&{reports}")["reporting_period"]["total_cost"]
    shown = number(visitor.page.locator(".bill__total strong").inner_text())
    assert shown == pytest.approx(total, abs=0.005)


def test_a_table_side_by_side_holds_the_apis_values(visit: Any, api: Api) -> None:
    address, reports = last_week()
    visitor = visit().sign_in(f"/batch/tenant?{address}")
    visitor.settle()
    wanted = {
        row["tenant_name"]: row["values"][0]
        for row in api.get(f"/reports/tenantbatch?spaceid=1&{reports}")["tenants"]
    }
    rows = visitor.page.locator("table.tbl tbody tr")
    shown = {
        row.locator("th").inner_text(): number(row.locator(".share-cell").first.get_attribute("title") or "")
        for row in rows.all()
    }
    assert shown == pytest.approx(wanted, abs=0.01)
    assert list(shown.values()) == sorted(shown.values(), reverse=True)


def test_registers_differ_by_what_the_api_says(visit: Any, api: Api) -> None:
    address, reports = last_week()
    visitor = visit().sign_in(f"/meters/registers?{address}")
    visitor.settle()
    answer = api.get(f"/reports/metertracking?spaceid=1&energyCategory=all&{reports}")
    first = visitor.page.locator("table.tbl tbody tr").first
    wanted = next(m for m in answer["meters"] if m["meter_name"] == first.locator("th").inner_text())
    assert number(first.locator("td").last.inner_text()) == pytest.approx(
        wanted["difference_value"], abs=0.01
    )


def test_the_palette_finds_a_meter_by_words_of_its_name(visit: Any) -> None:
    visitor = visit().sign_in("/")
    visitor.settle()
    visitor.page.keyboard.press("/")
    visitor.page.fill("dialog input[type=search]", "faraday incomer")
    visitor.page.wait_for_selector(".palette [role=option]:has-text('E-101')")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/meters/101*")


def test_a_wall_screen_turns_its_pages_and_ends_with_escape(visit: Any) -> None:
    visitor = visit().sign_in("/kiosk?start=1&every=5&page=/flow&page=/map")
    visitor.page.wait_for_url("**/flow")
    assert visitor.page.locator(".rail").count() == 0
    visitor.page.wait_for_url("**/map")
    visitor.page.keyboard.press("Escape")
    visitor.page.wait_for_selector(".rail")


def test_a_page_from_right_to_left_is_whole(visit: Any) -> None:
    visitor = visit().sign_in("/")
    for name in ("home", "energy", "batch"):
        visitor.open(WEB_PAGES[name])
        visitor.settle()
        visitor.page.evaluate("document.documentElement.dir = 'rtl'")
        visitor.screenshot(f"web-{name}-rtl")
        rail = visitor.page.locator(".rail").bounding_box()
        assert rail is not None
        assert rail["x"] > 1000
        assert visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
