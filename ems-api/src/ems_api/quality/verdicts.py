"""What cleaning says of a point's readings, what stands in for them, and what other rules would say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose
from ems_common.errors import BadInput, Missing
from ems_common.quality.reasons import parsed, sentence_of
from ems_common.quality.series import to_utc
from ems_common.quality_preview import LONGEST_DAYS, Preview, preview

from ems_api.context import Context, path_id
from ems_api.errors import invalid, missing
from ems_api.routing import Auth, Handler, Route, get
from ems_api.schemas import schema
from ems_api.wall_clock import parse_instant, stored

Json = dict[str, Any]
MOST: Final = 5_000
_USUAL: Final = 500
_WEEK: Final = timedelta(days=7)
_SPAN: Final = (("start", "string"), ("end", "string"))
PREVIEW_BODY: Final = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "required": ["rules"],
            "properties": {
                "start": {"type": "string", "description": "ISO 8601; a week before the end when not given"},
                "end": {"type": "string", "description": "ISO 8601; now when not given"},
                "rules": {
                    "type": "object",
                    "description": "rule → parameters that replace those that hold now",
                    "additionalProperties": {"type": "object"},
                },
                "most": {"type": "integer", "minimum": 0, "maximum": MOST},
            },
        }
    },
}


def _point(ctx: Context, session: Session, id_: str) -> int:
    """Key of a point that the caller may see.

    Raises:
        ApiError: There is none.
    """
    key = path_id(id_, "INVALID_POINT_ID")
    row = session.row("SELECT id FROM tbl_points WHERE id = %s", (key,))
    if row is None or not ctx.scope.has("tbl_points", key):
        raise missing("POINT_NOT_FOUND")
    return key


def _instant(ctx: Context, name: str, text: Any, default: datetime) -> datetime:
    if text in (None, ""):
        return default
    try:
        return parse_instant(str(text).replace(" ", "+"), ctx.zone)
    except ValueError as ex:
        raise invalid(f"INVALID_{name.upper()}", field=name, detail="must be an ISO 8601 instant") from ex


def _span(ctx: Context, start: Any, end: Any) -> tuple[datetime, datetime]:
    end_utc = _instant(ctx, "end", end, utc_now())
    start_utc = _instant(ctx, "start", start, end_utc - _WEEK)
    if not timedelta(0) < end_utc - start_utc <= timedelta(days=LONGEST_DAYS):
        raise invalid("INVALID_END", field="end", detail=f"the period is empty or over {LONGEST_DAYS} days")
    return start_utc, end_utc


def _most(value: Any, usual: int) -> int:
    try:
        most = usual if value in (None, "") else int(str(value))
    except ValueError:
        most = -1
    if not 0 <= most <= MOST:
        raise invalid("INVALID_LIMIT", field="limit", detail=f"must be a whole number from 0 to {MOST}")
    return most


def _verdicts(ctx: Context, id_: str) -> Json:
    """The stored verdicts on a point's readings, newest first."""
    with ctx.dbs.session("system_db") as session:
        key = _point(ctx, session, id_)
    start_utc, end_utc = _span(ctx, ctx.query("start"), ctx.query("end"))
    most, rule = _most(ctx.query("limit"), _USUAL), ctx.query("rule")
    where = compose("point_id = %s AND utc_date_time >= %s AND utc_date_time < %s")
    values: tuple[Any, ...] = (key, stored(start_utc), stored(end_utc))
    if rule:
        where, values = compose("{where} AND rule = %s", where=where), (*values, rule)
    with ctx.dbs.session("historical_db") as session:
        counts = session.rows(
            compose(
                "SELECT rule, COUNT(*) FROM tbl_reading_verdicts WHERE {where} GROUP BY rule ORDER BY rule",
                where=where,
            ),
            values,
        )
        rows = session.rows(
            compose(
                "SELECT utc_date_time, rule, detail, judged_utc FROM tbl_reading_verdicts WHERE {where}"
                " ORDER BY utc_date_time DESC, rule LIMIT %s",
                where=where,
            ),
            (*values, most),
        )
    return {
        "point_id": key,
        "start": start_utc.isoformat(),
        "end": end_utc.isoformat(),
        "counts": {str(name): int(count) for name, count in counts},
        "verdicts": [
            {"utc": _iso(when), "rule": name, **_why(detail), "judged_utc": _iso(judged)}
            for when, name, detail, judged in rows
        ],
    }


def _estimates(ctx: Context, id_: str) -> Json:
    """What stands in for missing and bad readings of a point, in order of time."""
    with ctx.dbs.session("system_db") as session:
        key = _point(ctx, session, id_)
    start_utc, end_utc = _span(ctx, ctx.query("start"), ctx.query("end"))
    with ctx.dbs.session("historical_db") as session:
        rows = session.rows(
            "SELECT utc_date_time, actual_value + 0E0, method FROM tbl_estimated_readings WHERE point_id = %s"
            " AND utc_date_time >= %s AND utc_date_time < %s ORDER BY utc_date_time LIMIT %s",
            (key, stored(start_utc), stored(end_utc), _most(ctx.query("limit"), _USUAL)),
        )
    return {
        "point_id": key,
        "start": start_utc.isoformat(),
        "end": end_utc.isoformat(),
        "estimates": [{"utc": _iso(when), "value": value, "method": method} for when, value, method in rows],
    }


