"""Hostile input on every route that takes any: a clear 4xx, and the databases as they were."""

from __future__ import annotations

from typing import Any, Final

import orjson
import pytest

from .facts import Handler, contract
from .test_routes import collections
from .world import World

pytestmark = pytest.mark.db

DATABASES: Final = ("system_db", "user_db", "fdd_db", "reporting_db", "historical_db")
_DEEP: Final = 5_000
PATH_KEYS: Final = (
    *("0", "-1", "1.5", "1e3", "0x1", "١", "9" * 30, str(2**63), "null", "NaN"),
    *("1 OR 1=1", "1;DROP TABLE tbl_spaces", "' OR ''='", "1/**/UNION/**/SELECT/**/1", "%00", "1%00"),
    *("..%2F..%2Fetc%2Fpasswd", "$(id)", "{{7*7}}", "=1+1", "<script>"),
)
BODIES: Final = {
    "empty": b"",
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
    "broken": b'{"data": {',
    "NaN": b'{"data": {"name": NaN}}',
    "Infinity": b'{"data": {"name": Infinity}}',
    "too large a number": b'{"data": {"name": 1e999}}',
    "data null": b'{"data": null}',
    "data list": b'{"data": [1]}',
    "UTF-16": '{"data": {}}'.encode("utf-16"),
    "Latin-1": '{"data": {"name": "Wärme"}}'.encode("latin-1"),
    "lone surrogate": b'{"data": {"name": "\\ud800"}}',
    "overlong UTF-8": b'{"data": {"name": "\xc0\xaf"}}',
    "deep list": b'{"data":' + b"[" * _DEEP + b"]" * _DEEP + b"}",
    "deep object": b'{"data":' + b'{"a":' * _DEEP + b"1" + b"}" * _DEEP + b"}",
}
VALUES: Final = {
    "string": (5, True, [], {"$gt": ""}, "nul\x00byte", "x" * 5_000_000),
    "int": ("1 OR 1=1", 1.5, True, [1], {"id": 1}, -1, 0, 2**63, -(2**70), 10**400),
    "number": ("1", True, [1.0], {"n": 1}, 1e300, -1e300),
    "bool": ("true", 1, 0, [], {}),
}
"""What no member of the type may be."""
TYPES: Final = (
    "text/plain",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
)


def checksums(api: Any) -> dict[str, Any]:
    """Checksum of every table, without the logs of what was refused."""
    result: dict[str, Any] = {}
    for database in DATABASES:
        with api.services.dbs.session(database) as session:
            tables = [row[0] for row in session.rows("SHOW TABLES")]
            for name, value in session.rows("CHECKSUM TABLE " + ", ".join(tables)):
                table = name.split(".")[-1]
                if table not in ("tbl_audit", "tbl_logs", "tbl_api_keys_uses", "tbl_sessions_uses"):
                    result[f"{database}.{table}"] = value
    return result


@pytest.fixture
def unchanged(api: Any, world: World) -> Any:
    """Compare all tables before and after."""
    for path, _item in collections():
        world.row(path)
    before = checksums(api)
    yield
    assert checksums(api) == before


def is_clear(result: Any) -> bool:
    """Whether an answer refuses, and says why."""
    if not 400 <= result.status_code < 500:
        return False
    return bool(result.json.get("description") or result.json.get("title"))


def writers() -> list[Handler]:
    """Handlers of collections that make a row."""
    return [
        contract().handlers["POST", path]
        for path, _item in collections()
        if ("POST", path) in contract().handlers
    ]


@pytest.mark.usefixtures("unchanged")
def test_paths_hold_keys_or_are_refused(api: Any) -> None:
    wrong = []
    for _path, item in collections():
        for key in PATH_KEYS:
            for method in ("GET", "PUT", "DELETE"):
                if (method, item) not in contract().handlers:
                    continue
                body = {"data": {}} if method == "PUT" else None
                result = api.call(method, item.replace("{id_}", key), body)
                if not is_clear(result):
                    wrong.append(f"{method} {item} {key}: {result.status}")
    assert wrong == []


@pytest.mark.usefixtures("unchanged")
def test_bodies_that_cannot_be_read_are_refused(api: Any) -> None:
    wrong = []
    for handler in writers():
        for title, body in BODIES.items():
            for path in (handler.path, f"/v1{handler.path}"):
                headers = {"Content-Type": "application/json"}
                result = api.call("POST", path, headers=headers, body_bytes=body)
                if not is_clear(result):
                    wrong.append(f"{path} {title}: {result.status} {result.text[:80]}")
    assert wrong == []


@pytest.mark.usefixtures("unchanged")
def test_values_of_a_wrong_type_or_size_are_refused(api: Any, world: World) -> None:
    wrong, sent = [], 0
    for handler in writers():
        good = world.body(handler)
        for path, rules in handler.body.items():
            kind = str(rules.get("type", "")).split("|")[0].strip()
            if "." in path or "[]" in path or kind not in VALUES or not rules.get("required"):
                continue
            for value in VALUES[kind]:
                if value == 0 and "exclusive_min" not in rules:
                    continue
                if value == -1 and rules.get("min", rules.get("exclusive_min")) is None:
                    continue
                body = orjson_or_python({"data": {**good, path: value}})
                headers = {"Content-Type": "application/json"}
                result = api.call("POST", handler.path, headers=headers, body_bytes=body)
                sent += 1
                if not is_clear(result):
                    wrong.append(f"{handler.path} {path}={str(value)[:20]!r}: {result.status}")
    assert wrong == []
    assert sent > 300


