"""Narrowing a list: search, filters, and for `/v1` sorting, field selection and pages."""

from __future__ import annotations

import re
from typing import Any

from ems_common.db.sql import Sql, compose, each, joined

from ems_api.context import Context
from ems_api.errors import invalid
from ems_api.resources.declare import Kind, Resource

LARGEST_PAGE = 1000
_MOST_CHARACTERS = 200
_DIGITS = re.compile(r"([0-9]+)")
_SEARCHED = ("name", "description", "subject", "file_name", "channel")
"""Members that `q` looks into where no declaration says which."""

PARAMETERS = (
    ("q", "string"),
    ("sort", "string"),
    ("fields", "string"),
    ("page", "integer"),
    ("limit", "integer"),
)
"""Query parameters of every list, for the OpenAPI document."""
FILTERS = (
    "Every member of the rows that is no list is a filter as well: `name=x`, `is_counted=true`,"
    " `energy_category_id=2` for a reference, `null` for an absent value. How many rows there are in all"
    " is in `X-Total-Count`."
)
"""What else may be asked of every list, for the OpenAPI document."""
_CONTROLS = frozenset(name for name, _ in PARAMETERS)
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def narrowed(ctx: Context, resource: Resource, where: Sql, params: list[Any]) -> tuple[Sql, list[Any]]:
    """A condition narrowed by the request's search and filters.

    Raises:
        ApiError: A filter's value cannot be one.
    """
    terms = [where] if where else []
    values = list(params)
    text = ctx.query("q")[:_MOST_CHARACTERS]
    columns = resource.search or (
        (resource.label,) if ctx.v1 and resource.label in resource.spec.by_name else ()
    )
    if text and columns:
        pattern = f"%{_escaped(text)}%"
        names = [*columns, "description"] if "description" in resource.spec.by_name else list(columns)
        names = list(dict.fromkeys(names))
        terms.append(compose("({any})", any=each("t.{name} LIKE %s", names, " OR ")))
        values += [pattern] * len(names)
    for name, column in resource.filters:
        _filter(ctx.query(name), name, column, terms, values)
    if ctx.v1:
        for item in resource.fields:
            is_number = resource.kind(item) in {Kind.REFERENCE, Kind.INTEGER}
            is_own = (
                resource.column(item).name == item.name and (item.name, item.name) not in resource.filters
            )
            if is_number and is_own:
                _filter(ctx.query(item.name), item.name, item.name, terms, values)
    return joined(terms, " AND "), values


def _filter(text: str, name: str, column: str, terms: list[Sql], values: list[Any]) -> None:
    if not text:
        return
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise invalid(f"INVALID_{name.upper()}", field=name)
    terms.append(compose("t.{column} = %s", column=column))
    values.append(int(text))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def page_of(ctx: Context, usual: int) -> tuple[int, int]:
    """Which page a request wants, and how many rows it has.

    Raises:
        ApiError: A parameter cannot be used.
    """
    return _number(ctx, "page", 1), min(_number(ctx, "limit", usual), LARGEST_PAGE)


def paged(
    ctx: Context,
    rows: list[dict[str, Any]],
    total: int | None = None,
    asked: frozenset[str] = frozenset(),
) -> list[dict[str, Any]]:
    """A list as `/v1` wants it: filtered, sorted, cut to a page and to members; MyEMS' clients get all.

    The whole number of rows goes into the header `X-Total-Count`.

    Args:
        ctx: The request.
        rows: The rows.
        total: How many there are, when `rows` are the page already.
        asked: Query parameters that the handler has read itself, which are no filters.

    Raises:
        ApiError: A parameter cannot be used.
    """
    if not ctx.v1:
        return rows
    if total is None:
        rows = _matching(ctx, rows, asked)
    order = ctx.query("sort")
    if order:
        rows = _sorted(rows, order)
    ctx.resp.set_header("X-Total-Count", str(len(rows) if total is None else total))
    page, limit = page_of(ctx, 0)
    if limit and total is None:
        rows = rows[(page - 1) * limit : page * limit]
    wanted = [name for name in ctx.query("fields").split(",") if name]
    if wanted:
        rows = [{name: row[name] for name in wanted if name in row} for row in rows]
    return rows


