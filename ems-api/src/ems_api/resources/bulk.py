"""Many items at once: ``POST`` and ``PUT /v1/{collection}/bulk``, all or none in one transaction."""

from __future__ import annotations

from typing import Any, Final

from ems_api.context import LARGEST_ID, Context, Reply
from ems_api.errors import ApiError, Cause, invalid
from ems_api.resources import writing
from ems_api.resources.declare import Resource
from ems_api.resources.serving import changing, log_name
from ems_api.routing import Handler, Route
from ems_api.schemas import schema

Json = dict[str, Any]
MOST_ITEMS: Final = 1000
_MADE: Final = schema({"ids": ["int"]})
_CHANGED: Final = schema({"updated": "int"})


def _items(ctx: Context) -> list[Json]:
    items = ctx.json().get("data")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ApiError("INVALID_JSON_FORMAT", Cause.MALFORMED, detail='the body must be {"data": [{…}, …]}')
    if len(items) > MOST_ITEMS:
        raise invalid("TOO_MANY_ITEMS", field="data", detail=f"at most {MOST_ITEMS}")
    return items


def _at(ex: ApiError, position: int) -> ApiError:
    """The error of one item, told with its place in the list."""
    where = f"data.{position}.{ex.field}" if ex.field else f"data.{position}"
    return ApiError(ex.key, ex.cause, field=where, detail=f"item {position}: {ex.detail or ex.key}")


def bulk_routes(resource: Resource) -> list[Route]:
    """Routes that create and update many items of a resource."""

    def create(ctx: Context) -> Reply:
        items = _items(ctx)
        keys = []
        with changing(ctx, resource.database) as session:
            for position, item in enumerate(items):
                try:
                    values, parts = writing.read_body(resource, item, ctx.zone)
                    keys.append(writing.create(session, resource, values, parts))
                except ApiError as ex:
                    raise _at(ex, position) from ex
        return Reply(201, {"ids": keys}, resource.route)

    def update(ctx: Context) -> Reply:
        items = _items(ctx)
        with changing(ctx, resource.database) as session:
            for position, item in enumerate(items):
                key = item.get("id")
                try:
                    if isinstance(key, bool) or not isinstance(key, int) or not 0 < key <= LARGEST_ID:
                        raise invalid(resource.invalid_id, field="id")
                    values, parts = writing.read_body(resource, item, ctx.zone, update=True)
                    writing.update(session, resource, key, values, parts)
                except ApiError as ex:
                    raise _at(ex, position) from ex
        return Reply(200, {"updated": len(items)})

    log = log_name(resource)
    methods: dict[str, Handler] = {}
    if "create" in resource.can and resource.after_write is None:
        methods["POST"] = Handler(
            resource.write, create, f"{log}Bulk" if log else "", "Create many", answer=_MADE
        )
    if "update" in resource.can:
        methods["PUT"] = Handler(
            resource.write, update, f"{log}Bulk" if log else "", "Update many", answer=_CHANGED
        )
    return [Route(f"{resource.route}/bulk", methods)] if methods else []
