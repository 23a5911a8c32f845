"""Hourly rows of the generated site, written directly: what the pipeline would make of it, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ems_common import content
from ems_common.catalog.hourly import CATEGORY, ITEM, family
from ems_common.db import Databases
from numpy.typing import NDArray

from tests.bench.pipeline_site import BUILDINGS, FLOORS, START_UTC, Size

PRICE_PER_KWH = 0.708
CO2_KG_PER_KWH = 0.928
DATABASES = (("energy_db", 1.0), ("billing_db", PRICE_PER_KWH), ("carbon_db", CO2_KG_PER_KWH))
ITEMS = 3

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Hours:
    """Energy of everything, per hour.

    Attributes:
        meter: Shape ``(n_meters, n_hours)``.
        owners: Kind of entity → ids and membership of meters, shape ``(n_entities, n_meters)``.
    """

    meter: Float64
    owners: dict[str, tuple[NDArray[np.int64], Float64]]


def generate(size: Size) -> Hours:
    """Daily profiles with noise, the same for every run."""
    random = np.random.default_rng(20260101)
    hours = np.arange(size.days * 24)
    profile = 40 + 30 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)
    meter = np.round(
        profile
        * random.uniform(0.5, 1.5, (size.meters, 1))
        * random.uniform(0.9, 1.1, (size.meters, len(hours))),
        6,
    )
    return Hours(meter, _owners(size))


def _owners(size: Size) -> dict[str, tuple[NDArray[np.int64], Float64]]:
    count = size.meters
    tenants = max(10, count // 10)
    equipment = np.zeros((count // 2, count))
    equipment[np.arange(count // 2), np.arange(count // 2)] = 1
    tenant = np.zeros((tenants, count))
    of_tenants = np.arange(count // 2 + 1, count // 2 + count // 4 + 1)
    tenant[of_tenants % tenants, of_tenants - 1] = 1
    floor = np.zeros((FLOORS, count))
    numbers = np.arange(count)
    floor_of = numbers % FLOORS
    in_tenant = of_tenants - 1
    floor_of[in_tenant] = (1 + of_tenants % tenants) % FLOORS
    floor[floor_of, numbers] = 1
    building = np.zeros((BUILDINGS, count))
    for n in range(1, FLOORS + 1):
        building[(n - 1) % BUILDINGS] += floor[n - 1]
    space = np.vstack([building.sum(axis=0, keepdims=True), building, floor])
    return {
        "equipment": (np.arange(1, count // 2 + 1), equipment),
        "tenant": (np.arange(1, tenants + 1), tenant),
        "space": (np.arange(1, 1 + len(space)), space),
    }


def store(dbs: Databases, hours: Hours) -> int:
    """Write all hourly tables; returns the number of rows."""
    starts = np.datetime64(START_UTC.replace(tzinfo=None), "s") + np.arange(
        hours.meter.shape[1]
    ) * np.timedelta64(3600, "s")
    meters = np.arange(1, len(hours.meter) + 1)
    rows = 0
    for database, factor in DATABASES:
        rows += _write(dbs, database, "tbl_meter_hourly", {"meter_id": meters}, starts, hours.meter * factor)
        for kind, (ids, membership) in hours.owners.items():
            table = family(kind, "input", CATEGORY).table
            keys = {f"{kind}_id": ids, "energy_category_id": np.ones_like(ids)}
            rows += _write(dbs, database, table, keys, starts, membership @ hours.meter * factor)
            if database == "carbon_db":
                continue
            table = family(kind, "input", ITEM).table
            for item in range(1, ITEMS + 1):
                of_item = (1 + meters % ITEMS) == item
                keys = {f"{kind}_id": ids, "energy_item_id": np.full_like(ids, item)}
                values = membership[:, of_item] @ hours.meter[of_item] * factor
                rows += _write(dbs, database, table, keys, starts, values)
    return rows


def _write(
    dbs: Databases,
    database: str,
    table: str,
    keys: dict[str, NDArray[np.int64]],
    starts: NDArray[np.datetime64],
    values: Float64,
) -> int:
    count = len(starts)
    arrays = {name: np.repeat(ids, count) for name, ids in keys.items()}
    entities = len(values)
    arrays |= {
        "start_datetime_utc": np.tile(starts, entities),
        "actual_value": np.round(values, 6).ravel(),
        "quality": np.zeros(values.size, dtype=np.uint8),
    }
    with dbs.session(database) as session:
        content.touch(session, table)
        return session.upsert_arrays(table, arrays, ("actual_value", "quality"))


def store_year(dbs: Databases) -> int:
    """The hours of the year before, of the enterprise only: for reports of a year hour by hour."""
    hours = np.arange(365 * 24)
    starts = np.datetime64("2025-01-01", "s") + hours * np.timedelta64(3600, "s")
    keys = {"space_id": np.array([1]), "energy_category_id": np.array([1])}
    values = 4000 + 3000 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)
    return _write(
        dbs, "energy_db", family("space", "input", CATEGORY).table, keys, starts, values[np.newaxis, :]
    )
