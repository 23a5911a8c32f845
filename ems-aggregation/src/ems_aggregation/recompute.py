"""Recompute and replace everything that one piece of work names, in the three databases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, tzinfo

import numpy as np
from ems_common.catalog.entities import INPUT, METER_KINDS
from ems_common.catalog.hourly import CATEGORY, ENTITY_FAMILIES, ITEM, METER_FAMILIES, Family
from ems_common.db import Databases
from ems_common.slots import Grid, SlotAxis, replace
from ems_common.tariffs import slot_prices
from numpy.typing import NDArray

from ems_aggregation.allocation import EntityKey
from ems_aggregation.compute import MeterHours, entity_energy, rows_of, scaled, with_parts
from ems_aggregation.graph import Graph, Split
from ems_aggregation.store import Configuration, read_hours
from ems_aggregation.work import Work

Output = tuple[Family, Grid, list[int]]
Factor = Callable[[str, int, int], NDArray[np.float64] | float]
"""(kind, entity id, energy category) → factor of the value."""


class Recomputation:
    """Computes and replaces windows under one configuration.

    Args:
        dbs: The databases.
        configuration: As read at the start of the pass.
        slot: Length of a slot.
        tz: Zone of the tariffs' times of day.
    """

    def __init__(self, dbs: Databases, configuration: Configuration, slot: timedelta, tz: tzinfo) -> None:
        self._dbs = dbs
        self._configuration = configuration
        self._slot = slot
        self._tz = tz
        self._position = {meter.key: index for index, meter in enumerate(configuration.meters)}
        # What has slots under a category that is no more is in an order: its configuration has changed.
        self._parts: dict[str, Collection[int]] = {
            CATEGORY: configuration.carbon_per_unit.keys(),
            ITEM: configuration.category_of_item.keys(),
            "": (),
        }

    def run(self, work: Work, graph: Graph, *, resum: bool = False) -> int:
        """Recompute one piece of work; each database is replaced in one transaction.

        Args:
            work: Meters and entities (owners included) and their window, within which the bindings are
                constant.
            graph: Membership in that window.
            resum: Whether sums of days are made anew even where nothing changes.

        Returns:
            Rows written and deleted.
        """
        axis = SlotAxis.of(work.window, self._slot)
        splits = {item: self._chosen(item, graph, work) for item in ENTITY_FAMILIES}
        columns = {
            index for split, _ in splits.values() for index in np.unique(split.matrix.indices).tolist()
        }
        needed = graph.meters_behind(columns)
        needed |= {self._position[key] for key in work.keys if key in self._position}
        with self._dbs.session("energy_db") as session:
            hours = read_hours(session, self._configuration.meters, sorted(needed), axis)
        hours = with_parts(graph, hours, columns)
        entities = [(item, entity_energy(split, hours), ids) for item, (split, ids) in splits.items() if ids]
        meters = [output for item in METER_FAMILIES if (output := self._meter_grid(item, hours, work))]
        priced = self._scaled([*meters, *entities], self._price(axis))
        carbon = self._scaled(
            [*meters, *(of for of in entities if of[0].flow == INPUT and of[0].split == CATEGORY)],
            lambda _kind, _key, category: self._configuration.carbon_per_unit.get(category, np.nan),
        )
        with ThreadPoolExecutor(max_workers=3) as workers:
            targets = (("energy_db", entities), ("billing_db", priced), ("carbon_db", carbon))
            return sum(workers.map(lambda of: self._store(of[0], of[1], resum), targets))

    def _store(self, database: str, outputs: Sequence[Output], resum: bool) -> int:
        with self._dbs.session(database) as session:
            done = [
                replace(
                    session,
                    item,
                    grid,
                    ids=ids,
                    parts=None if resum else self._parts[item.split],
                    resum=resum,
                )
                for item, grid, ids in outputs
            ]
        return sum(one.written + one.deleted for one in done)

    def _chosen(self, item: Family, graph: Graph, work: Work) -> tuple[Split, list[int]]:
        ids = sorted(key for kind, key in work.keys if kind == item.kind)
        split = graph.splits[item]
        return rows_of(split, np.isin(split.keys[:, 0], ids)), ids

    def _meter_grid(self, item: Family, hours: MeterHours, work: Work) -> Output | None:
        ids = sorted(key for kind, key in work.keys if kind == item.kind and (kind, key) in self._position)
        if not ids:
            return None
        rows = [self._position[item.kind, key] for key in ids]
        keys = np.array(ids, dtype=np.int64).reshape(-1, 1)
        return item, Grid(keys, hours.axis, hours.energy[rows], hours.quality[rows]), ids

    def _scaled(self, outputs: Sequence[Output], factor: Factor) -> list[Output]:
        result: list[Output] = []
        for item, grid, ids in outputs:
            owners = grid.keys[:, 0].tolist()
            factors = [
                factor(item.kind, *pair) for pair in zip(owners, self._categories(item, grid), strict=True)
            ]
            result.append((item, scaled(grid, factors), ids))
        return result

    def _categories(self, item: Family, grid: Grid) -> list[int]:
        if item.kind in METER_KINDS:
            meters = self._configuration.meters
            return [meters[self._position[item.kind, key]].category_id for key in grid.keys[:, 0].tolist()]
        if item.split == CATEGORY:
            return [int(key) for key in grid.keys[:, 1]]
        return [self._configuration.category_of_item.get(key, 0) for key in grid.keys[:, 1].tolist()]

    def _price(self, axis: SlotAxis) -> Factor:
        cost_centers: dict[EntityKey, int] = {
            **{meter.key: meter.cost_center_id for meter in self._configuration.meters},
            **{entity.key: entity.cost_center_id for entity in self._configuration.entities},
        }
        known: dict[tuple[int, int], NDArray[np.float64]] = {}

        def price(kind: str, key: int, category: int) -> NDArray[np.float64]:
            pair = (cost_centers.get((kind, key), 0), category)
            if pair not in known:
                known[pair] = slot_prices(self._configuration.tariffs.get(pair, ()), axis, self._tz)
            return known[pair]

        return price
