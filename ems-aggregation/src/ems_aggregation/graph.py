"""Bindings to sparse matrices: how much of each meter every entity counts.

For one flow of one kind of entity, membership is a matrix of entities × meters. It is composed along the
catalog:
an entity's own counted meters, plus the rows of its counted members times their share, down to the leaves;
spaces add their child spaces level by level. Splitting by energy category or item only groups the columns,
so the energy of all entities in a window is one sparse product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ems_common.catalog.entities import BY_KIND, ENTITIES, INPUT, OUTPUT
from ems_common.catalog.hourly import CATEGORY, ENTITY_FAMILIES, Family
from ems_common.errors import BadInput
from numpy.typing import NDArray
from scipy import sparse

MeterKey = tuple[str, int]
EntityKey = tuple[str, int]
Matrix = sparse.csr_array
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
class EntityFacts:
    """What aggregation needs to know of an entity.

    Attributes:
        key: (kind, id).
        cost_center_id: Where its cost is booked, or 0.
        is_counted: Flow → whether it counts for those the entity is part of.
    """

    key: EntityKey
    cost_center_id: int
    is_counted: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Edge:
    """A member of an entity, for one flow and with the share the owner is charged with."""

    owner: EntityKey
    member: EntityKey
    flow: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of one hourly family: ``value[rows] = matrix @ energy[meters]``.

    Attributes:
        keys: (entity id, category or item id) of each row, shape ``(n_rows, 2)``, ascending.
        matrix: Shape ``(n_rows, n_meters)``.
    """

    keys: NDArray[np.int64]
    matrix: Matrix


class Graph:
    """The membership of everything in everything at one time.

    Args:
        meters: All meters; their order is the order of the matrices' columns.
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
        self.faults: list[BadInput] = []
        self._rows = {
            kind.kind: sorted(key for of_kind, key in self.entities if of_kind == kind.kind)
            for kind in ENTITIES
            if not kind.is_meter
        }
        self._position = {
            kind: {key: index for index, key in enumerate(keys)} for kind, keys in self._rows.items()
        }

    @cached_property
    def _owners(self) -> dict[EntityKey, list[EntityKey]]:
        result: dict[EntityKey, list[EntityKey]] = {}
        for edge in self.edges:
            result.setdefault(edge.member, []).append(edge.owner)
        return result

    def with_owners(self, keys: Iterable[EntityKey]) -> set[EntityKey]:
        """The given meters and entities, and everything they are part of."""
        result: set[EntityKey] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in result:
                result.add(key)
                waiting.extend(self._owners.get(key, ()))
        return result

    @cached_property
    def splits(self) -> dict[Family, Split]:
        """The rows of every hourly family of entities."""
        by_flow: dict[tuple[str, str], Matrix] = {}
        for kind in ENTITIES:
            for flow in kind.flows:
                by_flow[kind.kind, flow] = self._membership(kind.kind, flow, by_flow)
        return {item: self._split(by_flow[item.kind, item.flow], item) for item in ENTITY_FAMILIES}

    def _membership(self, kind: str, flow: str, known: Mapping[tuple[str, str], Matrix]) -> Matrix:
        result = self._direct_meters(kind, flow)
        for member_kind in dict.fromkeys(
            member.kind for member in BY_KIND[kind].members if member.flow == flow
        ):
            if not BY_KIND[member_kind].is_meter and member_kind != kind:
                result = result + self._parts(kind, member_kind, flow) @ known[member_kind, flow]
        if any(member.kind == kind for member in BY_KIND[kind].members):
            result = self._with_children(kind, flow, result)
        return sparse.csr_array(result)

    def _direct_meters(self, kind: str, flow: str) -> Matrix:
        rows, columns, shares = [], [], []
        for edge in self.edges:
            column = self.column.get(edge.member)
            if edge.owner[0] != kind or edge.flow != flow or column is None:
                continue
            if self.meters[column].is_counted and edge.owner in self.entities:
                rows.append(self._position[kind][edge.owner[1]])
                columns.append(column)
                shares.append(edge.share)
        return self._matrix(rows, columns, shares, (len(self._rows[kind]), len(self.meters)))

    def _parts(self, kind: str, member_kind: str, flow: str) -> Matrix:
        """Owners × counted members of one kind."""
        rows, columns, shares = [], [], []
        for edge in self.edges:
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

    def _with_children(self, kind: str, flow: str, own: Matrix) -> Matrix:
        """Add the rows of counted children, level by level; the links of a circle are dropped."""
        parts = self._parts(kind, kind, flow)
        result, level = own, own
        for _ in range(MAX_DEPTH):
            level = sparse.csr_array(parts @ level)
            if level.nnz == 0:
                return result
            result = result + level
        self.faults.append(
            BadInput(f"the tree of {kind}s runs in a circle", advice="Give one of them another parent.")
        )
        return own

    def _split(self, membership: Matrix, item: Family) -> Split:
        entries = sparse.coo_array(membership)
        groups = np.array(
            [meter.category_id if item.split == CATEGORY else meter.item_id for meter in self.meters],
            dtype=np.int64,
        )
        ids = np.array(self._rows[item.kind], dtype=np.int64)
        keep = (entries.data != 0) & (groups[entries.col] > 0) if len(groups) else np.zeros(0, dtype=np.bool_)
        rows, columns, shares = entries.row[keep], entries.col[keep], entries.data[keep]
        pairs = (
            np.stack([ids[rows], groups[columns]], axis=1) if len(rows) else np.empty((0, 2), dtype=np.int64)
        )
        keys, row_of = np.unique(pairs, axis=0, return_inverse=True) if len(pairs) else (pairs, pairs[:, 0])
        matrix = sparse.coo_array(
            (shares, (row_of.reshape(-1), columns)), shape=(len(keys), len(self.meters))
        )
        return Split(keys, sparse.csr_array(matrix))

    def double_counted(self) -> list[tuple[EntityKey, MeterKey, float]]:
        """Entities that count a meter more than once in whole: (entity, meter, how often)."""
        result: list[tuple[EntityKey, MeterKey, float]] = []
        for item, split in self.splits.items():
            if item.split != CATEGORY or item.flow not in (INPUT, OUTPUT):
                continue
            entries = sparse.coo_array(split.matrix)
            for index in np.flatnonzero(entries.data > 1 + 1e-9):
                entity = (item.kind, int(split.keys[entries.row[index], 0]))
                result.append((entity, self.meters[entries.col[index]].key, float(entries.data[index])))
        return result
