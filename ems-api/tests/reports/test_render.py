"""Documents as files: cells, charts, languages, and texts that would like to be something else."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from datetime import datetime

import numpy as np
import pypdfium2
import pytest
from ems_api.reports.render import chart, files, numbers, pieces
from ems_api.reports.render.document import (
    BAR,
    LINE,
    NUMBER,
    PERCENT,
    PIE,
    STACKED,
    TIME,
    Chart,
    Column,
    Document,
    Table,
)
from ems_api.reports.render.flow_chart import Flow, ribbons
from ems_api.reports.texts import LANGUAGES, Texts
from openpyxl import load_workbook

NASTY = '=HYPERLINK("http://x")'
MARKUP = "#panic() *x* </svg> & 能源 العربية"


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314  (our own drawing)


def table(rows: int = 3, kind: str = BAR) -> Table:
    values = np.arange(rows, dtype=np.float64)
    values[:1] = np.nan
    columns = [
        Column("Time", [f"2026-01-{n + 1:02d}" for n in range(rows)], form=TIME),
        Column(MARKUP, values, "kWh", NUMBER, float(np.nansum(values))),
        Column("Share", values / 10, "", PERCENT),
    ]
    return Table("Values", columns, [Chart(kind, MARKUP, 0, [1])], "Total")


def document(*tables: Table, language: str = "en") -> Document:
    return Document("Energy", NASTY, [("Space", MARKUP)], tables, language, "file")


def test_csv_has_plain_numbers_and_no_formulas() -> None:
    content = files.make("csv", document(table()))
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == ["Energy", f"'{NASTY}"]
    assert rows[4] == ["Time", f"{MARKUP} (kWh)", "Share"]
    assert rows[5] == ["2026-01-01", "", ""]
    assert rows[7] == ["2026-01-03", "2.0", "0.2"]
    assert rows[8] == ["Total", "3.0", ""]


def test_csv_has_whole_counts_and_no_total_that_is_not_known() -> None:
    columns = [Column("Name", ["a", "b"]), Column("Hours", [2, np.int64(3)], form=NUMBER, total=np.nan)]
    content = files.make("csv", document(Table("Counts", columns, (), "Total"))).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[-3:] == [["a", "2"], ["b", "3"], ["Total", ""]]


def test_a_workbook_keeps_texts_as_texts_and_draws_native_charts() -> None:
    book = load_workbook(io.BytesIO(files.make("xlsx", document(table(), table(rows=100, kind=LINE)))))
    cover, short, long = book.worksheets
    assert cover["A2"].value == NASTY
    assert cover["A2"].data_type == "s"
    assert len(short._charts) == 1
    assert len(long._charts) == 1
    assert long.freeze_panes == "B4"
    assert long["B5"].value == 1
    assert long["B5"].number_format == "#,##0.00"
    # The head of a native table is what its cell says; the first two stamps of the table are days.
    assert [table.ref for table in long.tables.values()] == ["A3:C103"]
    assert long["A4"].value == datetime(2026, 1, 1)
    assert long["A4"].number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("kind", [BAR, STACKED, LINE, PIE])
@pytest.mark.parametrize("rows", [0, 1, 3, 800])
def test_a_chart_is_well_formed_whatever_it_shows(kind: str, rows: int) -> None:
    found = parsed(chart.svg(table(rows, kind), table(rows, kind).charts[0]))
    assert found.tag.endswith("svg")
    assert "nan" not in ET.tostring(found, encoding="unicode")


def test_a_ring_of_a_single_value_is_a_whole_circle() -> None:
    one = Table(
        "Values", [Column("Name", ["a"]), Column("Energy", np.array([5.0]), "kWh")], [Chart(PIE, "", 0, [1])]
    )
    found = parsed(chart.svg(one, one.charts[0]))
    circle = next(node for node in found.iter() if node.tag.endswith("circle"))
    assert float(circle.attrib["stroke-width"]) > 0


def test_a_chart_of_nothing_but_negative_or_unknown_values_still_has_an_axis() -> None:
    for values in ([-5.0, -1.0], [None, None], [0, 0]):
        of = Table("x", [Column("t", ["a", "b"]), Column("v", values)], [Chart(BAR, "c", 0, [1])])
        texts = [node.text for node in parsed(chart.svg(of, of.charts[0])).iter() if node.text]
        assert "0" in texts


def test_a_line_has_a_gap_where_a_value_is_unknown() -> None:
    of = Table("x", [Column("t", list("abcd")), Column("v", [1, 2, None, 3])], [Chart(LINE, "c", 0, [1])])
    (path,) = [node for node in parsed(chart.svg(of, of.charts[0])).iter() if node.tag.endswith("path")]
    assert path.attrib["d"].count("M") == 2


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_pdf_and_pictures_are_made_in_every_language(language: str) -> None:
    of = document(table(rows=90), table(kind=PIE), language=language)
    assert files.make("pdf", of).startswith(b"%PDF-")
    assert files.make("png", of).startswith(b"\x89PNG")
    assert b"2026" not in files.make("svg", document())
    assert files.make("png", document()) == b""


@pytest.mark.parametrize(("language", "is_right_to_left"), [("ar", True), ("de", False), ("zh_CN", False)])
def test_what_is_read_from_right_to_left_begins_on_the_right(language: str, is_right_to_left: bool) -> None:
    columns = [Column("a", [111_111.0] * 3, "", NUMBER), Column("b", [222_222.0] * 3, "", NUMBER)]
    of = Document("Energy", "Hall", [("Space", "X")], [Table("Values", columns)], language, "file")
    page = pypdfium2.PdfDocument(files.make("pdf", of))[0].get_textpage()

    def left(text: str) -> float:
        at = page.search(text).get_next()
        assert at is not None
        return float(page.get_charbox(at[0])[0])

    first, second = numbers.shown(111_111, NUMBER, language), numbers.shown(222_222, NUMBER, language)
    assert (left(first) > left(second)) == is_right_to_left
    # The digits themselves run from left to right everywhere.
    assert first in page.get_text_bounded()
    sheet = load_workbook(io.BytesIO(files.make("xlsx", of))).worksheets[0]
    assert bool(sheet.sheet_view.rightToLeft) == is_right_to_left


def test_changes_are_shown_where_myems_shows_them_and_where_they_are_known_under_v1() -> None:
    now, before = np.array([[0.0, 5.0, 3.0, 4.0]]), np.array([[2.0, -4.0, 0.0, 2.0]])
    myems = pieces.bucket_changes(now, before, v1=False)
    assert myems.tolist()[0][1:] == [-2.25, pytest.approx(float("nan"), nan_ok=True), 1.0]
    assert np.isnan(myems[0, 0])
    ours = pieces.bucket_changes(now, before, v1=True)
    assert ours[0, [0, 3]].tolist() == [-1.0, 1.0]
    assert np.isnan(ours[0, 1:3]).all()
    assert pieces.change_of(1.0, -2.0) is None
    assert pieces.change_of(1.0, -2.0, signed=True) == -1.5


def test_numbers_are_written_the_way_of_the_language() -> None:
    assert numbers.shown(1234567.891, NUMBER, "en") == "1,234,567.89"
    assert numbers.shown(1234567.891, NUMBER, "de") == "1.234.567,89"
    assert numbers.shown(float("nan"), NUMBER, "en") == ""
    assert numbers.compact(1_250_000, "zh_CN") == "1.25M"


def test_ribbons_are_as_thick_as_what_flows_and_end_where_their_places_are() -> None:
    flows = [Flow("Grid", "Hall", 30.0), Flow("Grid", "Office", 10.0), Flow("Hall", "Office", 5.0)]
    shown = parsed(f"<svg>{''.join(ribbons(flows, 600.0, 300.0, 'kWh', 'en'))}</svg>")
    widths = [float(path.attrib["stroke-width"]) for path in shown.iter("path")]
    # 40 kWh fill the column of the grid: 260 px of 300 less the margins.
    assert widths == pytest.approx([195.0, 65.0, 32.5], abs=0.1)
    heights = [float(node.attrib["height"]) for node in shown.iter("rect")]
    assert heights == pytest.approx([260.0, 195.0, 97.5], abs=0.1)
    assert len({node.attrib["x"] for node in shown.iter("rect")}) == 3


def test_flows_in_a_ring_or_without_a_value_are_no_trouble() -> None:
    ring = [Flow("A", "B", 1.0), Flow("B", "A", 1.0), Flow("A", "A", 5.0), Flow("B", "C", 0.0)]
    assert parsed(f"<svg>{''.join(ribbons(ring, 600.0, 300.0, '', 'en'))}</svg>") is not None
    assert ribbons([Flow("A", "B", 0.0)], 600.0, 300.0, "", "en") == []


def test_every_language_has_every_text() -> None:
    english = set(Texts.of("en").of_key)
    assert {"en", "de", "zh_CN", "ar"} <= LANGUAGES
    for language in LANGUAGES:
        assert set(Texts.of(language).of_key) == english


@pytest.mark.parametrize(
    ("given", "language"),
    [("", "en"), ("de_AT", "de"), ("zh-CN", "zh_CN"), ("xx", "en"), ("../../etc", "en"), ("DE", "de")],
)
def test_an_unknown_language_is_english(given: str, language: str) -> None:
    assert Texts.of(given).language == language
