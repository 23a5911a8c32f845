"""Budgets through the API, on a real database: what is refused, and whose they are."""

from __future__ import annotations

from typing import Any

import pytest
from ems_api.testing import Api

pytestmark = pytest.mark.db

BUDGET = {
    "name": "Cost of January",
    "space_id": 1,
    "measure": "cost",
    "period": "month",
    "starts_on": "2026-01-01",
    "amount": 1200.5,
}


def v1(api: Api, method: str, path: str, data: Any = None) -> Any:
    return api.call(method, f"/v1{path}", None if data is None else {"data": data})


def test_a_budget_is_kept_shown_changed_and_removed(api: Api) -> None:
    key = api.post("/v1/budgets", BUDGET)
    shown = api.get(f"/v1/budgets/{key}")
    assert (shown["space"]["id"], shown["tenant"], shown["measure"]) == (1, None, "cost")
    assert (shown["starts_on"], shown["amount"], shown["period"]) == ("2026-01-01", 1200.5, "month")
    assert v1(api, "PUT", f"/budgets/{key}", {**BUDGET, "amount": 900}).status_code == 200
    assert [row["amount"] for row in api.get("/v1/budgets?space_id=1")] == [900]
    assert api.get("/v1/budgets?space_id=2") == []
    assert v1(api, "DELETE", f"/budgets/{key}").status_code == 204
    assert v1(api, "GET", f"/budgets/{key}").status_code == 404


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"space_id": None}, "API.INVALID_BUDGET"),
        ({"tenant_id": 1}, "API.INVALID_BUDGET"),
        ({"measure": "energy"}, "API.INVALID_ENERGY_CATEGORY_ID"),
        ({"measure": "comfort"}, "API.INVALID_MEASURE"),
        ({"starts_on": "2026-01-02"}, "API.INVALID_STARTS_ON"),
        ({"amount": 0}, "API.INVALID_AMOUNT"),
        ({"space_id": 999_999}, "API.SPACE_NOT_FOUND"),
    ],
)
def test_a_budget_that_means_nothing_is_refused(api: Api, change: dict[str, Any], key: str) -> None:
    refused = v1(api, "POST", "/budgets", {**BUDGET, **change})
    assert 400 <= refused.status_code < 500
    assert refused.json["description"] == key


def test_the_same_budget_cannot_be_set_twice(api: Api) -> None:
    key = api.post("/v1/budgets", BUDGET)
    assert v1(api, "POST", "/budgets", BUDGET).json["description"] == "API.BUDGET_EXISTS"
    assert v1(api, "PUT", f"/budgets/{key}", BUDGET).status_code == 200
    v1(api, "DELETE", f"/budgets/{key}")


def test_who_manages_a_building_sets_its_budgets_and_sees_no_others(api: Api) -> None:
    flags = {"is_input_counted": True, "is_output_counted": False, "area": 1, "number_of_occupants": 1}
    own = api.post("/spaces", {"name": "Mill", "parent_space_id": 1, "timezone_id": 1, **flags})
    whole = api.post("/v1/budgets", BUDGET)
    manager = _manager(api, own)
    assert manager.get("/v1/budgets") == []
    mine = manager.post("/v1/budgets", {**BUDGET, "space_id": own})
    assert [row["id"] for row in manager.get("/v1/budgets")] == [mine]
    foreign = v1(manager, "POST", "/budgets", {**BUDGET, "starts_on": "2026-02-01"})
    assert foreign.json["description"] == "API.SPACE_NOT_FOUND"
    assert v1(manager, "GET", f"/budgets/{whole}").status_code == 404
    assert v1(manager, "PUT", f"/budgets/{mine}", {**BUDGET, "space_id": own, "amount": 5}).status_code == 200
    assert v1(manager, "PUT", f"/budgets/{mine}", {**BUDGET, "space_id": 1}).status_code == 404


def _manager(api: Api, space: int) -> Api:
    """An energy manager of one space."""
    privilege = api.post(
        "/privileges", {"name": "Mill", "data": f'{{"spaces": [{space}], "role": "energy_manager"}}'}
    )
    far = "2035-01-01T00:00:00"
    user = {
        "name": "miller",
        "display_name": "Miller",
        "email": "miller@example.com",
        "password": "a good password",
        "account_expiration_datetime": far,
        "password_expiration_datetime": far,
        "privilege_id": privilege,
        "is_admin": False,
        "is_read_only": False,
    }
    api.post("/users", user)
    return api.sign_in("miller", "a good password")
