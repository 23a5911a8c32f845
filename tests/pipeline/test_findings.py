"""What the stages find wrong with the configuration: stored as data, read through the API as data and in English."""

from __future__ import annotations

import json

import pytest
from ems_api.testing import connect
from ems_common.findings.finding import parsed
from ems_common.journal import BEGINNING_UTC, END_UTC, Change
from ems_database import reference

from tests.pipeline.conftest import empty

pytestmark = pytest.mark.db
PASSWORD = "correct horse 1"


@pytest.fixture(scope="module")
def api(fresh_database_module, _plant_databases, tmp_path_factory):
    made = connect(fresh_database_module.environ, str(tmp_path_factory.mktemp("var")))
    empty(_plant_databases)
    reference.install(_plant_databases, PASSWORD)
    yield made.sign_in("administrator", PASSWORD)
    made.close()


@pytest.fixture
def site(api, plant):
    """A plant of which the API tells."""
    plant.api = api
    plant.steady(1, 2, 8.0)
    return plant


def thing(kind, key, name=""):
    return {"type": "thing", "kind": kind, "id": key, "name": name}


def word(key):
    return {"type": "word", "word": key}


def text(key, **values):
    return {"key": key, "values": values}


FIRST_FLOOR = thing("meter", 1, "First floor")
# What is done to the plant, and what is found of it.
FAULTS = {
    "virtual_meter_refused": (
        "UPDATE tbl_virtual_meters SET equation = 'a + c' WHERE id = 1",
        {
            "what": text("unknown_variable", name="c"),
            "where": [thing("virtual_meter", 1, "Floor and bakery")],
            "advice": text("known", names=["a", "b"]),
        },
        "Floor and bakery (virtual meter 1): the formula names an unknown variable (got 'c'). Known: a, b.",
    ),
    "virtual_point_refused": (
        "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
        " is_virtual, address) VALUES (20, 'Sum', 1, 'ENERGY_VALUE', 'kWh', 1e12, 0, 1, 1,"
        """ '{"expression": "a", "substitutions": {"a": 99}}')""",
        {"what": text("no_point", name="a", id="99"), "where": [thing("point", 20, "Sum")], "advice": None},
        "Sum (point 20): variable a stands for a point that does not exist (got 99)",
    ),
    "meter_unit_doubtful": (
        "UPDATE tbl_points SET units = 'm3' WHERE id = 1",
        {
            "what": text(
                "other_dimension", first="m³", measures=word("volume"), second="kWh", other=word("energy")
            ),
            "where": [FIRST_FLOOR, thing("point", 1, "Register 1")],
            "advice": text("one_dimension"),
        },
        "First floor (meter 1), Register 1 (point 1): m³ is volume, kWh is energy."
        " Give the point and the energy category units of one kind.",
    ),
    "double_counting": (
        "INSERT INTO tbl_spaces_meters (space_id, meter_id) VALUES (1, 1)",
        {
            "what": text(
                "double_count",
                meter=FIRST_FLOOR,
                times=2.0,
                ways=[word("own_binding"), thing("space", 2, "First floor")],
            ),
            "where": [thing("space", 1, "Campus")],
            "advice": text("unbind"),
        },
        "Campus (space 1): counts First floor (meter 1) 2 times, through its own binding, First floor (space 2)."
        " Remove one of the bindings, or set it not to be counted.",
    ),
    "membership": (
        "UPDATE tbl_tenants t JOIN tbl_tenants_meters m ON m.tenant_id = t.id SET t.area = 0, m.allocation = 'area'",
        {
            "what": text("no_weight", rule=word("area")),
            "where": [thing("meter", 2, "Bakery")],
            "advice": text("enter_weights", rule=word("area")),
        },
        "Bakery (meter 2): it is divided by area, but no owner has any."
        " Enter the area of its owners; until then it is divided evenly.",
    ),
}
AGAIN = Change("aggregate", "space", 1, BEGINNING_UTC, END_UTC, "asked for")


@pytest.mark.parametrize("kind", FAULTS)
def test_every_kind_of_finding_is_kept_as_data_and_stays_the_same_row(site, kind):
    sql, data, sentence = FAULTS[kind]
    site.configure(sql, (), AGAIN)
    site.catch_up()
    (found,) = site.api.get("/v1/pipeline")["findings"]
    assert (found["kind"], found["data"], found["message"]) == (kind, data, sentence)
    first = data["where"][0]
    assert found["entity"] == {"kind": first["kind"], "id": first["id"]}
    query = "SELECT id, message, data, since_utc FROM tbl_findings"
    with site.dbs.session("system_db") as session:
        (row,) = session.rows(query)
    assert parsed(row[2]).sentence == row[1] == sentence
    assert json.loads(row[2]) == data
    # Stages that begin anew find it again.
    site.configure("UPDATE tbl_tenants SET name = name", (), AGAIN)
    site.catch_up()
    with site.dbs.session("system_db") as session:
        assert session.rows(query) == [row]


def test_circles_of_virtual_meters_and_of_spaces_name_those_in_them(site):
    site.configure("UPDATE tbl_variables SET meter_type = 'virtual_meter', meter_id = 2 WHERE name = 'a'", ())
    site.configure("UPDATE tbl_spaces SET parent_space_id = 3 WHERE id = 2", ())
    site.configure("UPDATE tbl_spaces SET parent_space_id = 2 WHERE id = 3", (), AGAIN)
    site.catch_up()
    assert {found["message"] for found in site.api.get("/v1/pipeline")["findings"]} == {
        "Floor and bakery (virtual meter 1): its formula depends on itself, through Half of it (virtual meter 2)."
        " Break the circle of virtual meters.",
        "Half of it (virtual meter 2): its formula depends on itself, through Floor and bakery (virtual meter 1)."
        " Break the circle of virtual meters.",
        "First floor (space 2), Second floor (space 3): the tree runs in a circle. Give one of them another parent.",
    }


def test_a_renamed_thing_is_told_by_its_new_name(site):
    site.configure("UPDATE tbl_points SET units = 'furlong' WHERE id = 1", ())
    site.catch_up()
    site.configure("UPDATE tbl_meters SET name = 'Ground floor' WHERE id = 1", ())
    site.steady(1, 3, 8.0)
    site.catch_up()
    (found,) = site.api.get("/v1/pipeline")["findings"]
    assert found["data"]["where"][0]["name"] == "Ground floor"
    assert found["data"]["what"] == text("unknown_unit", unit="furlong")


def test_an_older_sentence_is_shown_as_it_is_until_its_stage_looks_again(site):
    site.configure(
        "INSERT INTO tbl_findings (stage, kind, entity_kind, entity_id, message, since_utc)"
        " VALUES ('aggregation', 'double_counting', 'space', 1, 'as it was said before', '2026-01-01'),"
        " ('aggregation', 'double_counting', 'space', 2, 'and this', '2025-01-01')",
        (),
    )
    told = site.api.get("/v1/pipeline")["findings"]
    assert [(found["message"], found["data"]) for found in told] == [
        ("as it was said before", None),
        ("and this", None),
    ]
    site.catch_up()
    assert site.api.get("/v1/pipeline")["findings"] == []
