"""Sign-in, sessions, passwords, registration, API keys."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ems_api.auth import audit, store
from ems_api.jobs import scheduler
from ems_api.testing import Api

pytestmark = pytest.mark.db
FAR = "2035-01-01T00:00:00"


def make_user(api: Api, name: str, **more: Any) -> int:
    data = {
        "name": name,
        "display_name": name.title(),
        "email": f"{name}@example.com",
        "password": "a good password",
        "is_admin": False,
        "privilege_id": None,
        "account_expiration_datetime": FAR,
        "password_expiration_datetime": FAR,
    }
    return api.post("/users", {**data, **more})


def login(api: Api, password: str, **who: str) -> Any:
    return api.call("PUT", "/users/login", {"data": {**who, "password": password}})


def key_of(result: Any) -> tuple[int, str, str]:
    return result.status_code, result.json["title"], result.json["description"]


def sql(api: Api, statement: str, *params: Any) -> None:
    with api.services.dbs.session("user_db") as session:
        session.execute(statement, params)


def test_user_signs_in_by_name_mail_phone_or_account_whatever_the_case(api: Api) -> None:
    make_user(api, "anna", phone="+4912345678")
    for who in (
        {"name": "ANNA"},
        {"email": "Anna@Example.com"},
        {"account": "anna"},
        {"account": "anna@example.com"},
        {"account": "+4912345678"},
    ):
        assert login(api, "a good password", **who).status_code == 200, who


def test_errors_of_sign_in_come_in_the_contracts_order(api: Api) -> None:
    make_user(api, "ben")
    assert key_of(login(api, "x", name="nobody")) == (404, "API.ERROR", "API.USER_NOT_FOUND")
    assert key_of(login(api, "", name="ben")) == (400, "API.BAD_REQUEST", "API.INVALID_PASSWORD")
    assert key_of(login(api, "x" * 101, name="ben"))[2] == "API.PASSWORD_LENGTH_CANNOT_EXCEED_100_CHARACTERS"
    assert key_of(login(api, "x"))[2] == "API.INVALID_USER_NAME_OR_EMAIL_OR_PHONE"
    for _ in range(3):
        assert key_of(login(api, "wrong", name="ben"))[2] == "API.INVALID_PASSWORD"
    assert key_of(login(api, "a good password", name="ben"))[2] == "API.USER_ACCOUNT_HAS_BEEN_LOCKED"


def test_a_locked_user_is_unlocked_by_an_administrator(api: Api) -> None:
    key = make_user(api, "carl")
    assert api.call("PUT", f"/users/unlock/{key}").json["description"] == "API.USER_ACCOUNT_IS_NOT_LOCKED"
    for _ in range(3):
        login(api, "wrong", name="carl")
    assert api.get(f"/users/{key}")["is_locked"] is True
    assert api.call("PUT", f"/users/unlock/{key}").json == "OK"
    assert login(api, "a good password", name="carl").status_code == 200


def test_sign_ins_of_one_user_at_once_do_not_shut_each_other_out(api: Api) -> None:
    make_user(api, "cora")
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: login(api, "a good password", name="cora"), range(16)))
    assert [answer.status_code for answer in answers] == [200] * 16


def test_wrong_passwords_at_once_are_no_more_tries_than_after_another(api: Api) -> None:
    key = make_user(api, "curt")
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: login(api, "wrong", name="curt"), range(16)))
    told = Counter(key_of(answer)[2] for answer in answers)
    assert told == {"API.INVALID_PASSWORD": 3, "API.USER_ACCOUNT_HAS_BEEN_LOCKED": 13}
    assert key_of(login(api, "a good password", name="curt"))[2] == "API.USER_ACCOUNT_HAS_BEEN_LOCKED"
    assert api.get(f"/users/{key}")["is_locked"] is True


def test_expired_account_and_password_are_told_only_after_the_right_password(api: Api) -> None:
    key = make_user(api, "dora")
    sql(api, "UPDATE tbl_users SET password_expiration_datetime_utc = '2020-01-01' WHERE id = %s", key)
    assert key_of(login(api, "wrong", name="dora"))[2] == "API.INVALID_PASSWORD"
    assert key_of(login(api, "a good password", name="dora"))[2] == "API.USER_PASSWORD_HAS_EXPIRED"
    sql(api, "UPDATE tbl_users SET account_expiration_datetime_utc = '2020-01-01' WHERE id = %s", key)
    assert key_of(login(api, "a good password", name="dora"))[2] == "API.USER_ACCOUNT_HAS_EXPIRED"


def test_a_myems_hash_is_accepted_once_and_replaced(api: Api) -> None:
    key = make_user(api, "emil")
    salt = "0123456789abcdef0123456789abcdef"
    legacy = hashlib.sha512((salt + "old password").encode()).hexdigest()
    sql(api, "UPDATE tbl_users SET salt = %s, password = %s WHERE id = %s", salt, legacy, key)
    assert login(api, "old password", name="emil").status_code == 200
    with api.services.dbs.session("user_db") as session:
        stored = session.scalar("SELECT password FROM tbl_users WHERE id = %s", (key,))
    assert stored.startswith("$argon2id$")
    assert login(api, "old password", name="emil").status_code == 200


def test_an_old_hash_is_not_renewed_over_a_password_changed_meanwhile(api: Api) -> None:
    key = make_user(api, "ella")
    with api.services.dbs.session(store.DATABASE) as session:
        read = store.user_by_id(session, key)
        assert read is not None
        store.store_password(session, key, "", "hash of the new password")
        store.rehash_password(session, read, "", "another hash of the old password")
        kept = session.scalar("SELECT password FROM tbl_users WHERE id = %s", (key,))
    assert kept == "hash of the new password"


def test_a_password_changed_between_its_proof_and_the_session_opens_none(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_user(api, "edda")
    passwords = api.services.passwords
    verify, (salt, changed) = passwords.verify, passwords.hash("a changed password")

    def changed_after_the_proof(given: str, *kept: str) -> bool:
        is_right = verify(given, *kept)
        with api.services.dbs.session(store.DATABASE) as session:
            store.store_password(session, key, salt, changed)
        monkeypatch.undo()
        return is_right

    monkeypatch.setattr(passwords, "verify", changed_after_the_proof)
    refused = login(api, "a good password", name="edda")
    assert refused.json["description"] == "API.INVALID_PASSWORD"
    with api.services.dbs.session("user_db") as session:
        assert (
            session.scalar(
                "SELECT COUNT(*) FROM tbl_sessions s JOIN tbl_users u ON u.uuid = s.user_uuid WHERE u.id = %s",
                (key,),
            )
            == 0
        )
    assert login(api, "a changed password", name="edda").status_code == 200


def test_tokens_are_stored_as_digests(api: Api) -> None:
    make_user(api, "finn")
    user = login(api, "a good password", name="finn").json
    assert re.fullmatch(r"[0-9a-f]{128}", user["token"])
    with api.services.dbs.session("user_db") as session:
        stored = session.rows("SELECT token FROM tbl_sessions WHERE user_uuid = %s", (user["uuid"],))
    assert stored == [(hashlib.sha256(user["token"].encode()).hexdigest(),)]


def test_a_session_ends_by_logout_at_once_and_by_time(api: Api) -> None:
    make_user(api, "gina")
    gina = api.sign_in("gina", "a good password")
    assert gina.call("GET", "/timezones").status_code == 200
    assert gina.call("PUT", "/users/logout").json == "OK"
    assert key_of(gina.call("GET", "/timezones")) == (404, "API.NOT_FOUND", "API.USER_SESSION_NOT_FOUND")
    gina = api.sign_in("gina", "a good password")
    past = (datetime.now(UTC) - timedelta(seconds=1)).replace(tzinfo=None)
    sql(api, "UPDATE tbl_sessions SET utc_expires = %s WHERE user_uuid = %s", past, gina.headers["USER-UUID"])
    assert key_of(gina.call("GET", "/timezones"))[2] == "API.USER_SESSION_TIMEOUT"


def test_changing_a_password_ends_the_other_sessions(api: Api) -> None:
    make_user(api, "hugo")
    here, there = api.sign_in("hugo", "a good password"), api.sign_in("hugo", "a good password")
    wrong = {"data": {"old_password": "no", "new_password": "a new password"}}
    assert here.call("PUT", "/users/changepassword", wrong).json["description"] == "API.INVALID_OLD_PASSWORD"
    right = {"data": {"old_password": "a good password", "new_password": "  a new password "}}
    assert here.call("PUT", "/users/changepassword", right).json == "OK"
    assert here.call("GET", "/timezones").status_code == 200
    assert there.call("GET", "/timezones").status_code == 404
    assert login(api, "a new password", name="hugo").status_code == 200


def test_the_first_administrator_is_protected_from_others(api: Api) -> None:
    make_user(api, "ida", is_admin=True, is_read_only=False)
    ida = api.sign_in("ida", "a good password")
    body = {"data": {"name": "administrator", "password": "x"}}
    assert key_of(ida.call("PUT", "/users/resetpassword", body)) == (
        403,
        "API.FORBIDDEN",
        "API.SUPER_ADMIN_ACCOUNT_IS_PROTECTED",
    )
    assert ida.call("DELETE", "/users/1").status_code == 403


def test_a_read_only_administrator_reads_all_and_writes_nothing(api: Api) -> None:
    make_user(api, "jana", is_admin=True, is_read_only=True)
    jana = api.sign_in("jana", "a good password")
    assert jana.call("GET", "/spaces/1").status_code == 200
    refused = jana.call("POST", "/sensors", {"data": {"name": "x"}})
    assert key_of(refused) == (400, "API.BAD_REQUEST", "API.INVALID_PRIVILEGE")
    assert jana.call("POST", "/v1/sensors", {"data": {"name": "x"}}).status_code == 403


def mails(api: Api, address: str) -> list[tuple[str, str]]:
    """Subject and text of what waits for an address, the oldest first."""
    with api.services.dbs.session("user_db") as session:
        return list(
            session.rows(
                "SELECT subject, message FROM tbl_email_messages WHERE recipient_email = %s ORDER BY id",
                (address,),
            )
        )


@pytest.mark.parametrize(
    ("accepted", "subject", "begin"),
    [
        ("de-DE", "Bestätigungscode", "Ihr Bestätigungscode lautet "),
        ("zh-CN,zh;q=0.9,en;q=0.8", "验证码", "您的验证码是 "),
        ("fr-FR", "Verification code", "Your verification code is "),
    ],
)
def test_codes_are_mailed_in_the_readers_language(api: Api, accepted: str, subject: str, begin: str) -> None:
    address = f"{accepted[:2]}@example.com"
    mail = {"recipient_email": address, "subject": "s", "message": "m"}
    sent = api.client.simulate_post(
        "/users/emailmessages", json={"data": mail}, headers={"Accept-Language": accepted}
    )
    assert sent.status_code == 201
    [(found_subject, text)] = mails(api, address)
    assert found_subject == subject
    assert re.fullmatch(rf"{begin}\d{{6}}\D.*", text)


def test_registration_needs_the_mailed_code_and_an_administrators_approval(api: Api) -> None:
    mail = {
        "recipient_email": "kim@example.com",
        "subject": "s",
        "message": "<a href='http://evil'>click</a> {verification_code}",
        "created_datetime": FAR,
        "scheduled_datetime": FAR,
    }
    assert api.client.simulate_post("/users/emailmessages", json={"data": mail}).status_code == 201
    again = api.client.simulate_post("/users/emailmessages", json={"data": mail})
    assert again.status_code == 429
    with api.services.dbs.session("user_db") as session:
        text = session.scalar(
            "SELECT message FROM tbl_email_messages WHERE recipient_email = 'kim@example.com'"
        )
    assert "evil" not in text
    code = re.search(r"\d{6}", text).group()  # type: ignore[union-attr]
    user = {"name": "kim", "display_name": "Kim", "email": "kim@example.com", "password": "a good password"}
    wrong = api.client.simulate_post(
        "/users/newusers", json={"data": {**user, "verification_code": "000000x"}}
    )
    assert wrong.json["description"] == "API.NEW_USER_SESSION_NOT_FOUND"
    made = api.client.simulate_post("/users/newusers", json={"data": {**user, "verification_code": code}})
    assert made.status_code == 201
    key = made.headers["location"].rsplit("/", 1)[1]
    assert api.client.simulate_get(f"/users/newusers/{key}").status_code == 400
    assert login(api, "a good password", name="kim").status_code == 404
    body = {"data": {"is_admin": False, "is_read_only": False}}
    assert api.call("PUT", f"/users/newusers/{key}/approve", body).status_code == 201
    assert mails(api, "kim@example.com")[-1][0] == "Your account is ready"
    assert login(api, "a good password", name="kim").status_code == 200


def test_an_api_key_is_shown_once_and_works_until_it_ends(api: Api) -> None:
    made = api.call("POST", "/apikeys", {"data": {"name": "robot", "expires_datetime": FAR}})
    token = made.json["token"]
    anonymous = Api(api.services, api.client, {"API-KEY": token})
    assert anonymous.call("GET", "/spaces/1").status_code == 200
    assert anonymous.call("GET", "/apikeys").status_code == 400
    assert token not in api.call("GET", "/apikeys").text
    sql(api, "UPDATE tbl_api_keys SET expires_datetime_utc = '2020-01-01' WHERE name = 'robot'")
    api.call("PUT", "/users/unlock/1")
    api.services.versions.change(1)
    assert anonymous.call("GET", "/spaces/1").json["description"] == "API.API_KEY_HAS_EXPIRED"


def test_every_change_stands_in_the_activity_log_without_secrets(api: Api) -> None:
    make_user(api, "lena")
    key = api.post("/sensors", {"name": "in the log"})
    api.call("DELETE", f"/sensors/{key}")
    lines = api.get("/logs", params={"limit": "5"})
    methods = [(line["request_method"], line["resource_type"]) for line in lines[:3]]
    assert methods == [("DELETE", "SensorItem"), ("POST", "SensorCollection"), ("POST", "UserCollection")]
    assert (lines[0]["resource_id"], lines[1]["resource_id"]) == (key, None)
    assert "a good password" not in str(lines)


def test_codes_that_nobody_used_and_their_mails_do_not_pile_up(api: Api) -> None:
    for day in ("2020-01-01", "2021-01-01"):
        sql(
            api,
            "INSERT INTO tbl_verification_codes (recipient_email, verification_code, created_datetime_utc,"
            f" expires_datetime_utc) VALUES ('a@b.example', 'x', '{day}', '{day}')",
        )
        for status in ("new", "sent", "timeout"):
            sql(
                api,
                "INSERT INTO tbl_email_messages (recipient_name, recipient_email, subject, message,"
                " created_datetime_utc, scheduled_datetime_utc, status)"
                f" VALUES ('a', 'a@b.example', 's', 'm', '{day}', '{day}', '{status}')",
            )
    keep = timedelta(days=api.services.settings.reports.keep_days)
    scheduler.clear_away(api.services, datetime(2020, 6, 1, tzinfo=UTC) + keep)
    with api.services.dbs.session("user_db") as session:
        codes = session.rows(
            "SELECT YEAR(created_datetime_utc) FROM tbl_verification_codes"
            " WHERE recipient_email = 'a@b.example'"
        )
        mails = session.rows(
            "SELECT YEAR(created_datetime_utc), status FROM tbl_email_messages"
            " WHERE recipient_email = 'a@b.example' ORDER BY id"
        )
    assert codes == [(2021,)]
    assert mails == [(2020, "new"), (2021, "new"), (2021, "sent"), (2021, "timeout")]


def test_old_lines_of_both_logs_go_when_the_rule_says_so_and_that_is_told(api: Api) -> None:
    for table, column, more in (
        ("tbl_audit", "at_utc", ", request_id, user_name, via, address, action, entity, outcome"),
        ("tbl_logs", "request_datetime_utc", ", user_uuid, request_method, resource_type"),
    ):
        marks = ", 'x'" * more.count(",")
        for day in ("2020-01-01", "2021-01-01"):
            sql(api, f"INSERT INTO {table} ({column}{more}) VALUES ('{day}'{marks})")
    line = {"action": "delete", "entity": "audit"}
    assert api.get("/v1/audit", params=line) == []
    assert audit.clear_away(api.services.dbs, datetime(2020, 6, 1, tzinfo=UTC)) == 2
    with api.services.dbs.session("user_db") as session:
        for table, column in (("tbl_audit", "at_utc"), ("tbl_logs", "request_datetime_utc")):
            oldest = session.scalar(f"SELECT MIN({column}) FROM {table}")
            assert oldest == datetime(2021, 1, 1)
    (told,) = api.get("/v1/audit", params=line)
    assert told["after"] == {"tbl_audit": 1, "tbl_logs": 1, "before": "2020-06-01T00:00:00+00:00"}
    assert audit.clear_away(api.services.dbs, datetime(2020, 6, 1, tzinfo=UTC)) == 0
