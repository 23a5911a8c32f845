"""The service under gunicorn: threads in a few worker processes, metrics of all of them in one place."""

from __future__ import annotations

import gc
import os
import resource
import sys
from typing import Any

from ems_common import log
from ems_common.daemon import main_guard
from ems_common.db import Databases
from ems_common.errors import Unavailable
from ems_common.settings import load, shown
from ems_common.telemetry import Telemetry
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess

from ems_api.answers import Answers
from ems_api.app import whole_app
from ems_api.auth.oidc import Providers
from ems_api.auth.passwords import Passwords
from ems_api.auth.scope import Scopes
from ems_api.auth.sessions import Guard
from ems_api.auth.vault import Vault
from ems_api.connections import Worker
from ems_api.context import Services
from ems_api.jobs.beside import Beside
from ems_api.limits import Limiter
from ems_api.live.hub import LiveHub
from ems_api.reports import kept
from ems_api.reports.kept import Kept, Shared
from ems_api.resources.references import References
from ems_api.settings import ApiSettings
from ems_api.shortcut import Shortcut
from ems_api.versions import Versions

_log = log.get(__name__)
GRACE_S = 4
WRONG_CODES = 5
"""Wrong verification codes per hour and address of e-mail: six digits are no more than that."""


def make_services(settings: ApiSettings) -> Services:
    """What the requests of a process share."""
    dbs = Databases(settings.db)
    kept.keep(dbs, Kept(settings.server.report_cache_mib * 2**20, Shared(settings.neighbours.redis_url)))
    versions = Versions()
    return Services(
        settings,
        dbs,
        Passwords(settings.accounts),
        Guard(dbs, versions),
        Scopes(dbs, versions),
        versions,
        LiveHub(dbs, settings.neighbours.redis_url, versions),
        Answers(versions),
        References(versions),
        Limiter(settings.server.requests_per_s, 2 * settings.server.requests_per_s),
        Limiter(settings.server.address_requests_per_s, 2 * settings.server.address_requests_per_s),
        Limiter(settings.accounts.failures_per_minute / 60, settings.accounts.failures_per_minute),
        Limiter(WRONG_CODES / 3600, WRONG_CODES),
        Vault(settings),
        Providers(settings.oidc),
    )


class ApiTelemetry(Telemetry):
    """Metrics and health of the whole service; the figures of all workers are added up."""

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body for a path."""
        if path == "/metrics" and "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return 200, CONTENT_TYPE_LATEST, generate_latest(registry)
        return super().answer(path)


def _forget_worker(_arbiter: Any, worker: Any) -> None:
    """Take a worker that ended out of the metrics, or its gauges would count on."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


# gunicorn brings no types
class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with its settings given, not read from files.

    Args:
        settings: Settings of the service.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._telemetry = ApiTelemetry("api", settings.telemetry)
        self._jobs = Beside(settings.reports.workers)
        self._services: Services | None = None
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn how to serve."""
        server = self._settings.server
        options = {
            "bind": f"{server.host}:{server.port}",
            "workers": server.workers,
            "threads": server.threads,
            "worker_class": Worker,
            "worker_connections": 4000,
            "keepalive": server.keep_alive_s,
            "preload_app": True,
            "graceful_timeout": GRACE_S,
            "timeout": 120,
            "limit_request_line": 8190,
            "worker_tmp_dir": "/dev/shm" if sys.platform == "linux" else None,  # noqa: S108  (heartbeat files)
            "loglevel": "warning",
            "when_ready": self._when_ready,
            "on_exit": self._on_exit,
            "worker_exit": self._worker_exit,
            "child_exit": _forget_worker,
            "proc_name": "ems-api",
        }
        for name, value in options.items():
            if value is not None:
                self.cfg.set(name, value)

    def load(self) -> Shortcut:
        """Make the application, once, before the workers are forked."""
        self._services = make_services(self._settings)
        return whole_app(self._services)

    def _worker_exit(self, _arbiter: object, _worker: object) -> None:
        if self._services is not None:
            self._services.close()

    def _when_ready(self, _arbiter: object) -> None:
        # What all workers share is not looked through again by each of them, and so stays shared.
        gc.collect()
        gc.freeze()
        self._telemetry.start()
        self._telemetry.set_ready(True)
        self._jobs.start()
        _log.info("api_started", host=self._settings.server.host, port=self._settings.server.port)

    def _on_exit(self, _arbiter: object) -> None:
        self._jobs.stop()
        self._telemetry.stop()


def _allow_sockets() -> None:
    """As many open files as the system grants: each streaming client is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def serve() -> int:
    """Serve until told to stop; returns the exit status."""
    return main_guard(_serve)


def _serve() -> int:
    settings = load(ApiSettings)
    log.setup("api", settings.log)
    _log.info("settings", **shown(settings))
    _allow_sockets()
    dbs = Databases(settings.db)
    try:
        dbs.wait_until_up(attempts=5)
    except Unavailable as ex:
        _log.warning("database_not_yet_there", error=str(ex))
    dbs.close()
    Server(settings).run()
    return 0
