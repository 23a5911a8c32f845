"""The demo's plant under the demo's control, shared by the tests of a file.

Not by those of all: it would go on for as long as there are tests, ten cycles a second.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ems_site.pytest_plugin import RunningServer

from tests.edge.edge_campus import Site, until


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, redis_server: RunningServer) -> Iterator[Site]:
    """The demo's plant under the demo's control."""
    running = Site(tmp_path_factory.mktemp("edge"), redis_server.environ)
    try:
        until(lambda: running.state().get("state") == "run", 90, "the loop runs")
        yield running
    finally:
        running.stop()
