"""Gateways, data sources, points, meters of three kinds, sensors."""

from __future__ import annotations

from typing import Any, Final

from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.errors import Fault, conflict
from ems_api.resources import hooks, writing
from ems_api.resources.declare import Part, Resource, UsedBy, field, shown, unique
from ems_api.routing import Auth

METER_TYPES = ("meter", "offline_meter", "virtual_meter")
OBJECT_TYPES = ("ENERGY_VALUE", "ANALOG_VALUE", "DIGITAL_VALUE", "TEXT_VALUE")


def _used_by_formula(kind: str, key: str) -> UsedBy:
    return UsedBy("tbl_variables", ("meter_id",), key, where=(("meter_type", kind),))


def _used_by_uuid() -> tuple[UsedBy, ...]:
    fraction = ("numerator_meter_uuid", "denominator_meter_uuid")
    return (
        UsedBy(
            "tbl_combined_equipments_parameters",
            fraction,
            "THERE_IS_RELATION_WITH_COMBINED_EQUIPMENT_PARAMETERS",
            by="uuid",
        ),
        UsedBy(
            "tbl_equipments_parameters", fraction, "THERE_IS_RELATION_WITH_EQUIPMENT_PARAMETERS", by="uuid"
        ),
        UsedBy(
            "tbl_energy_flow_diagrams_links",
            ("meter_uuid",),
            "THERE_IS_RELATION_WITH_ENERGY_FLOW_DIAGRAM_LINKS",
            by="uuid",
        ),
    )


_POINT = (
    field("name"),
    field("data_source_id", missing=Fault("INVALID_DATA_SOURCE_ID", 400, "BAD_REQUEST")),
    field("object_type", choices=OBJECT_TYPES),
    field("units"),
    field("high_limit"),
    field("low_limit"),
    field("higher_limit"),
    field("lower_limit"),
    field("ratio"),
    field("offset_constant"),
    field("is_trend"),
    field("is_virtual"),
    field("address", error="ADDRESS", multiline=True),
    field("description", multiline=True),
    field("faults", multiline=True),
    field("definitions", multiline=True),
    field("register_modulus", above=0, is_extra=True),
    field("max_power_kw", above=0, unit="kW", is_extra=True),
    field("max_gap_minutes", above=0, unit="min", is_extra=True),
)
"""Members of a point."""

_USES_OF_A_POINT: Final[dict[str, Any]] = {
    "used_by": tuple(
        UsedBy(
            f"tbl_{owner}s_parameters", ("point_id",), f"THERE_IS_RELATION_WITH_{owner.upper()}_PARAMETERS"
        )
        for owner in ("equipment", "combined_equipment")
    ),
    "relations": "METERS SENSORS SHOPFLOORS STORES SPACES TENANTS EQUIPMENT_PARAMETERS"
    " COMBINED_EQUIPMENT_PARAMETERS",
}
_POINTS_OF_SOURCE = Resource(
    "tbl_points",
    tuple(item for item in _POINT if item.name != "data_source_id"),
    parent_column="data_source_id",
    export_name="points",
    unique=(unique("name data_source_id", "POINT_NAME_IS_ALREADY_IN_USE"),),
    journal="point",
    **_USES_OF_A_POINT,
)
"""The points of a data source, as they are exported and imported with it."""


def remove_points(session: Session, source: dict[str, Any]) -> None:
    """The points of a data source go with it, unless a meter or anything else needs one of them.

    Raises:
        ApiError: Something does.
    """
    points = [
        row[0] for row in session.rows("SELECT id FROM tbl_points WHERE data_source_id = %s", (source["id"],))
    ]
    if not points:
        return
    sql = compose("SELECT 1 FROM tbl_meters_points WHERE point_id IN ({keys}) LIMIT 1", keys=marks(points))
    if session.row(sql, points):
        raise conflict("THIS_DATA_SOURCE_IS_BEING_USED_BY_A_METER")
    for key in points:
        writing.delete(session, _POINTS_OF_SOURCE, key)


