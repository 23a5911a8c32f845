"""Routes that only show what other resources hold: below a space, of a gateway, where a meter is used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.auth.scope import subtree
from ems_api.context import Context, path_id
from ems_api.errors import invalid, missing
from ems_api.resources import reading
from ems_api.resources.checks import existing
from ems_api.resources.declare import Resource
from ems_api.resources.routes import look, owner_row
from ems_api.resources.table import RESOURCES
from ems_api.routing import Auth, Route, get
from ems_api.wall_clock import stored

Json = dict[str, Any]
_FRESH: Final = timedelta(minutes=30)
"""How old a value may be to stand among the points of a data source."""
BY_TABLE: dict[str, Resource] = {resource.table: resource for resource in RESOURCES}
_METER_PATHS = {
    "meters": "tbl_meters",
    "virtualmeters": "tbl_virtual_meters",
    "offlinemeters": "tbl_offline_meters",
}
_SOURCE_OWNERS = (
    "tbl_combined_equipments",
    "tbl_energy_storage_containers",
    "tbl_microgrids",
    "tbl_photovoltaic_power_stations",
)


def _below(
    owner: Resource, table: str, column: str, *, hidden: tuple[str, ...] = ("qrcode",), order: str = "id"
) -> Callable[..., Any]:
    """The rows of another resource that point at an owner, in the order of a column."""
    resource = BY_TABLE[table]

    def run(ctx: Context, id_: str) -> list[Json]:
        key = path_id(id_, owner.invalid_id)
        with ctx.dbs.reading(owner.database) as session:
            owner_row(ctx, session, owner, key)
            where, tail = compose("t.{of} = %s", of=column), compose(" ORDER BY t.{by}, t.id", by=order)
            rows = reading.read(session, resource, look(ctx), where, (key,), tail=tail)
        rows = ctx.scope.only(table, rows)
        return [{name: value for name, value in row.items() if name not in hidden} for row in rows]

    return run


def _source_points(ctx: Context, id_: str) -> list[Json]:
    """Points of a data source with their values, where these are fresh."""
    source = BY_TABLE["tbl_data_sources"]
    rows: list[Json] = _below(source, "tbl_points", "data_source_id", hidden=("data_source",))(ctx, id_)
    latest = latest_values(ctx, [row["id"] for row in rows])
    oldest = stored(utc_now() - _FRESH)
    for row in rows:
        value, when = latest.get(row["id"], (None, oldest))
        row["latest_value"] = value if when >= oldest else None
    return rows


def latest_values(ctx: Context, keys: list[int]) -> dict[int, tuple[Any, Any]]:
    """Latest value and its time (naive UTC) of points, by key; four statements at most."""
    if not keys:
        return {}
    result: dict[int, tuple[Any, Any]] = {}
    with ctx.dbs.reading("historical_db") as session:
        for table, value in (
            ("tbl_energy_value_latest", "actual_value + 0E0"),
            ("tbl_analog_value_latest", "actual_value + 0E0"),
            ("tbl_digital_value_latest", "actual_value"),
            ("tbl_text_value_latest", "actual_value"),
        ):
            rows = session.rows(
                compose(
                    "SELECT point_id, {value}, utc_date_time FROM {table} WHERE point_id IN ({keys})",
                    value=value,
                    table=table,
                    keys=marks(keys),
                ),
                keys,
            )
            for key, latest, when in rows:
                if key not in result or result[key][1] < when:
                    result[key] = (latest, when)
    return result


def meanings_of(object_type: str, definitions: str | None) -> str | None:
    """What the numbers of a state mean, as JSON.

    It is ``{"0": "off", "1": "running"}``, or ``{"flags": {"0": "tripped"}}`` where each bit has a meaning.

    Args:
        object_type: Kind of the point.
        definitions: As people entered it; "" stands for a state of which nobody said what it means.

    Returns:
        None for a value that is measured.
    """
    return (definitions or "") if object_type == "DIGITAL_VALUE" else None


def _used_in(owner: str) -> Callable[..., Any]:
    """The owners of one kind that a meter (of the kind named by `type`) is bound to."""

    def run(ctx: Context, id_: str) -> list[Json]:
        key = path_id(id_, "INVALID_METER_ID")
        table = _METER_PATHS.get(ctx.query("type"))
        if table is None:
            raise invalid("INVALID_METER_TYPE", field="type")
        member = table.removeprefix("tbl_").removesuffix("s")
        with ctx.dbs.reading("system_db") as session:
            if not ctx.scope.has(table, key) or not existing(session, table, [key]):
                raise missing("METER_NOT_FOUND")
            rows = session.rows(
                compose(
                    "SELECT o.id, o.name FROM {owner} o JOIN {owner}_{member}s b ON b.{of}_id = o.id"
                    " WHERE b.{member}_id = %s ORDER BY o.id",
                    owner=owner,
                    member=member,
                    of=owner[4:-1],
                ),
                (key,),
            )
        return ctx.scope.only(owner, [{"id": row[0], "name": row[1]} for row in rows])

    return run


def _data_source_points(owner: str) -> Callable[..., Any]:
    """Points of the data sources that an owner is bound to."""
    resource = BY_TABLE[owner]
    column = f"{owner[4:-1]}_id"

    def run(ctx: Context, id_: str) -> list[Json]:
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.reading("system_db") as session:
            owner_row(ctx, session, resource, key)
            return _points_of_sources(session, f"{owner}_data_sources", column, key)

    return run


def _points_of_sources(session: Session, table: str, column: str, key: int) -> list[Json]:
    rows = session.rows(
        compose(
            "SELECT DISTINCT p.id, p.name FROM tbl_points p"
            " JOIN {table} b ON b.data_source_id = p.data_source_id WHERE b.{column} = %s ORDER BY p.id",
            table=table,
            column=column,
        ),
        (key,),
    )
    return [{"id": row[0], "name": row[1]} for row in rows]


def _station_points(ctx: Context, id_: str) -> list[Json]:
    """Points of the data sources of all containers of a storage station."""
    key = path_id(id_, "INVALID_ENERGY_STORAGE_CONTAINER_ID")
    with ctx.dbs.reading("system_db") as session:
        owner_row(ctx, session, BY_TABLE["tbl_energy_storage_power_stations"], key)
        rows = session.rows(
            "SELECT DISTINCT p.id, p.name FROM tbl_points p"
            " JOIN tbl_energy_storage_containers_data_sources d ON d.data_source_id = p.data_source_id"
            " JOIN tbl_energy_storage_power_stations_containers c"
            "   ON c.energy_storage_container_id = d.energy_storage_container_id"
            " WHERE c.energy_storage_power_station_id = %s ORDER BY p.id",
            (key,),
        )
    return [{"id": row[0], "name": row[1]} for row in rows]


def _equipment_points(ctx: Context, id_: str, pid: str = "") -> list[Json]:
    """Points that an equipment's parameter may show: of its data sources, after the one it shows now."""
    equipment, points = BY_TABLE["tbl_equipments"], BY_TABLE["tbl_points"]
    key = path_id(id_, equipment.invalid_id)
    parameter = path_id(pid, "INVALID_EQUIPMENT_PARAMETER_ID") if pid else 0
    with ctx.dbs.reading("system_db") as session:
        owner_row(ctx, session, equipment, key)
        shown = session.scalar(
            "SELECT point_id FROM tbl_equipments_parameters WHERE id = %s AND equipment_id = %s",
            (parameter, key),
        )
        where = compose(
            "(t.id = %s OR t.data_source_id IN"
            " (SELECT data_source_id FROM tbl_equipments_data_sources WHERE equipment_id = %s))"
        )
        rows = reading.read(session, points, look(ctx), where, (shown, key))
    return sorted(rows, key=lambda row: bool(row["id"] != shown))


