"""Bindings to sparse matrices: how much of each meter every entity counts.

For one flow of one kind of entity, membership is a matrix of entities × columns. It is composed along the
catalog: an entity's own counted meters, plus the rows of its counted members times their share, down to the
leaves; spaces add their child spaces level by level. Splitting by energy category or item only groups the
columns, so the energy of all entities in a window is one sparse product.

The columns are the meters, and behind them one for each part of a meter that an owner gets by consumption:
how much that is differs from slot to slot, so its energy is computed first (`compute.with_parts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ems_common.catalog.bindings import SHARE
from ems_common.catalog.entities import BY_KIND, ENTITIES, INPUT, OUTPUT
from ems_common.catalog.hourly import CATEGORY, ENTITY_FAMILIES, Family
from ems_common.findings.finding import Finding, Phrase, Thing, phrase
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from ems_aggregation.allocation import (
    Division,
    Edge,
    EntityFacts,
    EntityKey,
    Matrix,
    MeterKey,
    PartColumn,
    Weighing,
    divide,
)

Memberships = dict[tuple[str, str], Matrix]
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """What aggregation needs to know of a meter of any kind.

    Attributes:
        key: (kind, id).
        category_id: Its energy category.
        item_id: Its energy item, or 0.
        cost_center_id: Where its cost is booked.
        is_counted: Whether its energy counts for those it is bound to.
    """

    key: MeterKey
    category_id: int
    item_id: int
    cost_center_id: int
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of one hourly family: ``value[rows] = matrix @ energy[columns]``.

    Attributes:
        keys: (entity id, category or item id) of each row, shape ``(n_rows, 2)``, ascending.
        matrix: Shape ``(n_rows, n_columns)``.
    """

    keys: NDArray[np.int64]
    matrix: Matrix


