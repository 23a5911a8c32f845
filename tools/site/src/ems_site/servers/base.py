"""What all private servers share: a folder, a port, a pid file, start, readiness, stop."""

from __future__ import annotations

import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from ems_site import ports, processes

# Debian keeps daemons in sbin, which is not on the path of ordinary users.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


class MissingProgram(RuntimeError):
    """A program is not installed; the message names the Debian package."""


def find_program(name: str, package: str) -> str:
    """Find a program on the path or in the system's daemon folders.

    Raises:
        MissingProgram: It is not there; names the package that brings it.
    """
    found = shutil.which(name, path=SEARCH_PATH)
    if found is None:
        raise MissingProgram(
            f"{name} is not installed; install the Debian package {package} or run `make setup`"
        )
    return found


class Server(ABC):
    """One private server process.

    Args:
        folder: Everything the server writes goes below it; made when missing.
        port: Port on the loop-back address; None takes a free one.
        fast: Settings for tests: speed before durability.
    """

    name: ClassVar[str]
    ready_limit_s: ClassVar[float] = 30.0
    stop_limit_s: ClassVar[float] = 20.0

    def __init__(self, folder: Path, port: int | None = None, *, fast: bool = False) -> None:
        """Declare a server; nothing is touched before `start()`."""
        self.folder = folder.resolve()
        self.port = port if port is not None else ports.free_port()
        self.fast = fast
        self.process: processes.ProcessRef | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid_file(self) -> Path:
        """Where the running process is noted, for whoever has to clean up after a kill."""
        return self.folder / "server.pid.json"

    @property
    def log_path(self) -> Path:
        """The server's own log."""
        return self.folder / f"{self.name}.log"

    @property
    @abstractmethod
    def environ(self) -> dict[str, str]:
        """The `EMS_` variables by which services find this server."""

    def start(self) -> Self:
        """Start the server and wait until it answers.

        A process left over in the same folder is stopped first.

        Raises:
            MissingProgram: The server is not installed.
            StartFailure: It ended or did not answer in time.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        processes.stop_left_over(self.pid_file)
        self.prepare()
        self._child = processes.start(self.command(), self.log_path, self.process_environ())
        self.process = processes.reference(self._child.pid)
        if self.process is not None:
            processes.write_pid_file(self.pid_file, self.process)
        ready = processes.wait_until(lambda: self.has_ended or self.is_ready(), self.ready_limit_s)
        if self.has_ended or not ready:
            self.stop()
            tail = processes.log_tail(self.log_path)
            raise processes.StartFailure(f"{self.name} did not start on port {self.port}:\n{tail}")
        return self

    def stop(self) -> None:
        """Stop the server; harmless when it does not run."""
        if self.process is not None:
            self.process.stop(self.stop_limit_s)
        if self._child is not None:
            self._child.wait()
        self.process = self._child = None
        self.pid_file.unlink(missing_ok=True)

    @property
    def is_running(self) -> bool:
        """Whether the started process is still alive."""
        return self.process is not None and self.process.is_alive

    def __enter__(self) -> Self:
        """Start on entering a `with` block."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop on leaving a `with` block."""
        self.stop()

    @abstractmethod
    def command(self) -> list[str]:
        """Give the command line that runs the server in the foreground."""

    def process_environ(self) -> dict[str, str] | None:
        """Give the process's environment; None inherits ours."""
        return None

    @abstractmethod
    def prepare(self) -> None:
        """Write configuration and data the server needs before it starts."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Tell whether the server does its work (not just listens)."""

    @property
    def has_ended(self) -> bool:
        """Whether a process that was started, and not stopped, has ended."""
        return self._child is not None and self._child.poll() is not None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, without a moment in which others could."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def runs_as_root() -> bool:
    """Tell whether this process is root; some daemons then want to be told to stay so."""
    return os.geteuid() == 0
