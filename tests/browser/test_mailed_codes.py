"""A forgotten password and a new account: by codes that a real mail server delivers."""

from __future__ import annotations

import email
import email.policy
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import PATIENCE_MS, PHONE, Api, Visitor
from .test_looks import violations
from .test_pages import FOREVER, id_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE_S = 60


@dataclass
class MailServer:
    """A running SMTP server that keeps what it gets in a Maildir."""

    folder: Path

    def code_for(self, address: str) -> str:
        """The code in the mail to an address, waited for."""
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s:
            for path in (self.folder / "new").glob("*"):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                found = re.search(r"\b\d{6}\b", mail.get_body().get_content())  # type: ignore[union-attr]
                if address in mail["To"] and found:
                    return found[0]
            time.sleep(0.2)
        raise AssertionError(f"no mail to {address} came")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int) -> None:
    """Wait until somebody listens."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline_s, "the mail server did not start"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def mail_server(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """A mail server, entered as the site's own."""
    folder, port = tmp_path_factory.mktemp("mail") / "box", free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}",
         "-c", "aiosmtpd.handlers.Mailbox", str(folder)],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    await_port(port)
    entered = {
        "host": "127.0.0.1",
        "port": port,
        "requires_authentication": False,
        "user_name": "",
        "password": "",
        "from_addr": "ems@browser.example",
    }
    api.call("POST", "/emailservers", {"data": entered})
    yield MailServer(folder)
    server = next(one["id"] for one in api.get("/emailservers") if one["port"] == port)
    api.call("DELETE", f"/emailservers/{server}")
    process.terminate()
    process.wait(10)


def ask_for_code(visitor: Visitor, link: str, address: str, picture: str) -> None:
    """From the sign-in to the field of the code."""
    page = visitor.page
    visitor.open("/")
    page.get_by_role("link", name=link).click()
    page.wait_for_selector("input[name=email]")
    visitor.screenshot(f"web-{picture}-address", whole=False)
    page.fill("input[name=email]", address)
    page.get_by_role("button", name="Send a code").click()
    page.wait_for_selector("input[name=code]")


def sign_in(page: Page, account: str, password: str) -> None:
    """Sign in on the page that asks for it."""
    page.fill("input[name=username]", account)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_selector("#main")


def test_a_forgotten_password_is_set_anew_with_a_code_from_a_mail(
    visit: Any, api: Api, mail_server: MailServer
) -> None:
    name = f"forgetful.{secrets.token_hex(3)}"
    address, password = f"{name}@browser.example", secrets.token_urlsafe(12)
    user = {"name": name, "display_name": name, "email": address, "is_admin": True, "is_read_only": True}
    user |= {"password": secrets.token_urlsafe(12), "privilege_id": None}
    user |= {"account_expiration_datetime": FOREVER, "password_expiration_datetime": FOREVER}
    api.call("POST", "/users", {"data": user})
    visitor: Visitor = visit(allowed=("/users/forgotpassword", "Failed to load resource"))
    page = visitor.page
    ask_for_code(visitor, "Forgotten password", address, "forgot")
    code = mail_server.code_for(address)
    # A wrong code is told, and nothing typed is lost.
    page.fill("input[name=code]", "000000" if code != "000000" else "111111")
    page.fill("input[autocomplete=new-password]", password)
    page.click("button[type=submit]")
    expect(page.locator(".banner--critical")).to_have_text(
        "The code is not right, or it has expired.", timeout=PATIENCE_MS
    )
    assert page.input_value("input[autocomplete=new-password]") == password
    assert violations(visitor) == []
    visitor.screenshot("web-forgot-wrong-code", whole=False)
    page.fill("input[name=code]", code)
    page.click("button[type=submit]")
    page.wait_for_selector("input[name=code]", state="detached")
    visitor.screenshot("web-forgot-done", whole=False)
    page.get_by_role("link", name="Back to the sign-in").click()
    sign_in(page, name, password)
    api.call("DELETE", f"/users/{id_of(api, '/users', name)}")


def test_who_asks_for_an_account_gets_in_when_it_is_approved(
    visit: Any, api: Api, mail_server: MailServer
) -> None:
    name = f"newcomer.{secrets.token_hex(3)}"
    address, password = f"{name}@browser.example", secrets.token_urlsafe(12)
    visitor: Visitor = visit(size=PHONE, theme="dark")
    page = visitor.page
    ask_for_code(visitor, "Ask for an account", address, "register")
    page.fill("input[name=code]", mail_server.code_for(address))
    page.fill("input[name=username]", name)
    page.fill("input[name=name]", name)
    page.fill("input[autocomplete=new-password]", password)
    assert violations(visitor) == []
    visitor.screenshot("web-register-details", whole=False)
    page.click("button[type=submit]")
    page.wait_for_selector("input[name=code]", state="detached")
    visitor.screenshot("web-register-done", whole=False)
    wish = id_of(api, "/users/newusers", name)
    approval = {"is_admin": True, "is_read_only": True, "privilege_id": None}
    approval |= {"account_expiration_datetime": FOREVER, "password_expiration_datetime": FOREVER}
    body = {"data": {"name": name, "display_name": name, "email": address, **approval}}
    api.call("PUT", f"/users/newusers/{wish}/approve", body)
    page.get_by_role("link", name="Back to the sign-in").click()
    sign_in(page, name, password)
    api.call("DELETE", f"/users/{id_of(api, '/users', name)}")