class Graph:
    """The membership of everything in everything at one time.

    Args:
        meters: All meters; their order is the order of the first columns of the matrices.
        entities: All entities.
        edges: All bindings that hold at the time.
    """

    def __init__(
        self, meters: Sequence[MeterFacts], entities: Iterable[EntityFacts], edges: Iterable[Edge]
    ) -> None:
        self.meters = tuple(meters)
        self.column = {meter.key: index for index, meter in enumerate(self.meters)}
        self.entities = {entity.key: entity for entity in entities}
        self.edges = tuple(edges)
        self._divided = divide(self.edges, self.entities)
        self.faults: list[Finding] = list(self._divided.faults)
        self.parts: list[PartColumn] = []
        self.weighings: list[Weighing] = []
        self._weighing_of: dict[tuple[int, int], int] = {}
        self._rows = {
            kind.kind: sorted(key for of_kind, key in self.entities if of_kind == kind.kind)
            for kind in ENTITIES
            if not kind.is_meter
        }
        self._position = {
            kind: {key: index for index, key in enumerate(keys)} for kind, keys in self._rows.items()
        }

    def with_owners(self, keys: Iterable[EntityKey], configured: Iterable[EntityKey] = ()) -> set[EntityKey]:
        """The given meters and entities, and everything whose energy is made of them.

        Args:
            keys: Of which energy changed.
            configured: Of which the configuration changed: with an owner that has another weight now, those
                change that divide something with it.
        """
        result: set[EntityKey] = set()
        waiting = [(key, False) for key in keys] + [(key, True) for key in configured]
        seen: set[tuple[EntityKey, bool]] = set()
        while waiting:
            key, is_configured = waiting.pop()
            if (key, is_configured) in seen:
                continue
            seen.add((key, is_configured))
            result.add(key)
            waiting += [(owner, is_configured) for owner in self._owners.get(key, ())]
            waiting += [(owner, is_configured) for owner in self._weighed_by.get(key, ())]
            if is_configured:
                waiting += [(owner, True) for group in self._divided.siblings.get(key, ()) for owner in group]
        return result

    @cached_property
    def _owners(self) -> dict[EntityKey, list[EntityKey]]:
        result: dict[EntityKey, list[EntityKey]] = {}
        for edge in self.edges:
            result.setdefault(edge.member, []).append(edge.owner)
        return result

    @cached_property
    def _weighed_by(self) -> dict[EntityKey, set[EntityKey]]:
        """Meter whose consumption weighs → the owners whose parts depend on it."""
        result: dict[EntityKey, set[EntityKey]] = {}
        for division in self._divided.divisions:
            owners = {edge.owner for edge in division.edges}
            references = [self._reference(edge) for edge in division.edges]
            for column in {int(index) for row in references for index in row.indices}:
                result.setdefault(self.meters[column].key, set()).update(owners)
        return result

    @cached_property
    def splits(self) -> dict[Family, Split]:
        """The rows of every hourly family of entities."""
        narrow = self._memberships(self._divided.fixed, self._divided.divisions)
        by_flow = {key: _widened(matrix, self.n_columns) for key, matrix in narrow.items()}
        return {item: self._split(by_flow[item.kind, item.flow], item) for item in ENTITY_FAMILIES}

    @property
    def n_columns(self) -> int:
        """Meters, and parts of them."""
        return len(self.meters) + len(self.parts)

    def meters_behind(self, columns: Iterable[int]) -> set[int]:
        """The meters from which the energy of some columns is computed."""
        result: set[int] = set()
        waiting = list(columns)
        while waiting:
            column = waiting.pop()
            if column < len(self.meters):
                result.add(column)
                continue
            part = self.parts[column - len(self.meters)]
            waiting.append(part.base)
            result |= {int(index) for index in self.weighings[part.weighing].references.indices}
        return result

    def _memberships(self, edges: Sequence[Edge], divisions: Sequence[Division]) -> Memberships:
        result: Memberships = {}
        for kind in ENTITIES:
            for flow in kind.flows:
                result[kind.kind, flow] = self._membership(kind.kind, flow, edges, divisions, result)
        return result

    def _membership(
        self,
        kind: str,
        flow: str,
        edges: Sequence[Edge],
        divisions: Sequence[Division],
        known: Memberships,
    ) -> Matrix:
        result = self._direct_meters(kind, flow, edges)
        for member_kind in dict.fromkeys(
            member.kind for member in BY_KIND[kind].members if member.flow == flow
        ):
            if not BY_KIND[member_kind].is_meter and member_kind != kind:
                parts = self._parts(kind, member_kind, flow, edges)
                result = _sum(result, parts @ known[member_kind, flow])
        for number, division in enumerate(divisions):
            if division.flow == flow:
                result = _sum(result, self._divided_parts(kind, number, division, known))
        if any(member.kind == kind for member in BY_KIND[kind].members):
            result = self._with_children(kind, flow, edges, result)
        return sparse.csr_array(result)

    def _direct_meters(self, kind: str, flow: str, edges: Sequence[Edge]) -> Matrix:
        rows, columns, shares = [], [], []
        for edge in edges:
            column = self.column.get(edge.member)
            if edge.owner[0] != kind or edge.flow != flow or column is None:
                continue
            if self.meters[column].is_counted and edge.owner in self.entities:
                rows.append(self._position[kind][edge.owner[1]])
                columns.append(column)
                shares.append(edge.share)
        return self._matrix(rows, columns, shares, (len(self._rows[kind]), len(self.meters)))

    def _parts(self, kind: str, member_kind: str, flow: str, edges: Sequence[Edge]) -> Matrix:
        """Owners × counted members of one kind."""
        rows, columns, shares = [], [], []
        for edge in edges:
            if edge.owner[0] != kind or edge.member[0] != member_kind or edge.flow != flow:
                continue
            member = self.entities.get(edge.member)
            if member is not None and edge.owner in self.entities and member.is_counted.get(flow, False):
                rows.append(self._position[kind][edge.owner[1]])
                columns.append(self._position[member_kind][edge.member[1]])
                shares.append(edge.share)
        return self._matrix(rows, columns, shares, (len(self._rows[kind]), len(self._rows[member_kind])))

    @staticmethod
    def _matrix(rows: list[int], columns: list[int], shares: list[float], shape: tuple[int, int]) -> Matrix:
        return sparse.csr_array(sparse.coo_array((shares, (rows, columns)), shape=shape))

    def _with_children(self, kind: str, flow: str, edges: Sequence[Edge], own: Matrix) -> Matrix:
        """Add the rows of counted children, level by level; the links of a circle are dropped."""
        parts = self._parts(kind, kind, flow, edges)
        result, level = own, own
        for _ in range(MAX_DEPTH):
            level = sparse.csr_array(parts @ level)
            if level.nnz == 0:
                return result
            result = result + level
        circles = _circles(parts)
        for circle in circles:
            self._note(kind, circle, phrase("tree_circle"), phrase("other_parent"))
        if not circles:
            self._note(kind, np.unique(level.nonzero()[0]).tolist(), phrase("tree_deep", most=MAX_DEPTH - 1))
        return own

    def _note(self, kind: str, rows: Iterable[int], what: Phrase, advice: Phrase | None = None) -> None:
        """Note a fault of some entities of a kind, once for all flows."""
        fault = Finding(what, tuple(Thing(kind, self._rows[kind][row]) for row in rows), advice)
        if fault not in self.faults:
            self.faults.append(fault)

    # --- parts by consumption
    # -------------------------------------------------------------------------------------------------

    def _divided_parts(self, kind: str, number: int, division: Division, known: Memberships) -> Matrix:
        """Columns for the parts of one divided member that owners of one kind get."""
        of_kind = [(row, edge) for row, edge in enumerate(division.edges) if edge.owner[0] == kind]
        rows, columns, weights = [], [], []
        base = self._row_of(division.member, division.flow, known) if of_kind else None
        if base is not None:
            for row, edge in of_kind:
                for column, weight in zip(base.indices.tolist(), base.data.tolist(), strict=True):
                    weighing = self._weighing(number, division, self._column_meter(column).category_id)
                    self.parts.append(PartColumn(column, weighing, row))
                    rows.append(self._position[kind][edge.owner[1]])
                    columns.append(self.n_columns - 1)
                    weights.append(weight)
        return self._matrix(rows, columns, weights, (len(self._rows[kind]), self.n_columns))

    def _row_of(self, member: EntityKey, flow: str, known: Memberships) -> Matrix | None:
        """The columns that a member counts; None when it counts for nobody."""
        column = self.column.get(member)
        if column is not None:
            is_counted = self.meters[column].is_counted
            return self._matrix([0], [column], [1.0], (1, len(self.meters))) if is_counted else None
        facts = self.entities.get(member)
        if facts is None or not facts.is_counted.get(flow, False):
            return None
        position = self._position[member[0]][member[1]]
        return sparse.csr_array(known[member[0], flow][[position]])

    def _weighing(self, number: int, division: Division, category_id: int) -> int:
        """Index of the weighing of a division in one energy category."""
        key = (number, category_id)
        if key not in self._weighing_of:
            of_category = np.array([meter.category_id == category_id for meter in self.meters], dtype=float)
            rows = []
            for edge in division.edges:
                row = self._reference(edge)
                is_named_meter = edge.reference is not None and edge.reference in self.column
                rows.append(row if is_named_meter else row * of_category[np.newaxis, :])
            references = sparse.csr_array(sparse.vstack(rows))
            references.eliminate_zeros()
            factors = np.array([edge.share for edge in division.edges])
            self._weighing_of[key] = len(self.weighings)
            self.weighings.append(Weighing(references, factors, division.rest))
        return self._weighing_of[key]

    def _reference(self, edge: Edge) -> Matrix:
        """The consumption that weighs for an owner, shape ``(1, n_meters)``."""
        key = edge.reference or edge.owner
        column = self.column.get(key)
        shape = (1, len(self.meters))
        if column is not None:
            return self._matrix([0], [column], [1.0], shape)
        if key not in self.entities:
            return self._matrix([], [], [], shape)
        return sparse.csr_array(self._own[key[0], INPUT][[self._position[key[0]][key[1]]]])

    @cached_property
    def _own(self) -> Memberships:
        """What entities consume of their own: all that is theirs by fixed shares."""
        return self._memberships([edge for edge in self.edges if edge.rule == SHARE], ())

    def _column_meter(self, column: int) -> MeterFacts:
        """The meter of which a column is the whole or a part."""
        while column >= len(self.meters):
            column = self.parts[column - len(self.meters)].base
        return self.meters[column]

    def _split(self, membership: Matrix, item: Family) -> Split:
        entries = sparse.coo_array(membership)
        groups = np.array(
            [meter.category_id if item.split == CATEGORY else meter.item_id for meter in self._column_meters],
            dtype=np.int64,
        )
        ids = np.array(self._rows[item.kind], dtype=np.int64)
        keep = (entries.data != 0) & (groups[entries.col] > 0) if len(groups) else np.zeros(0, dtype=np.bool_)
        rows, columns, shares = entries.row[keep], entries.col[keep], entries.data[keep]
        pairs = (
            np.stack([ids[rows], groups[columns]], axis=1) if len(rows) else np.empty((0, 2), dtype=np.int64)
        )
        keys, row_of = np.unique(pairs, axis=0, return_inverse=True) if len(pairs) else (pairs, pairs[:, 0])
        matrix = sparse.coo_array((shares, (row_of.reshape(-1), columns)), shape=(len(keys), self.n_columns))
        return Split(keys, sparse.csr_array(matrix))

    @property
    def _column_meters(self) -> list[MeterFacts]:
        return [self._column_meter(column) for column in range(self.n_columns)]

    def double_counted(self) -> list[tuple[EntityKey, MeterKey, float]]:
        """Entities that count a meter more than once in whole: (entity, meter, how often).

        A part by consumption counts as its owner would get when nobody consumed anything.
        """
        result: list[tuple[EntityKey, MeterKey, float]] = []
        for item, split in self.splits.items():
            if item.split != CATEGORY or item.flow not in (INPUT, OUTPUT):
                continue
            entries = sparse.coo_array(split.matrix @ self._nominal if self.parts else split.matrix)
            for index in np.flatnonzero(entries.data > 1 + 1e-9):
                entity = (item.kind, int(split.keys[entries.row[index], 0]))
                result.append((entity, self.meters[entries.col[index]].key, float(entries.data[index])))
        return result

    @property
    def _nominal(self) -> Matrix:
        """Columns × meters: how much of which meter a column is when parts are even."""
        columns, shares = list(range(len(self.meters))), [1.0] * len(self.meters)
        for part in self.parts:
            columns.append(columns[part.base])
            shares.append(shares[part.base] * float(self.weighings[part.weighing].even[part.row]))
        rows = list(range(self.n_columns))
        return self._matrix(rows, columns, shares, (self.n_columns, len(self.meters)))


def _circles(parts: Matrix) -> list[list[int]]:
    """Rows that are below themselves, those of one circle together.

    >>> _circles(sparse.csr_array(np.array([[0, 1, 0], [1, 0, 0], [1, 0, 0]])))
    [[0, 1]]
    """
    count, circle_of = csgraph.connected_components(parts, directed=True, connection="strong")
    of_circle: list[list[int]] = [[] for _ in range(count)]
    for row, circle in enumerate(circle_of.tolist()):
        of_circle[circle].append(row)
    is_own_part = parts.diagonal() != 0
    return [rows for rows in sorted(of_circle) if len(rows) > 1 or is_own_part[rows[0]]]


def _sum(a: Matrix, b: Matrix) -> Matrix:
    """Sum of two memberships, of which one may know columns that the other lacks."""
    width = max(a.shape[1], b.shape[1])
    return sparse.csr_array(_widened(a, width) + _widened(b, width))


def _widened(matrix: Matrix, width: int) -> Matrix:
    """The same entries with columns added behind."""
    if matrix.shape[1] == width:
        return matrix
    return sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))
