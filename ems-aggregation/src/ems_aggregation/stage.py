"""One pass of aggregation: open changes → work → replaced hours of everything they touch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Final

from ems_common import log
from ems_common.catalog.hourly import METER_FAMILIES
from ems_common.clock import utc_now
from ems_common.daemon import PassResult
from ems_common.db import Databases, Session
from ems_common.findings import store as findings
from ems_common.findings.finding import Finding
from ems_common.journal import (
    ALL,
    BEGINNING_UTC,
    JournalRow,
    Window,
    by_entity,
    consume,
    cut,
    described,
    is_open_ended,
    open_changes,
)
from ems_common.orders import give, named
from ems_common.periods import ceil_slot
from ems_common.slots import around, extents

from ems_aggregation.allocation import EntityFacts
from ems_aggregation.faults import found_in
from ems_aggregation.graph import Graph, MeterFacts
from ems_aggregation.recompute import Recomputation
from ems_aggregation.store import Configuration, load_configuration, metered
from ems_aggregation.work import Key, Work, plan

_log = log.get(__name__)
STAGES: Final = ("aggregate", "price", "carbon")
_MOST_CELLS: Final = 9_000_000
"""Meters × slots whose hours are held at once: 80 MB."""
_MOST_DAYS: Final = 366
_SHARED: Final = frozenset({"tariff", "cost_center", "energy_category", "energy_item"})
"""A change of one of these touches the things that use it."""


class Aggregation:
    """The stage that turns meter hours into energy, billing and carbon of everything.

    Args:
        dbs: The databases.
        slot_minutes: Length of a slot: 60, 30 or 15.
        tz: Zone of the tariffs' times of day.
    """

    name = "aggregation"

    def __init__(self, dbs: Databases, slot_minutes: int, tz: tzinfo) -> None:
        self._dbs = dbs
        self._minutes = slot_minutes
        self._slot = timedelta(minutes=slot_minutes)
        self._tz = tz
        self._told: frozenset[str] | None = None
        self._configuration: Configuration | None = None
        self._graph: tuple[datetime, Graph] | None = None

    def run_pass(
        self,
        progress: Callable[[str, float], None],
        tell: Callable[[Sequence[JournalRow]], None] = lambda _rows: None,
    ) -> PassResult:
        """Recompute what the journal says; see :class:`ems_common.daemon.Stage`.

        Args:
            progress: Told what is being done, and how far it is.
            tell: Told which changes the pass is about, before any of them is worked on.
        """
        with self._dbs.session("energy_db") as session:
            of_meters = open_changes(session, STAGES)
        with self._dbs.session("system_db") as session:
            of_configuration = open_changes(session, STAGES)
            if not of_meters and not of_configuration:
                return PassResult(False, {})
            configuration = load_configuration(session)
        tell((*of_meters, *of_configuration))
        recomputation = Recomputation(self._dbs, configuration, self._slot, self._tz)
        rows = 0
        configured = _configured(configuration, of_configuration)
        pieces = self._pieces(configuration, (*of_meters, *of_configuration))
        graphs = self._graphs(configuration)
        for number, (at_utc, piece) in enumerate(pieces):
            graph = graphs.get(at_utc) or graphs.setdefault(at_utc, configuration.graph(at_utc))
            ordered = piece.keys & configured
            keys = frozenset(graph.with_owners(piece.keys, ordered))
            rows += recomputation.run(
                Work(piece.window, keys),
                graph,
                partial(_tell_part, progress, number, len(pieces)),
                resum=bool(ordered),
            )
        if graphs:
            # The graph that holds now serves the next pass, too; those of the past come in great numbers.
            self._graph = max(graphs.items(), key=lambda item: item[0])
        if of_configuration or self._told is None:
            self._tell([*graphs.values(), configuration.graph(utc_now())])
        with self._dbs.session("energy_db") as session:
            consume(session, (row.id for row in of_meters))
        with self._dbs.session("system_db") as session:
            consume(session, (row.id for row in of_configuration))
        return PassResult(True, {"changes": len(of_meters) + len(of_configuration), "rows": rows})

    def _graphs(self, configuration: Configuration) -> dict[datetime, Graph]:
        """The graphs that are known, by the instant from which on they hold."""
        if self._graph is None or configuration != self._configuration:
            self._configuration, self._graph = configuration, None
            return {}
        return dict([self._graph])

    def _pieces(
        self, configuration: Configuration, rows: Iterable[JournalRow]
    ) -> list[tuple[datetime, Work]]:
        """Pieces of work, each with an instant that stands for the bindings which hold throughout it."""
        dirty = self._bounded(_dirty(configuration, rows))
        result: list[tuple[datetime, Work]] = []
        for work in plan(dirty, self._minutes, self._longest(configuration)):
            inner = [ceil_slot(at, self._minutes) for at in configuration.breakpoints(work.window)]
            edges = sorted({work.window.start_utc, *inner, work.window.end_utc})
            for start, end in itertools.pairwise(edges):
                result.append((self._epoch(configuration, start), Work(Window(start, end), work.keys)))
        return result

    def _longest(self, configuration: Configuration) -> timedelta:
        """Longest piece whose hours of meters fit into memory, of whole days."""
        days = _MOST_CELLS * self._slot / timedelta(days=1) / max(1, len(configuration.meters))
        return timedelta(days=max(1, min(_MOST_DAYS, int(days))))

    @staticmethod
    def _epoch(configuration: Configuration, start: datetime) -> datetime:
        """The last breakpoint at or before an instant: pieces with the same one share a graph."""
        whole = Window(BEGINNING_UTC, start + timedelta(microseconds=1))
        return max(configuration.breakpoints(whole), default=BEGINNING_UTC)

    def _bounded(self, dirty: Mapping[Key, list[Window]]) -> dict[Key, list[Window]]:
        """Windows without beginning or end are cut to where any meter has hours."""
        if not any(is_open_ended(window) for windows in dirty.values() for window in windows):
            return dict(dirty)
        known: list[Window] = []
        with self._dbs.session("energy_db") as session:
            for item in METER_FAMILIES:
                known += extents(session, item, metered(session, item)).values()
        whole = around(known, self._slot)
        return {key: cut(windows, whole) for key, windows in dirty.items()}

    def _tell(self, graphs: Sequence[Graph]) -> None:
        """Store what is wrong with the configuration, and log what is new of it."""
        with self._dbs.session("system_db") as session:
            found = _faults(session, graphs)
            for kind, of_kind in found.items():
                findings.replace(session, self.name, kind, of_kind)
        told = frozenset(item.sentence for of_kind in found.values() for item in of_kind)
        for sentence in sorted(told - (self._told or frozenset())):
            _log.warning("membership_fault", fault=sentence)
        self._told = told

    def explain(self) -> list[str]:
        """Open changes of this stage, one line each, and what is wrong with the configuration now."""
        lines: list[str] = []
        for database in ("energy_db", "system_db"):
            with self._dbs.session(database) as session:
                lines += described(open_changes(session, STAGES))
        with self._dbs.session("system_db") as session:
            found = _faults(session, [load_configuration(session).graph(utc_now())])
        faults = sorted({item.sentence for of_kind in found.values() for item in of_kind})
        return (lines or ["nothing is open"]) + [f"wrong: {sentence}" for sentence in faults]

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range of one thing (``space:4``, ``meter:12``) or of all as open."""
        return give(self._dbs, self.name, start_utc, end_utc, named(entity))


