"""Shared meters from the API to the tables: rules, terms and references, and that a change reaches all it must."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from ems_api.testing import Api, connect
from ems_common.db import Databases
from ems_database import reference
from ems_database.migrate import migrate

from tests.pipeline.conftest import START_UTC, Plant

pytestmark = pytest.mark.db
PASSWORD = "correct horse 1"
TENANTS = "tbl_tenant_input_category_hourly"
HOURS = 24 * 5
START_LOCAL = datetime(2026, 3, 31)
MIDNIGHT_UTC = datetime(2026, 3, 30, 23)
"""Midnight of 31 March in London, two days after the clocks went forward."""


@dataclass
class House:
    """Three tenants who share a boiler's meter and have one of their own each."""

    api: Api
    plant: Plant
    keys: dict[str, int] = field(default_factory=dict)

    def bind(self, owner: str, meter: str, *terms: dict) -> None:
        path = f"/v1/tenants/{self.keys[owner]}/meters"
        key = self.keys[meter]
        done = self.api.call("POST", path, {"data": {"meter_id": key}})
        assert done.status_code in (201, 409), done.text
        done = self.api.call("PUT", f"{path}/{key}/terms", {"data": {"terms": list(terms or [{}])}})
        assert done.status_code == 200, done.text

    def divide(self, allocation: str, **more) -> None:
        for name in ("A", "B", "C"):
            self.bind(name, "boiler", {"allocation": allocation, **more})
        self.plant.catch_up()

    def change(self, name: str, **fields) -> None:
        done = self.api.call(
            "PUT", f"/v1/tenants/{self.keys[name]}", {"data": tenant(name, self.keys, **fields)}
        )
        assert done.status_code == 200, done.text
        self.plant.catch_up()

    def energy(self, at: datetime) -> dict[str, float]:
        stored = self.plant.values("energy_db", TENANTS)
        names = {key: name for name, key in self.keys.items() if len(name) == 1}
        return {names[key]: value for (key, _, when), value in stored.items() if when == at}


def tenant(name: str, keys: dict[str, int], **more) -> dict:
    data = {"name": name, "buildings": "1", "floors": "1", "rooms": "1", "area": 50, "is_input_counted": True}
    data |= {"tenant_type_id": keys["type"], "is_key_tenant": False, "lease_number": "1", "is_in_lease": True}
    data |= {"lease_start_datetime": "2020-01-01T00:00:00", "lease_end_datetime": "2030-01-01T00:00:00"}
    return {**data, "contact_id": keys["contact"], "cost_center_id": keys["center"], **more}


