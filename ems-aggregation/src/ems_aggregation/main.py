"""Command line of aggregation: `ems-aggregation [--once | --explain | --recompute …]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ems_common import log
from ems_common.daemon import StageSettings, arguments, main_guard, run
from ems_common.db import Databases, DatabaseSettings
from ems_common.lease import Lease
from ems_common.log import LogSettings
from ems_common.periods import zone
from ems_common.settings import load
from ems_common.telemetry import TelemetrySettings

from ems_aggregation.day_stage import DailySums
from ems_aggregation.in_turn import InTurn
from ems_aggregation.reference_stage import References, ReferenceSettings
from ems_aggregation.stage import Aggregation


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of aggregation."""

    db: DatabaseSettings
    log: LogSettings
    telemetry: TelemetrySettings
    stage: StageSettings
    reference: ReferenceSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return main_guard(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    arguments("aggregation", argv)
    settings = load(Settings)
    log.setup("aggregation", settings.log)
    dbs = Databases(settings.db)
    dbs.wait_until_up()
    minutes, tz = settings.stage.slot_minutes, zone(settings.stage.time_zone)
    stage = InTurn(
        Aggregation(dbs, minutes, tz),
        References(dbs, minutes, tz, settings.reference),
        DailySums(dbs, minutes, settings.stage.time_zone),
    )
    return run(stage, settings.telemetry, settings.stage.pause_s, argv, Lease(dbs, stage.name))


if __name__ == "__main__":
    sys.exit(main())
