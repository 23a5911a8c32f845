"""What pages show when an answer is refused or fails; a report by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import Visitor
from .test_looks import SEES_ALL, WEB_PAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

# A page of every component; `EMS_TEST_LOOKS=all` tries all pages.
KINDS = (
    *("home", "flow", "meters", "energy", "load", "meter", "batch", "compare", "energy-flow", "map"),
    *("registers", "balance", "meter-detail", "single-line", "environment", "storage", "control"),
    *("bill", "files", "schedules", "documents", "budgets", "explore", "alarms"),
)
NAMES = tuple(WEB_PAGES) if SEES_ALL else KINDS
# They ask for nothing of the site; the flow has come by the stream before.
QUIET = {"builder", "kiosk", "profile", "notfound", "flow"}
# Who, where and when: without it there is no page at all.
FRAME = ("/v1/site", "/v1/spaces/tree", "/v1/users/me", "/v1/webmessagesnew")


def refuse(page: Page, status: int, key: str) -> None:
    """Let every question but those of the frame end with a status."""

    def answer(route: Route) -> None:
        if any(path in route.request.url for path in FRAME):
            route.continue_()
        else:
            route.fulfill(status=status, json={"title": "API.BAD_REQUEST", "description": key})

    page.route("**/api/v1/**", answer)


def states(visitor: Visitor) -> list[str]:
    """What the widgets of the open page say instead of data."""
    visitor.settle()
    return visitor.page.locator(".state__title").all_inner_texts()


def walk(visitor: Visitor, wanted: str) -> list[str]:
    """Pages that do not say what is wanted."""
    silent = []
    for name in NAMES:
        visitor.follow(WEB_PAGES[name])
        found = states(visitor)
        if wanted not in found and name not in QUIET:
            silent.append(f"{name}: {found}")
    return silent


def test_every_page_says_that_the_account_may_not_see_it(visit: Any) -> None:
    visitor = visit(allowed=("403", "Failed to load resource")).sign_in("/profile")
    refuse(visitor.page, 403, "API.INVALID_PRIVILEGE")
    assert walk(visitor, "Not within your rights") == []


def test_what_failed_is_said_where_it_failed_and_tried_again(visit: Any) -> None:
    visitor = visit(allowed=("500", "Failed to load resource")).sign_in("/profile")
    page = visitor.page
    refuse(page, 500, "API.INTERNAL_SERVER_ERROR")
    visitor.follow(WEB_PAGES["energy"])
    assert states(visitor) == ["This did not work"]
    page.unroute_all(behavior="wait")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".kpi__value")


def test_a_lost_connection_is_said(visit: Any) -> None:
    visitor = visit(allowed=("ERR_FAILED", "Failed to load resource")).sign_in("/profile")
    visitor.page.route("**/api/v1/reports/**", lambda route: route.abort())
    visitor.follow(WEB_PAGES["batch"])
    assert states(visitor) == ["No connection"]


def test_a_report_is_reached_changed_and_exported_by_keyboard_alone(visit: Any) -> None:
    visitor: Visitor = visit()
    visitor.open("/")
    page = visitor.page
    page.wait_for_selector("input[name=username]")
    tab_to(page, "username")
    page.keyboard.type("administrator")
    tab_to(page, "password")
    page.keyboard.type(visitor.site.passwords["administrator"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#main h1")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/report/space/cost")
    visitor.settle()
    period = page.get_by_title("Choose the period").first
    tab_to(page, "Choose the period")
    page.keyboard.press("Enter")
    tab_to(page, "Yesterday")
    page.keyboard.press("Enter")
    page.wait_for_url("**p=yesterday*")
    expect(period).to_be_focused()
    visitor.settle()
    tab_to(page, "Export")
    page.keyboard.press("Enter")
    tab_to(page, "Whole report")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".xlsx")
    expect(page.get_by_role("button", name="Export")).to_be_focused()


FOCUSED = """() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const isSeen = element.matches(":focus-visible") && (style.outlineStyle !== "none" || style.boxShadow !== "none");
  return {name: `${element.name ?? ""} ${element.title} ${element.innerText ?? ""}`, isSeen};
}"""
MOST_TABS = 80


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of a name has the focus; it must be seen on each one along the way."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        assert found["isSeen"], found
        if name in found["name"]:
            return
    raise AssertionError(f"{name} is not reached by Tab")