def _preview(ctx: Context, id_: str) -> Json:
    """What rules with other parameters would say of a period of a point. Nothing is changed."""
    data = ctx.data()
    with ctx.dbs.session("system_db") as session:
        key = _point(ctx, session, id_)
    start_utc, end_utc = _span(ctx, data.get("start"), data.get("end"))
    rules = data.get("rules", {})
    if not isinstance(rules, dict) or not all(isinstance(value, dict) for value in rules.values()):
        raise invalid("INVALID_RULES", field="rules", detail='must be an object such as {"spike": {}}')
    most = _most(data.get("most"), 100)
    try:
        return shown(preview(ctx.dbs, key, start_utc, end_utc, rules, most=most))
    except BadInput as ex:
        raise invalid("INVALID_RULES", field="rules", detail=str(ex)) from ex
    except Missing as ex:
        raise missing("POINT_NOT_FOUND") from ex


def shown(found: Preview) -> Json:
    """A preview as an answer; shares are of the readings in the period."""
    total = max(1, found.readings)
    return {
        "point_id": found.point_id,
        "kind": found.kind,
        "start": found.start_utc.isoformat(),
        "end": found.end_utc.isoformat(),
        "readings": found.readings,
        "bad": found.bad,
        "bad_share": found.bad / total,
        "bad_now": found.bad_now,
        "bad_now_share": found.bad_now / total,
        "counts": dict(found.counts),
        "counts_now": dict(found.counts_now),
        "estimated": found.estimated,
        "estimates": [
            {"utc": to_utc(estimate.time_ms).isoformat(), "value": estimate.value, "method": estimate.method}
            for estimate in found.estimates
        ],
        "shown": [{"utc": when.isoformat(), "value": value} for when, value in found.shown],
        "verdicts": [
            {
                "utc": verdict.time_utc.isoformat(),
                "value": verdict.value,
                "rule": verdict.rule,
                **_why(verdict.detail),
                "is_bad": verdict.is_bad,
            }
            for verdict in found.verdicts
        ],
    }


def _why(detail: str) -> Json:
    """Why a reading was judged: in English, and as key and numbers for other languages."""
    found = parsed(detail)
    reason = None if found is None else {"key": found.key, "numbers": found.numbers, "note": found.note}
    return {"detail": sentence_of(detail), "reason": reason}


def _iso(moment: datetime) -> str:
    return moment.isoformat() + "+00:00"


_WHY = {
    "detail": "string",
    "reason": ({"key": "string", "numbers": {"*": "number"}, "note": "string|null"}, "null"),
}
_PERIOD = {"point_id": "int", "start": "instant", "end": "instant"}
_COUNTS = {"*": "int"}
_ESTIMATE = {"utc": "instant", "value": "number", "method": "string"}
_PREVIEW = {
    **_PERIOD,
    "kind": "string",
    **dict.fromkeys(("readings", "bad", "bad_now", "estimated"), "int"),
    **dict.fromkeys(("bad_share", "bad_now_share"), "number"),
    **dict.fromkeys(("counts", "counts_now"), _COUNTS),
    "estimates": [_ESTIMATE],
    "shown": [{"utc": "instant", "value": "number|null"}],
    "verdicts": [
        {
            "utc": "instant",
            "value": "number|null",
            "rule": "string",
            **_WHY,
            "is_bad": "bool",
        }
    ],
}
ROUTES = (
    get(
        "/points/{id_}/verdicts",
        Auth.KEY,
        _verdicts,
        summary="Verdicts of cleaning on the readings of a point",
        answer=schema(
            {
                **_PERIOD,
                "counts": _COUNTS,
                "verdicts": [{"utc": "instant", "rule": "string", **_WHY, "judged_utc": "instant"}],
            }
        ),
        query=(*_SPAN, ("rule", "string"), ("limit", "integer")),
    ),
    get(
        "/points/{id_}/estimates",
        Auth.KEY,
        _estimates,
        answer=schema({**_PERIOD, "estimates": [_ESTIMATE]}),
        summary="Estimates in place of missing and bad readings of a point",
        query=(*_SPAN, ("limit", "integer")),
    ),
    Route(
        "/points/{id_}/cleaning/preview",
        {
            "POST": Handler(
                Auth.ADMIN,
                _preview,
                summary="What rules with other parameters would say of a point's past",
                body=PREVIEW_BODY,
                answer=schema(_PREVIEW),
            )
        },
    ),
)
