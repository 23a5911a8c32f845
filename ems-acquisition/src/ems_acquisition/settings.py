"""What can be set from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ems_common.db import DatabaseSettings
from ems_common.log import LogSettings
from ems_common.settings import Secret, setting
from ems_common.spool import MEBIBYTE
from ems_common.telemetry import TelemetrySettings


@dataclass(frozen=True, kw_only=True)
class AcquisitionSettings:
    """Settings of `ems-acquisition`."""

    db: DatabaseSettings
    log: LogSettings
    telemetry: TelemetrySettings
    redis_url: Secret = setting(
        "EMS_REDIS_URL", default=Secret(""), help="Redis for the live stream; empty for none."
    )
    var_dir: Path = setting(
        "EMS_VAR_DIR", default=Path("var"), help="Folder for spools and other state of the services."
    )
    gateway_id: int = setting(
        "EMS_GATEWAY_ID", default=1, minimum=1, help="Gateway whose data sources this process reads."
    )
    gateway_token: Secret = setting(
        "EMS_GATEWAY_TOKEN", default=Secret(""), help="Token of that gateway; checked when set."
    )
    flush_s: float = setting(
        "EMS_ACQUISITION_FLUSH_S",
        default=0.3,
        minimum=0.01,
        maximum=0.5,
        help="Longest time readings are collected before they are committed [s].",
    )
    reload_s: float = setting(
        "EMS_ACQUISITION_RELOAD_S",
        default=10.0,
        minimum=1,
        maximum=3600,
        help="Pause between two looks at the configuration [s].",
    )
    spool_limit_mib: int = setting(
        "EMS_ACQUISITION_SPOOL_MIB",
        default=1024,
        minimum=16,
        help="Most disk space for readings while the database is away [MiB].",
    )
    future_tolerance_s: float = setting(
        "EMS_ACQUISITION_FUTURE_S",
        default=300.0,
        minimum=0,
        help="How far ahead of our clock a reading's time may be [s].",
    )
    set_age_s: float = setting(
        "EMS_ACQUISITION_SET_AGE_S",
        default=300.0,
        minimum=0,
        maximum=86400,
        help="Oldest order to set a point that is still carried out; 0 leaves orders to other programs [s].",
    )

    @property
    def spool_limit_bytes(self) -> int:
        """The limit of the spool [bytes]."""
        return self.spool_limit_mib * MEBIBYTE

    @property
    def folder(self) -> Path:
        """Where this service keeps its state."""
        return self.var_dir / "acquisition"
