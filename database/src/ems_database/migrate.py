"""Creates the thirteen databases and applies the migrations they lack.

Migrations are SQL files, `migrations/<kind>/<number>_<name>.sql`, frozen once released; databases of one kind
share a folder. DDL commits by itself in MySQL, so every statement must be safe to repeat, and a migration
counts as applied only after its last statement: a killed run is continued by the next. Added columns are
looked for first, as ADD COLUMN IF NOT EXISTS is known to MariaDB alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from importlib import resources
from importlib.resources.abc import Traversable

from ems_common.catalog import TABLES
from ems_common.catalog.ddl import create_table
from ems_common.catalog.hourly import HOURLY_DATABASES
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.db.pool import COLLATION
from ems_common.errors import Unavailable

LOCK_WAIT_S = 120
_ADDS_COLUMNS = re.compile(r"ALTER TABLE (\w+)\s+ADD COLUMN", re.ASCII)
_ADDED = re.compile(r"ADD COLUMN (\w+)", re.ASCII)


def kind_of(database: str) -> str:
    """Folder of a database's migrations: the six hourly databases share one."""
    return "hourly" if database in HOURLY_DATABASES else database.removesuffix("_db")


def migrations(database: str) -> list[Traversable]:
    """The migration files of a database, in order."""
    folder = resources.files("ems_database") / "migrations" / kind_of(database)
    files = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted(files, key=lambda entry: entry.name)


def statements(text: str) -> Iterator[str]:
    r"""The statements of a migration: separated by a semicolon at the end of a line; comment lines dropped.

    >>> list(statements("-- why\nCREATE TABLE a (\n  id INT\n);\nDROP TABLE b;\n"))
    ['CREATE TABLE a (\n  id INT\n)', 'DROP TABLE b']
    """
    lines: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("--"):
            continue
        if line.rstrip().endswith(";"):
            lines.append(line.rstrip()[:-1])
            statement = "\n".join(lines).strip()
            lines = []
            if statement:
                yield statement
        else:
            lines.append(line)
    if "\n".join(lines).strip():
        raise ValueError("a migration must end with a semicolon")


def migrate(dbs: Databases, say: Callable[[str], None]) -> int:
    """Bring every database to the newest version.

    Args:
        dbs: The databases; need not exist yet.
        say: Takes progress lines.

    Returns:
        How many migrations were applied.

    Raises:
        Unavailable: The server is away, or another migration has run for longer than two minutes.
    """
    with alone(dbs) as session:
        for database in TABLES:
            session.execute(
                f"CREATE DATABASE IF NOT EXISTS `{dbs.full_name(database)}`"
                f" CHARACTER SET utf8mb4 COLLATE {COLLATION}"
            )
        with ThreadPoolExecutor(max_workers=4) as workers:
            return sum(workers.map(lambda database: _migrate_one(dbs, database, say), TABLES))


@contextmanager
def alone(dbs: Databases) -> Iterator[Session]:
    """Keep every other process from changing the shape of these databases; waits for its turn.

    A process whose starter was killed may still be at work when the next start begins.

    Raises:
        Unavailable: Another process has had them for longer than two minutes.
    """
    with dbs.pool("").session() as lock:
        name = dbs.full_name("migrate")
        if lock.scalar("SELECT GET_LOCK(%s, %s)", (name, LOCK_WAIT_S)) != 1:
            raise Unavailable("another migration of these databases is running")
        try:
            yield lock
        finally:
            lock.scalar("SELECT RELEASE_LOCK(%s)", (name,))


def _migrate_one(dbs: Databases, database: str, say: Callable[[str], None]) -> int:
    with dbs.session(database) as session:
        session.execute(create_table(TABLES[database]["tbl_migrations"]))
        done = {name for (name,) in session.rows("SELECT name FROM tbl_migrations")}
    count = 0
    for file in migrations(database):
        if file.name in done:
            continue
        with dbs.session(database) as session:
            _apply(session, file)
        count += 1
        say(f"{dbs.full_name(database)}: {file.name}")
    return count


def _apply(session: Session, file: Traversable) -> None:
    for statement in statements(file.read_text(encoding="utf-8")):
        if not _is_there(session, added_columns(statement)):
            session.execute(statement)
    applied = utc_now().astimezone(UTC).replace(tzinfo=None)
    session.execute("INSERT INTO tbl_migrations (name, applied_utc) VALUES (%s, %s)", (file.name, applied))


def added_columns(statement: str) -> set[tuple[str, str]]:
    """(table, column) of every column that a statement adds to a table.

    >>> sorted(added_columns("ALTER TABLE tbl_a ADD COLUMN b INT NULL, ADD COLUMN c INT NULL"))
    [('tbl_a', 'b'), ('tbl_a', 'c')]
    """
    found = _ADDS_COLUMNS.match(statement)
    return {(found[1], column) for column in _ADDED.findall(statement)} if found else set()


def _is_there(session: Session, columns: set[tuple[str, str]]) -> bool:
    """Whether a repeated statement has added its columns already; one statement adds all of them or none."""
    table, column = min(columns, default=("", ""))
    return (
        bool(column)
        and session.scalar(
            "SELECT 1 FROM information_schema.COLUMNS"
            " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s AND COLUMN_NAME = %s",
            (table, column),
        )
        is not None
    )


def initial_sql(database: str) -> str:
    """The text of a database's first migration, from the catalog as it is now.

    Tables, and columns with their indexes, that later migrations create are left to those.
    """
    later = {
        statement
        for file in migrations(database)[1:]
        for statement in statements(file.read_text(encoding="utf-8"))
    }
    added = {pair for statement in later for pair in added_columns(statement)}
    first = (
        replace(
            table,
            columns=tuple(of for of in table.columns if (table.name, of.name) not in added),
            indexes=tuple(of for of in table.indexes if not {(table.name, name) for name in of} & added),
        )
        for table in TABLES[database].values()
        if table.name != "tbl_migrations"
    )
    created = [create_table(table) for table in first]
    return "".join(f"{statement};\n\n" for statement in created if statement not in later).rstrip() + "\n"
