"""Starts the daemon with a wall clock that a test can move: `python clock_shifter.py FILE`.

FILE holds the seconds to add to the machine's clock, which a test may not touch. The monotonic clock stays.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ems_common import clock

FILE = Path(sys.argv[1])


def shifted() -> datetime:
    """The time of the machine and what the file says."""
    return datetime.now(UTC) + timedelta(seconds=float(FILE.read_text() or 0))


if __name__ == "__main__":
    clock.utc_now = shifted
    from ems_edge_control.main import main

    sys.exit(main(["run"]))
