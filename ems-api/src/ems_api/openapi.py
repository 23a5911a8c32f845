"""The OpenAPI 3.1 document, made from the declarations: routes, callers, bodies, answers, errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

from ems_common.catalog import TABLES
from ems_common.catalog.model import Column

from ems_api.auth.users import NEW_USERS, USERS
from ems_api.context import NOTHING, Context
from ems_api.jobs.shapes import BODIES, NAMED
from ems_api.reports.routes import report_components
from ems_api.resources.declare import SYSTEM, Field, Kind, Part, Resource, kind_of, reference_columns
from ems_api.resources.exchange import EXPORTED_WITHOUT, child_name, exported_children
from ems_api.resources.listing import FILTERS, PARAMETERS
from ems_api.resources.table import RESOURCES
from ems_api.resources.values import longest
from ems_api.resources.views import BY_TABLE
from ems_api.routing import Auth, Handler, Route, get, merged
from ems_api.schemas import components, schema
from ems_api.shapes import ANSWERS, COMPONENTS

Json = dict[str, Any]
LARGEST_ID: Final = 2**63 - 1
_TIME_OF_DAY: Final[Json] = {"type": "string", "pattern": r"^([01]?\d|2[0-3]):[0-5]\d:[0-5]\d$"}
_FORMATS: Final[Mapping[Kind, Json]] = {
    Kind.NUMBER: {"type": "number"},
    Kind.INTEGER: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATETIME: {"type": "string", "examples": ["2026-03-29T08:00:00"]},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TIME: _TIME_OF_DAY,
    Kind.CLOCK: _TIME_OF_DAY,
    Kind.REFERENCE: {"type": "integer", "minimum": 1},
}
_IN_PATH: Final[Mapping[str, Json]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "kind": {"type": "string"},
    "form": {"type": "string", "enum": ["xlsx", "pdf", "csv", "json", "png", "svg"]},
}
_SUCCESS: Final = {"GET": "200", "PUT": "200", "POST": "201", "DELETE": "204"}
_ERRORS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "There is no session, or it is over.",
    403: "The caller may not do this.",
    404: "There is no such thing, or the caller may not reach it.",
    409: "The request contradicts what is stored.",
    412: "The item is not any more what `If-Match` says.",
    422: "A member of the request breaks its rule.",
    503: "A database or another process is away.",
}
_VIEWS: Final[Mapping[str, str]] = {
    "/datasources/{id_}/points": "tbl_points",
    "/gateways/{id_}/datasources": "tbl_data_sources",
    "/distributionsystems/{id_}/distributioncircuits": "tbl_distribution_circuits",
    "/meters/{id_}/submeters": "tbl_meters",
    "/equipments/{id_}/addpoints": "tbl_points",
    "/equipments/{id_}/editpoints/{pid}": "tbl_points",
}
"""Lists below an item → the table whose rows they show."""
_SECURITY: Final[Mapping[Auth, list[Json]]] = {
    Auth.NONE: [],
    Auth.SESSION: [{"userUuid": [], "token": []}],
    Auth.ADMIN: [{"userUuid": [], "token": []}],
    Auth.KEY: [{"userUuid": [], "token": []}, {"apiKey": []}],
}


def value_schema(kind: Kind, item: Field, column: Column) -> Json:
    """Schema of one member of a body."""
    schema: Json = dict(_FORMATS.get(kind, {"type": "string"}))
    if schema["type"] == "string" and kind not in _FORMATS:
        schema["maxLength"] = longest(column.type)
    if kind is Kind.CHOICE:
        schema = {"type": "string", "enum": list(item.choices)}
    if item.offers:
        schema["examples"] = [value for value, _ in item.offers]
    for name, value in (
        ("minimum", item.minimum),
        ("maximum", item.maximum),
        ("exclusiveMinimum", item.above),
    ):
        if value is not None:
            schema[name] = value
    if item.unit:
        schema["description"] = f"[{item.unit}]"
    return schema


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def body_schema(resource: Resource, *, update: bool = False) -> Json:
    """Schema of the body of a POST or PUT."""
    properties: Json = {}
    required: list[str] = []
    for item in resource.fields:
        if not (item.update if update else item.create):
            continue
        schema = value_schema(resource.kind(item), item, resource.column(item))
        is_required = resource.is_required(item, update=update) and item.default is None
        if is_required and resource.kind(item) in {Kind.TEXT, Kind.JSON, Kind.SECRET}:
            schema["minLength"] = 1
        if item.wrapped:
            holder = properties.setdefault(item.wrapped, {"type": "object", "properties": {}, "required": []})
            holder["properties"][item.wrapped_member] = schema
            holder["required"].append(item.wrapped_member)
            required.append(item.wrapped)
            continue
        properties[item.name] = schema if is_required else _nullable(schema)
        if is_required and item.required_if is None:
            required.append(item.name)
    for part in resource.parts:
        _add_part(properties, required, part)
    data = {"type": "object", "properties": properties, "required": sorted(set(required))}
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}


def _add_part(properties: Json, required: list[str], part: Part) -> None:
    spec = TABLES[SYSTEM][part.table]
    members: Json = {}
    for item in part.fields:
        column = spec.column(item.name)
        kind = Kind.CHOICE if item.choices else kind_of(column)
        schema = value_schema(kind, item, column)
        members[item.name] = _nullable(schema) if column.null else schema
    needed = [item.name for item in part.fields if not spec.column(item.name).null]
    rows: Json = {"type": "array", "items": {"type": "object", "properties": members, "required": needed}}
    if part.needed:
        rows["minItems"] = 1
    *outer, last = part.name.split(".")
    if outer:
        holder = properties.setdefault(outer[0], {"type": "object", "properties": {}, "required": []})
        holder["properties"][last] = rows
        holder["required"].append(last)
        required.append(outer[0])
    else:
        properties[last] = rows
        required.append(last)


def item_schema(resource: Resource) -> Json:
    """Schema of an item as `/v1` answers it."""
    properties: Json = {"id": {"type": "integer"}}
    if resource.has_uuid:
        properties["uuid"] = {"type": "string", "format": "uuid"}
    for item in resource.fields:
        kind, column = resource.kind(item), resource.column(item)
        if kind is Kind.SECRET:
            continue
        schema: Json = dict(_FORMATS.get(kind, {"type": "string"}))
        schema.pop("minimum", None)
        schema.pop("pattern", None)
        if kind is Kind.DATETIME:
            schema = {"type": "string", "format": "date-time"}
        target = resource.reference(item)
        if kind is Kind.REFERENCE and target in TABLES[resource.database] and item.show != ("id",):
            names = reference_columns(item, target)
            members = {name: {} if name == "id" else {"type": ["string", "null"]} for name in names}
            schema = {"type": "object", "properties": members}
        properties[resource.shown_as(item)] = _nullable(schema) if column.null or column.reference else schema
    if resource.qrcode:
        properties["qrcode"] = {"type": "string"}
    for part in resource.parts:
        _show_part(properties, part)
    return {"type": "object", "properties": properties, "required": ["id"]}


def _show_part(properties: Json, part: Part) -> None:
    """Add the rows of an item that belong to it, as answers show them."""
    spec = TABLES[SYSTEM][part.table]
    members: Json = {"id": {"type": "integer"}} if part.with_id else {}
    for item in part.fields:
        column = spec.column(item.name)
        shown = {
            name: rule
            for name, rule in _FORMATS.get(kind_of(column), {"type": "string"}).items()
            if name not in ("minimum", "pattern")
        }
        members[item.name] = _nullable(shown) if column.null or column.reference else shown
    *outer, last = part.name.split(".")
    for name in outer:
        properties = properties.setdefault(name, {"type": "object", "properties": {}})["properties"]
    properties[last] = {"type": "array", "items": {"type": "object", "properties": members}}


def exported_schema(resource: Resource) -> Json:
    """Schema of an exported item, which an import takes: without its keys, with its children and members."""
    properties = {
        name: schema
        for name, schema in item_schema(resource)["properties"].items()
        if name not in EXPORTED_WITHOUT or name in resource.export_keeps
    }
    for child in exported_children(resource):
        row = {**item_schema(child), "required": []}
        properties[child_name(child)] = _nullable({"type": "array", "items": row})
    return {"type": "object", "properties": properties}


def _operation(
    path: str, method: str, handler: Handler, body: Mapping[str, Any] | None, shown: Json | None
) -> Json:
    answer = handler.answer or shown or ANSWERS.get(f"{method} {path}")
    params: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _IN_PATH.get(name, {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}),
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    is_list = method == "GET" and answer is not None and answer.get("type") == "array"
    if is_list and answer is not None and "properties" in answer["items"]:
        # `fields` chooses among the members of rows.
        answer = {**answer, "items": {**answer["items"], "required": []}}
    params += [
        {"name": name, "in": "query", "required": False, "schema": {"type": kind}}
        for name, kind in dict([*(PARAMETERS if is_list else ()), *handler.query]).items()
    ]
    success = "202" if handler.is_later else _SUCCESS[method]
    ok: Json = {"description": "Done."}
    if handler.media_type:
        ok["content"] = {handler.media_type: {}}
    elif method == "GET" or answer is not None:
        ok["content"] = {"application/json": {"schema": answer or {}}}
    if method == "POST":
        ok["headers"] = {"Location": {"schema": {"type": "string"}}}
    responses: Json = {success: ok, **({"200": ok} if method in ("POST", "DELETE") else {})}
    if method == "PUT":
        responses["201"] = ok
    responses |= {str(code): {"$ref": f"#/components/responses/{code}"} for code in _ERRORS}
    operation: Json = {
        "operationId": f"{method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', path)}".rstrip("_"),
        "tags": [path.split("/")[1]],
        "security": list(_SECURITY[handler.auth]),
        "parameters": params,
        "responses": responses,
    }
    if handler.summary:
        operation["summary"] = handler.summary
    if is_list:
        operation["description"] = FILTERS
    body = body or handler.body
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _declared(resources: Iterable[Resource]) -> dict[tuple[str, str], tuple[Json | None, Json | None]]:
    """(Method, path) → schemas of body and answer, for what the resource engine serves."""
    result: dict[tuple[str, str], tuple[Json | None, Json | None]] = {}
    for resource in resources:
        shown = item_schema(resource)
        one = resource.item_route if not resource.parent_column else f"{resource.route}/{{child_id}}"
        if resource.flat_route:
            one = f"{resource.flat_route}/{{id_}}"
        result["GET", resource.route] = (None, {"type": "array", "items": shown})
        result["GET", one] = (None, shown)
        result["POST", resource.route] = (body_schema(resource), None)
        result["PUT", one] = (body_schema(resource, update=True), None)
        if resource.exchange:
            exported = exported_schema(resource)
            result["GET", f"{resource.item_route}/export"] = (None, exported)
            result["POST", f"{resource.route}/import"] = (exported, None)
        result |= _declared(resource.children)
    return result


def _schemas(problem: Json) -> Json:
    """The schemas that others refer to, by name; what of a job's is read by a class is in `BODIES`.

    Raises:
        ValueError: Two have one name.
    """
    own = {name: one for name, one in components(NAMED).items() if name not in BODIES}
    result: Json = {}
    for family in ({"Problem": problem}, report_components(), own, BODIES, COMPONENTS):
        if taken := result.keys() & family.keys():
            raise ValueError(f"two schemas have one name: {', '.join(sorted(taken))}")
        result |= family
    return result


def _viewed() -> dict[tuple[str, str], tuple[Json | None, Json | None]]:
    """The same for lists that show rows of one resource below another."""
    shown = {table: item_schema(BY_TABLE[table]) for table in {*_VIEWS.values(), "tbl_spaces"}}
    result: dict[tuple[str, str], tuple[Json | None, Json | None]] = {
        ("GET", path): (None, {"type": "array", "items": shown[table]}) for path, table in _VIEWS.items()
    }
    space = shown["tbl_spaces"]
    around = {"current": space, "children": {"type": "array", "items": space}}
    whole = {"type": "object", "properties": around, "required": sorted(around)}
    result["GET", "/spaces/{id_}/children"] = (None, whole)
    return result


def document(routes: Iterable[Route]) -> Json:
    """The whole document."""
    declared = _declared((*RESOURCES, USERS, NEW_USERS)) | _viewed()
    paths: Json = {}
    for path, methods in sorted(merged(routes).items()):
        paths[path] = {
            method.lower(): _operation(path, method, handler, *declared.get((method, path), (None, None)))
            for method, handler in methods.items()
        }
    problem = {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
        "required": ["title", "status"],
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Energy management API",
            "version": version("ems-api"),
            "description": "Paths are below /api/v1. The same paths below /api speak MyEMS' dialect.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "userUuid": {"type": "apiKey", "in": "header", "name": "USER-UUID"},
                "token": {"type": "apiKey", "in": "header", "name": "TOKEN"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "API-KEY"},
            },
            "schemas": _schemas(problem),
            "responses": {
                str(code): {
                    "description": text,
                    "content": {
                        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                    },
                }
                for code, text in _ERRORS.items()
            },
        },
    }


def routes_of(routes: list[Route]) -> list[Route]:
    """The routes that show the document of all others."""
    made: list[Json] = []

    def show(_ctx: Context) -> Json:
        if not made:
            made.append(document(routes))
        return made[0]

    def page(ctx: Context) -> object:
        ctx.resp.content_type = "text/html; charset=utf-8"
        ctx.resp.text = files("ems_api").joinpath("docs.html").read_text(encoding="utf-8")
        return NOTHING

    return [
        get("/openapi.json", Auth.NONE, show, answer=schema({"*": "any"})),
        get("/docs", Auth.NONE, page, media_type="text/html"),
    ]
