"""What moves: the power flow, the meters."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import PHONE, Api

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ABOVE_LIMIT_KW = 250


def shown_kw(text: str) -> float:
    """Kilowatts in a node's text."""
    match = re.search(r"([\d,]+(?:\.\d+)?)\s*(kW|MW)", text)
    assert match, text
    return float(match.group(1).replace(",", "")) * (1000 if match.group(2) == "MW" else 1)


def wait_for_power(page: Page, at_most_kw: float, limit_s: float = 15.0) -> None:
    """Return when the grid's node shows no more than this; fail if it never does."""
    ends_s = time.monotonic() + limit_s
    while (shown := shown_kw(page.locator(".node").first.inner_text())) > at_most_kw:
        assert time.monotonic() < ends_s, f"the grid is still shown with {shown} kW"
        page.wait_for_timeout(100)


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
def test_the_flow_shows_every_node_and_the_power_of_the_grid(visit: Any, api: Api, size: Any) -> None:
    visitor = visit(**({"size": size} if size else {})).sign_in("/flow")
    page = visitor.page
    visitor.settle()
    page.wait_for_selector(".live--live")
    nodes = api.get("/v1/site/flow")["nodes"]
    assert {"grid", "pv", "battery"} <= {node["kind"] for node in nodes}
    # The one node for all buildings is shown as one for each of the largest.
    assert page.locator(".node").count() >= len(nodes)
    grid = next(node for node in nodes if node["kind"] == "grid")
    shown = shown_kw(page.locator(".node").first.inner_text())
    # The plant moves between the two looks; the order of magnitude must agree.
    assert shown == pytest.approx(abs(grid["power_w"]) / 1000, rel=0.5, abs=30)
    if grid["limit_w"]:
        assert page.locator(".flow__limit").count() == 1


def test_the_flow_moves_without_asking_again(visit: Any) -> None:
    visitor = visit().sign_in("/flow")
    page = visitor.page
    visitor.settle()
    page.wait_for_selector(".live--live")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/v1/site/flow" in r.url else None)
    before = page.locator(".node__power").all_inner_texts()
    expect(page.locator(".node__power")).not_to_have_text(before)
    assert asked == []


def test_a_load_above_the_limit_is_shaved_before_ones_eyes(visit: Any, api: Api, simulator: Api) -> None:
    visitor = visit().sign_in("/flow")
    page = visitor.page
    visitor.settle()
    page.wait_for_selector(".live--live")
    nodes = {node["kind"]: node for node in api.get("/v1/site/flow")["nodes"]}
    grid, battery = nodes["grid"], nodes["battery"]
    # Without the battery the grid would give this much; the load is raised until that is above the limit.
    without_battery_w = grid["power_w"] - battery["power_w"]
    above_kw = (grid["limit_w"] - without_battery_w) / 1000 + ABOVE_LIMIT_KW
    try:
        simulator.call("POST", "/control", {"device": "E-101", "set": {"load_offset_kw": above_kw}})
        expect(page.locator(".node").filter(has_text="Discharging")).to_have_count(1)
        expect(page.locator(".node").filter(has_text=grid["name"])).to_contain_text("At the limit")
        # The first value after the step may be from before the battery answered it.
        limit_kw = grid["limit_w"] / 1000 * 1.005
        wait_for_power(page, limit_kw)
        visitor.screenshot("web-flow-shaving")
    finally:
        simulator.call("POST", "/control", {"device": "E-101", "set": {"load_offset_kw": 0}})


def test_the_meters_have_values_of_the_last_minutes(visit: Any) -> None:
    visitor = visit().sign_in("/meters")
    visitor.settle()
    rows = visitor.page.locator("table.tbl tbody tr")
    assert rows.count() > 3
    ages = visitor.page.locator("table.tbl tbody .badge").all_inner_texts()
    assert any("sec" in age or "min" in age for age in ages), ages


def test_a_setting_of_a_controller_is_asked_about_and_acknowledged(visit: Any, api: Api) -> None:
    path = "/v1/edge/controllers/shave0"
    before_w = api.get(f"{path}/settings")["values"]["margin"]
    visitor = visit().sign_in("/control")
    page = visitor.page
    visitor.settle()
    row = page.locator(".controller").filter(has_text="shave0")
    try:
        row.get_by_role("button", name="Settings").click()
        field = page.get_by_label("Margin [kW]")
        field.wait_for()
        expect(field).to_have_value(f"{before_w / 1000:g}")
        field.fill(f"{before_w / 1000 + 1.5:g}")
        visitor.screenshot("web-control-settings", whole=False)
        page.get_by_role("button", name="Review changes").click()
        expect(page.locator(".settings__changes li")).to_contain_text(f"{before_w / 1000 + 1.5:g}")
        visitor.screenshot("web-control-settings-asked", whole=False)
        assert api.get(f"{path}/settings")["values"]["margin"] == before_w
        page.get_by_role("button", name="Apply").click()
        page.get_by_text("The control accepted the order.").wait_for()
        assert api.get(f"{path}/settings")["values"]["margin"] == before_w + 1500
        page.get_by_role("dialog").wait_for(state="detached")
        row.get_by_role("button", name="Settings").click()
        page.locator(".settings__differs").wait_for()
        visitor.screenshot("web-control-settings-differ", whole=False)
        page.get_by_role("button", name="Back to the configuration").click()
        page.locator(".settings__changes li").wait_for()
        expect(page.locator(".settings__changes li")).to_contain_text(f"{before_w / 1000:g}")
        visitor.screenshot("web-control-settings-restore", whole=False)
        page.get_by_role("button", name="Apply").click()
        page.get_by_role("dialog").wait_for(state="detached")
        found = api.get(f"{path}/settings")
        assert (found["values"]["margin"], found["changed"]) == (before_w, None)
    finally:
        api.call("DELETE", f"{path}/settings")
