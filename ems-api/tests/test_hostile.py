"""Hostile input gets a clear 4xx and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from ems_api.testing import Api

pytestmark = pytest.mark.db
INJECTIONS = (
    "1 OR 1=1",
    "1;DROP TABLE tbl_spaces",
    "' OR ''='",
    "1/**/UNION/**/SELECT/**/1",
    "%00",
    "..%2F..%2Fetc%2Fpasswd",
)


def rows(api: Api) -> dict[str, int]:
    with api.services.dbs.session("system_db") as session:
        tables = [row[0] for row in session.rows("SHOW TABLES")]
        return {table: session.scalar(f"SELECT COUNT(*) FROM {table}") for table in tables}


@pytest.mark.parametrize("text", INJECTIONS)
def test_paths_hold_numbers_or_are_refused(api: Api, text: str) -> None:
    before = rows(api)
    for method in ("GET", "PUT", "DELETE"):
        result = api.call(method, f"/spaces/{text}", {"data": {}} if method == "PUT" else None)
        assert 400 <= result.status_code < 500, (method, result.status)
    assert rows(api) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"data": NaN}',
        b'{"data": {"name": "x", "area": 1e999}}',
        b'{"data": null}',
        b'{"data": []}',
        b"\xff\xfe",
        "{'data': 1}".encode("utf-16"),
        b'{"data":' + b"[" * 100_000,
        b'{"data": {"name": "\\ud800"}}',
    ],
)
def test_bodies_that_are_no_json_object_are_refused(api: Api, body: bytes) -> None:
    before = rows(api)
    for path in ("/spaces", "/v1/spaces", "/spaces/import", "/users/login", "/webmessagesbatch"):
        method = "PUT" if path in ("/users/login", "/webmessagesbatch") else "POST"
        result = api.call(method, path, headers={"Content-Type": "application/json"}, **{"body_bytes": body})
        assert 400 <= result.status_code < 500, (path, result.status, result.text)
        assert result.json
    assert rows(api) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "x" * 300),
        ("name", "nul\x00byte"),
        ("name", {"a": 1}),
        ("area", 1e300),
        ("area", "120"),
        ("area", True),
        ("timezone_id", 2**70),
        ("timezone_id", 1.5),
        ("contact_id", -1),
        ("is_input_counted", "true"),
        ("latitude", 91),
    ],
)
def test_values_outside_their_column_are_refused(api: Api, name: str, value: Any) -> None:
    data = {
        "name": "Hostile",
        "parent_space_id": 1,
        "area": 1,
        "number_of_occupants": 1,
        "timezone_id": 1,
        "is_input_counted": True,
        "is_output_counted": True,
    }
    before = rows(api)
    result = api.call("POST", "/spaces", {"data": {**data, name: value}})
    assert result.status_code == 400
    assert result.json["description"].startswith("API.INVALID_")
    assert rows(api) == before


def test_search_text_is_no_pattern(api: Api) -> None:
    api.post("/sensors", {"name": "100%"})
    assert [row["name"] for row in api.get("/sensors", params={"q": "%"})] == ["100%"]
    assert api.get("/sensors", params={"q": "' OR 1=1 -- "}) == []


def test_a_body_that_is_too_large_is_refused_unread(api: Api) -> None:
    result = api.call("POST", "/spaces", headers={"Content-Length": str(10**10)}, body_bytes=b"{}")
    assert result.status_code == 413


def test_a_file_name_never_becomes_a_path(api: Api, tmp_path: Any) -> None:
    boundary = "xyz"
    content = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="../../evil.xlsx"\r\n'
        "Content-Type: application/octet-stream\r\n\r\nPK\x03\x04rest\r\n"
        f"--{boundary}--\r\n"
    ).encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    result = api.call("POST", "/offlinemeterfiles", headers=headers, body_bytes=content)
    assert result.status_code == 201
    key = result.headers["location"].rsplit("/", 1)[1]
    item = api.get(f"/offlinemeterfiles/{key}")
    assert (item["file_name"], item["status"]) == ("evil.xlsx", "new")
    assert api.get(f"/offlinemeterfiles/{key}/restore") == "success"
    assert api.call("DELETE", f"/offlinemeterfiles/{key}").status_code == 204
