"""Small sites for replays, and a real Modbus plant in a thread."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ems_edge_control import replay

# Helpers of these tests live beside them; the import mode of the test run does not put them on the path.
sys.path.insert(0, str(Path(__file__).parent))

from edge_plant import Plant
from edge_sites import GRID, Run, ess


@pytest.fixture
def run() -> Run:
    """Run one controller against a small site; the channels of each step."""

    def go(
        type: str,
        properties: dict[str, Any],
        steps: list[dict[str, Any]],
        *,
        components: list[dict[str, Any]] | None = None,
        others: list[dict[str, Any]] | None = None,
        **scenario: Any,
    ) -> list[dict[str, Any]]:
        controllers = [
            {"id": "ctrl0", "type": type, "priority": 10, "properties": properties},
            *(others or []),
        ]
        base = {
            "cycle_s": 1,
            "clock_start": "2026-06-01T00:00:00Z",
            "filters": "per_call",
            "components": components if components is not None else [ess(), GRID],
            "controllers": controllers,
            "steps": steps,
        }
        return [step["channels"] for step in replay.run(base | scenario)["steps"]]

    return go


@pytest.fixture
def plant() -> Iterator[Plant]:
    """A grid meter and a battery on real sockets."""
    with Plant() as running:
        yield running
