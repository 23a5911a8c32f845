"""What a supervisor is doing, in a file that `up`, `status` and the tests read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

STARTING, READY, STOPPING, STOPPED, FAILED = "starting", "ready", "stopping", "stopped", "failed"


@dataclass
class State:
    """A supervisor's state.

    Attributes:
        phase: One of the constants of this module.
        message: Why, when it failed.
        url: Address of the site.
        ports: Chosen ports by name.
        processes: Per process: pid and number of restarts.
        seconds: How long it took to become ready [s].
    """

    phase: str = STARTING
    message: str = ""
    url: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        """Store it atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        temporary.replace(path)


def read(path: Path) -> State | None:
    """Read a stored state; None when there is none or it is not readable."""
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
