"""`GET /v1/description`: what the admin portal draws its lists, forms and binding screens from."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from ems_common.catalog import TABLES
from ems_common.catalog.model import Column

from ems_api.auth.permissions import Need, need_of
from ems_api.auth.sessions import may
from ems_api.auth.users import USERS
from ems_api.context import Context
from ems_api.quality.rules import parameter_fields
from ems_api.resources.bindings import Bond
from ems_api.resources.checks import reference_fault
from ems_api.resources.declare import SYSTEM, Field, Kind, Part, Resource, kind_of
from ems_api.resources.routes import Serving
from ems_api.resources.table import BOUND, RESOURCES
from ems_api.resources.terms import allocations_of
from ems_api.resources.values import longest
from ems_api.routing import Auth, get
from ems_api.schemas import schema

Json = dict[str, Any]
GROUPS = (
    "Site",
    "Metering",
    "Energy and prices",
    "Equipment",
    "Organisation",
    "Stations",
    "Operation",
    "Users",
)
_VIEWS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "meters": (
        *(
            (name, f"{name}?type=meters", name)
            for name in ("spaces", "tenants", "stores", "shopfloors", "equipments", "combinedequipments")
        ),
        ("submeters", "submeters", "meters"),
    ),
    "gateways": (("datasources", "datasources", "datasources"),),
    "datasources": (("points", "points", "points"),),
    "spaces": (("children", "children", "spaces"),),
}
"""Read-only lists below an item: name, path, resource."""


def words(name: str) -> str:
    """``energy_category_id`` → ``Energy category``."""
    text = name.removesuffix("_id").replace("_", " ").strip()
    return text[:1].upper() + text[1:]


_BY_TABLE = {resource.table: resource for resource in (*RESOURCES, USERS)}


def field_of(resource: Resource, item: Field) -> Json:
    """One field in the portal's terms."""
    kind, column = resource.kind(item), resource.column(item)
    result = _typed(kind, item, column)
    result["name"] = f"{item.wrapped}.{item.wrapped_member}" if item.wrapped else item.name
    result["required"] = resource.is_required(item) and item.required_if is None
    result["title"] = words(item.name)
    seen = resource.shown_as(item)
    if seen != result["name"]:
        result["read_name"] = seen
    if not item.create and not item.update:
        result["read_only"] = True
    elif not item.update:
        result["create_only"] = True
    errors = [f"API.{resource.field_fault(item).key}"]
    if kind is Kind.REFERENCE:
        errors.append(f"API.{reference_fault(item).key}")
    errors += [f"API.{rule.fault.key}" for rule in resource.unique if rule.columns[0] == column.name]
    result["errors"] = list(dict.fromkeys(errors))
    if resource.table == "tbl_cleaning_rules" and item.name == "parameters":
        result |= {"parts_by": "rule", "parts": parameter_fields()}
    if item.required_if is not None:
        result["required_if"] = {"field": item.required_if[0], "equals": item.required_if[1]}
    return result


def _typed(kind: Kind, item: Field, column: Column) -> Json:
    result: Json = {"type": kind.value}
    if kind is Kind.REFERENCE:
        target = _BY_TABLE.get(item.target or column.reference)
        result |= {"reference": target.name} if target else {"type": "integer"}
    if kind in {Kind.TEXT, Kind.SECRET} and column.type.startswith(("VARCHAR", "CHAR")):
        result["max_length"] = longest(column.type)
    if kind is Kind.JSON:
        result["json_as"] = "text"
    if kind is Kind.CHOICE:
        result["choices"] = list(item.choices)
    if item.offers:
        result |= {
            "type": Kind.CHOICE.value,
            "choices": [value for value, _ in item.offers],
            "choice_titles": dict(item.offers),
        }
    for name, value in (
        ("minimum", item.minimum),
        ("maximum", item.maximum),
        ("exclusive_minimum", item.above),
        ("unit", item.unit or None),
        ("multiline", item.multiline or None),
    ):
        if value is not None:
            result[name] = value
    if item.name in ("latitude", "longitude"):
        limit = 90 if item.name == "latitude" else 180
        result |= {"minimum": -limit, "maximum": limit}
    return result


def part_of(part: Part) -> Json:
    """The rows of an item as a table field."""
    spec = TABLES[SYSTEM][part.table]
    columns = []
    for item in part.fields:
        column = spec.column(item.name)
        kind = Kind.CHOICE if item.choices else kind_of(column)
        shown = _typed(kind, item, column)
        if item.unchecked and kind is Kind.REFERENCE:
            shown = {"type": "integer"}
        columns.append({**shown, "name": item.name, "title": words(item.name), "required": not column.null})
    return {
        "name": part.name,
        "title": words(part.name.split(".")[-1]),
        "type": "table",
        "required": part.needed,
        "fields": columns,
        "errors": [f"API.{part.error}"],
    }


def _relation(bond: Bond) -> Json:
    target = _BY_TABLE.get(bond.binding.member)
    relation: Json = {
        "name": bond.path,
        "title": words(bond.exported),
        "path": bond.path,
        "resource": target.name if target else bond.path,
        "kind": "binding",
        "field": bond.binding.member_key,
    }
    if bond.binding.has_output:
        relation["flags"] = [
            {"name": "is_output", "title": "Is output", "type": "boolean", "required": True, "default": False}
        ]
    if bond.binding.is_counted:
        relation["allocations"] = list(allocations_of(bond.binding.owner))
    return relation


