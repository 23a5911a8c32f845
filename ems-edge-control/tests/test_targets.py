"""What the loop writes to is told in the database, so that nobody else writes there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ems_common.clock import utc_now
from ems_common.controlled import Controlled, keep, read
from ems_common.db import Databases, DatabaseSettings
from ems_common.drivers.base import Target
from ems_common.settings import load
from ems_database.migrate import migrate

from ems_edge_control import config
from ems_edge_control.targets import Targets, written

SITE = Path(__file__).parents[2] / "database/demo/edge.yaml"


def test_channels_and_what_is_set_up_are_told_with_their_registers() -> None:
    held = {(c.component, c.channel, c.target) for c in written(config.load(SITE, environ={}).devices)}
    assert ("ess0", "SetActivePower", Target("modbus-tcp 127.0.0.1:15023 unit 1 registers", 40, 41)) in held
    assert ("ess0", "", Target("modbus-tcp 127.0.0.1:15023 unit 1 registers", 43, 43)) in held
    assert not [1 for component, *_ in held if component == "grid0"]  # only read


@pytest.mark.db
def test_what_was_told_replaces_what_was_and_ends_after_a_day(fresh_database: Any) -> None:
    dbs = Databases(load(DatabaseSettings, fresh_database.environ))
    migrate(dbs, lambda _: None)
    now_utc = utc_now()
    other = Controlled("x", "y", Target("z"))
    with dbs.session("system_db") as session:
        keep(session, "another", [other], now_utc - timedelta(hours=23))
        keep(session, "gone", [other], now_utc - timedelta(hours=25))
    targets = Targets(dbs, SITE, config.load(SITE, environ={}).devices)
    targets.tell()
    targets._due_s = 0.0
    targets.tell()
    with dbs.session("system_db") as session:
        held = read(session, utc_now())
    assert held == (other, *written(config.load(SITE, environ={}).devices))
    dbs.close()
