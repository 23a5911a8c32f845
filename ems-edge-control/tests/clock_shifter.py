"""Starts the daemon with a wall clock that a test can move: `python clock_shifter.py FILE`.

FILE holds the seconds to add to the machine's clock, which a test may not touch. The monotonic clock stays.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from ems_common import clock


def shifted(file: Path) -> datetime:
    """The time of the machine and what the file says."""
    return datetime.now(UTC) + timedelta(seconds=float(file.read_text() or 0))


if __name__ == "__main__":
    clock.utc_now = partial(shifted, Path(sys.argv[1]))
    from ems_edge_control.main import main

    sys.exit(main(["run"]))
