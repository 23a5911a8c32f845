"""The activity log: who changed what, written after a change has succeeded; secrets are struck out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import orjson
from ems_common import log
from ems_common.clock import utc_now
from ems_common.errors import Unavailable

from ems_api.auth import store
from ems_api.auth.trail import strike_out
from ems_api.context import Context
from ems_api.errors import ApiError
from ems_api.routing import Handler
from ems_api.wall_clock import stored

_log = log.get(__name__)
LONGEST_BODY: Final = 65_535


def note(ctx: Context, handler: Handler, params: Mapping[str, str]) -> None:
    """Write one line for a call that succeeded.

    It names the row of the path, as MyEMS does, and has the path's parameters for the body of a DELETE; what
    a call has made stands in the audit log. A log that cannot be written does not undo what was done; it is
    reported to the operator instead.
    """
    identity = ctx.known_identity
    user_uuid = identity.user_uuid if identity else (ctx.req.get_header("USER-UUID") or "").strip()[:36]
    if not user_uuid:
        return
    entity_id = int(params["id_"]) if params.get("id_", "").isdecimal() else None
    named = {handler.logged_params.get(name, name): value for name, value in params.items()}
    body = json.dumps(named) if ctx.req.method == "DELETE" else _body(ctx)
    row = (user_uuid, stored(utc_now()), ctx.req.method, handler.logged, entity_id, body)
    try:
        with ctx.dbs.session(store.DATABASE) as session:
            store.insert_log(session, row)
    except Unavailable as ex:
        _log.error("activity_not_logged", user_uuid=user_uuid, resource_type=handler.logged, error=str(ex))


def _body(ctx: Context) -> str | None:
    if (ctx.req.content_type or "").startswith("multipart/"):
        return None
    try:
        given = ctx.json()
        struck = strike_out(given)
        text = ctx.raw_body().decode() if struck == given else orjson.dumps(struck).decode()
    except (ApiError, UnicodeDecodeError):
        return None
    return text if len(text) <= LONGEST_BODY else orjson.dumps({"truncated": text[:1000]}).decode()
