"""The administration's own pages: what they show is what the API says, and what they change is changed."""

from __future__ import annotations

import io
import json
import os
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from .conftest import Api

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def sensors(api: Api) -> Iterator[list[str]]:
    """Names of three sensors that exist for one test."""
    mark = os.urandom(3).hex()
    names = [f"{mark} sensor {number}" for number in (2, 10, 1)]
    for name in names:
        api.call("POST", "/sensors", {"data": {"name": name, "description": "before"}})
    yield names
    for sensor in api.get("/sensors"):
        if sensor["name"] in names:
            api.call("DELETE", f"/sensors/{sensor['id']}")


def test_the_pipeline_page_tells_what_the_api_tells(visit: Any, api: Api) -> None:
    visitor = visit().sign_in("/admin/pipeline")
    visitor.settle()
    page = visitor.page
    for stage in api.get("/v1/pipeline")["stages"]:
        card = page.get_by_role("region", name=stage["name"].capitalize(), exact=True)
        if stage["watermark"]:
            # A slot that is running ends in the future; the page tells of nothing later than now.
            through = min(datetime.fromisoformat(stage["watermark"]), datetime.now(UTC))
            hour = through.astimezone(ZoneInfo(api.get("/v1/site")["time_zone"])).strftime("%H:")
            expect(card.locator(".daemon__headline")).to_contain_text(hour)
    assert page.locator(".verdict__title").inner_text()

    page.click(".page__tools button:has-text('Compute again')")
    page.click("dialog[open] button:has-text('Compute again')")
    page.wait_for_selector(".toast:has-text('Ordered')")
    newest = api.get("/v1/audit?limit=20")
    assert any("pipeline" in line["entity"].lower() for line in newest)


def test_many_are_found_sorted_changed_and_taken_back(visit: Any, api: Api, sensors: list[str]) -> None:
    visitor = visit().sign_in(f"/admin/sensors?q={sensors[0].split()[0]}&sort=name")
    visitor.settle()
    page = visitor.page
    expect(page.locator(".list-link")).to_have_text(sorted(sensors, key=lambda name: int(name.split()[-1])))
    page.get_by_label("Choose all on this page").check()
    page.click(".bulk button:has-text('Change a value')")
    page.locator("dialog[open] select").select_option("description")
    page.locator("dialog[open] textarea").fill("after")
    page.click("dialog[open] button:has-text('Change')")
    page.wait_for_selector(".toast:has-text('3 entries changed')")

    def described() -> set[str]:
        return {item["description"] for item in api.get("/sensors") if item["name"] in sensors}

    assert described() == {"after"}
    page.click(".toast button:has-text('Undo')")
    page.wait_for_selector(".toast:has-text('Taken back')")
    assert described() == {"before"}

    with page.expect_download() as download:
        page.click(".page__tools button:has-text('CSV')")
    rows = download.value.path().read_text(encoding="utf-8").strip().splitlines()
    assert len(rows) == 1 + len(sensors)


def test_terms_of_a_binding_are_edited_and_taken_back(visit: Any, api: Api) -> None:
    tenant = next(item for item in api.get("/tenants") if api.get(f"/tenants/{item['id']}/meters"))
    meter = api.get(f"/tenants/{tenant['id']}/meters")[0]
    address = f"/v1/tenants/{tenant['id']}/meters/{meter['id']}/terms"
    before = api.get(address)
    visitor = visit().sign_in(f"/admin/tenants/{tenant['id']}/meters")
    visitor.settle()
    page = visitor.page
    page.get_by_role("option", name=meter["name"], exact=False).first.click()
    page.click(".dual__middle button:has-text('Terms')")
    page.wait_for_selector("dialog[open] fieldset")
    page.get_by_label("Share", exact=True).fill("40")
    page.keyboard.press("Tab")
    page.click("dialog[open] button:has-text('Save')")
    page.wait_for_selector(".toast:has-text('Terms saved')")
    assert api.get(address)["terms"][0]["share"] == pytest.approx(0.4)
    page.click(".toast button:has-text('Undo')")
    expect(page.locator(".pick__item .badge:has-text('40')")).to_have_count(0)
    assert api.get(address) == before


