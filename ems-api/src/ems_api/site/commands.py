"""The commands that take a site out of its database and into another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ems_common import log
from ems_common.daemon import main_guard
from ems_common.db import Databases, DatabaseSettings
from ems_common.log import LogSettings
from ems_common.settings import load

from ems_api.errors import ApiError
from ems_api.site.exchange import Unsound, checked, export_site, import_site


@dataclass(frozen=True)
class Settings:
    """Settings of these commands."""

    db: DatabaseSettings
    log: LogSettings


def run(command: str, file: Path) -> int:
    """Run one command on a file; returns the exit status."""
    return main_guard(lambda: _run(command, file))


def _run(command: str, file: Path) -> int:
    settings = load(Settings)
    log.setup("api", settings.log)
    dbs = Databases(settings.db)
    try:
        if command == "export-site":
            file.write_bytes(export_site(dbs))
            print(f"{file}: {file.stat().st_size} bytes")
        elif command == "check-site":
            print(f"{file}: sound, {sum(map(len, checked(file.read_bytes()).values()))} rows")
        else:
            counts = import_site(dbs, file.read_bytes())
            print(f"{sum(counts.values())} rows in {len(counts)} tables")
    except Unsound as ex:
        print("\n".join(f"{fault['pointer']}: {fault['detail']}" for fault in ex.errors))
        print(f"{file} cannot be imported; nothing was written")
        return 1
    except ApiError as ex:
        print(f"{ex.detail or ex.key}; nothing was written")
        return 1
    finally:
        dbs.close()
    return 0