def _space_children(ctx: Context, id_: str) -> Json:
    """A space and those directly below it."""
    space = BY_TABLE["tbl_spaces"]
    key = path_id(id_, space.invalid_id)
    with ctx.dbs.reading("system_db") as session:
        owner_row(ctx, session, space, key)
        current = reading.read(session, space, look(ctx), compose("t.id = %s"), (key,))[0]
        children = reading.read(session, space, look(ctx), compose("t.parent_space_id = %s"), (key,))
    return {"current": current, "children": ctx.scope.only("tbl_spaces", children)}


def _space_tree(ctx: Context) -> Json:
    """The caller's spaces as a tree; several roots stand below a common one."""
    with ctx.dbs.reading("system_db") as session:
        rows = session.rows(
            "SELECT id, name, uuid, parent_space_id, latitude + 0E0, longitude + 0E0 FROM tbl_spaces"
            " ORDER BY id"
        )
    nodes: dict[int, Json] = {
        key: {"id": key, "name": name, "uuid": text, "latitude": north, "longitude": east, "children": []}
        for key, name, text, _, north, east in rows
    }
    roots = [nodes[key] for key in ctx.scope.roots if key in nodes]
    if not roots:
        raise missing("SPACE_NOT_FOUND" if ctx.scope.roots or ctx.identity.sees_all else _no_space(ctx))
    for key, _, _, parent, _, _ in rows:
        if parent in nodes and parent != key:
            nodes[parent]["children"].append(nodes[key])
    if not ctx.v1:
        for node in nodes.values():
            if not node["children"]:
                del node["children"]  # as MyEMS' clients know a space without spaces below
    below = roots[0].get("children", []) + roots[1:]
    return {**roots[0], "children": below} if len(roots) > 1 else roots[0]