def test_rights_are_a_grid_and_keys_are_shown_once(visit: Any, api: Api) -> None:
    name = f"Rights {os.urandom(3).hex()}"
    visitor = visit().sign_in("/admin/privileges/new")
    visitor.settle()
    page = visitor.page
    page.locator("#name").fill(name)
    page.get_by_label("Role", exact=True).click()
    page.locator(".ant-select-item-option", has_text="Viewer").click()
    page.get_by_label("Meters, sensors and points: Change").check()
    assert page.get_by_label("Meters, sensors and points: Read").is_checked()
    page.click("button:has-text('Create')")
    page.wait_for_selector(f"h1:has-text('{name}')")
    made = next(item for item in api.get("/privileges") if item["name"] == name)
    try:
        data = json.loads(made["data"])
        assert (data["role"], data["permissions"]) == ("viewer", {"metering": ["update"]})

        visitor.open("/admin/apikeys/new?expires_datetime=2099-01-01T00:00:00")
        page.locator("#name").fill(name)
        page.click("button:has-text('Create')")
        secret = page.locator("dialog[open] code").inner_text()
        client = Api(api.url, {"API-KEY": secret})
        assert isinstance(client.get("/meters"), list)
        page.click("dialog[open] button:has-text('I have it')")
        page.wait_for_selector(f"h1:has-text('{name}')")
        assert secret not in page.content()
        page.click(".tabs a:has-text('Rights and use')")
        page.wait_for_selector("dt:has-text('Last used')")
    finally:
        for key in api.get("/apikeys"):
            if key["name"] == name:
                api.call("DELETE", f"/apikeys/{key['id']}")
        api.call("DELETE", f"/privileges/{made['id']}")


def test_the_audit_log_shows_before_and_after(visit: Any, api: Api, sensors: list[str]) -> None:
    sensor = next(item for item in api.get("/sensors") if item["name"] == sensors[0])
    api.call("PUT", f"/sensors/{sensor['id']}", {"data": {"name": sensors[0], "description": "afterwards"}})
    visitor = visit().sign_in(f"/admin/audit?entity=sensors&entityid={sensor['id']}&action=update")
    visitor.settle()
    page = visitor.page
    page.locator(".audit__toggle").first.click()
    assert page.locator(".diff del").inner_text() == "before"
    assert page.locator(".diff ins").inner_text() == "afterwards"


def test_a_cleaning_rule_is_tried_before_it_is_saved(visit: Any, api: Api) -> None:
    points = api.get("/points")
    point = next(item for item in points if item["object_type"] == "ANALOG_VALUE" and item["is_trend"])
    rules = api.get("/v1/cleaningrules")
    visitor = visit().sign_in("/admin/cleaningrules/new")
    visitor.settle()
    page = visitor.page
    page.locator("#rule").click()
    page.locator(".ant-select-item-option", has_text="Spike").first.click()
    page.get_by_label("Standard deviations").wait_for(state="detached")
    page.get_by_label("Height in noises").fill("4")
    page.get_by_label("Point to try it on").click()
    page.keyboard.type(point["name"])
    page.locator(".ant-select-item-option", has_text=point["name"]).first.click()
    page.click("button:has-text('Try')")
    page.wait_for_selector("text=/[0-9,]+ readings;/")
    assert api.get("/v1/cleaningrules") == rules


def test_the_archive_is_downloaded_and_checked(visit: Any) -> None:
    visitor = visit(allowed=("422", "409", "Failed to load resource")).sign_in("/admin/archive")
    visitor.settle()
    page = visitor.page
    with page.expect_download() as download:
        page.click("button:has-text('Download the archive')")
    archive = download.value.path()
    page.get_by_label("Choose an archive", exact=True).set_input_files(archive)
    page.wait_for_selector(".banner--good")
    page.wait_for_selector("th:has-text('meters')")
    page.click("button:has-text('Import into this site')")
    page.wait_for_selector(".banner--critical:has-text('already')")
    page.get_by_label("Choose an archive", exact=True).set_input_files(
        files=[{"name": "site.zip", "mimeType": "application/zip", "buffer": b"no archive"}]
    )
    page.wait_for_selector("table:has-text('Fault'), .banner--critical")


