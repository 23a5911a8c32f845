"""Stations and what stands in them: storage, photovoltaics, microgrids, wind farms, virtual power plants."""

from __future__ import annotations

from typing import Any

from ems_api.resources import hooks
from ems_api.resources.declare import Field, Resource, field, shown, unique
from ems_api.routing import Auth

_POWERS = tuple(
    f"{kind}_power_{phase}_point_id" if phase else f"total_{kind}_power_point_id"
    for kind in ("active", "reactive", "apparent")
    for phase in ("", "a", "b", "c")
)
QUALITY_POINTS = tuple(
    field(name)
    for name in (
        *_POWERS,
        "total_power_factor_point_id",
        "active_energy_import_point_id",
        "active_energy_export_point_id",
    )
)
"""Points of a photovoltaic station's grid and load that power quality is shown from."""

_INVERTOR_POINTS = (
    *(
        "today_energy",
        "efficiency",
        "temperature",
        "power_factor",
        "active_power",
        "reactive_power",
        "frequency",
    ),
    *("uab", "ubc", "uca", "ua", "ub", "uc", "ia", "ib", "ic"),
    *(f"pv{string}_{kind}" for string in range(1, 29) for kind in ("u", "i")),
    *("mppt_total_energy", "mppt_power"),
    *(f"mppt_{tracker}_energy" for tracker in range(1, 11)),
)

_STATION = (
    field("name"),
    field("address"),
    field("latitude", unit="°"),
    field("longitude", unit="°"),
)
_OWNED = (field("contact_id"), field("cost_center_id"))
_COST_SHOWN = field(
    "is_cost_data_displayed", error="IS_COST_DATA_DISPLAYED", update_error="IS_COST_DATA_DISPLAYED_VALUE"
)
_SCHEDULE = (
    field("start_time_of_day"),
    field("end_time_of_day"),
    field("peak_type"),
    field("power", unit="kW", loose=True),
)


def _device(
    owner: str,
    path: str,
    *fields: Field,
    table: str = "",
    key: str = "",
    bad_name: str = "",
    taken: str = "",
    has_name: bool = True,
    shows_parent: bool = True,
    **rules: Any,
) -> Resource:
    """A kind of device inside a station: its rows are children of the station's.

    Args:
        owner: Singular of the station.
        path: Last part of the route.
        fields: Members besides the name.
        table: Ending of the table's name when not `path`.
        key: Singular when not that of `path`.
        bad_name: Key after ``INVALID_`` of a bad name when not by rule.
        taken: Key of a taken name when not by rule.
        has_name: Whether devices have names; what has none is sorted by its time of day.
        shows_parent: Whether the station stands in an item's answer.
        **rules: Further words of a declaration.
    """
    entity = f"{owner}_{key or path[:-1]}".upper()
    name = (field("name", error=bad_name or f"{entity}_NAME"),) if has_name else ()
    parent = (shown(f"{owner}_id", in_list=False),) if shows_parent else ()
    rule = unique(f"{owner}_id name", taken or f"{entity}_NAME_IS_ALREADY_IN_USE")
    return Resource(
        f"tbl_{owner}s_{table or path}",
        (*name, *fields, *parent),
        path=f"/{owner.replace('_', '')}s/{{id_}}/{path}",
        entity=entity,
        parent_column=f"{owner}_id",
        read=Auth.SESSION,
        unique=(rule,) if has_name else (),
        label="name" if has_name else "id",
        order="name" if has_name else "start_time_of_day",
        **rules,
    )


def _devices(owner: str) -> dict[str, Resource]:
    """The kinds that storage containers and microgrids both have."""
    return {
        "battery": _device(
            owner,
            "batteries",
            *(field(f"{name}_point_id") for name in ("battery_state", "soc", "power")),
            field("charge_meter_id"),
            field("discharge_meter_id"),
            field("rated_capacity", minimum=0, unit="kWh"),
            field("rated_power", minimum=0, unit="kW"),
            field("nominal_voltage", unit="V"),
            key="battery",
        ),
        "grid": _device(
            owner,
            "grids",
            field("power_point_id"),
            field("buy_meter_id"),
            field("sell_meter_id", update_error="METER_ID"),
            field("capacity", unit="kW"),
        ),
        "load": _device(
            owner, "loads", field("power_point_id"), field("meter_id"), field("rated_input_power", unit="kW")
        ),
        "schedule": _device(owner, "schedules", *_SCHEDULE, has_name=False, shows_parent=False),
    }


