"""Figures of reports against plain sums over the stored rows, made with nothing of the product.

Sixty days of 2024 that both American and European clocks change in, with gaps and marked hours; every figure is
worked out again with SQL, Python's decimals, its calendar and its statistics.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from ems_api.testing import connect
from ems_site.pytest_plugin import FreshDatabase

from .conftest import CAMPUS, CELLAR, ELECTRICITY, GAS, PASSWORD, WEST, Site

pytestmark = pytest.mark.db

START_UTC = datetime(2024, 2, 15, tzinfo=UTC)
HOURS = 60 * 24
SPACE_TABLE = "tbl_space_input_category_hourly"
REPORTING = ("2024-03-01T00:00:00", "2024-04-05T17:30:00")
BASE = ("2024-02-16T00:00:00", "2024-02-29T23:59:59")
PERIODS = {
    "reportingperiodstartdatetime": REPORTING[0],
    "reportingperiodenddatetime": REPORTING[1],
    "baseperiodstartdatetime": BASE[0],
    "baseperiodenddatetime": BASE[1],
}
ZONES = ("Europe/London", "America/New_York", "Asia/Shanghai")
WEEKEND = (5, 6)
KGCE, KGCO2E = (
    {ELECTRICITY: Decimal("0.1229"), GAS: Decimal("0.1")},
    {
        ELECTRICITY: Decimal("0.2"),
        GAS: Decimal("0.18"),
    },
)


@dataclass(frozen=True)
class Row:
    """A stored hour."""

    start_utc: datetime
    value: Decimal
    quality: int


@pytest.fixture(scope="module")
def filled(site: Site) -> Site:
    """The site, with a building full of uneven hours."""
    random = np.random.default_rng(20240215)
    for database in ("energy_db", "billing_db", "carbon_db"):
        for category in (ELECTRICITY, GAS):
            _uneven(site, database, SPACE_TABLE, {"space_id": WEST, "energy_category_id": category}, random)
    for meter in (1, 2, 3):
        _uneven(site, "energy_db", "tbl_meter_hourly", {"meter_id": meter}, random)
    with site.dbs.session("system_db") as session:
        session.execute("INSERT INTO tbl_working_calendars (id, name) VALUES (8, 'Weekends')")
        session.execute(
            "INSERT INTO tbl_spaces_working_calendars (space_id, working_calendar_id) VALUES (%s, 8)", (WEST,)
        )
        days = [date(2024, 2, 1) + timedelta(days=n) for n in range(90)]
        session.executemany(
            "INSERT INTO tbl_working_calendars_non_working_days (working_calendar_id, date_local)"
            " VALUES (8, %s)",
            [(day,) for day in days if day.weekday() in WEEKEND],
        )
    return site


def _uneven(site: Site, database: str, table: str, keys: dict[str, int], random: np.random.Generator) -> None:
    starts = np.datetime64(START_UTC.replace(tzinfo=None), "s") + np.arange(HOURS) * np.timedelta64(3600, "s")
    kept = random.random(HOURS) > 0.05
    # Two whole days are missing, so that days without any value occur.
    kept[600:660] = False
    arrays: dict[str, Any] = {name: np.full(int(kept.sum()), key) for name, key in keys.items()}
    arrays["start_datetime_utc"] = starts[kept]
    arrays["actual_value"] = np.round(random.gamma(2.0, 7.0, HOURS), 6)[kept]
    arrays["quality"] = random.choice([0, 0, 0, 1, 2, 8, 9], HOURS).astype(np.uint8)[kept]
    with site.dbs.session(database) as session:
        session.upsert_arrays(table, arrays)


def _rows(site: Site, database: str, table: str, where: str, zone: str, span: tuple[str, str]) -> list[Row]:
    tz = ZoneInfo(zone)
    start, end = (datetime.fromisoformat(text).replace(tzinfo=tz).astimezone(UTC) for text in span)
    with site.dbs.session(database) as session:
        found = session.rows(
            f"SELECT start_datetime_utc, actual_value, quality FROM {table} WHERE {where}"
            " AND start_datetime_utc >= %s AND start_datetime_utc < %s ORDER BY start_datetime_utc",
            (start.replace(tzinfo=None), end.replace(tzinfo=None)),
        )
    return [Row(at.replace(tzinfo=UTC), Decimal(str(value)), quality) for at, value, quality in found]


def _of_space(category: int) -> str:
    return f"space_id = {WEST} AND energy_category_id = {category}"


def _label(at_utc: datetime, period_type: str, tz: ZoneInfo) -> str:
    local = at_utc.astimezone(tz)
    if period_type == "hourly":
        return local.strftime("%Y-%m-%dT%H:00:00")
    if period_type == "180min":
        # The calendar of the three days on which clocks change is tested with the buckets themselves.
        return local.replace(hour=local.hour // 3 * 3).strftime("%Y-%m-%dT%H:00:00")
    day = local.date()
    if period_type == "weekly":
        day -= timedelta(days=day.weekday())
    form = {"monthly": "%Y-%m", "yearly": "%Y"}.get(period_type, "%Y-%m-%d")
    return day.strftime(form)


def _by_label(rows: list[Row], period_type: str, tz: ZoneInfo) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        label = _label(row.start_utc, period_type, tz)
        sums[label] = sums.get(label, Decimal(0)) + row.value
    return sums


def _shown(period: dict[str, Any], part: int) -> dict[str, float]:
    """Label → value of a report; hours that a clock shows twice are added up, empty buckets left out."""
    sums: dict[str, float] = {}
    for label, value in zip(period["timestamps"][part], period["values"][part], strict=True):
        sums[label] = sums.get(label, 0.0) + value
    return {label: value for label, value in sums.items() if value}


def _same(shown: dict[str, float], expected: dict[str, Decimal]) -> None:
    assert list(shown) == list(expected)
    assert list(shown.values()) == pytest.approx([float(value) for value in expected.values()], abs=2e-6)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("period_type", ["hourly", "daily", "weekly", "monthly", "yearly"])
@pytest.mark.parametrize(
    ("report", "database"),
    [("spaceenergycategory", "energy_db"), ("spacecost", "billing_db"), ("spacecarbon", "carbon_db")],
)
def test_every_period_of_every_category_is_the_sum_of_its_rows(
    filled: Site, report: str, database: str, period_type: str, zone: str
) -> None:
    tz = ZoneInfo(zone)
    answer = filled.report(report, spaceid=WEST, periodtype=period_type, timezone=zone, **PERIODS)
    for name, span in (("reporting_period", REPORTING), ("base_period", BASE)):
        period = answer[name]
        for part, category in enumerate((ELECTRICITY, GAS)):
            rows = _rows(filled, database, SPACE_TABLE, _of_space(category), zone, span)
            _same(_shown(period, part), _by_label(rows, period_type, tz))
            assert period["subtotals"][part] == pytest.approx(float(sum(row.value for row in rows)), abs=1e-6)


@pytest.mark.parametrize("zone", ZONES)
def test_coal_gas_area_people_peaks_working_days_and_changes(filled: Site, zone: str) -> None:
    tz = ZoneInfo(zone)
    answer = filled.report("spaceenergycategory", spaceid=WEST, timezone=zone, **PERIODS)
    period, base = answer["reporting_period"], answer["base_period"]
    totals, before, coal, gas = {}, {}, Decimal(0), Decimal(0)
    for part, category in enumerate((ELECTRICITY, GAS)):
        rows = _rows(filled, "energy_db", SPACE_TABLE, _of_space(category), zone, REPORTING)
        totals[category] = sum((row.value for row in rows), Decimal(0))
        earlier = _rows(filled, "energy_db", SPACE_TABLE, _of_space(category), zone, BASE)
        before[category] = sum((row.value for row in earlier), Decimal(0))
        coal += totals[category] * KGCE[category]
        gas += totals[category] * KGCO2E[category]
        off = sum(row.value for row in rows if row.start_utc.astimezone(tz).weekday() in WEEKEND)
        assert period["non_working_days_subtotals"][part] == pytest.approx(float(off), abs=1e-6)
        assert period["working_days_subtotals"][part] == pytest.approx(
            float(totals[category] - off), abs=1e-6
        )
        assert period["subtotals_per_unit_area"][part] == pytest.approx(float(totals[category]) / 40)
        assert period["subtotals_per_capita"][part] is None
        assert period["increment_rates"][part] == pytest.approx(
            float((totals[category] - before[category]) / before[category])
        )
    rows = _rows(filled, "energy_db", SPACE_TABLE, _of_space(ELECTRICITY), zone, REPORTING)
    # Electricity: 07:00 to 23:00 is on-peak, by the local clock. Gas has no tariff.
    on = sum(row.value for row in rows if 7 <= row.start_utc.astimezone(tz).hour < 23)
    assert period["onpeaks"] == [pytest.approx(float(on), abs=1e-6), 0]
    assert period["offpeaks"] == [pytest.approx(float(totals[ELECTRICITY] - on), abs=1e-6), 0]
    assert period["total_in_kgce"] == pytest.approx(float(coal))
    assert period["total_in_kgco2e"] == pytest.approx(float(gas))
    assert period["total_in_kgce_per_unit_area"] == pytest.approx(float(coal) / 40)
    assert base["subtotals"] == pytest.approx([float(before[ELECTRICITY]), float(before[GAS])])


@pytest.mark.parametrize("zone", ZONES)
def test_load_is_mean_peak_and_base_of_the_rows_with_the_time_of_the_peak(filled: Site, zone: str) -> None:
    tz = ZoneInfo(zone)
    period = filled.report("spaceload", spaceid=WEST, timezone=zone, **PERIODS)["reporting_period"]
    for part, category in enumerate((ELECTRICITY, GAS)):
        rows = _rows(filled, "energy_db", SPACE_TABLE, _of_space(category), zone, REPORTING)
        values = [float(row.value) for row in rows]
        assert period["averages"][part] == pytest.approx(statistics.fmean(values))
        assert (period["maximums"][part], period["minimums"][part]) == (max(values), min(values))
        assert period["factors"][part] == pytest.approx(statistics.fmean(values) / max(values))
        peak = max(rows, key=lambda row: row.value)
        at = peak.start_utc.astimezone(tz).strftime("%Y-%m-%dT%H:%M:%S")
        assert period["maximum_timestamps"][part] == at
        of_days: dict[str, list[float]] = {}
        for row in rows:
            of_days.setdefault(_label(row.start_utc, "daily", tz), []).append(float(row.value))
        for label, mean, highest in zip(
            period["timestamps"][part],
            period["sub_averages"][part],
            period["sub_maximums"][part],
            strict=True,
        ):
            known = of_days.get(label)
            assert mean == (pytest.approx(statistics.fmean(known)) if known else None)
            assert highest == (max(known) if known else None)


@pytest.mark.parametrize("path", ["/reports", "/v1/reports"])
def test_statistics_are_those_of_the_days(filled: Site, path: str) -> None:
    """Under `/v1` of the whole ones that have a value; for clients of MyEMS all count, those without as 0."""
    zone = "America/New_York"
    query = filled.query(spaceid=WEST, timezone=zone, **PERIODS)
    period = filled.api.get(f"{path}/spacestatistics", params=query)["reporting_period"]
    for part, category in enumerate((ELECTRICITY, GAS)):
        rows = _rows(filled, "energy_db", SPACE_TABLE, _of_space(category), zone, REPORTING)
        sums = _by_label(rows, "daily", ZoneInfo(zone))
        if path == "/v1/reports":
            del sums[REPORTING[1][:10]]  # Cut at half past five in the afternoon.
        days = [float(value) for value in sums.values()]
        if path == "/reports":
            days += [0.0] * (len(period["timestamps"][part]) - len(days))
        for name, expected in (
            ("means", statistics.fmean(days)),
            ("medians", statistics.median(days)),
            ("minimums", min(days)),
            ("maximums", max(days)),
            ("stdevs", statistics.stdev(days)),
            ("variances", statistics.variance(days)),
        ):
            assert period[name][part] == pytest.approx(expected)


def test_meters_their_batch_and_their_balance_are_sums_of_their_rows(filled: Site) -> None:
    zone = "Europe/London"
    rows = {
        key: _rows(filled, "energy_db", "tbl_meter_hourly", f"meter_id = {key}", zone, REPORTING)
        for key in (1, 2, 3)
    }
    totals = {key: float(sum(row.value for row in of)) for key, of in rows.items()}
    one = filled.report("meterenergy", meterid=2, **PERIODS)["reporting_period"]
    assert one["total_in_category"] == pytest.approx(totals[2], abs=1e-6)
    batch = filled.report("meterbatch", spaceid=1, **PERIODS)["meters"]
    assert {line["id"]: line["subtotal"] for line in batch} == pytest.approx(totals, abs=1e-6)
    top = filled.report("meterbatch", spaceid=1, **PERIODS)["top_consumers"][0]
    ranked = sorted(totals.items(), key=lambda item: -item[1])
    assert top["ids"] == [key for key, _ in ranked]
    assert top["shares"] == pytest.approx([total / sum(totals.values()) for _, total in ranked])
    days = _by_label(rows[3], "daily", ZoneInfo(zone))
    shown = {day["date"]: day["value"] for day in batch[2]["daily_values"] if day["value"] is not None}
    _same(shown, days)
    balance = filled.report("metersubmetersbalance", meterid=1, **PERIODS)["reporting_period"]
    expected = totals[1] - totals[2] - totals[3]
    assert balance["difference_in_category"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("report", "query", "where"),
    [
        ("spaceenergycategory", {"spaceid": WEST}, f"space_id = {WEST}"),
        ("spaceload", {"spaceid": WEST}, f"space_id = {WEST}"),
        ("meterbatch", {"spaceid": 1}, "meter_id IN (1, 2, 3)"),
    ],
)
def test_the_share_of_doubtful_hours_is_that_of_the_rows(
    filled: Site, report: str, query: dict[str, int], where: str
) -> None:
    given = {key: value for key, value in PERIODS.items() if key.startswith("reporting")}
    found = filled.report(report, **query, **given)["data_quality"]
    table = "tbl_meter_hourly" if "meter" in where else SPACE_TABLE
    rows = _rows(filled, "energy_db", table, where, "Europe/London", REPORTING)
    assert found["slots"] == len(rows)
    for name, bit in (("estimated_share", 1), ("incomplete_share", 8), ("provisional_share", 2)):
        assert found[name] == pytest.approx(sum(1 for row in rows if row.quality & bit) / len(rows))


def test_a_baseline_is_not_counted_among_the_hours_that_were_measured(filled: Site) -> None:
    found = filled.report("spacesaving", spaceid=CAMPUS)["data_quality"]
    # 71 hours of electricity, 24 of gas; the baseline's own do not count.
    assert (found["slots"], found["estimated_share"]) == (95, pytest.approx(6 / 95))


def test_three_hours_at_a_time_begin_with_the_local_day(filled: Site) -> None:
    zone = "America/New_York"
    period = filled.report(
        "spaceenergycategory", spaceid=WEST, periodtype="180min", timezone=zone, **PERIODS
    )["reporting_period"]
    rows = _rows(filled, "energy_db", SPACE_TABLE, _of_space(ELECTRICITY), zone, REPORTING)
    tz = ZoneInfo(zone)
    changing = date(2024, 3, 10)
    usual = [row for row in rows if row.start_utc.astimezone(tz).date() != changing]
    shown = {
        label: value for label, value in _shown(period, 0).items() if not label.startswith(f"{changing}")
    }
    _same(shown, _by_label(usual, "180min", tz))
    # The day of 23 hours has eight buckets too, of which the last has two hours.
    of_day = [label for label in period["timestamps"][0] if label.startswith(f"{changing}")]
    assert of_day == [f"{changing}T{hour:02}:00:00" for hour in (0, 4, 7, 10, 13, 16, 19, 22)]


@pytest.mark.parametrize("period_type", ["15min", "90min", "61min", "2880min", "0min", "-60min", "60.0min"])
def test_minutes_that_do_not_fit_the_slots_or_the_day_are_refused(filled: Site, period_type: str) -> None:
    refused = filled.refused("spaceenergycategory", spaceid=WEST, periodtype=period_type)
    assert refused == (400, "API.INVALID_PERIOD_TYPE")


def test_several_spaces_in_one_request_are_the_single_reports_in_their_order(filled: Site) -> None:
    both = filled.report("spaceenergycategory", spaceids="3,1,3", **PERIODS)["reports"]
    single = [filled.report("spaceenergycategory", spaceid=key, **PERIODS) for key in (3, 1)]
    assert both == single
    assert filled.refused("spaceenergycategory", spaceids="3,99") == (404, "API.SPACE_NOT_FOUND")
    assert filled.refused("spaceenergycategory", spaceids="3,x") == (400, "API.INVALID_SPACE_ID")
    many = ",".join(str(n) for n in range(1, 52))
    assert filled.refused("spaceenergycategory", spaceids=many) == (400, "API.INVALID_SPACE_ID")


def test_a_site_of_quarter_hours_is_reported_by_quarters_and_its_load_is_power(
    filled: Site, fresh_database_module: FreshDatabase, tmp_path: Path
) -> None:
    starts = np.datetime64("2024-07-01T00:00:00", "s") + np.arange(16) * np.timedelta64(900, "s")
    arrays: dict[str, Any] = {
        "space_id": np.full(16, CELLAR),
        "energy_category_id": np.full(16, ELECTRICITY),
        "start_datetime_utc": starts,
        "actual_value": np.arange(16) / 4,
        "quality": np.zeros(16, dtype=np.uint8),
    }
    with filled.dbs.session("energy_db") as session:
        session.upsert_arrays(SPACE_TABLE, arrays)
    client = connect({**fresh_database_module.environ, "EMS_HOUR_MINUTES": "15"}, str(tmp_path))
    try:
        api = client.sign_in("administrator", PASSWORD)
        query = {
            "spaceid": CELLAR,
            "quickmode": "true",
            "reportingperiodstartdatetime": "2024-07-01T01:00:00",
            "reportingperiodenddatetime": "2024-07-01T04:59:59",
        }
        quarters = api.get("/reports/spaceenergycategory", params={**query, "periodtype": "15min"})
        period = quarters["reporting_period"]
        assert period["values"] == [pytest.approx([n / 4 for n in range(16)])]
        assert period["timestamps"][0][:2] == ["2024-07-01T01:00:00", "2024-07-01T01:15:00"]
        load = api.get("/reports/spaceload", params={**query, "periodtype": "30min"})["reporting_period"]
        # Two quarters of 0 and 0.25 kWh are 0 and 1 kW.
        assert (load["sub_averages"][0][0], load["sub_maximums"][0][0], load["maximums"]) == (0.5, 1, [15])
    finally:
        client.close()
