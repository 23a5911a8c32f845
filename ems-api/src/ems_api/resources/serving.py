"""What the routes of all resources share: transactions that change, reachable rows, names in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ems_common.catalog.bindings import BINDINGS
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, joined

from ems_api.answers import make_answer
from ems_api.context import Context
from ems_api.errors import ApiError, Cause, missing
from ems_api.resources import reading
from ems_api.resources.bindings import Bond
from ems_api.resources.checks import stored_row
from ems_api.resources.declare import Bound, Resource
from ems_api.resources.reading import Json, Look
from ems_api.resources.words import singular
from ems_api.versions import ACCOUNTS, CONFIG


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
    return Look(ctx.zone, ctx.services.references, ctx.v1)


@contextmanager
def changing(ctx: Context, database: str) -> Iterator[Session]:
    """A transaction that changes configuration: what workers remember of it is void once it is committed."""
    with ctx.dbs.session(database) as session:
        yield session
    ctx.services.versions.change(CONFIG)
    if database == "user_db":
        ctx.services.versions.change(ACCOUNTS)


def log_name(resource: Resource) -> str:
    """Start of a resource's names in the activity log; "" when it is not logged."""
    return (resource.log_name or camel(resource.singular)) if resource.logged else ""


def log_name_of_members(bond: Bond) -> str:
    """Start of the names, in the activity log, of what binds members."""
    member = bond.rules.path.removesuffix("s").capitalize() or camel(singular(bond.binding.member))
    return bond.rules.log_name or f"{log_name(bond.owner)}{member}"


def log_param(child: Resource) -> str:
    """Name of a child's key in paths, as the activity log has it: ``bid`` of a battery."""
    return child.log_param or f"{child.route.rsplit('/', 1)[1][0]}id"


def camel(name: str) -> str:
    """``energy_category`` → ``EnergyCategory``."""
    return "".join(part.capitalize() for part in name.split("_"))


def visible(ctx: Context, resource: Resource) -> tuple[Sql, list[Any]]:
    """The condition that keeps the rows the caller may reach; "" for all of them."""
    return ctx.scope.condition(resource.table, "t.id")


def find(
    ctx: Context,
    session: Session,
    resource: Resource,
    key: int,
    parent: int | None = None,
    shown: Look | None = None,
) -> Json:
    """The answer of one item, in the looks of the request when not in others.

    Raises:
        ApiError: There is none, or the caller may not reach it.
    """
    where, params = visible(ctx, resource)
    terms, values = [compose("t.id = %s")], [key]
    if parent is not None:
        terms.append(reading.below(resource))
        values.append(parent)
    if where:
        terms.append(where)
        values += params
    rows = reading.read(session, resource, shown or look(ctx), joined(terms, " AND "), values, in_item=True)
    if not rows:
        raise missing(resource.not_found)
    return rows[0]


def demand_unchanged(
    ctx: Context, session: Session, resource: Resource, key: int, parent: int | None = None
) -> None:
    """Refuse to change an item that is not any more what the client has read, as it says by `If-Match`.

    Raises:
        ApiError: It has changed, or there is none.
    """
    demand(ctx, session, resource.table, key, lambda: find(ctx, session, resource, key, parent))


def demand(ctx: Context, session: Session, table: str, key: int, show: Callable[[], Any]) -> None:
    """Refuse a change when what is shown is not any more what the client has read, as it says by `If-Match`.

    A row is held until the transaction ends: of two changes to the same state one is refused.

    Args:
        ctx: The request.
        session: The transaction that changes.
        table: Table of the row that is held: the item itself, or the owner of what is changed.
        key: Its key.
        show: What a GET of the same path answers now.

    Raises:
        ApiError: It has changed.
    """
    wanted = (ctx.req.get_header("If-Match") or "").strip()
    if not wanted or wanted == "*":
        return
    session.row(compose("SELECT id FROM {table} WHERE id = %s FOR UPDATE", table=table), (key,))
    if make_answer(show()).etag not in wanted:
        raise ApiError("PRECONDITION_FAILED", Cause.STALE, detail="The item has changed; read it again.")


def owner_row(
    ctx: Context, session: Session, resource: Resource, key: int, parent: int | None = None
) -> None:
    """Refuse an owner that does not exist or may not be reached.

    Raises:
        ApiError: It does not or may not.
    """
    if not ctx.scope.has(resource.table, key):
        raise missing(resource.not_found)
    stored_row(session, resource, key, parent)
