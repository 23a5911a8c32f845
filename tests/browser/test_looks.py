"""Every page in every look: nothing empty, nothing beside the screen, nothing out of reach; kept as pictures."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PHONE, ROOT, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WEB_PAGES = {
    "home": "/",
    "flow": "/flow",
    "meters": "/meters",
    "energy": "/report/space/energycategory?p=last-7-days",
    "energyitem": "/report/space/energyitem?p=last-7-days",
    "cost": "/report/space/cost?p=last-7-days",
    "carbon": "/report/space/carbon?p=last-7-days",
    "load": "/report/space/load?p=last-7-days",
    "statistics": "/report/space/statistics?p=last-7-days",
    "output": "/report/space/output?p=last-7-days",
    "efficiency": "/report/space/efficiency?p=last-7-days",
    "meter": "/report/meter/energycategory?p=last-7-days",
    "tenant": "/report/tenant/energycategory?p=last-7-days",
    "equipment": "/report/equipment/energycategory?p=last-7-days",
    "batch": "/batch/tenant?p=last-7-days",
    "compare": "/compare/space?p=last-7-days",
    "energy-flow": "/energy-flow?p=last-7-days",
    "map": "/map?p=last-7-days",
    "registers": "/meters/registers?p=last-7-days",
    "balance": "/meters/balance?p=last-7-days",
    "meter-detail": "/meters/101",
    "single-line": "/single-line",
    "environment": "/environment",
    "microgrid": "/plants/microgrid?p=last-7-days",
    "storage": "/plants/storage?p=last-7-days",
    "photovoltaic": "/plants/photovoltaic?p=last-7-days",
    "charging": "/plants/charging?p=last-7-days",
    "control": "/control",
    "bill": "/bill?p=last-7-days",
    "files": "/reports?p=last-7-days",
    "schedules": "/reports/schedules",
    "documents": "/reports/documents",
    "builder": "/reports/documents/new",
    "budgets": "/budgets",
    "explore": "/explore?p=last-7-days&s=energy.space.1.0~point.900101",
    "explore-duration": "/explore?p=last-7-days&view=duration",
    "explore-heat": "/explore?p=last-7-days&view=heat",
    "explore-scatter": "/explore?p=last-7-days&view=scatter&s=energy.space.1.0~point.900101",
    "alarms": "/alarms",
    "kiosk": "/kiosk",
    "profile": "/profile",
    "notfound": "/nowhere",
}
ADMIN_PAGES = {
    "overview": "/admin/",
    "meters": "/admin/meters",
    "meter": "/admin/meters/1",
    "space": "/admin/spaces/1",
    "binding": "/admin/spaces/1/meters",
    "tariff": "/admin/tariffs/1",
    "new": "/admin/tariffs/new",
    "pipeline": "/admin/pipeline",
    "matrix": "/admin/matrix",
    "files": "/admin/files",
    "rule": "/admin/cleaningrules/new",
    "quality": "/admin/points/101/quality",
    "balance": "/admin/meters/101/balance",
    "security": "/admin/users/1/security",
    "rights": "/admin/privileges/new",
    "registrations": "/admin/registrations",
    "audit": "/admin/audit",
    "archive": "/admin/archive",
}
PAGES = {f"web-{k}": v for k, v in WEB_PAGES.items()} | {f"admin-{k}": v for k, v in ADMIN_PAGES.items()}
SIZES = {"desktop": DESKTOP, "phone": PHONE}

# A few pages are seen in every look; the others by turns on the desktop in light and on the phone in dark, which
# together have every layout and every colour. `EMS_TEST_LOOKS=all` sees every page in every look.
SAMPLE = ("web-home", "web-energy", "web-map", "web-control", "admin-overview", "admin-meter")
TURNS = (("desktop", "light"), ("phone", "dark"))
SEES_ALL = os.environ.get("EMS_TEST_LOOKS") == "all"


def pages_of(turn: int) -> list[str]:
    """The pages seen in a turn; those of the dashboards first, so that each program loads once."""
    others = [name for name in PAGES if name not in SAMPLE]
    seen = PAGES if SEES_ALL else [*SAMPLE, *others[turn :: len(TURNS)]]
    return sorted(seen, key=lambda name: name.startswith("admin"))


def sideways_px(visitor: Visitor) -> int:
    """How far the page reaches beyond the screen [px]."""
    return visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


COVERED_TITLES = """() => [...document.querySelectorAll(".card__head")].flatMap((head) => {
  const title = head.querySelector(".card__title");
  const range = document.createRange();
  range.selectNodeContents(title);
  const texts = [...range.getClientRects()];
  const tools = [...head.querySelectorAll("button")].map((button) => button.getBoundingClientRect());
  const isCovered = texts.some((text) => tools.some((tool) =>
    text.left < tool.right && tool.left < text.right && text.top < tool.bottom && tool.top < text.bottom));
  return isCovered ? [title.innerText] : [];
})"""
"""Titles of cards that their own tools stand upon."""


def violations(visitor: Visitor, within: str = "html") -> list[str]:
    """Serious findings of the accessibility checker on a part of the page."""
    if not visitor.page.evaluate("'axe' in window"):
        visitor.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = visitor.page.evaluate(
        "(within) => axe.run(document.querySelector(within),"
        " {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],"
        " resultTypes: ['violations'], preload: false})",
        within,
    )
    return [
        f"{rule['id']}: {rule['help']} {[node['html'][:160] for node in rule['nodes'][:3]]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def problems_in(visitor: Visitor, name: str, kind: str, theme: str) -> list[str]:
    """What is wrong with the page that is open, in one look; it is kept as a picture."""
    visitor.page.set_viewport_size(SIZES[kind])
    visitor.settle()
    visitor.screenshot(f"{name}-{kind}-{theme}")
    found = [f"error shown: {text}" for text in visitor.page.locator(".state--error").all_inner_texts()]
    if sideways_px(visitor) > 0:
        found.append(f"{sideways_px(visitor)} px beyond the screen")
    found += [f"tools upon the title {text!r}" for text in visitor.page.evaluate(COVERED_TITLES)]
    found += violations(visitor)
    return [f"{name} on the {kind} in {theme}: {text}" for text in found]


@pytest.mark.parametrize("turn", range(len(TURNS)), ids=["-".join(look) for look in TURNS])
def test_every_page_is_whole_and_reachable_for_all(visit: Any, turn: int) -> None:
    kind, theme = TURNS[turn]
    visitor = visit(theme=theme, size=SIZES[kind]).sign_in("/")
    visitor.page.emulate_media(reduced_motion="reduce")
    problems: list[str] = []
    for name in pages_of(turn):
        visitor.follow(PAGES[name])
        problems += problems_in(visitor, name, kind, theme)
        if name in SAMPLE or SEES_ALL:
            other = next(size for size in SIZES if size != kind)
            problems += problems_in(visitor, name, other, theme)
            visitor.page.set_viewport_size(SIZES[kind])
        assert visitor.page.title().endswith("EMS")
        assert visitor.page.locator("h1").count() == 1
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", ["zh", "de"])
def test_the_administration_speaks_the_language(visit: Any, language: str) -> None:
    """The dashboards are opened in all languages by the test of the roles."""
    visitor = visit(language=language).sign_in("/")
    for name, path in [(f"admin-{key}", path) for key, path in ADMIN_PAGES.items()]:
        visitor.follow(path)
        visitor.settle()
        visitor.screenshot(f"{name}-{language}")
        assert visitor.page.get_attribute("html", "lang").startswith(language)
        body = visitor.page.inner_text("body")
        assert "{{" not in body
        assert "nav." not in body


def test_the_sign_in_pages(visit: Any) -> None:
    for name, path in (("web", "/"), ("admin", "/admin/")):
        for size, kind in ((DESKTOP, "desktop"), (PHONE, "phone")):
            visitor = visit(size=size)
            visitor.open(path)
            visitor.page.wait_for_selector("button[type=submit]")
            visitor.screenshot(f"{name}-signin-{kind}")
            assert violations(visitor) == []


def test_lists_to_choose_from_open_in_place_without_motion(visit: Any) -> None:
    visitor = visit()
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.sign_in("/admin/cleaningrules/new")
    visitor.page.locator("#rule").click()
    visitor.page.locator(".ant-select-item-option", has_text="Spike").first.click()
    expect(visitor.page.locator(".ant-select-content, .ant-select-selection-item").first).to_contain_text(
        "Spike"
    )


def test_the_flow_fits_the_smallest_phone(visit: Any) -> None:
    visitor = visit(size={"width": 360, "height": 740}).sign_in("/flow")
    visitor.settle()
    visitor.screenshot("web-flow-360")
    assert sideways_px(visitor) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_single_line_diagram_fits_a_phone_and_says_what_the_battery_does(visit: Any, theme: str) -> None:
    visitor = visit(theme=theme, size=PHONE).sign_in("/single-line")
    power = visitor.page.locator(".drawing #PT402")
    expect(power).to_have_text(re.compile(r"^(charging |discharging )?[\d.,]+\s[kM]?W$"))
    visitor.settle()
    visitor.screenshot(f"web-single-line-phone-{theme}")
    drawing = visitor.page.locator(".drawing").bounding_box()
    texts = visitor.page.locator(".drawing text")
    boxes = [texts.nth(i).bounding_box() for i in range(texts.count())]
    assert all(drawing["x"] <= box["x"] for box in boxes)
    assert all(box["x"] + box["width"] <= drawing["x"] + drawing["width"] for box in boxes)
    assert all(box["height"] >= 14 for box in boxes), "too small to be read"
    assert visitor.page.locator(".drawing").evaluate("(at) => at.scrollWidth <= at.clientWidth")
    visitor.page.set_viewport_size(DESKTOP)
    expect(visitor.page.locator(".drawing svg")).to_have_attribute("viewBox", "0 0 640 360")
    visitor.settle()
    visitor.screenshot(f"web-single-line-desktop-{theme}")


def test_the_list_of_keys_opens_at_its_beginning(visit: Any) -> None:
    visitor = visit(size=PHONE).sign_in("/reports/schedules")
    visitor.settle()
    visitor.page.keyboard.press("?")
    expect(visitor.page.get_by_role("dialog").get_by_role("heading")).to_be_in_viewport()


def test_a_wall_screen_can_be_ended_on_a_phone(visit: Any) -> None:
    visitor = visit(size=PHONE).sign_in("/kiosk")
    visitor.page.get_by_role("button", name="Start").click()
    expect(visitor.page.get_by_role("button", name="End")).to_be_in_viewport(ratio=1)
    assert sideways_px(visitor) <= 0
