"""What holds for every test: no deadline for properties, and which tests are looked at a second time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long a step takes is no verdict.
settings.register_profile("ems", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ems")

# These watch a page, a loop or a daemon against the real clock, on a machine whose cores run other tests too.
# One that fails is seen a second time, which the summary says ("rerun"); everything else fails at once.
AGAINST_THE_CLOCK = (
    "tests/browser",
    "tests/edge",
    "tests/pipeline/test_unattended.py",
    "tests/site/test_recovery.py",
    "ems-api/tests/test_live.py",
    "ems-edge-control/tests/test_daemon.py",
    "ems-edge-control/tests/test_endurance.py",
    "ems-edge-control/tests/test_faults.py",
    "ems-edge-control/tests/test_isolation.py",
    "ems-edge-control/tests/test_outage.py",
    "ems-edge-control/tests/test_realtime.py",
    "tools/simulator/tests/test_live.py",
)
ROOT = Path(__file__).parent


@pytest.fixture(autouse=True)
def plain_rank() -> Iterator[None]:
    """Take back the niceness that a control loop gave the thread it ran in: that runs the next tests, too."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    yield
    if os.getpriority(os.PRIO_PROCESS, 0) != before:
        os.setpriority(os.PRIO_PROCESS, 0, before)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what is bound to the clock be run once more when it fails."""
    watched = tuple(ROOT / place for place in AGAINST_THE_CLOCK)
    for item in items:
        if any(item.path == place or place in item.path.parents for place in watched):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
