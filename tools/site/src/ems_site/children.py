"""Daemons that are kept running: started again when they end, after a pause that grows."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ems_site import processes

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
# After running this long a process counts as healthy again, and its next pause is short.
HEALTHY_AFTER_S = 60.0
LARGEST_LOG_BYTES = 50 * 1024 * 1024


class Child:
    """One daemon.

    Args:
        name: For messages, the log and the pid file.
        command: Program and arguments.
        environ: Its whole environment.
        folder: Working directory.
        log_path: Its output is appended here.
        pid_file: Where it is noted while it runs.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        folder: Path,
        log_path: Path,
        pid_file: Path,
    ) -> None:
        """Declare a daemon; it is not started."""
        self.name = name
        self.log_path = log_path
        self.restarts = 0
        self._command = command
        self._environ = environ
        self._folder = folder
        self._pid_file = pid_file
        self._popen: subprocess.Popen[bytes] | None = None
        self._process: processes.ProcessRef | None = None
        self._started_s = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._next_start_s: float | None = None

    @property
    def pid(self) -> int:
        """Process id; 0 when it does not run."""
        return self._popen.pid if self._popen is not None else 0

    @property
    def is_running(self) -> bool:
        """Whether its process runs now."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def status(self) -> int | None:
        """Exit status of the started process; None while it runs."""
        return None if self._popen is None else self._popen.poll()

    def start(self) -> None:
        """Start it now."""
        self._popen = processes.start(self._command, self.log_path, self._environ, self._folder)
        self._started_s = time.monotonic()
        self._next_start_s = None
        self._process = processes.reference(self._popen.pid)
        if self._process is not None:
            processes.write_pid_file(self._pid_file, self._process)

    def watch(self, say: Callable[[str], None]) -> None:
        """Notice that it has ended and start it again when its pause is over; call it often."""
        now_s = time.monotonic()
        if self._next_start_s is not None:
            if now_s >= self._next_start_s:
                self.restarts += 1
                self.start()
            return
        if self._popen is None or self._popen.poll() is None:
            return
        if now_s - self._started_s >= HEALTHY_AFTER_S:
            self._pause_s = FIRST_PAUSE_S
        say(
            f"{self.name} ended with status {self._popen.returncode}; "
            f"starting it again in {self._pause_s:.0f} s (see {self.log_path})"
        )
        self._popen = None
        self._next_start_s = now_s + self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)

    def stop(self, limit_s: float = 15.0) -> bool:
        """Stop it; returns False when it had to be killed."""
        self._next_start_s = None
        politely = True
        if self._process is not None:
            politely = self._process.stop(limit_s)
        if self._popen is not None:
            self._popen.wait()
        self._popen = self._process = None
        self._pid_file.unlink(missing_ok=True)
        return politely

    def limit_log(self) -> None:
        """Keep its log from filling the disk: the older part goes to one `.1` file."""
        limit_log(self.log_path)


def limit_log(path: Path, largest_bytes: int = LARGEST_LOG_BYTES) -> None:
    """Copy a log that has grown too large aside and empty it.

    The writing process has the file open for appending, so emptying it is safe; a line written in
    between may be lost.
    """
    try:
        if path.stat().st_size <= largest_bytes:
            return
    except FileNotFoundError:
        return
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    with path.open("r+b") as log:
        log.truncate(0)
