"""Orders to set a point, and what came of them, as clients read it."""

from __future__ import annotations

import pytest
from ems_api.testing import Api
from ems_common.findings.finding import Finding, phrase

pytestmark = pytest.mark.db


def test_an_order_waits_and_then_tells_what_came_of_it(api: Api) -> None:
    with api.services.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit,"
            " is_trend, address) VALUES (9, 'supply', 1, 'ANALOG_VALUE', '°C', 60, 20, 1, '{}')"
        )
    for value in (41.5, 70, 45):
        assert api.call("PUT", "/v1/pointsetvalues/9", {"data": {"set_value": value}}).status_code == 200
    orders = api.get("/v1/points/9/setvalues")
    assert [(order["set_value"], order["outcome"]) for order in orders] == [
        (45, "waiting"),
        (70, "waiting"),
        (41.5, "waiting"),
    ]
    assert orders[0]["data"] is None
    refused = Finding(phrase("set_limits", low=20.0, high=60.0))
    with api.services.dbs.session("system_db") as session:
        session.execute(
            "UPDATE tbl_points_set_values SET outcome = 'refused', outcome_data = %s,"
            " outcome_utc = '2026-11-22 10:00:00.5' WHERE id = %s",
            (refused.stored, orders[1]["id"]),
        )
        session.execute("UPDATE tbl_points_set_values SET is_set = 1 WHERE id = %s", (orders[2]["id"],))
    _, order, older = api.get("/v1/points/9/setvalues")
    assert order["outcome"] == "refused"
    assert order["message"] == "the value is outside the limits of the point, 20 to 60"
    assert order["data"]["what"] == {"key": "set_limits", "values": {"low": 20.0, "high": 60.0}}
    assert order["outcome_utc"].startswith("2026-11-22T10:00:00.5")
    assert older["outcome"] == "written"  # by a program that notes only that
    assert api.call("GET", "/v1/points/4711/setvalues").status_code == 404