_CONTAINER = "energy_storage_container"
_MICROGRID = "microgrid"
_PHOTOVOLTAIC = "photovoltaic_power_station"
_STORAGE_DEVICES = _devices(_CONTAINER)
_MICROGRID_DEVICES = _devices(_MICROGRID)

RESOURCES = (
    Resource(
        "tbl_energy_storage_containers",
        (
            field("name"),
            field("rated_capacity", minimum=0, unit="kWh"),
            field("rated_power", minimum=0, unit="kW"),
            *_OWNED,
            field("description", multiline=True),
        ),
        read=Auth.SESSION,
        unique=(unique("name", "ENERGY_STORAGE_CONTAINER_NAME_IS_ALREADY_IN_USE"),),
        qrcode="energystoragecontainer",
        search=("name",),
        exchange=True,
        group="Stations",
        serves_children_only=True,
        children=(
            *_STORAGE_DEVICES.values(),
            _device(
                _CONTAINER,
                "powerconversionsystems",
                field("run_state_point_id"),
                field("rated_output_power", unit="kW"),
                table="power_conversion_systems",
                key="power_conversion_system",
                taken="ENERGY_STORAGE_CONTAINER_PCS_NAME_IS_ALREADY_IN_USE",
                log_name="EnergyStorageContainerPCS",
                log_param="pcsid",
            ),
            _device(_CONTAINER, "dcdcs", shows_parent=False, log_name="EnergyStorageContainerDCDC"),
            _device(_CONTAINER, "firecontrols", shows_parent=False),
            _device(_CONTAINER, "hvacs", shows_parent=False, log_name="EnergyStorageContainerHVAC"),
            _device(
                _CONTAINER,
                "stses",
                key="sts",
                shows_parent=False,
                log_name="EnergyStorageContainerSTS",
                log_param="fid",
            ),
        ),
    ),
    Resource(
        "tbl_energy_storage_power_stations",
        (
            *_STATION,
            field("latitude_point_id", is_sought_last=True),
            field("longitude_point_id", is_sought_last=True),
            field("rated_capacity", minimum=0, unit="kWh"),
            field("rated_power", minimum=0, unit="kW"),
            *_OWNED,
            field("svg_id", required=True),
            *(field(f"svg{n}_id", target="tbl_svgs") for n in range(2, 6)),
            _COST_SHOWN,
            field("phase_of_lifecycle"),
            field("commissioning_date", required=True),
            field("description", multiline=True),
        ),
        read=Auth.SESSION,
        bound_read=Auth.SESSION,
        unique=(unique("name", "ENERGY_STORAGE_POWER_STATION_NAME_IS_ALREADY_IN_USE"),),
        qrcode="energystoragepowerstation",
        search=("name",),
        exchange=True,
        dates_imports=True,
        export_more=hooks.export_station,
        group="Stations",
        columns=("name", "address", "rated_capacity", "rated_power", "phase_of_lifecycle"),
    ),
    Resource(
        "tbl_photovoltaic_power_stations",
        (
            _STATION[0],
            field("station_code"),
            *_STATION[1:],
            field("rated_capacity", above=0, unit="kWp"),
            field("rated_power", above=0, unit="kW"),
            *_OWNED,
            field("svg_id", required=True),
            _COST_SHOWN,
            field("phase_of_lifecycle"),
            field("description", multiline=True),
        ),
        read=Auth.SESSION,
        unique=(unique("name", "PHOTOVOLTAIC_POWER_STATION_NAME_IS_ALREADY_IN_USE"),),
        qrcode="photovoltaicpowerstation",
        search=("name",),
        exchange=True,
        group="Stations",
        serves_children_only=True,
        columns=("name", "address", "rated_capacity", "rated_power", "phase_of_lifecycle"),
        children=(
            _device(
                _PHOTOVOLTAIC,
                "grids",
                field("power_point_id"),
                field("buy_meter_id"),
                field("sell_meter_id", update_error="METER_ID"),
                field("capacity", unit="kW"),
                *QUALITY_POINTS,
                field("active_energy_net_point_id", shown="active_energy_net_point_id"),
            ),
            _device(
                _PHOTOVOLTAIC,
                "invertors",
                field("model"),
                field("serial_number"),
                *(
                    field(f"{name}_point_id")
                    for name in ("invertor_state", "communication_state", "total_energy")
                ),
                field("generation_meter_id", show=("id", "name"), item_shown="generation_mter"),
                *(field(f"{name}_point_id") for name in _INVERTOR_POINTS),
                bad_name="NAME",
                shows_parent=False,
            ),
            _device(
                _PHOTOVOLTAIC,
                "loads",
                field("power_point_id"),
                field("meter_id"),
                field("rated_input_power", unit="kW"),
                *QUALITY_POINTS,
                field("active_energy_net_point_id"),
            ),
        ),
    ),
    Resource(
        "tbl_microgrids",
        (
            *_STATION[:2],
            field("postal_code"),
            *_STATION[2:],
            field("rated_capacity", above=0, unit="kWh"),
            field("rated_power", above=0, error="RATED_POWER_VALUE", unit="kW"),
            *_OWNED,
            field("serial_number"),
            field("svg_id", required=True),
            field("is_cost_data_displayed", error="IS_COST_DATA_DISPLAYED"),
            field("phase_of_lifecycle", update_error="MICROGRID_PHASE_OF_LIFECYCLE"),
            field("description", multiline=True),
        ),
        read=Auth.SESSION,
        unique=(unique("name", "MICROGRID_NAME_IS_ALREADY_IN_USE"),),
        qrcode="microgrid",
        search=("name", "address"),
        exchange=True,
        dates_imports=True,
        export_more=hooks.export_microgrid,
        group="Stations",
        serves_children_only=True,
        columns=("name", "address", "rated_capacity", "rated_power", "phase_of_lifecycle"),
        children=(
            *_MICROGRID_DEVICES.values(),
            *(
                _device(
                    _MICROGRID,
                    path,
                    field("power_point_id"),
                    field("meter_id"),
                    field(rating, unit="kW"),
                    log_name=log_name,
                    log_param=log_param,
                )
                for path, rating, log_name, log_param in (
                    ("evchargers", "rated_output_power", "MicrogridEVCharger", ""),
                    ("generators", "rated_output_power", "", ""),
                    ("photovoltaics", "rated_power", "", "pvid"),
                )
            ),
            _device(
                _MICROGRID,
                "heatpumps",
                field("power_point_id"),
                field("electricity_meter_id"),
                field("heat_meter_id", error="SELL_METER_ID", update_error="HEAT_METER_ID"),
                field("cooling_meter_id"),
                field("rated_input_power", unit="kW"),
            ),
            _device(
                _MICROGRID,
                "powerconversionsystems",
                field("run_state_point_id"),
                field("rated_output_power", unit="kW"),
                field("today_charge_energy_point_id"),
                field("today_discharge_energy_point_id"),
                field("total_charge_energy_point_id", error="TOTAL_CHARGE_POINT_ID"),
                field("total_discharge_energy_point_id", error="TOTAL_DISCHARGE_POINT_ID"),
                table="power_conversion_systems",
                key="power_conversion_system",
                log_name="MicrogridPowerconversionsystem",
                log_param="pcsid",
            ),
        ),
    ),
    Resource(
        "tbl_wind_farms",
        (
            *_STATION,
            field("rated_power", above=0, unit="kW"),
            *_OWNED,
            field("svg_id", required=True),
            field("description", multiline=True),
        ),
        read=Auth.SESSION,
        unique=(unique("name", "WIND_FARM_NAME_IS_ALREADY_IN_USE"),),
        qrcode="windfarm",
        search=("name", "address"),
        exchange=True,
        group="Stations",
    ),
    Resource(
        "tbl_virtual_power_plants",
        (
            field("name"),
            field("cost_center_id"),
            field("balancing_price_point_id"),
            field("svg_id", required=True),
            field("description", multiline=True),
        ),
        unique=(unique("name", "VIRTUAL_POWER_PLANT_NAME_IS_ALREADY_IN_USE"),),
        qrcode="virtualpowerplant",
        search=("name",),
        exchange=True,
        group="Stations",
    ),
)
