"""`ems-api`: the console script: serves, or takes a whole site out of its database and into an empty one.

    ems-api                         serve until told to stop
    ems-api export-site FILE        write the configuration to an archive
    ems-api check-site FILE         say what is wrong with an archive
    ems-api import-site FILE        make the site of an archive in an empty, migrated database

Nothing that keeps metrics may be imported before the folder that the workers share them in is known.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="ems-api", description="The REST API, and a site as one archive.")
    commands = parser.add_subparsers(dest="command")
    for name, text in (
        ("export-site", "write the configuration to an archive"),
        ("check-site", "say what is wrong with an archive"),
        ("import-site", "make the site of an archive in an empty, migrated database"),
    ):
        commands.add_parser(name, help=text).add_argument("file", type=Path)
    options = parser.parse_args(argv)
    if options.command:
        from ems_api.site.commands import run

        return run(options.command, options.file)
    return _serve()


def _serve() -> int:
    folder = tempfile.mkdtemp(prefix="ems-api-metrics-")
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
    try:
        from ems_api.server import serve

        return serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
