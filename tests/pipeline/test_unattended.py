"""Real processes of the pipeline: stopped, killed, standing by; what they tell of themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from ems_aggregation.stage import Aggregation
from ems_common.daemon import run
from ems_common.findings.finding import Finding, Thing, phrase
from ems_common.findings.store import replace
from ems_common.journal import BEGINNING_UTC, END_UTC, Change
from ems_common.lease import TTL_S, Lease
from ems_common.periods import zone
from ems_common.pipeline import stage_states
from ems_common.telemetry import TelemetrySettings
from ems_normalization.stage import Normalization

from tests.pipeline.conftest import FIRST_FLOOR, START_UTC

pytestmark = [pytest.mark.db, pytest.mark.timeout(300)]
HOUR = timedelta(hours=1)


def program(name: str) -> str:
    return str(Path(sys.executable).parent / f"ems-{name}")


@pytest.fixture
def environ(fresh_database_module):
    return {**os.environ, **fresh_database_module.environ, "EMS_PASS_PAUSE_S": "1"}


def once(environ: dict[str, str], stage: str, *more: str) -> str:
    done = subprocess.run([program(stage), *more], env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def stages(plant):
    return Aggregation(plant.dbs, 60, zone("Europe/London")), Normalization(plant.dbs, 60)


def finish(stage) -> None:
    while stage.run_pass(lambda *_: None).did_work:
        pass


def wait_for(condition, limit_s: float, what: str) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, what
        time.sleep(0.1)
    return time.monotonic() - began


def holder(plant) -> str | None:
    with plant.dbs.session("system_db") as session:
        return session.scalar("SELECT holder FROM tbl_leases WHERE name = 'aggregation'")


def long_work(plant, hours: int = 24 * 250) -> None:
    """Hours of a meter that take aggregation far longer than a second, cut in many pieces."""
    starts = [(START_UTC + HOUR * n).replace(tzinfo=None) for n in range(hours)]
    with plant.dbs.session("energy_db") as session:
        session.upsert(
            "tbl_meter_hourly",
            ("meter_id", "start_datetime_utc", "actual_value", "quality"),
            [(meter, start, 1.0, 0) for meter in (1, 2, 3) for start in starts],
        )
    plant.configure(
        "UPDATE tbl_meters SET is_counted = %s",
        (1,),
        Change("aggregate", "meter", 0, BEGINNING_UTC, END_UTC, "everything"),
    )


def test_a_long_pass_ends_about_a_second_after_it_is_asked_to_and_the_next_finishes_it(plant, environ):
    long_work(plant)
    process = subprocess.Popen(
        [program("aggregation"), "--once"], env=environ, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: plant.values("energy_db", "tbl_tenant_input_category_hourly"), 60, "it begins")
    process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    _, said = process.communicate(timeout=30)
    # Told, not asserted to the tenth: other work of the machine may hold it up.
    print(f"stopped after {time.monotonic() - asked:.2f} s")
    assert time.monotonic() - asked < 10
    assert process.returncode == 1
    assert "stop" in said
    assert plant.open_changes() != {}
    once(environ, "aggregation", "--once")
    assert plant.open_changes() == {}
    assert (
        len(plant.values("energy_db", "tbl_space_input_category_hourly", f"space_id = {FIRST_FLOOR}"))
        == 24 * 250
    )


def test_of_two_instances_the_second_takes_over_when_the_first_is_killed(plant, environ):
    started = [
        subprocess.Popen([program("aggregation")], env=environ, stderr=subprocess.DEVNULL) for _ in range(2)
    ]
    try:
        wait_for(lambda: holder(plant) is not None, 30, "one leads")
        leader = next(p for p in started if str(p.pid) == (holder(plant) or "").split(":")[1])
        other = next(p for p in started if p is not leader)
        leader.kill()
        leader.wait()
        plant.steady(1, 2, 8.0)
        finish(stages(plant)[1])
        took = wait_for(
            lambda: plant.values("energy_db", "tbl_space_input_category_hourly"),
            TTL_S + 30,
            "the other takes over",
        )
        assert (holder(plant) or "").split(":")[1] == str(other.pid)
        assert took < TTL_S + 30
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_an_instance_that_slept_through_its_lease_does_not_write_over_its_successor(plant):
    mine = Lease(plant.dbs, "sleeper", ttl_s=1)
    assert mine.acquire()
    assert mine.is_held()
    time.sleep(1.1)
    assert not mine.is_held()


def test_explain_names_what_is_open_and_who_counts_what_twice(plant):
    aggregation, normalization = stages(plant)
    plant.configure("INSERT INTO tbl_spaces_meters (space_id, meter_id) VALUES (1, %s)", (1,))
    plant.steady(1, 2, 8.0)
    assert normalization.explain() == [
        "normalize: point 1, 2026-03-27 00:00 to 2026-03-27 02:00 UTC, because readings came"
    ]
    finish(normalization)
    said = "\n".join(aggregation.explain())
    assert "aggregate: meter 1, 2026-03-27 00:00 to 2026-03-27 02:00 UTC, because its hours changed" in said
    assert (
        "wrong: Campus (space 1): counts First floor (meter 1) 2 times, through its own binding,"
        " First floor (space 2). Remove one of the bindings" in said
    )
    finish(aggregation)
    with plant.dbs.session("system_db") as session:
        found = session.rows("SELECT stage, kind, entity_kind, entity_id FROM tbl_findings")
    assert found == [("aggregation", "double_counting", "space", 1)]
    plant.configure(
        "DELETE FROM tbl_spaces_meters WHERE space_id = %s",
        (1,),
        Change("aggregate", "space", 1, BEGINNING_UTC, END_UTC, "unbound"),
    )
    finish(aggregation)
    with plant.dbs.session("system_db") as session:
        assert session.rows("SELECT message FROM tbl_findings") == []
    assert aggregation.explain() == ["nothing is open"]


def test_recompute_mends_a_range_that_something_else_has_spoiled_and_leaves_the_rest(plant, environ):
    plant.steady(1, 6, 8.0)
    plant.catch_up()
    with plant.dbs.session("energy_db") as session:
        session.execute("UPDATE tbl_space_input_category_hourly SET actual_value = 1 WHERE space_id = 2")
    once(
        environ,
        "aggregation",
        *("--recompute", "--from", "2026-03-27T02:00:00", "--to", "2026-03-27T04:00:00"),
        *("--entity", "space:2", "--once"),
    )
    values = plant.values("energy_db", "tbl_space_input_category_hourly", "space_id = 2")
    assert [values[key] for key in sorted(values)] == [1, 1, 8, 8, 1, 1]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (("--entity", "space"), "entity: is not kind:id (got 'space'). Write it as in meter:12."),
        (("--entity", "rocket:1"), "entity: is nothing that aggregation computes (got 'rocket')"),
        (("--entity", "space:99"), "there is no space 99"),
        (("--from", "2026-03-28", "--to", "2026-03-27"), "range: the range is empty"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_in_a_sentence(plant, capsys, order, said):
    stage, _ = stages(plant)
    assert run(stage, TelemetrySettings(), 1.0, ["--recompute", *order]) == 2
    assert capsys.readouterr().err.startswith(f"aggregation: {said}")
    assert plant.open_changes() == {}


def test_a_stage_tells_what_it_did_and_what_is_open(plant, environ):
    plant.steady(1, 3, 8.0)
    before = {state.name: state for state in stage_states(plant.dbs, HOUR)}
    assert before["normalization"].open_changes == 1
    assert before["normalization"].open[0].reason == "readings"
    assert before["normalization"].watermark_utc is None
    for stage in ("normalization", "aggregation"):
        once(environ, stage, "--once")
    after = {state.name: state for state in stage_states(plant.dbs, HOUR)}
    assert [after[name].open_changes for name in ("normalization", "aggregation")] == [0, 0]
    assert after["aggregation"].watermark_utc == START_UTC + 3 * HOUR
    assert after["normalization"].progress["last_summary"]["meter hours"] == 3
    assert after["normalization"].progress["is_working"] is False


def test_findings_that_are_mended_disappear_and_the_others_keep_their_time(plant):
    empty, deep = Finding(phrase("empty")), Finding(phrase("deep", limit=100))
    circle = Finding(phrase("tree_circle"), (Thing("space", 3), Thing("space", 4)), phrase("other_parent"))
    with plant.dbs.session("system_db") as session:
        replace(session, "s", "k", [empty, circle, circle])
        session.execute("UPDATE tbl_findings SET since_utc = '2020-01-01'")
        replace(session, "s", "k", [circle, deep])
        rows = session.rows(
            "SELECT message, entity_kind, entity_id, YEAR(since_utc) = 2020 FROM tbl_findings ORDER BY message"
        )
    assert rows == [(circle.sentence, "space", 3, 1), (deep.sentence, "", 0, 0)]
