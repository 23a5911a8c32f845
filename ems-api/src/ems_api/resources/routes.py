"""From the declarations to routes: list, create, read, update, delete, bindings, children, exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ems_api.context import Context, Reply, path_id
from ems_api.errors import Fault, missing
from ems_api.resources import bindings, exchange, reading, writing
from ems_api.resources.bindings import BY_TABLE, Bond
from ems_api.resources.checks import stored_row
from ems_api.resources.declare import Bound, Resource
from ems_api.resources.listing import narrowed, paged
from ems_api.resources.reading import Json, Look
from ems_api.resources.values import longest
from ems_api.routing import Handler, Route
from ems_api.versions import CONFIG
from ems_common.catalog.bindings import BINDINGS
from ems_common.db import Session


@dataclass(frozen=True, eq=False)
class Serving:
    """A resource with its place among others.

    Attributes:
        resource: The declaration.
        parent: The resource it is a child of.
        bound: Rules of bindings by table.
    """

    resource: Resource
    bound: dict[str, Bound]
    parent: Resource | None = None

    def bonds(self, resource: Resource) -> list[Bond]:
        """The bindings of a resource, by the catalog."""
        return [
            Bond(resource, binding, self.bound.get(binding.table, Bound(binding.table)))
            for binding in BINDINGS
            if binding.owner == resource.table and binding.table not in _NOT_SERVED
        ]


_NOT_SERVED = frozenset({"tbl_spaces_charging_stations", "tbl_spaces_wind_farms"})
"""Bindings of the schema that the contract has no route for and whose members have none either."""


def look(ctx: Context) -> Look:
    """How this request's answers look."""
    return Look(ctx.zone, ctx.v1)


@contextmanager
def changing(ctx: Context, database: str) -> Iterator[Session]:
    """A transaction that changes configuration: what workers remember of it is void once it is committed."""
    with ctx.dbs.session(database) as session:
        yield session
    ctx.services.versions.change(CONFIG)


def routes_of(resources: Sequence[Resource], bound: Sequence[Bound]) -> list[Route]:
    """All routes that follow from the declarations."""
    rules = {rule.table: rule for rule in bound}
    result: list[Route] = []
    for resource in resources:
        serving = Serving(resource, rules)
        result += _collection(serving)
        if resource.exchange:
            result += _exchange(serving)
        result += [route for bond in serving.bonds(resource) for route in _binding(serving, bond)]
        for child in resource.children:
            result += _child(Serving(child, rules, resource))
    return result


def _collection(serving: Serving) -> list[Route]:
    resource = serving.resource
    can = set(resource.can)
    collection: dict[str, Handler] = {}
    item: dict[str, Handler] = {}
    log = _log_name(resource)
    if "list" in can:
        collection["GET"] = Handler(resource.read, _list(resource), summary=f"List {resource.name}")
    if "create" in can:
        collection["POST"] = Handler(resource.write, _create(resource), f"{log}Collection" if log else "")
    if "read" in can:
        item["GET"] = Handler(resource.read_item or resource.read, _item(resource))
    if "update" in can:
        item["PUT"] = Handler(resource.write, _update(resource), f"{log}Item" if log else "")
    if "delete" in can:
        item["DELETE"] = Handler(resource.write, _delete(resource), f"{log}Item" if log else "")
    routes = [Route(resource.route, collection)] if collection else []
    return [*routes, Route(resource.item_route, item)] if item else routes


def _log_name(resource: Resource) -> str:
    return "".join(part.capitalize() for part in resource.singular.split("_")) if resource.logged else ""


def visible(ctx: Context, resource: Resource) -> tuple[str, list[Any]]:
    """The condition that keeps the rows the caller may reach; "" for all of them."""
    return ctx.scope.condition(resource.table, "t.id")


def _list(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context) -> Any:
        where, params = narrowed(ctx, resource, *visible(ctx, resource))
        with ctx.dbs.session(resource.database) as session:
            rows = reading.read(session, resource, look(ctx), where, params)
        return paged(ctx, rows)

    return run


def find(ctx: Context, session: Session, resource: Resource, key: int, parent: int | None = None) -> Json:
    """The answer of one item.

    Raises:
        ApiError: There is none, or the caller may not reach it.
    """
    where, params = visible(ctx, resource)
    terms, values = ["t.id = %s"], [key]
    if parent is not None:
        terms.append(f"t.{resource.parent_column} = %s")
        values.append(parent)
    if where:
        terms.append(where)
        values += params
    rows = reading.read(session, resource, look(ctx), " AND ".join(terms), values, in_item=True)
    if not rows:
        raise missing(resource.not_found)
    return rows[0]


