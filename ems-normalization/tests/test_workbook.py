from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import datetime

import pytest
from ems_common.errors import BadInput
from ems_normalization import workbook
from ems_normalization.workbook import first_sheet, is_empty
from hypothesis import given, settings
from hypothesis import strategies as st
from made_sheets import workbook as made

CONTENT = made([["a", 1, 2.5], [None, datetime(2026, 3, 1, 7, 15)], ["=1+1", "  ", True]])


def rezipped(replace: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(CONTENT)) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            new.writestr(name, replace.get(name, old.read(name)))
    return target.getvalue()


def test_cells_of_the_first_sheet_are_read_and_formulas_stay_text():
    sheet = first_sheet(CONTENT, 10, 4)
    assert sheet.rows[0] == ("a", 1, 2.5, None)
    assert sheet.rows[1] == (None, datetime(2026, 3, 1, 7, 15), None, None)
    assert sheet.rows[2] == ("=1+1", "  ", True, None)
    assert sheet.first_unread_row is None


def test_rows_beyond_the_bound_are_not_read_but_noticed():
    content = made([["x", n] for n in range(10)])
    sheet = first_sheet(content, 4, 2)
    assert len(sheet.rows) == 4
    assert sheet.first_unread_row == 5


def test_columns_beyond_the_bound_are_not_read():
    assert first_sheet(made([list(range(500))]), 5, 3).rows == [(0, 1, 2)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"PK\x03\x04 not really",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        CONTENT[:-200],
    ],
    ids=["empty", "text", "torn", "old .xls", "cut off"],
)
def test_what_is_no_workbook_is_refused(content):
    with pytest.raises(BadInput, match="not an Excel workbook"):
        first_sheet(content, 10, 4)


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = rezipped({"xl/worksheets/sheet1.xml": b"\0" * (workbook.MAX_UNPACKED_BYTES + 1)})
    assert len(bomb) < 100_000
    with pytest.raises(BadInput, match="unpacks to more than 32 MiB"):
        first_sheet(bomb, 10, 4)


def test_a_single_part_is_bounded_too():
    cells = b"<c><v>1</v></c>" * (workbook.MAX_PART_BYTES // 15 + 1)
    with pytest.raises(BadInput, match="a part of the workbook is too large"):
        first_sheet(rezipped({"xl/worksheets/sheet1.xml": cells}), 10, 4)


def test_a_part_that_unpacks_to_more_than_it_declares_is_not_unpacked_further():
    sheet = b"<worksheet><sheetData>" + b" " * 7_000_000 + b"</sheetData></worksheet>"
    content = bytearray(rezipped({"xl/worksheets/sheet1.xml": sheet}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        names = archive.namelist()
    size = len(sheet).to_bytes(4, "little")
    start = content.find(b"PK\x01\x02")
    assert names
    assert content.find(size, start) > 0
    lying = bytes(content).replace(size, (1000).to_bytes(4, "little"))
    with pytest.raises(BadInput, match="damaged"):
        first_sheet(lying, 10, 4)


def test_other_packing_and_too_many_parts_and_too_large_files_are_refused(monkeypatch):
    with pytest.raises(BadInput, match="unknown way"):
        first_sheet(rezipped({}, zipfile.ZIP_LZMA), 10, 4)
    monkeypatch.setattr(workbook, "MAX_PARTS", 3)
    with pytest.raises(BadInput, match="too many parts"):
        first_sheet(CONTENT, 10, 4)
    monkeypatch.setattr(workbook, "MAX_FILE_BYTES", 100)
    with pytest.raises(BadInput, match="larger than"):
        first_sheet(CONTENT, 10, 4)


def test_entities_are_refused():
    sheet = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">'
        b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1" t="inlineStr"><is><t>&b;&f;</t></is></c></row></sheetData></worksheet>'
    )
    with pytest.raises(BadInput, match="damaged") as caught:
        first_sheet(rezipped({"xl/worksheets/sheet1.xml": sheet}), 10, 4)
    causes, ex = [], caught.value
    while ex is not None:
        causes.append(type(ex).__name__)
        ex = ex.__cause__ or ex.__context__
    assert "EntitiesForbidden" in causes


def test_a_senseless_row_number_is_survived():
    huge = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    huge += b'<row r="999999999"><c r="XFD999999999"><v>1</v></c></row></sheetData></worksheet>'
    sheet = first_sheet(rezipped({"xl/worksheets/sheet1.xml": huge}), 10, 4)
    assert all(is_empty(row) for row in sheet.rows)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(CONTENT) - 1), st.binary(min_size=1, max_size=40))
def test_damaged_bytes_are_read_or_refused_but_never_break(position, noise):
    damaged = CONTENT[:position] + noise + CONTENT[position + len(noise) :]
    with suppress(BadInput):
        first_sheet(damaged, 10, 4)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/ abc=\"'&;0123456789rvstfnxlmworkshedDat", max_size=300))
def test_any_text_as_a_sheet_is_read_or_refused(text):
    with suppress(BadInput):
        first_sheet(rezipped({"xl/worksheets/sheet1.xml": text.encode()}), 10, 4)
