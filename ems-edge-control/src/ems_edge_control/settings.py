"""What can be set from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ems_common.db import DatabaseSettings
from ems_common.log import LogSettings
from ems_common.settings import Secret, setting
from ems_common.telemetry import TelemetrySettings


@dataclass(frozen=True, kw_only=True)
class EdgeSettings:
    """Settings of `ems-edge-control run`."""

    db: DatabaseSettings
    log: LogSettings
    telemetry: TelemetrySettings
    config: Path = setting(
        "EMS_EDGE_CONFIG",
        default=Path("database/demo/edge.yaml"),
        help="Site file of edge control: components, register maps, controllers.",
    )
    redis_url: Secret = setting(
        "EMS_REDIS_URL", default=Secret(""), help="Redis for the live stream; empty for none."
    )
    var_dir: Path = setting(
        "EMS_VAR_DIR", default=Path("var"), help="Folder for spools and other state of the services."
    )
    time_zone: str = setting(
        "EMS_TIME_ZONE", default="Europe/London", help="IANA zone of the site: cuts days, months and tariffs."
    )
    silent_s: float = setting(
        "EMS_EDGE_WATCHDOG_S",
        default=0.5,
        minimum=0.1,
        maximum=5,
        help="Silence of the control loop after which devices are put into their safe state [s].",
    )
    real_time: bool = setting(
        "EMS_EDGE_REALTIME",
        default=True,
        help="Run the control loop ahead of all ordinary programs (SCHED_FIFO) where the system allows it.",
    )
    spool_limit_mib: int = setting(
        "EMS_EDGE_SPOOL_MIB",
        default=256,
        minimum=16,
        help="Most disk space for control telemetry while the database is away [MiB].",
    )

    @property
    def folder(self) -> Path:
        """Where this service keeps its state."""
        return self.var_dir / "edge-control"