def orjson_or_python(body: Any) -> bytes:
    """A body as bytes, also with numbers that orjson does not write."""
    import json

    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body).encode()


@pytest.mark.usefixtures("unchanged")
def test_a_body_over_the_limit_is_refused_whatever_its_length_says(api: Any) -> None:
    limit = api.services.settings.server.max_body_bytes
    huge = b'{"data": {"name": "' + b"x" * limit + b'"}}'
    for path in ("/spaces", "/v1/spaces", "/spaces/import", "/v1/telemetry", "/v1/sensors/bulk"):
        assert api.call("POST", path, body_bytes=huge).status_code == 413
        result = api.call("POST", path, headers={"Content-Length": str(10**12)}, body_bytes=b"{}")
        assert result.status_code == 413


@pytest.mark.usefixtures("unchanged")
def test_the_type_of_a_body_does_not_open_another_way_in(api: Any) -> None:
    wrong = []
    for handler in writers():
        for kind in TYPES:
            body = b"name=x&data=%7B%7D"
            result = api.call("POST", handler.path, headers={"Content-Type": kind}, body_bytes=body)
            if not is_clear(result):
                wrong.append(f"{handler.path} {kind}: {result.status}")
    assert wrong == []


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", ["q", "sort", "fields", "page", "limit"])
def test_queries_of_lists_are_taken_as_values(api: Any, name: str) -> None:
    texts = (
        "' OR 1=1 -- ",
        "%",
        "_",
        "\\",
        "1;DROP TABLE tbl_spaces",
        "\x00",
        "x" * 5000,
        "⚡",
        "-1",
        "9" * 40,
        "[]",
    )
    wrong = []
    for path, _item in collections():
        everything = len(api.get(f"/v1{path}"))
        for text in texts:
            result = api.call("GET", f"/v1{path}", params={name: text})
            if result.status_code >= 500:
                wrong.append(f"{path} {text[:20]!r}: {result.status}")
            if name == "q" and text.startswith("'") and everything and result.json:
                wrong.append(f"{path}: found {len(result.json)} rows for a text that none has")
    assert wrong == []


FILES: Final = {
    "../../evil.xlsx": "evil.xlsx",
    "..\\..\\evil.xlsx": "evil.xlsx",
    "/etc/cron.d/evil.xlsx": "evil.xlsx",
    "C:\\Windows\\evil.xlsx": "evil.xlsx",
    "⚡ Zähler.xlsx": "⚡ Zähler.xlsx",
}
REFUSED_FILES: Final = {
    "evil.exe": b"MZ",
    "evil.xlsx.exe": b"PK\x03\x04",
    "evil.xlsx": b"<html>",
    "": b"PK\x03\x04",
    "..": b"PK\x03\x04",
    "empty.xlsx": b"",
}


def send_file(api: Any, name: str, content: bytes) -> Any:
    """Upload a file to be read for offline meters."""
    body = (
        f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return api.call(
        "POST", "/offlinemeterfiles", headers=headers, body_bytes=body + content + b"\r\n--b--\r\n"
    )


@pytest.mark.parametrize("name", sorted(FILES))
def test_the_name_of_a_file_is_no_path(api: Any, name: str) -> None:
    made = send_file(api, name.replace("\\", "\\\\"), b"PK\x03\x04rest")
    assert made.status_code == 201
    assert api.get(made.headers["location"])["file_name"] == FILES[name]
    assert api.get(f"{made.headers['location']}/restore") == "success"
    assert api.call("DELETE", made.headers["location"]).status_code == 204


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("name", sorted(REFUSED_FILES))
def test_files_that_are_none_of_ours_are_refused(api: Any, name: str) -> None:
    assert is_clear(send_file(api, name, REFUSED_FILES[name]))


@pytest.mark.parametrize(
    "equation",
    [
        "__import__('os').system('id')",
        "x1.__class__",
        "x1; x1",
        "9" * 5000,
        "(" * 3000 + "x1" + ")" * 3000,
        "lambda: x1",
        "=cmd|' /C calc'!A0",
        "x1 + x2",
        "\x00",
        "⚡",
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_formulas_compute_and_do_nothing_else(api: Any, world: World, equation: str) -> None:
    variables = [{"name": "x1", "meter_type": "meter", "meter_id": world.row("/meters")}]
    body = world.body(contract().handlers["POST", "/virtualmeters"])
    body["expression"] = {"equation": equation, "variables": variables}
    assert is_clear(api.call("POST", "/virtualmeters", {"data": body}))


def test_names_in_every_script_come_back_as_they_were(api: Any) -> None:
    for name in (
        "⚡🔋 Speicher",
        "电表",
        "عداد",
        "Ñandú & <b>",
        "👩‍🔬",
        "'; DROP TABLE tbl_sensors; --",
        "=1+1",
    ):
        key = api.post("/sensors", {"name": name, "description": name})
        item = api.get(f"/sensors/{key}")
        assert (item["name"], item["description"]) == (name, name)
