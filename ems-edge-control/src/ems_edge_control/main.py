"""`ems-edge-control run | check | replay | simulate | types`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ems_common import log, settings
from ems_common.errors import BadInput, EmsError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0 done, 1 failed, 2 input that cannot be used."""
    options = _parser().parse_args(argv)
    try:
        return int(options.command(options))
    except BadInput as ex:
        print(f"ems-edge-control: {ex}", file=sys.stderr)
        return 2
    except EmsError as ex:
        print(f"ems-edge-control: {ex}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ems-edge-control", description="The real-time control loop of a site."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="control the site of EMS_EDGE_CONFIG until told to stop")
    run.set_defaults(command=_run)
    check = commands.add_parser("check", help="check a site file and print its faults")
    check.add_argument("file", type=Path)
    check.set_defaults(command=_check)
    replay = commands.add_parser("replay", help="run a scenario cycle by cycle and print what was written")
    replay.add_argument("scenario", type=Path, help="JSON file, or - for standard input")
    replay.set_defaults(command=_replay)
    simulate = commands.add_parser(
        "simulate", help="run a site on a virtual clock; prints a table, writes a plot"
    )
    simulate.add_argument("scenario", type=Path, help="YAML file")
    simulate.add_argument("--out", type=Path, default=None, help="folder of the plot and the figures")
    simulate.set_defaults(command=_simulate)
    types = commands.add_parser("types", help="print natures, channels and controllers as JSON Schema")
    types.set_defaults(command=_types)
    return parser


def _run(options: argparse.Namespace) -> int:
    from ems_edge_control import config
    from ems_edge_control.daemon import Daemon
    from ems_edge_control.settings import EdgeSettings

    chosen = settings.load(EdgeSettings)
    log.setup("edge-control", chosen.log)
    return Daemon(chosen, config.load(chosen.config, chosen.time_zone)).run()


def _check(options: argparse.Namespace) -> int:
    from ems_edge_control import config
    from ems_edge_control.site import Site

    site = Site(config.load(options.file).site)
    print(
        f"{options.file}: {len(site.config.components)} components, {len(site.slots)} controllers, no faults"
    )
    return 0


def _replay(options: argparse.Namespace) -> int:
    from ems_edge_control import replay

    try:
        text = sys.stdin.read() if str(options.scenario) == "-" else options.scenario.read_text()
        scenario = json.loads(text)
    except (OSError, ValueError) as ex:
        raise BadInput(f"the scenario cannot be read: {ex}", str(options.scenario)) from ex
    if not isinstance(scenario, dict):
        raise BadInput("a scenario is a JSON object", str(options.scenario))
    json.dump(replay.run(scenario), sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


def _simulate(options: argparse.Namespace) -> int:
    import yaml

    from ems_edge_control import plot, simulation

    try:
        raw = yaml.safe_load(options.scenario.read_text())
    except (OSError, yaml.YAMLError) as ex:
        raise BadInput(f"the scenario cannot be read: {ex}", str(options.scenario)) from ex
    outcomes = simulation.run(simulation.read(raw))
    print(simulation.table(outcomes))
    folder = options.out or options.scenario.parent
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{options.scenario.stem}.svg"
    picture.write_text(plot.svg(outcomes))
    print(f"plot: {picture}")
    return 0


def _types(options: argparse.Namespace) -> int:
    from ems_edge_control.schema import describe

    json.dump(describe(), sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
