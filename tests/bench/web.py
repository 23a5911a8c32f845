"""The dashboards in a real browser: size, largest paint on a slowed processor, a year of hours: `make bench-web`.

`EMS_TEST_URL` names a site that runs already (with `EMS_TEST_ADMIN_PASSWORD`); without it a demo of
`EMS_BENCH_DAYS` days (default 366) is started on free ports and taken down again. Chromium is Debian's, driven by
Playwright; the processor is slowed by its own debugging protocol (`EMS_BENCH_CPU_SLOWDOWN`, default 4). Each figure
is the median of `EMS_BENCH_LOADS` loads (default 5) with an empty cache.
"""

from __future__ import annotations

import gzip
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ems_site import credentials, state
from ems_site.settings import Layout, script
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from tests.bench.figures import Figure, at_most, machine, publish

CHROMIUM = "/usr/bin/chromium"
DAYS = os.environ.get("EMS_BENCH_DAYS", "366")
LOADS = int(os.environ.get("EMS_BENCH_LOADS", "5"))
SLOWDOWN = float(os.environ.get("EMS_BENCH_CPU_SLOWDOWN", "4"))
BUNDLE_KB = 250
PAINT_S = 1.5
SHIFT = 0.05
PATIENCE_MS = 60_000
HOVER_STEPS = 40
FRAME_MS = 100

# Kept by the browser from the first byte on; read when the page has settled.
OBSERVE = """
window.bench = {paint: 0, shift: 0, frames: []};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.bench.paint = entry.startTime;
}).observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.bench.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
"""
COUNT_FRAMES = """() => {
  let last = performance.now();
  const frame = (now) => { window.bench.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""


@dataclass(frozen=True)
class Target:
    """A running site and the administrator's password."""

    url: str
    password: str


@dataclass(frozen=True)
class Load:
    """One load of a page with an empty cache."""

    paint_s: float
    shift: float
    scripts_kb: float
    all_kb: float
    requests: int
    settled_s: float


@contextmanager
def target() -> Iterator[Target]:
    """The site to measure; started and stopped when none is named."""
    url = os.environ.get("EMS_TEST_URL")
    if url:
        yield Target(url.rstrip("/"), os.environ["EMS_TEST_ADMIN_PASSWORD"])
        return
    with tempfile.TemporaryDirectory(prefix="ems-bench-") as folder:
        environ = os.environ | {"EMS_VAR_DIR": folder, "EMS_HTTP_PORT": "0", "EMS_DEMO_DAYS": DAYS}
        try:
            subprocess.run([script("ems-site"), "up"], env=environ, check=True)
            found = state.read(Path(folder) / "run" / "state.json")
            if found is None:
                raise SystemExit("the demo site left no state")
            secret = credentials.read(Layout(var=Path(folder)).credentials_file)
            yield Target(found.url.rstrip("/"), secret["admin"])
        finally:
            subprocess.run([script("ems-site"), "down"], env=environ, check=False)


