"""Command line: `ems-cleaning [--once] [--explain] [--recompute --from … --to … --entity point:12]`."""

from __future__ import annotations

from ems_common import log, settings
from ems_common.daemon import arguments, main_guard, run
from ems_common.db import Databases
from ems_common.lease import Lease

from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage


def main() -> int:
    """Console script."""
    return main_guard(_run)


def _run() -> int:
    arguments("cleaning")
    chosen = settings.load(CleaningSettings)
    log.setup("cleaning", chosen.log)
    dbs = Databases(chosen.db)
    try:
        dbs.wait_until_up()
        stage = CleaningStage(dbs, chosen)
        return run(stage, chosen.telemetry, chosen.pause_s, lease=Lease(dbs, stage.name))
    finally:
        dbs.close()
