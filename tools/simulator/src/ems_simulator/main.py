"""Command line of the simulator."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from ems_common import log
from ems_common.clock import utc_now
from ems_common.errors import EmsError
from ems_common.settings import load

from ems_simulator import declaration
from ems_simulator.history.truth import parse_end
from ems_simulator.history.writer import write_history
from ems_simulator.live import serve
from ems_simulator.settings import SimulatorSettings


def main(arguments: list[str] | None = None) -> int:
    """Run ``ems-simulator``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="ems-simulator", description="A plant that replays real buildings.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="play the plant over Modbus TCP and MQTT until stopped")
    history = commands.add_parser("history", help="write the plant's past with its faults, and the truth")
    history.add_argument("--out", type=Path, required=True, help="folder for the readings and truth.json")
    history.add_argument("--days", type=float, default=365.0, help="length of the past [days], default 365")
    history.add_argument("--end", help="ISO instant at which it ends; now when not given")
    given = parser.parse_args(arguments)
    try:
        settings = load(SimulatorSettings)
        log.setup("simulator", settings.log)
        if given.command == "run":
            asyncio.run(serve(settings))
        else:
            _history(settings, given)
    except (EmsError, ValueError) as ex:
        print(f"ems-simulator: {ex}", file=sys.stderr)
        return 1
    return 0


def _history(settings: SimulatorSettings, given: argparse.Namespace) -> None:
    end_utc = parse_end(given.end, utc_now())
    plant = declaration.load(settings.site_dir)
    written = write_history(plant, given.out, settings.var_dir, end_utc, given.days)
    print(
        f"history: {written.rows} readings of {written.meters} meters and the hourly points, "
        f"{written.start_utc:%Y-%m-%d %H:%M} to {written.end_utc:%Y-%m-%d %H:%M} UTC, "
        f"{len(written.files)} files and {len(written.late_files)} late ones in {given.out}"
    )


if __name__ == "__main__":
    sys.exit(main())
