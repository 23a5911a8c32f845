"""The simulated past: its readings, its faults, and the truth about it."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from ems_common.errors import BadInput
from ems_simulator import state
from ems_simulator.history.csvfile import rows_of, time_texts
from ems_simulator.history.faults import Readings
from ems_simulator.history.window import Window
from ems_simulator.history.writer import write_history
from ems_simulator.plant import Plant

END_UTC = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
DAYS = 30


class Past:
    def __init__(self, out, var_dir):
        self.out = out
        self.var_dir = var_dir
        self.truth = json.loads((out / "truth.json").read_text())
        self.rows = defaultdict(list)
        self.late = Counter()
        for path in sorted(out.glob("*.csv.gz")):
            with gzip.open(path, "rt") as lines:
                reader = csv.reader(lines)
                assert next(reader) == ["point_id", "utc_date_time", "actual_value"]
                for point, when, value in reader:
                    self.rows[int(point)].append((when, float(value)))
                    self.late[int(point)] += path.name.startswith("late-")

    def good_readings(self, meter):
        """Sorted, without duplicates, without the readings that the truth calls wrong."""
        wrong = {
            f["from_utc"][:19]
            for f in self.truth["faults"]
            if f["point_id"] == meter["point_id"] and f["class"] in ("spike", "zero")
        }
        return sorted({(when, value) for when, value in self.rows[meter["point_id"]] if when not in wrong})


@pytest.fixture(scope="module")
def past(declared, tmp_path_factory):
    out, var_dir = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("var")
    write_history(declared, out, var_dir, END_UTC, DAYS)
    return Past(out, var_dir)


def test_window_ends_at_the_last_full_quarter(past):
    assert past.truth["end_utc"] == "2026-11-20T10:00:00+00:00"
    assert past.truth["start_utc"] == "2026-10-21T10:00:00+00:00"


def test_readings_of_every_meter_sum_to_its_true_advance(declared, past):
    """An independent reader: differences in time order, rollovers unwound, exchanges bridged by their record,
    and a fall without either is a reset from zero."""
    modulus = {meter.id: meter.modulus_kwh for meter in declared.meters}
    exchanges = {e["meter_id"]: e for e in past.truth["meter_exchanges"]}
    for meter in past.truth["meters"]:
        key = meter["meter_id"]
        advance = 0.0
        for (before, old), (after, new) in itertools.pairwise(past.good_readings(meter)):
            exchange = exchanges.get(key)
            if exchange and before < exchange["exchanged_utc"][:19] <= after:
                advance += exchange["last_old_value"] - old + new - exchange["first_new_value"]
            elif new >= old:
                advance += new - old
            elif modulus.get(key) and old - new > modulus[key] / 2:
                advance += new - old + modulus[key]
            else:
                advance += new
        assert advance == pytest.approx(meter["advance_kwh"], abs=1e-6), meter["code"]


def test_months_and_hours_sum_to_the_advance(past):
    hours = np.load(past.out / "truth_hours.npz")
    by_meter = dict(zip(hours["meter_id"].tolist(), hours["energy_kwh"], strict=True))
    assert (np.diff(hours["hour_utc"]) == 3600).all()
    assert hours["hour_utc"][0] == int(datetime(2026, 10, 21, 10, tzinfo=UTC).timestamp())
    for meter in past.truth["meters"]:
        assert sum(meter["months_kwh"].values()) == pytest.approx(meter["advance_kwh"], abs=1e-6)
        assert by_meter[meter["meter_id"]].sum() == pytest.approx(meter["advance_kwh"], abs=1e-6)
        assert (by_meter[meter["meter_id"]] >= 0.0).all()


def test_every_kind_of_fault_is_there(past):
    kinds = Counter(fault["class"] for fault in past.truth["faults"])
    wanted = {
        "gap",
        "meter_exchange",
        "unrecorded_reset",
        "spike",
        "zero",
        "stuck",
        "duplicate",
        "out_of_order",
    }
    assert wanted | {"late"} <= set(kinds)


def test_register_with_a_modulus_wraps_within_a_year(declared, tmp_path):
    out = tmp_path / "out"
    began = time.monotonic()
    write_history(declared, out, tmp_path, END_UTC, 365)
    # Twenty seconds are allowed; a busy machine gets them here.
    assert time.monotonic() - began < 20.0
    year = json.loads((out / "truth.json").read_text())
    rolled = Counter(f["meter_id"] for f in year["faults"] if f["class"] == "rollover")
    assert rolled[602] >= 2
    assert rolled[1101] >= 1
    energy = {m["code"]: m["advance_kwh"] for m in year["meters"]}
    # The campus: what was bought and made is what was used, batteries' losses and cars included.
    used = sum(energy[declared.meter(i).code] for i in declared.load_meters) + energy["M-006"]
    bought = energy["M-001"] - energy["M-002"] + energy["M-003"] + energy["M-005"] - energy["M-004"]
    assert used == pytest.approx(bought, rel=1e-6)


def test_gap_has_no_readings_and_its_ends_have(past):
    gaps = [f for f in past.truth["faults"] if f["class"] == "gap"]
    assert len(gaps) >= 10
    for gap in gaps:
        times = {when for when, _ in past.rows[gap["point_id"]]}
        start, end = gap["from_utc"][:19], gap["to_utc"][:19]
        assert start in times
        assert not [when for when in times if start < when < end]


def test_stuck_register_repeats_itself_and_catches_up(past):
    for fault in (f for f in past.truth["faults"] if f["class"] == "stuck"):
        inside = {
            v for when, v in past.rows[fault["point_id"]] if fault["from_utc"] <= when < fault["to_utc"][:19]
        }
        assert len(inside) == 1


def test_reset_forgets_the_index_while_nothing_flows(past):
    fault = next(f for f in past.truth["faults"] if f["class"] == "unrecorded_reset")
    values = dict(past.rows[fault["point_id"]])
    assert values[fault["from_utc"][:19]] > 1000.0
    assert values[fault["to_utc"][:19]] == 0.0


def test_duplicates_are_whole_rows(past):
    fault = next(f for f in past.truth["faults"] if f["class"] == "duplicate")
    rows = past.rows[fault["point_id"]]
    assert len(rows) - len(set(rows)) == fault["count"]
    assert len(set(rows)) == len({when for when, _ in rows})


def test_late_readings_come_in_files_of_their_own(past):
    late = [f for f in past.truth["faults"] if f["class"] == "late"]
    assert late
    for fault in late:
        assert past.late[fault["point_id"]] >= 100


def test_readings_of_the_loggers_are_in_disorder(past):
    times = [when for when, _ in past.rows[25101]]
    assert times != sorted(times)


def test_same_seed_gives_the_same_files(declared, past, tmp_path):
    again = tmp_path / "again"
    write_history(declared, again, tmp_path, END_UTC, DAYS)
    for path in sorted(past.out.iterdir()):
        if path.suffix != ".npz":
            assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_older_files_are_not_left_to_be_imported_again(declared, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    old = out / "readings-gone.csv.gz"
    old.write_bytes(b"")
    write_history(declared, out, tmp_path, END_UTC, 3)
    assert not old.exists()


def test_live_plant_goes_on_from_the_last_reading(declared, bank, past):
    memory = state.load(state.path_in(past.var_dir))
    end_s = datetime.fromisoformat(past.truth["end_utc"]).timestamp()
    assert memory is not None
    assert memory.time_s == end_s
    plant = Plant(declared, bank, memory, end_s)
    last = {m["meter_id"]: m["last_value_kwh"] for m in past.truth["meters"]}
    for meter in declared.meters:
        assert plant.index_kwh(meter) == pytest.approx(last[meter.id], abs=2e-6), meter.code
    assert plant.import_kwh == pytest.approx(last[1], abs=1e-6)
    assert plant.battery.charge_kwh == pytest.approx(last[4], abs=1e-3)
    later = Plant(declared, bank, memory, end_s + 600.0)
    for meter in declared.meters:
        assert later.index_kwh(meter) >= last[meter.id]


def test_exchange_record_is_left_for_the_installer(past):
    records = json.loads((past.var_dir / "simulator" / "meter_exchanges.json").read_text())
    assert records == past.truth["meter_exchanges"]
    assert [r["meter_id"] for r in records] == [802]


def test_hourly_points_are_there(declared, past):
    for point in declared.history.hourly_points:
        assert len(past.rows[point]) == DAYS * 24 + 1, point


def test_the_shortest_history_has_every_meter(declared, tmp_path):
    write_history(declared, tmp_path, tmp_path / "var", END_UTC, 2)
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert {meter["meter_id"] for meter in truth["meters"]} >= {meter.id for meter in declared.meters}


def test_too_short_and_too_early_histories_are_refused(declared, tmp_path):
    with pytest.raises(BadInput, match="two days"):
        write_history(declared, tmp_path, tmp_path, END_UTC, 1)
    with pytest.raises(BadInput, match="before the plant was built"):
        write_history(declared, tmp_path, tmp_path, datetime(2023, 1, 20, tzinfo=UTC), 60)


def test_csv_writes_what_a_person_would():
    window = Window.ending(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1), 1)
    readings = Readings(12, "x", np.array([0, 1, 2, 3, 4]), np.array([0.0, -0.5, 1234.5678, 1e9, -0.0004]), 3)
    lines = rows_of(readings, time_texts(window)).decode().splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines] == [
        "0.000",
        "-0.500",
        "1234.568",
        "1000000000.000",
        "0.000",
    ]
    assert lines[1].startswith("12,2025-12-31T01:15:00,")
