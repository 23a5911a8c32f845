"""A database server, the API on it, and its administrator: what benchmarks of the API run against."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.servers import MariaDb

PASSWORD = "a password for the benchmark"


@dataclass(frozen=True)
class ApiServer:
    """A running API.

    Attributes:
        port: Where it listens.
        headers: The administrator's credentials.
        pid: Its process, the parent of its workers.
        database_pid: The database server's process.
        environ: Its settings.
    """

    port: int
    headers: dict[str, str]
    pid: int
    database_pid: int
    environ: dict[str, str]


def cpu_s(pid: int) -> float:
    """Processor time of a process and of those it started [s]."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    total = 0
    for each in (pid, *children):
        fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that nobody uses now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def api_server(folder: Path, workers: int, more: Mapping[str, str]) -> Iterator[ApiServer]:
    """An API on an empty site; `more` is added to its environment."""
    database = MariaDb(folder / "db", fast=True, prefix="ems_test_").start()
    port = free_port()
    environ = {
        **os.environ,
        **database.environ,
        "EMS_DB_PREFIX": "ems_test_bench_",
        "EMS_API_PORT": str(port),
        "EMS_API_WORKERS": str(workers),
        "EMS_METRICS_PORT": "0",
        "EMS_VAR_DIR": str(folder),
        "EMS_LOG_LEVEL": "error",
        **more,
    }
    dbs = Databases(load(DatabaseSettings, environ))
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    process = subprocess.Popen([sys.executable, "-m", "ems_api.main"], env=environ)
    try:
        yield ApiServer(port, signed_in(port), process.pid, database.process.pid, environ)
    finally:
        process.terminate()
        process.wait(15)
        database.stop()


def call(port: int, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any, str]:
    """One request; status, JSON and location."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None, answer.getheader("Location") or ""


def until_it_answers(port: int, path: str) -> None:
    """Wait for a server, half a minute at most."""
    for _ in range(300):
        try:
            call(port, "GET", path, None, {})
            return
        except OSError:
            time.sleep(0.1)


def signed_in(port: int) -> dict[str, str]:
    """The administrator's credentials, as soon as the API answers."""
    until_it_answers(port, "/version")
    login = {"data": {"name": "administrator", "password": PASSWORD}}
    _, user, _ = call(port, "PUT", "/users/login", login, {})
    return {"USER-UUID": user["uuid"], "TOKEN": user["token"]}
