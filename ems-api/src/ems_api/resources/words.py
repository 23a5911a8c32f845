"""Words of routes and error keys, made of the names of tables."""

from __future__ import annotations

_SINGULARS = (
    ("energy_storage_containers_", "energy_storage_container_"),
    ("photovoltaic_power_stations_", "photovoltaic_power_station_"),
    ("microgrids_", "microgrid_"),
    ("combined_equipments_", "combined_equipment_"),
    ("equipments_", "equipment_"),
    ("energy_flow_diagrams_", "energy_flow_diagram_"),
)


def singular(table: str) -> str:
    """Singular of a table's name without its prefix.

    >>> singular("tbl_energy_categories"), singular("tbl_energy_storage_containers_batteries")
    ('energy_category', 'energy_storage_container_battery')
    """
    name = table.removeprefix("tbl_")
    for plural, single in _SINGULARS:
        name = name.replace(plural, single)
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name.removesuffix("es") if name.endswith("stses") else name.removesuffix("s")
