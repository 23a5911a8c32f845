"""Whatever stands in the cells: the sheet is read or refused, with a report that can be stored."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime

from ems_common.findings.finding import parsed
from ems_common.periods import zone
from ems_normalization import offline, repair
from ems_normalization.offline import OfflineMeter, days_of
from ems_normalization.repair import RepairPoint, named_points, repair_of
from ems_normalization.report import Report
from ems_normalization.workbook import Sheet, first_sheet
from hypothesis import given
from hypothesis import strategies as st
from made_sheets import padded
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

LONDON = zone("Europe/London")
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 3),
    st.floats(),
    st.floats(0, 30),
    st.text(max_size=20),
    st.sampled_from(
        [
            "=1",
            "1e5",
            "1e999",
            "٣",
            "１２",
            "²",
            "-0",
            "nan",
            "inf",
            "1_000",
            "2026-10-25 01:30:00",
            "A",
            "\ud800",
        ]
    ),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)
ROWS = st.lists(st.lists(CELLS, max_size=6), max_size=12)
METERS = {n: OfflineMeter(n, "A", 0, 100) for n in range(3)}
POINTS = {n: RepairPoint(n, "A", "ENERGY_VALUE", False, 0, 100) for n in range(3)}


def as_read(rows, columns):
    return Sheet([tuple([*row, *([None] * (columns - len(row)))][:columns]) for row in rows])


def assert_storable(report):
    text = report.as_json()
    assert text.encode("utf-8")
    stored = json.loads(text)
    for fault in stored["faults"]:
        assert fault["what"]
        told = parsed(json.dumps(fault["data"]))
        assert told is not None
        assert told.what.sentence == fault["what"]
        assert (told.advice.sentence if told.advice else "") == fault["advice"]
        assert fault["value"] is None or len(fault["value"]) <= 80
    assert stored["counts"]["errors"] + stored["counts"]["warnings"] == len(report.faults)


@given(ROWS, st.sampled_from([[2026, 6], [2026, 3]]), st.booleans())
def test_any_cells_of_an_offline_file(rows, month, with_month):
    report = Report()
    head = [["Year", "Month"], month] if with_month else []
    days = days_of(as_read([*head, *rows], offline.COLUMNS), METERS, LONDON, date(2026, 12, 1), report)
    assert_storable(report)
    for day in days:
        assert 0 <= day.energy_micro <= 2500 * 10**6
    assert len({(day.meter_id, day.day) for day in days}) == len(days)


@given(ROWS)
def test_any_cells_of_a_repair_file(rows):
    report = Report()
    sheet = as_read([["header"], *rows], repair.COLUMNS)
    known = {key: POINTS[key] for key in named_points(sheet) if key in POINTS}
    found = repair_of(sheet, known, LONDON, datetime(2026, 12, 1, tzinfo=UTC), report)
    assert_storable(report)
    assert (found is None) == report.is_refused
    if found is not None:
        times = [reading.time_utc for reading in found.readings]
        assert times == sorted(set(times))


def test_array_formulas_and_data_tables_are_formulas():
    book = Workbook()
    for row in (["Year", "Month"], [2026, 6], [1, "A", None, 1, None, 2]):
        book.active.append(row)
    book.active["E3"] = ArrayFormula("E3:E3", "=SUM(D3:D3*2)")
    book.active["G3"] = DataTableFormula(ref="G3:G3", ca=True)
    target = io.BytesIO()
    book.save(target)
    report = Report()
    days = days_of(
        first_sheet(target.getvalue(), offline.LAST_ROW, offline.COLUMNS),
        METERS,
        LONDON,
        date(2026, 12, 1),
        report,
    )
    assert [day.day.day for day in days] == [1, 3]
    assert {fault.column for fault in report.faults} <= {"E", "G"}
    assert "E" in {fault.column for fault in report.faults}


def test_a_ragged_sheet_is_read():
    assert padded([[1], [2, 3]], 3).rows == [(1, None, None), (2, 3, None)]
