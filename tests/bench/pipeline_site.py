"""A generated site in the schema, as large as asked: the shape of the measured MyEMS baseline.

N meters, N/2 equipment, tenants, 61 spaces in three levels, virtual meters of N/10 terms, one tariff of six
periods. Counting is disjoint, so the enterprise equals the sum of its meters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from ems_common.db import Databases
from ems_common.journal import Change, write

BUILDINGS, FLOORS = 10, 50
START_UTC = datetime(2026, 1, 1, tzinfo=UTC)
LAST_END_UTC = datetime(2026, 7, 1, tzinfo=UTC)
STEP_MINUTES = 15


@dataclass(frozen=True)
class Size:
    """How large the site is: meters and days of quarter-hourly readings."""

    meters: int
    days: int

    @property
    def start_utc(self) -> datetime:
        """The first reading: early enough that none lies ahead of today, which cleaning would put aside."""
        return min(START_UTC, LAST_END_UTC - timedelta(days=self.days))

    @property
    def readings_per_meter(self) -> int:
        """Readings of one meter, the closing one included."""
        return self.days * 24 * 60 // STEP_MINUTES + 1


def configure(dbs: Databases, size: Size) -> None:
    """Insert the site's configuration."""
    count = size.meters
    tenants = max(10, count // 10)
    floor_of = [11 + 1 + n % FLOORS for n in range(count)]
    with dbs.session("system_db") as s:
        s.upsert(
            "tbl_energy_categories",
            ("id", "name", "uuid", "unit_of_measure", "kgce", "kgco2e"),
            [(1, "Electricity", "c1", "kWh", 0.1229, 0.928)],
        )
        s.upsert(
            "tbl_energy_items",
            ("id", "name", "uuid", "energy_category_id"),
            [(n, f"Item {n}", f"i{n}", 1) for n in range(1, 4)],
        )
        s.upsert("tbl_cost_centers", ("id", "name", "uuid"), [(1, "General", "cc")])
        s.upsert(
            "tbl_tariffs",
            (
                "id",
                "name",
                "uuid",
                "energy_category_id",
                "tariff_type",
                "unit_of_price",
                "valid_from_datetime_utc",
                "valid_through_datetime_utc",
            ),
            [(1, "Time of use", "t", 1, "timeofuse", "CNY/kWh", "2015-12-31", "2027-12-31")],
        )
        hours = (
            (0, 8, "offpeak", 0.345),
            (8, 10, "midpeak", 0.708),
            (10, 12, "onpeak", 1.159),
            (12, 18, "midpeak", 0.708),
            (18, 21, "toppeak", 1.329),
            (21, 24, "midpeak", 0.708),
        )
        s.upsert(
            "tbl_tariffs_timeofuses",
            ("tariff_id", "start_time_of_day", "end_time_of_day", "peak_type", "price"),
            [(1, f"{a:02}:00:00", f"{b - 1:02}:59:59", kind, price) for a, b, kind, price in hours],
        )
        s.upsert("tbl_cost_centers_tariffs", ("cost_center_id", "tariff_id"), [(1, 1)])
        spaces = [(1, "Enterprise", None)]
        spaces += [(1 + n, f"Building {n}", 1) for n in range(1, BUILDINGS + 1)]
        spaces += [(11 + n, f"Floor {n}", 2 + (n - 1) % BUILDINGS) for n in range(1, FLOORS + 1)]
        s.upsert(
            "tbl_spaces",
            (
                "id",
                "name",
                "uuid",
                "parent_space_id",
                "area",
                "timezone_id",
                "is_input_counted",
                "is_output_counted",
                "cost_center_id",
            ),
            [(key, name, f"s{key}", parent, 100, 26, 1, 1, 1) for key, name, parent in spaces],
        )
        s.upsert(
            "tbl_points",
            (
                "id",
                "name",
                "data_source_id",
                "object_type",
                "units",
                "high_limit",
                "low_limit",
                "is_trend",
                "address",
            ),
            [(n, f"P{n}", 1, "ENERGY_VALUE", "kWh", 1e12, 0, 1, "{}") for n in range(1, count + 1)],
        )
        s.upsert(
            "tbl_meters",
            (
                "id",
                "name",
                "uuid",
                "energy_category_id",
                "is_counted",
                "hourly_low_limit",
                "hourly_high_limit",
                "cost_center_id",
                "energy_item_id",
            ),
            [(n, f"Meter {n}", f"m{n}", 1, 1, 0, 100_000, 1, 1 + n % 3) for n in range(1, count + 1)],
        )
        s.upsert("tbl_meters_points", ("meter_id", "point_id"), [(n, n) for n in range(1, count + 1)])
        equipment = range(1, count // 2 + 1)
        s.upsert(
            "tbl_equipments",
            ("id", "name", "uuid", "is_input_counted", "is_output_counted", "cost_center_id"),
            [(n, f"Equipment {n}", f"e{n}", 1, 1, 1) for n in equipment],
        )
        s.upsert(
            "tbl_equipments_meters", ("equipment_id", "meter_id", "is_output"), [(n, n, 0) for n in equipment]
        )
        s.upsert(
            "tbl_spaces_equipments", ("space_id", "equipment_id"), [(floor_of[n - 1], n) for n in equipment]
        )
        tenant_ids = range(1, tenants + 1)
        s.upsert(
            "tbl_tenants",
            (
                "id",
                "name",
                "uuid",
                "buildings",
                "floors",
                "rooms",
                "area",
                "tenant_type_id",
                "is_input_counted",
                "is_key_tenant",
                "lease_number",
                "lease_start_datetime_utc",
                "lease_end_datetime_utc",
                "is_in_lease",
                "contact_id",
                "cost_center_id",
            ),
            [
                (n, f"Tenant {n}", f"t{n}", "", "", "", 10, 1, 1, 0, "", "2020-01-01", "2030-01-01", 1, 1, 1)
                for n in tenant_ids
            ],
        )
        of_tenants = range(count // 2 + 1, count // 2 + count // 4 + 1)
        s.upsert("tbl_tenants_meters", ("tenant_id", "meter_id"), [(1 + n % tenants, n) for n in of_tenants])
        s.upsert("tbl_spaces_tenants", ("space_id", "tenant_id"), [(12 + n % FLOORS, n) for n in tenant_ids])
        s.upsert(
            "tbl_spaces_meters",
            ("space_id", "meter_id"),
            [(floor_of[n - 1], n) for n in range(of_tenants[-1] + 1, count + 1)],
        )
        terms = max(1, count // 10)
        s.upsert(
            "tbl_virtual_meters",
            (
                "id",
                "name",
                "uuid",
                "equation",
                "energy_category_id",
                "is_counted",
                "cost_center_id",
                "energy_item_id",
            ),
            [
                (n, f"Virtual {n}", f"v{n}", " + ".join(f"x{k}" for k in range(terms)), 1, 0, 1, None)
                for n in range(1, 11)
            ],
        )
        s.upsert(
            "tbl_variables",
            ("name", "virtual_meter_id", "meter_type", "meter_id"),
            [
                (f"x{k}", n, "meter", (n - 1) * terms + k + 1)
                for n in range(1, 11)
                for k in range(terms)
                if (n - 1) * terms + k < count
            ],
        )


def load_readings(dbs: Databases, size: Size, stage: str) -> int:
    """Insert the raw readings with their journal rows; returns how many."""
    generator = np.random.default_rng(20260101)
    steps = size.readings_per_meter
    times = np.datetime64(size.start_utc.replace(tzinfo=None), "s") + np.arange(steps) * np.timedelta64(
        STEP_MINUTES * 60, "s"
    )
    rows = 0
    for meter in range(1, size.meters + 1):
        keep = generator.random(steps) > 0.0005
        keep[[0, -1]] = True
        register = 1000 + np.cumsum(generator.random(steps) * 10)
        arrays = {
            "point_id": np.full(int(keep.sum()), meter),
            "utc_date_time": times[keep],
            "actual_value": register[keep],
            "is_bad": np.zeros(int(keep.sum()), dtype=np.int64),
        }
        with dbs.session("historical_db") as session:
            rows += session.upsert_arrays("tbl_energy_value", arrays, ())
            end = size.start_utc + timedelta(minutes=STEP_MINUTES * steps)
            write(session, [Change(stage, "point", meter, size.start_utc, end, "loaded")])
    return rows


def one_more_hour(dbs: Databases, size: Size, number: int = 0, *, late: bool = False) -> int:
    """Insert four more readings of every meter with what acquisition writes to the journal of them.

    Args:
        dbs: The databases.
        size: The site.
        number: Which hour after the end of the history.
        late: Whether the readings count as such that came out of order, each point by itself.

    Returns:
        How many readings.
    """
    end = size.start_utc + timedelta(days=size.days, hours=number)
    times = np.datetime64(end.replace(tzinfo=None), "s") + np.arange(1, 5) * np.timedelta64(
        STEP_MINUTES * 60, "s"
    )
    meters = np.arange(1, size.meters + 1)
    with dbs.session("historical_db") as session:
        last = dict(
            session.rows("SELECT point_id, MAX(actual_value) + 0E0 FROM tbl_energy_value GROUP BY point_id")
        )
        base = np.array([last[int(key)] for key in meters])
        arrays = {
            "point_id": np.repeat(meters, 4),
            "utc_date_time": np.tile(times, len(meters)),
            "actual_value": (base[:, None] + np.arange(1, 5) * 2.5).reshape(-1),
            "is_bad": np.zeros(len(meters) * 4, dtype=np.int64),
        }
        session.upsert_arrays("tbl_energy_value", arrays, ())
        batch = [("point", int(key)) for key in meters] if late else [("data_source", 1)]
        through = end + timedelta(hours=1, seconds=1)
        write(
            session,
            [
                Change("clean", *of, end + timedelta(minutes=STEP_MINUTES), through, "readings")
                for of in batch
            ],
        )
    return len(meters) * 4
