"""The demo site in a real database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from ems_common.catalog import TABLES
from ems_common.db import Databases, DatabaseSettings
from ems_common.errors import Conflict
from ems_common.settings import Secret, load
from ems_database import reference
from ems_database.demo import DemoSettings, install
from ems_database.migrate import migrate

pytestmark = pytest.mark.db
SITE = Path(__file__).parents[2] / "demo"


def settings(tmp_path, **changes):
    given = {
        "site_dir": SITE,
        "var_dir": tmp_path,
        "admin_password": Secret("correct horse 1"),
        "manager_password": Secret("battery staple 2"),
    }
    return DemoSettings(**{**given, **changes})


@pytest.fixture(scope="module")
def migrated(fresh_database_module):
    databases = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(databases, lambda _: None)
    reference.install(databases, "first password")
    yield databases
    databases.close()


@pytest.fixture(scope="module")
def first(migrated, tmp_path_factory):
    """What the installation did."""
    return install(migrated, settings(tmp_path_factory.mktemp("var")), days=40)


@pytest.fixture
def dbs(migrated, first):
    """The databases with the demo site; put back what you change."""
    return migrated


def dump(dbs):
    found = {}
    for database in ("system_db", "user_db"):
        with dbs.session(database) as session:
            for table in TABLES[database]:
                found[table] = sorted(map(repr, session.rows(f"SELECT * FROM {table}")))
    return found


def test_demo_installs_once_and_again_changes_nothing(dbs, first, tmp_path):
    assert first.inserted > 1500
    assert first.accounts == 2
    before = dump(dbs)
    again = install(dbs, settings(tmp_path))
    assert str(again) == "the demo site is installed and up to date"
    assert dump(dbs) == before


def test_what_people_read_waits_as_uploaded_files(dbs):
    with dbs.session("historical_db") as session:
        files = session.rows("SELECT status, LEFT(file_object, 2) FROM tbl_offline_meter_files")
    assert len(files) >= 2
    assert set(files) == {("new", b"PK")}


def test_accounts_have_argon2_passwords_and_the_manager_one_building(dbs):
    with dbs.session("user_db") as session:
        users = {
            row[0]: row[1:]
            for row in session.rows("SELECT name, password, salt, is_admin, privilege_id FROM tbl_users")
        }
        data = session.scalar("SELECT data FROM tbl_privileges WHERE id = 1")
    PasswordHasher().verify(users["administrator"][0], "correct horse 1")
    PasswordHasher().verify(users["manager"][0], "battery staple 2")
    assert users["manager"][1:] == ("", 0, 1)
    assert json.loads(data) == {"spaces": [70]}


def test_root_space_and_gateway_keep_their_identity(dbs):
    with dbs.session("system_db") as session:
        assert session.scalar("SELECT name FROM tbl_spaces WHERE id = 1") == "Riverside Campus"
        assert len(session.scalar("SELECT token FROM tbl_gateways WHERE id = 1")) == 36
        assert session.scalar("SELECT COUNT(*) FROM tbl_gateways") == 1


def test_installation_leaves_work_for_every_stage(dbs):
    with dbs.session("system_db") as session:
        kinds = {kind for (kind,) in session.rows("SELECT DISTINCT kind FROM tbl_change_journal")}
    assert kinds == {"normalize", "virtual", "aggregate"}


def test_changes_of_people_survive_and_moved_devices_are_found_again(dbs, tmp_path):
    with dbs.session("system_db") as session:
        session.execute("UPDATE tbl_spaces SET name = 'Our campus' WHERE id = 1")
        session.execute("DELETE FROM tbl_stores WHERE id = 3")
    summary = install(dbs, settings(tmp_path, modbus_port=25020))
    assert (summary.inserted, summary.updated) == (0, 13)
    with dbs.session("system_db") as session:
        assert session.scalar("SELECT name FROM tbl_spaces WHERE id = 1") == "Our campus"
        assert session.scalar("SELECT COUNT(*) FROM tbl_stores") == 2
        connection = json.loads(session.scalar("SELECT connection FROM tbl_data_sources WHERE id = 11"))
        session.execute("UPDATE tbl_spaces SET name = 'Riverside Campus' WHERE id = 1")
    assert connection["port"] == 25021
    assert install(dbs, settings(tmp_path)).updated == 13


def test_meter_exchanges_of_the_past_are_taken_and_replaced(dbs, tmp_path):
    record = {
        "id": 1,
        "meter_id": 802,
        "exchanged_utc": "2026-07-01T05:52:23.000+00:00",
        "last_old_value": 1532820.189,
        "first_new_value": 0.0,
        "note": "Replaced",
    }
    path = tmp_path / "simulator" / "meter_exchanges.json"
    path.parent.mkdir()
    path.write_text(json.dumps([record]))
    assert install(dbs, settings(tmp_path)).exchanges == 1
    assert install(dbs, settings(tmp_path)).exchanges == 0
    path.write_text(json.dumps([record | {"last_old_value": 1532821.5}]))
    assert install(dbs, settings(tmp_path)).exchanges == 1
    with dbs.session("system_db") as session:
        assert session.rows("SELECT meter_id, last_old_value + 0E0 FROM tbl_meter_exchanges") == [
            (802, 1532821.5)
        ]


def test_demo_is_refused_where_another_site_lives(dbs, tmp_path):
    """Without the mark of the demo, what is there is somebody's own site."""
    with dbs.session("system_db") as session:
        mark = session.row("SELECT name, applied_utc FROM tbl_migrations WHERE name LIKE 'demo%'")
        session.execute("DELETE FROM tbl_migrations WHERE name = %s", mark[:1])
    before = dump(dbs)
    with pytest.raises(Conflict, match="already holds a site"):
        install(dbs, settings(tmp_path, manager_password=Secret("another one 3")))
    assert dump(dbs) == before
    with dbs.session("system_db") as session:
        session.execute("INSERT INTO tbl_migrations (name, applied_utc) VALUES (%s, %s)", mark)
