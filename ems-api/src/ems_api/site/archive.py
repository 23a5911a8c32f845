"""The archive of a site: a zip file with a manifest and, for each table, one JSON object per line.

Which tables belong to it follows from the catalog: all of the system database but those that record what
happened rather than what is. Keys and UUIDs are kept, so what names them (formulas, links, QR codes) holds
in the new site as well. Tokens of gateways are credentials and stay behind; an import makes new ones.
The same configuration always makes the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from typing import Any, Final

import orjson
from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS
from ems_common.catalog.model import NO_DEFAULT, Column, Table

from ems_api.resources.declare import SYSTEM
from ems_api.resources.values import longest

Json = dict[str, Any]
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LARGEST_BYTES: Final = 512_000_000
MOST_FAULTS: Final = 100
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_NOT_CONFIGURATION: Final = frozenset(
    {
        *("tbl_change_journal", "tbl_migrations", "tbl_leases", "tbl_versions", "tbl_menus"),
        *("tbl_points_set_values", "tbl_controlled_targets", "tbl_knowledge_files"),
        "tbl_cleaning_rules_file",
    }
)
_SECRETS: Final = frozenset({("tbl_gateways", "token"), ("tbl_gateways", "last_seen_datetime_utc")})
"""Columns that stay behind: credentials, and what the site has seen."""


def tables() -> tuple[Table, ...]:
    """The tables of an archive, by name; bindings of users are not among them, as users stay behind."""
    of_users = {binding.table for binding in BINDINGS if binding.member == "tbl_users"}
    return tuple(
        spec
        for name, spec in sorted(TABLES[SYSTEM].items())
        if name not in _NOT_CONFIGURATION and name not in of_users
    )


def columns(spec: Table) -> tuple[Column, ...]:
    """The columns of a table that an archive holds."""
    return tuple(column for column in spec.columns if (spec.name, column.name) not in _SECRETS)


class Faults:
    """What is wrong with an archive, each with its place; the first hundred are kept."""

    def __init__(self) -> None:
        self.found: list[Json] = []
        self.count = 0

    def add(self, place: str, detail: str) -> None:
        """Note a fault."""
        self.count += 1
        if len(self.found) < MOST_FAULTS:
            self.found.append({"pointer": f"/{place}", "detail": detail})


# --- values
# -------------------------------------------------------------------------------------------------------


def shown(column: Column, value: Any) -> Any:
    """A stored value as it stands in an archive: decimals as text, so that no digit is lost."""
    if value is None:
        return None
    if column.type == "BOOL":
        return bool(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds" if value.microsecond else "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return value


def _whole(column: Column, value: Any) -> int:
    bits = 63 if column.type.startswith("BIG") else 31
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**bits) <= value < 2**bits:
        raise ValueError("not a whole number that fits")
    return value


def _decimal(column: Column, value: Any) -> Decimal:
    if not isinstance(value, str):
        raise ValueError("not a decimal number, which stands as a text")
    try:
        number = Decimal(value)
    except InvalidOperation as ex:
        raise ValueError("not a decimal number") from ex
    digits, places = (int(part) for part in column.type[8:-1].split(","))
    if not number.is_finite() or abs(number) >= Decimal(10) ** (digits - places):
        raise ValueError("not a finite number that fits")
    return number


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not a text")
    if len(value) > longest(column.type):
        raise ValueError(f"longer than {longest(column.type)} characters")
    if column.choices and value not in column.choices:
        raise ValueError(f"not one of {', '.join(map(str, column.choices))}")
    return value


def _truth(_column: Column, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _instant(_column: Column, value: Any) -> datetime:
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    if parsed is None or parsed.tzinfo is not None:
        raise ValueError("not an instant in UTC without offset")
    return parsed


def _day(_column: Column, value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("not a date")
    return date.fromisoformat(value)


def _time(_column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a time of day")
    return time.fromisoformat(value).isoformat()


_READERS: Final[tuple[tuple[str, Callable[[Column, Any], Any]], ...]] = (
    ("BOOL", _truth),
    ("BIGINT", _whole),
    ("INT", _whole),
    ("DECIMAL", _decimal),
    ("DATETIME", _instant),
    ("DATE", _day),
    ("TIME", _time),
)


def read(column: Column, value: Any) -> Any:
    """A value of an archive as it is stored.

    Raises:
        ValueError: The column does not take it.
    """
    if value is None:
        if not column.null:
            raise ValueError("must not be null")
        return None
    for start, reader in _READERS:
        if column.type.startswith(start):
            return reader(column, value)
    return _text(column, value)


# --- the file
# -----------------------------------------------------------------------------------------------------


def pack(rows: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """The archive of these rows.

    Args:
        rows: Table → its rows, values in the order of :func:`columns`.
    """
    out = io.BytesIO()
    contents = {}
    for spec in tables():
        names = [column.name for column in columns(spec)]
        contents[f"{spec.name}.jsonl"] = b"".join(
            orjson.dumps(
                {
                    name: shown(column, value)
                    for name, column, value in zip(names, columns(spec), row, strict=True)
                },
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for row in rows.get(spec.name, ())
        )
    manifest = {
        "format": FORMAT,
        "version": version("ems-api"),
        "files": {
            name: {"rows": content.count(b"\n"), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
        },
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        first = (MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        for name, content in (first, *contents.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def unpack(raw: bytes, faults: Faults) -> dict[str, list[Json]]:
    """The rows of an archive by table, as stored; what cannot be read is noted.

    Args:
        raw: The zip file.
        faults: Where to note what is wrong.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_BYTES:
                faults.add("", f"more than {LARGEST_BYTES} bytes when unpacked")
                return {}
            manifest = _manifest(archive, faults)
            return {
                spec.name: list(_rows(archive, spec, manifest, faults))
                for spec in tables()
                if manifest is not None
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError) as ex:
        faults.add("", f"not a zip file that can be read: {ex}")
        return {}


