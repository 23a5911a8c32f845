"""A browser on a running site: Debian's Chromium, signed in, and watched for faults.

`EMS_TEST_URL` names a site that runs already (with `EMS_TEST_ADMIN_PASSWORD`, `EMS_TEST_MANAGER_PASSWORD` and
`EMS_TEST_SIMULATOR_URL`); without it the run's own demo site is started.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 20_000
NEWER = ("/api/v1/", "/api/users/")
"""What dashboards ask: the newer dialect, and the accounts that are the same in both."""


@dataclass(frozen=True)
class Site:
    """A running site and its accounts."""

    url: str
    passwords: dict[str, str]


@dataclass
class Api:
    """The API as a client other than the browser sees it: the second opinion on what is shown."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    prefix: str = "api"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request; answers the JSON, or None."""
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url.rstrip('/')}/{self.prefix}".rstrip("/") + path
        request = urllib.request.Request(address, method=method, data=data, headers=self.headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self.call("GET", path)


SETTLED = """async () => {
  for (let frame = 0; frame < 3; frame++) {
    await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
    if (!document.querySelector("h1") || document.querySelector(".skeleton, [aria-busy=true]")) return false;
  }
  return true;
}"""
"""Whether a page shows what it knows, for some frames: between an answer, or a part of the program that has come,
and what is drawn because of it, a page looks settled for a moment."""


FOLLOW = """(path) => {
  document.querySelector("h1")?.setAttribute("data-left", "");
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate", { state: null }));
}"""
"""Goes to an address as the back button does; both programs draw the page of another path anew, heading and all."""


@dataclass
class Watch:
    """What goes on behind a page: requests under way, console errors, uncaught exceptions, failed requests."""

    page: Page
    faults: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    under_way: set[Request] = field(default_factory=set)

    def start(self) -> Watch:
        """Listen from now on."""
        self.page.on("console", lambda m: self._note(f"console: {m.text}") if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(f"exception: {error}"))
        self.page.on("response", self._on_response)
        self.page.on("requestfailed", lambda r: self._on_failed(r.url, str(r.failure)))
        self.page.on("request", self._on_request)
        self.page.on("requestfinished", self._on_ended)
        self.page.on("requestfailed", self._on_ended)
        return self

    def _on_request(self, request: Request) -> None:
        if request.headers.get("accept") != "text/event-stream":
            self.under_way.add(request)

    def _on_ended(self, request: Request) -> None:
        self.under_way.discard(request)

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status} {response.request.method} {response.url}")
        asked, shown = urlsplit(response.url).path, urlsplit(self.page.url).path
        if asked.startswith("/api/") and not asked.startswith(NEWER) and not shown.startswith("/admin"):
            self._note(f"a dashboard asked the root, with MyEMS' zeros and guards: {response.url}")

    def _on_failed(self, url: str, reason: str) -> None:
        # A page that is left aborts what it no longer needs; that is no fault.
        if "ERR_ABORTED" not in reason:
            self._note(f"{reason} {url}")

    def _note(self, fault: str) -> None:
        if not any(text in fault for text in self.allowed):
            self.faults.append(fault)


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Site:
    """The site under test."""
    url = os.environ.get("EMS_TEST_URL")
    if url:
        passwords = {
            "administrator": os.environ["EMS_TEST_ADMIN_PASSWORD"],
            "manager": os.environ["EMS_TEST_MANAGER_PASSWORD"],
        }
        return Site(url.rstrip("/") + "/", passwords)
    demo = request.getfixturevalue("demo_site")
    return Site(demo.url, demo.passwords)


@pytest.fixture(scope="session")
def api(site: Site) -> Api:
    """The API, signed in as the administrator."""
    anonymous = Api(site.url)
    user = anonymous.call(
        "PUT",
        "/users/login",
        {"data": {"account": "administrator", "password": site.passwords["administrator"]}},
    )
    return Api(site.url, {"User-UUID": user["uuid"], "Token": user["token"]})


@pytest.fixture(scope="session")
def simulator(request: pytest.FixtureRequest) -> Api:
    """The plant's own switchboard: raise a load, trip a device."""
    url = os.environ.get("EMS_TEST_SIMULATOR_URL")
    if url is None:
        demo = request.getfixturevalue("demo_site")
        url = f"http://127.0.0.1:{demo.environ['EMS_SIMULATOR_ADMIN_PORT']}/"
    return Api(url, prefix="")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, one for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visitor:
    """Somebody with a browser window."""

    site: Site
    context: BrowserContext
    page: Page
    watch: Watch

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(self.site.url.rstrip("/") + path)

    def follow(self, path: str) -> None:
        """Go to an address as a link does: without loading the program again, where that is possible."""
        here, there = urlsplit(self.page.url).path, urlsplit(path).path
        if here == there or here.startswith("/admin") != there.startswith("/admin"):
            self.open(path)
            return
        self.page.evaluate(FOLLOW, path)
        self.page.wait_for_selector("h1[data-left]", state="detached")

    def sign_in(self, path: str = "/", account: str = "administrator") -> Visitor:
        """Open an address and sign in there."""
        self.open(path)
        self.page.fill("input[name=username]", account)
        self.page.fill("input[name=password]", self.site.passwords[account])
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#main")
        return self

    def settle(self) -> None:
        """Wait until every widget shows its data or says why it can't."""
        deadline_s = time.monotonic() + PATIENCE_MS / 1000
        while not self.page.evaluate(SETTLED) or self.watch.under_way:
            under_way = [request.url for request in self.watch.under_way]
            assert time.monotonic() < deadline_s, f"{self.page.url} does not settle: {under_way}"

    def screenshot(self, name: str, *, whole: bool = True) -> None:
        """Keep what is seen."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Any]:
    """Make visitors: `visit(theme="dark", size=PHONE)`; faults behind their pages fail the test."""
    made: list[Visitor] = []

    def make(
        *,
        theme: str = "light",
        size: dict[str, int] = DESKTOP,
        language: str = "en",
        allowed: tuple[str, ...] = (),
    ) -> Visitor:
        context = chromium.new_context(viewport=size, locale="en-GB", timezone_id="Pacific/Auckland")
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(
            f"localStorage.setItem('ems.theme', '{theme}'); localStorage.setItem('ems.language', '{language}')"
        )
        page = context.new_page()
        visitor = Visitor(site, context, page, Watch(page, allowed=allowed).start())
        made.append(visitor)
        return visitor

    yield make
    faults = [fault for visitor in made for fault in visitor.watch.faults]
    for visitor in made:
        visitor.context.close()
    assert not faults, "\n".join(faults)