def shaped(ctx: Context, value: Any, asked: frozenset[str] = frozenset()) -> Any:
    """An answer as `/v1` wants it: a list that its handler has not narrowed is searched, sorted and cut here.

    So `q`, `sort`, `fields`, `page` and `limit` work on every list: children, bindings, messages, views. Rows
    without any of the members that are searched come from a handler with a search of its own.

    Raises:
        ApiError: A parameter cannot be used.
    """
    if not ctx.v1 or not isinstance(value, list) or ctx.resp.get_header("X-Total-Count"):
        return value
    if not all(isinstance(row, dict) for row in value):
        return value
    text = ctx.query("q")[:_MOST_CHARACTERS].lower()
    if not text or not any(name in row for row in value for name in _SEARCHED):
        return paged(ctx, value, None, asked)
    rows = [row for row in value if any(text in str(row.get(name) or "").lower() for name in _SEARCHED)]
    return paged(ctx, rows, None, asked)


def _matching(ctx: Context, rows: list[dict[str, Any]], asked: frozenset[str]) -> list[dict[str, Any]]:
    """The rows whose members have the values that query parameters of their names say.

    A reference ``energy_category`` is asked for by ``energy_category_id``, an absent value by ``null``.

    Raises:
        ApiError: A value cannot be one of the member.
    """
    for name in ctx.req.params:
        if not rows:
            break
        if name in _CONTROLS or name in asked:
            continue
        holder = name.removesuffix("_id")
        member = name if name in rows[0] else holder
        values = [_key_of(row.get(member)) for row in rows]
        example = next((one for one in values if one is not None), None)
        if member not in rows[0] or isinstance(example, list):
            continue
        wanted = _wanted(name, ctx.query(name), example)
        rows = [row for row, value in zip(rows, values, strict=True) if _plain(value) == wanted]
    return rows


def _key_of(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else value


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _wanted(name: str, text: str, example: Any) -> Any:
    """The value that a text stands for, of the type of an example."""
    if text == "null":
        return None
    if isinstance(example, bool):
        if text.lower() not in _TRUTHS:
            raise invalid(f"INVALID_{name.upper()}", field=name)
        return _TRUTHS[text.lower()]
    if not isinstance(example, int | float):
        return text.casefold()
    try:
        return float(text)
    except ValueError as ex:
        raise invalid(f"INVALID_{name.upper()}", field=name) from ex


def _sorted(rows: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    name = order.removeprefix("-")
    if rows and (name not in rows[0] or isinstance(rows[0][name], list)):
        raise invalid("INVALID_SORT", field="sort")
    filled = [row for row in rows if row[name] is not None]
    empty = [row for row in rows if row[name] is None]
    return sorted(filled, key=lambda row: _order(row[name]), reverse=order.startswith("-")) + empty


def _order(value: Any) -> Any:
    """What a value is sorted by: a referenced row by its name, texts as people count (9 before 10).

    Raises:
        ApiError: It is an object without a name.
    """
    if isinstance(value, dict):
        if not isinstance(value.get("name"), str):
            raise invalid("INVALID_SORT", field="sort")
        value = value["name"]
    if not isinstance(value, str):
        return value
    parts = _DIGITS.split(value.casefold())
    # Odd places are digits: first by how many, then by which.
    return [
        (len(part.lstrip("0")), part.lstrip("0")) if place % 2 else (0, part)
        for place, part in enumerate(parts)
    ]


def _number(ctx: Context, name: str, default: int) -> int:
    text = ctx.query(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10):
        raise invalid(f"INVALID_{name.upper()}", field=name)
    return int(text)
