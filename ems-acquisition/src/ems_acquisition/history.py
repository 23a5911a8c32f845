"""History files: parsing and checking.

A file is CSV, plain or gzip, with the header ``point_id,utc_date_time,actual_value``; times are UTC without
a zone. Good files are parsed column by column; a block with a fault is parsed again line by line, so that
every refused row is named with its line and reason while the others go in.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Final, cast

import numpy as np
from ems_common.errors import BadInput
from ems_common.readings import Columns
from numpy.typing import NDArray

HEADER: Final = b"point_id,utc_date_time,actual_value"
BLOCK_BYTES: Final = 8 * 1024 * 1024
MOST_EXAMPLES: Final = 5
LARGEST: Final = 999_999_999_999_999.0
_EARLIEST = np.datetime64("2000-01-01T00:00:00", "ms")


@dataclass(slots=True)
class Refusals:
    """Rows that were refused: count by reason, and the first few of each as examples."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, line: int, text: str, count: int = 1) -> None:
        """Note `count` rows with this reason; `line` and `text` are those of one of them."""
        self.counts[reason] = self.counts.get(reason, 0) + count
        shown = self.examples.setdefault(reason, [])
        if len(shown) < MOST_EXAMPLES:
            shown.append(f"line {line}: {text[:80]}")

    @property
    def total(self) -> int:
        """All refused rows."""
        return sum(self.counts.values())


def blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Whole lines of a file in blocks, each with the number of its first line.

    Raises:
        BadInput: The file cannot be read, or its header is another one.
    """
    try:
        with path.open("rb") as raw:
            magic = raw.read(2)
        with cast("BufferedReader", gzip.open(path) if magic == b"\x1f\x8b" else path.open("rb")) as file:
            header = file.readline().strip().removeprefix(b"\xef\xbb\xbf")
            if header.replace(b" ", b"").lower() != HEADER:
                raise BadInput(
                    "does not begin with " + HEADER.decode(), str(path), header[:80].decode("latin-1")
                )
            yield from _whole_lines(file)
    except (OSError, EOFError, zlib.error) as ex:
        raise BadInput(f"cannot be read: {ex}", str(path)) from ex


def _whole_lines(file: BufferedReader) -> Iterator[tuple[int, bytes]]:
    line, rest = 2, b""
    while block := file.read(BLOCK_BYTES):
        block = rest + block
        end = block.rfind(b"\n") + 1
        rest = block[end:]
        if end:
            yield line, block[:end]
            line += block.count(b"\n", 0, end)
    if rest.strip():
        yield line, rest + b"\n"


def parse(block: bytes, first_line: int, limit_utc: datetime, refusals: Refusals) -> Columns:
    """The readings of a block; what is refused is noted.

    Args:
        block: Whole lines.
        first_line: Number of the first one.
        limit_utc: Readings after this are from the future.
        refusals: Takes the refused rows.
    """
    columns = _parse_fast(block)
    if columns is None:
        return _parse_lines(block, first_line, limit_utc, refusals)
    limit_ms = int(limit_utc.timestamp() * 1000)
    good = (
        (columns.time_ms <= limit_ms)
        & (columns.time_ms >= _EARLIEST.astype(np.int64))
        & (np.abs(columns.value) <= LARGEST)  # false for nan
    )
    return columns if good.all() else _parse_lines(block, first_line, limit_utc, refusals)


def _parse_fast(block: bytes) -> Columns | None:
    """All fields at once, or None when any of them is not as expected."""
    if b"\r" in block:
        block = block.replace(b"\r", b"")
    fields = block.replace(b"\n", b",").split(b",")
    if len(fields) % 3 != 1 or block.count(b",") != 2 * block.count(b"\n"):
        return None
    time_ms = parse_times(np.array(fields[1:-1:3]))
    if time_ms is None:
        return None
    try:
        point_id = np.array(list(map(int, fields[0:-1:3])), np.int64)
        value = np.array(list(map(float, fields[2:-1:3])), np.float64)
    except (ValueError, OverflowError):
        return None
    return Columns(point_id, time_ms, value)


def parse_times(texts: NDArray[np.bytes_]) -> NDArray[np.int64] | None:
    """Milliseconds since 1970 of ``YYYY-MM-DDTHH:MM:SS[.mmm]``, all of one length; None when any is not so.

    A hundred times faster than parsing them one by one: the digits are columns of a byte matrix.

    >>> parse_times(np.array([b"1970-01-02T00:00:01"])).tolist()
    [86401000]
    >>> parse_times(np.array([b"1970-02-30T00:00:00"])) is None
    True
    """
    width = texts.dtype.itemsize
    if width not in (19, 23) or texts.dtype.kind != "S":
        return None
    bytes_ = texts.view(np.uint8).reshape(-1, width).T
    marks = {4: b"-", 7: b"-", 10: b"T ", 13: b":", 16: b":"} | ({19: b"."} if width == 23 else {})
    if not all(np.isin(bytes_[place], list(allowed)).all() for place, allowed in marks.items()):
        return None
    digits = np.delete(bytes_, list(marks), axis=0).astype(np.int64) - ord("0")
    if not ((digits >= 0) & (digits <= 9)).all():
        return None
    year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3]
    month, day, hour, minute, second = (digits[n] * 10 + digits[n + 1] for n in range(4, 14, 2))
    months = (year - 1970) * 12 + month - 1
    first = months.view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    after = (months + 1).view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    valid = (month >= 1) & (month <= 12) & (day >= 1) & (day <= after - first)
    if not (valid & (hour < 24) & (minute < 60) & (second < 60)).all():
        return None
    seconds = (first + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
    fraction = digits[14] * 100 + digits[15] * 10 + digits[16] if width == 23 else 0
    return np.asarray(seconds * 1000 + fraction, dtype=np.int64)


def _parse_lines(block: bytes, first_line: int, limit_utc: datetime, refusals: Refusals) -> Columns:
    ids: list[int] = []
    times: list[int] = []
    values: list[float] = []
    latest_ms = int(limit_utc.timestamp() * 1000)
    for number, raw in enumerate(block.decode("utf-8", "replace").splitlines(), first_line):
        text = raw.strip()
        if not text:
            continue
        parsed = _parse_line(text, latest_ms)
        if isinstance(parsed, str):
            refusals.add(parsed, number, text)
        else:
            ids.append(parsed[0])
            times.append(parsed[1])
            values.append(parsed[2])
    return Columns(np.array(ids, np.int64), np.array(times, np.int64), np.array(values, np.float64))


def _parse_line(text: str, latest_ms: int) -> tuple[int, int, float] | str:
    """Point, time and value of a line, or why it is refused."""
    parts = text.split(",")
    if len(parts) != 3:
        return "not three columns"
    try:
        point_id = int(parts[0])
    except ValueError:
        return "bad point id"
    try:
        value = float(parts[2])
    except ValueError:
        return "bad number"
    if not math.isfinite(value) or abs(value) > LARGEST:
        return "bad number"
    try:
        moment = np.datetime64(datetime.fromisoformat(parts[1].strip()).replace(tzinfo=None), "ms")
    except ValueError:
        return "bad date"
    if moment < _EARLIEST or "+" in parts[1] or parts[1].rstrip().endswith("Z"):
        return "bad date"
    time_ms = int(moment.astype(np.int64))
    return "in the future" if time_ms > latest_ms else (point_id, time_ms, value)


def drop_unknown(
    columns: Columns, known: Collection[int], first_line: int, refusals: Refusals, reason: str
) -> Columns:
    """The readings of known points; the others are noted, one example for each point."""
    ids, inverse, counts = np.unique(columns.point_id, return_inverse=True, return_counts=True)
    unknown = [n for n, point_id in enumerate(ids.tolist()) if point_id not in known]
    if not unknown:
        return columns
    for n in unknown:
        refusals.add(reason, first_line, f"point {ids[n]}", int(counts[n]))
    return columns.take(np.flatnonzero(~np.isin(inverse, unknown)))
