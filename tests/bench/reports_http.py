"""The API as a process, and clients that speak HTTP to it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

WORKERS = 2
_START_S = 30.0


@dataclass
class Running:
    """A running API.

    Attributes:
        port: On 127.0.0.1.
        pid: Of the process that started the workers.
        headers: Credentials of the administrator.
    """

    port: int
    pid: int
    headers: dict[str, str]

    def get(self, path: str, query: Mapping[str, str]) -> bytes:
        """The answer to one request on a connection of its own, which must succeed."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            return self._get(connection, path, query)

    def _get(self, connection: http.client.HTTPConnection, path: str, query: Mapping[str, str]) -> bytes:
        connection.request("GET", f"{path}?{urlencode(query)}", headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return body

    def load(self, path: str, query: Mapping[str, str], *, clients: int, seconds: float) -> list[float]:
        """Latencies [ms] of clients that ask as fast as they are answered, each on one connection."""
        found: list[float] = []
        until = time.monotonic() + seconds

        def ask() -> None:
            own = []
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                while time.monotonic() < until:
                    began = time.perf_counter()
                    self._get(connection, path, query)
                    own.append((time.perf_counter() - began) * 1000)
            found.extend(own)

        threads = [threading.Thread(target=ask) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def memory_mib(self) -> float:
        """Proportional memory of all processes of the API [MiB]."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        total = 0
        for pid in (str(self.pid), *children):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024


@contextmanager
def serve(environ: Mapping[str, str], folder: str, password: str) -> Iterator[Running]:
    """Run the API with these settings until the block ends."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        **os.environ,
        **environ,
        "EMS_API_PORT": str(port),
        "EMS_API_WORKERS": str(WORKERS),
        "EMS_METRICS_PORT": "0",
        "EMS_VAR_DIR": folder,
        "EMS_LOG_LEVEL": "error",
    }
    process = subprocess.Popen([sys.executable, "-m", "ems_api.main"], env=settings)
    try:
        yield Running(port, process.pid, _sign_in(port, password))
    finally:
        process.terminate()
        process.wait(15)


def _sign_in(port: int, password: str) -> dict[str, str]:
    body = json.dumps({"data": {"name": "administrator", "password": password}})
    until = time.monotonic() + _START_S
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
                connection.request("PUT", "/users/login", body, {"Content-Type": "application/json"})
                user = json.loads(connection.getresponse().read())
            return {"USER-UUID": user["uuid"], "TOKEN": user["token"]}
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
