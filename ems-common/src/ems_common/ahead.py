"""Pieces of work whose input is read one ahead: the server finds the next while this one is computed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Read = TypeVar("Read")


def always(_before: object, _after: object) -> bool:
    """Any piece may be read while any other one is worked on."""
    return True


def read_ahead(
    pieces: Sequence[Piece],
    read: Callable[[Piece], Read],
    may_overlap: Callable[[Piece, Piece], bool] = always,
) -> Generator[tuple[Piece, Read]]:
    """Each piece with what was read for it, in order.

    Args:
        pieces: The work.
        read: Reads what a piece needs; called in another thread, one piece at a time, so it takes a session
            of its own.
        may_overlap: Whether the second piece may be read before the first one is done; False where the first
            writes what the second reads.

    Yields:
        The pieces. What `read` raises is raised in their turn.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
        coming: Future[Read] | None = None
        for number, piece in enumerate(pieces):
            found = (coming or reader.submit(read, piece)).result()
            following = pieces[number + 1 : number + 2]
            coming = None
            if following and may_overlap(piece, following[0]):
                coming = reader.submit(read, following[0])
            yield piece, found
