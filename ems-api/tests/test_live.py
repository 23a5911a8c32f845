"""The live stream, over a real server and a real Redis.

Longer than most files, as all of it shares one server process.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase, RunningServer
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

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

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        own = self.headers if headers is None else headers
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, json.dumps(body) if body else None, own)
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
        self.headers = self.session_of("administrator", PASSWORD)

    def session_of(self, name: str, password: str) -> dict[str, str]:
        body = {"data": {"name": name, "password": password}}
        _, user = self.request("PUT", "/users/login", body, {})
        return {"USER-UUID": user["uuid"], "TOKEN": user["token"]}

    def stream(self, path: str, headers: dict[str, str] | None = None) -> socket.socket:
        own = self.headers if headers is None else headers
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        lines = [
            f"GET {path} HTTP/1.1",
            "Host: x",
            *(f"{name}: {value}" for name, value in own.items()),
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


def test_requests_that_come_together_are_answered_one_after_another(server: Server) -> None:
    with closing(server.stream("/version")) as connection:
        connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        got = read_until(connection, b"never sent")
    assert re.findall(rb"HTTP/1\.1 (\d{3})", got) == [b"200", b"404"]


def test_only_the_head_of_an_answer_is_given_to_who_asks_for_it(server: Server) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        for method in ("HEAD", "GET"):
            connection.request(method, "/v1/contacts", headers=server.headers)
            answer = connection.getresponse()
            body = answer.read()
            assert (answer.status, bool(body)) == (200, method == "GET")
        assert answer.getheader("Content-Length") == str(len(body))


def test_clients_that_do_not_close_their_end_hold_up_nobody(server: Server) -> None:
    # More than there are threads. A server that waits for each of them in turn takes two seconds for each.
    idle = [server.stream("/version", {"Connection": "close"}) for _ in range(8)]
    try:
        for connection in idle:
            assert b"HTTP/1.1 200" in read_until(connection, b"never sent")
        assert server.request("GET", "/version")[0] == 200
    finally:
        for connection in idle:
            connection.close()


@pytest.fixture(scope="module")
def plant(server: Server) -> dict[str, int]:
    """A meter with an analog point between limits, and a computed point."""

    def post(path: str, data: Any) -> int:
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            connection.request("POST", path, json.dumps({"data": data}), server.headers)
            answer = connection.getresponse()
            assert answer.status == 201, answer.read()
            return int((answer.getheader("Location") or "").rsplit("/", 1)[1])

    gateway = post("/gateways", {"name": "G"})
    source = post(
        "/datasources", {"name": "S", "gateway_id": gateway, "protocol": "mqtt", "connection": "{}"}
    )
    category = post("/energycategories", {"name": "P", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2})
    center = post("/costcenters", {"name": "C"})
    base = {"data_source_id": source, "object_type": "ANALOG_VALUE", "units": "kW", "address": "{}"}
    base |= {"high_limit": 10, "low_limit": 0, "ratio": 1, "offset_constant": 0, "is_trend": True}
    point = post("/points", {**base, "name": "Power", "is_virtual": False})
    computed = post("/points", {**base, "name": "Sum", "is_virtual": True})
    data = {"name": "M", "energy_category_id": category, "is_counted": True, "cost_center_id": center}
    meter = post("/meters", {**data, "hourly_low_limit": 0, "hourly_high_limit": 100})
    post(f"/meters/{meter}/points", {"point_id": point})
    return {"point": point, "computed": computed, "meter": meter}


def test_a_websocket_tells_of_meters_and_of_limits_that_are_passed(
    server: Server, redis_server: RunningServer, plant: dict[str, int]
) -> None:
    address = f"ws://127.0.0.1:{server.port}/v1/live?topics=meters,alarms"
    broker = redis.Redis.from_url(redis_server.environ["EMS_REDIS_URL"])
    with connect(address, additional_headers=server.headers) as client:
        time.sleep(0.5)
        point = {"point_id": plant["point"], "value": 12.5, "utc": "2026-11-21T08:00:00+00:00"}
        broker.publish("ems:live", json.dumps([point]))
        got = [json.loads(client.recv(timeout=5)) for _ in range(2)]
        broker.publish("ems:live", json.dumps([{**point, "value": 5.0}]))
        back = [json.loads(client.recv(timeout=5)) for _ in range(2)]
    events = {one["event"]: one["data"] for one in got}
    assert events["meters"][0]["meter_id"] == plant["meter"]
    assert (events["meters"][0]["value"], events["meters"][0]["unit"]) == (12.5, "kW")
    assert (events["alarms"][0]["state"], events["alarms"][0]["limit"]) == ("high", 10.0)
    assert {one["event"]: one["data"] for one in back}["alarms"][0]["state"] == "normal"


def test_a_browser_names_its_credentials_as_subprotocols(server: Server) -> None:
    uuid, token = server.headers["USER-UUID"], server.headers["TOKEN"]
    offered: list[Any] = ["ems.live", f"uuid.{uuid}", f"token.{token}"]
    with connect(f"ws://127.0.0.1:{server.port}/v1/live", subprotocols=offered) as client:
        assert client.subprotocol == "ems.live"
    wrong: list[Any] = ["ems.live", f"uuid.{uuid}", "token.nonsense"]
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/v1/live", subprotocols=wrong)
    assert refused.value.response.status_code == 401


def test_computed_points_reach_the_stream_beside_redis(
    server: Server, plant: dict[str, int], fresh_database_module: FreshDatabase
) -> None:
    dbs = Databases(load(DatabaseSettings, fresh_database_module.environ))
    client = server.stream(f"/v1/live?topics=points&points={plant['computed']}")
    read_until(client, b": live")
    got = b""
    for second in range(20):  # normalization writes a new value again and again
        with dbs.session("historical_db") as session:
            session.execute(
                "REPLACE INTO tbl_analog_value_latest VALUES (%s, %s, 7.5)",
                (plant["computed"], f"2026-03-28 08:00:{second:02d}"),
            )
        got += read_until(client, b"7.5", limit_s=0.7)
        if b'"value":7.5' in got:
            break
    dbs.close()
    assert b'"value":7.5' in got
    client.close()


def test_an_alarm_of_a_rule_reaches_its_user_and_no_other(
    server: Server, fresh_database_module: FreshDatabase
) -> None:
    dbs = Databases(load(DatabaseSettings, fresh_database_module.environ))
    with connect(
        f"ws://127.0.0.1:{server.port}/v1/live?topics=alarms", additional_headers=server.headers
    ) as client:
        time.sleep(1.5)
        with dbs.session("fdd_db") as session:
            for user, subject in ((999, "another's"), (1, "own")):
                session.execute(
                    "INSERT INTO tbl_web_messages (rule_id, user_id, subject, category, priority, message,"
                    " created_datetime_utc, status) VALUES (1, %s, %s, 'SPACE', 'LOW', 'm', '2026-01-01', 'new')",
                    (user, subject),
                )
        dbs.close()
        (alarm,) = json.loads(client.recv(timeout=5))["data"]
    assert (alarm["kind"], alarm["subject"]) == ("message", "own")


# --- the end of a session is the end of its streams ---------------------------------------------------------

ENDS_IN_S = 5.0
USER_PASSWORD = "a good password 1"


@pytest.fixture(scope="module")
def user(server: Server) -> dict[str, Any]:
    """A user with a privilege for the root space."""
    far = "2035-01-01T00:00:00"
    privilege = {"name": "watchers", "data": json.dumps({"spaces": [1], "role": "viewer"})}
    assert server.request("POST", "/privileges", {"data": privilege})[0] == 201
    (held,) = [row for row in server.request("GET", "/privileges")[1] if row["name"] == "watchers"]
    data = {"name": "watcher", "display_name": "Watcher", "email": "watcher@example.com", "is_admin": False}
    data |= {"account_expiration_datetime": far, "password_expiration_datetime": far}
    data |= {"privilege_id": held["id"]}
    assert server.request("POST", "/users", {"data": {**data, "password": USER_PASSWORD}})[0] == 201
    (row,) = [row for row in server.request("GET", "/users")[1] if row["name"] == "watcher"]
    return {**data, "id": row["id"], "privilege": held["id"]}


def opened(server: Server, headers: dict[str, str]) -> socket.socket:
    """A stream that has begun."""
    client = server.stream("/v1/live?topics=points", headers)
    assert b": live" in read_until(client, b": live")
    return client


def ends(client: socket.socket, limit_s: float = ENDS_IN_S) -> bool:
    """Whether a stream says that it ends, and is closed by the server."""
    end = time.monotonic() + limit_s
    got = b""
    client.settimeout(0.5)
    while time.monotonic() < end:
        try:
            part = client.recv(65536)
        except TimeoutError:
            continue
        if not part:
            return b"event: end" in got
        got += part
    return False


def test_signing_out_ends_the_streams_of_that_session_and_of_no_other(
    server: Server, user: dict[str, Any]
) -> None:
    leaving, staying = (server.session_of("watcher", USER_PASSWORD) for _ in range(2))
    stream, other = opened(server, leaving), opened(server, staying)
    address = f"ws://127.0.0.1:{server.port}/v1/live?topics=points"
    with connect(address, additional_headers=leaving) as browser:
        assert server.request("PUT", "/users/logout", headers=leaving)[0] == 200
        assert ends(stream)
        with pytest.raises(ConnectionClosed) as closed:
            browser.recv(timeout=ENDS_IN_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    assert not ends(other, 2.0)
    other.close()
    again = server.stream("/v1/live", leaving)
    assert b" 401 " in read_until(again, b"\r\n\r\n")


def test_a_new_password_ends_the_streams_of_the_other_sessions(server: Server, user: dict[str, Any]) -> None:
    caller, other = (server.session_of("watcher", USER_PASSWORD) for _ in range(2))
    own, stream = opened(server, caller), opened(server, other)
    change = {"data": {"old_password": USER_PASSWORD, "new_password": "another pass word 2"}}
    assert server.request("PUT", "/users/changepassword", change, caller)[0] == 200
    assert ends(stream)
    assert not ends(own, 2.0)
    reset = {"data": {"name": "watcher", "password": "a third pass word 3"}}
    assert server.request("PUT", "/users/resetpassword", reset)[0] == 200
    assert ends(own)


@pytest.fixture
def watching(server: Server, user: dict[str, Any]) -> Iterator[socket.socket]:
    """A stream of the user, whatever the password was before."""
    reset = {"data": {"name": "watcher", "password": f"pass word {time.time_ns()}"}}
    assert server.request("PUT", "/users/resetpassword", reset)[0] == 200
    client = opened(server, server.session_of("watcher", reset["data"]["password"]))
    yield client
    client.close()


def test_other_rights_end_the_streams_of_those_who_have_them(
    server: Server, user: dict[str, Any], watching: socket.socket
) -> None:
    changed = {"name": "watchers", "data": json.dumps({"spaces": [1], "role": "energy_manager"})}
    assert server.request("PUT", f"/privileges/{user['privilege']}", {"data": changed})[0] == 200
    assert ends(watching)


def test_what_is_reached_no_more_ends_the_stream(
    server: Server, user: dict[str, Any], plant: dict[str, int], watching: socket.socket
) -> None:
    bound = {"data": {"meter_id": plant["meter"]}}
    assert server.request("POST", "/spaces/1/meters", bound)[0] == 201
    assert ends(watching)


def test_an_account_that_is_over_ends_its_streams(
    server: Server, user: dict[str, Any], watching: socket.socket
) -> None:
    names = ("name", "display_name", "email", "is_admin", "privilege_id", "password_expiration_datetime")
    data = {**{name: user[name] for name in names}, "account_expiration_datetime": "2020-01-01T00:00:00"}
    assert server.request("PUT", f"/users/{user['id']}", {"data": data})[0] == 200
    assert ends(watching)
    data["account_expiration_datetime"] = user["account_expiration_datetime"]
    assert server.request("PUT", f"/users/{user['id']}", {"data": data})[0] == 200


def test_a_session_that_runs_out_ends_its_streams(
    server: Server, user: dict[str, Any], fresh_database_module: FreshDatabase
) -> None:
    password = f"pass word {time.time_ns()}"
    assert (
        server.request("PUT", "/users/resetpassword", {"data": {"name": "watcher", "password": password}})[0]
        == 200
    )
    headers = server.session_of("watcher", password)
    dbs = Databases(load(DatabaseSettings, fresh_database_module.environ))
    with dbs.session("user_db") as session:
        soon = (datetime.now(UTC) + timedelta(seconds=3)).replace(tzinfo=None)
        session.execute(
            "UPDATE tbl_sessions SET utc_expires = %s WHERE user_uuid = %s", (soon, headers["USER-UUID"])
        )
    dbs.close()
    client = opened(server, headers)
    assert ends(client, 3.0 + ENDS_IN_S)


def test_a_key_that_is_taken_back_ends_its_streams(server: Server) -> None:
    made = server.request(
        "POST", "/apikeys", {"data": {"name": "wall", "expires_datetime": "2035-01-01T00:00:00"}}
    )[1]
    client = opened(server, {"API-KEY": made["token"]})
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("DELETE", f"/apikeys/{made['id']}", headers=server.headers)
        assert connection.getresponse().status == 204
    assert ends(client)
