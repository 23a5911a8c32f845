from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from ems_common.periods import zone
from ems_normalization.repair import COLUMNS, Layer, RepairPoint, Replaced, named_points, repair_of, undoing
from ems_normalization.report import Report
from hypothesis import given
from hypothesis import strategies as st
from made_sheets import padded

LONDON = zone("Europe/London")
NOW_UTC = datetime(2026, 12, 1, tzinfo=UTC)
POINTS = {
    1: RepairPoint(1, "Register", "ENERGY_VALUE", False, 0, 1000),
    2: RepairPoint(2, "Other", "ENERGY_VALUE", False, 0, 1000),
    3: RepairPoint(3, "Power", "ANALOG_VALUE", False, 0, 1000),
    4: RepairPoint(4, "Formula", "ENERGY_VALUE", True, 0, 1000),
}
HEADER = ["id", "name", "time", "value"]


def read(*rows, tz=LONDON):
    report = Report()
    sheet = padded([HEADER, *(list(row) for row in rows)], COLUMNS)
    repair = repair_of(
        sheet, {key: POINTS[key] for key in named_points(sheet) if key in POINTS}, tz, NOW_UTC, report
    )
    return repair, report


def faults(report):
    return [(f["row"], f["column"], f["severity"], f["what"]) for f in json.loads(report.as_json())["faults"]]


def times(repair):
    return [f"{item.time_utc:%m-%dT%H:%M:%S}" for item in repair.readings]


def test_local_times_as_text_and_as_date_cells():
    repair, report = read(
        (1, "Register", "2026-06-01 07:00:00", 10),
        (1, "Register", datetime(2026, 6, 1, 7, 14, 59, 999_990), 11.5),
        ("1", "Register", "2026/6/1 7:30", "12"),
    )
    assert times(repair) == ["06-01T06:00:00", "06-01T06:15:00", "06-01T06:30:00"]
    assert [item.value_micro for item in repair.readings] == [10_000_000, 11_500_000, 12_000_000]
    assert repair.point_id == 1
    assert faults(report) == []


@pytest.mark.parametrize("backwards", [False, True])
def test_the_doubled_hour_is_told_apart_by_order(backwards):
    walls = ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]
    rows = [(1, "Register", f"2026-10-25 {wall}:00", n) for n, wall in enumerate(walls)]
    repair, report = read(*(reversed(rows) if backwards else rows))
    assert times(repair) == [
        f"10-{d}T{t}:00"
        for d, t in (
            ("24", "23:30"),
            ("25", "00:00"),
            ("25", "00:30"),
            ("25", "01:00"),
            ("25", "01:30"),
            ("25", "02:00"),
        )
    ]
    assert [item.value_micro // 1_000_000 for item in repair.readings] == [0, 1, 2, 3, 4, 5]
    assert faults(report) == []


def test_doubled_hours_of_two_years_do_not_mix():
    repair, _ = read(
        *(
            (1, "Register", f"{year}-10-{day} 01:30:00", n)
            for n, (year, day) in enumerate(((2024, 27), (2024, 27), (2025, 26), (2025, 26)))
        )
    )
    gaps = [b.time_utc - a.time_utc for a, b in zip(repair.readings[::2], repair.readings[1::2], strict=True)]
    assert gaps == [timedelta(hours=1)] * 2


def test_every_fault_refuses_the_file_and_all_are_told():
    repair, report = read(
        (1, "Registre", "2026-06-01 07:00:00", 10),
        (2, "Other", "2026-06-01 08:00:00", 10),
        (99, "Ghost", "2026-06-01 09:00:00", 10),
        ("?", "", "2026-06-01 10:00:00", 10),
        (1, "Register", "2026-06-31 10:00:00", 10),
        (1, "Register", "yesterday", 10),
        (1, "Register", None, 10),
        (1, "Register", "2026-03-29 01:30:00", 10),
        (1, "Register", "2026-06-01 07:00:00", 12),
        (1, "Register", "2027-06-01 07:00:00", 12),
        (1, "Register", "1900-06-01 07:00:00", 12),
        (1, "Register", "2026-06-02 07:00:00", 1000.5),
        (1, "Register", "2026-06-02 08:00:00", "=A1"),
        (1, "Register", "2026-06-02 09:00:00", "many"),
        (1, "Register", "2026-06-02 10:00:00", None),
    )
    assert repair is None
    assert faults(report) == [
        (2, "B", "warning", "the name is not that of the point"),
        (3, "A", "refusal", "the file is about another point too"),
        (4, "A", "refusal", "there is no point with this id"),
        (5, "A", "refusal", "the point's id is not a whole number"),
        (6, "C", "refusal", "there is no such date or time"),
        (7, "C", "refusal", "this is not a time"),
        (8, "C", "refusal", "the time is missing"),
        (9, "C", "refusal", "this time does not exist on that day"),
        (10, "C", "refusal", "the time occurs twice"),
        (11, "C", "refusal", "the time has not come yet"),
        (12, "C", "refusal", "the time is too long ago"),
        (13, "D", "refusal", "the value is outside the point's limits"),
        (14, "D", "refusal", "this is a formula instead of a value"),
        (15, "D", "refusal", "this is not a number"),
        (16, "D", "refusal", "the value is missing"),
    ]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ((3, "Power", "2026-06-01 07:00:00", 1), "this point is no energy register"),
        ((4, "Formula", "2026-06-01 07:00:00", 1), "this point is computed by a formula"),
    ],
)
def test_points_that_cannot_be_repaired(row, what):
    repair, report = read(row)
    assert repair is None
    assert faults(report) == [(2, "A", "refusal", what)]