def _item(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Json:
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.session(resource.database) as session:
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
            writing.update(session, resource, key, values, parts)
        return Reply(200, entity_id=key)

    return run


def _delete(resource: Resource) -> Callable[..., Any]:
    def run(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, resource.invalid_id)
        with changing(ctx, resource.database) as session:
            writing.delete(session, resource, key)
        return Reply(204, entity_id=key)

    return run


def _exchange(serving: Serving) -> list[Route]:
    resource = serving.resource
    log = _log_name(resource)

    def clone(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, resource.invalid_id)
        shown = look(ctx)
        with changing(ctx, resource.database) as session:
            item = find(ctx, session, resource, key)
            body = exchange.export_item(ctx.dbs, session, resource, serving.bonds, item, shown)
            limit = longest(resource.spec.column(resource.label).type)
            body[resource.label] = exchange.clone_name(str(item[resource.label]), shown, limit)
            new = exchange.import_item(ctx.dbs, session, resource, serving.bonds, body, shown)
        return Reply(201, None, f"{resource.route}/{new}", new)

    def export(ctx: Context, id_: str) -> Json:
        key = path_id(id_, resource.invalid_id)
        with ctx.dbs.session(resource.database) as session:
            item = find(ctx, session, resource, key)
            return exchange.export_item(ctx.dbs, session, resource, serving.bonds, item, look(ctx))

    def import_(ctx: Context) -> Reply:
        body = ctx.json()
        item = body["data"] if isinstance(body.get("data"), dict) and len(body) == 1 else body
        with changing(ctx, resource.database) as session:
            key = exchange.import_item(ctx.dbs, session, resource, serving.bonds, item, look(ctx))
        return Reply(201, None, f"{resource.route}/{key}", key)

    reader = resource.read_item or resource.read
    copy = Handler(resource.write, clone, f"{log}Clone" if log else "")
    routes = [
        Route(f"{resource.item_route}/clone", {"POST": copy}),
        Route(f"{resource.item_route}/export", {"GET": Handler(reader, export)}),
        Route(f"{resource.route}/import", {"POST": Handler(resource.write, import_, f"{log}Import" if log else "")}),
    ]
    if resource.clones_by_post:
        routes.append(Route(resource.item_route, {"POST": copy}))
    return routes


def owner_row(ctx: Context, session: Session, resource: Resource, key: int, parent: int | None = None) -> None:
    """Refuse an owner that does not exist or may not be reached.

    Raises:
        ApiError: It does not or may not.
    """
    if not ctx.scope.has(resource.table, key):
        raise missing(resource.not_found)
    stored_row(session, resource, key, parent)


def _binding(serving: Serving, bond: Bond) -> list[Route]:
    owner = serving.resource
    log = f"{_log_name(owner)}{''.join(part.capitalize() for part in bond.exported.split('_'))}"

    def members(ctx: Context, id_: str) -> list[Json]:
        key = path_id(id_, owner.invalid_id)
        with ctx.dbs.session(owner.database) as session:
            owner_row(ctx, session, owner, key)
            return ctx.scope.only(bond.binding.member, bindings.list_bound(ctx.dbs, session, bond, key))

    def bind(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, owner.invalid_id)
        data = ctx.data()
        bindings.read_pair(bond, data)
        with changing(ctx, owner.database) as session:
            owner_row(ctx, session, owner, key)
            member = bindings.bind(ctx.dbs, session, bond, key, data)
        return Reply(201, None, f"{owner.route}/{key}/{bond.path}/{member}", key)

    def unbind(ctx: Context, id_: str, member: str) -> Reply:
        key = path_id(id_, owner.invalid_id)
        member_key = path_id(member, f"INVALID_{bond.member_name}_ID")
        with changing(ctx, owner.database) as session:
            owner_row(ctx, session, owner, key)
            bindings.unbind(ctx.dbs, session, bond, key, member_key)
        return Reply(204, entity_id=key)

    path = f"{owner.item_route}/{bond.path}"
    return [
        Route(path, {"GET": Handler(bond.rules.read or owner.bound_read, members), "POST": Handler(owner.write, bind, log)}),
        Route(f"{path}/{{member}}", {"DELETE": Handler(owner.write, unbind, log)}),
    ]


def _child(serving: Serving) -> list[Route]:
    child, parent = serving.resource, serving.parent
    assert parent is not None  # noqa: S101  (made by routes_of alone)
    log = _log_name(child)

    def keys(ctx: Context, id_: str, item: str | None = None) -> tuple[int, int]:
        key = path_id(id_, parent.invalid_id)
        return key, 0 if item is None else path_id(item, child.invalid_id)

    def guarded(ctx: Context, session: Session, key: int) -> None:
        owner_row(ctx, session, parent, key)

    def listing(ctx: Context, id_: str) -> list[Json]:
        key, _ = keys(ctx, id_)
        with ctx.dbs.session(child.database) as session:
            guarded(ctx, session, key)
            return reading.read(session, child, look(ctx), f"t.{child.parent_column} = %s", (key,))

    def create(ctx: Context, id_: str) -> Reply:
        key, _ = keys(ctx, id_)
        values, parts = writing.read_body(child, ctx.data(), ctx.zone)
        with changing(ctx, child.database) as session:
            guarded(ctx, session, key)
            new = writing.create(session, child, values, parts, key)
        return Reply(201, None, f"{child.route.replace('{id_}', str(key))}/{new}", new)

    def item(ctx: Context, id_: str, child_id: str) -> Json:
        key, own = keys(ctx, id_, child_id)
        with ctx.dbs.session(child.database) as session:
            guarded(ctx, session, key)
            found = find(ctx, session, child, own, key)
        return found

    def update(ctx: Context, id_: str, child_id: str) -> Reply:
        key, own = keys(ctx, id_, child_id)
        values, parts = writing.read_body(child, ctx.data(), ctx.zone, update=True)
        with changing(ctx, child.database) as session:
            guarded(ctx, session, key)
            writing.update(session, child, own, values, parts, key)
        return Reply(200, entity_id=own)

    def delete(ctx: Context, id_: str, child_id: str) -> Reply:
        key, own = keys(ctx, id_, child_id)
        with changing(ctx, child.database) as session:
            guarded(ctx, session, key)
            writing.delete(session, child, own, key)
        return Reply(204, entity_id=own)

    one = f"{child.route}/{{child_id}}"
    if child.flat_route:
        return [
            Route(child.route, {"GET": Handler(child.read, listing), "POST": Handler(child.write, create, f"{log}Collection")}),
            *_collection(Serving(replace(child, path=child.flat_route, can=("read", "update", "delete")), serving.bound)),
        ]
    return [
        Route(child.route, {"GET": Handler(child.read, listing), "POST": Handler(child.write, create, f"{log}Collection")}),
        Route(
            one,
            {
                "GET": Handler(child.read_item or child.read, item),
                "PUT": Handler(child.write, update, f"{log}Item"),
                "DELETE": Handler(child.write, delete, f"{log}Item"),
            },
        ),
        *(route for bond in serving.bonds(child) for route in _child_binding(child, parent, bond)),
    ]


def _child_binding(child: Resource, parent: Resource, bond: Bond) -> list[Route]:
    device = bond.rules.owner_name or child.singular.removeprefix(f"{parent.singular}_").upper()
    bad_device = Fault(f"INVALID_{device}_ID")
    named = Bond(replace(child, missing=bond.rules.owner_missing or child.missing), bond.binding, replace(bond.rules, owner_name=device))

    def owner(ctx: Context, session: Session, id_: str, child_id: str) -> int:
        key, own = path_id(id_, parent.invalid_id), path_id(child_id, bad_device)
        owner_row(ctx, session, parent, key)
        stored_row(session, named.owner, own, key)
        return own

    def members(ctx: Context, id_: str, child_id: str) -> list[Json]:
        with ctx.dbs.session(child.database) as session:
            return bindings.list_bound(ctx.dbs, session, named, owner(ctx, session, id_, child_id))

    def bind(ctx: Context, id_: str, child_id: str) -> Reply:
        path_id(id_, parent.invalid_id), path_id(child_id, bad_device)
        data = ctx.data()
        bindings.read_pair(named, data)
        with changing(ctx, child.database) as session:
            own = owner(ctx, session, id_, child_id)
            member = bindings.bind(ctx.dbs, session, named, own, data)
        return Reply(201, None, f"{child.route.replace('{id_}', id_)}/{own}/points/{member}", own)

    def unbind(ctx: Context, id_: str, child_id: str, member: str) -> Reply:
        path_id(id_, parent.invalid_id), path_id(child_id, bad_device)
        member_key = path_id(member, f"INVALID_{bond.member_name}_ID")
        with changing(ctx, child.database) as session:
            own = owner(ctx, session, id_, child_id)
            bindings.unbind(ctx.dbs, session, named, own, member_key)
        return Reply(204, entity_id=own)

    path = f"{child.route}/{{child_id}}/{bond.path}"
    log = f"{_log_name(child)}Point"
    return [
        Route(path, {"GET": Handler(bond.rules.read or child.bound_read, members), "POST": Handler(child.write, bind, log)}),
        Route(f"{path}/{{member}}", {"DELETE": Handler(child.write, unbind, log)}),
    ]


__all__ = ["BY_TABLE", "Serving", "changing", "find", "look", "owner_row", "routes_of", "visible"]
