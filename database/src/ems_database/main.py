"""Command line of the databases: `ems-database migrate | check | ddl | demo`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ems_common import log
from ems_common.catalog import TABLES
from ems_common.clock import utc_now
from ems_common.daemon import main_guard
from ems_common.db import Databases, DatabaseSettings
from ems_common.log import LogSettings
from ems_common.settings import Secret, load, setting

from ems_database import partitions, reference
from ems_database.check import differences
from ems_database.migrate import alone, initial_sql, kind_of, migrate


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of `ems-database`."""

    db: DatabaseSettings
    log: LogSettings
    admin_password: Secret = setting(
        "EMS_ADMIN_PASSWORD",
        default=Secret(""),
        help="Password of the first administrator at the first migration; made up and shown once when blank.",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return main_guard(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(prog="ems-database", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="create the databases and apply the migrations they lack")
    commands.add_parser("check", help="compare the databases with the catalog")
    demo = commands.add_parser("demo", help="install the rows of the demo site")
    demo.add_argument(
        "--days", type=int, default=0, help="length of the simulated past, for meters that people read"
    )
    ddl = commands.add_parser(
        "ddl", help="write the catalog's tables as first migrations (before a release only)"
    )
    ddl.add_argument("folder", type=Path)
    options = parser.parse_args(argv)
    if options.command == "ddl":
        return _write_ddl(options.folder)
    settings = load(Settings)
    log.setup("database", settings.log)
    dbs = Databases(settings.db)
    dbs.wait_until_up()
    if options.command == "migrate":
        return _migrate(dbs, settings)
    if options.command == "check":
        found = differences(dbs)
        print("\n".join(found) if found else "the databases are as the catalog says")
        return 1 if found else 0
    return _demo(dbs, options.days)


def _migrate(dbs: Databases, settings: Settings) -> int:
    count = migrate(dbs, print)
    with alone(dbs):
        partitions.maintain(dbs, utc_now().date())
        made_up = reference.install(dbs, str(settings.admin_password))
    print(f"{count} migration(s) applied, {len(TABLES)} databases are up to date")
    if made_up:
        print(
            f"First administrator: account 'administrator', password '{made_up}' (shown only now; change it)."
        )
    return 0


def _demo(dbs: Databases, days: int) -> int:
    from ems_database.demo import install  # the demo's YAML is only read when asked for

    print(install(dbs, days=days))
    return 0


def _write_ddl(folder: Path) -> int:
    for database in TABLES:
        target = folder / kind_of(database)
        target.mkdir(parents=True, exist_ok=True)
        (target / "0001_initial.sql").write_text(initial_sql(database), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