def _tell_part(progress: Callable[[str, float], None], number: int, pieces: int, share: float) -> None:
    """Tell that a share (0–1) of a piece is done."""
    progress("entities", (number + share) / pieces)


def _faults(session: Session, graphs: Sequence[Graph]) -> dict[str, list[Finding]]:
    return {kind: findings.named(session, found) for kind, found in found_in(graphs).items()}


def _dirty(configuration: Configuration, rows: Iterable[JournalRow]) -> dict[Key, list[Window]]:
    """(kind, id) → dirty windows; tariffs and factors are turned into what they touch."""
    result: dict[Key, list[Window]] = {}
    for (kind, key), windows in by_entity(rows).items():
        for touched in _touched(configuration, kind, key):
            result.setdefault(touched, []).extend(windows)
    return result


def _configured(configuration: Configuration, rows: Iterable[JournalRow]) -> frozenset[Key]:
    """Things whose membership or weight may have changed, not only their energy or price."""
    return frozenset(_dirty(configuration, [row for row in rows if row.change.stage == "aggregate"]))


def _touched(configuration: Configuration, kind: str, key: int) -> list[Key]:
    if key != ALL and kind not in _SHARED:
        return [(kind, key)]
    things: list[MeterFacts | EntityFacts] = [*configuration.meters, *configuration.entities]
    if kind == "tariff":
        centers = set(configuration.cost_centers_of_tariff.get(key, ()))
        return [thing.key for thing in things if thing.cost_center_id in centers or key == ALL]
    if kind == "cost_center":
        return [thing.key for thing in things if key in (ALL, thing.cost_center_id)]
    if kind == "energy_category":
        return [meter.key for meter in configuration.meters if key in (ALL, meter.category_id)]
    if kind == "energy_item":
        return [meter.key for meter in configuration.meters if key in (ALL, meter.item_id)]
    return [thing.key for thing in things if thing.key[0] == kind]
