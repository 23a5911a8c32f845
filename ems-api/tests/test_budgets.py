"""Budgets through the API, on a real database: what is refused, and whose they are."""

from __future__ import annotations

from datetime import datetime, timedelta
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


def test_how_far_a_budget_is_used_follows_from_the_hours_of_its_owner(api: Api) -> None:
    flags = {"is_input_counted": True, "is_output_counted": False, "area": 1, "number_of_occupants": 1}
    space = api.post("/spaces", {"name": "Forge", "parent_space_id": 1, "timezone_id": 1, **flags})
    factors = {"unit_of_measure": "m³", "kgce": 0.1, "kgco2e": 0.2}
    steam, gas = (api.post("/energycategories", {"name": name, **factors}) for name in ("Steam", "Coal gas"))
    # One an hour in March, in which 743 hours are; the 5th is silent, and gas is twice what steam is.
    hours = [datetime(2026, 3, 1) + timedelta(hours=n) for n in range(743)]
    rows = [
        (space, category, hour, value)
        for category, value in ((steam, 1.0), (gas, 2.0))
        for hour in hours
        if hour.day != 5
    ]
    columns = ("space_id", "energy_category_id", "start_datetime_utc", "actual_value")
    with api.services.dbs.session("energy_db") as session:
        session.upsert("tbl_space_input_category_hourly", columns, rows)
    with api.services.dbs.session("carbon_db") as session:
        session.upsert("tbl_space_input_category_hourly", columns, rows)
    march = {"space_id": space, "period": "month", "starts_on": "2026-03-01", "amount": 700}
    energy = {"name": "Steam", "measure": "energy", "energy_category_id": steam, **march}
    one = api.get(f"/v1/budgets/{api.post('/v1/budgets', energy)}/use")
    assert (one["unit"], one["used"], one["left"], one["expected"]) == ("m³", 719, -19, 719)
    assert (one["missing_days"], one["state"], one["elapsed_ratio"]) == (1, "over", 1)
    days = {day["date"][-2:]: day for day in one["days"]}
    assert len(days) == 31
    assert (days["01"]["used"], days["05"]["used"], days["29"]["used"]) == (24, None, 23)
    assert (days["01"]["left"], days["31"]["left"]) == (676, -19)
    api.post("/v1/budgets", {"name": "Carbon", "measure": "carbon", **march, "amount": 3000})
    listed = api.get(f"/v1/budgets/use?space_id={space}")
    assert [(row["unit"], row["used"], row["state"]) for row in listed] == [
        ("m³", 719, "over"),
        ("kgCO2e", 3 * 719, "good"),
    ]
    assert listed[0] == {name: value for name, value in one.items() if name != "days"}


@pytest.mark.parametrize("starts_on", ["1000-01-01", "1900-03-01", "9999-12-01"])
def test_a_budget_of_another_age_is_answered(api: Api, starts_on: str) -> None:
    key = api.post("/v1/budgets", {**BUDGET, "period": "year", "starts_on": starts_on})
    assert api.get(f"/v1/budgets/{key}/use")["used"] is None
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
    assert [row["id"] for row in manager.get("/v1/budgets/use")] == [mine]
    assert manager.get(f"/v1/budgets/{mine}/use")["state"] == "unknown"
    assert v1(manager, "GET", f"/budgets/{whole}/use").status_code == 404


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
