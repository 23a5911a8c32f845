"""The resource engine on a real database."""

from __future__ import annotations

import pytest
from ems_api.testing import Api

pytestmark = pytest.mark.db


def test_space_is_created_read_changed_and_removed(api: Api) -> None:
    data = {
        "name": "Hall",
        "parent_space_id": 1,
        "area": 120.5,
        "number_of_occupants": 12,
        "timezone_id": 1,
        "is_input_counted": True,
        "is_output_counted": False,
    }
    key = api.post("/spaces", data)
    item = api.get(f"/spaces/{key}")
    assert item["name"] == "Hall"
    assert item["area"] == 120.5
    assert item["qrcode"] == f"space:{item['uuid']}"
    assert item["parent_space_id"]["id"] == 1
    assert api.call("PUT", f"/spaces/{key}", {"data": {**data, "name": "Hall 2"}}).status_code == 200
    assert {row["name"] for row in api.get("/spaces")} >= {"Hall 2"}
    gone = api.call("DELETE", f"/spaces/{key}")
    assert gone.status_code == 204
    assert gone.text == ""
    assert api.call("GET", f"/spaces/{key}").json == {
        "title": "API.NOT_FOUND",
        "description": "API.SPACE_NOT_FOUND",
    }
