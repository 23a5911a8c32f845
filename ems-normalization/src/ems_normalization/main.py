"""Command line: `ems-normalization [--once | --explain | --recompute … | undo-repair FILE_ID …]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ems_common import log
from ems_common.daemon import StageSettings, arguments, main_guard, run
from ems_common.db import Databases, DatabaseSettings
from ems_common.errors import Missing
from ems_common.lease import Lease
from ems_common.log import LogSettings
from ems_common.periods import zone
from ems_common.settings import load, setting
from ems_common.telemetry import TelemetrySettings

from ems_normalization.stage import Normalization

UNDO_REPAIR = "undo-repair"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of normalization."""

    db: DatabaseSettings
    log: LogSettings
    telemetry: TelemetrySettings
    stage: StageSettings
    gaps: str = setting(
        "EMS_NORMALIZATION_GAPS",
        default="even",
        choices=("even", "typical"),
        help="How energy is spread over a gap of a register: evenly, or as it counted in the weeks before.",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    return main_guard(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    wants_undo = given[:1] == [UNDO_REPAIR]
    if not wants_undo:
        arguments("normalization", given)
    settings = load(Settings)
    log.setup("normalization", settings.log)
    dbs = Databases(settings.db)
    dbs.wait_until_up()
    stage = Normalization(
        dbs,
        settings.stage.slot_minutes,
        zone(settings.stage.time_zone),
        is_typical=settings.gaps == "typical",
    )
    if wants_undo:
        return undo_repair(stage, given[1:])
    return run(stage, settings.telemetry, settings.stage.pause_s, given, Lease(dbs, stage.name))


def undo_repair(stage: Normalization, ids: Sequence[str]) -> int:
    """Take the repairs of some files back; returns the exit status."""
    if not ids or not all(text.isdecimal() for text in ids):
        print(f"usage: ems-normalization {UNDO_REPAIR} FILE_ID …", file=sys.stderr)
        return 2
    status = 0
    for file_id in map(int, ids):
        try:
            stage.files.undo(file_id)
            print(f"normalization: the repair by file {file_id} is taken back")
        except Missing as ex:
            print(f"normalization: {ex}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
