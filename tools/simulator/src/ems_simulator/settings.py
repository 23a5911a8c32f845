"""Settings of the simulator."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ems_common.log import LogSettings
from ems_common.settings import Secret, setting
from ems_common.telemetry import TelemetrySettings


@dataclass(frozen=True)
class BrokerSettings:
    """The MQTT broker the plant's wireless devices publish to."""

    host: str = setting("EMS_MQTT_HOST", default="127.0.0.1", help="Host of the MQTT broker.")
    port: int = setting(
        "EMS_MQTT_PORT", default=11883, minimum=1, maximum=65535, help="Port of the MQTT broker."
    )
    user: str = setting("EMS_MQTT_USER", default="", help="User at the MQTT broker; empty for none.")
    password: Secret = setting("EMS_MQTT_PASSWORD", default=Secret(""), help="Password at the MQTT broker.")


@dataclass(frozen=True)
class SimulatorSettings:
    """All settings of ``ems-simulator``."""

    site_dir: Path = setting(
        "EMS_SITE_DIR",
        default=Path("database/demo"),
        help="Folder with the plant's and the site's declaration.",
    )
    var_dir: Path = setting(
        "EMS_VAR_DIR", default=Path("var"), help="Folder for state that outlives a restart."
    )
    host: str = setting(
        "EMS_SIMULATOR_HOST", default="127.0.0.1", help="Address on which the simulated devices listen."
    )
    modbus_port: int = setting(
        "EMS_SIMULATOR_MODBUS_PORT",
        default=15020,
        minimum=1024,
        maximum=65000,
        help="First Modbus port of the simulated plant; each device adds its own offset.",
    )
    admin_port: int = setting(
        "EMS_SIMULATOR_ADMIN_PORT",
        default=15000,
        minimum=0,
        maximum=65535,
        help="Port of the simulator's own control page, on 127.0.0.1 only; 0 picks a free one.",
    )
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    log: LogSettings = field(default_factory=LogSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
