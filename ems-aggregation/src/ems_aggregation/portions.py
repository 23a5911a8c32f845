"""What a piece of work stores, in portions that fit into a transaction and into memory.

A portion names entities of one or more families in the order of their keys, so that slots are stored as the
tables are ordered, over the whole window: a server that gets them month by month splits its pages again and
again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import numpy as np
from ems_common.catalog.hourly import Family
from ems_common.db import Databases
from ems_common.slots import Grid, replace
from numpy.typing import NDArray

MOST_CELLS: Final = 40_000
"""Rows × slots of one portion, some tenths of a second; one entity alone may have more."""
_WAITING: Final = 2
Portion = list[tuple[Family, list[int]]]
Output = tuple[Family, Grid, list[int]]


def portions(
    ids: Mapping[Family, Sequence[int]], rows: Mapping[Family, NDArray[np.int64]], slots: int
) -> Iterator[Portion]:
    """Cut entities into portions.

    Args:
        ids: Of each family the entities, in order.
        rows: Of each family the entity of each row that is stored; none for those that have one row each.
        slots: Slots of a row.
    """
    portion: Portion = []
    cells = 0
    for family, members in ids.items():
        some: list[int] = []
        counts = _rows_of(members, rows.get(family))
        for member, count in zip(members, counts, strict=True):
            if cells and cells + count * slots > MOST_CELLS:
                yield [*portion, (family, some)] if some else portion
                portion, some, cells = [], [], 0
            some.append(member)
            cells += count * slots
        if some:
            portion.append((family, some))
    if portion:
        yield portion


def _rows_of(members: Sequence[int], rows: NDArray[np.int64] | None) -> list[int]:
    """How many rows each entity has, at least one."""
    if rows is None:
        return [1] * len(members)
    ordered = np.sort(rows)
    first, last = (np.searchsorted(ordered, members, side=side) for side in ("left", "right"))
    counts: list[int] = np.maximum(last - first, 1).tolist()
    return counts


class Stores:
    """Stores portions, in each database one after the other, while the next ones are computed.

    Args:
        dbs: The databases.
        parts: Of each way to split a family its categories or items; none where any may be stored.
        resum: Whether sums of days are made anew even where nothing changes.
    """

    def __init__(self, dbs: Databases, parts: Mapping[str, Collection[int]] | None, *, resum: bool) -> None:
        self._dbs, self._parts, self._resum = dbs, parts, resum
        self._workers: dict[str, ThreadPoolExecutor] = {}
        self._waiting: dict[str, list[Future[int]]] = {}
        self._stack = ExitStack()
        self.rows = 0

    def __enter__(self) -> Stores:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def put(self, database: str, outputs: Sequence[Output]) -> None:
        """Have outputs stored in one transaction; waits while too many are on their way.

        Raises:
            Unavailable: A database went away.
        """
        if not outputs:
            return
        if database not in self._workers:
            worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=database)
            self._workers[database] = self._stack.enter_context(worker)
        waiting = self._waiting.setdefault(database, [])
        while len(waiting) >= _WAITING:
            self.rows += waiting.pop(0).result()
        waiting.append(self._workers[database].submit(self._store, database, outputs))

    def finish(self, beat: Callable[[], None]) -> int:
        """Wait for all; returns how many rows were written and deleted.

        Args:
            beat: Called between two portions; it may end the pass.

        Raises:
            Unavailable: A database went away.
        """
        for waiting in self._waiting.values():
            while waiting:
                self.rows += waiting.pop(0).result()
                beat()
        return self.rows

    def _store(self, database: str, outputs: Sequence[Output]) -> int:
        with self._dbs.session(database) as session:
            done = [
                replace(
                    session,
                    item,
                    grid,
                    ids=ids,
                    parts=None if self._parts is None else self._parts[item.split],
                    resum=self._resum,
                )
                for item, grid, ids in outputs
            ]
        return sum(one.written + one.deleted for one in done)