def make_house(api: Api, plant: Plant) -> House:
    house = House(api, plant)
    keys = house.keys
    keys["category"] = api.post(
        "/energycategories", {"name": "Heat", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    )
    keys["center"] = api.post("/costcenters", {"name": "House"})
    keys["contact"] = api.post("/contacts", {"name": "Office", "email": "o@example.org", "phone": "1"})
    keys["type"] = api.post("/tenanttypes", {"name": "Shop", "description": "s", "simplified_code": "S"})
    source = api.post(
        "/datasources",
        {"name": "Meters", "gateway_id": 1, "protocol": "modbus-tcp", "connection": "{}"},
    )
    for name in ("boiler", "own A", "own B", "own C"):
        meter = {"name": name, "energy_category_id": keys["category"], "cost_center_id": keys["center"]}
        limits = {"is_counted": True, "hourly_low_limit": 0, "hourly_high_limit": 1000}
        keys[name] = api.post("/meters", {**meter, **limits})
        point = {"name": name, "data_source_id": source, "object_type": "ENERGY_VALUE", "units": "kWh"}
        point |= {"high_limit": 1e12, "low_limit": 0, "address": "{}", "is_trend": True, "is_virtual": False}
        keys[f"point {name}"] = api.post(
            "/points", {**point, "ratio": 1, "offset_constant": 0, "faults": None, "definitions": None}
        )
        api.call("POST", f"/meters/{keys[name]}/points", {"data": {"point_id": keys[f"point {name}"]}})
    for name, area in (("A", 20), ("B", 30), ("C", 50)):
        keys[name] = api.post("/tenants", tenant(name, keys, area=area))
    return house


@pytest.fixture(scope="module")
def house(fresh_database_module, tmp_path_factory):
    environ = fresh_database_module.environ
    api = connect(environ, str(tmp_path_factory.mktemp("var")))
    dbs = Databases(api.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    made = make_house(api.sign_in("administrator", PASSWORD), Plant(dbs))
    made.plant.steady(made.keys["point boiler"], HOURS, 10.0)
    for name, kwh in (("A", 1.0), ("B", 2.0), ("C", 5.0)):
        made.plant.steady(made.keys[f"point own {name}"], HOURS, kwh)
    yield made
    dbs.close()
    api.close()


NOON = datetime(2026, 3, 28, 12)


def test_area_divides_the_boiler_and_a_changed_area_changes_everybodys_part(house):
    house.divide("area")
    assert house.energy(NOON) == {"A": 2.0, "B": 3.0, "C": 5.0}
    house.change("A", area=120)
    assert house.energy(NOON) == {"A": 6.0, "B": 1.5, "C": 2.5}
    carbon = house.plant.values("carbon_db", TENANTS)
    assert carbon[house.keys["A"], house.keys["category"], NOON] == pytest.approx(1.2)


def test_people_divide_the_boiler_by_a_field_that_only_v1_has(house):
    for name, people in (("A", 1), ("B", 1), ("C", 3)):
        house.change(name, number_of_occupants=people)
    house.divide("headcount")
    assert house.energy(NOON) == {"A": 2.0, "B": 2.0, "C": 6.0}
    assert house.api.get(f"/v1/tenants/{house.keys['C']}")["number_of_occupants"] == 3
    assert "number_of_occupants" not in house.api.get(f"/tenants/{house.keys['C']}")


def test_consumption_divides_each_hour_and_a_late_reading_of_one_changes_the_parts_of_all(house):
    for name in ("A", "B", "C"):
        house.bind(name, f"own {name}")
    house.divide("consumption")
    # 1 to 2 to 5 of ten, and each its own.
    assert house.energy(NOON) == {"A": 2.25, "B": 4.5, "C": 11.25}
    point = house.keys["point own C"]
    before = 100.0 + 5.0 * ((NOON - START_UTC.replace(tzinfo=None)) / timedelta(hours=1))
    at = NOON.replace(tzinfo=UTC)
    # One instead of five passes from noon to one; the others follow in the next quarter of an hour.
    house.plant.read(point, [(at + timedelta(minutes=15 * n), before + n / 4) for n in range(1, 5)])
    house.plant.catch_up()
    # 1 to 2 to 1 of ten, and each its own.
    assert house.energy(NOON) == {"A": 3.5, "B": 7.0, "C": 3.5}
    # 1 to 2 to 9 of ten, and each its own.
    assert house.energy(NOON + timedelta(hours=1)) == {"A": 1.833333, "B": 3.666667, "C": 16.5}


def test_who_leaves_lets_the_others_have_more(house):
    for name in ("A", "B", "C"):
        house.api.call("DELETE", f"/tenants/{house.keys[name]}/meters/{house.keys[f'own {name}']}")
    house.divide("headcount")
    path = f"/tenants/{house.keys['C']}/meters/{house.keys['boiler']}"
    assert house.api.call("DELETE", path).status_code == 204
    house.plant.catch_up()
    assert house.energy(NOON) == {"A": 5.0, "B": 5.0}
    house.bind("C", "boiler", {"allocation": "headcount"})
    house.plant.catch_up()
    assert house.energy(NOON) == {"A": 2.0, "B": 2.0, "C": 6.0}


def test_a_meter_that_moves_at_local_midnight_counts_until_then_and_from_then_on(house):
    move = START_LOCAL.isoformat()
    house.bind("A", "own A", {"valid_through": move})
    house.bind("B", "own A", {"valid_from": move})
    house.bind("A", "boiler", {"share": 0.5})
    house.bind("B", "boiler", {"share": 0.3})
    house.bind("C", "boiler", {"share": 0.2})
    house.plant.catch_up()
    last, first = MIDNIGHT_UTC - timedelta(hours=1), MIDNIGHT_UTC
    assert house.energy(last) == {"A": 6.0, "B": 3.0, "C": 2.0}
    assert house.energy(first) == {"A": 5.0, "B": 4.0, "C": 2.0}
    terms = house.api.get(f"/v1/tenants/{house.keys['B']}/meters/{house.keys['own A']}/terms")
    assert terms["terms"][0]["valid_from"] == "2026-03-31T00:00:00+01:00"
    assert terms["terms"][0]["valid_through"] is None


def test_a_tenant_who_is_removed_leaves_its_part_to_the_others(house):
    house.divide("area")
    key = house.keys.pop("C")
    assert house.api.call("DELETE", f"/tenants/{key}").status_code == 204
    house.plant.catch_up()
    found = house.energy(NOON)
    assert sum(value for value in found.values()) == pytest.approx(11.0)
    assert set(found) == {"A", "B"}


def test_the_api_tells_what_each_stage_has_to_do_and_what_is_wrong(house):
    house.bind("A", "own C", {"allocation": "area"})
    house.bind("B", "own C", {})
    house.plant.read(house.keys["point own C"], [(START_UTC + timedelta(minutes=5), 100.4)])
    told = house.api.get("/v1/pipeline")
    states = {stage["name"]: stage for stage in told["stages"]}
    assert list(states) == ["cleaning", "normalization", "aggregation"]
    assert states["normalization"]["dirty_windows"] == 1
    reason = states["normalization"]["open"][0]
    assert (reason["reason"], reason["from"], reason["to"]) == (
        "readings",
        "2026-03-27T00:05:00+00:00",
        "2026-03-27T00:05:01+00:00",
    )
    assert states["aggregation"]["open"][0]["from"] is None
    assert {item["reason"] for item in states["aggregation"]["open"]} >= {"bound", "terms changed"}
    house.plant.catch_up()
    told = house.api.get("/v1/pipeline")
    # Nobody cleans here: the four new points wait for it.
    assert [stage["dirty_windows"] for stage in told["stages"]] == [4, 0, 0]
    assert told["stages"][2]["watermark"] == "2026-04-01T01:00:00+01:00"
    assert told["provisional_slots"] == 0
    assert [(found["stage"], found["kind"]) for found in told["findings"]] == [("aggregation", "membership")]
    assert told["findings"][0]["message"].startswith(
        f"own C (meter {house.keys['own C']}): fixed shares leave nothing to those who divide it: A (tenant"
    )
    house.bind("B", "own C", {"allocation": "area"})
    house.plant.catch_up()
    assert house.api.get("/v1/pipeline")["findings"] == []


@pytest.mark.parametrize(
    ("terms", "key"),
    [
        ([], "INVALID_TERMS"),
        ([{"share": 0}], "INVALID_SHARE"),
        ([{"share": 1.5}], "INVALID_SHARE"),
        ([{"allocation": "by_mood"}], "INVALID_ALLOCATION"),
        ([{"reference": {"kind": "meter", "id": 1}}], "INVALID_REFERENCE"),
        (
            [{"valid_from": "2026-03-02T00:00:00", "valid_through": "2026-03-01T00:00:00"}],
            "INVALID_VALID_THROUGH",
        ),
        ([{"valid_from": "yesterday"}], "INVALID_VALID_FROM"),
        ([{"valid_through": "2026-03-02T00:00:00"}, {"valid_from": "2026-03-01T00:00:00"}], "INVALID_TERMS"),
    ],
)
def test_terms_that_break_a_rule_are_refused_by_name(house, terms, key):
    path = f"/v1/tenants/{house.keys['A']}/meters/{house.keys['boiler']}/terms"
    refused = house.api.call("PUT", path, {"data": {"terms": terms}})
    assert (refused.status_code, refused.json["description"]) == (422, f"API.{key}")


def test_terms_of_a_pair_that_does_not_exist_and_of_an_unknown_reference_are_missing(house):
    path = f"/v1/tenants/{house.keys['A']}/meters"
    body = {"data": {"terms": [{}]}}
    assert house.api.call("PUT", f"{path}/987654/terms", body).status_code == 404
    unknown = {"allocation": "consumption", "reference": {"kind": "meter", "id": 987654}}
    refused = house.api.call("PUT", f"{path}/{house.keys['boiler']}/terms", {"data": {"terms": [unknown]}})
    assert refused.json["description"] == "API.REFERENCE_NOT_FOUND"
    itself = {"allocation": "consumption", "reference": {"kind": "meter", "id": house.keys["boiler"]}}
    refused = house.api.call("PUT", f"{path}/{house.keys['boiler']}/terms", {"data": {"terms": [itself]}})
    assert refused.json["description"] == "API.INVALID_REFERENCE"


def test_equipment_has_no_area_to_divide_by(house):
    key = house.api.post(
        "/equipments",
        {
            "name": "Pump",
            "is_input_counted": True,
            "is_output_counted": False,
            "cost_center_id": house.keys["center"],
            "efficiency_indicator": 0,
        },
    )
    house.api.call(
        "POST", f"/equipments/{key}/meters", {"data": {"meter_id": house.keys["boiler"], "is_output": False}}
    )
    path = f"/v1/equipments/{key}/meters/{house.keys['boiler']}/terms"
    refused = house.api.call("PUT", path, {"data": {"terms": [{"allocation": "area"}]}})
    assert refused.json["description"] == "API.INVALID_ALLOCATION"
    assert house.api.call("DELETE", f"/equipments/{key}").status_code == 204


def test_a_clone_keeps_the_terms(house):
    bound = f"/v1/tenants/{house.keys['A']}/meters"
    house.bind("A", "own B", {"allocation": "area", "share": 2.0, "valid_from": "2026-03-31T00:00:00"})
    done = house.api.call("POST", f"/tenants/{house.keys['A']}/clone")
    copy = done.headers["location"].rsplit("/", 1)[1]
    original = {row["id"]: row["terms"] for row in house.api.get(bound)}
    assert {row["id"]: row["terms"] for row in house.api.get(f"/v1/tenants/{copy}/meters")} == original
    assert house.api.call("DELETE", f"/tenants/{copy}").status_code == 204
