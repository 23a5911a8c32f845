"""How late the machine itself wakes a sleeper: a bare loop on absolute deadlines, until standard input ends.

Ahead of everything else where the system allows it, so that what it sees is the machine (its timers, and on a virtual
one its neighbours) and not the program measured beside it. Its argument is the cycle [s] of the loop beside it: a stall
of nearly that length costs any loop a cycle. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time

PERIOD_S = 0.01
_COSTS_A_CYCLE = 0.9
# Above the ranks of edge control; see `ems_edge_control.realtime`.
RANK = 20


def main() -> None:
    """Sleep and note how late it got."""
    stall_s = _COSTS_A_CYCLE * float(sys.argv[1])
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(RANK))
        policy = f"fifo {RANK}"
    except OSError:
        policy = "plain"
    late_s: list[float] = []
    deadline_s = time.monotonic() + PERIOD_S
    while not select.select([sys.stdin], [], [], 0)[0]:
        time.sleep(max(0.0, deadline_s - time.monotonic()))
        now_s = time.monotonic()
        late_s.append(now_s - deadline_s)
        deadline_s = max(deadline_s + PERIOD_S, now_s)
    late_s.sort()
    p99_s = late_s[int(0.99 * (len(late_s) - 1))]
    told = {
        "policy": policy,
        "p99_ms": p99_s * 1e3,
        "max_ms": late_s[-1] * 1e3,
        "stalls": sum(late > stall_s for late in late_s),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
