from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ems_common.errors import BadInput
from ems_common.spool import MAGIC, Spool
from hypothesis import given, settings
from hypothesis import strategies as st


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [f"record {n}".encode() for n in range(start, start + count)]


def drain(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while part := spool.peek(limit_bytes=100):
        found += part
        spool.advance(len(part))
    return found


def test_records_come_back_in_order_over_segments_and_restarts(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", segment_bytes=4096, limit_bytes=1_000_000)
    for record in numbered(1000):
        spool.append(record)
    assert len(list((tmp_path / "s").glob("*.seg"))) > 3
    assert spool.peek() == spool.peek()
    spool.advance(250)
    spool.close()
    again = Spool(tmp_path / "s")
    assert len(again) == 750
    again.append(b"last")
    assert drain(again) == [*numbered(750, 250), b"last"]
    assert len(again) == 0
    assert again.peek() == []
    again.append(b"after")
    again.close()
    assert drain(Spool(tmp_path / "s")) == [b"after"]


def test_a_torn_end_is_cut_off_and_what_was_whole_stays(tmp_path: Path, capsys) -> None:
    spool = Spool(tmp_path / "s")
    for record in numbered(3):
        spool.append(record)
    spool.close()
    segment = next((tmp_path / "s").glob("*.seg"))
    data = segment.read_bytes()
    segment.write_bytes(data[:-3])
    again = Spool(tmp_path / "s")
    assert len(again) == 2
    again.append(b"new")
    assert drain(again) == [*numbered(2), b"new"]
    printed = capsys.readouterr()
    assert "spool_torn_end" in printed.out + printed.err


@pytest.mark.parametrize("position", [len(MAGIC) + 3, len(MAGIC) + 12, -2])
def test_a_damaged_byte_is_noticed(tmp_path: Path, position: int) -> None:
    spool = Spool(tmp_path / "s")
    for record in numbered(3):
        spool.append(record)
    spool.close()
    segment = next((tmp_path / "s").glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[position] ^= 0xFF
    segment.write_bytes(data)
    again = Spool(tmp_path / "s")
    found = drain(again)
    assert found == numbered(3)[: len(found)]
    again.append(b"new")
    assert drain(again) == [b"new"]


@pytest.mark.parametrize("rubbish", [b"", b"abc", b"\0" * 20])
def test_rubbish_in_the_files_does_not_stop_the_start(tmp_path: Path, rubbish: bytes) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "000000000001.seg").write_bytes(rubbish)
    (folder / "position").write_bytes(rubbish)
    spool = Spool(folder)
    spool.append(b"x")
    assert drain(spool) == [b"x"]


def test_over_the_limit_the_oldest_go_and_are_counted(tmp_path: Path, capsys) -> None:
    spool = Spool(tmp_path / "s", limit_bytes=20_000)
    payloads = [bytes([n % 256]) * 500 for n in range(100)]
    for payload in payloads:
        spool.append(payload)
    assert spool.size_bytes <= 20_000
    kept = drain(spool)
    assert kept == payloads[-len(kept) :]
    assert spool.dropped_records == len(payloads) - len(kept) > 0
    printed = capsys.readouterr()
    assert "spool_full" in printed.out + printed.err


def test_a_record_longer_than_the_spool_allows_is_refused(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s", limit_bytes=20_000)
    with pytest.raises(BadInput):
        spool.append(b"x" * 10_000)
    assert len(spool) == 0


def test_a_disk_that_is_full_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s")
    spool.append(b"one")
    # A limit of the process on file size is the nearest thing to a full disk without a disk of our own.
    size = spool.size_bytes
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
    try:
        with pytest.raises(OSError):  # noqa: PT011
            spool.append(b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    spool.append(b"two")
    spool.close()
    assert drain(Spool(tmp_path / "s")) == [b"one", b"two"]


WRITER = """
import sys
from pathlib import Path
from ems_common import log
from ems_common.settings import load
from ems_common.spool import Spool
log.setup("writer", load(log.LogSettings, {}))
spool = Spool(Path(sys.argv[1]), segment_bytes=4096, limit_bytes=100_000_000, fsync="never")
start = int(sys.argv[2])
for n in range(start, start + 1_000_000):
    spool.append(str(n).encode())
    print(n, flush=True)
    if n % 7 == 0:
        part = spool.peek(20)
        spool.advance(len(part))
        print("took", *[p.decode() for p in part], flush=True)
"""


def test_after_kill_9_nothing_that_was_accepted_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    accepted: set[int] = set()
    taken: set[int] = set()
    seed = random.Random(4)
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(max(accepted, default=-1) + 100)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        accepted.add(int(process.stdout.readline()))  # it has begun
        time.sleep(0.1 + seed.random() * 0.4)
        os.kill(process.pid, signal.SIGKILL)
        for line in process.stdout:
            words = line.split()
            if line.endswith("\n") and words and words[0] == "took":
                taken.update(int(word) for word in words[1:])
            elif line.endswith("\n"):
                accepted.add(int(words[0]))
        process.wait()
        process.stdout.close()
    left = [int(record) for record in drain(Spool(folder))]
    assert left == sorted(left)
    # One record may have been taken in the moment of each kill, before it was printed.
    assert len(accepted - taken - set(left)) <= 4 * 10
    assert len(accepted) >= 4


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(0, 3000)),
            st.tuples(st.just("take"), st.integers(1, 9)),
            st.tuples(st.just("restart"), st.just(0)),
        ),
        max_size=60,
    )
)
def test_any_use_behaves_like_a_list(tmp_path_factory, steps) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool, model, counter = Spool(folder, segment_bytes=4096), [], 0
    for action, number in steps:
        if action == "append":
            payload = counter.to_bytes(4, "little") + b"x" * number
            counter += 1
            spool.append(payload)
            model.append(payload)
        elif action == "take":
            part = spool.peek(1_000_000)[:number]
            assert part == model[: len(part)]
            assert part or not model
            spool.advance(len(part))
            del model[: len(part)]
        else:
            spool.close()
            spool = Spool(folder, segment_bytes=4096)
        assert len(spool) == len(model)
    assert drain(spool) == model
