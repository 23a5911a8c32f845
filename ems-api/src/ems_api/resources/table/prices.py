"""Energy categories and items, cost centres, tariffs."""

from __future__ import annotations

from ems_common.tariffs import PEAK_TYPES

from ems_api.resources import hooks
from ems_api.resources.declare import Part, Resource, UsedBy, field, unique

_METERS = ("METER", "VIRTUAL_METER", "OFFLINE_METER")

RESOURCES = (
    Resource(
        "tbl_energy_categories",
        (
            field("name"),
            field("unit_of_measure"),
            field("kgce", unit="kgce"),
            field("kgco2e", unit="kgCO2e"),
        ),
        unique=(unique("name", "ENERGY_CATEGORY_NAME_IS_ALREADY_IN_USE"),),
        used_by=(
            *(
                UsedBy(f"tbl_{meter.lower()}s", ("energy_category_id",), f"ENERGY_CATEGORY_USED_IN_{meter}")
                for meter in _METERS
            ),
            UsedBy("tbl_tariffs", ("energy_category_id",), "ENERGY_CATEGORY_USED_IN_TARIFFS"),
            UsedBy("tbl_energy_items", ("energy_category_id",), "ENERGY_CATEGORY_USED_IN_ENERGY_ITEMS"),
        ),
        journal="energy_category",
        group="Energy and prices",
    ),
    Resource(
        "tbl_energy_items",
        (field("name"), field("energy_category_id")),
        unique=(unique("name", "ENERGY_ITEM_NAME_IS_ALREADY_IN_USE"),),
        used_by=tuple(
            UsedBy(f"tbl_{meter.lower()}s", ("energy_item_id",), f"ENERGY_ITEM_USED_IN_{meter}")
            for meter in _METERS
        ),
        group="Energy and prices",
    ),
    Resource(
        "tbl_cost_centers",
        (field("name", error="NAME_VALUE"), field("external_id")),
        unique=(
            unique("name", "COST_CENTER_NAME_EXISTS"),
            unique("external_id", "COST_CENTER_EXTERNAL_ID_EXISTS"),
        ),
        used_by=(UsedBy("tbl_virtual_meters", ("cost_center_id",), "THERE_IS_RELATION_WITH_OFFLINE_METERS"),),
        relations="CHARGING_STATIONS ENERGY_STORAGE_CONTAINERS ENERGY_STORAGE_POWER_STATIONS MICROGRIDS"
        " PHOTOVOLTAIC_POWER_STATIONS VIRTUAL_POWER_PLANTS WIND_FARMS EQUIPMENTS COMBINED_EQUIPMENTS METERS"
        " OFFLINE_METERS TENANTS STORES SPACES SHOPFLOORS",
        group="Energy and prices",
    ),
    Resource(
        "tbl_tariffs",
        (
            field("name"),
            field("energy_category_id", wrapped="energy_category", show=("id", "name")),
            field("tariff_type", choices=("timeofuse",)),
            field("unit_of_price"),
            field("valid_from", column="valid_from_datetime_utc"),
            field("valid_through", column="valid_through_datetime_utc"),
        ),
        parts=(
            Part(
                "timeofuse",
                "tbl_tariffs_timeofuses",
                "tariff_id",
                (
                    field("start_time_of_day"),
                    field("end_time_of_day"),
                    field("peak_type", choices=PEAK_TYPES),
                    field("price", loose=True),
                ),
                error="INVALID_TARIFF_TIME_OF_USE_PRICING",
                before="unit_of_price",
                needed=True,
            ),
        ),
        prepare=hooks.check_validity,
        unique=(unique("name", "TARIFF_NAME_IS_ALREADY_IN_USE"),),
        used_by=(UsedBy("tbl_cost_centers_tariffs", ("tariff_id",), "TARIFF_IN_USE"),),
        search=("name",),
        exchange=True,
        journal="tariff",
        group="Energy and prices",
        columns=("name", "energy_category_id", "tariff_type", "unit_of_price", "valid_from", "valid_through"),
    ),
)
