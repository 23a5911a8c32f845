"""The demo site's declaration: complete, consistent, and counted exactly once."""

from __future__ import annotations

import io
import itertools
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS
from ems_common.catalog.entities import ENTITIES
from ems_common.drivers.modbus.address import ModbusAddress, ModbusConnection
from ems_common.drivers.mqtt import MqttAddress, MqttConnection
from ems_common.errors import BadInput
from ems_database.demo import dated
from ems_database.demo.document import Document, plant_meters
from ems_database.demo.points import add_points
from ems_database.demo.rows import DATABASE_OF, site_rows
from ems_database.demo.settings import DemoSettings
from msgspec import convert
from openpyxl import load_workbook

SITE = Path(__file__).parents[2] / "demo"


@pytest.fixture(scope="module")
def document():
    return Document.read(SITE)


@pytest.fixture(scope="module")
def rows(document):
    found = site_rows(document)
    add_points(document, found, DemoSettings())
    return found


def by_id(rows, table):
    return {row["id"]: row for row in rows[table]}


def test_ids_are_unique_in_every_table(rows):
    for table, given in rows.items():
        ids = [row["id"] for row in given if "id" in row]
        assert len(ids) == len(set(ids)), table


def test_every_reference_leads_to_a_row_of_the_site(rows):
    known = {table: {row["id"] for row in given if "id" in row} for table, given in rows.items()}
    known |= {"tbl_timezones": {26}, "tbl_users": {1, 2}}
    for table, given in rows.items():
        columns = TABLES[DATABASE_OF.get(table, "system_db")][table].by_name
        for row in given:
            for name, value in row.items():
                target = columns[name].reference
                if target and value is not None:
                    assert value in known[target], f"{table} {row} {name}"


def test_every_binding_leads_to_rows_of_the_site(rows):
    known = {table: {row["id"] for row in given if "id" in row} for table, given in rows.items()}
    known["tbl_users"] = {1, 2}
    for binding in BINDINGS:
        for row in rows.get(binding.table, ()):
            assert row[binding.owner_key] in known[binding.owner], (binding.table, row)
            assert row[binding.member_key] in known[binding.member], (binding.table, row)


def test_every_meter_of_the_plant_is_in_the_site_and_has_one_energy_point(document, rows):
    points = by_id(rows, "tbl_points")
    energy = Counter(
        row["meter_id"]
        for row in rows["tbl_meters_points"]
        if points[row["point_id"]]["object_type"] == "ENERGY_VALUE"
    )
    assert set(energy.values()) == {1}
    assert set(energy) == {meter["id"] for meter in plant_meters(document.plant)}
    assert set(energy) == set(by_id(rows, "tbl_meters"))
    assert 45 <= len(energy) <= 60


def test_the_history_names_only_points_that_exist(document, rows):
    assert set(document.plant["history"]["hourly_points"]) <= set(by_id(rows, "tbl_points"))


def test_sub_meters_have_a_master_of_their_category(rows):
    meters = by_id(rows, "tbl_meters")
    with_master = [m for m in meters.values() if m.get("master_meter_id")]
    assert len(with_master) >= 10
    for meter in with_master:
        assert meters[meter["master_meter_id"]]["energy_category_id"] == meter["energy_category_id"]


def test_energy_items_are_of_the_meters_category(rows):
    items = by_id(rows, "tbl_energy_items")
    for table in ("tbl_meters", "tbl_virtual_meters"):
        for meter in rows[table]:
            if meter.get("energy_item_id"):
                item = items[meter["energy_item_id"]]
                assert item["energy_category_id"] == meter["energy_category_id"], meter["name"]


def test_addresses_and_connections_are_what_the_drivers_take(rows):
    kinds = {"modbus-tcp": (ModbusConnection, ModbusAddress), "mqtt": (MqttConnection, MqttAddress)}
    sources = by_id(rows, "tbl_data_sources")
    for source in sources.values():
        if source["protocol"] in kinds:
            convert(json.loads(source["connection"]), kinds[source["protocol"]][0])
    for point in rows["tbl_points"]:
        protocol = sources[point["data_source_id"]]["protocol"]
        if protocol in kinds:
            convert(json.loads(point["address"]), kinds[protocol][1])


def test_tariff_slots_cover_the_day_with_four_or_five_peak_types(rows):
    slots: dict[int, list[dict]] = {}
    for slot in rows["tbl_tariffs_timeofuses"]:
        slots.setdefault(slot["tariff_id"], []).append(slot)
    for of_tariff in slots.values():
        assert of_tariff[0]["start_time_of_day"] == "00:00:00"
        assert of_tariff[-1]["end_time_of_day"] == "23:59:59"
        for left, right in itertools.pairwise(of_tariff):
            assert left["end_time_of_day"] == right["start_time_of_day"]
    assert len({slot["peak_type"] for slot in slots[1]}) == 5


