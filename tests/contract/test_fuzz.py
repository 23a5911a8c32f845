"""Requests drawn from the API's own OpenAPI document: whatever comes, the answer is never a failure of the server.

All of the document is tried, accounts, privileges and keys too: by an administrator whose own row is not among those
that are drawn, and who signs in anew when a request has ended the session. A stream is given a real socket.

`make test` sends a few to each operation, `make soak` 50,000; `EMS_FUZZ_REQUESTS` says another number.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import sys
import urllib.parse
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from ems_api.testing import Api
from hypothesis import HealthCheck, Phase, given, settings

from .test_routes import collections
from .world import World

pytestmark = pytest.mark.db
REQUESTS = int(os.environ.get("EMS_FUZZ_REQUESTS", "0"))
FEW, MANY = REQUESTS or 1_300, REQUESTS or 50_000
PASSWORD = "a long pass word 1"
_LAST_KEY = 3
_ACCOUNTS = ("/users", "/privileges", "/apikeys")
_NEIGHBOUR_AWAY = {
    "API.DEEPSEEK_NOT_CONFIGURED": 503,
    "API.EDGE_CONTROL_IS_AWAY": 503,
    "API.MQTT_CONNECTION_ERROR": 400,
}
"""Answers of routes whose neighbour (AI service, edge control, broker) a test does not start."""


class Fuzzer:
    """An administrator who goes on whatever becomes of the session.

    Args:
        api: A client signed in as another administrator.
    """

    def __init__(self, api: Api) -> None:
        self._dbs = api.services.dbs
        for name in (*(f"filler{n}" for n in range(_LAST_KEY)), "fuzzer"):
            user = {"name": name, "display_name": name, "email": f"{name}@example.com", "password": PASSWORD}
            user |= dict.fromkeys(
                ("account_expiration_datetime", "password_expiration_datetime"), "2035-01-01T00:00:00"
            )
            self._key = api.post("/users", {**user, "is_admin": True, "is_read_only": False})
        assert self._key > _LAST_KEY
        self._api = Api(api.services, api.client).sign_in("fuzzer", PASSWORD)

    def send(self, case: Any) -> Answer:
        """Send what was drawn.

        Raises:
            UnicodeEncodeError, TypeError, ValueError: It cannot be put on the wire at all.
        """
        sent = case.as_transport_kwargs(base_url="http://fuzz/v1")
        more: dict[str, Any] = {}
        if "json" in sent:
            more["json"] = sent["json"]
        elif isinstance(sent.get("data"), str | bytes):
            more["body"] = sent["data"]
        path = urllib.parse.unquote(urllib.parse.urlsplit(sent["url"]).path)
        params = dict(sent.get("params") or {})
        if case.path == "/live":
            return self._stream(path, params)
        result = self._api.client.simulate_request(
            sent["method"], path, params=params, headers=self._api.headers, **more
        )
        if case.path.startswith(_ACCOUNTS):
            self._come_back()
        return Answer(result.status_code, result.text)

    def _stream(self, path: str, params: dict[str, Any]) -> Answer:
        """Ask for the stream on a real socket; what it begins with stands for its answer."""
        own, other = socket.socketpair()
        with closing(own), closing(other):
            try:
                result = self._api.client.simulate_get(
                    path, params=params, headers=self._api.headers, extras={"gunicorn.socket": other}
                )
            except OSError:  # so the server is told that the hub has the connection
                own.settimeout(10)
                status = re.match(rb"HTTP/1.1 (\d{3}) ", own.recv(4096))
                return Answer(int(status.group(1)) if status else 599, "")
            return Answer(result.status_code, result.text)

    def _come_back(self) -> None:
        """Sign in again when the session is over, the account locked by passwords that were tried."""
        if self._api.call("GET", "/v1/users/me").status_code == 200:
            return
        with self._dbs.session("user_db") as session:
            session.execute("UPDATE tbl_users SET failed_login_count = 0 WHERE id = %s", (self._key,))
        self._api = Api(self._api.services, self._api.client).sign_in("fuzzer", PASSWORD)


@dataclass(frozen=True)
class Answer:
    """Status and body of an answer."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        with suppress(ValueError):
            return json.loads(self.text)
        return None