def resource_of(resource: Resource, bonds: list[Bond], parent: Resource | None = None) -> Json:
    """One resource in the portal's terms."""
    fields = [field_of(resource, item) for item in resource.fields]
    fields += [part_of(part) for part in resource.parts]
    if resource.has_uuid:
        fields.append({"name": "uuid", "type": "text", "required": False, "read_only": True})
    if resource.qrcode:
        fields.append({"name": "qrcode", "type": "text", "required": False, "read_only": True})
    names = [item["name"] for item in fields if item["type"] not in ("table", "secret", "json")]
    wanted = [item["name"] for item in fields if resource.columns and _plain(item) in resource.columns]
    relations = [_relation(bond) for bond in bonds]
    relations += [
        {"name": child.route.rsplit("/", 1)[1], "title": words(child.route.rsplit("/", 1)[1]),
         "path": child.route.rsplit("/", 1)[1], "resource": child.name, "kind": "child"}
        for child in resource.children
    ]  # fmt: skip
    taken = {relation["name"] for relation in relations}
    relations += [
        {
            "name": name,
            "title": f"Used in {words(name).lower()}",
            "path": path,
            "resource": target,
            "kind": "view",
        }
        for name, path, target in _VIEWS.get(resource.name, ())
        if name not in taken
    ]
    result: Json = {
        "name": resource.name,
        "title": resource.title or words(resource.table.removeprefix("tbl_")),
        "singular": words(resource.singular).lower(),
        "path": resource.route,
        "identity": "id",
        "label": resource.label,
        "can": [*resource.can, *(("clone", "export", "import") if resource.exchange else ())],
        "fields": fields,
        "list_columns": (wanted or names)[:7],
        "search": bool(resource.search),
        "relations": relations,
    }
    if resource.flat_route:
        result["item_path"] = f"{resource.flat_route}/{{id}}"
    if resource.table == "tbl_spaces":
        result["tree"] = "parent_space_id"
    if resource.protected:
        result["protected_ids"] = list(resource.protected)
    if resource.help:
        result["help"] = resource.help
    if parent is not None:
        result["title"] = words(resource.route.rsplit("/", 1)[1])
    return result


def _plain(item: Json) -> str:
    name = str(item["name"])
    if name.endswith(".id"):
        return name.replace(".id", "_id")
    return name.rsplit(".", 1)[-1]


@lru_cache(maxsize=1)
def description() -> Json:
    """All resources and their place in the navigation."""
    serving = Serving(RESOURCES[0], {rule.table: rule for rule in BOUND})
    resources: list[Json] = []
    for resource in (*RESOURCES, USERS):
        resources.append(resource_of(resource, serving.bonds(resource)))
        for child in resource.children:
            resources.append(resource_of(child, serving.bonds(child), resource))
    members: dict[str, list[str]] = {name: [] for name in GROUPS}
    for resource in (*RESOURCES, USERS):
        members[resource.group].append(resource.name)
    groups = [{"name": _slug(name), "title": name, "resources": members[name]} for name in GROUPS]
    return {"version": 1, "groups": groups, "resources": resources}


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


_VERBS: dict[str, tuple[str, str]] = {
    "list": ("GET", ""),
    "read": ("GET", "/{id_}"),
    "create": ("POST", ""),
    "update": ("PUT", "/{id_}"),
    "delete": ("DELETE", "/{id_}"),
    "clone": ("POST", "/{id_}/clone"),
    "export": ("GET", "/{id_}/export"),
    "import": ("POST", "/import"),
}
"""What a resource can do → method and end of the path."""


def _need(route: str, method: str, auth: Auth) -> Need:
    return need_of(route, method, is_admins=auth is Auth.ADMIN)


def _can(ctx: Context, item: Json, verb: str) -> bool:
    """Whether the caller may do this with a resource; a child's verbs are updates of its parent."""
    method, ending = _VERBS[verb]
    auth = Auth.KEY if method == "GET" else Auth.ADMIN
    need = _need(f"{item['path']}{ending}", method, auth)
    return may(ctx.identity, auth, need, is_reading=method == "GET", v1=True)


def _describe(ctx: Context) -> Json:
    """The description; others than administrators get only what they may read."""
    ctx.resp.set_header("Cache-Control", "private, max-age=300")
    whole = description()
    if ctx.identity.is_admin and not ctx.identity.is_read_only:
        return whole
    readable = {
        resource.name
        for resource in (*RESOURCES, USERS)
        if may(
            ctx.identity, resource.read, _need(resource.route, "GET", resource.read), is_reading=True, v1=True
        )
    }
    kept = [item for item in whole["resources"] if item["name"].split("-")[0] in readable]
    allowed = [{**item, "can": [verb for verb in item["can"] if _can(ctx, item, verb)]} for item in kept]
    groups = [
        {**group, "resources": [name for name in group["resources"] if name in readable]}
        for group in whole["groups"]
    ]
    return {**whole, "resources": allowed, "groups": [group for group in groups if group["resources"]]}


_SHAPE: Final = {
    "version": "int",
    "groups": [{"name": "string", "title": "string", "resources": ["string"]}],
    "resources": [
        {
            **dict.fromkeys(("name", "title", "singular", "path", "identity", "label"), "string"),
            **{name: ["string"] for name in ("can", "list_columns")},
            "search": "bool",
            **{name: [{"*": "any"}] for name in ("fields", "relations")},
        }
    ],
}
ROUTES = (get("/description", Auth.SESSION, _describe, answer=schema(_SHAPE)),)
