"""The private servers start, answer, stop, and recover from what a kill left behind."""

import signal
import subprocess
from pathlib import Path

import mysql.connector
import pytest
from ems_site import ports, processes
from ems_site.pytest_plugin import FreshDatabase, RunningServer
from ems_site.servers import MariaDb, Redis


def query(environ: dict[str, str], sql: str) -> list[tuple]:
    connection = mysql.connector.connect(
        host=environ["EMS_DB_HOST"],
        port=int(environ["EMS_DB_PORT"]),
        user=environ["EMS_DB_USER"],
        password=environ["EMS_DB_PASSWORD"],
        autocommit=True,
    )
    with connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.with_rows else []


@pytest.mark.db
def test_the_database_user_has_rights_on_its_prefix_only(fresh_database: FreshDatabase):
    query(fresh_database.environ, f"CREATE DATABASE `{fresh_database.prefix}system_db`")
    with pytest.raises(mysql.connector.Error, match="Access denied"):
        query(fresh_database.environ, "CREATE DATABASE another_db")


@pytest.mark.db
def test_the_database_speaks_utc_and_utf8mb4(mariadb: RunningServer):
    sql = "SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()), @@character_set_server"
    assert query(mariadb.environ, sql) == [(0, "utf8mb4")]


@pytest.mark.db
@pytest.mark.slow
def test_mariadb_killed_and_started_again_keeps_data_and_password(tmp_path: Path):
    first = MariaDb(tmp_path / "db", password="first").start()
    try:
        query(first.environ, "CREATE DATABASE myems_kept")
        assert first.process is not None
        first.process.send(signal.SIGKILL)
        second = MariaDb(tmp_path / "db", password="second").start()
        assert query(second.environ, "SHOW DATABASES LIKE 'myems\\_kept'") == [("myems_kept",)]
        second.stop()
        assert not second.is_running
    finally:
        first.stop()


@pytest.mark.db
def test_mariadb_with_a_half_made_data_directory_starts_over(tmp_path: Path):
    (tmp_path / "db" / "data").mkdir(parents=True)
    (tmp_path / "db" / "data" / "aria_log_control").write_bytes(b"torn")
    with MariaDb(tmp_path / "db", fast=True) as server:
        assert server.is_ready()


@pytest.mark.db
def test_secrets_are_neither_in_the_command_line_nor_left_in_files(tmp_path: Path):
    with MariaDb(tmp_path / "db", fast=True) as server:
        assert server.process is not None
        command = Path(f"/proc/{server.process.pid}/cmdline").read_bytes().decode()
        assert server.password not in command
        assert not (tmp_path / "db" / "init.sql").exists()


def test_redis_refuses_clients_without_the_password(tmp_path: Path):
    with Redis(tmp_path / "redis", fast=True) as server:
        assert server.is_ready()
        server.password = "wrong"
        assert not server.is_ready()


@pytest.mark.broker
def test_mosquitto_accepts_mqtt_clients(mosquitto: RunningServer):
    assert ports.accepts(mosquitto.port)


def test_a_server_whose_port_is_taken_says_so(tmp_path: Path):
    with Redis(tmp_path / "one", fast=True) as first:
        second = Redis(tmp_path / "two", port=first.port, fast=True)
        with pytest.raises(processes.StartFailure, match=f"redis did not start on port {first.port}"):
            second.start()


def test_a_process_reference_does_not_match_a_recycled_pid():
    child = subprocess.Popen(["sleep", "60"])
    try:
        real = processes.reference(child.pid)
        assert real is not None
        recycled = processes.ProcessRef(real.pid, real.start_ticks + 1, real.boot_id)
        recycled.send(signal.SIGKILL)
        assert real.is_alive
        assert not recycled.is_alive
    finally:
        child.kill()
        child.wait()


@pytest.mark.db
def test_the_database_server_is_the_kind_the_run_asked_for(
    mariadb: RunningServer, pytestconfig: pytest.Config
):
    [(version,)] = query(mariadb.environ, "SELECT VERSION()")
    assert ("MariaDB" in version) == (pytestconfig.getoption("--mysql-root") is None)


@pytest.mark.db
def test_temporary_tables_are_in_a_folder_of_the_servers_own(tmp_path: Path):
    """A server that starts deletes those it finds in its folder, also those of others that share it."""
    with MariaDb(tmp_path / "db", fast=True) as server:
        ((folder,),) = query(server.environ, "SELECT @@tmpdir")
    assert Path(folder).is_relative_to(tmp_path)