def test_campus_electricity_is_each_building_meter_exactly_once(document, rows):
    """Expands the campus' counted members down to what the plant's meters measure, by hand rather than by
    the aggregation's own code."""
    meters = {meter["id"]: meter for meter in document.plant["meters"]}
    got = Counter()
    for (kind, meter_id), times in campus_input(rows).items():
        category = by_id(rows, f"tbl_{kind}s")[meter_id]["energy_category_id"]
        if category != 1:
            continue
        for physical, factor in physical_of(rows, kind, meter_id).items():
            add(got, measured(meters, physical), factor * times)
    wanted = Counter()
    for meter_id in document.plant["microgrid"]["load"]:
        add(wanted, measured(meters, meter_id), 1.0)
    wanted["charger"] += 1.0
    assert {name: round(v, 9) for name, v in got.items() if abs(v) > 1e-9} == {
        name: round(v, 9) for name, v in wanted.items()
    }


def test_every_gas_and_heat_meter_is_counted_once_at_the_campus(rows):
    wanted = {m["id"] for m in rows["tbl_meters"] if m["energy_category_id"] in (2, 3)}
    got = {m: n for (kind, m), n in campus_input(rows).items() if kind == "meter" and m in wanted}
    assert got == dict.fromkeys(wanted, 1)


def campus_input(rows):
    """How often each (kind, meter) is counted as the campus' input."""
    entities = {entity.kind: entity for entity in ENTITIES}

    def expand(kind, key):
        found = Counter()
        for member in entities[kind].members:
            if member.flow != "input":
                continue
            for row in rows.get(member.table, ()):
                if row.get(member.owner_key) != key or (member.by_flag and row["is_output"]):
                    continue
                child = row["id"] if member.table == entities[member.kind].table else row[member.member_key]
                table = by_id(rows, entities[member.kind].table)
                if entities[member.kind].is_meter:
                    found[member.kind, child] += int(table[child]["is_counted"])
                elif table[child]["is_input_counted"]:
                    found.update(expand(member.kind, child))
        return found

    return {key: times for key, times in expand("space", 1).items() if times}


def physical_of(rows, kind, meter_id):
    if kind == "meter":
        return {meter_id: 1.0}
    virtual = by_id(rows, "tbl_virtual_meters")[meter_id]
    names = {v["name"]: v["meter_id"] for v in rows["tbl_variables"] if v["virtual_meter_id"] == meter_id}
    factors, sign = {}, 1.0
    for word in virtual["equation"].split():
        if word in "+-":
            sign = 1.0 if word == "+" else -1.0
        else:
            factors[names[word]] = sign
    return factors


def measured(meters, meter_id):
    if meter_id == 6:
        return {"charger": 1.0}
    given = meters[meter_id]["measures"]
    return given if isinstance(given, dict) else dict.fromkeys(given, 1.0)


def add(counter, measures, factor):
    for name, value in measures.items():
        counter[name] += value * factor


def test_unknown_key_is_refused_with_its_place(tmp_path):
    for name in ("site.yaml", "plant.yaml", "single-line.svg"):
        (tmp_path / name).write_text((SITE / name).read_text(encoding="utf-8"), encoding="utf-8")
    text = (tmp_path / "site.yaml").read_text(encoding="utf-8")
    (tmp_path / "site.yaml").write_text(text.replace("cost_center: works}", "cost_center: wroks}"), "utf-8")
    with pytest.raises(BadInput, match="wroks"):
        site_rows(Document.read(tmp_path))


def test_budgets_begin_with_the_month_and_the_year_that_run(document):
    rows = site_rows(document, date(2026, 11, 22))["tbl_budgets"]
    months = [row["starts_on"] for row in rows if row["name"] == "Campus electricity"]
    assert months[:3] == [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)]
    assert months[-1] == date(2027, 11, 1)
    years = [row["starts_on"] for row in rows if row["period"] == "year"]
    assert years == [date(2026, 1, 1), date(2027, 1, 1)]
    for row in rows:
        assert (row.get("space_id") is None) != (row.get("tenant_id") is None)


def test_water_is_read_for_every_whole_day_of_the_past(document):
    noon_utc = datetime(2026, 3, 2, 12, tzinfo=UTC)
    books = {row["file_name"]: row["file_object"] for row in dated.files(document, 31, noon_utc)}
    assert sorted(books) == ["water-2026-01.xlsx", "water-2026-02.xlsx", "water-2026-03.xlsx"]
    # The day of the installation is not over; the first day of the past is not whole.
    days = {name: filled_days(book) for name, book in books.items()}
    assert days == {
        "water-2026-01.xlsx": [31],
        "water-2026-02.xlsx": list(range(1, 29)),
        "water-2026-03.xlsx": [1],
    }
    assert dated.files(document, 0, noon_utc) == []


def filled_days(book: bytes) -> list[int]:
    """The days that have a value in every row of a workbook of offline meters."""
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert [row[0] for row in rows] == [1, 2]
    return [n for n, values in enumerate(zip(*(row[3:] for row in rows), strict=True), 1) if all(values)]
