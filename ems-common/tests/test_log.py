"""Log lines on a disk that is full."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from ems_common.log import Forgiving


def test_a_full_disk_costs_lines_but_is_no_error_and_is_told_later(tmp_path: Path) -> None:
    with open("/dev/full", "wb", buffering=0) as device:
        full = io.TextIOWrapper(cast("io.BufferedWriter", device), write_through=True)
        stream = Forgiving(full)
        for _ in range(3):
            assert stream.write("a line\n") == 7
            stream.flush()
        assert stream.lost == 3
        full.detach()
    path = tmp_path / "log"
    with path.open("w") as free:
        stream._stream = free
        stream.write("again\n")
    assert path.read_text() == "3 log lines could not be written\nagain\n"
    assert stream.lost == 0
