"""Settings of the demo site's installer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ems_common.settings import Secret, setting


@dataclass(frozen=True, kw_only=True)
class DemoSettings:
    """Where the demo is declared, where its simulated devices are, and its passwords."""

    site_dir: Path = setting(
        "EMS_SITE_DIR",
        default=Path("database/demo"),
        help="Folder with the declarations of the plant and the site.",
    )
    var_dir: Path = setting(
        "EMS_VAR_DIR", default=Path("var"), help="Folder for spools and other state of the services."
    )
    device_host: str = setting(
        "EMS_SIMULATOR_DEVICE_HOST",
        default="127.0.0.1",
        help="Host at which acquisition reaches the simulated devices.",
    )
    modbus_port: int = setting(
        "EMS_SIMULATOR_MODBUS_PORT",
        default=15020,
        minimum=1024,
        maximum=65000,
        help="First Modbus port of the simulated plant; each device adds its own offset.",
    )
    mqtt_host: str = setting("EMS_MQTT_HOST", default="127.0.0.1", help="Host of the MQTT broker.")
    mqtt_port: int = setting(
        "EMS_MQTT_PORT", default=11883, minimum=1, maximum=65535, help="Port of the MQTT broker."
    )
    mqtt_user: str = setting("EMS_MQTT_USER", default="", help="User at the MQTT broker; empty for none.")
    mqtt_password: Secret = setting(
        "EMS_MQTT_PASSWORD", default=Secret(""), help="Password at the MQTT broker."
    )
    admin_password: Secret = setting(
        "EMS_DEMO_ADMIN_PASSWORD",
        default=Secret(""),
        help="Password of the demo's administrator at the first installation; left as it is when blank.",
    )
    manager_password: Secret = setting(
        "EMS_DEMO_MANAGER_PASSWORD",
        default=Secret(""),
        help="Password of the demo's facility manager; the account is not made when blank.",
    )
