"""A client that keeps a ledger: which answer each handler of the contract has given."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import falcon.testing

from .facts import contract


@lru_cache(maxsize=1)
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Templates of all paths, those without parameters first, as a router takes them."""
    paths = sorted(contract().paths(), key=lambda path: (path.count("{"), path))
    return [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path) for path in paths]


@lru_cache(maxsize=100_000)
def template_of(path: str) -> str:
    """The contract's template of a concrete path; "" when it has none."""
    return next((template for pattern, template in _templates() if pattern.fullmatch(path)), "")


class Recorder(falcon.testing.TestClient):
    """Falcon's client, with a ledger of the errors it was given."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.seen: set[tuple[str, int, str, str]] = set()

    def simulate_request(self, method: str = "GET", path: str = "/", **more: Any) -> falcon.testing.Result:
        """Send a request and note its error."""
        result = super().simulate_request(method, path, **more)
        if result.status_code >= 400:
            body = result.json if result.text else None
            if isinstance(body, dict):
                title = str(body.get("title", "")).removeprefix("API.")
                key = str(body.get("description", "-")).removeprefix("API.")
                self.seen.add((f"{method} {template_of(path)}", result.status_code, title, key))
        return result
