"""The WSGI application: routes from the declarations, one dispatcher, errors as JSON, metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import falcon
import mysql.connector
from ems_common import log
from ems_common.errors import BadInput, Conflict, Denied, Missing, Unavailable

from ems_api import activity, answers, idempotency
from ems_api.answers import pack, send
from ems_api.auth import audit, reach, trail
from ems_api.auth.permissions import Action, Need, need_of
from ems_api.context import NOTHING, Context, Reply, Services, address_of, caller_of
from ems_api.errors import ApiError, Cause, missing, put_json, write_error
from ems_api.front import Front
from ems_api.resources.listing import shaped
from ems_api.resources.table import NOT_FOUND, anomalies
from ems_api.routes import all_routes
from ems_api.routing import Auth, Handler, Route, merged
from ems_api.shortcut import KEPT_AS, KeptAs, Shortcut

_log = log.get(__name__)
_CAUSES: tuple[tuple[type[Exception], Cause, str], ...] = (
    (Unavailable, Cause.UNAVAILABLE, "DATABASE_IS_NOT_AVAILABLE"),
    (Conflict, Cause.CONFLICT, "ALREADY_EXISTS"),
    (Missing, Cause.MISSING, "NOT_FOUND"),
    (Denied, Cause.FORBIDDEN, "FORBIDDEN"),
    (BadInput, Cause.INVALID, "INVALID_INPUT"),
    # A value that the declarations let pass but the table does not take: refused, and logged to be mended.
    (mysql.connector.errors.DataError, Cause.INVALID, "INVALID_INPUT"),
    (mysql.connector.errors.IntegrityError, Cause.INVALID, "INVALID_INPUT"),
)


def make_app(services: Services, routes: Iterable[Route]) -> falcon.App[Any, Any]:
    """The application with these routes.

    Args:
        services: What requests share.
        routes: All routes.
    """
    app = falcon.App(middleware=[Front(services.settings.server.proxies)])
    app.req_options.strip_url_path_trailing_slash = False
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    app.set_error_serializer(_serialize)
    app.add_error_handler(Exception, _on_bug)
    app.add_error_handler(ApiError, _on_api_error)
    for kind, cause, key in _CAUSES:
        app.add_error_handler(kind, _on_known(cause, key))
    for template, methods in merged(routes).items():
        app.add_route(template, _resource(services, template, methods))
    return app


def whole_app(services: Services) -> Shortcut:
    """The application with all its routes, and the shortcut to what is kept."""
    return Shortcut(make_app(services, all_routes(services)), services)


def _resource(services: Services, template: str, methods: dict[str, Handler]) -> object:
    responders = {
        f"on_{method.lower()}": _responder(
            services, handler, need_of(template, method, is_admins=handler.auth is Auth.ADMIN)
        )
        for method, handler in methods.items()
    }
    return type("Route", (), {"template": template, **responders})()


def _responder(services: Services, handler: Handler, need: Need) -> Callable[..., None]:
    """What answers one method of a route; who comes in, and to which row, is decided here alone."""

    def respond(_self: object, req: falcon.Request, resp: falcon.Response, **params: str) -> None:
        ctx = Context(req, resp, services, bool(req.context.v1))
        services.addresses.take(address_of(req))
        wanted = _need_of_file(params["kind"]) if "kind" in params else need
        try:
            services.guard.admit(ctx, handler.auth, wanted)
        except ApiError as ex:
            audit.refused(ctx, wanted, ex)
            raise
        if ctx.known_identity is not None:
            services.requests.take(caller_of(ctx.known_identity))
        with reach.answering(_reach(ctx)):
            if need.table and not handler.checks_row:
                _check_row(ctx, need.table, params)
            _answer(ctx, handler, need, params)

    return respond


def _need_of_file(kind: str) -> Need:
    """What a report as a file needs: the file's export permission is that of its report."""
    return replace(need_of(f"/reports/{kind}", "GET", is_admins=False), action=Action.EXPORT)


