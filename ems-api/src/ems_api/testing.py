"""A client that speaks to the application in process, for tests of this service and across services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import falcon.testing
from ems_common.settings import load

from ems_api.app import whole_app
from ems_api.context import Services
from ems_api.server import make_services
from ems_api.settings import ApiSettings

QUICK_HASHES = {"EMS_ARGON2_MEMORY_KIB": "64", "EMS_ARGON2_TIME_COST": "1"}
"""Settings under which passwords are hashed fast enough for tests."""


@dataclass
class Api:
    """A client of the application, signed in as somebody.

    Attributes:
        services: What the application's requests share.
        client: Falcon's own test client.
        headers: Credentials sent with each request.
    """

    services: Services
    client: falcon.testing.TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> falcon.testing.Result:
        """Send a request; `body` is sent as JSON, `body_bytes` as it is; further arguments are falcon's."""
        headers = {**self.headers, **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        if "body_bytes" in more:
            more["body"] = more.pop("body_bytes")
        return self.client.simulate_request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        """The JSON of a GET that must succeed."""
        result = self.call("GET", path, **more)
        if result.status_code != 200:
            raise AssertionError(f"{path}: {result.status} {result.text}")
        return result.json

    def post(self, path: str, data: Any) -> int:
        """The key of what a POST made."""
        result = self.call("POST", path, {"data": data})
        if result.status_code != 201:
            raise AssertionError(f"{path}: {result.status} {result.text}")
        return int(result.headers["location"].rsplit("/", 1)[1])

    def sign_in(self, name: str, password: str) -> Api:
        """A client signed in as another user."""
        result = self.call("PUT", "/users/login", {"data": {"name": name, "password": password}})
        if result.status_code != 200:
            raise AssertionError(f"{name}: {result.status} {result.text}")
        return Api(
            self.services, self.client, {"USER-UUID": result.json["uuid"], "TOKEN": result.json["token"]}
        )

    def close(self) -> None:
        """Let go of threads and connections."""
        self.services.close()


def connect(environ: Mapping[str, str], var_dir: str) -> Api:
    """A client of a new application on these databases, not signed in."""
    settings = load(ApiSettings, {**QUICK_HASHES, "EMS_VAR_DIR": var_dir, **environ})
    services = make_services(settings)
    return Api(services, falcon.testing.TestClient(whole_app(services)))
