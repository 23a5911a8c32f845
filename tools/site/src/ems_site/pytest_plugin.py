"""Pytest fixtures: private servers, one set per test run, shared by its xdist workers.

- `mariadb`, `redis_server`, `mosquitto` (session): started at first use; `.environ` holds the `EMS_` names.
- `fresh_database` (function), `fresh_database_module` (module): a prefix nobody else uses; `.environ` as
  above with that prefix; its databases are dropped afterwards.
- `demo_site` (session): the whole demo with two weeks of history, as `make demo` starts it, on free ports.
- `--mysql-root DIR`: run the `db` tests on an unpacked MySQL instead of MariaDB.

The servers of one run live in a folder under the system's temporary directory, made by the process that
controls the run and handed to the workers. Whichever worker needs a server first starts it (under a file
lock) and notes its process there; the controlling process stops them all at the end. A run that was killed
cannot do so: the next one finds its folder, sees that its controller is gone, and cleans up.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mysql.connector
import pytest

from ems_site import credentials, left_overs, plan, processes, state
from ems_site.servers import MariaDb, Mosquitto, Redis, Server
from ems_site.servers.mysql import MySql
from ems_site.settings import Layout, script

FOLDER_PREFIX = "ems-tests-"
TEST_PREFIX = "ems_test_"
# Enough for weekly and daily reports, and little enough to be there in half a minute.
DEMO_DAYS = 14
_OWNER_FILE = "owner.json"
_FOLDER_KEY = pytest.StashKey[Path]()


@dataclass(frozen=True)
class RunningServer:
    """A server another process may have started.

    Attributes:
        port: Port on 127.0.0.1.
        environ: The `EMS_` variables that lead to it.
        process: The server's process, for tests that stop or kill it.
    """

    port: int
    environ: dict[str, str]
    process: processes.ProcessRef


@dataclass(frozen=True)
class DemoSite:
    """A running demo site.

    Attributes:
        url: Address for a browser, with a slash at the end.
        passwords: Password by account name.
        environ: All `EMS_` variables of the site, to run a service or look into its databases.
        var: The site's folder: logs, history, truth.
        processes: Pid by process name, at the time the site became ready.
    """

    url: str
    passwords: dict[str, str]
    environ: dict[str, str]
    var: Path
    processes: dict[str, int]


@dataclass(frozen=True)
class FreshDatabase:
    """Rights on databases of a prefix that nobody else uses.

    Attributes:
        prefix: Value of `EMS_DB_PREFIX`; the databases do not exist yet.
        environ: The `EMS_DB_*` variables, prefix included.
    """

    prefix: str
    environ: dict[str, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare `--mysql-root`."""
    parser.addoption(
        "--mysql-root",
        default=None,
        help="folder of an unpacked MySQL server; its mysqld replaces MariaDB in this run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's folder, or take the one the controlling process made."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        config.stash[_FOLDER_KEY] = Path(worker_input["ems_servers_folder"])
        return
    _sweep_abandoned_folders()
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    (folder / _OWNER_FILE).write_text(json.dumps(asdict(processes.this_process())), encoding="utf-8")
    config.stash[_FOLDER_KEY] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the run's servers are."""
    node.workerinput["ems_servers_folder"] = str(node.config.stash[_FOLDER_KEY])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the run's servers; only the controlling process does."""
    folder = config.stash.get(_FOLDER_KEY, None)
    if folder is not None and not hasattr(config, "workerinput"):
        _remove_folder(folder)


@pytest.fixture(scope="session")
def mariadb(pytestconfig: pytest.Config) -> RunningServer:
    """A MariaDB (or MySQL) with a user who owns all databases named `ems_test_*`."""
    mysql_root = pytestconfig.getoption("--mysql-root")
    if mysql_root is None:
        return _shared(pytestconfig, MariaDb.name, lambda at: MariaDb(at, fast=True, prefix=TEST_PREFIX))
    root = Path(mysql_root)
    return _shared(pytestconfig, MySql.name, lambda at: MySql(root, at, fast=True, prefix=TEST_PREFIX))


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> RunningServer:
    """A Redis; use keys of your own, other tests share it."""
    return _shared(pytestconfig, Redis.name, lambda at: Redis(at, fast=True))


@pytest.fixture(scope="session")
def mosquitto(pytestconfig: pytest.Config) -> RunningServer:
    """An MQTT broker; use topics of your own, other tests share it."""
    return _shared(pytestconfig, Mosquitto.name, lambda at: Mosquitto(at, fast=True))


@pytest.fixture(scope="session")
def demo_site(pytestconfig: pytest.Config) -> DemoSite:
    """The demo site. All tests of the run share it: put back what you change."""
    folder = pytestconfig.stash[_FOLDER_KEY] / "demo"
    folder.mkdir(exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = state.read(folder / "run" / "state.json")
        if current is None:
            environ = os.environ | {
                "EMS_VAR_DIR": str(folder),
                "EMS_HTTP_PORT": "0",
                "EMS_DEMO_DAYS": str(DEMO_DAYS),
                "EMS_THROW_AWAY": "1",
            }
            done = subprocess.run(  # noqa: S603 - our own script
                [script("ems-site"), "up"], env=environ, capture_output=True, text=True, check=False
            )
            current = state.read(folder / "run" / "state.json")
            if done.returncode != 0 and current is not None:
                current.message = current.message or done.stdout[-3000:]
    if current is None or current.phase != state.READY:
        pytest.fail(f"the demo site did not come up: {current.message if current else 'no state'}")
    layout = Layout(var=folder)
    secret = credentials.read(layout.credentials_file)
    lines = layout.environ_file.read_text(encoding="utf-8").splitlines()
    environ = {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}
    return DemoSite(
        url=current.url,
        passwords={plan.ADMIN: secret["admin"], plan.MANAGER: secret["manager"]},
        environ=environ,
        var=folder,
        processes={name: process["pid"] for name, process in current.processes.items()},
    )


@pytest.fixture
def fresh_database(mariadb: RunningServer) -> Iterator[FreshDatabase]:
    """A database prefix of this test alone."""
    with _fresh(mariadb) as fresh:
        yield fresh


@pytest.fixture(scope="module")
def fresh_database_module(mariadb: RunningServer) -> Iterator[FreshDatabase]:
    """A database prefix of this test module alone."""
    with _fresh(mariadb) as fresh:
        yield fresh


@contextmanager
def _fresh(server: RunningServer) -> Iterator[FreshDatabase]:
    prefix = f"{TEST_PREFIX}{os.urandom(4).hex()}_"
    try:
        yield FreshDatabase(prefix, {**server.environ, "EMS_DB_PREFIX": prefix})
    finally:
        _drop_databases(server, prefix)


def _drop_databases(server: RunningServer, prefix: str) -> None:
    environ = server.environ
    connection = mysql.connector.connect(
        host=environ["EMS_DB_HOST"],
        port=int(environ["EMS_DB_PORT"]),
        user=environ["EMS_DB_USER"],
        password=environ["EMS_DB_PASSWORD"],
        autocommit=True,
    )
    try:
        cursor = connection.cursor()
        cursor.execute("SHOW DATABASES LIKE %s", (prefix.replace("_", r"\_") + "%",))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP DATABASE `{name!s}`")
    finally:
        connection.close()


def _shared(config: pytest.Config, name: str, make: Callable[[Path], Server]) -> RunningServer:
    """Give the run's server of this name, starting it if no worker has done so yet."""
    folder = config.stash[_FOLDER_KEY] / name
    folder.mkdir(exist_ok=True, mode=0o700)
    note = folder / "running.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            server = make(folder).start()
            if server.process is None:
                raise processes.StartFailure(f"{name} has no process")
            note.write_text(
                json.dumps(
                    {"port": server.port, "environ": server.environ, "process": asdict(server.process)}
                ),
                encoding="utf-8",
            )
    stored = json.loads(note.read_text(encoding="utf-8"))
    return RunningServer(stored["port"], stored["environ"], processes.ProcessRef(**stored["process"]))


def _remove_folder(folder: Path) -> None:
    supervisor = processes.read_pid_file(Layout(var=folder / "demo").supervisor_pid_file)
    if supervisor is not None:
        supervisor.stop(60.0)
    left_overs.stop(Layout(var=folder / "demo"), lambda _: None)
    for pid_file in folder.glob("*/server.pid.json"):
        # Throw-away data: no reason to wait for an orderly shutdown.
        process = processes.read_pid_file(pid_file)
        if process is not None:
            process.stop(limit_s=5.0)
    shutil.rmtree(folder, ignore_errors=True)


def _sweep_abandoned_folders() -> None:
    """Remove what killed runs left behind: folders whose controlling process is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = folder / _OWNER_FILE
        # Another run may end, or sweep, at the same time.
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_uid != os.geteuid() or not owner.exists():
                continue
            if processes.read_pid_file(owner) is None:
                _remove_folder(folder)
