"""Single sign-on against a real OpenID Connect provider that runs as a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from ems_api.testing import Api, connect
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.ports import free_port
from ems_site.pytest_plugin import FreshDatabase

from .conftest import ADMIN_PASSWORD
from .test_accounts import make_user

pytestmark = pytest.mark.db
REDIRECT = "http://127.0.0.1/signin"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Address of a provider."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "-r", "true"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"{address}/.well-known/openid-configuration")
            yield address
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        try:
            requests.get(address, timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the provider did not start")


@dataclass
class Site:
    """An API that trusts the provider."""

    api: Api
    provider: str

    def account(self, subject: str, **claims: Any) -> None:
        """Make an account at the provider."""
        requests.put(f"{self.provider}/users/{subject}", json=claims, timeout=10).raise_for_status()

    def begin(self) -> tuple[str, str]:
        """Address to send the browser to, and the sealed note."""
        begun = self.api.client.simulate_get("/v1/users/oidc").json
        return begun["authorization_url"], begun["transaction"]

    def consent(self, address: str, subject: str) -> dict[str, str]:
        """What the provider sends the browser back with, once somebody has signed in there."""
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
        back = urlsplit(answer.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == REDIRECT
        return {name: values[0] for name, values in parse_qs(back.query).items()}

    def finish(self, **data: str) -> Any:
        """Bring the code back."""
        return self.api.client.simulate_post("/v1/users/oidc", json={"data": data})

    def sign_in(self, subject: str) -> Any:
        """All of it."""
        address, note = self.begin()
        return self.finish(transaction=note, **self.consent(address, subject))


@pytest.fixture(scope="module")
def site(
    provider: str, fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A migrated site with an API that trusts the provider."""
    client = requests.post(
        f"{provider}/oauth2/clients", json={"redirect_uris": [REDIRECT]}, timeout=10
    ).json()
    environ = {
        "EMS_OIDC_ISSUER": provider,
        "EMS_OIDC_CLIENT_ID": client["client_id"],
        "EMS_OIDC_CLIENT_SECRET": client["client_secret"],
        "EMS_OIDC_REDIRECT_URL": REDIRECT,
    }
    api = connect({**fresh_database_module.environ, **environ}, str(tmp_path_factory.mktemp("var")))
    migrate(api.services.dbs, lambda _line: None)
    reference.install(api.services.dbs, ADMIN_PASSWORD)
    yield Site(api.sign_in("administrator", ADMIN_PASSWORD), provider)
    api.close()


def test_the_browser_is_sent_with_state_nonce_and_a_challenge_never_with_the_verifier(site: Site) -> None:
    address, note = site.begin()
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert query["scope"] == "openid email profile"
    opened = site.api.services.vault.open(note) or ""
    assert query["state"] in opened
    assert query["nonce"] in opened
    assert "verifier" in opened
    assert not any(value in note for value in query.values() if len(value) > 20)


def test_a_verified_address_that_a_user_has_signs_him_in_and_stays_linked(site: Site) -> None:
    make_user(site.api, "olga")
    site.account("sub-olga", email="olga@example.com", email_verified=True, name="Olga")
    user = site.sign_in("sub-olga")
    assert user.status_code == 200, user.text
    client = Api(
        site.api.services, site.api.client, {"USER-UUID": user.json["uuid"], "TOKEN": user.json["token"]}
    )
    assert client.get("/users/me")["name"] == "olga"
    site.account("sub-olga", email="olga.married@example.com", email_verified=True)
    assert site.sign_in("sub-olga").json["name"] == "olga"


def test_an_address_that_is_not_verified_signs_nobody_in(site: Site) -> None:
    make_user(site.api, "otto")
    site.account("sub-otto", email="otto@example.com", email_verified=False)
    refused = site.sign_in("sub-otto")
    assert (refused.status_code, refused.json["description"]) == (401, "API.EMAIL_IS_NOT_VERIFIED")


