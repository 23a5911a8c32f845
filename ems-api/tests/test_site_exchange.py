"""A whole site out of its database and into an empty one."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from ems_api.site.archive import MANIFEST
from ems_api.site.commands import run
from ems_api.testing import Api, connect
from ems_common.db import Databases
from ems_database import demo, reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

pytestmark = pytest.mark.db
PASSWORD = "correct horse 1"
ZIP = {"Content-Type": "application/zip"}


@pytest.fixture(scope="module")
def archive(api: Api) -> bytes:
    """The archive of the demo site."""
    demo.install(api.services.dbs)
    result = api.call("GET", "/v1/archive")
    assert result.status_code == 200
    return bytes(result.content)


@pytest.fixture
def empty(fresh_database: FreshDatabase, tmp_path: Any) -> Iterator[Api]:
    """An API on an empty site."""
    client = connect(fresh_database.environ, str(tmp_path))
    dbs = Databases(client.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    yield client.sign_in("administrator", PASSWORD)
    client.close()


def changed(
    archive: bytes, name: str, change: Callable[[list[Any]], list[Any]], *, digest: bool = True
) -> bytes:
    """The archive with other rows in one table."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        rows = change([json.loads(line) for line in old.read(name).splitlines()])
        content = b"".join(orjson.dumps(row) + b"\n" for row in rows)
        for entry in old.namelist():
            text = content if entry == name else old.read(entry)
            if entry == MANIFEST and digest:
                manifest = json.loads(text)
                manifest["files"][name] = {"rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
                text = orjson.dumps(manifest)
            new.writestr(entry, text)
    return out.getvalue()


def first(**values: Any) -> Callable[[list[Any]], list[Any]]:
    """A change of the first row."""
    return lambda rows: [{**rows[0], **values}, *rows[1:]]


def test_a_site_comes_back_byte_by_byte(api: Api, archive: bytes, empty: Api) -> None:
    checked = empty.call("POST", "/v1/archive?dryrun=true", headers=ZIP, body_bytes=archive)
    assert checked.status_code == 200
    assert empty.get("/meters") == []
    made = empty.call("POST", "/v1/archive", headers=ZIP, body_bytes=archive)
    assert made.status_code == 201, made.text
    assert made.json["rows"]["tbl_meters"] == len(api.get("/meters"))
    assert empty.call("GET", "/v1/archive").content == archive
    for path in (
        "/spaces",
        "/meters",
        "/virtualmeters",
        "/tariffs",
        "/equipments",
        "/points",
        "/costcenters",
    ):
        assert empty.get(path) == api.get(path), path
    again = empty.call("POST", "/v1/archive", headers=ZIP, body_bytes=archive)
    assert (again.status_code, again.json["description"]) == (409, "API.SITE_IS_NOT_EMPTY")
    with empty.services.dbs.session("system_db") as session:
        assert session.scalar("SELECT COUNT(*) FROM tbl_change_journal WHERE reason = 'site imported'") > 0


@pytest.mark.parametrize(
    ("table", "change", "pointer"),
    [
        ("tbl_meters", first(energy_category_id=987_654_321), "/tbl_meters.jsonl/1/energy_category_id"),
        ("tbl_meters", first(hourly_low_limit="NaN"), "/tbl_meters.jsonl/1/hourly_low_limit"),
        ("tbl_meters", first(name="x" * 300), "/tbl_meters.jsonl/1/name"),
        ("tbl_meters", first(nonsense=1), "/tbl_meters.jsonl/1/nonsense"),
        ("tbl_meters", lambda rows: [*rows, rows[0]], "/tbl_meters.jsonl/"),
        ("tbl_spaces", first(parent_space_id=1), "/tbl_spaces.jsonl"),
        ("tbl_virtual_meters", first(equation="x1 +"), "/tbl_virtual_meters.jsonl/1/equation"),
        ("tbl_tariffs", first(tariff_type=None), "/tbl_tariffs.jsonl/1/tariff_type"),
        ("tbl_spaces_meters", first(share="-1e30"), "/tbl_spaces_meters.jsonl/1/share"),
        ("tbl_points", first(object_type="NONSENSE"), "/tbl_points.jsonl/1/object_type"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    api: Api, archive: bytes, table: str, change: Callable[[list[Any]], list[Any]], pointer: str
) -> None:
    wrong = changed(archive, f"{table}.jsonl", change)
    refused = api.call("POST", "/v1/archive", headers=ZIP, body_bytes=wrong)
    assert (refused.status_code, refused.json["description"]) == (422, "API.INVALID_SITE_ARCHIVE")
    assert any(error["pointer"].startswith(pointer) for error in refused.json["errors"]), refused.json[
        "errors"
    ]
    assert api.call("GET", "/v1/archive").content == archive


@pytest.mark.parametrize("raw", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_archive_is_refused(api: Api, archive: bytes, raw: bytes) -> None:
    assert api.call("POST", "/v1/archive", headers=ZIP, body_bytes=raw).status_code == 422
    altered = changed(archive, "tbl_meters.jsonl", first(name="altered"), digest=False)
    refused = api.call("POST", "/v1/archive", headers=ZIP, body_bytes=altered)
    assert "digest" in refused.json["errors"][0]["detail"]


def test_a_foreign_file_in_the_archive_is_refused(api: Api, archive: bytes) -> None:
    out = io.BytesIO(archive)
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("../../etc/passwd", "x")
    refused = api.call("POST", "/v1/archive", headers=ZIP, body_bytes=out.getvalue())
    assert refused.json["errors"][0]["pointer"] == "/../../etc/passwd"


def test_the_commands_do_the_same(
    api: Api,
    archive: bytes,
    empty: Api,
    fresh_database: FreshDatabase,
    tmp_path: Any,
    monkeypatch: Any,
    capsys: Any,
) -> None:
    file = tmp_path / "site.zip"
    file.write_bytes(archive)
    for name, value in fresh_database.environ.items():
        monkeypatch.setenv(name, value)
    assert run("check-site", file) == 0
    assert run("import-site", file) == 0
    assert run("import-site", file) == 1
    assert "nothing was written" in capsys.readouterr().out
    own = tmp_path / "own.zip"
    assert run("export-site", own) == 0
    assert own.read_bytes() == archive
    file.write_bytes(changed(archive, "tbl_meters.jsonl", first(energy_category_id=5_000)))
    assert run("check-site", file) == 1
