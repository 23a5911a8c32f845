"""Bindings: which things belong to which, as pairs of keys.

Most follow one rule: owner ``tbl_spaces`` and member ``meter`` give the table ``tbl_spaces_meters`` with the
columns ``space_id`` and ``meter_id``. Bindings through which energy is counted also carry the time for which
they hold and the share of the member that the owner is charged with.

What several owners share may also be divided by a weight of theirs (`ALLOCATIONS`). All owners of one `level`
that hold the same member by the same rule at the same time divide what fixed shares of that level leave of
it, in proportion to weight times `share`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ems_common.catalog.model import Column, Table, big, flag, ref, table

METERS = ("meter", "virtual_meter", "offline_meter")
SHARE = "share"
"""The owner is charged with `share` of the member, whoever else holds it."""
AREA = "area"
HEADCOUNT = "headcount"
CONSUMPTION = "consumption"
"""By what the owner consumes in the slot: that of a reference meter, or its own in the member's category."""
ALLOCATIONS = (SHARE, AREA, HEADCOUNT, CONSUMPTION)
ATTRIBUTE_OF: dict[str, str] = {AREA: "area", HEADCOUNT: "number_of_occupants"}
"""Rule → column of the owner that weighs; an owner whose table lacks it cannot use the rule."""
COUNTED_OWNERS = frozenset(
    {"tbl_spaces", "tbl_equipments", "tbl_combined_equipments", "tbl_tenants", "tbl_stores", "tbl_shopfloors"}
)
COUNTED_MEMBERS = frozenset({*METERS, "equipment", "combined_equipment", "shopfloor", "store", "tenant"})


@dataclass(frozen=True, slots=True)
class Binding:
    """A table of (owner, member) pairs.

    Attributes:
        table: Its name.
        owner_key: Column with the owner's id.
        owner: The owner's table.
        member_key: Column with the member's id.
        member: The member's table.
        has_output: Whether `is_output` tells if the member measures what the owner gives off.
        is_counted: Whether energy is counted through it, with validity, share and rule of allocation.
    """

    table: str
    owner_key: str
    owner: str
    member_key: str
    member: str
    has_output: bool = False
    is_counted: bool = False

    def as_table(self) -> Table:
        """The table this binding is stored in."""
        columns = [ref(self.owner_key, self.owner), ref(self.member_key, self.member)]
        if self.has_output:
            columns.append(flag("is_output"))
        key = f"{self.owner_key} {self.member_key}"
        if self.is_counted:
            columns += (
                Column("valid_from_utc", "DATETIME", default="1970-01-01 00:00:00"),
                Column("valid_through_utc", "DATETIME", default="9000-01-01 00:00:00"),
                Column("share", "DECIMAL(21,6)", default=1),
                Column("allocation", "VARCHAR(16)", default=SHARE, choices=ALLOCATIONS),
                Column("reference_kind", "VARCHAR(32)", null=True),
                big("reference_id", null=True),
            )
            key += " valid_from_utc"
        return table(self.table, *columns, unique=(key,), index=(self.member_key,))


def _of(owner: str, owner_key: str, *members: str, with_output: bool = False) -> tuple[Binding, ...]:
    return tuple(
        Binding(
            f"{owner}_{member}s",
            owner_key,
            owner,
            f"{member}_id",
            f"tbl_{member}s",
            has_output=with_output and member in METERS,
            is_counted=owner in COUNTED_OWNERS and member in COUNTED_MEMBERS,
        )
        for member in members
    )


_STORAGE = "tbl_energy_storage_containers"
_MICROGRIDS = "tbl_microgrids"
_PHOTOVOLTAIC = "tbl_photovoltaic_power_stations"

BINDINGS: tuple[Binding, ...] = (
    *_of(
        "tbl_combined_equipments",
        "combined_equipment_id",
        *("command", "data_source", "equipment", *METERS),
        with_output=True,
    ),
    *_of("tbl_cost_centers", "cost_center_id", "tariff"),
    *_of("tbl_distribution_circuits", "distribution_circuit_id", "point"),
    *_of("tbl_equipments", "equipment_id", "command", "data_source", *METERS, with_output=True),
    *_of("tbl_meters", "meter_id", "command", "point"),
    *_of("tbl_sensors", "sensor_id", "point"),
    *_of(
        "tbl_shopfloors",
        "shopfloor_id",
        *("command", "equipment", *METERS, "point", "sensor", "working_calendar"),
    ),
    *_of(
        "tbl_spaces",
        "space_id",
        *("charging_station", "combined_equipment", "command", "distribution_system", "energy_flow_diagram"),
        *("energy_storage_power_station", "equipment", *METERS, "microgrid", "photovoltaic_power_station"),
        *("point", "sensor", "shopfloor", "store", "tenant", "wind_farm", "working_calendar"),
    ),
    *_of("tbl_stores", "store_id", "command", *METERS, "point", "sensor", "working_calendar"),
    *_of("tbl_tenants", "tenant_id", "command", *METERS, "point", "sensor", "working_calendar"),
    *_of("tbl_virtual_power_plants", "virtual_power_plant_id", "microgrid"),
    *_of(_STORAGE, "energy_storage_container_id", "command", "data_source"),
    *_of("tbl_energy_storage_power_stations", "energy_storage_power_station_id", "user"),
    *_of(_MICROGRIDS, "microgrid_id", "command", "data_source", "sensor", "user"),
    *_of(_PHOTOVOLTAIC, "photovoltaic_power_station_id", "data_source", "user"),
    *(
        binding
        for owner, devices in (
            (_STORAGE, ("dcdc", "firecontrol", "grid", "hvac", "load")),
            (_MICROGRIDS, ("evcharger", "generator", "grid", "heatpump", "load")),
            (_PHOTOVOLTAIC, ("grid", "invertor", "load")),
        )
        for device in devices
        for binding in _of(f"{owner}_{device}s", f"{device}_id", "point")
    ),
    # Tables whose names leave the rule.
    Binding(f"{_STORAGE}_stses_points", "sts_id", f"{_STORAGE}_stses", "point_id", "tbl_points"),
    Binding(f"{_STORAGE}_bmses_points", "bms_id", f"{_STORAGE}_batteries", "point_id", "tbl_points"),
    Binding(
        f"{_STORAGE}_pcses_points", "pcs_id", f"{_STORAGE}_power_conversion_systems", "point_id", "tbl_points"
    ),
    Binding(f"{_MICROGRIDS}_bmses_points", "bms_id", f"{_MICROGRIDS}_batteries", "point_id", "tbl_points"),
    Binding(
        f"{_MICROGRIDS}_pcses_points",
        "pcs_id",
        f"{_MICROGRIDS}_power_conversion_systems",
        "point_id",
        "tbl_points",
    ),
    Binding(f"{_MICROGRIDS}_pvs_points", "pv_id", f"{_MICROGRIDS}_photovoltaics", "point_id", "tbl_points"),
    Binding(
        "tbl_energy_storage_power_stations_containers",
        "energy_storage_power_station_id",
        "tbl_energy_storage_power_stations",
        "energy_storage_container_id",
        _STORAGE,
    ),
)
