"""The second factor: codes by the standard's own vectors, enrolment, sign-in, recovery, removal."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from ems_api.auth import totp
from ems_api.testing import Api
from ems_common.clock import utc_now

from .test_accounts import key_of, login, make_user, sql

pytestmark = pytest.mark.db
PASSWORD = "a good password"


@pytest.mark.parametrize(
    ("time_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(time_s: int, code: str) -> None:
    assert totp.hotp(b"12345678901234567890", time_s // 30, 8) == code


def test_codes_are_those_of_rfc_4226_appendix_d() -> None:
    codes = [
        "755224",
        "287082",
        "359152",
        "969429",
        "338314",
        "254676",
        "287922",
        "162583",
        "399871",
        "520489",
    ]
    assert [totp.hotp(b"12345678901234567890", counter) for counter in range(10)] == codes


def test_a_code_is_good_for_one_step_around_its_own_and_only_once() -> None:
    key = b"12345678901234567890"
    code = totp.hotp(key, 100)
    assert [totp.step_of(code, key, step * 30, 0) for step in (98, 99, 100, 101, 102)] == [
        None,
        100,
        100,
        100,
        None,
    ]
    assert totp.step_of(code, key, 3000, last_step=100) is None


def now_code(secret: str, *, ahead: int = 0) -> str:
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp.hotp(key, int(utc_now().timestamp()) // 30 + ahead)


def enrol(api: Api, name: str) -> tuple[Api, str, list[str]]:
    make_user(api, name)
    user = api.sign_in(name, PASSWORD)
    begun = user.call("POST", "/users/me/secondfactor", {"data": {"password": PASSWORD}})
    assert begun.status_code == 201, begun.text
    secret = begun.json["secret"]
    done = user.call("PUT", "/users/me/secondfactor", {"data": {"code": now_code(secret, ahead=-1)}})
    return user, secret, done.json["recovery_codes"]


def sign_in(api: Api, name: str, code: Any) -> Any:
    body = {"data": {"name": name, "password": PASSWORD, "second_factor": code}}
    return api.client.simulate_put("/users/login", json=body)


def test_after_enrolment_sign_in_needs_a_code_that_was_not_used_before(api: Api) -> None:
    user, secret, _ = enrol(api, "tessa")
    assert user.get("/users/me")["second_factor"] == {"is_on": True, "recovery_codes_left": 10}
    assert key_of(login(api, PASSWORD, name="tessa"))[2] == "API.SECOND_FACTOR_REQUIRED"
    assert key_of(login(api, "wrong", name="tessa"))[2] == "API.INVALID_PASSWORD"
    code = now_code(secret)
    assert sign_in(api, "tessa", code).status_code == 200
    assert key_of(sign_in(api, "tessa", code))[2] == "API.INVALID_SECOND_FACTOR"


def test_a_client_that_knows_no_second_factor_is_not_locked_out_by_asking(api: Api) -> None:
    _, secret, _ = enrol(api, "theo")
    for _ in range(5):
        assert key_of(login(api, PASSWORD, name="theo"))[2] == "API.SECOND_FACTOR_REQUIRED"
    assert sign_in(api, "theo", now_code(secret)).status_code == 200


def test_wrong_codes_lock_the_account_although_the_password_is_right(api: Api) -> None:
    enrol(api, "tom")
    for code in ("000000", "ABCD", 5):
        expected = "SECOND_FACTOR_REQUIRED" if code == 5 else "INVALID_SECOND_FACTOR"
        assert key_of(sign_in(api, "tom", code))[2] == f"API.{expected}"
    assert key_of(sign_in(api, "tom", "000001"))[2] == "API.INVALID_SECOND_FACTOR"
    assert key_of(sign_in(api, "tom", "000002"))[2] == "API.USER_ACCOUNT_HAS_BEEN_LOCKED"


def test_a_recovery_code_signs_in_once(api: Api) -> None:
    user, _, codes = enrol(api, "tina")
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", code) for code in codes)
    assert sign_in(api, "tina", codes[3].lower()).status_code == 200
    assert key_of(sign_in(api, "tina", codes[3]))[2] == "API.INVALID_SECOND_FACTOR"
    assert user.get("/users/me")["second_factor"]["recovery_codes_left"] == 9


def test_neither_key_nor_recovery_codes_can_be_read_from_the_database(api: Api) -> None:
    _, secret, codes = enrol(api, "tara")
    with api.services.dbs.session("user_db") as session:
        stored = str(session.rows("SELECT secret FROM tbl_second_factors"))
        stored += str(session.rows("SELECT code FROM tbl_recovery_codes"))
        logged = str(session.rows("SELECT before_values, after_values FROM tbl_audit"))
    for text in (secret, codes[0], codes[0].replace("-", "")):
        assert text not in stored
        assert text not in logged


def test_removal_needs_password_and_code_and_an_administrator_needs_neither(api: Api) -> None:
    user, secret, codes = enrol(api, "timo")
    remove = "/users/me/secondfactor/remove"
    wrong = {"data": {"password": PASSWORD, "second_factor": "000000"}}
    assert user.call("PUT", remove, wrong).json["description"] == "API.INVALID_SECOND_FACTOR"
    right = {"data": {"password": PASSWORD, "second_factor": codes[0]}}
    assert user.call("PUT", remove, right).json == "OK"
    assert login(api, PASSWORD, name="timo").status_code == 200
    enrol(api, "tilda")
    key = next(row["id"] for row in api.get("/users") if row["name"] == "tilda")
    assert user.call("DELETE", f"/users/{key}/secondfactor").json["description"] == "API.INVALID_PRIVILEGE"
    assert api.call("DELETE", f"/users/{key}/secondfactor").status_code == 204
    assert login(api, PASSWORD, name="tilda").status_code == 200
    assert secret


def test_the_enrolment_shows_a_picture_of_the_address_and_asks_for_the_password(api: Api) -> None:
    make_user(api, "toni")
    user = api.sign_in("toni", PASSWORD)
    refused = user.call("POST", "/users/me/secondfactor", {"data": {"password": "wrong"}})
    assert refused.json["description"] == "API.INVALID_PASSWORD"
    begun = user.call("POST", "/users/me/secondfactor", {"data": {"password": PASSWORD}}).json
    assert begun["otpauth_uri"].startswith(
        "otpauth://totp/Energy%20management:toni?secret=" + begun["secret"]
    )
    assert begun["qr_svg"].startswith("<svg")
    sql(api, "UPDATE tbl_users SET failed_login_count = 0 WHERE name = 'toni'")
    assert login(api, PASSWORD, name="toni").status_code == 200  # not in force before it was confirmed
