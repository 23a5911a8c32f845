"""Where somebody is signed in, ending that, and how somebody signs in."""

from __future__ import annotations

from typing import Any

import pytest
from ems_api.testing import Api

from .test_accounts import make_user, sql
from .test_second_factor import PASSWORD, enrol

pytestmark = pytest.mark.db
MINE = "/v1/users/me/sessions"


def signed_in(api: Api, name: str, agent: str = "") -> Api:
    """Somebody who signed in with a program of that name."""
    body = {"data": {"name": name, "password": PASSWORD}}
    headers = {"User-Agent": agent} if agent else {}
    answer = api.client.simulate_put("/users/login", json=body, headers=headers).json
    return Api(api.services, api.client, {"USER-UUID": answer["uuid"], "TOKEN": answer["token"]})


def names(rows: list[dict[str, Any]]) -> dict[str, bool]:
    """Program → whether it is the one that asks."""
    return {row["agent"]: row["is_this"] for row in rows}


def test_a_user_sees_each_session_and_ends_one_or_all_others(api: Api) -> None:
    make_user(api, "sara")
    desk, phone, cafe = (signed_in(api, "sara", agent) for agent in ("Desk", "Phone", "Café" * 100))
    rows = phone.get(MINE)
    assert names(rows) == {"Desk": False, "Phone": True, ("Café" * 100)[:256]: False}
    assert {row["opened_by"] for row in rows} == {"password"}
    assert "token" not in str(rows).lower()
    lost = next(row["id"] for row in rows if row["agent"].startswith("Café"))
    assert phone.call("DELETE", f"{MINE}/{lost}").status_code == 204
    assert cafe.call("GET", "/timezones").json["description"] == "API.USER_SESSION_NOT_FOUND"
    assert phone.call("DELETE", f"{MINE}/{lost}").status_code == 404
    assert phone.call("DELETE", MINE).status_code == 204
    assert desk.call("GET", "/timezones").status_code == 404
    assert names(phone.get(MINE)) == {"Phone": True}
    with api.services.dbs.session("user_db") as session:
        assert session.scalar(
            "SELECT COUNT(*) FROM tbl_sessions_uses u LEFT JOIN tbl_sessions s ON s.id = u.session_id"
            " WHERE s.id IS NULL"
        ) == 0  # fmt: skip


def test_the_last_use_of_a_session_is_written(api: Api) -> None:
    make_user(api, "sven")
    desk, phone = signed_in(api, "sven", "Desk"), signed_in(api, "sven", "Phone")
    assert next(row for row in phone.get(MINE) if row["agent"] == "Desk")["last_used_datetime"] is None
    desk.get("/timezones")
    api.services.guard.session_uses.write()
    used = next(row for row in phone.get(MINE) if row["agent"] == "Desk")
    assert used["last_used_datetime"] >= used["opened_datetime"]
    assert used["last_address"] == used["address"]


def test_a_session_from_before_uses_were_noted_is_listed_too(api: Api) -> None:
    make_user(api, "silke")
    user = signed_in(api, "silke", "Desk")
    sql(
        api,
        "DELETE u FROM tbl_sessions_uses u JOIN tbl_sessions s ON s.id = u.session_id WHERE s.user_uuid = %s",
        user.headers["USER-UUID"],
    )
    (row,) = user.get(MINE)
    assert (row["is_this"], row["opened_datetime"], row["agent"]) == (True, None, None)


def test_nobody_ends_the_session_of_another_but_an_administrator(api: Api) -> None:
    key = make_user(api, "stella")
    make_user(api, "simon")
    stella, simon = signed_in(api, "stella", "Desk"), signed_in(api, "simon", "Desk")
    (session,) = stella.get(MINE)
    assert simon.call("DELETE", f"{MINE}/{session['id']}").status_code == 404
    assert simon.call("GET", f"/v1/users/{key}/sessions").status_code == 403
    assert simon.call("DELETE", f"/v1/users/{key}/sessions").status_code == 403
    assert names(api.get(f"/v1/users/{key}/sessions")) == {"Desk": False}
    assert api.call("DELETE", f"/v1/users/{key}/sessions/{session['id']}").status_code == 204
    assert stella.call("GET", "/timezones").status_code == 404
    again = signed_in(api, "stella")
    assert api.call("DELETE", f"/v1/users/{key}/sessions").status_code == 204
    assert again.call("GET", "/timezones").status_code == 404
    assert simon.call("GET", "/timezones").status_code == 200
    lines = [line for line in api.get("/v1/audit?entity=sessions") if line["action"] == "delete"]
    assert session["id"] in [line["entity_id"] for line in lines]


def test_an_administrator_sees_how_somebody_signs_in_and_resets_a_lost_factor(api: Api) -> None:
    enrol(api, "sissi")
    key = next(row["id"] for row in api.get("/users") if row["name"] == "sissi")
    sql(
        api,
        "INSERT INTO tbl_identities (issuer, subject, user_id, created_utc)"
        " VALUES ('https://id.example.com', 'sissi-1', %s, '2026-03-01 08:00:00')",
        key,
    )
    found = api.get(f"/v1/users/{key}/signin")
    assert found["second_factor"]["is_on"]
    assert found["second_factor"]["recovery_codes_left"] == 10
    assert [(one["issuer"], one["subject"]) for one in found["single_sign_on"]] == [
        ("https://id.example.com", "sissi-1")
    ]
    assert "secret" not in found["second_factor"]
    assert api.call("DELETE", f"/v1/users/{key}/secondfactor").status_code == 204
    assert api.get(f"/v1/users/{key}/signin")["second_factor"]["since_datetime"] is None
    line = next(
        line for line in api.get("/v1/audit?action=delete") if "secondfactor" in line["entity"].lower()
    )
    assert line["entity_id"] == key
    assert line["user_name"] == "administrator"
