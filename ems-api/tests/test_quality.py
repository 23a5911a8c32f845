"""Cleaning rules, verdicts and previews through the API, on a real database."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ems_api.testing import Api

pytestmark = pytest.mark.db

RULE = {"name": "Calmer spikes", "rule": "spike", "point_kind": "analog", "is_enabled": True}
START, END = "2026-01-01T00:00:00Z", "2026-01-21T00:00:00Z"


def journal(api: Api) -> list[tuple[str, str, int]]:
    with api.services.dbs.session("system_db") as session:
        rows = session.rows("SELECT kind, entity_kind, entity_id FROM tbl_change_journal ORDER BY id")
        session.execute("DELETE FROM tbl_change_journal")
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.fixture(scope="module")
def point(api: Api) -> int:
    """A power of 50 kW and its noise, every 15 min for 20 days, with one reading of 200 kW."""
    with api.services.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit,"
            " is_trend, address) VALUES (7, 'p', 1, 'ANALOG_VALUE', 'kW', 1e9, 0, 1, '{}')"
        )
    values = np.round(50 + np.random.default_rng(1).standard_normal(1920), 2)
    values[1700] = 200.0
    times = np.datetime64("2026-01-01T00:00") + np.arange(1920) * np.timedelta64(15, "m")
    with api.services.dbs.session("historical_db") as session:
        session.executemany(
            "INSERT INTO tbl_analog_value (point_id, utc_date_time, actual_value, is_bad) VALUES (7, %s, %s, 0)",
            [(str(t).replace("T", " "), float(v)) for t, v in zip(times, values, strict=True)],
        )
        session.execute(
            "INSERT INTO tbl_reading_verdicts (point_id, utc_date_time, rule, detail, judged_utc)"
            " VALUES (7, '2026-01-18 17:00:00', 'spike', '200 is far above its neighbours', UTC_TIMESTAMP())"
        )
    return 7


def v1(api: Api, method: str, path: str, data: Any = None) -> Any:
    return api.call(method, f"/v1{path}", None if data is None else {"data": data})


def test_a_rule_is_kept_shown_and_told_to_cleaning(api: Api, point: int) -> None:
    journal(api)
    created = v1(api, "POST", "/cleaningrules", {**RULE, "parameters": '{"times_usual": 4}'})
    assert created.status_code == 201
    key = int(created.headers["location"].rsplit("/", 1)[1])
    assert journal(api) == [("clean", "analog_rules", 0)]
    assert v1(api, "GET", f"/cleaningrules/{key}").json["rule"] == "spike"
    moved = {**RULE, "point_kind": None, "point_id": point}
    assert v1(api, "PUT", f"/cleaningrules/{key}", moved).status_code == 200
    assert sorted(journal(api)) == [("clean", "analog_rules", 0), ("clean", "point_rules", point)]
    again = v1(api, "POST", "/cleaningrules", moved)
    assert again.json["description"] == "API.CLEANING_RULE_IS_ALREADY_IN_USE"
    assert v1(api, "DELETE", f"/cleaningrules/{key}").status_code == 204
    assert journal(api) == [("clean", "point_rules", point)]


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "nonsense"},
        {"parameters": '{"times_usual": -1}'},
        {"parameters": '{"unknown": 1}'},
        {"parameters": "[1]"},
        {"point_id": 7},
        {"point_kind": None},
        {"point_kind": None, "point_id": 999_999},
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(api: Api, point: int, change: dict[str, Any]) -> None:
    refused = v1(api, "POST", "/cleaningrules", {**RULE, **change})
    assert 400 <= refused.status_code < 500, refused.text
    assert journal(api) == []


def test_the_admin_portal_can_draw_the_rules(api: Api) -> None:
    described = v1(api, "GET", "/description").json["resources"]
    rules = next(item for item in described if item["name"] == "cleaningrules")
    assert rules["title"] == "Cleaning rules"
    assert "stuck" in next(f for f in rules["fields"] if f["name"] == "rule")["choices"]
    parameters = next(f for f in rules["fields"] if f["name"] == "parameters")
    assert parameters["parts_by"] == "rule"
    assert parameters["parts"]["range"] == []
    keep = next(part for part in parameters["parts"]["duplicate"] if part["name"] == "keep")
    assert (keep["type"], keep["choices"], keep["default"]) == ("choice", ["first", "last"], "first")
    hours = next(part for part in parameters["parts"]["fill"] if part["name"] == "longest_hours")
    assert (hours["exclusive_minimum"], hours["maximum"], hours["default"]) == (0, 24, 6.0)


def test_verdicts_are_listed_with_their_counts(api: Api, point: int) -> None:
    found = v1(api, "GET", f"/points/{point}/verdicts?start={START}&end={END}").json
    assert found["counts"] == {"spike": 1}
    assert [(v["utc"], v["rule"]) for v in found["verdicts"]] == [("2026-01-18T17:00:00+00:00", "spike")]
    # A row of before reasons had keys.
    assert (found["verdicts"][0]["detail"], found["verdicts"][0]["reason"]) == (
        "200 is far above its neighbours",
        None,
    )
    other = v1(api, "GET", f"/points/{point}/verdicts?start={START}&end={END}&rule=gap").json
    assert other["verdicts"] == []
    assert v1(api, "GET", "/points/99999/verdicts").status_code == 404
    assert v1(api, "GET", f"/points/{point}/verdicts?limit=x").status_code in (400, 422)


def test_a_preview_shows_what_a_rule_would_say_and_changes_nothing(api: Api, point: int) -> None:
    asked: dict[str, Any] = {"start": START, "end": END}
    asked["rules"] = {"spike": {"enabled": False}, "range": {}}
    off = v1(api, "POST", f"/points/{point}/cleaning/preview", asked).json
    assert (off["readings"], off["bad"], off["bad_now"]) == (1920, 0, 1)
    assert off["counts_now"] == {"spike": 1}
    asked["rules"] = {"average": {}, "fill": {"method": "previous"}}
    on = v1(api, "POST", f"/points/{point}/cleaning/preview", asked).json
    assert on["counts"] == {"average": 1, "spike": 1}
    assert {v["utc"] for v in on["verdicts"]} == {"2026-01-18T17:00:00+00:00"}
    average = next(v for v in on["verdicts"] if v["rule"] == "average")
    percent = average["reason"]["numbers"]["percent"]
    assert average["reason"] == {
        "key": "average",
        "numbers": {"value": 200, "percent": percent},
        "note": None,
    }
    assert average["detail"] == f"200 is {percent:g} % of the neighbours' average"
    assert (on["bad_share"], on["estimated"]) == (1 / 1920, 1)
    assert [(e["utc"], e["method"]) for e in on["estimates"]] == [("2026-01-18T17:00:00+00:00", "previous")]
    assert len(on["shown"]) == 1920
    assert max(on["shown"], key=lambda reading: reading["value"]) == {
        "utc": "2026-01-18T17:00:00+00:00",
        "value": 200.0,
    }
    assert v1(api, "GET", f"/points/{point}/estimates?start={START}&end={END}").json["estimates"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"rules": {"nonsense": {}}},
        {"rules": {"spike": {"noises": 0}}},
        {"rules": []},
        {"end": START},
        {"start": "x"},
        {"start": "2020-01-01T00:00:00Z"},
    ],
)
def test_a_preview_that_makes_no_sense_is_refused(api: Api, point: int, change: dict[str, Any]) -> None:
    asked = {"start": START, "end": END, "rules": {}, **change}
    assert v1(api, "POST", f"/points/{point}/cleaning/preview", asked).status_code in (400, 422)