def _answer(ctx: Context, handler: Handler, need: Need, params: dict[str, str]) -> None:
    if handler.is_kept:
        key = answers.key_of(ctx)
        kept = ctx.services.answers.get(
            key, lambda: shaped(ctx, handler.run(ctx, **params), handler.asks), ctx.resp
        )
        send(ctx.req, ctx.resp, kept)
        ctx.req.env[KEPT_AS] = KeptAs(ctx.services.guard.standing(ctx), key)
        return
    if ctx.req.method == "GET":
        _finish(ctx.resp, _read(ctx, handler, params))
        pack(ctx.req, ctx.resp)
        return
    with trail.collecting() as changes:
        _finish(ctx.resp, idempotency.once(ctx, lambda: handler.run(ctx, **params)))
    pack(ctx.req, ctx.resp)
    if handler.logged:
        activity.note(ctx, handler, params)
    if handler.is_audited:
        audit.note(ctx, need, handler.logged, params, changes)


def _read(ctx: Context, handler: Handler, params: dict[str, str]) -> Any:
    return shaped(ctx, handler.run(ctx, **params), handler.asks)


def _reach(ctx: Context) -> reach.Reach:
    identity = ctx.known_identity
    if identity is None or identity.sees_all:
        return reach.EVERYWHERE
    wanted = ctx.query("spaceid") if ctx.req.method == "POST" else ""
    space = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    return reach.Reach(ctx.scope, space, identity.rights.tenants)


def _check_row(ctx: Context, table: str, params: dict[str, str]) -> None:
    """Refuse a row out of reach before anything is done for it, exactly as one that does not exist."""
    text = params.get("id_", "")
    if ctx.scope.keys is None or not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
        return
    if not ctx.scope.has(table, int(text)):
        raise missing(NOT_FOUND[table])


def _finish(resp: falcon.Response, result: Any) -> None:
    if not isinstance(result, Reply):
        if result is not NOTHING:
            put_json(resp, result)
        return
    resp.status = falcon.code_to_http_status(result.status)
    if result.location:
        resp.set_header("Location", result.location)
    if result.body is not None:
        put_json(resp, result.body)
    resp.context.entity_id = result.entity_id


def _is_v1(req: falcon.Request) -> bool:
    return bool(getattr(req.context, "v1", False))


def _serialize(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
    """Errors of the framework itself: unknown paths, wrong methods."""
    if _is_v1(req):
        code = int(error.status[:3]) if isinstance(error.status, str) else int(error.status)
        put_json(resp, {"type": "about:blank", "title": error.title, "status": code, "detail": error.title})
        resp.content_type = "application/problem+json"
        return
    put_json(resp, {"title": error.title})


def _on_api_error(req: falcon.Request, resp: falcon.Response, ex: ApiError, _params: object) -> None:
    resp.stream = None
    odd = anomalies.of(req.method, req.uri_template or "", ex.key)
    write_error(resp, ApiError(odd, ex.cause) if odd and not _is_v1(req) else ex, v1=_is_v1(req))


def _on_known(cause: Cause, key: str) -> Callable[..., None]:
    def handle(req: falcon.Request, resp: falcon.Response, ex: Exception, _params: object) -> None:
        if cause is Cause.UNAVAILABLE:
            _log.warning("unavailable", path=req.path, error=str(ex))
        detail = str(ex) if cause is Cause.INVALID else ""
        if isinstance(ex, mysql.connector.Error):
            # The server's words name tables and constraints, which are nobody's business outside.
            _log.error("declaration_too_lax", path=req.path, error=detail)
            detail = "a value does not fit what is stored there"
        write_error(resp, ApiError(key, cause, detail=detail), v1=_is_v1(req))

    return handle


def _on_bug(req: falcon.Request, resp: falcon.Response, ex: Exception, _params: object) -> None:
    if isinstance(ex, falcon.HTTPStatus):
        raise ex
    if isinstance(ex, falcon.HTTPError):
        resp.status = ex.status if isinstance(ex.status, str) else falcon.code_to_http_status(int(ex.status))
        for name, value in dict(ex.headers or {}).items():
            resp.set_header(name, value)
        _serialize(req, resp, ex)
        return
    _log.error("request_failed", path=req.path, method=req.method, exc_info=ex)
    resp.status = falcon.HTTP_500
    put_json(resp, {"title": "500 Internal Server Error", "description": "API.INTERNAL_ERROR"})
