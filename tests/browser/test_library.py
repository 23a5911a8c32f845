"""Reports as files: ordered, on a schedule, and put together of blocks, in a real browser."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import PATIENCE_MS, Api, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def closed_days() -> tuple[str, str]:
    """Three days that are over, as the address and as the reports have them."""
    end = date.today() - timedelta(days=1)  # noqa: DTZ011  (any closed days will do)
    start = end - timedelta(days=3)
    reports = f"reportingperiodstartdatetime={start}T00:00:00&reportingperiodenddatetime={end}T00:00:00"
    return f"p={start}..{end}&cmp=none", reports


def choose(page: Page | Locator, label: str, option: str) -> None:
    """Choose an option of a labelled select."""
    page.get_by_label(label, exact=True).select_option(label=option)


def test_an_ordered_file_holds_what_the_api_answers(visit: Any, api: Api, tmp_path: Path) -> None:
    address, reports = closed_days()
    visitor: Visitor = visit().sign_in(f"/reports?{address}")
    visitor.settle()
    page = visitor.page
    choose(page, "Report", "Cost")
    choose(page, "Compare with", "Nothing")
    choose(page, "Form", "JSON")
    page.get_by_role("button", name="Make the file").click()
    first = page.locator("table.tbl tbody tr").first
    expect(first).to_contain_text("Ready", timeout=2 * PATIENCE_MS)
    with page.expect_download() as download:
        first.get_by_role("button", name="Download: Cost").click()
    target = tmp_path / "cost.json"
    download.value.save_as(target)
    made = json.loads(target.read_text(encoding="utf-8"))
    asked = api.get(f"/v1/reports/spacecost.json?spaceid=1&periodtype=hourly&{reports}&language=en")
    assert made["blocks"] == asked["blocks"]
    assert made["blocks"][0]["kind"] == "figures"
    first.get_by_role("button", name="Delete: Cost").click()
    expect(page.locator(".toast", has_text="Cost deleted.")).to_be_visible()


def test_a_schedule_is_made_paused_changed_and_deleted(visit: Any, api: Api) -> None:
    # The refused address is part of the test.
    visitor: Visitor = visit(allowed=("/reportschedules", "Failed to load resource")).sign_in(
        "/reports/schedules"
    )
    visitor.settle()
    page, name = visitor.page, f"Weekly {uuid.uuid4().hex[:6]}"
    page.get_by_role("button", name="New schedule").click()
    form = page.locator("dialog")
    form.get_by_label("Name").fill(name)
    choose(form, "How often", "Every week")
    choose(form, "Weekday", "Friday")
    form.get_by_label("Time").fill("07:30")
    form.get_by_role("textbox", name="Recipients").fill("no address")
    form.get_by_role("button", name="Save").click()
    # What was typed stays when it is refused.
    expect(form.get_by_role("alert")).to_be_visible()
    form.get_by_role("textbox", name="Recipients").fill("energy@example.com, board@example.com")
    form.get_by_role("button", name="Save").click()
    row = page.locator("table.tbl tbody tr", has_text=name)
    expect(row).to_contain_text("Friday at 07:30")
    stored = _schedule(api, name)
    assert stored["rhythm"] == "30 7 * * 5"
    assert stored["recipients"] == ["energy@example.com", "board@example.com"]
    assert (stored["order"]["report"], stored["order"]["period"]) == ("spaceenergycategory", "last_month")
    row.get_by_role("button", name=f"Pause: {name}").click()
    expect(row).to_contain_text("Paused")
    assert _schedule(api, name)["is_enabled"] is False
    row.get_by_role("button", name=f"Delete: {name}").click()
    page.locator("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


def _schedule(api: Api, name: str) -> Any:
    return next(one for one in api.get("/v1/reportschedules")["schedules"] if one["name"] == name)


def names(page: Page) -> list[str]:
    """The blocks of the sheet, in order."""
    return page.locator(".block__name").all_inner_texts()


def drag(page: Page, what: Locator, to: Locator) -> None:
    """Drag with the mouse in small steps, as a hand does."""
    start, end = what.bounding_box(), to.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 20, steps=12)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 24, steps=3)
    page.mouse.up()


@pytest.fixture
def forget(api: Api) -> Any:
    """Documents by name, deleted at the end."""
    made: list[str] = []
    yield made.append
    for one in api.get("/v1/reportdocuments")["documents"]:
        if one["name"] in made:
            api.call("DELETE", f"/v1/reportdocuments/{one['id']}")


def test_a_document_is_built_by_pointer_and_keyboard_and_kept(
    visit: Any, api: Api, forget: Callable[[str], None]
) -> None:
    visitor: Visitor = visit().sign_in("/reports/documents/new")
    visitor.settle()
    page, name = visitor.page, f"Letter {uuid.uuid4().hex[:6]}"
    forget(name)
    page.get_by_label("Name", exact=True).fill(name)
    choose(page.get_by_role("region", name="Document", exact=True), "Period", "Last 7 full days")
    page.get_by_role("button", name="Figures", exact=True).click()
    choose(page, "Report", "Cost")
    expect(page.locator(".block .kpi__value").first).to_be_visible()
    drag(page, page.get_by_role("button", name="Text", exact=True), page.locator(".block").first)
    expect(page.locator(".block__name").first).to_have_text("Text")
    page.get_by_label("Heading", exact=True).fill("Summary")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("region", name="Chosen block").get_by_label("Text", exact=True).fill("What was used.")
    page.get_by_role("button", name="Chart", exact=True).click()
    assert names(page) == ["Summary", "Cost", "Energy"]
    # The chart goes up by keyboard: lift, move twice, put down.
    page.get_by_role("button", name="Move: Energy").focus()
    spoken = page.locator("[id^=DndLiveRegion]")
    page.keyboard.press("Space")
    expect(spoken).to_contain_text("Energy")
    for place in (2, 1):
        page.keyboard.press("ArrowUp")
        expect(spoken).to_contain_text(f"place {place}", timeout=PATIENCE_MS)
    page.keyboard.press("Space")
    expect(page.locator(".block__name").first).to_have_text("Energy")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/reports/documents/*-*")
    visitor.settle()
    head = next(one for one in api.get("/v1/reportdocuments")["documents"] if one["name"] == name)
    blocks = api.get(f"/v1/reportdocuments/{head['id']}")["blocks"]
    assert [block["report"] or block["title"] for block in blocks] == [
        "spaceenergycategory",
        "Summary",
        "spacecost",
    ]
    assert [block["show"] for block in blocks if block["report"]] == [["chart"], ["kpi"]]
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")


def test_what_was_built_outlives_leaving_the_page(visit: Any) -> None:
    visitor: Visitor = visit().sign_in("/reports/documents/new")
    visitor.settle()
    page = visitor.page
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_label("Heading", exact=True).fill("Kept")
    visitor.open("/reports")
    visitor.settle()
    visitor.open("/reports/documents/new")
    visitor.settle()
    assert names(page) == ["Kept"]
    page.get_by_role("button", name="Delete: Kept").click()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert names(page) == ["Kept"]
    page.get_by_role("button", name="Discard changes").click()
    expect(page.locator(".block__name")).to_have_count(0)
