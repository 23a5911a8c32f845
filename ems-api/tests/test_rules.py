"""Rules that watch: what they find in real tables, told once, ended when it is over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ems_api.rules import engine
from ems_api.rules.events import Sample, stretches
from ems_api.rules.expression import Point, parsed
from ems_api.testing import Api
from ems_common.errors import BadInput

NOW = datetime(2026, 3, 20, 12, 30, tzinfo=UTC)
HOURS = ("space_id", "energy_category_id", "start_datetime_utc", "actual_value")


def rule(name: str, watch: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A rule as it is posted."""
    return {
        "name": name,
        "category": "SPACE",
        "fdd_code": "LOAD",
        "priority": "HIGH",
        "channel": "WEB",
        "expression": json.dumps(watch),
        "message_template": "$name: $value, limit $limit, since $start",
        "is_enabled": True,
        "is_run_immediately": False,
        **more,
    }


def samples(*values: float) -> list[Sample]:
    """Values of ten minutes each."""
    step = timedelta(minutes=10)
    return [Sample(NOW + n * step, NOW + (n + 1) * step, value) for n, value in enumerate(values)]


def store(api: Api, space: int, category: int, hours: dict[datetime, float]) -> None:
    rows = [(space, category, at.replace(tzinfo=None), value) for at, value in hours.items()]
    with api.services.dbs.session("energy_db") as session:
        session.upsert("tbl_space_input_category_hourly", HOURS, rows)


def told(api: Api, name: str) -> list[dict[str, Any]]:
    """The messages of a rule to the administrator, newest first."""
    found = api.get(
        "/webmessages?startdatetime=2026-03-01T00:00:00&enddatetime=2026-04-01T00:00:00&status=all&priority=ALL"
    )
    return [one for one in found if one["subject"] == name]


def test_neighbours_and_what_a_short_calm_divides_are_one_event() -> None:
    watch = Point(id=1, above=5, calm_minutes=10)
    ended, going_on = stretches(watch, "point", samples(1, 6, 9, 1, 7, 1, 1, 8))
    assert (ended.start_utc - NOW, ended.end_utc, ended.value) == (
        timedelta(minutes=10),
        NOW + timedelta(minutes=50),
        9,
    )
    assert (going_on.start_utc - NOW, going_on.end_utc) == (timedelta(minutes=70), None)


def test_what_began_before_is_not_told_again() -> None:
    assert stretches(Point(id=1, below=5), "point", samples(1, 1, 6)) == []
    assert stretches(Point(id=1, below=5), "point", []) == []


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"watch": "point", "id": 1}', '{"watch": "hours", "of": "moon", "id": 1, "above": 1}'],
)
def test_an_expression_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parsed(text)


@pytest.mark.db
def test_hours_beyond_a_limit_are_told_once_and_ended(api: Api) -> None:
    flags = {"is_input_counted": True, "is_output_counted": False, "area": 1, "number_of_occupants": 1}
    space = api.post("/spaces", {"name": "Forge", "parent_space_id": 1, "timezone_id": 1, **flags})
    factors = {"unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    power = api.post("/energycategories", {"name": "Power", **factors})
    watch = {"watch": "hours", "of": "space", "id": space, "category": power, "above": 100}
    key = api.post("/rules", rule("Load", watch))
    first = datetime(2026, 3, 20, 6, tzinfo=UTC)
    # From 9:00 UTC on it is too much; the hour that began at 12:00 is not over.
    loads = (90, 90, 90, 120, 140, 110, 999)
    store(api, space, power, {first + timedelta(hours=n): load for n, load in enumerate(loads)})
    assert engine.run_due(api.services, NOW) == 1
    (message,) = told(api, "Load")
    assert message["message"] == "Forge: 140, limit 100, since 2026-03-20 09:00"
    assert (message["status"], message["end_datetime"]) == ("new", None)

    # Nothing is due again at once, and what is deleted does not come back.
    assert engine.run_due(api.services, NOW) == 0
    later = NOW + timedelta(hours=2)
    store(api, space, power, {first + timedelta(hours=6): 80.0, first + timedelta(hours=7): 80.0})
    assert engine.run_due(api.services, later) == 0
    (message,) = told(api, "Load")
    assert message["end_datetime"] == datetime(2026, 3, 20, 12, tzinfo=UTC).timestamp() * 1000
    assert api.call("DELETE", f"/webmessages/{message['id']}").status_code == 204
    assert engine.run_due(api.services, later + timedelta(hours=1)) == 0
    assert told(api, "Load") == []
    assert api.get(f"/rules/{key}")["last_run_datetime"] is not None


@pytest.mark.db
def test_a_rule_that_is_not_understood_stops_no_other(api: Api) -> None:
    api.post("/rules", rule("Old", {"and": []}))
    api.post("/rules", rule("Called", {"watch": "silence", "minutes": 5}, channel="CALL"))
    api.post("/rules", rule("Silent", {"watch": "silence", "minutes": 5}))
    with api.services.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_data_sources (id, name, uuid, gateway_id, protocol, connection,"
            " last_seen_datetime_utc) VALUES (77, 'Meter bus', UUID(), 1, 'modbus-tcp', '{}', '2026-03-20 12:00')"
        )
    assert engine.run_due(api.services, NOW) == 1
    assert told(api, "Silent")[0]["message"] == "Meter bus: 30.0, limit 5.0, since 2026-03-20 12:00"
