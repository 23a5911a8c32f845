"""The administration: what the API describes can be listed, made, changed, bound and deleted."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Api, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def field(visitor: Visitor, label: str) -> Any:
    """The input with this label."""
    return visitor.page.get_by_label(label, exact=True)


def test_every_list_and_form_of_the_description_opens(visit: Any, api: Api) -> None:
    visitor = visit().sign_in("/admin/")
    page = visitor.page
    for resource in api.get("/v1/description")["resources"]:
        if "list" not in resource["can"] or "{" in resource["path"]:
            continue
        visitor.follow(f"/admin/{resource['name']}")
        visitor.settle()
        assert page.locator(".state--error").count() == 0, resource["name"]
        assert page.locator("h1").inner_text()
        if "create" not in resource["can"]:
            continue
        page.locator(".page__tools button:has-text('New')").click()
        page.wait_for_selector(".item-form__foot button[type=submit]")
        visitor.settle()
        assert page.locator(".state--error").count() == 0, resource["name"]
        needed = [
            field["name"] for field in resource["fields"] if field["required"] and not field.get("read_only")
        ]
        labels = page.locator(".item-form .ant-form-item").count()
        assert labels >= len(needed), resource["name"]


def test_a_contact_is_made_changed_and_deleted(visit: Any, api: Api) -> None:
    name = f"Contact {os.urandom(3).hex()}"
    visitor = visit(allowed=("400", "Failed to load resource")).sign_in("/admin/contacts/new")
    page = visitor.page
    page.click("button:has-text('Create')")
    page.wait_for_selector(".ant-form-item-explain-error")
    page.locator("#name").fill(name)
    page.locator("#email").fill("contact@example.org")
    page.locator("#phone").fill("+441234567890")
    page.click("button:has-text('Create')")
    page.wait_for_url("**/admin/contacts/*")
    page.wait_for_selector(f"h1:has-text('{name}')")

    page.locator("#description").fill("Changed here")
    page.click("button:has-text('Save')")
    page.wait_for_selector(".toast:has-text('Saved')")
    made = next(item for item in api.get("/contacts") if item["name"] == name)
    assert made["description"] == "Changed here"

    visitor.open("/admin/contacts/new")
    page.locator("#name").fill(name)
    page.locator("#email").fill("contact@example.org")
    page.locator("#phone").fill("+441234567890")
    page.click("button:has-text('Create')")
    page.wait_for_selector(".ant-form-item-explain-error")
    assert page.locator("#name").get_attribute("aria-invalid") == "true"

    visitor.open(f"/admin/contacts/{made['id']}")
    page.click("button:has-text('Delete')")
    assert name in page.locator("dialog[open]").inner_text()
    page.click("dialog button:has-text('Delete')")
    page.wait_for_url("**/admin/contacts")
    assert all(item["name"] != name for item in api.get("/contacts"))


def test_the_protocol_of_a_data_source_is_chosen_from_those_with_a_driver(visit: Any) -> None:
    visitor = visit().sign_in("/admin/datasources/1")
    visitor.settle()
    page = visitor.page
    chosen = page.locator(".ant-select", has=page.locator("#protocol"))
    expect(chosen).to_contain_text("Modbus TCP")
    page.locator("#protocol").click()
    names = page.locator(".ant-select-item-option").all_inner_texts()
    assert {"Modbus TCP", "MQTT"} <= set(names)


def test_prices_are_typed_with_the_decimal_sign_of_the_language(visit: Any) -> None:
    visitor = visit(language="de").sign_in("/admin/tariffs/1")
    visitor.settle()
    price = visitor.page.get_by_label("Preis 1", exact=True)
    expect(price).to_have_value(re.compile(r"^\d+,\d+$"))
    price.fill("0,1234")
    price.blur()
    expect(price).to_have_value("0,1234")


def test_leaving_unsaved_input_asks_first(visit: Any) -> None:
    visitor = visit().sign_in("/admin/contacts/new")
    visitor.page.locator("#name").fill("Half typed")
    visitor.page.click(".side a:has-text('Meters')")
    visitor.page.wait_for_selector("dialog[open]")
    visitor.page.click("dialog button:has-text('Stay')")
    assert visitor.page.locator("#name").input_value() == "Half typed"


def test_sensors_are_bound_and_unbound_by_keyboard_alone(visit: Any, api: Api) -> None:
    name = f"Sensor {os.urandom(3).hex()}"
    api.call("POST", "/sensors", {"data": {"name": name, "description": None}})
    sensor = next(item for item in api.get("/sensors") if item["name"] == name)
    root = api.get("/spaces/tree")["id"]
    try:
        visitor = visit().sign_in(f"/admin/spaces/{root}/sensors")
        page = visitor.page
        visitor.settle()
        page.get_by_label("Search in: Available").fill(name)
        page.locator("[role=option]", has_text=name).wait_for()
        page.get_by_label("Available", exact=False).and_(page.locator("[role=listbox]")).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".toast")
        assert sensor["id"] in [item["id"] for item in api.get(f"/spaces/{root}/sensors")]
        page.click(".toast button:has-text('Undo')")
        page.wait_for_selector(".toast:has-text('unbound')")
        assert sensor["id"] not in [item["id"] for item in api.get(f"/spaces/{root}/sensors")]
    finally:
        api.call("DELETE", f"/sensors/{sensor['id']}")


def test_an_item_is_exported_as_the_api_gives_it(visit: Any, api: Api) -> None:
    tariff = api.get("/tariffs")[0]
    visitor = visit().sign_in(f"/admin/tariffs/{tariff['id']}")
    visitor.settle()
    visitor.page.click("button:has-text('Export')")
    visitor.page.wait_for_selector("pre.export")
    with visitor.page.expect_download() as download:
        visitor.page.click("dialog button:has-text('Save file')")
    assert tariff["name"] in download.value.path().read_text()
