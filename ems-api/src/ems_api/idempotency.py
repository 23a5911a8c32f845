"""`Idempotency-Key`: a create that is sent again answers what the first one answered, and makes nothing.

The answers of the last day are kept as encrypted files in the state folder, so all workers of a host share
them. A key belongs to its caller, method, path and body; the same key with another body is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
from ems_common.clock import utc_now

from ems_api.auth.vault import Vault
from ems_api.context import NOTHING, Context, Reply, caller_of
from ems_api.errors import ApiError, Cause

HEADER: Final = "Idempotency-Key"
KEPT_S: Final = 86_400.0
ABANDONED_S: Final = 120.0
LONGEST_KEY: Final = 255
_SWEEP_EACH: Final = 200
_swept = [0]


def _folder(ctx: Context) -> Path:
    folder = Path(ctx.services.settings.site.var_dir) / "idempotency"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def once(ctx: Context, run: Callable[[], Any]) -> Any:
    """Run a create, unless the caller has sent it before with the same key.

    Raises:
        ApiError: The key was used for another request, or the first request is still being worked on.
    """
    key = (ctx.req.get_header(HEADER) or "").strip()
    identity = ctx.known_identity
    if not key or ctx.req.method != "POST" or identity is None:
        return run()
    if len(key) > LONGEST_KEY:
        raise ApiError("INVALID_IDEMPOTENCY_KEY", Cause.INVALID)
    name = hashlib.sha256(f"{caller_of(identity)}\n{ctx.req.path}\n{key}".encode()).hexdigest()
    body = hashlib.sha256(ctx.raw_body()).hexdigest()
    path = _folder(ctx) / name
    _sweep(path.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        kept = _answered(ctx.services.vault, path, body)
        if kept is not None:
            return kept
        path.unlink(missing_ok=True)
        return once(ctx, run)
    try:
        result = run()
    except BaseException:
        os.close(handle)
        path.unlink(missing_ok=True)
        raise
    note = orjson.dumps({"body": body, "reply": _as_json(result)}).decode()
    os.close(handle)
    whole = path.with_suffix(".new")
    # An answer may hold what is shown only once, as a new API key is: it is encrypted.
    whole.write_text(ctx.services.vault.close(note), encoding="ascii")
    whole.replace(path)
    return result


def _as_json(result: Any) -> Any:
    if isinstance(result, Reply):
        return {"status": result.status, "body": result.body, "location": result.location}
    return {"status": 200, "body": None if result is NOTHING else result, "location": ""}


def _age_s(path: Path) -> float:
    return utc_now().timestamp() - path.stat().st_mtime


def _answered(vault: Vault, path: Path, body: str) -> Reply | None:
    """The answer that was given; None when its request broke off long ago, with its worker."""
    sealed = path.read_text(encoding="ascii")
    if not sealed:
        if _age_s(path) > ABANDONED_S:
            return None
        raise ApiError("REQUEST_IS_IN_PROGRESS", Cause.CONFLICT)
    note = vault.open(sealed)
    if note is None:
        return None  # sealed with another key of the site
    kept = orjson.loads(note)
    if kept["body"] != body:
        raise ApiError("IDEMPOTENCY_KEY_WAS_USED_FOR_ANOTHER_REQUEST", Cause.INVALID)
    reply = kept["reply"]
    return Reply(reply["status"], reply["body"], reply["location"])


def _sweep(folder: Path) -> None:
    """Remove what is older than a day, now and then."""
    _swept[0] += 1
    if _swept[0] % _SWEEP_EACH != 1:
        return
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if _age_s(path) > KEPT_S:
                path.unlink(missing_ok=True)