def test_a_file_without_rows_and_one_that_goes_back():
    assert faults(read()[1]) == [(None, None, "refusal", "the file has no rows")]
    repair, report = read(
        (1, "Register", "2026-06-01 07:00:00", 9), (1, "Register", "2026-06-01 08:00:00", 8)
    )
    assert len(repair.readings) == 2
    assert faults(report) == [(None, None, "warning", "the register goes back")]


class Store:
    """Readings of one point and layers of repairs, as the database keeps them."""

    def __init__(self, readings):
        self.readings = dict(readings)
        self.layers: list[Layer] = []

    def apply(self, number, new):
        first, last = min(new), max(new)
        old = {at: value for at, value in self.readings.items() if first <= at <= last}
        for at in old:
            del self.readings[at]
        self.readings |= new
        items = {at: Replaced(old.get(at), 0 if at in old else None, new.get(at)) for at in old | new}
        self.layers.append(Layer(number, 1, datetime(2026, 1, 1) + timedelta(seconds=number), items))

    def undo(self, number):
        place = next(n for n, layer in enumerate(self.layers) if layer.file_id == number)
        layer = self.layers.pop(place)
        restored, handed = undoing(layer, self.layers[place:])
        for at, item in restored.items():
            if item.new_value is not None:
                del self.readings[at]
            if item.old_value is not None:
                self.readings[at] = item.old_value
        for later in self.layers:
            for at, item in handed.get(later.file_id, {}).items():
                known = later.items.get(at, Replaced(None, None, None))
                later.items[at] = Replaced(item.old_value, item.old_is_bad, known.new_value)


_AT = st.integers(0, 12).map(lambda n: datetime(2026, 1, 1) + timedelta(hours=n))
_READINGS = st.dictionaries(_AT, st.integers(0, 9).map(Decimal), min_size=1, max_size=6)


@given(st.data(), _READINGS, st.lists(_READINGS, min_size=1, max_size=4))
def test_repairs_can_be_taken_back_in_any_order(data, original, repairs):
    store = Store(original)
    for number, new in enumerate(repairs):
        store.apply(number, new)
    remaining = dict(enumerate(repairs))
    for number in data.draw(st.permutations(range(len(repairs)))):
        store.undo(number)
        del remaining[number]
        wanted = Store(original)
        for key, new in remaining.items():
            wanted.apply(key, new)
        assert store.readings == wanted.readings
