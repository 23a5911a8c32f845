"""Recompute and replace everything that one piece of work names, in the three databases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta, tzinfo
from functools import partial

import numpy as np
from ems_common.catalog.entities import INPUT, METER_KINDS
from ems_common.catalog.hourly import CATEGORY, ENTITY_FAMILIES, ITEM, METER_FAMILIES, Family
from ems_common.db import Databases
from ems_common.slots import Grid, SlotAxis
from ems_common.tariffs import slot_prices
from numpy.typing import NDArray

from ems_aggregation.allocation import EntityKey
from ems_aggregation.compute import MeterHours, entity_energy, rows_of, scaled, with_parts
from ems_aggregation.graph import Graph, Split
from ems_aggregation.portions import Output, Stores, portions
from ems_aggregation.store import Configuration, read_hours
from ems_aggregation.work import Work

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

    def run(
        self,
        work: Work,
        graph: Graph,
        beat: Callable[[float], None] = lambda _share: None,
        *,
        resum: bool = False,
    ) -> int:
        """Recompute one piece of work; it is stored in portions, each in one transaction of each database.

        Args:
            work: Meters and entities (owners included) and their window, within which the bindings are
                constant.
            graph: Membership in that window.
            beat: Told between two portions which share is done; it may end the pass.
            resum: Whether sums of days are made anew even where nothing changes.

        Returns:
            Rows written and deleted.
        """
        axis = SlotAxis.of(work.window, self._slot)
        ids = {item: self._ids(item, work) for item in (*METER_FAMILIES, *ENTITY_FAMILIES)}
        ids = {item: members for item, members in ids.items() if members}
        splits = {item: _chosen(graph.splits[item], members) for item, members in ids.items() if item.flow}
        columns = {index for split in splits.values() for index in np.unique(split.matrix.indices).tolist()}
        needed = graph.meters_behind(columns)
        needed |= {self._position[key] for key in work.keys if key in self._position}
        with self._dbs.session("energy_db") as session:
            hours = read_hours(session, self._configuration.meters, sorted(needed), axis)
        hours = with_parts(graph, hours, columns)
        price = self._price(axis)
        rows = {item: split.keys[:, 0] for item, split in splits.items()}
        planned = list(portions(ids, rows, axis.count))
        with Stores(self._dbs, None if resum else self._parts, resum=resum) as stores:
            for number, portion in enumerate(planned, 1):
                outputs = [self._output(item, some, splits.get(item), hours) for item, some in portion]
                self._put(stores, outputs, price)
                beat(number / len(planned))
            return stores.finish(partial(beat, 1.0))

    def _put(self, stores: Stores, outputs: Sequence[Output], price: Factor) -> None:
        """Have energy stored, and what it costs and emits."""
        stores.put("energy_db", [of for of in outputs if of[0].flow])
        stores.put("billing_db", self._scaled(outputs, price))
        emitting = [of for of in outputs if not of[0].flow or (of[0].flow, of[0].split) == (INPUT, CATEGORY)]
        stores.put(
            "carbon_db",
            self._scaled(
                emitting,
                lambda _kind, _key, category: self._configuration.carbon_per_unit.get(category, np.nan),
            ),
        )

    def _output(self, item: Family, ids: list[int], split: Split | None, hours: MeterHours) -> Output:
        if split is not None:
            return item, entity_energy(_chosen(split, ids), hours), ids
        rows = [self._position[item.kind, key] for key in ids]
        keys = np.array(ids, dtype=np.int64).reshape(-1, 1)
        return item, Grid(keys, hours.axis, hours.energy[rows], hours.quality[rows]), ids

    def _ids(self, item: Family, work: Work) -> list[int]:
        is_meter = item in METER_FAMILIES
        return sorted(
            key
            for kind, key in work.keys
            if kind == item.kind and (not is_meter or (kind, key) in self._position)
        )

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


def _chosen(split: Split, ids: Sequence[int]) -> Split:
    """The rows of some entities."""
    return rows_of(split, np.isin(split.keys[:, 0], ids))
