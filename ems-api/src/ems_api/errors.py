"""What can go wrong with a request, in both dialects.

A handler raises :class:`ApiError` with a key and a cause. :data:`ANSWERS` is the one table that says what
status and title a cause has for MyEMS' clients (root paths) and for clients of ``/v1``.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import falcon
import orjson
from ems_common.errors import EmsError

PROBLEM_TYPE = "application/problem+json"


class Cause(enum.Enum):
    """Why a request is refused."""

    MALFORMED = enum.auto()
    INVALID = enum.auto()
    UNAUTHENTICATED = enum.auto()
    SESSION_MISSING = enum.auto()
    DENIED = enum.auto()
    FORBIDDEN = enum.auto()
    MISSING = enum.auto()
    CONFLICT = enum.auto()
    STALE = enum.auto()
    TOO_LARGE = enum.auto()
    TOO_MANY = enum.auto()
    UNAVAILABLE = enum.auto()
    BAD_GATEWAY = enum.auto()
    FAILED = enum.auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and title of a cause: as MyEMS has them, and as `/v1` means them."""

    status: int
    title: str
    v1_status: int


ANSWERS: dict[Cause, Answer] = {
    Cause.MALFORMED: Answer(400, "API.BAD_REQUEST", 400),
    Cause.INVALID: Answer(400, "API.BAD_REQUEST", 422),
    Cause.UNAUTHENTICATED: Answer(400, "API.BAD_REQUEST", 401),
    Cause.SESSION_MISSING: Answer(404, "API.NOT_FOUND", 401),
    Cause.DENIED: Answer(400, "API.BAD_REQUEST", 403),
    Cause.FORBIDDEN: Answer(403, "API.FORBIDDEN", 403),
    Cause.MISSING: Answer(404, "API.NOT_FOUND", 404),
    Cause.CONFLICT: Answer(400, "API.BAD_REQUEST", 409),
    Cause.STALE: Answer(412, "API.PRECONDITION_FAILED", 412),
    Cause.TOO_LARGE: Answer(413, "API.BAD_REQUEST", 413),
    Cause.TOO_MANY: Answer(429, "API.TOO_MANY_REQUESTS", 429),
    Cause.UNAVAILABLE: Answer(503, "API.SERVICE_UNAVAILABLE", 503),
    Cause.BAD_GATEWAY: Answer(502, "API.BAD_GATEWAY", 502),
    Cause.FAILED: Answer(400, "API.ERROR", 500),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """An error key with the status and title MyEMS gives it where these differ from its cause's usual ones.

    Attributes:
        key: Without the prefix ``API.``.
        status: MyEMS' status, or 0 for the usual one.
        title: MyEMS' title without the prefix, or "" for the usual one.
    """

    key: str
    status: int = 0
    title: str = ""


class ApiError(EmsError):
    """A request that is refused.

    Args:
        fault: The key that clients translate, with or without the prefix ``API.``, or a :class:`Fault`.
        cause: Decides status and title.
        detail: A sentence for people; only `/v1` shows it.
        field: The member of the request at fault; only `/v1` shows it.
        retry_after_s: When it may be tried again [s]; 0 = nothing is said of it.
    """

    def __init__(
        self,
        fault: str | Fault,
        cause: Cause,
        *,
        detail: str = "",
        field: str = "",
        retry_after_s: int = 0,
    ) -> None:
        given = fault if isinstance(fault, Fault) else Fault(fault)
        self.key = given.key if given.key.startswith("API.") else f"API.{given.key}"
        self.cause = cause
        self.detail = detail
        self.field = field
        self.retry_after_s = retry_after_s
        self.errors: list[dict[str, Any]] = []
        usual = ANSWERS[cause]
        self.status = given.status or usual.status
        self.title = f"API.{given.title}" if given.title else usual.title
        super().__init__(self.key)

    @property
    def v1_status(self) -> int:
        """Status for clients of `/v1`."""
        return ANSWERS[self.cause].v1_status


def invalid(fault: str | Fault, *, field: str = "", detail: str = "") -> ApiError:
    """A member of the request breaks its rule."""
    return ApiError(fault, Cause.INVALID, field=field, detail=detail)


def missing(fault: str | Fault) -> ApiError:
    """A row that the request names does not exist, or may not be seen."""
    return ApiError(fault, Cause.MISSING)


def conflict(fault: str | Fault) -> ApiError:
    """The request contradicts what is stored."""
    return ApiError(fault, Cause.CONFLICT)


def write_error(resp: falcon.Response, error: ApiError, *, v1: bool) -> None:
    """Put an error on the response, in the client's dialect."""
    if error.retry_after_s:
        resp.set_header("Retry-After", str(error.retry_after_s))
    if not v1:
        resp.status = falcon.code_to_http_status(error.status)
        put_json(resp, {"title": error.title, "description": error.key})
        return
    resp.status = falcon.code_to_http_status(error.v1_status)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(resp.status)[4:],
        "status": error.v1_status,
        "detail": error.detail or error.key,
        "description": error.key,
    }
    if error.errors:
        body["errors"] = error.errors
    elif error.field:
        body["errors"] = [{"pointer": "/" + error.field.replace(".", "/"), "detail": error.key}]
    put_json(resp, body)
    resp.content_type = PROBLEM_TYPE


def as_bytes(value: Any) -> bytes:
    """A JSON value as UTF-8 text; arrays may stand for lists, nan for null."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)


def put_json(resp: falcon.Response, value: Any) -> None:
    """Put a JSON value on the response."""
    resp.data = as_bytes(value)
    resp.content_type = falcon.MEDIA_JSON
