"""Progress lines, commands with logs, and content stamps that make a second run do nothing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOG_FOLDER = ROOT / "var" / "log" / "setup"
STILL_EVERY_S = 10.0
_SKIPPED_FOLDERS = {"node_modules", "dist", "__pycache__", "test-results"}


class SetupError(Exception):
    """Set-up cannot go on; the message is one clear sentence for the person who ran it."""


class Progress:
    """Prints what starts, what still runs and what is done, from several threads."""

    def __init__(self) -> None:
        """Start the clock; nothing is printed until there is something to do."""
        self._start_s = time.monotonic()
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}
        self._last_line_s = self._start_s

    def say(self, text: str) -> None:
        """Print one line with the seconds since the start."""
        with self._lock:
            self._last_line_s = time.monotonic()
            print(f"[setup {self._last_line_s - self._start_s:5.1f} s] {text}", flush=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a step and its end."""
        self.say(f"{text} …")
        begin_s = time.monotonic()
        self._running[text] = begin_s
        try:
            yield
        finally:
            del self._running[text]
        self.say(f"{text}: done in {time.monotonic() - begin_s:.1f} s")

    def remind(self) -> None:
        """Print what still runs if nothing was printed for a while."""
        running = list(self._running)
        if running and time.monotonic() - self._last_line_s >= STILL_EVERY_S:
            self.say("still at: " + "; ".join(running))


def run(
    name: str,
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    attempts: int = 1,
) -> None:
    """Run a command at the repository's root, its output in a log file.

    Args:
        name: Name of the log file.
        command: Program and arguments.
        environ: Variables added to ours.
        attempts: How often to try; more than one for what goes through the network.

    Raises:
        SetupError: It failed; holds the end of its output.
    """
    LOG_FOLDER.mkdir(parents=True, exist_ok=True)
    log_path = LOG_FOLDER / f"{name}.log"
    for attempt in range(attempts):
        with log_path.open("wb" if attempt == 0 else "ab") as log:
            code = subprocess.run(  # noqa: S603 - commands are put together here, never foreign text
                list(command),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environ or {})},
                check=False,
            ).returncode
        if code == 0:
            return
        time.sleep(2.0 * (attempt + 1) if attempt + 1 < attempts else 0.0)
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    # Some tools say what is wrong first and then a page of help, others the other way round.
    shown = lines if len(lines) <= 24 else [*lines[:10], "…", *lines[-12:]]
    text = "\n".join(shown)
    raise SetupError(f"`{' '.join(command[:4])} …` failed ({log_path.relative_to(ROOT)}):\n{text}")


def works(command: Sequence[str]) -> bool:
    """Tell whether a command can be run and ends well."""
    try:
        done = subprocess.run(  # noqa: S603 - as above
            list(command), stdin=subprocess.DEVNULL, capture_output=True, check=False, cwd=ROOT
        )
    except OSError:
        return False
    return done.returncode == 0


def content_hash(paths: Iterable[Path], *also: str) -> str:
    """Hash files and folders by name and content, leaving out what is built or installed in them."""
    digest = hashlib.sha256("\0".join(also).encode())
    for path in sorted(_files(paths)):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        elif path.is_dir():
            for folder, folders, names in os.walk(path):
                folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS]
                yield from (Path(folder) / name for name in names)


class Stamp:
    """A file that holds the hash of what a step was last done with.

    It is removed before the step and written after it, so that an interrupted step is done again.

    Args:
        path: The stamp's file; lives in what the step makes, so that they vanish together.
        wanted: Hash of the step's inputs now.
    """

    def __init__(self, path: Path, wanted: str) -> None:
        """Remember both; nothing is read yet."""
        self._path = path
        self._wanted = wanted

    @property
    def is_current(self) -> bool:
        """Whether the step was completed with these very inputs."""
        try:
            return self._path.read_text(encoding="ascii") == self._wanted
        except FileNotFoundError:
            return False

    @contextmanager
    def renewed(self) -> Iterator[None]:
        """Do the step inside; the stamp is written only when it succeeds."""
        self._path.unlink(missing_ok=True)
        yield
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._wanted, encoding="ascii")


def side_by_side(progress: Progress, parts: Mapping[str, Callable[[], None]]) -> None:
    """Run the parts at the same time and wait for all.

    Raises:
        SetupError: One or more failed; all their messages.
    """
    failures: list[str] = []

    def guarded(name: str, part: Callable[[], None]) -> None:
        try:
            part()
        except SetupError as ex:
            failures.append(str(ex))
        except OSError as ex:
            failures.append(f"{name}: {ex}")

    threads = [threading.Thread(target=guarded, args=item, daemon=True) for item in parts.items()]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(timeout=0.2 if thread.is_alive() else 0)
        progress.remind()
    if failures:
        raise SetupError("\n".join(failures))


def fail(message: str) -> int:
    """Print why set-up stopped; give the exit code."""
    print(f"setup: {message}", file=sys.stderr, flush=True)
    return 1
