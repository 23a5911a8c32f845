"""Getting in, staying in, being kept out."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Api, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_wrong_password_is_told_and_the_account_stays_typed(visit: Any) -> None:
    visitor = visit(allowed=("/api/users/login", "Failed to load resource"))
    page = visitor.page
    visitor.open("/")
    page.fill("input[name=username]", "nobody-of-this-name")
    page.fill("input[name=password]", "wrong")
    page.click("button[type=submit]")
    page.wait_for_selector(".banner--critical")
    assert page.input_value("input[name=username]") == "nobody-of-this-name"
    assert page.get_attribute("input[name=username]", "autocomplete") == "username"
    assert page.get_attribute("input[name=password]", "autocomplete") == "current-password"


def test_an_address_opened_before_signing_in_is_where_one_lands(visit: Any) -> None:
    visitor = visit().sign_in("/report/space/cost?p=last-7-days&cmp=none")
    visitor.settle()
    assert visitor.page.url.endswith("/report/space/cost?p=last-7-days&cmp=none")


def test_a_session_that_ended_asks_for_the_password_in_place(visit: Any, site: Site) -> None:
    visitor = visit(allowed=("/api/", "Failed to load resource")).sign_in("/meters")
    page = visitor.page
    visitor.settle()
    page.fill(".page input[type=search]", "a")
    user = page.evaluate("JSON.parse(localStorage.getItem('ems.session'))")
    Api(site.url, {"User-UUID": user["uuid"], "Token": user["token"]}).call("PUT", "/users/logout", {})
    # Anything that needs the API now finds the session gone.
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("g")
    page.keyboard.press("e")
    dialog = page.wait_for_selector("dialog[open]")
    assert dialog is not None
    page.fill("dialog input[name=password]", site.passwords["administrator"])
    page.click("dialog button[type=submit]")
    page.wait_for_selector("dialog[open]", state="detached")
    visitor.settle()
    assert page.locator("h1").inner_text() == "Energy by category"
    assert page.locator(".state--error").count() == 0


def test_the_administration_refuses_who_is_no_administrator(visit: Any) -> None:
    visitor = visit()
    page = visitor.page
    visitor.open("/admin/")
    page.fill("input[name=username]", "manager")
    page.fill("input[name=password]", visitor.site.passwords["manager"])
    page.click("button[type=submit]")
    page.wait_for_selector(".banner--warning")
    assert page.locator("#main").count() == 0