def session(browser: Browser, site: Target) -> str:
    """Sign in once; answers what the browser keeps of it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.url)
    page.fill("input[name=username]", "administrator")
    page.fill("input[name=password]", site.password)
    page.click("button[type=submit]")
    page.wait_for_selector("#main", timeout=PATIENCE_MS)
    kept: str = page.evaluate("localStorage.getItem('ems.session')")
    context.close()
    return kept


@contextmanager
def fresh_page(browser: Browser, kept: str) -> Iterator[tuple[Page, CDPSession]]:
    """A signed-in page with an empty cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(f"localStorage.setItem('ems.session', {kept!r}); {OBSERVE}")
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    try:
        yield page, protocol
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until every widget shows its data."""
    page.wait_for_selector("h1", state="attached")
    expect(page.locator(".skeleton")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=PATIENCE_MS)


def load(browser: Browser, kept: str, address: str) -> Load:
    """Load a page on the slowed processor."""
    with fresh_page(browser, kept) as (page, protocol):
        sizes: dict[str, float] = {}
        kinds: dict[str, str] = {}
        protocol.on(
            "Network.responseReceived", lambda e: kinds.__setitem__(e["requestId"], e["response"]["mimeType"])
        )
        protocol.on(
            "Network.loadingFinished", lambda e: sizes.__setitem__(e["requestId"], e["encodedDataLength"])
        )
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        page.goto(address)
        settle(page)
        settled_ms: float = page.evaluate("performance.now()")
        found = page.evaluate("window.bench")
        scripts = sum(size for key, size in sizes.items() if "javascript" in kinds.get(key, ""))
        return Load(
            found["paint"] / 1000,
            found["shift"],
            scripts / 1024,
            sum(sizes.values()) / 1024,
            len(kinds),
            settled_ms / 1000,
        )


def initial_bundle_kb(site: Target) -> float:
    """Scripts and styles that the page itself names, compressed: what a browser needs before anything is drawn."""
    with urllib.request.urlopen(site.url + "/", timeout=60) as answer:  # noqa: S310  (the site under test)
        html = answer.read().decode()
    links = set(re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', html))
    total = 0
    for link in links:
        with urllib.request.urlopen(site.url + link, timeout=60) as answer:  # noqa: S310  (the same)
            total += len(gzip.compress(answer.read()))
    return total / 1024


def year_address(site: Target) -> str:
    """The energy report over a year of hours."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=365)
    return f"{site.url}/report/space/energycategory?p={start:%Y-%m-%d}..{today:%Y-%m-%d}&step=hourly&cmp=none"


def year_of_hours(browser: Browser, kept: str, site: Target) -> list[Figure]:
    """Open a year of hours, move over it, look at its table."""
    with fresh_page(browser, kept) as (page, _):
        page.goto(year_address(site))
        settle(page)
        page.wait_for_selector(".chart canvas")
        opened_s: float = page.evaluate("performance.now()") / 1000
        box = page.locator(".chart").first.bounding_box()
        if box is None:
            raise SystemExit("the chart has no place on the page")
        page.evaluate(COUNT_FRAMES)
        for step in range(HOVER_STEPS):
            page.mouse.move(box["x"] + box["width"] * (0.1 + 0.8 * step / HOVER_STEPS), box["y"] + 150)
        frames: list[float] = page.evaluate("window.bench.frames")
        before: float = page.evaluate("performance.now()")
        page.keyboard.press("t")
        page.wait_for_selector("table.tbl")
        table_ms: float = page.evaluate("performance.now()") - before
        rows = page.locator("table.tbl").first.get_attribute("aria-rowcount")
    return [
        Figure("year_of_hours_rows", float(rows or 0), ""),
        Figure("year_of_hours_opened", opened_s, "s"),
        at_most("year_of_hours_hover_frame_p95", statistics.quantiles(frames, n=20)[-1], "ms", FRAME_MS),
        at_most("year_of_hours_to_table", table_ms, "ms", 1_000),
    ]


def main() -> int:
    """Measure, print, write."""
    measured_on = machine()
    with target() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        kept = session(browser, site)
        loads = [load(browser, kept, f"{site.url}/") for _ in range(LOADS)]
        slowed = f"{SLOWDOWN:g}x"
        figures = [
            at_most("initial_bundle", initial_bundle_kb(site), "KB", BUNDLE_KB),
            Figure("home_scripts_with_charts", statistics.median(x.scripts_kb for x in loads), "KB"),
            at_most(
                f"home_largest_paint_{slowed}", statistics.median(x.paint_s for x in loads), "s", PAINT_S
            ),
            at_most("home_layout_shift", statistics.median(x.shift for x in loads), "", SHIFT),
            Figure("home_settled", statistics.median(x.settled_s for x in loads), "s"),
            Figure("home_transferred", statistics.median(x.all_kb for x in loads), "KB"),
            Figure("home_requests", statistics.median(x.requests for x in loads), ""),
            *year_of_hours(browser, kept, site),
        ]
        browser.close()
    publish("web", figures, measured_on)
    return 0


if __name__ == "__main__":
    sys.exit(main())
