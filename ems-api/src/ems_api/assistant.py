"""`POST /ai/deepseek/chat`: questions about a report, passed on to the operator's language model."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from typing import Any, Final

import orjson

from ems_api.context import Context
from ems_api.errors import ApiError, Cause, Fault, invalid
from ems_api.routing import Auth, Handler, Route

Json = dict[str, Any]
MOST_MESSAGES: Final = 5
LONGEST_MESSAGE: Final = 8_000
LONGEST_CONTEXT: Final = 60_000
_ANSWER_S: Final = 60.0
_ROLES: Final = ("user", "assistant")


def _messages(body: Json) -> list[Json]:
    given = body.get("messages") or []
    if not isinstance(given, list):
        raise invalid("INVALID_MESSAGES", field="messages")
    if len(given) > MOST_MESSAGES:
        raise invalid("DEEPSEEK_TOO_MANY_MESSAGES", field="messages")
    result = []
    for message in given:
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise invalid("INVALID_MESSAGE_ROLE", field="messages")
        content = message.get("content")
        if not isinstance(content, str) or not content.strip() or len(content) > LONGEST_MESSAGE:
            raise invalid("INVALID_MESSAGE_CONTENT", field="messages")
        result.append({"role": message["role"], "content": content})
    return result


def _chat(ctx: Context) -> Json:
    settings = ctx.services.settings.neighbours
    if not settings.ai_url or not settings.ai_key:
        raise ApiError("DEEPSEEK_NOT_CONFIGURED", Cause.UNAVAILABLE)
    body = ctx.json()
    report = body.get("report_context")
    if not isinstance(report, dict) or len(orjson.dumps(report)) > LONGEST_CONTEXT:
        raise invalid("INVALID_REPORT_CONTEXT", field="report_context")
    task = (
        "You explain energy reports to the people who run a building. Use only the figures given,"
        " name their units,"
        f" and answer in the language {str(body.get('language') or 'en')[:20]}.\nReport:"
        f" {orjson.dumps(report).decode()}"
    )
    asked = {"model": settings.ai_model, "messages": [{"role": "system", "content": task}, *_messages(body)]}
    request = urllib.request.Request(  # noqa: S310  (the operator's own address)
        settings.ai_url,
        orjson.dumps(asked),
        {"Content-Type": "application/json", "Authorization": f"Bearer {settings.ai_key}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:  # noqa: S310
            raw = answer.read(1_000_000)
    except urllib.error.HTTPError as ex:
        raise ApiError(Fault("DEEPSEEK_UPSTREAM_ERROR"), Cause.BAD_GATEWAY) from ex
    except (OSError, http.client.HTTPException) as ex:
        raise ApiError(Fault("DEEPSEEK_REQUEST_FAILED"), Cause.BAD_GATEWAY) from ex
    try:
        content = orjson.loads(raw)["choices"][0]["message"]["content"]
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError) as ex:
        raise ApiError(Fault("DEEPSEEK_INVALID_RESPONSE"), Cause.BAD_GATEWAY) from ex
    return {"message": {"role": "assistant", "content": content}}


ROUTES = (Route("/ai/deepseek/chat", {"POST": Handler(Auth.KEY, _chat)}),)