def _no_space(ctx: Context) -> str:
    return "PRIVILEGE_NOT_FOUND" if ctx.identity.privilege is None else "SPACE_NOT_FOUND_IN_PRIVILEGE"


def _tree_categories(ctx: Context, id_: str) -> list[Json]:
    """Energy categories of all meters below a space."""
    space = BY_TABLE["tbl_spaces"]
    key = path_id(id_, space.invalid_id)
    with ctx.dbs.reading("system_db") as session:
        owner_row(ctx, session, space, key)
        keys = sorted(subtree(session, [key]))
        rows = session.rows(
            compose(
                "SELECT DISTINCT c.id, c.name, c.uuid FROM tbl_energy_categories c"
                " JOIN tbl_meters m ON m.energy_category_id = c.id"
                " JOIN tbl_spaces_meters b ON b.meter_id = m.id"
                " WHERE b.space_id IN ({keys}) ORDER BY c.id",
                keys=marks(keys),
            ),
            keys,
        )
    return [{"id": row[0], "name": row[1], "uuid": row[2]} for row in rows]


def _submeters(ctx: Context, id_: str) -> list[Json]:
    rows = list(_below(BY_TABLE["tbl_meters"], "tbl_meters", "master_meter_id")(ctx, id_))
    if ctx.v1:
        return rows
    # MyEMS shows the key of the master here as it stands in the path: a text.
    return [
        {**row, "master_meter": row["master_meter"] and {**row["master_meter"], "id": id_}} for row in rows
    ]


ROUTES: tuple[Route, ...] = (
    get("/datasources/{id_}/points", Auth.ADMIN, _source_points),
    get(
        "/gateways/{id_}/datasources",
        Auth.ADMIN,
        _below(BY_TABLE["tbl_gateways"], "tbl_data_sources", "gateway_id", hidden=("gateway",), order="name"),
    ),
    get(
        "/distributionsystems/{id_}/distributioncircuits",
        Auth.KEY,
        _below(
            BY_TABLE["tbl_distribution_systems"],
            "tbl_distribution_circuits",
            "distribution_system_id",
            hidden=("distribution_system",),
            order="name",
        ),
    ),
    get("/meters/{id_}/submeters", Auth.KEY, _submeters, is_kept=True),
    *(
        get(
            f"/meters/{{id_}}/{owner[4:].replace('_', '')}",
            Auth.KEY,
            _used_in(owner),
            query=(("type", "string"),),
            checks_row=True,
        )
        for owner in (
            "tbl_combined_equipments",
            "tbl_equipments",
            "tbl_shopfloors",
            "tbl_spaces",
            "tbl_stores",
            "tbl_tenants",
        )
    ),
    *(
        get(
            f"{BY_TABLE[owner].item_route}/datasourcepoints",
            Auth.KEY,
            _data_source_points(owner),
            is_kept=True,
        )
        for owner in _SOURCE_OWNERS
    ),
    get("/energystoragepowerstations/{id_}/datasourcepoints", Auth.KEY, _station_points, is_kept=True),
    get("/equipments/{id_}/addpoints", Auth.KEY, _equipment_points, is_kept=True),
    get("/equipments/{id_}/editpoints/{pid}", Auth.KEY, _equipment_points, is_kept=True),
    get("/spaces/tree", Auth.SESSION, _space_tree, is_kept=True),
    get("/spaces/{id_}/children", Auth.KEY, _space_children, is_kept=True),
    get("/spaces/{id_}/treemetersenergycategories", Auth.KEY, _tree_categories, is_kept=True),
)
