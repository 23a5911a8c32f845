"""The menu of the web client, version and description of the site."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import Sql, compose

from ems_api.context import Context, Reply, path_id
from ems_api.errors import invalid, missing
from ems_api.resources.routes import changing
from ems_api.routing import Auth, Handler, Route, get

_VERSION: Final = version("ems-api")
Json = dict[str, Any]
_ALL = compose("")


def _rows(session: Session, where: Sql = _ALL, params: Any = ()) -> list[Json]:
    sql = compose(
        "SELECT id, name, route, parent_menu_id, is_hidden FROM tbl_menus {where} ORDER BY id", where=where
    )
    rows = session.rows(sql, params)
    return [
        {"id": key, "name": name, "route": route, "parent_menu_id": parent, "is_hidden": bool(hidden)}
        for key, name, route, parent, hidden in rows
    ]


def _list(ctx: Context) -> list[Json]:
    with ctx.dbs.reading("system_db") as session:
        return _rows(session)


def _item(ctx: Context, id_: str) -> Json | None:
    key = path_id(id_, "INVALID_MENU_ID")
    with ctx.dbs.reading("system_db") as session:
        found = _rows(session, compose("WHERE id = %s"), (key,))
    return found[0] if found else None


def _update(ctx: Context, id_: str) -> Reply:
    key = path_id(id_, "INVALID_MENU_ID")
    is_hidden = ctx.data().get("is_hidden")
    if not isinstance(is_hidden, bool):
        raise invalid("INVALID_IS_HIDDEN", field="is_hidden")
    with changing(ctx, "system_db") as session:
        session.execute("UPDATE tbl_menus SET is_hidden = %s WHERE id = %s", (is_hidden, key))
    return Reply(200, entity_id=key)


def _with_parent(rows: list[Json], names: dict[int, str]) -> list[Json]:
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "parent_menu": None
            if row["parent_menu_id"] is None
            else {"id": row["parent_menu_id"], "name": names.get(row["parent_menu_id"])},
            "is_hidden": row["is_hidden"],
        }
        for row in rows
    ]


def _children(ctx: Context, id_: str) -> Json:
    key = path_id(id_, "INVALID_MENU_ID")
    with ctx.dbs.reading("system_db") as session:
        rows = _rows(session)
    names = {row["id"]: row["name"] for row in rows}
    if key not in names:
        raise missing("MENU_NOT_FOUND")
    current = _with_parent([row for row in rows if row["id"] == key], names)[0]
    return {
        "current": current,
        "children": _with_parent([row for row in rows if row["parent_menu_id"] == key], names),
    }


def _web(ctx: Context) -> Json:
    """Shown routes by their parents', as the web client wants them."""
    with ctx.dbs.reading("system_db") as session:
        rows = [row for row in _rows(session) if not row["is_hidden"]]
    return {
        row["route"]: [child["route"] for child in rows if child["parent_menu_id"] == row["id"]]
        for row in rows
        if row["parent_menu_id"] is None
    }


def _version(_ctx: Context) -> Json:
    return {
        "version": _VERSION,
        "release-date": "2026-11-21",
        "licensed-to": "Community",
        "website": "https://localhost/",
    }


def _site(ctx: Context) -> Json:
    """What clients need to know of the site: its name, zone, currency and slot length."""
    site = ctx.services.settings.site
    with ctx.dbs.reading("system_db") as session:
        root = session.scalar("SELECT name FROM tbl_spaces WHERE parent_space_id IS NULL ORDER BY id LIMIT 1")
    return {
        "name": site.name or root or "",
        "time_zone": site.time_zone,
        "currency": site.currency,
        "hour_minutes": site.hour_minutes,
        "utc": utc_now().isoformat(timespec="seconds"),
        "version": _VERSION,
    }


ROUTES = (
    get("/menus", Auth.KEY, _list, is_kept=True),
    get("/menus/web", Auth.KEY, _web, is_kept=True),
    Route("/menus/{id_}", {"GET": Handler(Auth.KEY, _item), "PUT": Handler(Auth.ADMIN, _update, "MenuItem")}),
    get("/menus/{id_}/children", Auth.KEY, _children),
    get("/version", Auth.NONE, _version),
    get("/site", Auth.KEY, _site),
)
