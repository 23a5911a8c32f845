"""Command line of acquisition: `ems-acquisition` (daemon) and `ems-acquisition import FILES…`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ems_common import log, settings
from ems_common.clock import monotonic_s
from ems_common.daemon import main_guard
from ems_common.db import Databases
from ems_common.errors import Denied, Missing
from ems_common.telemetry import Telemetry

from ems_acquisition.importer import import_files
from ems_acquisition.service import Service
from ems_acquisition.settings import AcquisitionSettings

_log = log.get(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Console script."""
    options = _parser().parse_args(argv)
    return main_guard(lambda: _run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ems-acquisition", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="read the data sources of this gateway (the default)")
    bulk = commands.add_parser("import", help="read history files into the historical database")
    bulk.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV, plain or gzip")
    bulk.add_argument("--writers", type=int, default=2, help="parallel connections (default 2)")
    bulk.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _run(options: argparse.Namespace) -> int:
    chosen = settings.load(AcquisitionSettings)
    log.setup("acquisition", chosen.log)
    dbs = Databases(chosen.db)
    try:
        if options.command == "import":
            return _import(chosen, dbs, options)
        return asyncio.run(_serve(chosen, dbs))
    except (Missing, Denied) as ex:
        print(f"ems-acquisition: {ex}", file=sys.stderr)
        return 2
    finally:
        dbs.close()


def _import(chosen: AcquisitionSettings, dbs: Databases, options: argparse.Namespace) -> int:
    dbs.wait_until_up()
    began_s = monotonic_s()
    reports = import_files(
        dbs,
        options.files,
        writers=options.writers,
        future_tolerance_s=chosen.future_tolerance_s,
        show=not options.quiet,
    )
    for report in reports:
        for line in report.lines():
            print(line)
    rows, took_s = sum(report.rows for report in reports), monotonic_s() - began_s
    print(f"total: {rows:,} readings in {took_s:.1f} s ({rows / took_s:,.0f}/s)")
    return 0 if all(report.readable for report in reports) else 1


async def _serve(chosen: AcquisitionSettings, dbs: Databases) -> int:
    telemetry = Telemetry("acquisition", chosen.telemetry)
    telemetry.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _log.info("started", gateway_id=chosen.gateway_id, metrics_port=telemetry.port)
    try:
        await Service(chosen, dbs, telemetry).run(stop)
    finally:
        telemetry.stop()
    _log.info("stopped")
    return 0
