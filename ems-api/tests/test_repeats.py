"""Requests that come again byte for byte, over a real server: each is answered by what is so now."""

from __future__ import annotations

import http.client
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from ems_api.repeats import Repeats
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

PASSWORD = "correct horse 1"
Answer = tuple[int, dict[str, str], bytes]


class Peer:
    """One kept-alive connection on which bytes are sent as they are."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file: io.BufferedReader = self.socket.makefile("rb")

    def answer(self) -> Answer:
        """The next answer on the connection."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, self.file.read(int(headers.get("content-length", "0")))

    def ask(self, head: bytes) -> Answer:
        """Send a head whole and read the answer."""
        self.socket.sendall(head)
        return self.answer()


@pytest.fixture(scope="module")
def port(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    environ = fresh_database_module.environ
    dbs = Databases(load(DatabaseSettings, environ))
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    own = {
        "EMS_API_PORT": str(free),
        "EMS_METRICS_PORT": "0",
        "EMS_API_WORKERS": "1",
        "EMS_API_THREADS": "4",
        "EMS_VAR_DIR": str(tmp_path_factory.mktemp("var")),
        "EMS_ARGON2_MEMORY_KIB": "64",
    }
    process = subprocess.Popen([sys.executable, "-m", "ems_api.main"], env={**os.environ, **environ, **own})
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", free)).close()
            break
        except OSError:
            time.sleep(0.1)
    yield free
    process.terminate()
    process.wait(20)


def called(port: int, method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read()


def signed_in(port: int) -> dict[str, str]:
    body = {"data": {"name": "administrator", "password": PASSWORD}}
    user = json.loads(called(port, "PUT", "/users/login", body, {})[2])
    return {"USER-UUID": user["uuid"], "TOKEN": user["token"]}


def head_of(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.db
def test_the_same_bytes_are_answered_by_what_is_so_now(port: int) -> None:
    headers = signed_in(port)
    key = called(port, "POST", "/sensors", {"data": {"name": "first"}}, headers)[1]["location"]
    head = head_of(key, headers)
    peer = Peer(port)
    answers = [peer.ask(head) for _ in range(4)]
    assert [(status, json.loads(body)["name"]) for status, _, body in answers] == [(200, "first")] * 4
    own = {"x-request-id", "date"}
    assert (
        len({tuple((n, v) for n, v in sorted(shown.items()) if n not in own) for _, shown, _ in answers}) == 1
    )
    assert len({shown["x-request-id"] for _, shown, _ in answers}) == 4
    assert called(port, "PUT", key, {"data": {"name": "second"}}, headers)[0] == 200
    assert json.loads(peer.ask(head)[2])["name"] == "second"

    tagged = head_of(key, {**headers, "If-None-Match": peer.ask(head)[1]["etag"]})
    assert [peer.ask(tagged)[0::2] for _ in range(3)] == [(304, b"")] * 3
    assert called(port, "DELETE", key, None, headers)[0] == 204
    assert [peer.ask(one)[0] for one in (head, tagged)] == [404, 404]


@pytest.mark.db
def test_the_same_bytes_are_refused_when_the_session_is_over(port: int) -> None:
    headers = signed_in(port)
    head, peer = head_of("/v1/sensors", headers), Peer(port)
    assert [peer.ask(head)[0] for _ in range(3)] == [200] * 3
    assert called(port, "PUT", "/users/logout", None, headers)[0] == 200
    assert peer.ask(head)[0] == 401


@pytest.mark.db
def test_bytes_that_come_in_parts_or_several_at_once_are_told_apart(port: int) -> None:
    headers = signed_in(port)
    head, other, peer = head_of("/v1/sensors", headers), head_of("/version", {}), Peer(port)
    known = [peer.ask(head) for _ in range(3)][-1][2]
    peer.socket.sendall(head + other + head)
    assert [peer.answer()[2] == known for _ in range(3)] == [True, False, True]
    for part in (head[:9], head[9:-2], head[-2:]):
        peer.socket.sendall(part)
        time.sleep(0.02)  # whether or not they meet on their way, the answer is the same
    assert peer.answer()[2] == known
    last = head_of("/v1/sensors", {**headers, "Connection": "close"})
    for _ in range(3):
        leaving = Peer(port)
        status, shown, body = leaving.ask(last)
        assert (status, shown["connection"], body, leaving.file.read()) == (200, "close", known, b"")


def test_what_answers_is_asked_each_time_and_the_oldest_go() -> None:
    repeats, given = Repeats(), [(b"200 OK", b"\r\n", b"body"), None]
    repeats.keep("address", b"head", lambda: given.pop(0), is_last=False)
    assert repeats.answer("another", b"head") is None
    answer, is_last = repeats.answer("address", b"head") or (b"", True)
    assert (answer.startswith(b"HTTP/1.1 200 OK\r\nServer: "), is_last) == (True, False)
    assert answer.endswith(b"\r\nConnection: keep-alive\r\n\r\nbody")
    assert repeats.answer("address", b"head") is None
    asked: list[int] = []

    def again() -> None:
        asked.append(1)

    repeats.keep("address", b"old", again, is_last=False)
    for n in range(1024):
        repeats.keep("address", b"%d" % n, again, is_last=False)
    repeats.answer("address", b"old")
    assert asked == []
    repeats.answer("address", b"1023")
    assert asked == [1]


@pytest.mark.db
@pytest.mark.parametrize("path", ["/version", "/v1/contacts?sort=name", "/nowhere", "/v1/users/me"])
def test_a_plain_head_is_answered_as_one_that_only_the_parser_reads(port: int, path: str) -> None:
    headers = signed_in(port)
    own = {"date", "x-request-id"}
    answers = []
    for more in ({}, {"X-Unknown": "1"}):
        status, told, body = Peer(port).ask(head_of(path, {**headers, **more}))
        answers.append((status, {name: value for name, value in told.items() if name not in own}, body))
    assert answers[0] == answers[1]


@pytest.mark.db
def test_connections_that_end_with_each_answer_are_all_answered_whole(port: int) -> None:
    """Threads let in the next one themselves and close at once: none is cut off, none is left waiting."""
    headers = signed_in(port)
    for number in range(30):
        contact = {"name": f"a contact with a long name {number}", "email": "a@example.com", "phone": "1"}
        assert called(port, "POST", "/contacts", {"data": contact}, headers)[0] == 201

    known = len(json.loads(called(port, "GET", "/contacts", None, headers)[2]))

    def ask(client: int) -> int:
        for number in range(25):
            peer = Peer(port)
            head = head_of(f"/contacts?n={client}-{number}", {**headers, "Connection": "close"})
            status, told, body = peer.ask(head)
            assert (status, told["connection"], len(json.loads(body))) == (200, "close", known)
            assert peer.file.read() == b""
            peer.socket.close()
        return 25

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 200
