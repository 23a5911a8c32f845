"""Processes recognised by pid *and* start time, so that a recycled pid is never mistaken for ours."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_S = 0.02


class StartFailure(RuntimeError):
    """A process that was started did not become ready; the message holds the end of its log."""


@dataclass(frozen=True)
class ProcessRef:
    """One process of this boot.

    Attributes:
        pid: Process id.
        start_ticks: Start time in clock ticks since boot, from `/proc/<pid>/stat`.
        boot_id: Identity of the boot the two belong to.
    """

    pid: int
    start_ticks: int
    boot_id: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs (a zombie counts as ended)."""
        return self.boot_id == _boot_id() and _start_ticks(self.pid) == self.start_ticks

    def send(self, signum: int) -> None:
        """Send a signal if the process is still the one that was meant."""
        if self.is_alive:
            try:
                os.kill(self.pid, signum)
            except ProcessLookupError:
                return

    def _kill_group(self) -> None:
        try:
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def stop(self, limit_s: float = 10.0) -> bool:
        """Ask the process to end; kill it and its process group when it does not in time.

        Args:
            limit_s: How long the polite request may take [s].

        Returns:
            True when it ended by itself, False when it had to be killed.
        """
        self.send(signal.SIGTERM)
        if wait_until(lambda: not self.is_alive, limit_s):
            return True
        if self.is_alive:
            self._kill_group()
        wait_until(lambda: not self.is_alive, 5.0)
        return False


def reference(pid: int) -> ProcessRef | None:
    """Name the process that has this pid now; None when there is none."""
    ticks = _start_ticks(pid)
    return None if ticks is None else ProcessRef(pid, ticks, _boot_id())


def this_process() -> ProcessRef:
    """Name the calling process."""
    found = reference(os.getpid())
    if found is None:
        raise RuntimeError("/proc does not show this process; is /proc mounted?")
    return found


def start(
    command: Sequence[str],
    log_path: Path,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, its output appended to a log file.

    A session of its own keeps a Ctrl-C at the terminal from reaching it: its supervisor
    decides in which order things stop.
    """
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - commands are put together here, never foreign text
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if environ is None else dict(environ),
            cwd=cwd,
            start_new_session=True,
        )


def run(command: Sequence[str], limit_s: float = 120.0) -> subprocess.CompletedProcess[str]:
    """Run a command to its end without input and collect what it prints; the caller checks the code."""
    return subprocess.run(  # noqa: S603 - as above
        list(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=limit_s
    )


def wait_until(condition: Callable[[], bool], limit_s: float, poll_s: float = POLL_S) -> bool:
    """Wait for a condition; return whether it came true within `limit_s` seconds."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(poll_s)
    return True


def write_pid_file(path: Path, process: ProcessRef) -> None:
    """Store a process reference atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(path.suffix + ".new")
    temporary.write_text(json.dumps(asdict(process)), encoding="utf-8")
    temporary.replace(path)


def read_pid_file(path: Path) -> ProcessRef | None:
    """Read a stored reference; None when missing, torn or from a process that has ended."""
    try:
        stored = ProcessRef(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return stored if stored.is_alive else None


def stop_left_over(path: Path, limit_s: float = 20.0) -> bool:
    """Stop the process named by a pid file, if it still runs, and remove the file.

    Returns:
        Whether there was one.
    """
    process = read_pid_file(path)
    if process is not None:
        process.stop(limit_s)
    path.unlink(missing_ok=True)
    return process is not None


def last_line(path: Path, longest: int = 120) -> str:
    """Give the last line of a log that is still being written; empty when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
            text = log.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    lines = text.replace("\r", "\n").split("\n")
    return next((line.strip()[:longest] for line in reversed(lines) if line.strip()), "")


def log_tail(path: Path, lines: int = 15) -> str:
    """Give the last lines of a log file, for an error message."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "(no log)"
    return "\n".join(text.splitlines()[-lines:])


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _start_ticks(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name is in parentheses and may itself hold blanks and parentheses.
    fields = stat.rpartition(")")[2].split()
    state, start_ticks = fields[0], int(fields[19])
    return None if state in {"Z", "X"} else start_ticks
