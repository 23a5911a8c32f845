"""Panels and dialogs: opened by keyboard, reachable for all, without motion, and the focus goes back where it was."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import DESKTOP, PATIENCE_MS, PHONE, Visitor
from .test_looks import sideways_px, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

# Where it is, what opens it, and what is opened.
PICKERS = (
    ("/", "button[title='Choose a space']", "[role=dialog]"),
    ("/", "button[title='Choose the period']", "[role=dialog]"),
    ("/", "button[aria-label='Account and settings']", "[role=dialog]"),
)
OPENED = (
    *PICKERS,
    ("/", "button[aria-label='Go to']", "dialog[open]"),
    ("/report/space/energycategory?p=yesterday", "button:has-text('Export')", "[role=dialog]"),
    ("/explore?p=yesterday", "button:has-text('Add series')", "[role=dialog], dialog[open]"),
    ("/budgets", "button:has-text('New budget')", "dialog[open]"),
    ("/reports/schedules", "button:has-text('New schedule')", "dialog[open]"),
    ("/control", ".controller button:has-text('Settings')", "dialog[open]"),
    ("/control", ".controller button:has-text('Switch off')", "dialog[open]"),
    ("/control", "table button:has-text('Send')", "dialog[open]"),
    ("/profile", "button:has-text('Change password')", "dialog[open]"),
)
ON_A_PHONE = (
    *PICKERS,
    ("/", ".bottom button:has-text('More')", "[role=dialog], dialog[open]"),
    ("/control", ".controller button:has-text('Settings')", "dialog[open]"),
)
MOVING = """() => document.getAnimations().filter((one) => one.playState === "running").map((one) =>
  `${one.effect.target.className.baseVal ?? one.effect.target.className} ${one.animationName ?? ""}`)"""


def problems_of(visitor: Visitor, opener: str, panel: str, picture: str) -> list[str]:
    """What is wrong with a panel, opened and closed by keyboard."""
    page = visitor.page
    button = page.locator(opener).first
    button.focus()
    page.keyboard.press("Enter")
    page.locator(panel).first.wait_for()
    visitor.settle()
    visitor.screenshot(picture, whole=False)
    found = violations(visitor, panel)
    if sideways_px(visitor) > 0:
        found.append(f"{sideways_px(visitor)} px beyond the screen")
    if not page.evaluate(f"document.activeElement.closest({panel!r}) !== null"):
        found.append("the focus is not in it")
    found += [f"moves: {text}" for text in page.evaluate(MOVING)]
    page.keyboard.press("Escape")
    expect(page.locator(panel)).to_have_count(0, timeout=PATIENCE_MS)
    expect(button).to_be_focused(timeout=PATIENCE_MS)
    return [f"{opener}: {text}" for text in found]


@pytest.mark.parametrize(
    ("opened", "size", "theme"),
    [(OPENED, DESKTOP, "light"), (ON_A_PHONE, PHONE, "dark")],
    ids=["desktop", "phone"],
)
def test_panels_and_dialogs_are_reachable_for_all_and_give_the_focus_back(
    visit: Any, opened: tuple[tuple[str, str, str], ...], size: dict[str, int], theme: str
) -> None:
    visitor: Visitor = visit(size=size, theme=theme).sign_in("/profile")
    visitor.page.emulate_media(reduced_motion="reduce")
    problems: list[str] = []
    here = ""
    for number, (path, opener, panel) in enumerate(opened):
        if path != here:
            visitor.follow(path)
            visitor.settle()
        here = path
        problems += problems_of(visitor, opener, panel, f"web-opened-{theme}-{number}")
    assert not problems, "\n".join(problems)
