"""Requests drawn from the API's own OpenAPI document: whatever comes, the answer is never a failure of the server.

`EMS_FUZZ_REQUESTS` (default 1,000) bounds how many are sent; before a release 50,000 are.
"""

from __future__ import annotations

import os
import urllib.parse
from collections import Counter
from typing import Any

import pytest
import schemathesis
from ems_api.testing import Api
from hypothesis import HealthCheck, Phase, given, settings

from .test_routes import collections
from .world import World

pytestmark = pytest.mark.db
REQUESTS = int(os.environ.get("EMS_FUZZ_REQUESTS", "1000"))
_LAST_KEY = 3
_NEIGHBOUR_AWAY = (502, 503)
"""Answers of routes whose neighbour (broker, Redis, AI service) a test does not start."""


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
            if result.status_code >= 500 and result.status_code not in _NEIGHBOUR_AWAY:
                failures.append(f"{case.method} {case.formatted_path}: {result.text[:200]}")

        requested()
    print(
        f"fuzz: {sum(answers.values())} requests to {len(operations)} operations: {dict(sorted(answers.items()))}"
    )
    assert not failures, "\n".join(failures[:20])
    assert sum(answers.values()) >= REQUESTS * 0.9
