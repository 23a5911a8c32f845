"""A small site with constant hours, so that every figure of a report can be worked out on paper.

Europe/London in spring 2025: clocks go forward on Sunday 30 March at 01:00 UTC, so that day has 23 hours.
Unless a test says otherwise it reports Saturday 29 to Monday 31 March: 24 + 23 + 24 = 71 hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from ems_api.testing import Api, connect
from ems_common.db import Databases
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

PASSWORD = "correct horse 1"
START_UTC = datetime(2025, 3, 28, tzinfo=UTC)
HOURS = 5 * 24
AUTUMN_UTC = datetime(2025, 10, 25, tzinfo=UTC)
CAMPUS, EAST, WEST, CELLAR = 1, 2, 3, 4
ELECTRICITY, GAS = 1, 2
CAMPUS_UUID = "0f4a0a52-6b2c-4c6e-9d3a-3f6a1e9b7c11"
SUB_A_UUID = "1f4a0a52-6b2c-4c6e-9d3a-3f6a1e9b7c11"
MAIN_UUID = "2f4a0a52-6b2c-4c6e-9d3a-3f6a1e9b7c11"
THREE_DAYS = {
    "reportingperiodstartdatetime": "2025-03-29T00:00:00",
    "reportingperiodenddatetime": "2025-03-31T23:59:59",
}
FRIDAY = {
    "baseperiodstartdatetime": "2025-03-28T00:00:00",
    "baseperiodenddatetime": "2025-03-28T23:59:59",
}

_CONFIGURATION = (
    # Reference rows that would be in the way.
    *(f"DELETE FROM {table}" for table in ("tbl_spaces", "tbl_contacts", "tbl_cost_centers")),
    "INSERT INTO tbl_energy_categories (id, name, uuid, unit_of_measure, kgce, kgco2e) VALUES"
    " (1, 'Electricity', 'a', 'kWh', 0.1229, 0.2), (2, 'Gas', 'b', 'kWh', 0.1, 0.18)",
    "INSERT INTO tbl_energy_items (id, name, uuid, energy_category_id) VALUES (1, 'Lighting', 'i', 1),"
    " (2, 'Cooling', 'j', 1)",
    "INSERT INTO tbl_cost_centers (id, name, uuid) VALUES (1, 'General', 'c')",
    "INSERT INTO tbl_contacts (id, name, uuid, email, phone) VALUES (1, 'Ann', 'p', 'ann@example.com', '5')",
    "INSERT INTO tbl_tariffs (id, name, uuid, energy_category_id, tariff_type, unit_of_price,"
    " valid_from_datetime_utc, valid_through_datetime_utc)"
    " VALUES (1, 'Day and night', 't', 1, 'timeofuse', '£/kWh', '2020-01-01', '2030-01-01')",
    "INSERT INTO tbl_tariffs_timeofuses (tariff_id, start_time_of_day, end_time_of_day, peak_type, price) VALUES"
    " (1, '00:00:00', '06:59:59', 'offpeak', 0.10), (1, '07:00:00', '22:59:59', 'onpeak', 0.30),"
    " (1, '23:00:00', '23:59:59', 'offpeak', 0.10)",
    "INSERT INTO tbl_cost_centers_tariffs (cost_center_id, tariff_id) VALUES (1, 1)",
    "INSERT INTO tbl_spaces (id, name, uuid, parent_space_id, area, number_of_occupants, timezone_id,"
    " is_input_counted, is_output_counted, cost_center_id) VALUES"
    f" (1, 'Campus', '{CAMPUS_UUID}', NULL, 100, 10, 1, 1, 1, 1), (2, 'East', 's2', 1, 60, 6, 1, 1, 1, 1),"
    " (3, 'West', 's3', 1, 40, 0, 1, 1, 1, 1), (4, 'Cellar', 's4', 1, 0, 0, 1, 1, 1, 1)",
    "INSERT INTO tbl_working_calendars (id, name) VALUES (7, 'Office')",
    "INSERT INTO tbl_working_calendars_non_working_days (working_calendar_id, date_local) VALUES (7, '2025-03-30')",
    "INSERT INTO tbl_spaces_working_calendars (id, space_id, working_calendar_id) VALUES (99, 1, 7)",
    "INSERT INTO tbl_equipments (id, name, uuid, is_input_counted, is_output_counted, cost_center_id,"
    " efficiency_indicator) VALUES (1, 'Chiller', 'e1', 1, 1, 1, 3)",
    "INSERT INTO tbl_equipments_parameters (equipment_id, name, parameter_type, numerator_meter_uuid,"
    f" denominator_meter_uuid) VALUES (1, 'Share', 'fraction', '{SUB_A_UUID}', '{MAIN_UUID}')",
    "INSERT INTO tbl_combined_equipments (id, name, uuid, is_input_counted, is_output_counted, cost_center_id,"
    " efficiency_indicator) VALUES (1, 'Plant room', 'ce1', 1, 1, 1, 3)",
    "INSERT INTO tbl_combined_equipments_equipments (combined_equipment_id, equipment_id) VALUES (1, 1)",
    "INSERT INTO tbl_tenants (id, name, uuid, buildings, floors, rooms, area, tenant_type_id, is_input_counted,"
    " is_key_tenant, lease_number, lease_start_datetime_utc, lease_end_datetime_utc, is_in_lease, contact_id,"
    " cost_center_id) VALUES (1, 'Bakery', 't1', 'B', '1', '12', 20, 1, 1, 0, 'L-5', '2020-01-01', '2030-01-01', 1,"
    " 1, 1)",
    "INSERT INTO tbl_spaces_tenants (space_id, tenant_id) VALUES (2, 1)",
    "INSERT INTO tbl_spaces_equipments (space_id, equipment_id) VALUES (3, 1)",
    "INSERT INTO tbl_meters (id, name, uuid, energy_category_id, is_counted, hourly_low_limit, hourly_high_limit,"
    f" cost_center_id, master_meter_id) VALUES (1, 'Main', '{MAIN_UUID}', 1, 1, 0, 1000, 1, NULL),"
    f" (2, 'Sub A', '{SUB_A_UUID}', 1, 1, 0, 1000, 1, 1), (3, 'Sub B', 'm3', 1, 1, 0, 1000, 1, 1)",
    "INSERT INTO tbl_spaces_meters (space_id, meter_id) VALUES (1, 1), (2, 2), (3, 3)",
    "INSERT INTO tbl_offline_meters (id, name, uuid, energy_category_id, is_counted, hourly_low_limit,"
    " hourly_high_limit, cost_center_id) VALUES (1, 'Water', 'o1', 2, 1, 0, 10, 1)",
    "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit, is_trend,"
    " address) VALUES (1, 'Register', 1, 'ENERGY_VALUE', 'kWh', 1e12, 0, 1, '{}'),"
    " (2, 'Temperature', 1, 'ANALOG_VALUE', '°C', 100, 0, 1, '{}')",
    "INSERT INTO tbl_meters_points (meter_id, point_id) VALUES (1, 1)",
    "INSERT INTO tbl_sensors (id, name, uuid) VALUES (1, 'Hall', 'h')",
    "INSERT INTO tbl_sensors_points (sensor_id, point_id) VALUES (1, 2)",
    "INSERT INTO tbl_spaces_sensors (space_id, sensor_id) VALUES (1, 1)",
    "INSERT INTO tbl_energy_flow_diagrams (id, name, uuid) VALUES (1, 'Flow', 'f')",
    "INSERT INTO tbl_energy_flow_diagrams_nodes (id, energy_flow_diagram_id, name) VALUES (1, 1, 'Grid'),"
    " (2, 1, 'Hall')",
    "INSERT INTO tbl_energy_flow_diagrams_links (energy_flow_diagram_id, source_node_id, target_node_id, meter_uuid)"
    f" VALUES (1, 1, 2, '{MAIN_UUID}')",
    "INSERT INTO tbl_photovoltaic_power_stations (id, name, uuid, station_code, address, latitude, longitude,"
    " rated_capacity, rated_power, contact_id, cost_center_id, svg_id, is_cost_data_displayed, phase_of_lifecycle)"
    " VALUES (1, 'Roof', 'pv1', 'R', 'x', 1, 2, 50, 40, 1, 1, 1, 1, 'use')",
    "INSERT INTO tbl_photovoltaic_power_stations_invertors (id, name, uuid, photovoltaic_power_station_id, model,"
    " serial_number, invertor_state_point_id, communication_state_point_id, total_energy_point_id,"
    " generation_meter_id) VALUES (1, 'Inverter', 'inv1', 1, 'M', 'S', 2, 2, 1, 2)",
)


@dataclass
class Site:
    """The site: a client signed in as administrator, and ways to fill its tables."""

    api: Api
    dbs: Databases

    def report(self, name: str, **query: Any) -> Any:
        """The JSON of a report over three days, in quick mode, which must succeed."""
        return self.api.get(f"/reports/{name}", params=self.query(**query))

    def report_v1(self, name: str, **query: Any) -> Any:
        """The same in the newer dialect."""
        return self.api.get(f"/v1/reports/{name}", params=self.query(**query))

    def refused(self, name: str, **query: Any) -> tuple[int, str]:
        """Status and key of a report that is refused; parameters of None are left out."""
        given = {key: value for key, value in self.query(**query).items() if value is not None}
        result = self.api.call("GET", f"/reports/{name}", params=given)
        return result.status_code, result.json["description"]

    @staticmethod
    def query(**query: Any) -> dict[str, Any]:
        """Parameters of a report, those given put over the usual ones."""
        return {"periodtype": "daily", "quickmode": "true", **THREE_DAYS, **query}

    def hours(
        self,
        database: str,
        table: str,
        keys: dict[str, int],
        values: Any,
        start_utc: datetime = START_UTC,
        quality: int = 0,
    ) -> None:
        """Store consecutive hours."""
        numbers = np.asarray(values, dtype=np.float64)
        count = len(numbers)
        starts = np.datetime64(start_utc.replace(tzinfo=None), "s") + np.arange(count) * np.timedelta64(
            3600, "s"
        )
        arrays: dict[str, Any] = {name: np.full(count, key) for name, key in keys.items()}
        arrays |= {"start_datetime_utc": starts, "actual_value": numbers}
        arrays["quality"] = np.full(count, quality, dtype=np.uint8)
        with self.dbs.session(database) as session:
            session.upsert_arrays(table, arrays)


def _category(entity: str, key: int, category: int) -> dict[str, int]:
    return {f"{entity}_id": key, "energy_category_id": category}


def _fill_spaces(site: Site) -> None:
    steady = np.ones(HOURS)
    table = "tbl_space_input_category_hourly"
    site.hours("energy_db", table, _category("space", CAMPUS, ELECTRICITY), steady * 2)
    site.hours("energy_db", table, _category("space", CAMPUS, ELECTRICITY), np.ones(72) * 2, AUTUMN_UTC)
    # Six hours of Saturday are estimated, two of Monday were incomplete.
    saturday, monday = START_UTC + timedelta(days=1, hours=6), START_UTC + timedelta(days=3, hours=6)
    site.hours("energy_db", table, _category("space", CAMPUS, ELECTRICITY), np.ones(6) * 2, saturday, 1)
    site.hours("energy_db", table, _category("space", CAMPUS, ELECTRICITY), np.ones(2) * 2, monday, 8)
    gas_utc = START_UTC + timedelta(days=1)
    site.hours("energy_db", table, _category("space", CAMPUS, GAS), np.ones(24), gas_utc)
    site.hours("energy_db", table, _category("space", EAST, ELECTRICITY), steady * 1.5)
    site.hours("energy_db", table, _category("space", WEST, ELECTRICITY), steady * 0.5)
    site.hours("billing_db", table, _category("space", CAMPUS, ELECTRICITY), steady * 0.5)
    site.hours("carbon_db", table, _category("space", CAMPUS, ELECTRICITY), steady * 0.4)
    site.hours("energy_prediction_db", table, _category("space", CAMPUS, ELECTRICITY), steady * 3)
    site.hours("energy_plan_db", table, _category("space", CAMPUS, ELECTRICITY), steady * 1.5)
    # The baseline ends on Saturday.
    site.hours("energy_baseline_db", table, _category("space", CAMPUS, ELECTRICITY), np.ones(48) * 2.5)
    output = "tbl_space_output_category_hourly"
    site.hours("energy_db", output, _category("space", CAMPUS, ELECTRICITY), steady * 0.5)
    site.hours("billing_db", output, _category("space", CAMPUS, ELECTRICITY), steady * 0.1)
    for item, value in ((1, 1.2), (2, 0.8)):
        keys = {"space_id": CAMPUS, "energy_item_id": item}
        site.hours("energy_db", "tbl_space_input_item_hourly", keys, steady * value)


def _fill_others(site: Site) -> None:
    steady = np.ones(HOURS)
    for kind in ("equipment", "combined_equipment"):
        table = f"tbl_{kind}_input_category_hourly"
        # The hour of the (UTC) day: 0 … 23.
        site.hours("energy_db", table, _category(kind, 1, ELECTRICITY), np.arange(HOURS) % 24)
    tenant = "tbl_tenant_input_category_hourly"
    site.hours("energy_db", tenant, _category("tenant", 1, ELECTRICITY), steady)
    site.hours("billing_db", tenant, _category("tenant", 1, ELECTRICITY), steady * 0.25)
    for key, value in ((1, 3.0), (2, 1.0), (3, 1.5)):
        site.hours("energy_db", "tbl_meter_hourly", {"meter_id": key}, steady * value)
    site.hours("billing_db", "tbl_meter_hourly", {"meter_id": 1}, steady * 0.6)
    instants = [START_UTC.replace(tzinfo=None) + timedelta(hours=n) for n in range(HOURS)]
    with site.dbs.session("historical_db") as session:
        columns = ("point_id", "utc_date_time", "actual_value", "is_bad")
        session.upsert(
            "tbl_energy_value", columns, [(1, at, 100 + 3 * n, 0) for n, at in enumerate(instants)]
        )
        session.upsert("tbl_analog_value", columns, [(2, at, 20, 0) for at in instants])
        session.upsert("tbl_analog_value", columns, [(2, instants[30], 99, 1)])
        session.upsert("tbl_analog_value_latest", columns[:3], [(2, instants[-1], 21.5)])


@pytest.fixture(scope="module")
def site(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, shared by the tests of a module."""
    client = connect(fresh_database_module.environ, str(tmp_path_factory.mktemp("var")))
    dbs = Databases(client.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    with dbs.session("system_db") as session:
        for statement in _CONFIGURATION:
            session.execute(statement)
    made = Site(client.sign_in("administrator", PASSWORD), dbs)
    _fill_spaces(made)
    _fill_others(made)
    yield made
    dbs.close()
    client.close()


@pytest.fixture(scope="module")
def east(site: Site) -> Api:
    """A user who sees the eastern building alone."""
    with site.dbs.session("user_db") as session:
        session.execute(
            "INSERT INTO tbl_privileges (name, data) VALUES ('east', %s)", (f'{{"spaces": [{EAST}]}}',)
        )
        privilege = session.insert_id
    made = site.api.call(
        "POST",
        "/users",
        {
            "data": {
                "name": "eve",
                "display_name": "Eve",
                "email": "eve@example.com",
                "phone": "",
                "password": PASSWORD,
                "is_admin": False,
                "is_read_only": False,
                "privilege_id": privilege,
                "account_expiration_datetime": "2050-01-01T00:00:00",
                "password_expiration_datetime": "2050-01-01T00:00:00",
            }
        },
    )
    assert made.status_code == 201, made.text
    return site.api.sign_in("eve", PASSWORD)
