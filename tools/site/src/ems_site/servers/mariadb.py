"""A private MariaDB."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar, Self

import mysql.connector

from ems_site import ports, processes
from ems_site.processes import StartFailure
from ems_site.servers.base import Server, find_program, runs_as_root, write_private

USER = "ems"
_MEBIBYTE = 1024 * 1024


class MariaDb(Server):
    """MariaDB on the loop-back address, UTC, utf8mb4, with one user who owns the databases of a prefix.

    The server's own root can only come in through the socket, as the system user that runs it.

    Args:
        folder: Holds data, socket and log.
        port: None takes a free one.
        fast: Small and not durable, for tests; otherwise sized to the machine, every commit flushed.
        password: Of the user `ems`; None makes a random one.
        prefix: The user may do anything in databases whose names start so, and nothing else.
    """

    name: ClassVar[str] = "mariadb"
    ready_limit_s: ClassVar[float] = 60.0
    stop_limit_s: ClassVar[float] = 60.0

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        *,
        fast: bool = False,
        password: str | None = None,
        prefix: str = "myems_",
    ) -> None:
        """Declare the server; nothing is touched before `start()`."""
        super().__init__(folder, port, fast=fast)
        self.password = password or secrets.token_urlsafe(24)
        self.prefix = prefix
        self.socket_path = _socket_path(self.folder)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def temporary(self) -> Path:
        """Where the server's temporary tables are.

        A server that starts deletes all temporary tables in its folder. In a folder that servers share, such
        as /tmp, it takes away those of the others, which end with a segmentation fault.
        """
        return self.folder / "tmp"

    @property
    def environ(self) -> dict[str, str]:
        """How services reach their databases."""
        return {
            "EMS_DB_HOST": ports.LOOPBACK,
            "EMS_DB_PORT": str(self.port),
            "EMS_DB_USER": USER,
            "EMS_DB_PASSWORD": self.password,
            "EMS_DB_PREFIX": self.prefix,
        }

    def connect(self) -> Any:
        """Open a connection as the user `ems` (the driver's type differs with its C extension)."""
        return mysql.connector.connect(
            host=ports.LOOPBACK,
            port=self.port,
            user=USER,
            password=self.password,
            connection_timeout=5,
            autocommit=True,
        )

    def prepare(self) -> None:
        """Create the data directory on the first start, and the statements that (re)create the user."""
        self.temporary.mkdir(exist_ok=True, mode=0o700)
        if not (self.data / ".initialised").exists():
            # Without the mark an earlier attempt was cut off: what it left is not a data directory.
            shutil.rmtree(self.data, ignore_errors=True)
            self.initialise()
            (self.data / ".initialised").touch()
        write_private(self._init_file, ";\n".join(self.user_statements()) + ";\n")

    def initialise(self) -> None:
        """Fill an empty data directory with the server's system tables.

        Raises:
            StartFailure: The installer failed; holds its output.
        """
        done = processes.run(
            [
                find_program("mariadb-install-db", "mariadb-server"),
                "--no-defaults",
                f"--datadir={self.data}",
                f"--tmpdir={self.temporary}",
                f"--user={getpass.getuser()}",
                "--auth-root-authentication-method=socket",
                f"--auth-root-socket-user={getpass.getuser()}",
                "--skip-test-db",
                "--skip-name-resolve",
            ]
        )
        if done.returncode != 0:
            raise StartFailure(f"mariadb-install-db failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def user_statements(self) -> list[str]:
        """Give the SQL that makes the user and its rights, run by the server itself at each start.

        The values are generated here (hexadecimal and URL-safe characters), never foreign text.
        """
        pattern = self.prefix.replace("_", "\\_")
        account = f"'{USER}'@'{ports.LOOPBACK}'"
        return [
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}'",
            f"ALTER USER {account} IDENTIFIED BY '{self.password}'",
            f"GRANT ALL PRIVILEGES ON `{pattern}%`.* TO {account}",
        ]

    def command(self) -> list[str]:
        """Give the command line."""
        command = [
            find_program("mariadbd", "mariadb-server"),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--socket={self.socket_path}",
            f"--init-file={self._init_file}",
            *self.common_options(),
            *self.size_options(),
        ]
        if runs_as_root():
            command.append("--user=root")
        return command

    def common_options(self) -> list[str]:
        """Options that MariaDB and MySQL both know."""
        return [
            f"--port={self.port}",
            f"--bind-address={ports.LOOPBACK}",
            f"--tmpdir={self.temporary}",
            f"--pid-file={self.folder / 'mysqld.pid'}",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--default-time-zone=+00:00",
            "--local-infile=0",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--max-connections=300",
        ]

    def size_options(self) -> list[str]:
        """Memory and durability: small and fast for tests, sized to the machine for a site."""
        if self.fast:
            return [
                "--innodb-buffer-pool-size=192M",
                "--innodb-log-file-size=64M",
                "--innodb-flush-log-at-trx-commit=2",
                "--innodb-doublewrite=0",
                "--innodb-flush-method=nosync",
            ]
        pool_mib = buffer_pool_mib(memory_mib())
        return [
            f"--innodb-buffer-pool-size={pool_mib}M",
            f"--innodb-log-file-size={max(96, pool_mib // 4)}M",
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-doublewrite=1",
        ]

    def is_ready(self) -> bool:
        """Log in as the user the services use."""
        try:
            connection = self.connect()
        except mysql.connector.Error:
            return False
        connection.close()
        return True

    def start(self) -> Self:
        """Start the server; the statements with the password in them do not stay behind."""
        try:
            return super().start()
        finally:
            self._init_file.unlink(missing_ok=True)

    @property
    def _init_file(self) -> Path:
        return self.folder / "init.sql"


def buffer_pool_mib(memory_mib: int) -> int:
    """Size InnoDB's buffer pool for a machine that the server shares with everything else [MiB].

    Example:
        >>> [buffer_pool_mib(m) for m in (1024, 8192, 65536)]
        [128, 1024, 4096]
    """
    return max(128, min(4096, memory_mib // 8))


def _socket_path(folder: Path) -> Path:
    """The socket lies in the server's folder unless that path is too long for one (108 bytes)."""
    path = folder / "s.sock"
    if len(os.fsencode(path)) < 100:
        return path
    return Path(tempfile.gettempdir()) / f"ems-{secrets.token_hex(8)}.sock"


def memory_mib() -> int:
    """Give the memory of this machine [MiB]."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MEBIBYTE