def _manifest(archive: zipfile.ZipFile, faults: Faults) -> Json | None:
    known = {f"{spec.name}.jsonl" for spec in tables()}
    names = archive.namelist()
    if MANIFEST not in names:
        faults.add(MANIFEST, "is missing")
        return None
    for name in sorted(set(names) - known - {MANIFEST}):
        faults.add(name, "is no table of a site")
    try:
        manifest = orjson.loads(archive.read(MANIFEST))
    except orjson.JSONDecodeError as ex:
        faults.add(MANIFEST, f"not JSON: {ex}")
        return None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        faults.add(MANIFEST, "names no files")
        return None
    if manifest.get("format") != FORMAT:
        faults.add(
            MANIFEST, f"format {manifest.get('format')!r:.20} is not known; this version reads {FORMAT}"
        )
        return None
    return manifest


def _rows(archive: zipfile.ZipFile, spec: Table, manifest: Json, faults: Faults) -> Iterable[Json]:
    name = f"{spec.name}.jsonl"
    said = manifest["files"].get(name)
    if said is None:
        return
    try:
        content = archive.read(name)
    except KeyError:
        faults.add(name, "is missing")
        return
    if not isinstance(said, dict) or said.get("sha256") != hashlib.sha256(content).hexdigest():
        faults.add(name, "is not what the manifest says: its digest differs")
        return
    known = {column.name: column for column in columns(spec)}
    for number, line in enumerate(content.splitlines(), 1):
        place = f"{name}/{number}"
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as ex:
            faults.add(place, f"not JSON: {ex}")
            continue
        if not isinstance(row, dict):
            faults.add(place, "not an object")
            continue
        yield _row(place, known, row, faults)


def _row(place: str, known: Mapping[str, Column], row: Json, faults: Faults) -> Json:
    for name in sorted(set(row) - set(known)):
        faults.add(f"{place}/{name}", "is no column")
    result: Json = {"": place}
    for name, column in known.items():
        if name not in row:
            if not column.null and column.default is NO_DEFAULT:
                faults.add(f"{place}/{name}", "is missing")
            result[name] = None if column.default is NO_DEFAULT else column.default
            continue
        try:
            result[name] = read(column, row[name])
        except (ValueError, TypeError) as ex:
            faults.add(f"{place}/{name}", str(ex))
    return result