def test_meters_show_where_they_count(visit: Any, api: Api) -> None:
    root = api.get("/spaces/tree")
    visitor = visit().sign_in("/admin/matrix")
    visitor.settle()
    page = visitor.page
    for meter in api.get(f"/spaces/{root['id']}/meters"):
        assert page.get_by_role("link", name=meter["name"], exact=False).count() > 0
    child = root["children"][0]["name"]
    assert page.get_by_role("link", name=child, exact=True).count() == 1
    page.get_by_role("button", name=f"Close {root['name']}").click()
    assert page.get_by_role("link", name=child, exact=True).count() == 0


def test_who_may_only_read_finds_nothing_to_press(visit: Any, api: Api) -> None:
    name, password = f"reader{os.urandom(3).hex()}", f"Read-{os.urandom(9).hex()}"
    account = {
        "name": name,
        "display_name": name,
        "email": f"{name}@example.org",
        "password": password,
        "is_admin": True,
        "is_read_only": True,
        "privilege_id": None,
        "phone": None,
        "account_expiration_datetime": "2099-01-01T00:00:00",
        "password_expiration_datetime": "2099-01-01T00:00:00",
    }
    api.call("POST", "/users", {"data": account})
    point = api.get("/points")[0]["id"]
    made = next(user for user in api.get("/users") if user["name"] == name)
    writes = "New|Import|Clone|Delete|Save|Create|Bind|Unbind|Compute again|Fill gaps|Approve|Unlock|Set a new password"
    try:
        visitor = visit()
        visitor.open("/admin/")
        visitor.page.fill("input[name=username]", name)
        visitor.page.fill("input[name=password]", password)
        visitor.page.click("button[type=submit]")
        visitor.page.wait_for_selector("#main")
        for path in (
            "meters",
            "meters/1",
            "spaces/1/meters",
            "pipeline",
            "archive",
            "users/1/security",
            f"points/{point}/quality",
        ):
            visitor.follow(f"/admin/{path}")
            visitor.settle()
            for word in writes.split("|"):
                found = visitor.page.locator("#main").get_by_role("button", name=word, exact=True)
                assert found.count() == 0, (path, word)
    finally:
        api.call("DELETE", f"/users/{made['id']}")


@pytest.fixture
def refused_file(api: Api) -> Iterator[str]:
    """A file of an offline meter that does not exist, after it was looked at; its name."""
    book = Workbook()
    for row in (("Year", "Month"), (2026, 6), (987_654, "Ghost", "", 5)):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    name = f"{os.urandom(3).hex()}.xlsx"
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    request = urllib.request.Request(  # noqa: S310
        f"{api.url.rstrip('/')}/api/offlinemeterfiles",
        data=head.encode() + content.getvalue() + b"\r\n--b--\r\n",
        headers={**api.headers, "Content-Type": "multipart/form-data; boundary=b"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        path = urlsplit(answer.headers["location"]).path.rsplit("/", 2)[-2:]
    item = "/v1/" + "/".join(path)
    end_s = time.monotonic() + 60
    while api.get(item)["status"] == "new":
        assert time.monotonic() < end_s, "nobody has looked at the file"
        time.sleep(0.5)
    yield name
    api.call("DELETE", item.removeprefix("/v1"))


def test_what_is_wrong_in_an_uploaded_file_is_told_in_the_readers_language(
    visit: Any, refused_file: str
) -> None:
    visitor = visit(language="de").sign_in("/admin/files")
    card = visitor.page.get_by_role("region", name=refused_file)
    expect(card.get_by_role("row").nth(1)).to_contain_text(
        "Es gibt keinen Handzähler mit dieser ID. Schlagen Sie die ID in der Liste der Handzähler nach"
    )
    expect(card).to_contain_text("A3")
    expect(card).to_contain_text("Abgelehnt")
    visitor.settle()
    visitor.screenshot("admin-files-de")
