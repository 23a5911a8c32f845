"""Where bindings leave the rules of `bindings.py` (the module that interprets them)."""

from __future__ import annotations

from ems_api.errors import Fault
from ems_api.resources import hooks
from ems_api.resources.declare import Bound, bound
from ems_api.routing import Auth

_WITH_ADDRESS = ("id", "name", "data_source", "address")
_STORAGE = "tbl_energy_storage_containers"
_PHOTOVOLTAIC = "tbl_photovoltaic_power_stations"
_MICROGRIDS = "tbl_microgrids"


def _points(table: str, **rules: object) -> Bound:
    return Bound(f"{table}_points", show=_WITH_ADDRESS, order="name", **rules)  # type: ignore[arg-type]


BOUND: tuple[Bound, ...] = (
    bound(
        "tbl_cost_centers_tariffs",
        exists=Fault("TARIFF_IS_ALREADY_ASSOCIATED_WITH_COST_CENTER"),
        absent=Fault("TARIFF_IS_NOT_ASSOCIATED_WITH_COST_CENTER"),
        order="name",
    ),
    bound(
        "tbl_distribution_circuits_points",
        show=("id", "name", "address", "distribution_circuit"),
        order="name",
    ),
    bound(
        "tbl_energy_storage_power_stations_containers",
        path="containers",
        exists=Fault("ENERGY_STORAGE_CONTAINER_SENSOR_RELATION_EXISTS", 400, "ERROR"),
        absent=Fault("ENERGY_STORAGE_POWER_STATION_CONTAINER_RELATION_NOT_FOUND"),
        is_exported=False,
    ),
    *(
        bound(f"{owner}_users", read=Auth.SESSION, is_exported=False)
        for owner in ("tbl_energy_storage_power_stations", _MICROGRIDS, _PHOTOVOLTAIC)
    ),
    bound("tbl_microgrids_sensors", read=Auth.SESSION, is_exported=False),
    *(
        bound(f"{owner}_{member}", is_exported=False)
        for owner in (_STORAGE, _MICROGRIDS, _PHOTOVOLTAIC)
        for member in ("commands", "data_sources")
    ),
    *(
        bound(f"tbl_{owner}_data_sources", is_exported=False)
        for owner in ("equipments", "combined_equipments")
    ),
    *(
        bound(
            f"tbl_spaces_{member}",
            read=Auth.SESSION if member == "energy_storage_power_stations" else None,
            is_exported=False,
        )
        for member in (
            *("energy_flow_diagrams", "energy_storage_power_stations"),
            *("microgrids", "photovoltaic_power_stations"),
        )
    ),
    bound("tbl_spaces_distribution_systems", is_exported=False, log_name="DistributionSystem"),
    bound("tbl_meters_commands", is_exported=False),
    bound("tbl_virtual_power_plants_microgrids", is_exported=False),
    _points("tbl_meters", check=hooks.check_energy_point, export_show=("id", "name")),
    _points("tbl_sensors", export_show=("id", "name")),
    *(_points(f"{_STORAGE}_{device}s") for device in ("dcdc", "firecontrol", "grid", "hvac", "load")),
    _points(f"{_STORAGE}_stses", owner_name="STS"),
    _points(
        f"{_STORAGE}_bmses", owner_name="BMS", owner_missing=Fault("ENERGY_STORAGE_CONTAINER_BMS_NOT_FOUND")
    ),
    _points(
        f"{_STORAGE}_pcses", owner_name="PCS", owner_missing=Fault("ENERGY_STORAGE_CONTAINER_PCS_NOT_FOUND")
    ),
    *(_points(f"{_MICROGRIDS}_{device}s") for device in ("evcharger", "generator", "grid", "load")),
    _points(f"{_MICROGRIDS}_heatpumps", log_name="MicrogridHeatPumpPoint"),
    *(_points(f"{_MICROGRIDS}_{device}") for device in ("bmses", "pvs")),
    _points(f"{_MICROGRIDS}_pcses", log_name="MicrogridPowerConversionSystemPoint"),
    *(
        _points(f"{_PHOTOVOLTAIC}_{device}s", owner_missing=Fault(f"PHOTOVOLTAIC_{device.upper()}_NOT_FOUND"))
        for device in ("grid", "invertor", "load")
    ),
)
