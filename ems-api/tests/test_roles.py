"""What roles may do with rows: their own, nobody else's; keys with privileges; what the audit log tells of it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from ems_api.auth.rights import read_privilege, rights_of
from ems_api.testing import Api

from .test_accounts import FAR, make_user, sql
from .test_scope import building

pytestmark = pytest.mark.db


class Estate:
    """Two buildings; each has a tenant, and the second shares its tariff with the first."""

    def __init__(self, api: Api) -> None:
        category = api.post(
            "/energycategories", {"name": "Power", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
        )
        self.api = api
        self.types = api.post("/tenanttypes", {"name": "Shop", "description": "d", "simplified_code": "S"})
        self.mine, self.other = building(api, "North", category), building(api, "South", category)
        for keys in (self.mine, self.other):
            keys["tenants"] = api.post("/tenants", self.tenant(keys, "Tenant"))
            path = f"/spaces/{keys['spaces']}/tenants"
            assert api.call("POST", path, {"data": {"tenant_id": keys["tenants"]}}).status_code == 201
        self._count = 0

    def tenant(self, keys: dict[str, int], name: str) -> dict[str, Any]:
        """Body of a tenant."""
        return {
            "name": f"{name} {keys['spaces']}",
            "buildings": "b",
            "floors": "f",
            "rooms": "r",
            "area": 10,
            "tenant_type_id": self.types,
            "is_input_counted": True,
            "is_key_tenant": False,
            "lease_number": "1",
            "lease_start_datetime": "2026-01-01T00:00:00",
            "lease_end_datetime": FAR,
            "is_in_lease": True,
            "contact_id": keys["contacts"],
            "cost_center_id": keys["costcenters"],
        }

    def user(self, name: str, **privilege: Any) -> Api:
        """A user with a privilege."""
        key = self.api.post("/privileges", {"name": name, "data": json.dumps(privilege)})
        make_user(self.api, name, privilege_id=key)
        return self.api.sign_in(name, "a good password")


@pytest.fixture(scope="module")
def estate(api: Api) -> Estate:
    return Estate(api)


@pytest.fixture(scope="module")
def manager(estate: Estate) -> Api:
    return estate.user("facility", spaces=[estate.mine["spaces"]], role="facility_manager")


def test_a_facility_manager_edits_the_own_tenants_and_no_others(estate: Estate, manager: Api) -> None:
    body = {"data": {**estate.tenant(estate.mine, "Baker"), "area": 12}}
    assert manager.call("PUT", f"/tenants/{estate.mine['tenants']}", body).status_code == 200
    assert estate.api.get(f"/tenants/{estate.mine['tenants']}")["area"] == 12
    refused = manager.call("PUT", f"/tenants/{estate.other['tenants']}", body)
    assert (refused.status_code, refused.json["description"]) == (404, "API.TENANT_NOT_FOUND")
    assert manager.call("DELETE", f"/tenants/{estate.other['tenants']}").status_code == 404
    many = {"data": [{**estate.tenant(estate.other, "x"), "id": estate.other["tenants"]}]}
    assert manager.call("PUT", "/v1/tenants/bulk", many).status_code == 404


def test_a_new_tenant_stands_below_the_own_space_and_is_reached(estate: Estate, manager: Api) -> None:
    key = manager.post("/tenants", estate.tenant(estate.mine, "Florist"))
    assert key in {row["id"] for row in manager.get("/tenants")}
    assert key in {row["id"] for row in estate.api.get(f"/spaces/{estate.mine['spaces']}/tenants")}
    below = manager.call(
        "POST",
        "/tenants",
        {"data": estate.tenant(estate.mine, "Cobbler")},
        query_string=f"spaceid={estate.mine['floor']}",
    )
    assert below.status_code == 201
    names = {row["name"] for row in estate.api.get(f"/spaces/{estate.mine['floor']}/tenants")}
    assert f"Cobbler {estate.mine['spaces']}" in names
    foreign = manager.call(
        "POST",
        "/tenants",
        {"data": estate.tenant(estate.mine, "Thief")},
        query_string=f"spaceid={estate.other['spaces']}",
    )
    assert foreign.json["description"] == "API.SPACE_NOT_FOUND"


def test_nobody_widens_his_own_reach(estate: Estate, manager: Api) -> None:
    own, other = estate.mine, estate.other
    for path, data in (
        (f"/spaces/{own['spaces']}/tenants", {"tenant_id": other["tenants"]}),
        (f"/spaces/{own['spaces']}/meters", {"meter_id": other["meters"]}),
        (f"/spaces/{own['floor']}/sensors", {"sensor_id": other["sensors"]}),
        (f"/equipments/{own['equipments']}/meters", {"meter_id": other["meters"], "is_output": False}),
        ("/tenants", {**estate.tenant(own, "a"), "cost_center_id": other["costcenters"]}),
        ("/tenants", {**estate.tenant(own, "b"), "contact_id": other["contacts"]}),
    ):
        assert manager.call("POST", path, {"data": data}).status_code == 404, path
    space = estate.api.get(f"/spaces/{own['floor']}")
    moved = {
        **space,
        "parent_space_id": other["spaces"],
        "timezone_id": 1,
        "cost_center_id": own["costcenters"],
    }
    assert manager.call("PUT", f"/spaces/{own['floor']}", {"data": moved}).status_code == 404
    for path in ("/users", "/privileges", "/apikeys"):
        assert manager.call("POST", path, {"data": {}}).json["description"] == "API.INVALID_PRIVILEGE"


def test_a_reference_out_of_reach_is_hidden_and_stays(estate: Estate, manager: Api) -> None:
    key = estate.mine["spaces"]
    shown = manager.get(f"/spaces/{key}")
    assert shown["parent_space_id"] is None
    body = {name: shown[name] for name in ("name", "area", "number_of_occupants", "is_input_counted")}
    body |= {"is_output_counted": False, "parent_space_id": None, "timezone_id": 1}
    body |= {"cost_center_id": estate.mine["costcenters"], "contact_id": estate.mine["contacts"]}
    assert manager.call("PUT", f"/spaces/{key}", {"data": body}).status_code == 200
    assert estate.api.get(f"/spaces/{key}")["parent_space_id"]["id"] == 1


def test_what_others_use_as_well_is_changed_by_none_of_them(estate: Estate) -> None:
    energy = estate.user("energy", spaces=[estate.mine["spaces"]], role="energy_manager")
    key = estate.mine["costcenters"]
    body = {"data": {"name": "North center"}}
    assert energy.call("PUT", f"/costcenters/{key}", body).status_code == 200
    foreign = {**estate.tenant(estate.other, "Shared"), "cost_center_id": key}
    shared = estate.api.post("/tenants", foreign)
    refused = energy.call("PUT", f"/v1/costcenters/{key}", body)
    assert (refused.status_code, refused.json["description"]) == (403, "API.INVALID_PRIVILEGE")
    assert estate.api.call("DELETE", f"/tenants/{shared}").status_code == 204


def test_tenants_and_cost_centres_of_a_privilege_are_reached_without_any_space(estate: Estate) -> None:
    tenant = estate.user("renter", tenants=[estate.mine["tenants"]])
    assert [row["id"] for row in tenant.get("/tenants")] == [estate.mine["tenants"]]
    assert tenant.get("/spaces") == []
    payer = estate.user("payer", cost_centers=[estate.other["costcenters"]])
    assert [row["id"] for row in payer.get("/meters")] == [estate.other["meters"]]
    assert estate.mine["meters"] not in {row["id"] for row in payer.get("/meters")}


def test_a_custom_role_has_what_it_names_and_no_more(estate: Estate) -> None:
    user = estate.user("custom", spaces=[estate.mine["spaces"]], permissions={"metering": ["read"]})
    assert user.call("GET", "/meters").status_code == 200
    for path in ("/tenants", "/spaces/tree", f"/meters/{estate.mine['meters']}/export"):
        assert user.call("GET", f"/v1{path}").status_code == 403, path
    for name in ("spacecost.csv", "spacecost"):
        assert user.call("GET", f"/v1/reports/{name}").status_code == 403


@pytest.mark.parametrize(
    "data",
    [
        {"spaces": [1], "role": "god"},
        {"spaces": [1], "permissions": {"accounts": ["update"]}},
        {"spaces": [1], "permissions": {"metering": ["fly"]}},
        {"spaces": [1], "permissions": ["metering"]},
        {"spaces": [1], "whole_site": "yes"},
        {"spaces": [True]},
        {"role": "viewer"},
    ],
)
def test_a_privilege_with_a_fault_is_refused(api: Api, data: dict[str, Any]) -> None:
    body = {"data": {"name": "faulty", "data": json.dumps(data)}}
    assert api.call("POST", "/privileges", body).json["description"] == "API.INVALID_PRIVILEGE_DATA"
    with pytest.raises(ValueError, match="`"):
        read_privilege(data)
    assert not rights_of(json.dumps(data)).is_whole_site


def test_a_key_with_a_privilege_reaches_and_changes_what_that_says(estate: Estate) -> None:
    api = estate.api
    made = api.call("POST", "/apikeys", {"data": {"name": "crm", "expires_datetime": FAR}}).json
    key = Api(api.services, api.client, {"API-KEY": made["token"]})
    body = {"data": {**estate.tenant(estate.mine, "By key")}}
    path = f"/tenants/{estate.mine['tenants']}"
    assert key.call("PUT", path, body).json["description"] == "API.INVALID_USER_UUID"
    role = {"spaces": [estate.mine["spaces"]], "role": "facility_manager"}
    privilege = api.post("/privileges", {"name": "crm", "data": json.dumps(role)})
    given = api.call("PUT", f"/apikeys/{made['id']}/privilege", {"data": {"privilege_id": privilege}})
    assert given.status_code == 200
    assert key.call("PUT", path, body).status_code == 200
    assert key.call("GET", f"/tenants/{estate.other['tenants']}").status_code == 404
    api.services.guard.key_uses.close()
    use = api.get(f"/apikeys/{made['id']}/use")
    assert (use["privilege_id"], use["last_address"]) == (privilege, "127.0.0.1")
    assert use["use_count"] >= 3
    assert api.call("DELETE", f"/apikeys/{made['id']}").status_code == 204


def test_the_audit_log_tells_who_changed_what_from_what_to_what(estate: Estate, manager: Api) -> None:
    path = f"/tenants/{estate.mine['tenants']}"
    before = estate.api.get(path)["area"]
    body = {"data": {**estate.tenant(estate.mine, "Audited"), "area": before + 5}}
    assert manager.call("PUT", path, body, headers={"X-Request-ID": "audit-me"}).status_code == 200
    (line,) = estate.api.get("/v1/audit", params={"request": "audit-me"})
    assert (line["user_name"], line["via"], line["action"]) == ("facility", "session", "update")
    assert (line["entity"], line["entity_id"]) == ("tenants", estate.mine["tenants"])
    assert (line["before"]["area"], line["after"]["area"]) == (before, before + 5)
    assert "is_key_tenant" not in line["after"]  # only what differs
    assert line["is_success"]
    found = estate.api.get("/v1/audit", params={"entity": "tenants", "user": "facility", "q": "Audited"})
    assert line["id"] in {row["id"] for row in found}


def test_bindings_creates_deletes_and_refusals_are_audited(estate: Estate, manager: Api) -> None:
    sensor = estate.api.post("/sensors", {"name": "spare"})
    at = f"/spaces/{estate.mine['floor']}/sensors"
    estate.api.call("POST", at, {"data": {"sensor_id": sensor}})
    estate.api.call("DELETE", f"{at}/{sensor}")
    estate.api.call("DELETE", f"/sensors/{sensor}")
    manager.call("POST", "/users", {"data": {"name": "x", "password": "hunter2 hunter2"}})
    lines = estate.api.get("/v1/audit", params={"limit": "5"})
    second = estate.api.call("GET", "/v1/audit", params={"limit": "2", "page": "2"})
    assert [line["id"] for line in second.json] == [line["id"] for line in lines[2:4]]
    assert int(second.headers["x-total-count"]) > 5
    assert [(line["action"], line["entity"], line["outcome"]) for line in lines] == [
        ("create", "users", "API.INVALID_PRIVILEGE"),
        ("delete", "sensors", "done"),
        ("unbind", "spaces", "done"),
        ("bind", "spaces", "done"),
        ("create", "sensors", "done"),
    ]
    assert lines[1]["before"]["name"] == "spare"
    assert lines[3]["after"] == {"sensor_id": sensor}
    assert "hunter2" not in json.dumps(lines)


def test_sign_in_and_its_failures_are_audited_without_what_strangers_typed(api: Api) -> None:
    make_user(api, "sam")
    for name, password in (("sam", "wrong"), ("sam", "a good password"), ("my secret password", "x")):
        api.client.simulate_put("/users/login", json={"data": {"name": name, "password": password}})
    lines = api.get("/v1/audit", params={"action": "sign_in", "limit": "3"})
    assert [(line["user_name"], line["outcome"]) for line in lines] == [
        ("", "API.USER_NOT_FOUND"),
        ("sam", "done"),
        ("sam", "API.INVALID_PASSWORD"),
    ]
    assert "secret" not in json.dumps(lines)


def test_no_route_changes_the_audit_log_and_only_those_entitled_read_it(estate: Estate, manager: Api) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert estate.api.call(method, "/v1/audit", {}).status_code == 405
        assert estate.api.call(method, "/v1/audit/1", {}).status_code == 405
    assert manager.call("GET", "/v1/audit").status_code == 403
    scoped = estate.user("snoop", spaces=[estate.mine["spaces"]], permissions={"audit": ["read"]})
    assert scoped.call("GET", "/v1/audit").status_code == 403
    whole = estate.user("auditor", spaces=[1], whole_site=True, permissions={"audit": ["read"]})
    assert whole.call("GET", "/v1/audit").status_code == 200


def test_new_passwords_obey_the_rules_and_the_history(api: Api) -> None:
    make_user(api, "petra", password="the first one")
    user = api.sign_in("petra", "the first one")

    def change(old: str, new: str) -> str:
        result = user.call(
            "PUT", "/users/changepassword", {"data": {"old_password": old, "new_password": new}}
        )
        return "OK" if result.status_code == 200 else str(result.json["description"])

    assert change("the first one", "short") == "API.PASSWORD_IS_TOO_SHORT"
    assert change("the first one", "Password123") == "API.PASSWORD_IS_TOO_EASY"
    assert change("the first one", "aaaaaaaaaa") == "API.PASSWORD_IS_TOO_EASY"
    assert change("the first one", "petra@example.com") == "API.PASSWORD_IS_TOO_EASY"
    assert change("the first one", "the first one") == "API.PASSWORD_WAS_USED_BEFORE"
    words = ["the first one", "the second one", "the third one", "the fourth one", "the fifth one"]
    for old, new in itertools.pairwise(words):
        assert change(old, new) == "OK"
    assert change(words[4], words[0]) == "API.PASSWORD_WAS_USED_BEFORE"
    assert change(words[4], "the sixth one") == "OK"
    assert change("the sixth one", words[0]) == "OK"  # the sixth back is free again


def test_guessing_the_old_password_or_a_code_comes_to_an_end(api: Api) -> None:
    make_user(api, "paul")
    user = api.sign_in("paul", "a good password")
    body = {"data": {"old_password": "no", "new_password": "another good one"}}
    answers = [user.call("PUT", "/users/changepassword", body).json["description"] for _ in range(4)]
    assert answers == ["API.INVALID_OLD_PASSWORD"] * 3 + ["API.USER_ACCOUNT_HAS_BEEN_LOCKED"]
    mail = {"recipient_email": "paul@example.com", "subject": "s", "message": "m"}
    api.client.simulate_post("/users/emailmessages", json={"data": mail})
    guess = {"verification_code": "x", "password": "another good one", "email": "paul@example.com"}
    results = [api.client.simulate_put("/users/forgotpassword", json={"data": guess}) for _ in range(6)]
    assert [result.status_code for result in results] == [404] * 5 + [429]
    assert 0 < int(results[5].headers["retry-after"]) <= 720


def test_codes_are_not_shown_in_the_outbox_and_go_to_nobody_else(api: Api) -> None:
    mail = {"recipient_email": "pia@example.com", "subject": "s", "message": "m"}
    at = api.client.simulate_post("/users/emailmessages", json={"data": mail}).headers["location"]
    shown = api.get(at)
    assert "code is ******." in shown["message"]
    change = {**mail, "recipient_name": "n", "recipient_email": "thief@example.com", "status": "new"}
    change |= {"created_datetime": FAR, "scheduled_datetime": FAR}
    assert api.call("PUT", at, {"data": change}).json["description"] == "API.INVALID_RECIPIENT_EMAIL"
    sql(api, "DELETE FROM tbl_email_messages WHERE recipient_email = 'pia@example.com'")
