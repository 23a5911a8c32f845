"""A private MySQL run from an unpacked tree of Debian packages, beside the system's own libraries."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ems_site import debian_packages, processes
from ems_site.processes import StartFailure
from ems_site.servers.base import MissingProgram, runs_as_root
from ems_site.servers.mariadb import MariaDb


class MySql(MariaDb):
    """MySQL with the same user, prefix and sizes as `MariaDb`; used to prove that both work.

    Args:
        root: Folder into which the packages were unpacked (`ems_site.debian_packages`).
        folder: As in `MariaDb`, like all further arguments.
    """

    name: ClassVar[str] = "mysql"
    ready_limit_s: ClassVar[float] = 90.0

    def __init__(
        self,
        root: Path,
        folder: Path,
        port: int | None = None,
        *,
        fast: bool = False,
        password: str | None = None,
        prefix: str = "myems_",
    ) -> None:
        """Declare the server; nothing is touched before `start()`."""
        super().__init__(folder, port, fast=fast, password=password, prefix=prefix)
        self.root = root.resolve()

    def initialise(self) -> None:
        """Fill an empty data directory.

        Raises:
            StartFailure: The server could not; holds its output.
        """
        command = [
            *self._program(),
            "--initialize-insecure",
            f"--datadir={self.data}",
            f"--tmpdir={self.temporary}",
        ]
        done = processes.run(command)
        if done.returncode != 0:
            raise StartFailure(f"mysqld --initialize-insecure failed:\n{done.stderr[-3000:]}")

    def user_statements(self) -> list[str]:
        """As for MariaDB, and root's empty password is replaced by no way in at all."""
        return [*super().user_statements(), "ALTER USER 'root'@'localhost' ACCOUNT LOCK"]

    def command(self) -> list[str]:
        """Give the command line."""
        return [
            *self._program(),
            f"--datadir={self.data}",
            f"--socket={self.socket_path}",
            f"--init-file={self._init_file}",
            "--mysqlx=OFF",
            "--secure-file-priv=NULL",
            *self.common_options(),
            *self.size_options(),
        ]

    def size_options(self) -> list[str]:
        """MySQL 8.0.30+ names its redo log differently."""
        renamed = []
        for option in super().size_options():
            if option.startswith("--innodb-log-file-size"):
                renamed.append("--innodb-redo-log-capacity=128M")
            elif not option.startswith("--innodb-flush-method=nosync"):
                renamed.append(option)
        return renamed

    def _program(self) -> list[str]:
        mysql = debian_packages.PROGRAMS["mysql"]
        if not (self.root / mysql.path).exists():
            raise MissingProgram(f"no unpacked MySQL in {self.root}; `make test-mysql` makes one")
        share = self.root / "usr" / "share" / "mysql"
        program = [
            *debian_packages.command(mysql, self.root),
            "--no-defaults",
            f"--basedir={self.root / 'usr'}",
            f"--lc-messages-dir={share}",
            f"--character-sets-dir={share / 'charsets'}",
            f"--plugin-dir={self.root / 'usr' / 'lib' / 'mysql' / 'plugin'}",
        ]
        if runs_as_root():
            program.append("--user=root")
        return program
