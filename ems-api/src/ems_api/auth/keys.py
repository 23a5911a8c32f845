"""API keys beyond MyEMS: a privilege of their own, and what is known of their use."""

from __future__ import annotations

from typing import Any

from ems_common.db import Session

from ems_api.auth import store, trail
from ems_api.context import Context, Reply, path_id
from ems_api.errors import invalid, missing
from ems_api.routing import Auth, Handler, Route, get
from ems_api.schemas import schema
from ems_api.versions import ACCOUNTS
from ems_api.wall_clock import show_instant

Json = dict[str, Any]


def _row(session: Session, key: int) -> tuple[Any, ...]:
    row = session.row(
        "SELECT k.name, u.privilege_id, u.last_used_utc, u.last_address, u.use_count FROM tbl_api_keys k"
        " LEFT JOIN tbl_api_keys_uses u ON u.api_key_id = k.id WHERE k.id = %s",
        (key,),
    )
    if row is None:
        raise missing("API_KEY_NOT_FOUND")
    return row


def use(ctx: Context, id_: str) -> Json:
    """`GET /apikeys/{id_}/use`: what a key may, when and from where it was used last, and how often."""
    key = path_id(id_, "INVALID_API_KEY_ID")
    with ctx.dbs.session(store.DATABASE) as session:
        name, privilege, last, address, count = _row(session, key)
    return {
        "id": key,
        "name": name,
        "privilege_id": privilege,
        "last_used_datetime": None if last is None else show_instant(last, ctx.zone, v1=ctx.v1),
        "last_address": address,
        "use_count": int(count or 0),
    }


def set_privilege(ctx: Context, id_: str) -> Reply:
    """`PUT /apikeys/{id_}/privilege`: what a key may from now on; null = it reads everything."""
    key = path_id(id_, "INVALID_API_KEY_ID")
    data = ctx.data()
    privilege = data.get("privilege_id", "")
    is_key = isinstance(privilege, int) and not isinstance(privilege, bool) and 0 < privilege < 2**63
    if privilege is not None and not is_key:
        raise invalid("INVALID_PRIVILEGE_ID", field="privilege_id")
    with ctx.dbs.session(store.DATABASE) as session:
        before = _row(session, key)[1]
        if is_key and not session.row("SELECT 1 FROM tbl_privileges WHERE id = %s", (privilege,)):
            raise missing("PRIVILEGE_NOT_FOUND")
        session.execute(
            "INSERT INTO tbl_api_keys_uses (api_key_id, privilege_id) VALUES (%s, %s)"
            " ON DUPLICATE KEY UPDATE privilege_id = VALUES(privilege_id)",
            (key, privilege),
        )
    trail.updated("tbl_api_keys", key, {"privilege_id": before}, {"privilege_id": privilege})
    ctx.services.versions.change(ACCOUNTS)
    return Reply(200, entity_id=key)


_USE = schema(
    {
        "id": "int",
        "name": "string",
        "privilege_id": "int|null",
        "last_used_datetime": "instant|null",
        "last_address": "string|null",
        "use_count": "int",
    }
)
ROUTES = (
    get("/apikeys/{id_}/use", Auth.ADMIN, use, summary="Use of an API key.", answer=_USE),
    Route("/apikeys/{id_}/privilege", {"PUT": Handler(Auth.ADMIN, set_privilege, "ApiKeyPrivilege")}),
)
