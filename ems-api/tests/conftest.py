"""A migrated database and an API on it, for the tests of this service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import falcon.testing
import pytest
from ems_api.routes import all_routes
from ems_api.server import make_services
from ems_api.app import make_app
from ems_api.context import Services
from ems_api.settings import ApiSettings
from ems_common.db import Databases
from ems_common.settings import load
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

ADMIN_PASSWORD = "correct horse 1"


@dataclass
class Api:
    """A client of the API, signed in as somebody."""

    services: Services
    client: falcon.testing.TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> falcon.testing.Result:
        """Send a request; `body` is sent as JSON."""
        headers = {**self.headers, **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return self.client.simulate_request(method, path, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        """The JSON of a GET that must succeed."""
        result = self.call("GET", path, **more)
        assert result.status_code == 200, (path, result.status, result.text)
        return result.json

    def post(self, path: str, data: Any) -> int:
        """The key of what a POST made."""
        result = self.call("POST", path, {"data": data})
        assert result.status_code == 201, (path, result.status, result.text)
        return int(result.headers["location"].rsplit("/", 1)[1])

    def sign_in(self, name: str, password: str) -> Api:
        """A client signed in as another user."""
        result = self.call("PUT", "/users/login", {"data": {"name": name, "password": password}}, headers={})
        assert result.status_code == 200, result.text
        return Api(self.services, self.client, {"USER-UUID": result.json["uuid"], "TOKEN": result.json["token"]})


def make_api(environ: dict[str, str], tmp_path: str) -> Api:
    """A migrated site with its first administrator, and a client signed in as him."""
    settings = load(
        ApiSettings,
        {**environ, "EMS_ARGON2_MEMORY_KIB": "64", "EMS_ARGON2_TIME_COST": "1", "EMS_VAR_DIR": tmp_path},
    )
    dbs = Databases(settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, ADMIN_PASSWORD)
    dbs.close()
    services = make_services(settings)
    app = make_app(services, all_routes(services))
    return Api(services, falcon.testing.TestClient(app)).sign_in("administrator", ADMIN_PASSWORD)


@pytest.fixture(scope="module")
def api(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API on a migrated, otherwise empty site, shared by the tests of a module."""
    made = make_api(fresh_database_module.environ, str(tmp_path_factory.mktemp("var")))
    yield made
    made.services.live.stop()
    made.services.dbs.close()
