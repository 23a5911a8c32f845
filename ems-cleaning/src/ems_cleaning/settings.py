"""What can be set from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ems_common.db import DatabaseSettings
from ems_common.log import LogSettings
from ems_common.settings import setting
from ems_common.telemetry import TelemetrySettings


@dataclass(frozen=True, kw_only=True)
class CleaningSettings:
    """Settings of `ems-cleaning`."""

    db: DatabaseSettings
    log: LogSettings
    telemetry: TelemetrySettings
    pause_s: float = setting(
        "EMS_CLEANING_PAUSE_S", default=5.0, minimum=1, maximum=3600, help="Pause between two passes [s]."
    )
    rules_file: Path | None = setting(
        "EMS_CLEANING_RULES", default=None, help="YAML file with rule parameters; the defaults without."
    )
    analog_keep_days: int = setting(
        "EMS_CLEANING_ANALOG_KEEP_DAYS",
        default=0,
        minimum=0,
        help="Days that analog readings are kept; 0 keeps them for ever [d].",
    )
    digital_keep_days: int = setting(
        "EMS_CLEANING_DIGITAL_KEEP_DAYS",
        default=0,
        minimum=0,
        help="Days that digital readings are kept; 0 keeps them for ever [d].",
    )