def test_somebody_new_waits_for_an_administrators_approval(site: Site) -> None:
    site.account("sub-ophelia", email="ophelia@example.com", email_verified=True, name="Ophelia")
    for _ in range(2):
        assert site.sign_in("sub-ophelia").json["description"] == "API.ACCOUNT_AWAITS_APPROVAL"
    waiting = [row for row in site.api.get("/users/newusers") if row["email"] == "ophelia@example.com"]
    assert [row["display_name"] for row in waiting] == ["Ophelia"]
    body = {"data": {"is_admin": False, "is_read_only": False}}
    assert site.api.call("PUT", f"/users/newusers/{waiting[0]['id']}/approve", body).status_code == 201
    assert site.sign_in("sub-ophelia").status_code == 200


def test_another_state_another_note_and_a_used_code_are_refused(site: Site) -> None:
    make_user(site.api, "oscar")
    site.account("sub-oscar", email="oscar@example.com", email_verified=True)
    address, note = site.begin()
    back = site.consent(address, "sub-oscar")
    _, other = site.begin()
    for wrong in (
        {**back, "transaction": other},
        {**back, "state": "x" * 43, "transaction": note},
        {**back, "transaction": note[:-6] + "AAAAAA"},
    ):
        assert site.finish(**wrong).json["description"] == "API.INVALID_TRANSACTION"
    assert site.finish(**back, transaction=note).status_code == 200
    assert site.finish(**back, transaction=note).json["description"] == "API.SINGLE_SIGN_ON_FAILED"


def test_a_token_made_for_another_sign_in_is_refused_by_its_nonce(site: Site) -> None:
    make_user(site.api, "odile")
    site.account("sub-odile", email="odile@example.com", email_verified=True)
    address, note = site.begin()
    nonce = parse_qs(urlsplit(address).query)["nonce"][0]
    back = site.consent(address.replace(nonce, "n" * 43), "sub-odile")
    assert site.finish(**back, transaction=note).json["description"] == "API.SINGLE_SIGN_ON_FAILED"


def test_a_locked_or_expired_account_is_not_let_in_by_the_provider(site: Site) -> None:
    key = make_user(site.api, "omar")
    site.account("sub-omar", email="omar@example.com", email_verified=True)
    with site.api.services.dbs.session("user_db") as session:
        session.execute("UPDATE tbl_users SET failed_login_count = 3 WHERE id = %s", (key,))
    assert site.sign_in("sub-omar").json["description"] == "API.USER_ACCOUNT_HAS_BEEN_LOCKED"
    with site.api.services.dbs.session("user_db") as session:
        session.execute(
            "UPDATE tbl_users SET failed_login_count = 0, account_expiration_datetime_utc = '2020-01-01'"
            " WHERE id = %s",
            (key,),
        )
    assert site.sign_in("sub-omar").json["description"] == "API.USER_ACCOUNT_HAS_EXPIRED"


def test_sign_ins_by_the_provider_stand_in_the_audit_log(site: Site) -> None:
    make_user(site.api, "odette")
    site.account("sub-odette", email="odette@example.com", email_verified=True)
    assert site.sign_in("sub-odette").status_code == 200
    site.account("sub-opal", email="opal@example.com", email_verified=False)
    assert site.sign_in("sub-opal").status_code == 401
    lines = site.api.get("/v1/audit", params={"action": "sign_in", "limit": "200"})
    by = {
        (line["user_name"], line["outcome"])
        for line in lines
        if (line["after"] or {}).get("by") == "single sign-on"
    }
    assert {("odette", "done"), ("", "API.EMAIL_IS_NOT_VERIFIED")} <= by


def test_without_a_provider_the_site_says_that_there_is_none(api: Api) -> None:
    assert api.client.simulate_get("/users/signin").json["single_sign_on"] is None
    assert api.client.simulate_get("/v1/users/oidc").json["description"] == "API.SINGLE_SIGN_ON_IS_OFF"
