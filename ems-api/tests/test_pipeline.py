"""Orders to the pipeline: which rows of the change journal they become, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ems_api.testing import Api

pytestmark = pytest.mark.db

Row = tuple[str, str, int, str, str]


def order(api: Api, **data: Any) -> Any:
    return api.call("POST", "/v1/pipeline/recompute", {"data": data})


def journal(api: Api, database: str) -> list[Row]:
    with api.services.dbs.session(database) as session:
        rows = session.rows(
            "SELECT kind, entity_kind, entity_id, from_utc, to_utc FROM tbl_change_journal"
            " WHERE reason = 'asked for' ORDER BY id"
        )
        session.execute("DELETE FROM tbl_change_journal")
    return [(row[0], row[1], row[2], str(row[3]), str(row[4])) for row in rows]


def test_the_whole_site_is_computed_again(api: Api) -> None:
    journal(api, "system_db")
    assert order(api, stage="normalization").json == {"windows": 2}
    always = ("1970-01-01 00:00:00", "9000-01-01 00:00:00")
    assert journal(api, "system_db") == [
        ("normalize", "meter", 0, *always),
        ("virtual", "virtual_meter", 0, *always),
    ]


def test_a_range_of_one_thing_is_computed_again(api: Api) -> None:
    journal(api, "system_db")
    asked = order(
        api,
        stage="aggregation",
        **{"from": "2026-03-01T00:00:00+00:00", "to": "2026-03-02T00:00:00+00:00"},
        entity={"kind": "space", "id": 1},
    )
    assert asked.status_code == 202
    assert journal(api, "system_db") == [
        ("aggregate", "space", 1, "2026-03-01 00:00:00", "2026-03-02 00:00:00")
    ]


def test_cleaning_looks_for_its_orders_beside_the_readings(api: Api) -> None:
    journal(api, "historical_db")
    assert order(api, stage="cleaning", entity=None).json == {"windows": 1}
    assert [row[:3] for row in journal(api, "historical_db")] == [("clean", "point", 0)]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 422),
        ({"stage": "nonsense"}, 422),
        ({"stage": ["cleaning"]}, 422),
        ({"stage": "cleaning", "from": "x"}, 422),
        ({"stage": "cleaning", "from": 3}, 422),
        ({"stage": "cleaning", "from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, 422),
        ({"stage": "cleaning", "entity": {"kind": "tenant", "id": 1}}, 422),
        ({"stage": "cleaning", "entity": {"kind": "meter", "id": True}}, 422),
        ({"stage": "cleaning", "entity": {"kind": "meter", "id": 987654321}}, 404),
        ({"stage": "cleaning", "entity": "meter:1"}, 422),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(api: Api, data: dict[str, Any], status: int) -> None:
    journal(api, "historical_db")
    assert order(api, **data).status_code == status
    assert journal(api, "historical_db") == []


@pytest.mark.parametrize("names", [["Meter 10", "meter 9", "Meter 9b", "Boiler 2"]])
def test_lists_are_sorted_as_people_count(api: Api, names: list[str]) -> None:
    keys = [
        api.call("POST", "/v1/sensors", {"data": {"name": name}}).headers["location"].rsplit("/", 1)[1]
        for name in names
    ]
    try:
        found = [row["name"] for row in api.call("GET", "/v1/sensors?sort=name").json]
        wanted = ["Boiler 2", "meter 9", "Meter 9b", "Meter 10"]
        assert [name for name in found if name in names] == wanted
    finally:
        for key in keys:
            api.call("DELETE", f"/v1/sensors/{key}")