RESOURCES = (
    Resource(
        "tbl_gateways",
        (field("name"), shown("token"), shown("last_seen_datetime"), field("description", multiline=True)),
        read=Auth.ADMIN,
        unique=(unique("name", "GATEWAY_NAME_IS_ALREADY_IN_USE"),),
        search=("name",),
        exchange=True,
        prepare=hooks.give_gateway_token,
        group="Metering",
        columns=("name", "last_seen_datetime", "description"),
    ),
    Resource(
        "tbl_data_sources",
        (
            field("name"),
            field("gateway_id", missing=Fault("INVALID_GATEWAY_ID", 400, "BAD_REQUEST")),
            field("protocol", error="DATA_SOURCE_PROTOCOL", offers=hooks.KNOWN_PROTOCOLS),
            field("connection", multiline=True),
            shown("last_seen_datetime"),
            field("description", multiline=True),
        ),
        read=Auth.ADMIN,
        unique=(unique("name", "DATA_SOURCE_NAME_IS_ALREADY_IN_USE"),),
        search=("name",),
        exchange=True,
        prepare=hooks.check_protocol,
        exports=(_POINTS_OF_SOURCE,),
        before_delete=remove_points,
        group="Metering",
        columns=("name", "gateway_id", "protocol", "last_seen_datetime"),
    ),
    Resource(
        "tbl_points",
        _POINT,
        read=Auth.ADMIN,
        unique=(unique("name data_source_id", "POINT_NAME_IS_ALREADY_IN_USE"),),
        prepare=hooks.check_virtual_point,
        **_USES_OF_A_POINT,
        search=("name",),
        filters=(("data_source_id", "data_source_id"),),
        exchange=True,
        journal="point",
        group="Metering",
        columns=("name", "data_source_id", "object_type", "units", "is_trend", "is_virtual"),
    ),
    Resource(
        "tbl_meters",
        (
            field("name"),
            field("energy_category_id"),
            field("is_counted"),
            field("hourly_low_limit"),
            field("hourly_high_limit"),
            field("cost_center_id"),
            field("energy_item_id"),
            field("master_meter_id", unchecked=True),  # `agree` looks for it, after the item
            field("description", multiline=True),
        ),
        unique=(unique("name", "METER_NAME_IS_ALREADY_IN_USE"),),
        used_by=(
            _used_by_formula("meter", "THIS_METER_IS_BEING_USED_BY_A_VIRTUAL_METER"),
            *_used_by_uuid(),
        ),
        qrcode="meter",
        search=("name",),
        exchange=True,
        journal="meter",
        agree=hooks.check_meter,
        relations="ENERGY_STORAGE_CONTAINERS_BATTERIES ENERGY_STORAGE_CONTAINERS_GRIDS"
        " ENERGY_STORAGE_CONTAINERS_LOADS METERS PHOTOVOLTAIC_POWER_STATIONS_GRIDS"
        " PHOTOVOLTAIC_POWER_STATIONS_INVERTORS PHOTOVOLTAIC_POWER_STATIONS_LOADS"
        " THIS_METER_IS_BEING_USED_BY_A_VIRTUAL_METER SPACES TENANTS STORES SHOPFLOORS COMBINED_EQUIPMENTS"
        " COMBINED_EQUIPMENT_PARAMETERS EQUIPMENTS EQUIPMENT_PARAMETERS ENERGY_FLOW_DIAGRAM_LINKS"
        " MICROGRIDS_BATTERIES MICROGRIDS_EVCHARGERS MICROGRIDS_GENERATORS MICROGRIDS_GRIDS"
        " MICROGRIDS_HEATPUMPS MICROGRIDS_LOADS MICROGRIDS_PHOTOVOLTAICS",
        group="Metering",
        columns=("name", "energy_category_id", "energy_item_id", "cost_center_id", "is_counted"),
    ),
    Resource(
        "tbl_virtual_meters",
        (
            field("name"),
            field("energy_category_id"),
            field("is_counted"),
            field("cost_center_id"),
            field("energy_item_id"),
            field("description", multiline=True),
            field(
                "equation",
                wrapped="expression",
                wrapped_member="equation",
                error="EQUATION_IN_EXPRESSION",
                wrapped_error="EXPRESSION_OBJECT",
                multiline=True,
            ),
        ),
        parts=(
            Part(
                "expression.variables",
                "tbl_variables",
                "virtual_meter_id",
                (
                    field("name", error="VARIABLE_NAME"),
                    field("meter_type", choices=METER_TYPES, error="VARIABLE_METER_TYPE"),
                    field("meter_id", error="VARIABLE_METER_ID", unchecked=True),
                ),
                error="EMPTY_VARIABLES_ARRAY",
                needed=True,
                with_id=True,
                order=compose("SUBSTRING(t.name, 2, 10) + 0"),  # x2 before x10
                check=hooks.check_variables,
                show=hooks.name_variable_meters,
            ),
        ),
        finish=hooks.put_equation_in_expression,
        unique=(
            unique(
                "name",
                "VIRTUAL_METER_NAME_IS_ALREADY_IN_USE",
                title="NOT_FOUND",
                update=Fault("VIRTUAL_METER_NAME_IS_ALREADY_IN_USE"),
            ),
        ),
        used_by=(
            _used_by_formula("virtual_meter", "THERE_IS_RELATION_WITH_OTHER_VIRTUAL_METERS"),
            *_used_by_uuid(),
        ),
        search=("name",),
        exchange=True,
        export_keeps=("id",),
        journal="virtual_meter",
        agree=hooks.check_other_item,
        relations="OTHER_VIRTUAL_METERS SPACES COMBINED_EQUIPMENTS COMBINED_EQUIPMENT_PARAMETERS EQUIPMENTS"
        " EQUIPMENT_PARAMETERS TENANTS STORES SHOPFLOORS ENERGY_FLOW_DIAGRAM_LINKS",
        group="Metering",
        columns=("name", "energy_category_id", "equation", "cost_center_id", "is_counted"),
    ),
    Resource(
        "tbl_offline_meters",
        (
            field("name"),
            field("energy_category_id"),
            field("is_counted"),
            field("hourly_low_limit"),
            field("hourly_high_limit"),
            field("cost_center_id"),
            field("energy_item_id"),
            field("description", multiline=True),
        ),
        unique=(unique("name", "OFFLINE_METER_NAME_IS_ALREADY_IN_USE"),),
        used_by=(
            _used_by_formula("offline_meter", "THIS_OFFLINE_METER_IS_BEING_USED_BY_A_VIRTUAL_METER"),
            *_used_by_uuid(),
        ),
        search=("name",),
        exchange=True,
        export_keeps=("id", "uuid"),
        journal="offline_meter",
        agree=hooks.check_other_item,
        relations="THIS_OFFLINE_METER_IS_BEING_USED_BY_A_VIRTUAL_METER SPACES COMBINED_EQUIPMENTS"
        " COMBINED_EQUIPMENT_PARAMETERS TENANTS STORES SHOPFLOORS EQUIPMENTS EQUIPMENT_PARAMETERS"
        " ENERGY_FLOW_DIAGRAM_LINKS",
        group="Metering",
        columns=("name", "energy_category_id", "energy_item_id", "cost_center_id", "is_counted"),
    ),
    Resource(
        "tbl_sensors",
        (field("name"), field("description", multiline=True)),
        unique=(unique("name", "SENSOR_NAME_IS_ALREADY_IN_USE"),),
        relations="SPACES TENANTS STORES MICROGRIDS SHOPFLOORS",
        search=("name",),
        exchange=True,
        group="Metering",
    ),
    Resource(
        "tbl_meter_exchanges",
        (
            field("meter_id"),
            field("exchanged"),
            field("last_old_value"),
            field("first_new_value"),
            field("note", multiline=True),
        ),
        read=Auth.ADMIN,
        unique=(unique("meter_id exchanged_utc", "METER_EXCHANGE_EXISTS"),),
        prepare=hooks.renormalize_meter,
        before_delete=hooks.renormalize_former_meter,
        label="id",
        group="Metering",
        help="When a meter was replaced: the last reading of the old one, the first of the new one.",
    ),
    Resource(
        "tbl_protocols",
        (field("name"), field("code", error="PROTOCOL_CODE")),
        unique=(
            unique("name", "PROTOCOL_NAME_IS_ALREADY_IN_USE"),
            unique("code", "PROTOCOL_CODE_IS_ALREADY_IN_USE"),
        ),
        used_by=(
            UsedBy("tbl_data_sources", ("protocol",), "THERE_IS_RELATION_WITH_DATA_SOURCES", by="code"),
        ),
        group="Metering",
    ),
    Resource(
        "tbl_iot_sim_cards",
        (
            field("iccid"),
            *(
                shown(name)
                for name in (
                    *("imsi", "operator", "status", "active_time", "open_time", "expiration_time"),
                    *("used_traffic", "total_traffic"),
                )
            ),
            field("description", multiline=True),
        ),
        missing=Fault("IOT_SIM_CARD_NOT_FOUND"),
        log_name="IoTSIMCard",
        bad_id_read=Fault("INVALID_CONTACT_ID"),
        unique=(unique("iccid", "ICCID_IS_ALREADY_IN_USE"),),
        label="iccid",
        group="Metering",
    ),
)
