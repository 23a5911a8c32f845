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
    return Answer(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', headers or {})


class Answers:
    """Answers of one worker about configuration.

    Args:
        versions: Stamps; a change of configuration voids all answers.
    """

    def __init__(self, versions: Versions) -> None:
        self._cache = Cache(versions, CONFIG, KEPT)

    def get(self, ctx: Context, make: Callable[[], Any]) -> Answer:
        """The answer to a request about configuration: the one kept, or a new one.

        Callers who may see different rows never share one.
        """
        identity = ctx.identity
        who: Hashable = "all" if identity.sees_all else (identity.user_id, identity.privilege)
        key = (who, ctx.v1, ctx.req.path, ctx.req.query_string, ctx.req.get_header("QUICKMODE") or "")
        answer: Answer = self._cache.get(key, lambda: self._made(ctx, make))
        return answer

    @staticmethod
    def _made(ctx: Context, make: Callable[[], Any]) -> Answer:
        value = make()
        total = ctx.resp.get_header("X-Total-Count")
        return make_answer(value, {"X-Total-Count": total} if total else None)


def send(req: falcon.Request, resp: falcon.Response, answer: Answer) -> None:
    """Put an answer on the response, or say that the client has it already."""
    resp.set_header("ETag", answer.etag)
    resp.set_header("Vary", "Accept-Encoding")
    for name, value in answer.headers.items():
        resp.set_header(name, value)
    if answer.etag in (req.get_header("If-None-Match") or ""):
        resp.status = falcon.HTTP_304
        return
    resp.content_type = falcon.MEDIA_JSON
    if len(answer.body) < LEAST_COMPRESSED_BYTES or "gzip" not in (req.get_header("Accept-Encoding") or ""):
        resp.data = answer.body
        return
    if answer.packed is None:
        answer.packed = gzip.compress(answer.body, _GZIP_LEVEL, mtime=0)
    resp.data = answer.packed
    resp.set_header("Content-Encoding", "gzip")


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
