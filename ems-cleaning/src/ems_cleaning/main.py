"""Command line: `ems-cleaning [--once] [--explain] [--recompute --from … --to … --entity point:12]`.

`ems-cleaning --preview 12 --from … --to … --rule spike='{"times_usual": 4}' --rule stuck=off` shows what
rules with other parameters would say of the past of point 12; nothing is changed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from ems_common import log, settings
from ems_common.clock import utc_now
from ems_common.daemon import arguments, main_guard, run
from ems_common.db import Databases
from ems_common.errors import BadInput, Missing
from ems_common.lease import Lease
from ems_common.quality.reasons import sentence_of
from ems_common.quality_preview import Preview, preview

from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage

_WEEK = timedelta(days=7)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LISTED = 50


def main() -> int:
    """Console script."""
    return main_guard(_run)


def _run() -> int:
    options = arguments("cleaning", more=_more)
    chosen = settings.load(CleaningSettings)
    log.setup("cleaning", chosen.log)
    dbs = Databases(chosen.db)
    try:
        dbs.wait_until_up()
        if options.preview is not None:
            return _preview(dbs, options)
        stage = CleaningStage(dbs, chosen)
        return run(stage, chosen.telemetry, chosen.pause_s, lease=Lease(dbs, stage.name))
    finally:
        dbs.close()


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preview",
        type=int,
        metavar="POINT",
        help="show what rules would say of a point's past (--from, --to; the last week when not given)",
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="NAME=PARAMETERS",
        help="a rule for --preview: a JSON object, on or off; may be repeated",
    )


def _preview(dbs: Databases, options: argparse.Namespace) -> int:
    end_utc = min(options.end, utc_now())
    start_utc = end_utc - _WEEK if options.start == _FIRST else options.start
    try:
        rules = dict(_rule(text) for text in options.rule)
        found = preview(dbs, options.preview, start_utc, end_utc, rules, most=_LISTED)
    except (BadInput, Missing) as ex:
        print(f"cleaning: {ex}")
        return 2
    for line in lines_of(found):
        print(line)
    return 0


def _rule(text: str) -> tuple[str, Mapping[str, Any]]:
    """A rule of the command line.

    >>> _rule("stuck=off"), _rule('spike={"noises": 4}')
    (('stuck', {'enabled': False}), ('spike', {'noises': 4}))

    Raises:
        BadInput: It has another form.
    """
    name, _, value = text.partition("=")
    if value in ("", "on", "off"):
        return name, {"enabled": value != "off"}
    try:
        parameters = msgspec.json.decode(value)
    except msgspec.DecodeError as ex:
        raise BadInput(f"is not JSON: {ex}", f"rule {name}", value) from ex
    if not isinstance(parameters, dict):
        raise BadInput("must be an object, on or off", f"rule {name}", value)
    return name, parameters


def lines_of(found: Preview) -> list[str]:
    """A preview for the terminal."""
    total = max(1, found.readings)
    lines = [
        f"point {found.point_id} ({found.kind}), {found.start_utc:%Y-%m-%d %H:%M} …"
        f" {found.end_utc:%Y-%m-%d %H:%M} UTC: {found.readings:,} readings",
        f"bad: {found.bad:,} ({found.bad / total:.2%}); with the rules in force:"
        f" {found.bad_now:,} ({found.bad_now / total:.2%}); estimated: {found.estimated:,}",
    ]
    for rule in sorted({*found.counts, *found.counts_now}):
        then, now = found.counts.get(rule, 0), found.counts_now.get(rule, 0)
        lines.append(f"  {rule:<18}{then:>8,}  in force {now:,}")
    for verdict in found.verdicts:
        mark = "bad " if verdict.is_bad else "note"
        why = sentence_of(verdict.detail)
        lines.append(f"  {verdict.time_utc:%Y-%m-%d %H:%M:%S} {mark} {verdict.rule}: {why}")
    return lines
