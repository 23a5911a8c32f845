"""Reading one piece ahead: order, overlap, and what happens to errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ems_common.ahead import read_ahead
from ems_common.errors import Unavailable

_LONG_S = 30.0


def test_the_next_piece_is_read_while_one_is_worked_on() -> None:
    began = {number: threading.Event() for number in range(3)}

    def read(piece: int) -> int:
        began[piece].set()
        return piece * 10

    seen: list[tuple[int, int]] = []
    for piece, found in read_ahead([0, 1, 2], read):
        if piece < 2:
            assert began[piece + 1].wait(_LONG_S)
        if piece == 0:
            assert not began[2].is_set()
        seen.append((piece, found))
    assert seen == [(0, 0), (1, 10), (2, 20)]


def test_a_piece_that_reads_what_another_one_writes_waits_for_it() -> None:
    done: list[str] = []
    read_after: dict[str, list[str]] = {}

    def read(piece: str) -> None:
        read_after[piece] = list(done)

    for piece, _found in read_ahead(["a1", "b1", "b2"], read, lambda one, other: one[0] != other[0]):
        done.append(piece)
    assert read_after["b2"] == ["a1", "b1"]


def test_what_reading_raises_is_raised_in_its_turn() -> None:
    def read(piece: int) -> int:
        if piece == 1:
            raise Unavailable("the database went away")
        return piece

    pieces: Iterator[tuple[int, int]] = read_ahead([0, 1, 2], read)
    assert next(pieces) == (0, 0)
    with pytest.raises(Unavailable, match="went away"):
        next(pieces)
    assert list(pieces) == []


def test_who_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    pieces = read_ahead(range(100), lambda piece: piece)
    next(pieces)
    pieces.close()
    assert threading.active_count() == before
