"""The dashboards in a real browser: size, largest paint on a slowed processor, a year of hours: `make bench-web`.

`EMS_TEST_URL` names a site that runs already (with `EMS_TEST_ADMIN_PASSWORD`); without it a demo of
`EMS_BENCH_DAYS` days (default 366) is started on free ports and taken down again. Chromium is Debian's, driven by
Playwright; the processor is slowed by its own debugging protocol (`EMS_BENCH_CPU_SLOWDOWN`, default 4). Each figure
is the median of `EMS_BENCH_LOADS` loads (default 5) with an empty cache.

Beside the seconds stand ratios to `reference_loop`, a fixed piece of arithmetic in the same browser, slowed alike:
they stay about the same on a busy or slower machine, so they tell a slower page from a slower machine. A part that
fails is reported and leaves the others standing; the exit code tells of it.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ems_site import credentials, state
from ems_site.settings import Layout, script
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.bench.figures import Figure, at_most, machine, publish

CHROMIUM = "/usr/bin/chromium"
DAYS = os.environ.get("EMS_BENCH_DAYS", "366")
LOADS = int(os.environ.get("EMS_BENCH_LOADS", "5"))
SLOWDOWN = float(os.environ.get("EMS_BENCH_CPU_SLOWDOWN", "4"))
BUNDLE_KB = 250
PAINT_S = 1.5
SHIFT = 0.05
PATIENCE_MS = 180_000
HOVER_STEPS = 40
FRAME_MS = 100

# Kept by the browser from the first byte on; read when the page has settled.
OBSERVE = """
window.bench = {paint: 0, element: '', first: 0, figures: 0, shift: 0, blocked: 0, frames: []};
const watch = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take))
  .observe({type, buffered: true});
watch('largest-contentful-paint', (entry) => {
  window.bench.paint = entry.startTime;
  const {className, tagName} = entry.element ?? {};
  window.bench.element = `${tagName ?? '?'}.${className ?? ''}`;
});
watch('paint', (entry) => {
  if (entry.name === 'first-contentful-paint') window.bench.first = entry.startTime;
});
watch('layout-shift', (entry) => { if (!entry.hadRecentInput) window.bench.shift += entry.value; });
watch('longtask', (entry) => { window.bench.blocked += entry.duration - 50; });
document.addEventListener('DOMContentLoaded', () => {
  const look = () => {
    if (document.querySelectorAll('.kpi__value').length < 4) return requestAnimationFrame(look);
    window.bench.figures = performance.now();
  };
  look();
});
"""
COUNT_FRAMES = """() => {
  let last = performance.now();
  const frame = (now) => { window.bench.frames.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""
REFERENCE = """() => {
  const started = performance.now();
  let sum = 0;
  for (let i = 0; i < 2e7; i++) sum = (sum * 31 + i) % 1000003;
  return sum < 0 ? 0 : performance.now() - started;
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
    first_paint_s: float
    figures_s: float
    blocked_s: float
    element: str
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


def reference_s(browser: Browser) -> float:
    """How long the fixed piece of arithmetic takes, slowed like the pages; the best of three."""
    context = browser.new_context()
    try:
        page = context.new_page()
        protocol = context.new_cdp_session(page)
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        return min(float(page.evaluate(REFERENCE)) for _ in range(3)) / 1000
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
            found["first"] / 1000,
            found["figures"] / 1000,
            found["blocked"] / 1000,
            found["element"],
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
        # The first move is warm-up: it makes the line and its text.
        page.mouse.move(box["x"] + box["width"] * 0.05, box["y"] + 150)
        page.wait_for_selector(".chart-tip--cursor:not([hidden])")
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


def home(browser: Browser, kept: str, site: Target) -> list[Figure]:
    """Load the first dashboard with an empty cache on the slowed processor, again and again."""
    reference = reference_s(browser)
    loads = [load(browser, kept, f"{site.url}/") for _ in range(LOADS)]
    print("  largest paints:", ", ".join(f"{x.paint_s:.2f} s {x.element}" for x in loads))

    def median(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in loads))

    paint_s = median("paint_s")
    slowed = f"{SLOWDOWN:g}x"
    return [
        Figure(f"reference_loop_{slowed}", reference, "s"),
        Figure("home_scripts_with_charts", median("scripts_kb"), "KB"),
        Figure(f"home_first_paint_{slowed}", median("first_paint_s"), "s"),
        at_most(f"home_largest_paint_{slowed}", paint_s, "s", PAINT_S),
        Figure("home_largest_paint_per_reference", paint_s / reference, ""),
        Figure(f"home_first_figures_{slowed}", median("figures_s"), "s"),
        Figure("home_first_figures_per_reference", median("figures_s") / reference, ""),
        Figure(f"home_blocked_{slowed}", median("blocked_s"), "s"),
        at_most("home_layout_shift", median("shift"), "", SHIFT),
        Figure(f"home_settled_{slowed}", median("settled_s"), "s"),
        Figure("home_transferred", median("all_kb"), "KB"),
        Figure("home_requests", median("requests"), ""),
    ]


def bundle(_browser: Browser, _kept: str, site: Target) -> list[Figure]:
    """What a browser needs before anything is drawn."""
    return [at_most("initial_bundle", initial_bundle_kb(site), "KB", BUNDLE_KB)]


PARTS: tuple[Callable[[Browser, str, Target], list[Figure]], ...] = (bundle, home, year_of_hours)


def main() -> int:
    """Measure, print, write; parts that fail are named."""
    measured_on = machine()
    figures: list[Figure] = []
    failed: list[str] = []
    with target() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        kept = session(browser, site)
        for part in PARTS:
            try:
                figures += part(browser, kept, site)
            except (PlaywrightError, AssertionError, OSError) as ex:
                failed.append(f"{part.__name__}: {str(ex).splitlines()[0]}")
        browser.close()
    publish("web", figures, measured_on)
    for failure in failed:
        print(f"  FAILED {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
