"""Whether the rows of an archive fit together: keys, references, names, trees, formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ems_common.catalog import TABLES
from ems_common.catalog.model import Table

from ems_api.errors import ApiError
from ems_api.resources.declare import SYSTEM, Field, Resource
from ems_api.resources.hooks import check_equation
from ems_api.resources.table import RESOURCES
from ems_api.site.archive import Faults, Json, tables

ROOT_SPACE: Final = 1
Rows = Mapping[str, list[Json]]
_METERS: Final = {
    "meter": "tbl_meters",
    "offline_meter": "tbl_offline_meters",
    "virtual_meter": "tbl_virtual_meters",
}


def check(rows: Rows, faults: Faults) -> None:
    """Note everything that does not fit together."""
    keys = {name: {row.get("id") for row in found} for name, found in rows.items()}
    for spec in tables():
        own = rows.get(spec.name, [])
        _keys(spec, own, faults)
        _references(spec, own, keys, faults)
    for resource in _resources(RESOURCES):
        _declared(resource, rows.get(resource.table, []), faults)
    _root(rows, faults)
    for table, parent in (("tbl_spaces", "parent_space_id"), ("tbl_meters", "master_meter_id")):
        _trees(rows.get(table, []), parent, faults)
    _formulas(rows, keys, faults)


def _resources(resources: Iterable[Resource]) -> Iterable[Resource]:
    for resource in resources:
        if resource.database == SYSTEM:
            yield resource
            yield from resource.children


def _keys(spec: Table, rows: list[Json], faults: Faults) -> None:
    unique = [spec.key, *spec.unique, *([("uuid",)] if "uuid" in spec.by_name else [])]
    for names in unique:
        seen: set[tuple[Any, ...]] = set()
        for row in rows:
            values = tuple(row.get(name) for name in names)
            if None not in values and values in seen:
                faults.add(row[""], f"{', '.join(names)} = {values!r:.80} stands in two rows")
            seen.add(values)
    for row in rows:
        if "id" in spec.by_name and not (row.get("id") or 0) > 0:
            faults.add(f"{row['']}/id", "not a positive whole number")


def _references(spec: Table, rows: list[Json], keys: Mapping[str, set[Any]], faults: Faults) -> None:
    for column in spec.columns:
        if column.reference not in keys:
            continue
        there = keys[column.reference]
        for row in rows:
            value = row.get(column.name)
            if (
                value is not None
                and value not in there
                and (spec.name, column.name) != ("tbl_variables", "meter_id")
            ):
                faults.add(
                    f"{row['']}/{column.name}", f"names row {value} of {column.reference}, which is not there"
                )


def _declared(resource: Resource, rows: list[Json], faults: Faults) -> None:
    """What the declarations say of values and of names."""
    for rule in resource.unique:
        names = [name for name in (*rule.columns, rule.told_apart_by, resource.parent_column) if name]
        seen: set[tuple[Any, ...]] = set()
        for row in rows:
            values = tuple(row.get(name) for name in names)
            if values[0] is not None and values in seen:
                faults.add(row[""], f"{', '.join(names)} = {values!r:.80} is taken by another row")
            seen.add(values)
    for item in resource.fields:
        if not item.create:
            continue
        name = resource.column(item).name
        for row in rows:
            text = _broken(item, row.get(name))
            if text:
                faults.add(f"{row['']}/{name}", text)


def _broken(item: Field, value: Any) -> str:
    """Which rule of a field a value breaks; "" for none."""
    if value is None:
        return ""
    if item.choices and value not in item.choices:
        return f"not one of {', '.join(item.choices)}"
    if isinstance(value, bool) or not hasattr(value, "__abs__"):
        return ""
    too_low = (item.minimum is not None and value < item.minimum) or (
        item.above is not None and value <= item.above
    )
    return "out of range" if too_low or (item.maximum is not None and value > item.maximum) else ""


def _root(rows: Rows, faults: Faults) -> None:
    spaces = rows.get("tbl_spaces", [])
    roots = [row for row in spaces if row.get("parent_space_id") is None]
    if not any(row.get("id") == ROOT_SPACE for row in roots):
        faults.add("tbl_spaces.jsonl", f"there is no root: space {ROOT_SPACE}, without a parent")


def _trees(rows: list[Json], parent: str, faults: Faults) -> None:
    above = {row.get("id"): row.get(parent) for row in rows}
    for row in rows:
        seen: set[Any] = set()
        key = row.get("id")
        while key is not None and key not in seen:
            seen.add(key)
            key = above.get(key)
        if key is not None:
            faults.add(f"{row['']}/{parent}", "stands below itself")


def _formulas(rows: Rows, keys: Mapping[str, set[Any]], faults: Faults) -> None:
    variables: dict[Any, list[Json]] = {}
    for row in rows.get("tbl_variables", []):
        variables.setdefault(row.get("virtual_meter_id"), []).append(row)
        table = _METERS.get(str(row.get("meter_type")))
        if table is None or row.get("meter_id") not in keys.get(table, set()):
            faults.add(f"{row['']}/meter_id", f"names no {row.get('meter_type')!r:.20} of the archive")
    for row in rows.get("tbl_virtual_meters", []):
        names = [str(one.get("name")) for one in variables.get(row.get("id"), [])]
        try:
            check_equation(str(row.get("equation")), names)
        except ApiError as ex:
            faults.add(f"{row['']}/equation", ex.detail or ex.key)


assert set(_METERS.values()) <= set(TABLES[SYSTEM])  # noqa: S101  (a slip in the table above)