_DOCUMENT = "urn:openapi"


def _at_home(text: str) -> str:
    """References to components, told where these stand."""
    return text.replace('"#/components/', f'"{_DOCUMENT}#/components/')


class Schemas:
    """The answers that the document declares.

    Args:
        document: The OpenAPI document.
    """

    def __init__(self, document: Any) -> None:
        self._document = document
        # Shared, or each of a thousand validators would keep a copy of all components.
        text = json.dumps({"components": document["components"]})
        self._registry = jsonschema_rs.Registry([(_DOCUMENT, json.loads(_at_home(text)))])
        self._made: dict[tuple[str, str, int], Any] = {}

    def faults(self, method: str, path: str, answer: Answer) -> list[str]:
        """Where an answer is not as the document declares it."""
        key = (method.lower(), path, answer.status)
        if key not in self._made:
            self._made[key] = self._validator(*key)
        validator = self._made[key]
        if validator is None:
            return [f"{answer.status} is not declared"]
        if validator is True or not answer.text:
            return []
        return [error.message[:200] for error in itertools.islice(validator.iter_errors(answer.json), 3)]

    def _validator(self, method: str, path: str, status: int) -> Any:
        responses = self._document["paths"][path][method]["responses"]
        found = responses.get(str(status))
        if found is None:
            return None
        if "$ref" in found:
            found = self._document["components"]["responses"][found["$ref"].rsplit("/", 1)[1]]
        schema = next((one["schema"] for one in found.get("content", {}).values() if "schema" in one), None)
        if not schema:
            return True
        own = json.loads(_at_home(json.dumps(schema)))
        return jsonschema_rs.Draft202012Validator(own, registry=self._registry)


def _faults(schemas: Schemas, case: Any, answer: Answer) -> list[str]:
    if answer.status >= 500:
        body = answer.json if isinstance(answer.json, dict) else {}
        known = _NEIGHBOUR_AWAY.get(body.get("description", ""))
        return [] if known else [f"{answer.status} {answer.text[:200]}"]
    return schemas.faults(case.method, case.path, answer)


def _near(schema: Any) -> None:
    """Draw keys and references near those of rows that exist, or nearly all answers were 404."""
    if isinstance(schema, list):
        for item in schema:
            _near(item)
    elif isinstance(schema, dict):
        if schema.get("type") == "integer" and schema.get("minimum") == 1:
            schema["maximum"] = min(schema.get("maximum", _LAST_KEY), _LAST_KEY)
        for item in schema.values():
            _near(item)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("requests", [FEW, pytest.param(MANY, marks=pytest.mark.soak)])
def test_no_request_makes_the_server_fail(api: Api, world: World, requests: int) -> None:
    for collection, _item in collections():
        world.row(collection)
    fuzzer = Fuzzer(api)
    document = api.get("/v1/openapi.json")
    _near(document)
    document["servers"] = [{"url": "/v1"}]
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    answers: Counter[int] = Counter()
    schemas = Schemas(document)
    failures: list[str] = []

    for number, operation in enumerate(operations):
        if requests == MANY and number % 100 == 0:
            told = f"fuzz: {number} of {len(operations)} operations, {sum(answers.values())} requests"
            print(told, file=sys.__stderr__, flush=True)

        @settings(
            max_examples=-(-requests // len(operations)),
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def requested(case: Any) -> None:
            try:
                answer = fuzzer.send(case)
            except (UnicodeEncodeError, TypeError, ValueError):
                return  # not to be put on the wire at all
            answers[answer.status] += 1
            for text in _faults(schemas, case, answer):
                failures.append(f"{case.method} {case.formatted_path}: {text}")
                if requests == MANY:
                    print(failures[-1], file=sys.__stderr__, flush=True)

        requested()
    print(
        f"fuzz: {sum(answers.values())} requests to {len(operations)} operations: {dict(sorted(answers.items()))}"
    )
    assert not failures, "\n".join(failures[:20])
    assert sum(answers.values()) >= requests * 0.9
