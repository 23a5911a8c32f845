"""A migrated, otherwise empty site and a client signed in as its administrator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ems_api.testing import Api, connect
from ems_common.db import Databases
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

from .ledger import Recorder
from .world import World

ADMIN_PASSWORD = "correct horse 1"


@pytest.fixture(scope="module")
def api(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API shared by the tests of a module."""
    # The walk tries wrong keys on every route, which the limit of failed sign-ins would answer instead.
    environ = fresh_database_module.environ | {"EMS_FAILED_LOGINS_PER_MINUTE": "0"}
    client = connect(environ, str(tmp_path_factory.mktemp("var")))
    dbs = Databases(client.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, ADMIN_PASSWORD)
    dbs.close()
    client.client = Recorder(client.client.app)
    yield client.sign_in("administrator", ADMIN_PASSWORD)
    client.close()


@pytest.fixture(scope="module")
def world(api: Api) -> World:
    """Rows to refer to."""
    return World(api)
