"""Requests drawn from the API's own OpenAPI document: whatever comes, the answer is never a failure of the server.

`EMS_FUZZ_REQUESTS` (default 1,000) bounds how many are sent; before a release 50,000 are.
"""

from __future__ import annotations

import itertools
import json
import os
import urllib.parse
from collections import Counter
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from ems_api.testing import Api
from hypothesis import HealthCheck, Phase, given, settings

from .test_routes import collections
from .world import World

pytestmark = pytest.mark.db
REQUESTS = int(os.environ.get("EMS_FUZZ_REQUESTS", "1000"))
_LAST_KEY = 3
_NEIGHBOUR_AWAY = {
    "API.DEEPSEEK_NOT_CONFIGURED": 503,
    "API.EDGE_CONTROL_IS_AWAY": 503,
    "API.MQTT_CONNECTION_ERROR": 400,
}
"""Answers of routes whose neighbour (AI service, edge control, broker) a test does not start."""


def _is_fuzzed(path: str) -> bool:
    """Streams do not end, and whoever changes the signed-in account locks the test out."""
    return path != "/live" and not path.startswith(("/users", "/privileges", "/apikeys"))


def _send(api: Api, case: Any) -> Any:
    sent = case.as_transport_kwargs(base_url="http://fuzz/v1")
    more: dict[str, Any] = {}
    if "json" in sent:
        more["json"] = sent["json"]
    elif isinstance(sent.get("data"), str | bytes):
        more["body"] = sent["data"]
    path = urllib.parse.unquote(urllib.parse.urlsplit(sent["url"]).path)
    params = dict(sent.get("params") or {})
    return api.client.simulate_request(sent["method"], path, params=params, headers=api.headers, **more)


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

    def faults(self, method: str, path: str, result: Any) -> list[str]:
        """Where an answer is not as the document declares it."""
        key = (method.lower(), path, result.status_code)
        if key not in self._made:
            self._made[key] = self._validator(*key)
        validator = self._made[key]
        if validator is None:
            return [f"{result.status_code} is not declared"]
        if validator is True or not result.text:
            return []
        return [error.message[:200] for error in itertools.islice(validator.iter_errors(result.json), 3)]

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


def _faults(schemas: Schemas, case: Any, result: Any) -> list[str]:
    if result.status_code >= 500:
        body = result.json if result.text.startswith("{") else {}
        known = _NEIGHBOUR_AWAY.get(body.get("description", ""))
        return [] if known else [f"{result.status_code} {result.text[:200]}"]
    return schemas.faults(case.method, case.path, result)


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


@pytest.mark.timeout(7200)
def test_no_request_makes_the_server_fail(api: Api, world: World) -> None:
    for collection, _item in collections():
        world.row(collection)
    document = api.get("/v1/openapi.json")
    _near(document)
    document["servers"] = [{"url": "/v1"}]
    document["paths"] = {path: item for path, item in document["paths"].items() if _is_fuzzed(path)}
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    answers: Counter[int] = Counter()
    schemas = Schemas(document)
    failures: list[str] = []

    for operation in operations:

        @settings(
            max_examples=-(-REQUESTS // len(operations)),
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def requested(case: Any) -> None:
            try:
                result = _send(api, case)
            except (UnicodeEncodeError, TypeError, ValueError):
                return  # not to be put on the wire at all
            answers[result.status_code] += 1
            failures.extend(
                f"{case.method} {case.formatted_path}: {text}" for text in _faults(schemas, case, result)
            )

        requested()
    print(
        f"fuzz: {sum(answers.values())} requests to {len(operations)} operations: {dict(sorted(answers.items()))}"
    )
    assert not failures, "\n".join(failures[:20])
    assert sum(answers.values()) >= REQUESTS * 0.9
