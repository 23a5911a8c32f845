"""The demo's plant, for all tests of the simulator."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from ems_simulator import declaration
from ems_simulator.plant import Plant
from ems_simulator.profiles import ProfileBank

from tools.simulator.tests.live_plant import Running, environ_of, free_span

SITE = Path(__file__).parents[3] / "database" / "demo"
WEDNESDAY_NOON_S = datetime(2026, 6, 17, 12, tzinfo=UTC).timestamp()


@pytest.fixture(scope="session")
def declared():
    return declaration.load(SITE)


@pytest.fixture(scope="session")
def bank(declared):
    return ProfileBank(declared)


@pytest.fixture
def plant(declared, bank):
    return Plant(declared, bank, None, WEDNESDAY_NOON_S)


@pytest.fixture(scope="module")
def running(mosquitto, tmp_path_factory):
    """The plant over real sockets. Not for the whole run: it would go on for as long as there are tests."""
    plant = Running(environ_of(tmp_path_factory.mktemp("var"), mosquitto, free_span()))
    yield plant
    plant.close()
