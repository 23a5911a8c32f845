"""Answers as bytes: kept while the configuration stands, tagged, and compressed where that pays."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

import falcon

from ems_api.context import Context
from ems_api.errors import as_bytes
from ems_api.versions import CONFIG, Cache, Versions

LEAST_COMPRESSED_BYTES: Final = 2048
_GZIP_LEVEL: Final = 1
KEPT: Final = 512
LARGEST_KEPT_BYTES: Final = 2_000_000
"""A larger one is made anew each time, or a few lists of a large site would fill the memory."""


@dataclass
class Answer:
    """The body of an answer.

    Attributes:
        body: Its JSON.
        etag: Tag of this very body.
        headers: Further headers that belong to it.
        packed: The body compressed; made when a client first asks for it.
    """

    body: bytes
    etag: str
    headers: dict[str, str] = field(default_factory=dict)
    packed: bytes | None = None


def make_answer(value: Any, headers: dict[str, str] | None = None) -> Answer:
    """The answer that a JSON value makes."""
    body = as_bytes(value)
    return Answer(body, f'"{hashlib.sha256(body).hexdigest()[:24]}"', headers or {})


def key_of(ctx: Context) -> Hashable:
    """Under what the answer to a request about configuration is kept.

    Callers who may see different rows never share one.
    """
    identity = ctx.identity
    who: Hashable = "all" if identity.sees_all else (identity.user_id, identity.privilege)
    return (who, ctx.v1, ctx.req.path, ctx.req.query_string, ctx.req.get_header("QUICKMODE") or "")


class Answers:
    """Answers of one worker about configuration.

    Args:
        versions: Stamps; a change of configuration voids all answers.
    """

    def __init__(self, versions: Versions) -> None:
        self._cache = Cache(versions, CONFIG, KEPT)

    def get(self, key: Hashable, make: Callable[[], Any], resp: falcon.Response) -> Answer:
        """The answer kept under a key, or a new one.

        Args:
            key: As :func:`key_of` makes it.
            make: Makes the JSON value of a new answer.
            resp: Has the headers that `make` set.
        """
        stamp, known = self._cache.stamp(), self.peek(key)
        if known is not None:
            return known
        made = _made(make, resp)
        if len(made.body) <= LARGEST_KEPT_BYTES:
            self._cache.put_under(stamp, key, made)
        return made

    def peek(self, key: Hashable) -> Answer | None:
        """The answer kept under a key, if there still is one."""
        answer: Answer | None = self._cache.peek(key)
        return answer


def _made(make: Callable[[], Any], resp: falcon.Response) -> Answer:
    value = make()
    total = resp.get_header("X-Total-Count")
    return make_answer(value, {"X-Total-Count": total} if total else None)


def given(
    answer: Answer, if_none_match: str, accept_encoding: str
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Status, headers and body by which an answer is given; no body when the client has it already.

    Args:
        answer: The answer.
        if_none_match: The tags of what the client has.
        accept_encoding: The encodings it takes.
    """
    headers = [("etag", answer.etag), ("vary", "Accept-Encoding")]
    headers += [(name.lower(), value) for name, value in answer.headers.items()]
    if answer.etag in if_none_match or if_none_match.strip() == "*":
        return falcon.HTTP_304, headers, b""
    if len(answer.body) < LEAST_COMPRESSED_BYTES or "gzip" not in accept_encoding:
        return falcon.HTTP_200, headers, answer.body
    if answer.packed is None:
        answer.packed = gzip.compress(answer.body, _GZIP_LEVEL, mtime=0)
    headers.append(("content-encoding", "gzip"))
    return falcon.HTTP_200, headers, answer.packed


def send(req: falcon.Request, resp: falcon.Response, answer: Answer) -> None:
    """Put an answer on the response, or say that the client has it already."""
    status, headers, body = given(
        answer, req.get_header("If-None-Match") or "", req.get_header("Accept-Encoding") or ""
    )
    resp.status = status
    for name, value in headers:
        resp.set_header(name, value)
    if body:
        resp.content_type = falcon.MEDIA_JSON
        resp.data = body


def pack(req: falcon.Request, resp: falcon.Response) -> None:
    """Compress what a response holds, when it is JSON, large, and the client takes it."""
    data = resp.data
    if not data or len(data) < LEAST_COMPRESSED_BYTES or resp.get_header("Content-Encoding"):
        return
    if "gzip" not in (req.get_header("Accept-Encoding") or "") or "json" not in (resp.content_type or ""):
        return
    resp.data = gzip.compress(data, _GZIP_LEVEL, mtime=0)
    resp.set_header("Content-Encoding", "gzip")
    resp.set_header("Vary", "Accept-Encoding")
