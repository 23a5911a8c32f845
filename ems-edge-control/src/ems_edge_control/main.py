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
        "simulate", help="run a site on a virtual clock; prints a comparison, writes a plot and tables"
    )
    simulate.add_argument(
        "scenario", type=Path, nargs="+", help="YAML file; of several all variants are compared"
    )
    simulate.add_argument(
        "--out", type=Path, default=None, help="folder for plot and tables; else that of the scenario"
    )
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
    from ems_edge_control import config, tariff_feed
    from ems_edge_control.site import Site

    site = Site(config.load(options.file).site)
    tariff_feed.configured(site)
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
    from ems_edge_control import simulation
    from ems_edge_control.simulation import plot, table

    scenarios = [simulation.load(path) for path in options.scenario]
    runs = [simulation.run(scenario) for scenario in scenarios]
    several = len(scenarios) > 1
    for scenario, run in zip(scenarios, runs, strict=True):
        for outcome in run.outcomes:
            outcome.name = f"{scenario.title}: {outcome.name}" if several else outcome.name
    outcomes = [outcome for run in runs for outcome in run.outcomes]
    print(table.text(outcomes))
    simulated_s, took_s = sum(run.simulated_s for run in runs), sum(run.took_s for run in runs)
    speed = simulated_s / max(took_s, 1e-9)
    print(f"{simulated_s / 86400:,.1f} days in {took_s:,.1f} s: {speed:,.0f} times real time")
    folder = options.out or options.scenario[0].parent
    stem = "-".join(scenario.title for scenario in scenarios)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{stem}.svg").write_text(plot.svg(outcomes, stem.replace("-", " ")), encoding="utf-8")
        table.write_summary(outcomes, folder / f"{stem}-summary.csv")
        table.write_course(outcomes, folder / f"{stem}-course.csv")
    except OSError as ex:
        raise BadInput(f"the results cannot be written: {ex}", str(folder)) from ex
    print(f"written: {folder / stem}.svg, {stem}-summary.csv, {stem}-course.csv")
    return 0


def _types(options: argparse.Namespace) -> int:
    from ems_edge_control.schema import describe

    json.dump(describe(), sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
