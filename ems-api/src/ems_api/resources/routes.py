"""From the declarations to routes."""

from __future__ import annotations

from collections.abc import Sequence

from ems_common.db import Session

from ems_api.context import Context, Reply, path_id
from ems_api.errors import missing
from ems_api.resources import bindings, terms
from ems_api.resources.bindings import Bond
from ems_api.resources.bulk import bulk_routes
from ems_api.resources.children import child_routes
from ems_api.resources.collection import collection_routes, exchange_routes
from ems_api.resources.declare import Bound, Resource
from ems_api.resources.reading import Json
from ems_api.resources.serving import Serving, changing, demand, find, log_name_of_members, look, owner_row
from ems_api.routing import Handler, Route
from ems_api.schemas import schema


def routes_of(resources: Sequence[Resource], bound: Sequence[Bound]) -> list[Route]:
    """All routes that follow from the declarations."""
    rules = {rule.table: rule for rule in bound}
    result: list[Route] = []
    for resource in resources:
        serving = Serving(resource, rules)
        result += collection_routes(serving)
        result += bulk_routes(resource)
        if resource.exchange:
            result += exchange_routes(serving)
        result += [route for bond in serving.bonds(resource) for route in binding_routes(serving, bond)]
        for child in resource.children:
            result += child_routes(Serving(child, rules, resource))
    return result


def binding_routes(serving: Serving, bond: Bond) -> list[Route]:
    """Routes of one binding of an owner."""
    owner = serving.resource
    log = log_name_of_members(bond)

    def shown(ctx: Context, session: Session, key: int) -> list[Json]:
        found = bindings.list_bound(ctx.dbs, session, bond, key)
        if ctx.v1 and bond.binding.is_counted:
            terms.add_terms(session, bond.binding, key, found, ctx.zone)
        return ctx.scope.only(bond.binding.member, found)

    def members(ctx: Context, id_: str) -> list[Json]:
        key = path_id(id_, owner.invalid_id)
        with ctx.dbs.reading(owner.database) as session:
            owner_row(ctx, session, owner, key)
            return shown(ctx, session, key)

    def bind(ctx: Context, id_: str) -> Reply:
        key = path_id(id_, owner.invalid_id)
        data = ctx.data()
        bindings.read_pair(bond, data)
        with changing(ctx, owner.database) as session:
            owner_row(ctx, session, owner, key)
            demand(ctx, session, owner.table, key, lambda: shown(ctx, session, key))
            member = bindings.bind(ctx.dbs, session, bond, key, data)
        return Reply(201, None, f"{owner.route}/{key}/{bond.path}/{member}", key)

    def unbind(ctx: Context, id_: str, member: str) -> Reply:
        key = path_id(id_, owner.invalid_id)
        member_key = path_id(member, f"INVALID_{bond.member_name}_ID")
        with changing(ctx, owner.database) as session:
            owner_row(ctx, session, owner, key)
            demand(ctx, session, owner.table, key, lambda: shown(ctx, session, key))
            bindings.unbind(ctx.dbs, session, bond, key, member_key)
        return Reply(204, entity_id=key)

    path = f"{owner.item_route}/{bond.path}"
    of_terms = [term_route(serving, bond, f"{path}/{{member}}/terms", log)] if bond.binding.is_counted else []
    return [
        *of_terms,
        Route(
            path,
            {
                "GET": Handler(
                    bond.rules.read or owner.bound_read, members, is_kept=True, answer=bond.answer
                ),
                "POST": Handler(owner.write, bind, f"{log}Collection"),
            },
        ),
        Route(
            f"{path}/{{member}}",
            {"DELETE": Handler(owner.write, unbind, f"{log}Item", logged_params={"member": bond.param})},
        ),
    ]


def term_route(serving: Serving, bond: Bond, path: str, log: str) -> Route:
    """Reads and replaces the terms on which a member is counted."""
    owner = serving.resource

    def shown(ctx: Context, session: Session, key: int, member_key: int) -> Json:
        found = terms.stored_terms(session, bond.binding, key).get(member_key)
        if found is None or not ctx.scope.has(bond.binding.member, member_key):
            raise missing(bond.absent)
        return {"terms": terms.shown_terms(found, ctx.zone)}

    def read(ctx: Context, id_: str, member: str) -> Json:
        key, member_key = path_id(id_, owner.invalid_id), path_id(member, f"INVALID_{bond.member_name}_ID")
        with ctx.dbs.reading(owner.database) as session:
            owner_row(ctx, session, owner, key)
            return shown(ctx, session, key, member_key)

    def write(ctx: Context, id_: str, member: str) -> Reply:
        key, member_key = path_id(id_, owner.invalid_id), path_id(member, f"INVALID_{bond.member_name}_ID")
        wanted = terms.read_terms(bond.binding, ctx.data().get("terms"), ctx.zone)
        with changing(ctx, owner.database) as session:
            owner_row(ctx, session, owner, key)
            demand(ctx, session, owner.table, key, lambda: shown(ctx, session, key, member_key))
            bindings.replace_terms(session, bond, key, member_key, wanted)
        return Reply(200, entity_id=key)

    return Route(
        path,
        {
            "GET": Handler(
                bond.rules.read or owner.bound_read,
                read,
                is_kept=True,
                answer=schema({"terms": [terms.SHAPE]}),
            ),
            "PUT": Handler(owner.write, write, f"{log}Item", body=terms.BODY),
        },
    )


__all__ = ["Serving", "changing", "find", "look", "owner_row", "routes_of"]
