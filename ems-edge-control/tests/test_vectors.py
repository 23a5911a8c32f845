"""Independent vectors through the replay: what other systems' own tests expect of the same inputs.

Each file under `vectors/` is a list of scenarios in the per-call mode. A step gives inputs (`in`), the time
since the one before (`after_s`, else the cycle time), how often it is repeated (`times`), bounds that come
before the controllers (`constraints`) and what must come out (`out`); null means that nothing is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ems_edge_control import replay

FOLDER = Path(__file__).parent / "vectors"
VECTORS = [
    pytest.param(vector, id=f"{file.stem}: {vector['name']}")
    for file in sorted(FOLDER.glob("*.yaml"))
    for vector in yaml.safe_load(file.read_text(encoding="utf-8"))
]


def scenario(vector: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in vector.items() if k not in {"name", "steps"}}
    steps = []
    for step in vector["steps"]:
        made: dict[str, Any] = {"inputs": step.get("in", {}), "repeat": step.get("times", 1)}
        if "constraints" in step:
            made["constraints"] = step["constraints"]
        if "after_s" in step:
            made["advance_s"] = step["after_s"]
        steps.append(made)
    base = {"cycle_s": 1, "clock_start": "2026-06-01T00:00:00Z", "filters": "per_call"}
    return base | kept | {"steps": steps}


@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_gives_what_is_expected(vector: dict[str, Any]) -> None:
    answer = replay.run(scenario(vector))
    assert answer["ignored"] == []
    found, wanted = [], []
    for number, (step, shown) in enumerate(zip(vector["steps"], answer["steps"], strict=True)):
        for address, value in step.get("out", {}).items():
            wanted.append((number, address, value))
            found.append((number, address, shown["channels"].get(address)))
    assert wanted
    assert found == wanted
