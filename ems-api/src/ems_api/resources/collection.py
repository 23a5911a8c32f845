"""Routes of a resource itself: list, create, read, update, delete, clone, export, import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ems_api.context import Context, Reply, is_true, path_id
from ems_api.errors import conflict
from ems_api.resources import exchange, reading, writing
from ems_api.resources.declare import Resource
from ems_api.resources.listing import narrowed, paged
from ems_api.resources.reading import Json, Look
from ems_api.resources.serving import Serving, changing, demand_unchanged, find, log_name, look, visible
from ems_api.resources.values import longest
from ems_api.routing import Handler, Route


def collection_routes(serving: Serving) -> list[Route]:
    """Routes of the collection and of its items."""
    resource = serving.resource
    can = set(resource.can)
    collection: dict[str, Handler] = {}
    item: dict[str, Handler] = {}
    log = log_name(resource)
    if "list" in can:
        collection["GET"] = Handler(
            resource.read, _list(resource), summary=f"List {resource.name}", is_kept=True
        )
    if "create" in can:
        collection["POST"] = Handler(resource.write, _create(resource), f"{log}Collection" if log else "")
    if "read" in can:
        item["GET"] = Handler(resource.read_item or resource.read, _item(resource), is_kept=True)
    if "update" in can:
        item["PUT"] = Handler(resource.write, _update(resource), f"{log}Item" if log else "")
    if "delete" in can:
        item["DELETE"] = Handler(resource.write, _delete(resource), f"{log}Item" if log else "")
    routes = [Route(resource.route, collection)] if collection else []
    return [*routes, Route(resource.item_route, item)] if item else routes


def _list(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context) -> Any:
        where, params = narrowed(ctx, resource, *visible(ctx, resource))
        with ctx.dbs.reading(resource.database) as session:
            rows = reading.read(session, resource, look(ctx), where, params)
        if is_true(ctx.req.get_header("QUICKMODE") or ""):
            heavy = {resource.shown_as(item) for item in resource.fields if item.is_heavy}
            rows = [{name: row[name] for name in row if name not in heavy} for row in rows]
        return paged(ctx, rows)

    return run


def _item(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Json:
        key = path_id(id_, resource.invalid_id_read)
        with ctx.dbs.reading(resource.database) as session:
            return find(ctx, session, resource, key)

    return run


def _create(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context) -> Reply:
        values, parts = writing.read_body(resource, ctx.data(), ctx.zone)
        with changing(ctx, resource.database) as session:
            key = writing.create(session, resource, values, parts)
            shown = resource.after_write(session, key, values) if resource.after_write else None
        return Reply(201, shown, f"{resource.location or resource.route}/{key}", key)

    return run


def _update(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, resource.invalid_id)
        values, parts = writing.read_body(resource, ctx.data(), ctx.zone, update=True)
        with changing(ctx, resource.database) as session:
            demand_unchanged(ctx, session, resource, key)
            writing.update(session, resource, key, values, parts)
        return Reply(200, entity_id=key)

    return run


def _delete(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, resource.invalid_id)
        with changing(ctx, resource.database) as session:
            demand_unchanged(ctx, session, resource, key)
            writing.delete(session, resource, key)
        return Reply(204, entity_id=key)

    return run


def _dated(resource: Resource, item: Json, shown: Look) -> Json:
    name = item.get(resource.label)
    if not isinstance(name, str):
        return item
    return {**item, resource.label: exchange.dated_name(name, shown, _longest_name(resource))}


def _longest_name(resource: Resource) -> int:
    return longest(resource.spec.column(resource.label).type)


def _copied(resource: Resource, item: Json) -> Json:
    """What a copy made by ``POST /x/{id}`` takes along, under its name."""
    without = resource.clones_by_post or ()
    kept = {name: value for name, value in item.items() if name not in without}
    return {
        **kept,
        resource.label: exchange.copied_name(item[resource.label], _longest_name(resource)),
    }


def _copy(ctx: Context, serving: Serving, id_: str, *, is_dated: bool) -> Reply:
    """Make an item like another; as a clone is, or as ``POST /x/{id}`` makes it."""
    resource = serving.resource
    key = path_id(id_, resource.invalid_id)
    if key in resource.protected:
        raise conflict(f"THIS_{resource.key}_CANNOT_BE_CLONED")
    whole = replace(look(ctx), v1=True)  # the older dialect does not show all that a row holds
    with changing(ctx, resource.database) as session:
        item = find(ctx, session, resource, key, shown=whole)
        body = exchange.export_item(ctx.dbs, session, resource, serving.bonds, item, whole)
        body = _dated(resource, body, whole) if is_dated else _copied(resource, body)
        new = exchange.import_item(ctx.dbs, session, resource, serving.bonds, body, whole)
    return Reply(201, None, f"{resource.route}/{new}", new)


def exchange_routes(serving: Serving) -> list[Route]:
    """Routes that clone, export and import items."""
    resource = serving.resource
    log = log_name(resource)

    def clone(ctx: Context, id_: str) -> Reply:
        return _copy(ctx, serving, id_, is_dated=True)

    def clone_by_post(ctx: Context, id_: str) -> Reply:
        return _copy(ctx, serving, id_, is_dated=ctx.v1)

    def export(ctx: Context, id_: str) -> Json:
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.reading(resource.database) as session:
            item = find(ctx, session, resource, key)
            return exchange.export_item(ctx.dbs, session, resource, serving.bonds, item, look(ctx))

    def import_(ctx: Context) -> Reply:
        body = ctx.json()
        item = body["data"] if isinstance(body.get("data"), dict) and len(body) == 1 else body
        shown = look(ctx)
        if resource.dates_imports and not ctx.v1:
            item = _dated(resource, item, shown)
        with changing(ctx, resource.database) as session:
            key = exchange.import_item(ctx.dbs, session, resource, serving.bonds, item, shown)
        return Reply(201, None, f"{resource.route}/{key}", key)

    reader = resource.read_item or resource.read
    routes = [
        Route(
            f"{resource.item_route}/clone",
            {"POST": Handler(resource.write, clone, f"{log}Clone" if log else "")},
        ),
        Route(f"{resource.item_route}/export", {"GET": Handler(reader, export)}),
        Route(
            f"{resource.route}/import",
            {"POST": Handler(resource.write, import_, f"{log}Import" if log else "")},
        ),
    ]
    if resource.clones_by_post is not None:
        again = Handler(resource.write, clone_by_post, f"{log}Item" if log else "")
        routes.append(Route(resource.item_route, {"POST": again}))
    return routes
