"""A bounded queue on disk for what must not be lost while its receiver is away.

Records are byte strings. They are appended to segment files and come back in the order in which they went
in, also after `kill -9`, a full disk or a torn last write. Delivery is at least once: after a crash, records
that were handed out but not yet :meth:`Spool.advance`-d come again, so the receiver must be able to take them
twice.

A segment is an 8-byte magic followed by records: length (4 bytes, little-endian), checksum of the payload,
payload. `position` names the segment and offset up to which everything was delivered. When the queue grows
over its limit the oldest segment is dropped, counted, and said so in the log.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal

from prometheus_client import Counter, Gauge

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.errors import BadInput

MAGIC = b"EMSSPL1\n"
MEBIBYTE = 1024 * 1024
Fsync = Literal["always", "interval", "never"]
_HEAD = struct.Struct("<II")
_POSITION = struct.Struct("<QQI")
_log = log.get(__name__)
_RECORDS = Gauge("ems_spool_records", "Records waiting in the disk spool", ["spool"])
_BYTES = Gauge("ems_spool_bytes", "Size of the disk spool on disk", ["spool"])
_DROPPED = Counter(
    "ems_spool_dropped_records", "Oldest records dropped because the spool was full", ["spool"]
)
_DAMAGED = Counter("ems_spool_damaged_bytes", "Bytes of the spool that could not be read back", ["spool"])


@dataclass(slots=True)
class _Segment:
    """One file: its number, path, size on disk [bytes] and records from `offset` on."""

    number: int
    path: Path
    size: int
    records: int


class Spool:
    """A queue of records in a folder of its own. Safe for several threads of one process.

    Args:
        folder: Made when missing. Only one process may use it at a time.
        name: Label of its metrics; the folder's name when empty.
        limit_bytes: Most it may take on disk; the oldest segment goes when it is exceeded.
        segment_bytes: Size at which a new segment begins.
        fsync: ``always`` survives a power cut, ``interval`` may then lose the last `fsync_interval_s`. All
            survive the death of the process, ``never`` too.
        fsync_interval_s: Longest time between two flushes to the disk with ``interval`` [s].
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "",
        limit_bytes: int = 1024 * MEBIBYTE,
        segment_bytes: int = 8 * MEBIBYTE,
        fsync: Fsync = "always",
        fsync_interval_s: float = 1.0,
    ) -> None:
        self.folder = folder
        self.name = name or folder.name
        self._limit_bytes = limit_bytes
        self._segment_bytes = min(segment_bytes, max(4096, limit_bytes // 4))
        self._fsync: Fsync = fsync
        self._fsync_interval_s = fsync_interval_s
        self._synced_s = monotonic_s()
        self._lock = threading.RLock()
        self._tail: FileIO | None = None
        self._offset = len(MAGIC)
        self.dropped_records = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._segments = self._recover()
        self._show()

    def append(self, payload: bytes) -> None:
        """Add a record at the end. When this returns the record survives the death of the process.

        Raises:
            BadInput: The record alone is longer than a quarter of the limit.
            OSError: The disk is full or gone; nothing was added.
        """
        record = _HEAD.pack(len(payload), _checksum(payload)) + payload
        if len(record) > max(self._segment_bytes, self._limit_bytes // 4):
            raise BadInput("is too long for the spool", self.name, f"{len(payload)} bytes")
        with self._lock:
            segment = self._writable(len(record))
            tail = self._tail
            if tail is None:
                raise BadInput("is closed", self.name)
            try:
                if tail.write(record) != len(record):
                    raise OSError(errno.ENOSPC, "the disk took only a part of the record", str(segment.path))
            except OSError:
                self._cut(segment.path, segment.size)
                raise
            segment.size += len(record)
            segment.records += 1
            self._sync(tail)
            self._make_room()
            self._show()

    def peek(self, limit_bytes: int = 4 * MEBIBYTE) -> list[bytes]:
        """The oldest records, at least one when there is any, not removed.

        Args:
            limit_bytes: Stop before the records together are longer than this.
        """
        with self._lock:
            while self._segments:
                head = self._segments[0]
                found = self._read(head, limit_bytes)
                if found or len(self._segments) == 1:
                    return found
                self._drop_head()
            return []

    def advance(self, count: int) -> None:
        """Remove the oldest `count` records: they have arrived."""
        with self._lock:
            while count > 0 and self._segments:
                head = self._segments[0]
                taken = 0
                for offset, _payload in _records(head.path, self._offset):
                    self._offset = offset
                    taken += 1
                    if taken == count:
                        break
                head.records -= taken
                count -= taken
                if head.records <= 0 or taken == 0:
                    if len(self._segments) == 1:
                        self._reset(head)
                        break
                    self._drop_head()
            self._write_position()
            self._show()

    def __len__(self) -> int:
        """Records that wait."""
        with self._lock:
            return sum(segment.records for segment in self._segments)

    @property
    def size_bytes(self) -> int:
        """What it takes on disk."""
        with self._lock:
            return sum(segment.size for segment in self._segments)

    def close(self) -> None:
        """Flush and close; the records stay."""
        with self._lock:
            if self._tail is not None:
                if self._fsync != "never":
                    os.fsync(self._tail.fileno())
                self._tail.close()
                self._tail = None

    # The parts below expect the lock to be held.

    def _recover(self) -> list[_Segment]:
        numbers = sorted(int(path.stem) for path in self.folder.glob("*.seg") if path.stem.isdigit())
        first, offset = self._read_position() or (0, len(MAGIC))
        segments: list[_Segment] = []
        for number in numbers:
            path = self._path(number)
            if number < first:
                path.unlink()
                continue
            start = offset if number == first and path.stat().st_size >= offset else len(MAGIC)
            if not segments:
                self._offset = start
            segments.append(self._check(number, path, start))
        return segments

    def _check(self, number: int, path: Path, start: int) -> _Segment:
        """Count a segment's records from `start` on and cut off a torn end."""
        size = path.stat().st_size
        end, count = min(size, start), 0
        for offset, _payload in _records(path, start):
            end, count = offset, count + 1
        if size > end or end < len(MAGIC):
            _DAMAGED.labels(self.name).inc(size - end)
            _log.warning("spool_torn_end", spool=self.name, segment=number, bytes_lost=size - end)
            self._cut(path, max(end, len(MAGIC)))
        return _Segment(number, path, max(end, len(MAGIC)), count)

    @staticmethod
    def _cut(path: Path, size: int) -> None:
        with contextlib.suppress(OSError), path.open("r+b") as file:
            file.truncate(size)
            if size == len(MAGIC):
                file.write(MAGIC)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:012d}.seg"

    def _writable(self, length: int) -> _Segment:
        last = self._segments[-1] if self._segments else None
        if last is not None and last.size + length <= max(self._segment_bytes, len(MAGIC) + length):
            if self._tail is None:
                self._tail = last.path.open("ab", buffering=0)
            return last
        self.close()
        number = last.number + 1 if last else 1
        segment = _Segment(number, self._path(number), len(MAGIC), 0)
        # Unbuffered: bytes of a record that failed must not be written later by the buffer.
        self._tail = segment.path.open("ab", buffering=0)
        self._tail.write(MAGIC)
        self._segments.append(segment)
        if last is None:
            self._offset = len(MAGIC)
        if self._fsync == "always":
            _sync_folder(self.folder)
        return segment

    def _sync(self, tail: FileIO) -> None:
        due = self._fsync == "always" or (
            self._fsync == "interval" and monotonic_s() - self._synced_s >= self._fsync_interval_s
        )
        if due:
            os.fsync(tail.fileno())
            self._synced_s = monotonic_s()

    def _make_room(self) -> None:
        while self.size_bytes > self._limit_bytes and len(self._segments) > 1:
            head = self._segments[0]
            self.dropped_records += head.records
            _DROPPED.labels(self.name).inc(head.records)
            _log.error(
                "spool_full",
                spool=self.name,
                limit_bytes=self._limit_bytes,
                dropped_records=head.records,
                advice="Raise the limit or bring the receiver back.",
            )
            self._drop_head()
            self._write_position()

    def _read(self, segment: _Segment, limit_bytes: int) -> list[bytes]:
        found: list[bytes] = []
        length = 0
        for _offset, payload in _records(segment.path, self._offset):
            length += len(payload)
            if found and length > limit_bytes:
                break
            found.append(payload)
        return found

    def _drop_head(self) -> None:
        head = self._segments.pop(0)
        head.path.unlink(missing_ok=True)
        self._offset = len(MAGIC)

    def _reset(self, last: _Segment) -> None:
        """Everything was delivered: begin anew, with a number never used before."""
        self.close()
        number = last.number + 1
        fresh = _Segment(number, self._path(number), len(MAGIC), 0)
        fresh.path.write_bytes(MAGIC)
        self._segments = [fresh]
        self._offset = len(MAGIC)
        self._write_position()
        last.path.unlink(missing_ok=True)

    def _read_position(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError, struct.error):
            segment, offset, check = _POSITION.unpack((self.folder / "position").read_bytes())
            if zlib.crc32(f"{segment}:{offset}".encode()) == check:
                return segment, offset
        return None

    def _write_position(self) -> None:
        if not self._segments:
            return
        number, offset = self._segments[0].number, self._offset
        fresh = self.folder / "position.new"
        fresh.write_bytes(_POSITION.pack(number, offset, zlib.crc32(f"{number}:{offset}".encode())))
        fresh.replace(self.folder / "position")

    def _show(self) -> None:
        _RECORDS.labels(self.name).set(len(self))
        _BYTES.labels(self.name).set(self.size_bytes)


def _records(path: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """End offset and payload of each whole record from `start` on; ends at the first that is not whole."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            return
        file.seek(start)
        offset = start
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, check = _HEAD.unpack(head)
            payload = file.read(length)
            if len(payload) != length or _checksum(payload) != check:
                return
            offset += _HEAD.size + length
            yield offset, payload


def _checksum(payload: bytes) -> int:
    """CRC-32, altered so that a stretch of zeros, as power cuts leave, is no valid empty record."""
    return zlib.crc32(payload) ^ 0x5A5A5A5A


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
