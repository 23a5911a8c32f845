"""Every page for every role; figures on the pages beside the reports against the API's own."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from .conftest import Api, Site, Visitor
from .test_looks import WEB_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

EMPTY_CHART = re.compile(r"\b0 (?:values|Werte)\b|0 个值")
FOREVER = "2099-12-31T16:00:00"


@dataclass(frozen=True)
class Role:
    """A kind of user, and how the pages are looked at with it.

    Attributes:
        name: Also the account's name.
        language: Of the pages; the roles share out the languages.
        is_admin: Whether the account administrates.
        is_read_only: Whether it may only read.
        privilege: What the account may and where, besides the space of a building; None = it has none.
    """

    name: str
    language: str
    is_admin: bool = False
    is_read_only: bool = False
    privilege: dict[str, Any] | None = None

    @property
    def sees_all(self) -> bool:
        """Whether nothing of the site is out of reach."""
        return self.is_admin or (self.privilege or {}).get("whole_site") is True


READS = {"spaces": ["read"], "live": ["read"], "energy-reports": ["read"]}
ROLES = (
    Role("administrator", "en", is_admin=True),
    Role("reading.administrator", "de", is_admin=True, is_read_only=True),
    Role("energy.manager", "zh", privilege={"whole_site": True, "role": "energy_manager"}),
    Role("facility.manager", "en", privilege={"role": "facility_manager"}),
    Role("viewer", "de", privilege={"role": "viewer"}),
    Role("reader", "en", privilege={"permissions": READS}),
)


def id_of(api: Api, path: str, name: str) -> int:
    """The key of the row of this name."""
    return next(int(one["id"]) for one in api.get(path) if one["name"] == name)


def install(site: Site, api: Api, role: Role) -> list[str]:
    """Make the account of a role; answers what has to be removed again, in order."""
    removals: list[str] = []
    privilege = None
    if role.privilege is not None:
        building = api.get("/spaces/tree")["children"][0]["id"]
        data = json.dumps({"spaces": [building], **role.privilege})
        api.call("POST", "/privileges", {"data": {"name": role.name, "data": data}})
        privilege = id_of(api, "/privileges", role.name)
        removals.append(f"/privileges/{privilege}")
    site.passwords[role.name] = secrets.token_urlsafe(12)
    user = {
        "name": role.name,
        "display_name": role.name,
        "email": f"{role.name}@browser.example",
        "is_admin": role.is_admin,
        "is_read_only": role.is_read_only,
        "privilege_id": privilege,
        "password": site.passwords[role.name],
        "account_expiration_datetime": FOREVER,
        "password_expiration_datetime": FOREVER,
    }
    api.call("POST", "/users", {"data": user})
    return [f"/users/{id_of(api, '/users', role.name)}", *removals]


@pytest.fixture(scope="module")
def accounts(site: Site, api: Api) -> Iterator[None]:
    """An account for every role."""
    removals = [install(site, api, role) for role in ROLES if role.name not in site.passwords]
    yield
    for paths in removals:
        for path in paths:
            api.call("DELETE", path)


def problems_of(visitor: Visitor, name: str) -> list[str]:
    """What is wrong with the page that is open."""
    page = visitor.page
    found = [f"{name}: {text}" for text in page.locator(".state--error").all_inner_texts()]
    labels = [chart.get_attribute("aria-label") or "" for chart in page.locator(".chart").all()]
    found += [f"{name}: an empty chart, {label}" for label in labels if EMPTY_CHART.search(label)]
    if page.locator("h1").count() != 1:
        found.append(f"{name}: {page.locator('h1').count()} headings of the first level")
    body = page.inner_text("body")
    found += [f"{name}: an untranslated text, {mark}" for mark in ("{{", "nav.") if mark in body]
    return found


@pytest.mark.usefixtures("accounts")
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_page_opens_without_a_fault(visit: Any, role: Role) -> None:
    # A meter of another building is out of their reach, and said to be.
    beyond = ("/meters/101", "meterid=101", "/points/900101", "/spaces/1/", "Failed to load resource")
    allowed = () if role.sees_all else beyond
    visitor = visit(allowed=allowed, language=role.language).sign_in("/", account=role.name)
    problems: list[str] = []
    for name, path in WEB_PAGES.items():
        # The first role loads every address afresh, as a bookmark does; the others go on from page to page.
        go = visitor.open if role is ROLES[0] else visitor.follow
        go(path)
        visitor.settle()
        problems += problems_of(visitor, name)
        assert (visitor.page.get_attribute("html", "lang") or "").startswith(role.language)
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
    total = api.get(f"/v1/reports/tenantbill?tenantid=1&{reports}")["reporting_period"]["total_cost"]
    shown = number(visitor.page.locator(".bill__total strong").inner_text())
    assert shown == pytest.approx(total, abs=0.005)


def test_a_table_side_by_side_holds_the_apis_values(visit: Any, api: Api) -> None:
    address, reports = last_week()
    visitor = visit().sign_in(f"/batch/tenant?{address}")
    visitor.settle()
    wanted = {
        row["tenant_name"]: row["values"][0]
        for row in api.get(f"/v1/reports/tenantbatch?spaceid=1&{reports}")["tenants"]
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
    answer = api.get(f"/v1/reports/metertracking?spaceid=1&energyCategory=all&{reports}")
    first = visitor.page.locator("table.tbl tbody tr").first
    wanted = next(m for m in answer["meters"] if m["meter_name"] == first.locator("th").inner_text())
    shown = first.locator("td").last.inner_text()
    assert number(shown) == pytest.approx(wanted["difference_value"], abs=0.01)
    assert shown.endswith("kWh")


def test_the_palette_finds_a_meter_by_words_of_its_name(visit: Any) -> None:
    visitor = visit().sign_in("/")
    visitor.settle()
    visitor.page.keyboard.press("/")
    visitor.page.fill("dialog input[type=search]", "faraday incomer")
    visitor.page.wait_for_selector(".palette [role=option]:has-text('E-101')")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/meters/101*")


def test_a_wall_screen_shows_all_of_its_pages_and_ends_with_escape(visit: Any) -> None:
    # So low that a page does not fit: what is below is shown before the next one is.
    visitor = visit(size={"width": 1440, "height": 500}).sign_in(
        "/kiosk?start=1&every=5&page=/flow&page=/map"
    )
    visitor.page.wait_for_url("**/flow")
    assert visitor.page.locator(".rail").count() == 0
    visitor.page.wait_for_function("() => location.pathname === '/flow' && scrollY > 0")
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
