"""Days of odd zones and slots of odd lengths, from the register to the API's series, balances and reports.

The oracle is the wall clock alone: a meter of 4 kW measures 4 kWh in each hour of a local day, and every slot
belongs to the local day in which it begins.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ems_aggregation.stage import Aggregation
from ems_api.reports.buckets import Span, buckets, floored
from ems_api.testing import connect
from ems_common.db import Databases, DatabaseSettings
from ems_common.journal import BEGINNING_UTC, END_UTC
from ems_common.periods import zone
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_normalization.stage import Normalization

from tests.pipeline.conftest import Plant
from tests.pipeline.test_allocation import PASSWORD, make_house

pytestmark = pytest.mark.db
POWER_KW = 4.0

DAYS = [
    # Zone, local day, hours of it by the zone's own rules.
    ("Europe/Berlin", "2026-03-29", 23),
    ("Europe/Berlin", "2026-10-25", 25),
    ("America/St_Johns", "2026-11-01", 25),
    ("Asia/Kolkata", "2026-07-01", 24),
    ("Asia/Kathmandu", "2026-07-01", 24),
    ("Australia/Lord_Howe", "2026-10-04", 23.5),
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("Pacific/Chatham", "2026-09-27", 23),
]


def bounds(name: str, day: str) -> tuple[datetime, datetime]:
    """A local day as instants, by the standard library alone."""
    first = datetime.fromisoformat(day)
    ends = (first, first + timedelta(days=1))
    start, end = (wall.replace(tzinfo=ZoneInfo(name)).astimezone(UTC) for wall in ends)
    return start, end


@pytest.mark.parametrize(("name", "day", "hours"), DAYS)
@pytest.mark.parametrize("minutes", [60, 30, 15])
def test_every_slot_is_in_the_local_day_in_which_it_begins(name, day, hours, minutes):
    start, end = bounds(name, day)
    assert (end - start) / timedelta(hours=1) == hours
    span = floored(Span(start - timedelta(days=2), end + timedelta(days=2)), minutes, zone(name))
    made = buckets(span, "daily", zone(name), minutes)
    begins = [datetime.fromtimestamp(int(at.astype("int64")), UTC) for at in span.axis(minutes).starts()]
    local_days = [at.astimezone(ZoneInfo(name)).date().isoformat() for at in begins]
    assert [made.labels[index] for index in made.bucket_of_slot] == local_days
    slots = np.ones((1, made.axis.count)) * minutes / 60
    counted = float(made.sums(slots)[0][made.labels.index(day)])
    # With slots of a quarter of an hour every zone's day is cut exactly; longer ones may miss by less than one.
    assert abs(counted - hours) < minutes / 60
    if minutes == 15:
        assert counted == hours


@pytest.fixture(scope="module")
def house(fresh_database_module, tmp_path_factory):
    dbs = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    api = connect(fresh_database_module.environ, str(tmp_path_factory.mktemp("var")))
    made = make_house(api.sign_in("administrator", PASSWORD), Plant(dbs))
    api.close()
    yield made
    dbs.close()


@pytest.mark.parametrize(
    ("name", "minutes", "day", "hours"),
    [
        ("Asia/Kathmandu", 15, "2026-07-01", 24),
        ("Asia/Kathmandu", 60, "2026-07-01", 24),
        ("Australia/Lord_Howe", 30, "2026-10-04", 23.5),
        ("Asia/Kolkata", 30, "2026-07-01", 24),
    ],
)
def test_registers_become_slots_entities_series_balances_and_reports_of_the_local_day(
    house, fresh_database_module, tmp_path, name, minutes, day, hours
):
    start, end = bounds(name, day)
    dbs, keys = house.plant.dbs, house.keys
    clean_slate(dbs)
    count = round((end - start + timedelta(days=2)) / timedelta(minutes=5)) + 1
    begin = start - timedelta(days=1)
    house.plant.read(
        keys["point own A"],
        [(begin + timedelta(minutes=5 * n), 100 + n * POWER_KW / 12) for n in range(count)],
    )
    with dbs.session("system_db") as session:
        session.execute("DELETE FROM tbl_tenants_meters")
        session.execute(
            "INSERT INTO tbl_tenants_meters (tenant_id, meter_id) VALUES (%s, %s)", (keys["A"], keys["own A"])
        )
    for stage in (Normalization(dbs, minutes, zone(name)), Aggregation(dbs, minutes, zone(name))):
        while stage.run_pass(lambda *_: None).did_work:
            pass
    meter = house.plant.values("energy_db", "tbl_meter_hourly")
    # Slots at the very ends of the readings are covered in part.
    inner = [value for (_, at), value in meter.items() if begin < at.replace(tzinfo=UTC) < end]
    assert inner == pytest.approx([POWER_KW * minutes / 60] * len(inner), abs=2e-6)
    environ = {**fresh_database_module.environ, "EMS_TIME_ZONE": name, "EMS_HOUR_MINUTES": str(minutes)}
    api = connect(environ, str(tmp_path)).sign_in("administrator", PASSWORD)
    query = {"start": f"{day}T00:00:00", "end": f"{end.astimezone(ZoneInfo(name)):%Y-%m-%dT%H:%M:%S}"}
    expected = pytest.approx(POWER_KW * hours, abs=1e-4)
    for path in (f"/v1/tenants/{keys['A']}/energy/daily", f"/v1/meters/{keys['own A']}/energy/daily"):
        (value,) = api.get(path, params=query)["series"][0]["values"]
        assert value["value"] == expected
        assert value["start"].startswith(f"{day}T00:00:00")
    (value,) = api.get(f"/v1/meters/{keys['own A']}/balance/daily", params=query)["values"]
    assert (value["master"], value["slots"]) == (expected, round(hours * 60 / minutes))
    report = api.get(
        "/reports/tenantenergycategory",
        params={
            "tenantid": str(keys["A"]),
            "periodtype": "daily",
            "reportingperiodstartdatetime": query["start"],
            "reportingperiodenddatetime": query["end"],
        },
    )["reporting_period"]
    assert report["values"][0][0] == expected
    assert report["timestamps"][0][0].startswith(day)
    api.close()


def test_a_site_that_changes_its_slots_keeps_no_slot_of_the_old_length(house):
    dbs, keys = house.plant.dbs, house.keys
    tables = {}
    clean_slate(dbs)
    house.plant.steady(keys["point own A"], 6, 8.0)
    for minutes in (60, 15, 30, 60):
        stages = (Normalization(dbs, minutes), Aggregation(dbs, minutes, zone("Europe/London")))
        for stage in stages:
            stage.recompute(BEGINNING_UTC, END_UTC, None)
            while stage.run_pass(lambda *_: None).did_work:
                pass
        meter = house.plant.values("energy_db", "tbl_meter_hourly")
        assert set(meter.values()) == {8.0 * minutes / 60}
        assert sum(meter.values()) == 48.0
        tenant = house.plant.values("energy_db", "tbl_tenant_input_category_hourly")
        assert sum(tenant.values()) == 48.0
        tables.setdefault(minutes, []).append((meter, tenant))
    assert tables[60][0] == tables[60][1]


def clean_slate(dbs: Databases) -> None:
    """No readings and no slots, as a site that changes its slots begins anew."""
    for database, table in (
        ("historical_db", "tbl_energy_value"),
        *((of, item) for of in ("energy_db", "billing_db", "carbon_db") for item in ("tbl_meter_hourly",)),
        *((of, "tbl_tenant_input_category_hourly") for of in ("energy_db", "billing_db", "carbon_db")),
    ):
        with dbs.session(database) as session:
            session.execute(f"DELETE FROM {table}")
