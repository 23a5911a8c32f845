"""Routes of children: rows that belong to an item and are reached through it, and what these are bound to."""

from __future__ import annotations

from dataclasses import replace

from ems_common.db import Session

from ems_api.context import Context, Reply, path_id
from ems_api.errors import Fault
from ems_api.resources import bindings, reading, writing
from ems_api.resources.bindings import Bond
from ems_api.resources.checks import stored_row
from ems_api.resources.collection import collection_routes
from ems_api.resources.declare import Resource
from ems_api.resources.reading import Json
from ems_api.resources.serving import (
    Serving,
    changing,
    demand,
    demand_unchanged,
    find,
    log_name,
    log_name_of_members,
    log_param,
    look,
    owner_row,
)
from ems_api.routing import Handler, Route


def child_routes(serving: Serving) -> list[Route]:
    """Routes of a child and of what its items are bound to."""
    child, parent = serving.resource, serving.parent
    assert parent is not None  # noqa: S101  (made by routes_of alone)
    log = log_name(child)

    def keys(id_: str, item: str | None = None) -> tuple[int, int]:
        key = path_id(id_, parent.invalid_id)
        return key, 0 if item is None else path_id(item, child.invalid_id)

    def guarded(ctx: Context, session: Session, key: int) -> None:
        owner_row(ctx, session, parent, key)

    def listing(ctx: Context, id_: str) -> list[Json]:
        key, _ = keys(id_)
        with ctx.dbs.reading(child.database) as session:
            guarded(ctx, session, key)
            return reading.read(session, child, look(ctx), reading.below(child), (key,))

    def create(ctx: Context, id_: str) -> Reply:
        key, _ = keys(id_)
        values, parts = writing.read_body(child, ctx.data(), ctx.zone)
        with changing(ctx, child.database) as session:
            guarded(ctx, session, key)
            new = writing.create(session, child, values, parts, key)
        return Reply(201, None, f"{child.route.replace('{id_}', str(key))}/{new}", new)

    def item(ctx: Context, id_: str, child_id: str) -> Json:
        key, own = keys(id_, child_id)
        with ctx.dbs.reading(child.database) as session:
            guarded(ctx, session, key)
            found = find(ctx, session, child, own, key)
        return found

    def update(ctx: Context, id_: str, child_id: str) -> Reply:
        key, own = keys(id_, child_id)
        values, parts = writing.read_body(child, ctx.data(), ctx.zone, update=True)
        with changing(ctx, child.database) as session:
            guarded(ctx, session, key)
            demand_unchanged(ctx, session, child, own, key)
            writing.update(session, child, own, values, parts, key)
        return Reply(200, entity_id=own)

    def delete(ctx: Context, id_: str, child_id: str) -> Reply:
        key, own = keys(id_, child_id)
        with changing(ctx, child.database) as session:
            guarded(ctx, session, key)
            demand_unchanged(ctx, session, child, own, key)
            writing.delete(session, child, own, key)
        return Reply(204, entity_id=own)

    one = f"{child.route}/{{child_id}}"
    if child.flat_route:
        return [
            Route(
                child.route,
                {
                    "GET": Handler(child.read, listing, is_kept=True),
                    "POST": Handler(child.write, create, f"{log}Collection"),
                },
            ),
            *collection_routes(
                Serving(
                    replace(child, path=child.flat_route, can=("read", "update", "delete")), serving.bound
                )
            ),
        ]
    return [
        Route(
            child.route,
            {
                "GET": Handler(child.read, listing, is_kept=True),
                "POST": Handler(child.write, create, f"{log}Collection"),
            },
        ),
        Route(
            one,
            {
                "GET": Handler(child.read_item or child.read, item, is_kept=True),
                "PUT": Handler(child.write, update, f"{log}Item"),
                "DELETE": Handler(
                    child.write, delete, f"{log}Item", logged_params={"child_id": log_param(child)}
                ),
            },
        ),
        *(route for bond in serving.bonds(child) for route in _binding_routes(child, parent, bond)),
    ]


def _binding_routes(child: Resource, parent: Resource, bond: Bond) -> list[Route]:
    device = bond.rules.owner_name or child.singular.removeprefix(f"{parent.singular}_").upper()
    bad_device = Fault(f"INVALID_{device}_ID")
    named = Bond(
        replace(child, missing=bond.rules.owner_missing or child.missing),
        bond.binding,
        replace(bond.rules, owner_name=device),
    )

    def owner(ctx: Context, session: Session, id_: str, child_id: str) -> int:
        key, own = path_id(id_, parent.invalid_id), path_id(child_id, bad_device)
        owner_row(ctx, session, parent, key)
        stored_row(session, named.owner, own, key)
        return own

    def shown(ctx: Context, session: Session, own: int) -> list[Json]:
        return bindings.list_bound(ctx.dbs, session, named, own)

    def members(ctx: Context, id_: str, child_id: str) -> list[Json]:
        with ctx.dbs.reading(child.database) as session:
            return shown(ctx, session, owner(ctx, session, id_, child_id))

    def bind(ctx: Context, id_: str, child_id: str) -> Reply:
        path_id(id_, parent.invalid_id), path_id(child_id, bad_device)
        data = ctx.data()
        bindings.read_pair(named, data)
        with changing(ctx, child.database) as session:
            own = owner(ctx, session, id_, child_id)
            demand(ctx, session, child.table, own, lambda: shown(ctx, session, own))
            member = bindings.bind(ctx.dbs, session, named, own, data)
        return Reply(201, None, f"{child.route.replace('{id_}', id_)}/{own}/points/{member}", own)

    def unbind(ctx: Context, id_: str, child_id: str, member: str) -> Reply:
        path_id(id_, parent.invalid_id), path_id(child_id, bad_device)
        member_key = path_id(member, f"INVALID_{bond.member_name}_ID")
        with changing(ctx, child.database) as session:
            own = owner(ctx, session, id_, child_id)
            demand(ctx, session, child.table, own, lambda: shown(ctx, session, own))
            bindings.unbind(ctx.dbs, session, named, own, member_key)
        return Reply(204, entity_id=own)

    path = f"{child.route}/{{child_id}}/{bond.path}"
    log = log_name_of_members(bond)
    named_params = {"child_id": log_param(child), "member": bond.param}
    return [
        Route(
            path,
            {
                "GET": Handler(
                    bond.rules.read or child.bound_read, members, is_kept=True, answer=bond.answer
                ),
                "POST": Handler(child.write, bind, f"{log}Collection"),
            },
        ),
        Route(
            f"{path}/{{member}}",
            {"DELETE": Handler(child.write, unbind, f"{log}Item", logged_params=named_params)},
        ),
    ]
