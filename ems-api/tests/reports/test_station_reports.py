"""Reports of stations and their devices; numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ems_api.reports.kinds import station_state
from ems_api.reports.kinds.station_devices import AskInside, DeviceState, PointValue
from ems_api.reports.render import dashboards as dashboards_json
from ems_api.reports.render import stations as station_json

from .conftest import Site

pytestmark = pytest.mark.db


def test_a_stations_figures_are_told_to_clients_of_myems_as_myems_does(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = {"useruuid": site.api.headers["USER-UUID"]}
    for ask, nothing in ((site.report, 0), (site.report_v1, None)):
        (roof,) = ask("photovoltaicpowerstationdashboard", **user)["photovoltaic_power_stations"]
        # Its meter counted one kilowatt-hour an hour, and nobody knows what that was worth.
        assert (roof["subtotal_generation_energy"], roof["subtotal_generation_billing"]) == (120, nothing)
    # At noon twelve hours are full and one has begun: 13 kWh of a plant of 50 kW.
    monkeypatch.setattr(station_state, "utc_now", lambda: datetime(2025, 3, 29, 12, tzinfo=UTC))
    for ask, ratio in ((site.report, 26), (site.report_v1, 0.26)):
        energy = ask("photovoltaicpowerstationdetails", id=1)["energy_indicators"]
        assert energy["today_generation_energy_value"] == 13
        assert energy["performance_ratio"] == pytest.approx(ratio)


def test_a_schedule_is_half_hours_for_clients_of_myems_and_quarters_of_a_day_under_v1() -> None:
    lines = [
        (timedelta(hours=1), timedelta(hours=2, minutes=15), "deep", 20.0),
        (timedelta(hours=23), timedelta(0), "onpeak", -30.0),
    ]
    myems = station_json.schedule(lines, AskInside(1, v1=False))["schedule"]
    # The third half hour has begun; a line until midnight has no end after its start.
    assert myems["series_data"] == [20, 20, 20]
    assert [line["peak_type"] for line in myems["schedule_list"]] == ["Deep-Valley", "On-Peak"]
    ours = station_json.schedule(lines, AskInside(1, v1=True))["schedule"]
    assert ours["series_data"] == [0.0] * 4 + [20.0] * 5 + [0.0] * 83 + [-30.0] * 4
    assert [line["peak_type"] for line in ours["schedule_list"]] == ["deep", "onpeak"]


@pytest.mark.parametrize(("v1", "ratio", "nothing"), [(False, 40, None), (True, 0.4, 0)])
def test_efficiency_is_in_per_cent_for_clients_of_myems(
    v1: bool, ratio: float, nothing: float | None
) -> None:
    assert dashboards_json.efficiency(8.0, 20.0, v1=v1) == pytest.approx(ratio)
    assert dashboards_json.efficiency(0.0, 20.0, v1=v1) == nothing
    assert dashboards_json.efficiency(8.0, 0.0, v1=v1) is None


def test_devices_are_told_to_clients_of_myems_as_myems_does() -> None:
    power, voltage = PointValue("P", "kW", None, 5.0), PointValue("U", "V", "supply", None)
    state = PointValue("Z", "", None, 2.0, '{"2": "running"}')
    found = [
        DeviceState(
            1, "A", "a", [power, voltage, state], {"id": 1, "uuid": "a", "power_point_id": 5.0}, "Roof"
        ),
        DeviceState(2, "B", "b", [power], {"id": 2, "uuid": "b", "power_point_id": None}, "Roof"),
    ]
    myems, ours = AskInside(1, v1=False), AskInside(1, v1=True)
    shown = ["P", "kW", None, 5.0]
    assert [line["points"] for line in station_json.devices(found, myems)] == [
        [shown, ["Z", "", None, 2.0]],
        [shown],
    ]
    assert [line["points"] for line in station_json.devices(found, ours)] == [
        [[*shown, None], ["U", "V", "supply", None, None], ["Z", "", None, 2.0, '{"2": "running"}']],
        [[*shown, None]],
    ]
    assert station_json.battery_meters(found, myems) == [{"points": [shown, ["Z", "", None, 2.0]]}]
    assert station_json.battery_meters(found, ours) == station_json.devices(found, ours)
    meters = [station_json.power_meters(found, wish) for wish in (myems, ours)]
    assert [[line["name"] for line in of] for of in meters] == [["Roof-A", "Roof-B"], ["A", "B"]]
    assert [line["power_point"] for line in meters[0]] == [5.0, None]
    rows = [
        ("Box", 7, "Stop", "c", "t", "{}", 0.0, None, 1),
        ("Hut", 7, "Stop", "c", "t", "{}", 0.0, None, 2),
    ]
    assert [line["name"] for line in station_json.commands(rows, myems)] == ["Box-Stop", "Hut-Stop"]
    assert [line["name"] for line in station_json.commands(rows, ours)] == ["Stop"]


def test_a_device_that_is_silent_for_an_hour_shows_no_value(site: Site) -> None:
    def state() -> tuple[str, float | None]:
        (inverter,) = site.report_v1("photovoltaicpowerstationdetails/1/invertor")
        return inverter["invertor_state"], inverter["total_energy"]

    # The newest value of its state is of the spring of 2025.
    assert state() == ("", None)
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        for minutes, shown in ((62, None), (30, 4711)):
            with site.dbs.session("historical_db") as session:
                columns = ("point_id", "utc_date_time", "actual_value")
                session.upsert(
                    "tbl_energy_value_latest", columns, [(1, now - timedelta(minutes=minutes), 4711)]
                )
            assert state() == ("", shown)
    finally:
        with site.dbs.session("historical_db") as session:
            session.execute("DELETE FROM tbl_energy_value_latest WHERE point_id = 1")


def test_stations_that_are_being_installed_are_in_no_collection_of_myems(site: Site) -> None:
    user = {"useruuid": site.api.headers["USER-UUID"]}

    def names(ask: Any) -> list[str]:
        found: list[str] = ask("photovoltaicpowerstationcollectionenergy", **user)[
            "photovoltaic_power_station_names"
        ]
        return found

    def set_phase(phase: str) -> None:
        with site.dbs.session("system_db") as session:
            session.execute("UPDATE tbl_photovoltaic_power_stations SET phase_of_lifecycle = %s", (phase,))

    set_phase("3installation")
    try:
        assert (names(site.report), names(site.report_v1)) == ([], ["Roof"])
    finally:
        set_phase("use")
    assert names(site.report) == ["Roof"]


def test_a_station_without_hours_of_its_own_has_those_of_its_meters(site: Site) -> None:
    answer = site.report("photovoltaicpowerstationreportingenergy", id=1)
    period = answer["reporting_period"]
    assert period["names"] == ["Generation", "Grid Buy", "Grid Sell", "Load"]
    assert period["values"][0] == [24, 23, 24]
    assert period["subtotals"] == [71, 0, 0, 0]
    hourly = site.report("photovoltaicpowerstationreportingenergy", id=1, periodtype="hourly")[
        "reporting_period"
    ]
    assert hourly["timeofuses"][0][6:8] == ["offpeak", "onpeak"]
    # Its inverter was never heard of: nothing is known of its state, and its last day counts as 0.
    (listed,) = site.report("photovoltaicpowerstationlist")
    assert (listed["is_online"], listed["invertor_run_state"], listed["values"]) == (
        False,
        "Unknown",
        [0] * 24,
    )
    assert all(len(time) == len("08:00") and time.endswith(":00") for time in listed["times"])
    for ask, nothing in ((site.report, 0), (site.report_v1, None)):
        week = ask("photovoltaicpowerstationitemenergy", id=1)["reporting"]["generation_7_days"]
        assert week["values_array"] == [[nothing] * 7]
    dashboard = site.report("photovoltaicpowerstationitemdashboard", id=1)
    assert dashboard["total_generation_energy"] == 120
    assert site.refused("photovoltaicpowerstationitemdashboard", id=9) == (
        404,
        "API.photovoltaic_POWER_STATION_NOT_FOUND",
    )
