"""Settings of the site's supervisor, and where everything lies."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from ems_common.settings import setting

# The repository when installed from it (editable); in an image the working directory holds what is needed.
_CHECKOUT = Path(__file__).resolve().parents[4]
ROOT = _CHECKOUT if (_CHECKOUT / "requirements.lock").exists() else Path.cwd()


@dataclass(frozen=True, kw_only=True)
class SiteSettings:
    """What the person who starts a site may choose.

    The `EMS_DB_*`, `EMS_REDIS_URL` and `EMS_MQTT_*` variables are read here only to see whether a server of
    one's own is meant; the services read them again for themselves.
    """

    http_host: str = setting(
        "EMS_HTTP_HOST", default="127.0.0.1", help="Address on which the site is served to browsers."
    )
    http_port: int = setting(
        "EMS_HTTP_PORT",
        default=8080,
        minimum=0,
        maximum=65535,
        help="Port on which the site is served to browsers; 0 = any free.",
    )
    var_dir: Path = setting(
        "EMS_VAR_DIR",
        default=Path("var"),
        help="Folder for data, logs and spool.",
    )
    db_host: str = setting(
        "EMS_DB_HOST", default="", help="Host of the database server; empty = the site starts one of its own."
    )
    redis_url: str = setting(
        "EMS_REDIS_URL", default="", help="Redis for live values; empty = the site starts one of its own."
    )
    mqtt_host: str = setting(
        "EMS_MQTT_HOST", default="", help="MQTT broker; empty = the site starts one of its own."
    )
    demo_days: int = setting(
        "EMS_DEMO_DAYS", default=365, minimum=2, maximum=3660, help="Length of the demo's history [days]."
    )
    throw_away: bool = setting(
        "EMS_THROW_AWAY", default=False, help="Fast instead of durable servers, for a site that tests start."
    )
    ready_limit_s: int = setting(
        "EMS_READY_LIMIT_S", default=300, minimum=10, help="How long services may take to become ready [s]."
    )


@dataclass(frozen=True)
class Layout:
    """The folders of a site.

    Attributes:
        var: Everything the site writes goes below it.
        root: The repository.
    """

    var: Path
    root: Path = ROOT

    @classmethod
    def of(cls, settings: SiteSettings) -> Layout:
        """Give the layout for these settings; a relative folder counts from the repository."""
        return cls(var=(ROOT / settings.var_dir).resolve())

    @property
    def logs(self) -> Path:
        """Log files, one per process and step."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """Pid files, ports, credentials, state; only meaningful while the site runs."""
        return self.var / "run"

    @property
    def state_file(self) -> Path:
        """What the supervisor is doing, for `status` and `up`."""
        return self.run / "state.json"

    @property
    def supervisor_pid_file(self) -> Path:
        """The supervisor's own process."""
        return self.run / "site.pid.json"

    @property
    def credentials_file(self) -> Path:
        """Passwords made on the first start."""
        return self.run / "credentials.json"

    @property
    def environ_file(self) -> Path:
        """All `EMS_` variables of the running site, to be sourced by a shell."""
        return self.run / "site.env"

    @property
    def servers(self) -> Path:
        """Data of the private servers."""
        return self.var / "servers"

    @property
    def history(self) -> Path:
        """Generated history, until it is imported."""
        return self.var / "history"

    def front_end(self, name: str) -> Path:
        """Give the folder of a built front end."""
        return self.root / name / "dist"


def script(name: str) -> str:
    """Give the path of one of our console scripts, which lie beside the running Python."""
    return str(Path(sys.executable).with_name(name))


def own_environ() -> dict[str, str]:
    """Give the variables a service process inherits: all of ours, without Python's own path settings."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
