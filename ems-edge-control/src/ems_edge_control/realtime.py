"""The loop's place on the machine: ranks of threads, pages in memory, waiting to the point.

Where the process may, its threads that count run ahead of all ordinary programs (SCHED_FIFO): the watch over
the loop before the loop, the loop before the talk with the devices, and after them telemetry, which would
otherwise be put aside with the interpreter's lock in hand. Where it may not they are only favoured by
niceness, which on current kernels still means some milliseconds behind a busy neighbour. What is in memory
stays there.

Inside the process the threads share the interpreter's lock. :class:`Metronome` asks for it a little before
the deadline and keeps it for the length of a cycle.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable

WATCH_RANK, LOOP_RANK, IO_RANK, TELEMETRY_RANK = 12, 11, 10, 9
LOOP_NICENESS = -19
# The other threads hold the interpreter's lock in turn; one that is put aside then keeps the loop waiting.
PROCESS_NICENESS = -15
SWITCH_INTERVAL_S = 0.0005
# Nobody takes the lock from a running cycle before this; an endless controller still loses it soon enough.
UNDISTURBED_S = 0.02
EARLY_S = 0.001
EARLY_SHARE = 0.03
_LOCK_CURRENT, _LOCK_FUTURE, _LOCK_ON_FAULT = 1, 2, 4


def favour_process() -> None:
    """Put the process ahead of ordinary programs, and keep its pages in memory, where that is allowed."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, PROCESS_NICENESS)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mlockall(_LOCK_CURRENT | _LOCK_FUTURE | _LOCK_ON_FAULT)


def favour_thread(rank: int, *, real_time: bool = True) -> str:
    """Give the calling thread a real-time rank, else a low niceness.

    Returns:
        What it got: `fifo 11`, `nice -19` or `plain`.
    """
    if real_time:
        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(rank))
            return f"fifo {rank}"
    if rank == LOOP_RANK:
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOOP_NICENESS)
            return f"nice {LOOP_NICENESS}"
    return "plain"


class LoopRank:
    """The loop's rank, which it loses while one of its controllers does not return.

    On a single core a thread of high rank that never waits would keep those below it from making the
    devices safe.
    """

    def __init__(self, *, real_time: bool = True) -> None:
        self.real_time = real_time
        self.name = "plain"
        self._native_id = 0
        self._is_lowered = False

    def take(self) -> None:
        """In the loop's thread, once."""
        self._native_id = threading.get_native_id()
        self.name = favour_thread(LOOP_RANK, real_time=self.real_time)

    def lower(self) -> None:
        """From another thread: make it an ordinary one."""
        if self._is_lowered or not self.name.startswith("fifo"):
            return
        self._is_lowered = True
        with contextlib.suppress(OSError):
            os.sched_setscheduler(self._native_id, os.SCHED_OTHER, os.sched_param(0))

    def restore(self) -> None:
        """From another thread: give it back what :meth:`lower` took."""
        if not self._is_lowered:
            return
        self._is_lowered = False
        with contextlib.suppress(OSError):
            policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(self._native_id, policy, os.sched_param(LOOP_RANK))


class Metronome:
    """Waits for deadlines to within some microseconds.

    It wakes a little early, so that waiting for the interpreter's lock is over when the deadline comes, and
    spends the rest awake.

    Args:
        period_s: Cycle time.
        clock: Monotonic clock.
        sleep: Waits.
    """

    def __init__(
        self,
        period_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.early_s = min(EARLY_S, EARLY_SHARE * period_s)
        self._clock, self._sleep = clock, sleep

    def wait(self, pause_s: float) -> None:
        """Return when that time has passed, with the interpreter's lock in hand."""
        end_s = self._clock() + pause_s
        if pause_s > self.early_s:
            self._sleep(pause_s - self.early_s)
        sys.setswitchinterval(UNDISTURBED_S)
        while self._clock() < end_s:
            pass

    @staticmethod
    def release() -> None:
        """The cycle is done: others may have the lock by turns again."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
