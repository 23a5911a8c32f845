"""The ceiling of the API's benchmark: gunicorn with its own threads and an application that does nothing.

`/bytes` answers a fixed body. `/row` reads a row with the references that `GET /meters/1` shows, by one statement on a
connection of the thread, and answers it as JSON: no caller is looked for, nothing is checked, counted or tagged.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import local
from typing import Any

import orjson
from ems_api.resources import reading
from ems_api.resources.table import RESOURCES
from ems_common.db import DatabaseSettings, Pool
from ems_common.db.sql import compose
from ems_common.settings import load

from tests.bench.api_server import free_port, until_it_answers

BODY_BYTES = 800
_OF_THREAD = local()
_BODY = b'"' + b"x" * (BODY_BYTES - 2) + b'"'


def _row() -> bytes:
    """The first meter, by a statement of its own on the thread's connection."""
    if not hasattr(_OF_THREAD, "pool"):
        settings = load(DatabaseSettings)
        _OF_THREAD.pool = Pool(settings, f"{settings.prefix}system_db")
        meters = next(one for one in RESOURCES if one.table == "tbl_meters")
        made = reading.plan(meters, in_item=True)
        _OF_THREAD.sql = compose("{select} WHERE t.id = %s", select=made.select)
        _OF_THREAD.names = [one.name for one in made.shown]
    with _OF_THREAD.pool.session(is_reading=True) as session:
        (row,) = session.rows(_OF_THREAD.sql, (1,))
    return orjson.dumps([str(value) for value in row])


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The application."""
    body = _row() if environ["PATH_INFO"] == "/row" else _BODY
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return (body,)


@contextmanager
def bare_server(workers: int, environ: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """A running gunicorn with the bare application; its port and its process."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-b",
        f"127.0.0.1:{port}",
        "-w",
        str(workers),
        "-k",
        "gthread",
    ]
    command += ["--threads", "16", "--keep-alive", "75", "--log-level", "error"]
    command += ["--graceful-timeout", "2", "tests.bench.api_bare:app"]
    process = subprocess.Popen(command, env={**os.environ, **environ})
    try:
        until_it_answers(port, "/bytes")
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)
