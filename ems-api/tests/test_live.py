"""The live stream, over a real server and a real Redis."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase, RunningServer

pytestmark = pytest.mark.db
PASSWORD = "correct horse 1"


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`ems-api` as a process."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        own = {
            "EMS_API_PORT": str(self.port),
            "EMS_METRICS_PORT": "0",
            "EMS_API_WORKERS": "1",
            "EMS_API_THREADS": "4",
            "EMS_VAR_DIR": str(folder),
            "EMS_EDGE_STATE_URL": "",
            "EMS_ARGON2_MEMORY_KIB": "64",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ems_api.main"], env={**os.environ, **environ, **own}
        )
        self.headers: dict[str, str] = {}

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, json.dumps(body) if body else None, self.headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")

    def wait(self) -> None:
        for _ in range(600):
            try:
                if self.request("GET", "/version")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def sign_in(self) -> None:
        body = {"data": {"name": "administrator", "password": PASSWORD}}
        _, user = self.request("PUT", "/users/login", body)
        self.headers = {"USER-UUID": user["uuid"], "TOKEN": user["token"]}

    def stream(self, path: str) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: x",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection


@pytest.fixture(scope="module")
def server(
    fresh_database_module: FreshDatabase,
    redis_server: RunningServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    environ = {**fresh_database_module.environ, **redis_server.environ}
    dbs = Databases(load(DatabaseSettings, environ))
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    started = Server(environ, tmp_path_factory.mktemp("var"))
    try:
        started.wait()
        started.sign_in()
        yield started
    finally:
        started.process.terminate()
        assert started.process.wait(15) == 0


def read_until(connection: socket.socket, wanted: bytes, limit_s: float = 5.0) -> bytes:
    end = time.monotonic() + limit_s
    got = b""
    connection.settimeout(0.5)
    while wanted not in got and time.monotonic() < end:
        try:
            part = connection.recv(65536)
        except TimeoutError:
            continue
        if not part:
            break
        got += part
    return got


def test_a_published_value_reaches_more_clients_than_there_are_threads(
    server: Server, redis_server: RunningServer
) -> None:
    clients = [server.stream("/v1/live?topics=points") for _ in range(40)]
    for client in clients:
        assert b"text/event-stream" in read_until(client, b": live")
    broker = redis.Redis.from_url(redis_server.environ["EMS_REDIS_URL"])
    point = {"point_id": 7, "value": 12.5, "utc": "2026-11-21T08:00:00+00:00"}
    time.sleep(0.5)
    started = time.monotonic()
    broker.publish("ems:live", json.dumps([point]))
    for client in clients:
        got = read_until(client, b"12.5")
        assert b"event: points\ndata: " in got
        assert json.loads(got.split(b"data: ")[1].split(b"\n")[0]) == [point]
    assert time.monotonic() - started < 1.0
    assert server.request("GET", "/version")[0] == 200
    for client in clients:
        client.close()


def test_a_client_gets_only_the_points_it_asks_for(server: Server, redis_server: RunningServer) -> None:
    client = server.stream("/v1/live?topics=points&points=8")
    read_until(client, b": live")
    broker = redis.Redis.from_url(redis_server.environ["EMS_REDIS_URL"])
    time.sleep(0.5)
    for key in (7, 8):
        broker.publish("ems:live", json.dumps([{"point_id": key, "value": key, "utc": None}]))
    got = read_until(client, b'"point_id":8')
    assert b'"point_id":7' not in got
    assert b'"point_id":8' in got
    client.close()


def test_the_power_flow_comes_with_signs_and_states(server: Server, redis_server: RunningServer) -> None:
    utc = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    nodes = [
        {"id": "grid0", "kind": "grid", "name": "Grid", "power_w": 5000.0, "limit_w": 80000.0, "utc": utc},
        {
            "id": "ess0",
            "kind": "battery",
            "name": "Battery",
            "power_w": -3000.0,
            "soc_ratio": 0.5,
            "utc": utc,
        },
    ]
    broker = redis.Redis.from_url(redis_server.environ["EMS_REDIS_URL"])
    broker.set("ems:edge:state", json.dumps({"utc": utc, "state": "run", "nodes": nodes}), ex=30)
    status, flow = server.request("GET", "/v1/site/flow")
    assert status == 200
    assert [(node["id"], node["state"], node["power_w"]) for node in flow["nodes"]] == [
        ("grid0", "importing", 5000.0),
        ("ess0", "discharging", -3000.0),
    ]
    client = server.stream("/v1/live?topics=flow")
    assert b"event: flow" in read_until(client, b"event: flow")
    client.close()


def test_connections_are_kept_alive(server: Server) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        for _ in range(3):
            connection.request("GET", "/version")
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()
