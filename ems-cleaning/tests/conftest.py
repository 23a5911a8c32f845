"""Makes the helpers of this folder importable, and gives its tests a plant."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from plant import Plant


@pytest.fixture(scope="module")
def site(fresh_database_module) -> Iterator[Plant]:
    plant = Plant(fresh_database_module.environ)
    yield plant
    plant.dbs.close()


@pytest.fixture
def plant(site: Plant) -> Plant:
    site.wipe()
    return site
