"""Processes that an earlier run of the same site left behind, because it was killed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ems_site import processes
from ems_site.settings import Layout


def running(layout: Layout) -> list[Path]:
    """Name the pid files whose very processes still run, the supervisor's not among them."""
    files = [path for path in layout.run.glob("*.pid.json") if path != layout.supervisor_pid_file]
    files += layout.servers.glob("*/server.pid.json")
    return [path for path in sorted(files) if processes.read_pid_file(path) is not None]


def stop(layout: Layout, say: Callable[[str], None]) -> int:
    """Stop what an earlier run left: daemons first, then the servers they talk to.

    Returns:
        How many processes there were.
    """
    found = running(layout)
    if found:
        say(f"stopping {len(found)} process(es) that an earlier run left behind …")
    for is_server in (False, True):
        group = [path for path in found if (path.name == "server.pid.json") == is_server]
        with ThreadPoolExecutor(max_workers=16) as pool:
            list(pool.map(processes.stop_left_over, group, [60.0 if is_server else 15.0] * len(group)))
    return len(found)
