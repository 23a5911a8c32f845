"""What the person who starts a site sees: one line for each thing that begins, lasts, and ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Announcer:
    """Prints progress from several threads; says what still runs when nothing else was said for a while.

    Args:
        still_every_s: Longest silence while something runs [s].
    """

    def __init__(self, still_every_s: float = 10.0) -> None:
        """Start the clock."""
        self._began_s = time.monotonic()
        self._still_every_s = still_every_s
        self._lock = threading.Lock()
        self._last_s = self._began_s
        self._running: dict[str, float] = {}

    @property
    def elapsed_s(self) -> float:
        """Time since the start [s]."""
        return time.monotonic() - self._began_s

    def say(self, text: str) -> None:
        """Print one line with the seconds since the start."""
        with self._lock:
            self._last_s = time.monotonic()
            print(f"[site {self.elapsed_s:6.1f} s] {text}", flush=True)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce something that takes time, and its end when it took more than two seconds."""
        self.say(f"{text} …")
        began_s = time.monotonic()
        self._running[text] = began_s
        try:
            yield
        finally:
            self._running.pop(text, None)
        if time.monotonic() - began_s > 2.0:
            self.say(f"{text}: done in {time.monotonic() - began_s:.1f} s")

    def remind(self, extra: str = "") -> None:
        """Say what still runs, if it is time to; call it often."""
        if time.monotonic() - self._last_s < self._still_every_s:
            return
        still = "; ".join(self._running) or extra
        if still:
            self.say(f"still: {still}" + (f" ({extra})" if extra and extra != still else ""))
