"""A private nginx in front of the API and the two front ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ems_site import ports
from ems_site.servers.base import Server, find_program, runs_as_root, write_private

TEMPLATE = Path(__file__).resolve().parents[1] / "site.conf.template"
MIME_TYPES = Path("/etc/nginx/mime.types")


@dataclass(frozen=True)
class Routes:
    """What nginx serves.

    Attributes:
        web: Folder of the built ems-web.
        admin: Folder of the built ems-admin.
        api_port: Port of the API on the loop-back address.
    """

    web: Path
    admin: Path
    api_port: int


class Nginx(Server):
    """nginx with its configuration, logs and temporary files in its own folder.

    Args:
        folder: As in `Server`.
        routes: What to serve.
        port: As in `Server`.
        host: Address to listen on; the only private server that may be reached from elsewhere.
    """

    name: ClassVar[str] = "nginx"

    def __init__(
        self, folder: Path, routes: Routes, port: int | None = None, *, host: str = ports.LOOPBACK
    ) -> None:
        """Declare the server; nothing is touched before `start()`."""
        super().__init__(folder, port)
        self.routes = routes
        self.host = host

    @property
    def environ(self) -> dict[str, str]:
        """Where the site is served."""
        return {"EMS_HTTP_PORT": str(self.port)}

    @property
    def url(self) -> str:
        """Address for a browser on this machine."""
        shown = ports.LOOPBACK if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104 - compared only
        return f"http://{shown}:{self.port}/"

    def prepare(self) -> None:
        """Write the configuration."""
        (self.folder / "scratch").mkdir(exist_ok=True)
        site = fill(
            TEMPLATE.read_text(encoding="utf-8"),
            {
                "EMS_NGINX_LISTEN": f"{self.host}:{self.port}",
                "EMS_NGINX_API": f"{ports.LOOPBACK}:{self.routes.api_port}",
                "EMS_NGINX_WEB": str(self.routes.web),
                "EMS_NGINX_ADMIN": str(self.routes.admin),
            },
        )
        temporary = [
            f'    {kind}_temp_path "{self.folder}/scratch/{kind}";'
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        ]
        lines = [
            "worker_processes 2;",
            "daemon off;",
            f'pid "{self.folder}/nginx.pid";',
            "error_log stderr warn;",
            # Otherwise the workers change to a user who may not be allowed to read the front ends.
            *(["user root;"] if runs_as_root() else []),
            "events { worker_connections 1024; }",
            "http {",
            f'    include "{MIME_TYPES}";',
            "    default_type application/octet-stream;",
            "    sendfile on;",
            "    tcp_nodelay on;",
            f'    access_log "{self.folder}/access.log" combined buffer=16k flush=5s;',
            *temporary,
            site,
            "}",
        ]
        write_private(self.folder / "nginx.conf", "\n".join(lines) + "\n")
        (self.folder / "access.log").unlink(missing_ok=True)  # one run's worth is kept

    def command(self) -> list[str]:
        """Give the command line."""
        program = find_program("nginx", "nginx")
        # -e: without it nginx first tries to open the system's error log.
        return [program, "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def is_ready(self) -> bool:
        """Tell whether connections are accepted."""
        host = ports.LOOPBACK if self.host in {"", "0.0.0.0"} else self.host  # noqa: S104 - compared only
        return ports.accepts(self.port, host)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace `${NAME}` for the names given, and only those: nginx has variables of its own.

    Example:
        >>> fill("listen ${EMS_NGINX_LISTEN}; try_files $uri", {"EMS_NGINX_LISTEN": "8080"})
        'listen 8080; try_files $uri'
    """
    return re.sub(r"\$\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)
