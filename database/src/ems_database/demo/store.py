"""All SQL of the demo's installer."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ems_common import journal
from ems_common.catalog import TABLES
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.errors import Conflict
from ems_common.journal import ALL, BEGINNING_UTC, END_UTC, Change, Why

from ems_database.demo.document import Document, Row, row_uuid
from ems_database.demo.rows import DATABASE_OF, TableRows
from ems_database.demo.settings import DemoSettings

EXCHANGES_FILE = "simulator/meter_exchanges.json"
# What an installation of a whole site makes stale: everything, in every stage.
_EVERYTHING = (
    ("normalize", "meter"),
    ("virtual", "virtual_meter"),
    ("aggregate", "meter"),
    ("aggregate", "virtual_meter"),
    ("aggregate", "offline_meter"),
)
# Columns of rows that every installation has, which keep what is there.
_KEPT = frozenset({"id", "uuid", "token"})


@dataclass(frozen=True)
class Summary:
    """What an installation did.

    Attributes:
        inserted: Rows of the site; 0 when it was there already.
        updated: Data sources with new addresses.
        exchanges: Records of meter exchanges written.
        accounts: Users made or given a password.
    """

    inserted: int
    updated: int
    exchanges: int
    accounts: int

    def __str__(self) -> str:
        if not any((self.inserted, self.updated, self.exchanges, self.accounts)):
            return "the demo site is installed and up to date"
        return (
            f"demo site: {self.inserted} rows inserted, {self.updated} data sources updated, "
            f"{self.exchanges} meter exchanges written, {self.accounts} accounts made"
        )


def refuse_other_site(dbs: Databases, document: Document) -> None:
    """Only an installation without a site of its own may take the demo.

    Raises:
        Conflict: The databases hold a site that is not the demo.
    """
    with dbs.session("system_db") as session:
        if _is_installed(session, document):
            return
        others = session.scalar("SELECT COUNT(*) FROM tbl_spaces WHERE id > 1")
        meters = session.scalar("SELECT COUNT(*) FROM tbl_meters")
    if others or meters:
        raise Conflict(
            f"the database already holds a site ({others} spaces, {meters} meters); "
            "the demo is only installed into an empty one"
        )


def install(
    dbs: Databases, document: Document, rows: TableRows, settings: DemoSettings, accounts: int
) -> Summary:
    """Insert the site in one transaction if it is not there, and bring addresses and exchanges up to date.

    What belongs to other databases goes first: it is written again, as it is, if the rest fails.
    """
    with dbs.session("system_db") as session:
        inserted = 0
        if not _is_installed(session, document):
            for table, database in DATABASE_OF.items():
                with dbs.session(database) as other:
                    inserted += _insert_all(other, {table: rows[table]}, database)
            site = {table: given for table, given in rows.items() if table not in DATABASE_OF}
            inserted += _insert_all(session, site)
            session.execute(
                "INSERT INTO tbl_migrations (name, applied_utc) VALUES (%s, %s)",
                (_mark(document), _naive(utc_now())),
            )
            journal.write(
                session,
                [
                    Change(stage, kind, ALL, BEGINNING_UTC, END_UTC, Why.DEMO_INSTALLED)
                    for stage, kind in _EVERYTHING
                ],
            )
        updated = 0 if inserted else _update_connections(session, rows["tbl_data_sources"])
        exchanges = _write_exchanges(session, settings)
    return Summary(inserted, updated, exchanges, accounts)


def _mark(document: Document) -> str:
    """Name under which the installation is noted beside the migrations."""
    return f"demo_site_{document.version}"


def _is_installed(session: Session, document: Document) -> bool:
    found = session.scalar("SELECT COUNT(*) FROM tbl_migrations WHERE name = %s", (_mark(document),))
    return bool(found)


def _insert_all(session: Session, rows: TableRows, database: str = "system_db") -> int:
    count = 0
    for table, given in rows.items():
        batches: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for row in given:
            complete = _completed(table, row, database)
            batches.setdefault(tuple(complete), []).append(tuple(complete.values()))
        for columns, batch in batches.items():
            overwritten = [name for name in columns if name not in _KEPT]
            session.upsert(table, columns, batch, update=overwritten)
            count += len(batch)
    return count


def _completed(table: str, row: Row, database: str) -> Row:
    """A row with what is only made when it is new: uuid and token."""
    columns = TABLES[database][table].by_name
    complete = {**row}
    if "uuid" in columns and "uuid" not in complete:
        complete["uuid"] = row_uuid(table, row["id"])
    if "token" in columns:
        complete["token"] = secrets.token_hex(18)
    return complete


def _update_connections(session: Session, sources: list[Row]) -> int:
    """Give the demo's data sources the addresses of this run; those that others changed kind of are left."""
    updated = 0
    for source in sources:
        updated += session.execute(
            "UPDATE tbl_data_sources SET connection = %s"
            " WHERE id = %s AND uuid = %s AND protocol = %s AND connection <> %s",
            (source["connection"], source["id"], source["uuid"], source["protocol"], source["connection"]),
        )
    return updated


def _write_exchanges(session: Session, settings: DemoSettings) -> int:
    """Write the meter exchanges of the simulated past, if it has been made, in place of an earlier one's."""
    path = settings.var_dir / EXCHANGES_FILE
    if not path.is_file():
        return 0
    wanted = [_exchange(item) for item in json.loads(path.read_text(encoding="utf-8"))]
    stored = {
        row[0]: row
        for row in session.rows(
            "SELECT id, meter_id, exchanged_utc, last_old_value + 0E0, first_new_value + 0E0, note"
            " FROM tbl_meter_exchanges"
        )
    }
    changed = [row for row in wanted if stored.get(row[0]) != row]
    columns = ("id", "meter_id", "exchanged_utc", "last_old_value", "first_new_value", "note")
    session.upsert("tbl_meter_exchanges", columns, changed)
    journal.write(
        session,
        [Change("normalize", "meter", row[1], BEGINNING_UTC, END_UTC, Why.EXCHANGE) for row in changed],
    )
    return len(changed)


def _exchange(item: dict[str, Any]) -> tuple[int, int, datetime, float, float, str]:
    at_utc = datetime.fromisoformat(item["exchanged_utc"])
    return (
        item["id"],
        item["meter_id"],
        _naive(at_utc),
        float(item["last_old_value"]),
        float(item["first_new_value"]),
        item["note"],
    )


def _naive(value_utc: datetime) -> datetime:
    return value_utc.astimezone(UTC).replace(tzinfo=None)
