"""What holds for every test: no deadline for properties, who runs what and when, what is looked at again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

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

# Of several workers one runs all tests of a file, so that its databases, programs and accounts are made once.
SINGLY = ("tests/browser/test_looks.py",)
"""Its tests are long and share only the site, which all workers have: each goes to whoever is free."""
TOGETHER = ("tests/edge/",)
"""Folders whose files one worker runs: their programs speak over the same keys of one Redis."""
FIRST = ("tests/faults", "tests/site/test_recovery.py")
"""Single tests so long that they must not be left for the end."""
LAST = ("tests/browser",)
"""They need the demo site, whose programs run from the first of them to the end of all tests."""


@pytest.fixture(autouse=True)
def plain_rank() -> Iterator[None]:
    """Take back the niceness that a control loop gave the thread it ran in: that runs the next tests, too."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    yield
    if os.getpriority(os.PRIO_PROCESS, 0) != before:
        os.setpriority(os.PRIO_PROCESS, 0, before)


def _is_in(item: pytest.Item, places: tuple[str, ...]) -> bool:
    return any(item.path == ROOT / place or ROOT / place in item.path.parents for place in places)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put all tests in order, and let what is bound to the clock be run once more when it fails."""
    for item in items:
        if _is_in(item, AGAINST_THE_CLOCK):
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
    items.sort(key=lambda item: (not _is_in(item, FIRST), _is_in(item, LAST)))


class ByFile(LoadScopeScheduling):
    """Gives each worker the tests of a file together, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        folder = next((place for place in TOGETHER if nodeid.startswith(place)), "")
        return folder or (nodeid if nodeid.startswith(SINGLY) else nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Share the tests out by file, unless another way was asked for."""
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return ByFile(config, log)
