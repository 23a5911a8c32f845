"""Devices push readings in the flat form; they go the way of all readings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from ems_api.testing import Api
from ems_common.clock import utc_now

pytestmark = pytest.mark.db
PATH = "/v1/telemetry"
PUSH = {"spaces": [], "whole_site": True, "permissions": {"live": ["read", "update"]}}


@pytest.fixture(scope="module")
def device(api: Api) -> dict[str, int]:
    """A data source with a point of each kind, and a computed one."""
    gateway = api.post("/gateways", {"name": "G"})
    data = {"name": "Pusher", "gateway_id": gateway, "protocol": "http", "connection": "{}"}
    source = api.post("/datasources", data)
    base = {"data_source_id": source, "address": "{}", "high_limit": 1e9, "low_limit": -1e9, "ratio": 3}
    base |= {"offset_constant": 7, "is_trend": True, "is_virtual": False}
    kinds = {"Energy": ("ENERGY_VALUE", "kWh"), "Power": ("ANALOG_VALUE", "kW")}
    kinds |= {"State": ("DIGITAL_VALUE", "-"), "Text": ("TEXT_VALUE", "-")}
    keys = {
        name: api.post("/points", {**base, "name": name, "object_type": kind, "units": units})
        for name, (kind, units) in kinds.items()
    }
    computed = {**base, "name": "Sum", "object_type": "ANALOG_VALUE", "units": "kW", "is_virtual": True}
    live_only = {**base, "name": "Live", "object_type": "ANALOG_VALUE", "units": "kW", "is_trend": False}
    return {
        **keys,
        "source": source,
        "Sum": api.post("/points", computed),
        "Live": api.post("/points", live_only),
    }


def reading(device: dict[str, int], channel: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"deviceId": str(device["source"]), "channel": channel, "value": value, **more}


def key_of(api: Api, privilege: dict[str, Any] | None) -> Api:
    """A client with an API key of its own privilege."""
    name = f"key {utc_now().isoformat()}"
    data: dict[str, Any] = {"name": name, "expires_datetime": "2035-01-01T00:00:00"}
    made = api.call("POST", "/apikeys", {"data": data}).json
    if privilege is not None:
        held = api.post("/privileges", {"name": name, "data": orjson.dumps(privilege).decode()})
        put = api.call("PUT", f"/apikeys/{made['id']}/privilege", {"data": {"privilege_id": held}})
        assert put.status_code == 200, put.text
    return Api(api.services, api.client, {"API-KEY": made["token"]})


def history(api: Api, table: str, key: int) -> list[tuple[Any, ...]]:
    with api.services.dbs.session("historical_db") as session:
        return session.rows(
            f"SELECT utc_date_time, actual_value FROM {table} WHERE point_id = %s ORDER BY utc_date_time",
            (key,),
        )


def journal(api: Api) -> set[tuple[str, str, int]]:
    with api.services.dbs.session("historical_db") as session:
        return {
            tuple(row) for row in session.rows("SELECT kind, entity_kind, entity_id FROM tbl_change_journal")
        }


def test_readings_are_converted_stored_served_and_journalled(api: Api, device: dict[str, int]) -> None:
    pusher = key_of(api, PUSH)
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    batch = [
        reading(device, "Energy", 2.5, unit="MWh", timestamp="2026-03-01T08:00:00Z"),
        reading(device, "Power", 1500, unit="W", timestamp="2026-03-01T09:00:00+01:00"),
        reading(device, "State", True, timestamp=at.isoformat()),
        reading(device, "Text", "E42", timestamp=at.isoformat()),
        reading(device, "Live", 4, timestamp=at.isoformat()),
    ]
    answer = pusher.call("POST", PATH, {"data": batch})
    assert (answer.status_code, answer.json) == (200, {"accepted": 5, "kept": 4})
    when = at.replace(tzinfo=None)
    # 2.5 MWh are 2500 kWh, 1500 W are 1.5 kW; ratio and offset are those of raw registers, not of values.
    assert [(t, float(v)) for t, v in history(api, "tbl_energy_value", device["Energy"])] == [(when, 2500.0)]
    assert [(t, float(v)) for t, v in history(api, "tbl_analog_value", device["Power"])] == [(when, 1.5)]
    assert history(api, "tbl_digital_value", device["State"]) == [(when, 1)]
    assert history(api, "tbl_text_value", device["Text"]) == [(when, "E42")]
    assert history(api, "tbl_analog_value", device["Live"]) == []
    assert ("clean", "data_source", device["source"]) in journal(api)
    shown = {row["channel"]: row for row in pusher.get(PATH, params={"deviceId": str(device["source"])})}
    assert shown["Energy"]["value"] == 2500.0
    assert shown["Energy"]["timestamp"] == "2026-03-01T08:00:00+00:00"
    assert shown["Live"]["value"] == 4.0
    assert api.get(f"/datasources/{device['source']}")["last_seen_datetime"] is not None


def test_a_batch_that_is_sent_twice_counts_once_and_late_readings_are_told(
    api: Api, device: dict[str, int]
) -> None:
    newer = reading(device, "Energy", 2600, timestamp="2026-03-01T09:00:00Z")
    late = reading(device, "Energy", 2550, timestamp="2026-03-01T08:30:00Z")
    for batch in ([newer], [newer], [late]):
        assert api.call("POST", PATH, {"data": batch}).status_code == 200
    values = [float(value) for _, value in history(api, "tbl_energy_value", device["Energy"])]
    assert values == [2500.0, 2550.0, 2600.0]
    assert ("clean", "point", device["Energy"]) in journal(api)
    (shown,) = [row for row in api.get(PATH) if row["pointId"] == device["Energy"]]
    assert shown["value"] == 2600.0


def test_one_reading_alone_and_what_was_answered_can_be_sent(api: Api, device: dict[str, int]) -> None:
    assert api.call("POST", PATH, reading(device, "Power", 3)).status_code == 200
    (shown,) = [row for row in api.get(PATH) if row["pointId"] == device["Power"]]
    assert shown["value"] == 3.0
    assert datetime.fromisoformat(shown["timestamp"]) > utc_now() - timedelta(minutes=1)
    assert api.call("POST", PATH, [shown]).status_code == 200


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"deviceId": "0"}, "deviceId"),
        ({"deviceId": None}, "deviceId"),
        ({"deviceId": "1 OR 1=1"}, "deviceId"),
        ({"deviceId": "987654"}, "channel"),
        ({"channel": "Nothing"}, "channel"),
        ({"channel": 5}, "channel"),
        ({"channel": "Sum"}, "channel"),
        ({"value": None}, "value"),
        ({"value": "5"}, "value"),
        ({"value": True}, "value"),
        ({"value": 1e18}, "value"),
        ({"value": 10**30}, "value"),
        ({"channel": "State", "value": 1.5}, "value"),
        ({"channel": "State", "value": 2**31, "unit": None}, "value"),
        ({"channel": "Text", "value": 5}, "value"),
        ({"channel": "Text", "value": "a\x00b"}, "value"),
        ({"channel": "Text", "value": "x" * 70_000}, "value"),
        ({"unit": "furlong"}, "unit"),
        ({"unit": "m³"}, "unit"),
        ({"unit": 5}, "unit"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": 5}, "timestamp"),
        ({"timestamp": "2026-03-01"}, "timestamp"),
        ({"timestamp": "1999-12-31T23:59:59Z"}, "timestamp"),
        ({"timestamp": timedelta(minutes=10)}, "timestamp"),
    ],
)
def test_a_reading_that_cannot_be_taken_is_named_and_none_is_stored(
    api: Api, device: dict[str, int], change: dict[str, Any], member: str
) -> None:
    before = history(api, "tbl_analog_value", device["Power"])
    good = reading(device, "Power", 1, unit="kW", timestamp="2026-03-02T00:00:00Z")
    # Ahead of now, not of the time at which the tests were collected.
    bad = {k: (utc_now() + v).isoformat() if isinstance(v, timedelta) else v for k, v in change.items()}
    result = api.call("POST", PATH, {"data": [good, {**good, **bad}]})
    assert result.status_code == 422, result.text
    assert result.json["description"] == "API.INVALID_TELEMETRY"
    assert [one["pointer"] for one in result.json["errors"]] == [f"/data/1/{member}"]
    assert history(api, "tbl_analog_value", device["Power"]) == before


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": []}', b"[5]", b'{"data": {"value": NaN}}', b"null"])
def test_a_body_without_readings_is_refused(api: Api, body: bytes) -> None:
    assert api.call("POST", PATH, body_bytes=body).status_code == 400


def test_only_who_may_write_live_values_pushes_and_only_to_reached_points(
    api: Api, device: dict[str, int]
) -> None:
    one = reading(device, "Power", 1)
    assert Api(api.services, api.client, {}).call("POST", PATH, one).status_code == 401
    assert key_of(api, None).call("POST", PATH, one).status_code == 401  # a key that reads everything
    viewer = {"spaces": [], "whole_site": True, "role": "viewer"}
    assert key_of(api, viewer).call("POST", PATH, one).status_code == 403
    flags = {"is_input_counted": True, "is_output_counted": False, "area": 1, "number_of_occupants": 1}
    space = api.post("/spaces", {"name": "Own", "parent_space_id": 1, "timezone_id": 1, **flags})
    api.call("POST", f"/spaces/{space}/points", {"data": {"point_id": device["Power"]}})
    own = key_of(api, {"spaces": [space], "permissions": {"live": ["read", "update"]}})
    assert own.call("POST", PATH, one).status_code == 200
    foreign = own.call("POST", PATH, reading(device, "Energy", 1))
    unknown = own.call("POST", PATH, reading(device, "Nothing", 1))
    assert (foreign.status_code, foreign.json) == (unknown.status_code, unknown.json)
    assert foreign.status_code == 422


def test_what_devices_measure_does_not_fill_the_audit_log(api: Api, device: dict[str, int]) -> None:
    with api.services.dbs.session("user_db") as session:
        before = session.scalar("SELECT COUNT(*) FROM tbl_audit")
    assert api.call("POST", PATH, reading(device, "Power", 2)).status_code == 200
    with api.services.dbs.session("user_db") as session:
        assert session.scalar("SELECT COUNT(*) FROM tbl_audit") == before
