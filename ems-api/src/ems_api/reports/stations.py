"""The kinds of stations as reports see them: storage, photovoltaics, microgrids; their flows and devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy that goes in or out of a station.

    Attributes:
        name: As in the hourly tables, such as ``grid_buy``.
        title: For people.
        device: Table of the devices whose meters measure it, without the prefix.
        meter: Their column with the meter.
    """

    name: str
    title: str
    device: str
    meter: str


@dataclass(frozen=True, slots=True)
class Device:
    """A kind of device inside a station.

    Attributes:
        path: Last part of the path that lists them.
        table: Their table, without the prefix.
        points: Table that binds points to them, without the prefix.
        key: Its column with the device.
    """

    path: str
    table: str
    points: str
    key: str


@dataclass(frozen=True)
class Station:
    """A kind of station.

    Attributes:
        name: As in the catalog.
        error: Stem of its error keys.
        prefix: Begin of the names of its devices' tables.
        owner_key: Their column with what they belong to.
        columns: What is shown of its rows besides what all stations have.
        flows: What goes in and out.
        devices: What is inside.
        states: Live values of a list: member → (device table, column with the point).
        meanings: What states mean to MyEMS' clients when their point does not say: member → value → text, the
            text of any other value under None.
        curves: Points whose readings of today are shown: device table → column with the point.
        containers: Table that pairs stations with the containers its devices belong to, "" when they belong
            to the station itself.
    """

    name: str
    error: str
    prefix: str
    owner_key: str
    columns: tuple[str, ...]
    flows: tuple[Flow, ...]
    devices: tuple[Device, ...] = ()
    states: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[int | None, str]] = field(default_factory=dict)
    curves: tuple[tuple[str, str], ...] = ()
    containers: str = ""

    @property
    def table(self) -> str:
        """Where its rows are."""
        return f"tbl_{self.name}s"

    @property
    def route(self) -> str:
        """Begin of its reports' paths."""
        return self.name.replace("_", "")

    @property
    def qrcode(self) -> str:
        """Begin of its QR code."""
        return self.route

    def flow(self, name: str) -> Flow:
        """A flow by its name."""
        return next(flow for flow in self.flows if flow.name == name)


def _plain(*names: str) -> tuple[Device, ...]:
    return tuple(Device(name, f"{name}s", f"{name}s_points", f"{name}_id") for name in names)


_BMS: Final = Device("bms", "batteries", "bmses_points", "bms_id")
_PCS: Final = Device("pcs", "power_conversion_systems", "pcses_points", "pcs_id")
_BATTERY_FLOWS: Final = (
    Flow("charge", "Charge", "batteries", "charge_meter_id"),
    Flow("discharge", "Discharge", "batteries", "discharge_meter_id"),
)
_GRID_FLOWS: Final = (
    Flow("grid_buy", "Grid Buy", "grids", "buy_meter_id"),
    Flow("grid_sell", "Grid Sell", "grids", "sell_meter_id"),
)
_LOAD: Final = Flow("load", "Load", "loads", "meter_id")
_BATTERY_STATES: Final = {
    "pcs_run_state": ("power_conversion_systems", "run_state_point_id"),
    "battery_operating_state": ("batteries", "battery_state_point_id"),
    "battery_soc_point_value": ("batteries", "soc_point_id"),
    "battery_power_point_value": ("batteries", "power_point_id"),
}

_RUN_STATES: Final[Mapping[int | None, str]] = {0: "Shutdown", 6: "Standby", None: "Running"}
_BATTERY_MEANINGS: Final[Mapping[int | None, str]] = {
    0: "Reserved",
    1: "Fault",
    2: "Warning",
    3: "Standby",
    4: "ProhibitDisCharging",
    5: "ProhibitCharging",
    6: "Normal",
    7: "Charging",
    8: "Discharging",
    9: "Idle",
    None: "Unknown",
}

STORAGE: Final = Station(
    "energy_storage_power_station",
    "ENERGY_STORAGE_POWER_STATION",
    "tbl_energy_storage_containers",
    "energy_storage_container_id",
    ("phase_of_lifecycle", "commissioning_date"),
    (*_BATTERY_FLOWS, *_GRID_FLOWS, _LOAD),
    (
        _BMS,
        _PCS,
        *_plain("dcdc", "firecontrol", "grid", "hvac", "load"),
        Device("sts", "stses", "stses_points", "sts_id"),
    ),
    _BATTERY_STATES,
    {"pcs_run_state": _RUN_STATES, "battery_operating_state": _BATTERY_MEANINGS},
    (
        ("batteries", "power_point_id"),
        ("batteries", "soc_point_id"),
        ("grids", "power_point_id"),
        ("loads", "power_point_id"),
    ),
    "tbl_energy_storage_power_stations_containers",
)
PHOTOVOLTAIC: Final = Station(
    "photovoltaic_power_station",
    "PHOTOVOLTAIC_POWER_STATION",
    "tbl_photovoltaic_power_stations",
    "photovoltaic_power_station_id",
    ("phase_of_lifecycle",),
    (Flow("generation", "Generation", "invertors", "generation_meter_id"), *_GRID_FLOWS, _LOAD),
    states={"invertor_run_state": ("invertors", "invertor_state_point_id")},
    meanings={"invertor_run_state": _RUN_STATES},
    curves=(
        ("invertors", "active_power_point_id"),
        ("grids", "power_point_id"),
        ("loads", "power_point_id"),
    ),
)
MICROGRID: Final = Station(
    "microgrid",
    "MICROGRID",
    "tbl_microgrids",
    "microgrid_id",
    ("postal_code", "serial_number"),
    (
        *_BATTERY_FLOWS,
        Flow("photovoltaic", "Photovoltaic", "photovoltaics", "meter_id"),
        Flow("evcharger", "EV Charger", "evchargers", "meter_id"),
        _LOAD,
        *_GRID_FLOWS,
    ),
    (
        _BMS,
        _PCS,
        *_plain("evcharger", "generator", "grid", "heatpump", "load"),
        Device("pv", "photovoltaics", "pvs_points", "pv_id"),
    ),
    _BATTERY_STATES
    | {
        "battery_state": ("batteries", "battery_state_point_id"),
        "photovoltaic_power_point_value": ("photovoltaics", "power_point_id"),
        "grid_power_point_value": ("grids", "power_point_id"),
        "load_power_point_value": ("loads", "power_point_id"),
    },
    {
        "pcs_run_state": {0: "Initializing", 1: "Standby", 9: "Shutdown", 10: "Fault", None: "Running"},
        "battery_operating_state": _BATTERY_MEANINGS,
        "battery_state": {4: "Charging", 5: "Discharging", None: "Stopped"},
    },
    (
        ("batteries", "power_point_id"),
        ("batteries", "soc_point_id"),
        ("photovoltaics", "power_point_id"),
        ("grids", "power_point_id"),
        ("loads", "power_point_id"),
        ("evchargers", "power_point_id"),
    ),
)
