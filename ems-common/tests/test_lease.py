from __future__ import annotations

import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from ems_common.db import Databases, DatabaseSettings
from ems_common.lease import Lease
from ems_common.settings import load
from ems_database.migrate import migrate

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def dbs(fresh_database_module):
    databases = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(databases, lambda _line: None)
    yield databases
    databases.close()


def other(dbs, holder):
    lease = Lease(dbs, "work")
    lease.holder = holder
    return lease


@pytest.fixture
def elsewhere(dbs):
    lease = other(dbs, "another-host:1:2")
    yield lease
    lease.release()


def test_only_one_instance_holds_a_lease_until_it_gives_it_back(dbs, elsewhere):
    mine = Lease(dbs, "work")
    assert elsewhere.acquire()
    assert elsewhere.acquire(), "renewing one's own lease works"
    assert not mine.acquire()
    elsewhere.release()
    assert mine.acquire()
    mine.release()


def test_a_lease_that_ran_out_is_taken_over(dbs, elsewhere):
    assert elsewhere.acquire()
    with dbs.session("system_db") as session:
        session.execute("UPDATE tbl_leases SET until_utc = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND")
    mine = Lease(dbs, "work")
    assert mine.acquire()
    assert not elsewhere.acquire()
    mine.release()


@pytest.mark.parametrize("was_there", [True, False], ids=["run out", "never held"])
def test_of_two_instances_that_find_a_lease_free_at_once_one_gets_it(dbs, was_there):
    for n in range(10):
        name = f"contested {was_there} {n}"
        both = [Lease(dbs, name) for _ in range(2)]
        for number, lease in enumerate(both):
            lease.holder = f"host-{number}:1:2"
        if was_there:
            assert both[0].acquire()
            with dbs.session("system_db") as session:
                session.execute("UPDATE tbl_leases SET until_utc = '2000-01-01' WHERE name = %s", (name,))
        at_once = threading.Barrier(2)

        def take(lease, at_once=at_once):
            at_once.wait()
            return lease.acquire()

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(take, both)) == [False, True]


def test_the_lease_of_a_process_that_died_on_this_machine_is_taken_at_once(dbs):
    # This process's number with another birth: a process that was here before.
    dead = other(dbs, f"{socket.gethostname()}:{os.getpid()}:1")
    assert dead.acquire()
    mine = Lease(dbs, "work")
    assert mine.acquire()
    mine.release()
