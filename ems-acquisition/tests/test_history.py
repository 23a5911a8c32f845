from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from ems_acquisition import history
from ems_acquisition.history import HEADER, Refusals
from ems_acquisition.importer import units
from ems_common.errors import BadInput
from ems_common.readings import Columns, Kind
from hypothesis import given
from hypothesis import strategies as st

LIMIT_UTC = datetime(2026, 6, 1, tzinfo=UTC)


def parsed(text: str) -> tuple[list[tuple[int, str, float]], Refusals]:
    refusals = Refusals()
    found = history.parse(text.encode(), 2, LIMIT_UTC, refusals)
    times = np.datetime_as_string(found.time_ms.view("datetime64[ms]"), unit="s").tolist()
    return list(zip(found.point_id.tolist(), times, found.value.tolist(), strict=True)), refusals


def test_good_rows_are_read() -> None:
    rows, refusals = parsed("3,2026-01-02T03:04:05,12.5\n4,2025-12-31T23:59:59,-7\n")
    assert rows == [(3, "2026-01-02T03:04:05", 12.5), (4, "2025-12-31T23:59:59", -7.0)]
    assert refusals.total == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,2026-01-01T00:00:00,1", "bad point id"),
        ("1,2026-02-30T00:00:00,1", "bad date"),
        ("1,2026-01-01T24:00:00,1", "bad date"),
        ("1,yesterday,1", "bad date"),
        ("1,2026-01-01T00:00:00+02:00,1", "bad date"),
        ("1,1970-01-01T00:00:00,1", "bad date"),
        ("1,2026-01-01T00:00:00,abc", "bad number"),
        ("1,2026-01-01T00:00:00,nan", "bad number"),
        ("1,2026-01-01T00:00:00,inf", "bad number"),
        ("1,2026-01-01T00:00:00,1e16", "bad number"),
        ("1,2027-01-01T00:00:00,1", "in the future"),
        ("1,2026-01-01T00:00:00", "not three columns"),
        ("1,2026-01-01T00:00:00,1,2", "not three columns"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_go_in(line: str, reason: str) -> None:
    good = "5,2026-01-01T00:00:00,1.5\n"
    rows, refusals = parsed(good + line + "\n" + good.replace("5,2026", "6,2026"))
    assert [row[0] for row in rows] == [5, 6]
    assert refusals.counts == {reason: 1}
    assert refusals.examples[reason] == [f"line 3: {line}"]


def test_other_line_ends_and_spaces_and_fractions_are_taken() -> None:
    rows, refusals = parsed("1,2026-01-01T00:00:00,1\r\n\r\n 2 , 2026-01-01 00:00:01.250 , 2 \r\n")
    assert [row[0] for row in rows] == [1, 2]
    assert refusals.total == 0


def test_files_are_read_in_whole_lines_plain_or_compressed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(history, "BLOCK_BYTES", 100)
    lines = [f"{n},2026-01-01T00:00:{n:02d},{n}\n" for n in range(50)]
    text = (HEADER.decode() + "\n" + "".join(lines)).rstrip("\n").encode()
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text))
    for path in (plain, packed):
        blocks = list(history.blocks(path))
        assert len(blocks) > 5
        assert b"".join(block for _, block in blocks).decode() == "".join(lines)
        for number, block in blocks:
            assert block.startswith(f"{number - 2},".encode())


SPOILT = bytearray(gzip.compress(HEADER + b"\n" + b"1,2026-01-01T00:00:00,1\n" * 1000))
SPOILT[20:24] = b"\xff\xff\xff\xff"


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\x1f\x8bnot gzip at all", bytes(SPOILT)])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        list(history.blocks(path))


def test_a_cut_off_archive_is_refused_after_what_was_whole(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(history, "BLOCK_BYTES", 1000)
    rng = np.random.default_rng(1)
    lines = "".join(f"1,2026-01-01T00:00:00,{value}\n" for value in rng.random(5000))
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(HEADER + b"\n" + lines.encode())[:-4000])
    seen: list[int] = []
    with pytest.raises(BadInput, match="cannot be read"):
        seen.extend(block.count(b"\n") for _, block in history.blocks(path))
    assert sum(seen) > 1000


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99), st.integers(946_684_800, 1_780_000_000), st.floats(-1e9, 1e9, width=32)
        ),
        min_size=1,
        max_size=50,
    )
)
def test_columnwise_and_linewise_parsing_agree(rows) -> None:
    text = "".join(
        f"{p},{datetime.fromtimestamp(t, UTC):%Y-%m-%dT%H:%M:%S},{v!r}\n" for p, t, v in rows
    ).encode()
    fast = history._parse_fast(text)
    assert fast is not None
    slow = history._parse_lines(text, 2, LIMIT_UTC, Refusals())
    assert fast.point_id.tolist() == slow.point_id.tolist()
    assert fast.time_ms.tolist() == slow.time_ms.tolist() == [t * 1000 for _, t, _ in rows]
    assert fast.value.tolist() == slow.value.tolist()


@given(sizes=st.lists(st.integers(1, 90_000), min_size=1, max_size=6), digital=st.sets(st.integers(0, 5)))
def test_units_hold_every_row_once_and_never_two_kinds(sizes: list[int], digital: set[int]) -> None:
    kinds = {n: Kind.DIGITAL if n in digital else Kind.ENERGY for n in range(6)}
    ids = np.repeat(np.arange(len(sizes)), sizes).astype(np.int64)
    whole = Columns(ids, np.arange(len(ids), dtype=np.int64), np.ones(len(ids)))
    found = list(units(whole, kinds))
    assert np.concatenate([part.time_ms for _, part in found]).tolist() == whole.time_ms.tolist()
    for kind, part in found:
        assert {kinds[key] for key in np.unique(part.point_id).tolist()} == {kind}
