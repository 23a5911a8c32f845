"""Keeps the worker processes running beside the API: started with it, again when one dies, ended with it."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Final

from ems_common import log
from ems_common.clock import monotonic_s

_log = log.get(__name__)
LOOK_EACH_S: Final = 1.0
SHORT_LIFE_S: Final = 30.0
LONGEST_PAUSE_S: Final = 60.0
END_WITHIN_S: Final = 2.5


class Beside:
    """The worker processes of an API on this host.

    Args:
        count: How many.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start them."""
        for number in range(self._count):
            thread = threading.Thread(target=self._keep, name=f"jobs {number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """End them; jobs they were at are taken up again by the next worker."""
        self._stop.set()
        for thread in self._threads:
            thread.join(END_WITHIN_S + 1)

    def _keep(self) -> None:
        pause_s = 1.0
        while not self._stop.is_set():
            began_s = monotonic_s()
            process = subprocess.Popen([sys.executable, "-m", "ems_api.jobs.main"])
            while process.poll() is None and not self._stop.wait(LOOK_EACH_S):
                pass
            if self._stop.is_set():
                _end(process)
                return
            lived_s = monotonic_s() - began_s
            pause_s = 1.0 if lived_s > SHORT_LIFE_S else min(2 * pause_s, LONGEST_PAUSE_S)
            _log.error("job_worker_died", lived_s=round(lived_s, 1), pause_s=pause_s)
            self._stop.wait(pause_s)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
