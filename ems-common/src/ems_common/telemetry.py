"""Metrics and health of a process over HTTP: ``/metrics``, ``/health/live``, ``/health/ready``.

Live means the process runs; ready means it does its work. A daemon reports readiness by
:meth:`Telemetry.set_ready` and adds pages of its own by :meth:`Telemetry.add_page`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ems_common import log
from ems_common.settings import setting

_log = log.get(__name__)


@dataclass(frozen=True, kw_only=True)
class TelemetrySettings:
    """Where metrics and health are served."""

    host: str = setting(
        "EMS_METRICS_HOST", default="127.0.0.1", help="Address on which metrics and health are served."
    )
    port: int = setting(
        "EMS_METRICS_PORT",
        default=0,
        minimum=0,
        maximum=65535,
        help="Port for metrics and health; 0 picks a free one.",
    )


class Telemetry:
    """The HTTP server of one process.

    Args:
        service: Name shown in the health answers.
        settings: Address and port.
    """

    def __init__(self, service: str, settings: TelemetrySettings) -> None:
        self.service = service
        self._settings = settings
        self._ready = False
        self._reason = "starting"
        self._pages: dict[str, Callable[[], Any]] = {}
        self._server: ThreadingHTTPServer | None = None

    def set_ready(self, ready: bool, reason: str = "") -> None:
        """Say whether the process does its work, and if not, why."""
        self._ready, self._reason = ready, reason

    def add_page(self, path: str, answer: Callable[[], Any]) -> None:
        """Serve the JSON of `answer()` at `path`."""
        self._pages[path] = answer

    @property
    def port(self) -> int:
        """The port in use."""
        return self._server.server_address[1] if self._server else 0

    def start(self) -> None:
        """Serve in a thread of its own.

        Raises:
            OSError: The port is taken.
        """
        telemetry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = telemetry.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep scrapes out of the log."""

        self._server = ThreadingHTTPServer((self._settings.host, self._settings.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="telemetry", daemon=True).start()
        _log.info("telemetry_started", port=self.port)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path."""
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest()
        if path == "/health/live":
            return 200, "application/json", self._json({"service": self.service, "live": True})
        if path == "/health/ready":
            state = {"service": self.service, "ready": self._ready, "reason": self._reason}
            return (200 if self._ready else 503), "application/json", self._json(state)
        page = self._pages.get(path)
        if page is None:
            return 404, "application/json", self._json({"title": "404 Not Found"})
        return 200, "application/json", self._json(page())

    @staticmethod
    def _json(value: Any) -> bytes:
        return json.dumps(value, default=str).encode()

    def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
