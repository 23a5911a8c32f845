"""Uploaded files on a real server: offline meters' months, data repairs and their undoing."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage
from ems_common.errors import Missing, Unavailable
from ems_common.journal import Change, write
from ems_common.periods import zone
from ems_common.repairs import repaired_readings
from ems_common.settings import load
from ems_normalization import store_files
from ems_normalization.files import UploadedFiles
from ems_normalization.main import undo_repair
from ems_normalization.stage import Normalization

from tests.pipeline.conftest import CAMPUS, ELECTRICITY, START_UTC
from tests.pipeline.uploads import OFFLINE, REPAIR, month_of, outcome, repair_file, upload, workbook

pytestmark = pytest.mark.db
LONDON = zone("Europe/London")
HOURS = "tbl_offline_meter_hourly"


@pytest.fixture
def site(plant):
    """The plant with two offline meters on the campus, one of which a virtual meter doubles."""
    with plant.dbs.session("system_db") as session:
        session.execute(
            "INSERT INTO tbl_offline_meters (id, name, uuid, energy_category_id, is_counted, hourly_low_limit,"
            " hourly_high_limit, cost_center_id) VALUES (1, 'Kiosk', 'o1', 1, 1, 0, 100, 1),"
            " (2, 'Barrier', 'o2', 1, 1, 0, 10, 1)"
        )
        session.execute(
            "INSERT INTO tbl_spaces_offline_meters (space_id, offline_meter_id) VALUES (1, 1), (1, 2)"
        )
        session.execute(
            "INSERT INTO tbl_virtual_meters (id, name, uuid, equation, energy_category_id, is_counted, cost_center_id)"
            " VALUES (5, 'Two kiosks', 'v5', 'k * 2', 1, 0, 1)"
        )
        session.execute(
            "INSERT INTO tbl_variables (name, virtual_meter_id, meter_type, meter_id) VALUES ('k', 5, 'offline_meter', 1)"
        )
    return plant


def hours(plant, meter_id=1):
    with plant.dbs.session("energy_db") as session:
        return session.rows(
            f"SELECT start_datetime_utc, actual_value + 0E0, quality FROM {HOURS} WHERE offline_meter_id = %s"
            " ORDER BY start_datetime_utc",
            (meter_id,),
        )


def test_a_month_becomes_hours_of_local_days_and_reaches_everything(site):
    days = {28: 24.0, 29: 23.0, 30: 0.001}
    file_id = upload(site, OFFLINE, month_of(date(2026, 3, 1), (1, "Kiosk", days), (2, "Barrier", {28: 4.8})))
    site.catch_up()
    status, report = outcome(site, OFFLINE, file_id)
    assert status == "done"
    assert report == {
        "counts": {"rows": 2, "values": 4, "hours": 95, "errors": 0, "warnings": 0},
        "faults": [],
    }
    stored = hours(site)
    assert {row[2] for row in stored} == {1}
    assert stored[0][0] == datetime(2026, 3, 28)
    by_day = {
        key: [v for _, v, _ in group]
        for key, group in itertools.groupby(
            stored, key=lambda row: (row[0] + timedelta(hours=row[0] >= datetime(2026, 3, 29, 1))).day
        )
    }
    assert {day: len(values) for day, values in by_day.items()} == {28: 24, 29: 23, 30: 24}
    assert {day: round(sum(values), 9) for day, values in by_day.items()} == days
    assert by_day[30] == [0.000041] * 23 + [0.000057]
    assert site.values("energy_db", "tbl_space_input_category_hourly")[
        CAMPUS, ELECTRICITY, datetime(2026, 3, 28, 5)
    ] == pytest.approx(1.2)
    assert site.values("energy_db", "tbl_virtual_meter_hourly")[5, datetime(2026, 3, 28, 5)] == 2.0
    with site.dbs.session("billing_db") as session:
        assert session.scalar(f"SELECT COUNT(*) FROM {HOURS}") == 95


def test_a_second_upload_overwrites_its_days_and_leaves_the_others(site):
    upload(site, OFFLINE, month_of(date(2026, 6, 1), (1, "Kiosk", {1: 24, 2: 48})))
    site.catch_up()
    upload(site, OFFLINE, month_of(date(2026, 6, 1), (1, "Kiosk", {2: 72})))
    site.catch_up()
    assert [value for _, value, _ in hours(site)] == [1.0] * 24 + [3.0] * 24
    spaces = site.values("energy_db", "tbl_space_input_category_hourly")
    assert spaces[CAMPUS, ELECTRICITY, datetime(2026, 6, 2, 3)] == 3.0


def test_a_repeated_upload_changes_nothing(site):
    content = month_of(date(2026, 6, 1), (1, "Kiosk", {1: 24}))
    upload(site, OFFLINE, content)
    site.catch_up()
    before = site.tables()
    upload(site, OFFLINE, content)
    while Normalization(site.dbs, 60, LONDON).run_pass(lambda *_: None).did_work:
        pass
    with site.dbs.session("energy_db") as session:
        assert session.rows("SELECT * FROM tbl_change_journal") == []
    assert site.tables() == before


def test_a_refused_file_writes_nothing_and_says_why(site):
    months = [
        month_of(date(2026, 6, 1), (1, "Kiosk", {1: 24}), (9, "Ghost", {1: 1})),
        month_of(date(2026, 6, 1), (1, "Kiosk", {1: 24}), (2, "Barrier", {1: 241})),
        month_of(date(2026, 6, 1), (1, "Kiosk", {1: "n/a"})),
        b"no workbook at all",
        workbook([]),
    ]
    ids = [upload(site, OFFLINE, content) for content in months]
    site.catch_up()
    assert hours(site) == []
    told = []
    for file_id in ids:
        status, report = outcome(site, OFFLINE, file_id)
        assert status == "error"
        told.append([fault["what"] for fault in report["faults"]])
    assert told[:4] == [
        ["there is no offline meter with this id"],
        ["the value is outside the meter's hourly limits"],
        ["the file has no value that can be used", "this is not a number"],
        ["the file is not an Excel workbook"],
    ]
    assert told[4] == ["this is no year", "this is no month"]


def test_a_crash_between_hours_and_status_is_harmless(site, monkeypatch):
    file_id = upload(site, OFFLINE, month_of(date(2026, 6, 1), (1, "Kiosk", {1: 24})))

    def away(*_):
        raise Unavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(store_files, "finish", away)
        with pytest.raises(Unavailable):
            Normalization(site.dbs, 60, LONDON).run_pass(lambda *_: None)
    assert outcome(site, OFFLINE, file_id) == ("new", None)
    assert len(hours(site)) == 24
    site.catch_up()
    assert outcome(site, OFFLINE, file_id)[0] == "done"
    assert len(hours(site)) == 24


def test_a_fault_of_ours_in_one_file_does_not_hold_up_the_next(site, monkeypatch):
    broken = upload(site, OFFLINE, month_of(date(2026, 6, 1), (1, "Kiosk", {1: 24})))
    good = upload(site, OFFLINE, month_of(date(2026, 6, 1), (1, "Kiosk", {2: 24})))
    store = UploadedFiles._store

    def failing(self, days, profiles):
        if days[0].day.day == 1:
            raise ZeroDivisionError
        return store(self, days, profiles)

    monkeypatch.setattr(UploadedFiles, "_store", failing)
    site.catch_up()
    assert outcome(site, OFFLINE, broken)[0] == "error"
    assert outcome(site, OFFLINE, good)[0] == "done"


def test_days_follow_the_meters_profile_and_the_working_calendar_of_its_space(site):
    with site.dbs.session("system_db") as session:
        session.execute("INSERT INTO tbl_working_calendars (id, name) VALUES (1, 'Office')")
        session.execute(
            "INSERT INTO tbl_working_calendars_non_working_days (working_calendar_id, date_local) VALUES (1, '2026-06-07')"
        )
        session.execute(
            "INSERT INTO tbl_spaces_working_calendars (space_id, working_calendar_id) VALUES (1, 1)"
        )
        session.upsert(
            "tbl_offline_meter_profiles",
            ("offline_meter_id", "is_working_day", "hour_of_day", "weight"),
            [(1, 1, hour, 1) for hour in range(8, 18)] + [(1, 0, hour, 1) for hour in range(24)],
        )
    upload(site, OFFLINE, month_of(date(2026, 6, 1), (1, "Kiosk", {6: 24, 7: 24})))
    site.catch_up()
    values = [value for _, value, _ in hours(site)]
    assert values[:24] == [0.0] * 8 + [2.4] * 10 + [0.0] * 6
    assert values[24:] == [1.0] * 24


# Data repair


def at(hour, minute=0):
    return (START_UTC + timedelta(hours=hour, minutes=minute)).replace(tzinfo=None)


def readings(plant, point=1):
    with plant.dbs.session("historical_db") as session:
        return session.rows(
            "SELECT utc_date_time, actual_value + 0E0, is_bad FROM tbl_energy_value WHERE point_id = %s"
            " ORDER BY utc_date_time",
            (point,),
        )


def open_clean(plant):
    with plant.dbs.session("historical_db") as session:
        return session.rows(
            "SELECT entity_kind, entity_id, from_utc, to_utc FROM tbl_change_journal WHERE kind = 'clean' ORDER BY id"
        )


def run_files(plant):
    return UploadedFiles(plant.dbs, timedelta(hours=1), LONDON).run()


def test_a_repair_replaces_the_readings_of_its_range_and_can_be_undone(plant):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(6)])
    with plant.dbs.session("historical_db") as session:
        session.execute("UPDATE tbl_energy_value SET is_bad = 1 WHERE utc_date_time = %s", (at(2),))
        session.execute("INSERT INTO tbl_energy_value_latest VALUES (1, %s, 105)", (at(5),))
        session.execute("INSERT INTO tbl_reading_verdicts VALUES (1, %s, 'dip', 'x', '2026-01-01')", (at(2),))
    before = readings(plant)
    # London is on UTC in these hours.
    file_id = upload(plant, REPAIR, repair_file((at(1, 30), 150), (at(3), 160), (at(5), 170)))
    assert run_files(plant) == 1
    assert outcome(plant, REPAIR, file_id) == (
        "done",
        {"counts": {"rows": 3, "values": 3, "errors": 0, "warnings": 0}, "faults": []},
    )
    assert readings(plant) == [*before[:2], (at(1, 30), 150.0, 0), (at(3), 160.0, 0), (at(5), 170.0, 0)]
    assert open_clean(plant) == [("point", 1, at(1, 30), at(5) + timedelta(milliseconds=1))]
    with plant.dbs.session("historical_db") as session:
        assert session.row("SELECT actual_value + 0E0 FROM tbl_energy_value_latest")[0] == 170
        assert session.rows("SELECT * FROM tbl_reading_verdicts") == []
        trusted = repaired_readings(session, [1, 2], START_UTC, START_UTC + timedelta(hours=4))
    assert list(trusted) == [1]
    assert trusted[1].value.tolist() == [150.0, 160.0]
    assert trusted[1].are(trusted[1].time_ms, np.array([150.0, 161.0])).tolist() == [True, False]

    UploadedFiles(plant.dbs, timedelta(hours=1), LONDON).undo(file_id)
    assert readings(plant) == before
    assert outcome(plant, REPAIR, file_id)[0] == "undone"
    assert len(open_clean(plant)) == 2
    with plant.dbs.session("historical_db") as session:
        assert session.row("SELECT utc_date_time, actual_value + 0E0 FROM tbl_energy_value_latest") == (
            at(5),
            105,
        )
        assert session.rows("SELECT * FROM tbl_repaired_readings") == []
    with pytest.raises(Missing):
        UploadedFiles(plant.dbs, timedelta(hours=1), LONDON).undo(file_id)


def test_the_hours_follow_a_repair_which_cleaning_trusts_and_its_undoing(plant):
    plant.steady(1, 6, 4.0)
    with plant.dbs.session("historical_db") as session:
        write(session, [Change("clean", "point", 1, START_UTC, START_UTC + timedelta(hours=7))])
    cleaning = CleaningStage(plant.dbs, load(CleaningSettings, {"EMS_DB_PASSWORD": "not used"}))

    def catch_up():
        cleaning.run_pass(lambda *_: None)
        plant.catch_up()
        return [value for _, value in sorted(plant.values("energy_db", "tbl_meter_hourly").items())]

    assert catch_up() == [4.0] * 6
    # A dip of the register, which cleaning would call bad: the readings after it are higher than before.
    rows = [(at(2), 108), (at(2, 15), 90), (at(2, 30), 90.5), (at(4), 91)]
    file_id = upload(plant, REPAIR, repair_file(*rows))
    run_files(plant)
    repaired = catch_up()
    assert [is_bad for _, _, is_bad in readings(plant)] == [0] * len(readings(plant))
    assert repaired[:2] == [4.0, 4.0]
    assert repaired[2:4] != [4.0, 4.0]
    UploadedFiles(plant.dbs, timedelta(hours=1), LONDON).undo(file_id)
    assert catch_up() == [4.0] * 6


def test_undoing_may_be_asked_for_by_the_files_status(plant):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(4)])
    before = readings(plant)
    file_id = upload(plant, REPAIR, repair_file((at(1), 150)))
    run_files(plant)
    with plant.dbs.session("historical_db") as session:
        session.execute("UPDATE tbl_data_repair_files SET status = 'undo'")
    run_files(plant)
    assert readings(plant) == before
    status, report = outcome(plant, REPAIR, file_id)
    assert status == "undone"
    assert report["counts"]["values"] == 1


def test_undoing_from_the_command_line(plant, capsys):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(4)])
    before = readings(plant)
    file_id = upload(plant, REPAIR, repair_file((at(1), 150)))
    stage = Normalization(plant.dbs, 60, LONDON)
    stage.run_pass(lambda *_: None)
    assert readings(plant) != before
    assert undo_repair(stage, [str(file_id)]) == 0
    assert readings(plant) == before
    assert undo_repair(stage, [str(file_id)]) == 1
    assert undo_repair(stage, ["all"]) == 2
    assert "has replaced nothing" in capsys.readouterr().err


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_overlapping_repairs_are_taken_back_in_any_order(plant, order):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(8)])
    before = readings(plant)
    contents = [
        repair_file((at(1), 101.5), (at(3, 30), 103.25), (at(6), 106.5)),
        repair_file((at(2), 102.5), (at(3), 103.5), (at(3, 30), 104.5)),
        repair_file((at(3, 30), 1), (at(7), 2)),
    ]
    ids = []
    for content in contents:
        ids.append(upload(plant, REPAIR, content))
        run_files(plant)
    files = UploadedFiles(plant.dbs, timedelta(hours=1), LONDON)
    for number in order:
        files.undo(ids[number])
    assert readings(plant) == before


def test_a_repair_that_is_worked_on_twice_still_remembers_the_original(plant):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(4)])
    before = readings(plant)
    file_id = upload(plant, REPAIR, repair_file((at(1), 150), (at(2), 151)))
    run_files(plant)
    after = readings(plant)
    with plant.dbs.session("historical_db") as session:
        session.execute("UPDATE tbl_data_repair_files SET status = 'new'")
    run_files(plant)
    assert readings(plant) == after
    UploadedFiles(plant.dbs, timedelta(hours=1), LONDON).undo(file_id)
    assert readings(plant) == before


def test_a_reading_that_came_after_the_repair_survives_its_undoing(plant):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(4)])
    file_id = upload(plant, REPAIR, repair_file((at(1), 150), (at(2), 151)))
    run_files(plant)
    plant.read(1, [(START_UTC + timedelta(hours=1), 101.25), (START_UTC + timedelta(minutes=90), 101.5)])
    UploadedFiles(plant.dbs, timedelta(hours=1), LONDON).undo(file_id)
    assert [(when, value) for when, value, _ in readings(plant)] == [
        (at(0), 100.0),
        (at(1), 101.25),
        (at(1, 30), 101.5),
        (at(2), 102.0),
        (at(3), 103.0),
    ]


def test_a_refused_repair_changes_nothing(plant):
    plant.read(1, [(START_UTC + timedelta(hours=n), 100.0 + n) for n in range(4)])
    before = readings(plant)
    file_id = upload(plant, REPAIR, repair_file((at(1), 150), (at(2), "n/a"), name="Register 9"))
    run_files(plant)
    status, report = outcome(plant, REPAIR, file_id)
    assert status == "error"
    assert [(f["row"], f["column"], f["severity"]) for f in report["faults"]] == [
        (2, "B", "warning"),
        (3, "D", "refusal"),
    ]
    assert readings(plant) == before
    assert open_clean(plant) == []


def test_waiting_files_are_explained(plant):
    file_id = upload(plant, REPAIR, b"x")
    assert Normalization(plant.dbs, 60, LONDON).explain()[0] == (
        f"data repair file {file_id} (file.xlsx) waits, because it is new"
    )
