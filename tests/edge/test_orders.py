"""Orders through the API to a running edge control: accepted, refused, expired, and by whom."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from ems_api.testing import Api, connect
from ems_common.db import Databases
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase, RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.db]
PASSWORD = "correct horse 1"


@pytest.fixture(scope="module")
def api(
    fresh_database_module: FreshDatabase,
    redis_server: RunningServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Api]:
    environ = {**fresh_database_module.environ, **redis_server.environ, "EMS_EDGE_STATE_URL": ""}
    client = connect(environ, str(tmp_path_factory.mktemp("var")))
    dbs = Databases(client.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    yield client.sign_in("administrator", PASSWORD)
    client.close()


@pytest.fixture
def edge(api: Api, site: Any) -> Iterator[Any]:
    """The running site, once the API sees it."""
    end = time.monotonic() + 20
    while api.call("GET", "/v1/edge/state").status_code != 200:
        assert time.monotonic() < end, "the API does not see edge control"
        time.sleep(0.2)
    yield site
    site.edge.send_signal(signal.SIGCONT)


def put(api: Api, path: str, **data: Any) -> tuple[int, Any]:
    result = api.call("PUT", f"/v1/edge/controllers/{path}", {"data": data})
    return result.status_code, result.json


def test_a_limit_is_changed_at_run_time_and_changed_back(api: Api, edge: Any) -> None:
    before = edge.state()["limit_w"]
    status, answer = put(api, "shave0", properties={"peakShavingPower": before + 50_000})
    assert (status, answer["accepted"], answer["kept"]) == (200, True, True)
    end = time.monotonic() + 5
    while edge.state()["limit_w"] != before + 50_000:
        assert time.monotonic() < end
        time.sleep(0.05)
    settings = api.call("GET", "/v1/edge/controllers/shave0/settings").json
    limits = [settings[of]["peakShavingPower"] for of in ("values", "file")]
    assert limits == [before + 50_000, before]
    assert settings["changed"]["owner"].startswith("administrator")
    back = api.call("DELETE", "/v1/edge/controllers/shave0/settings")
    assert (back.status_code, back.json["accepted"], back.json["kept"]) == (200, True, True)
    settings = api.call("GET", "/v1/edge/controllers/shave0/settings").json
    assert (settings["values"], settings["changed"]) == (settings["file"], None)


def test_a_value_is_written_for_a_time(api: Api, edge: Any) -> None:
    assert put(api, "protect0/value", channel="Reset", value=1, seconds=5)[0] == 200


def test_a_schedule_is_followed(api: Api, edge: Any) -> None:
    """100 kW of discharge for a minute: the battery gives them, and stops when the schedule is taken away.

    Recharging comes before plans, so it is switched off for the test.
    """
    assert put(api, "shave0", properties={"rechargePower": 0})[0] == 200
    now = datetime.now(UTC)
    points = [{"time": (now + timedelta(seconds=s)).isoformat(), "power_w": 100_000} for s in (-1, 60)]
    assert put(api, "plan0/schedule", points=points)[0] == 200
    end = time.monotonic() + 10
    while edge.plant()["battery"] < 80:
        assert time.monotonic() < end, edge.plant()
        time.sleep(0.1)
    assert put(api, "plan0/schedule", points=[])[0] == 200
    while edge.plant()["battery"] > 20:
        assert time.monotonic() < end + 10, edge.plant()
        time.sleep(0.1)
    assert put(api, "shave0", properties={"rechargePower": 6_000_000})[0] == 200


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("nobody/value", {"channel": "Reset", "value": 1}, "no controller 'nobody'"),
        ("protect0/value", {"channel": "RunFailed", "value": 1}, "channel is one of"),
        ("shave0", {"properties": {"peakShavingPower": "much"}}, "is not a number"),
        ("shave0", {"properties": {"nonsense": 1}}, "unknown property nonsense"),
        ("shave0/schedule", {"points": []}, "unknown property"),
    ],
)
def test_what_the_loop_refuses_comes_back_with_its_reason(
    api: Api, edge: Any, path: str, data: dict[str, Any], reason: str
) -> None:
    status, answer = put(api, path, **data)
    assert status == 422
    assert reason in answer["detail"]


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("protect0/value", {"channel": "Reset", "value": "on"}),
        ("protect0/value", {"channel": "Reset", "value": 1, "seconds": 100_000}),
        ("protect0/value", {"channel": "", "value": 1}),
        ("shave0", {}),
        ("shave0", {"enabled": "no"}),
        ("plan0/schedule", {"points": [{"time": "2026-01-01T00:00:00", "power_w": 1}]}),
        ("plan0/schedule", {"points": [{"time": "2026-01-01T00:00:00Z", "power_w": True}]}),
        ("plan0/schedule", {"points": [{"time": "2026-01-01T00:00:00Z", "power_w": 1}] * 2}),
    ],
)
def test_orders_out_of_bounds_never_reach_the_loop(
    api: Api, edge: Any, path: str, data: dict[str, Any]
) -> None:
    assert put(api, path, **data)[0] == 422


def test_without_a_session_nobody_gives_orders(api: Api, edge: Any) -> None:
    stranger = Api(api.services, api.client)
    assert put(stranger, "protect0/value", channel="Reset", value=1)[0] == 401
    assert stranger.call("GET", "/v1/edge/state").status_code == 401


def test_an_order_that_is_not_taken_is_withdrawn_and_never_carried_out(
    api: Api, edge: Any, redis_server: RunningServer
) -> None:
    link = redis.Redis.from_url(redis_server.environ["EMS_REDIS_URL"])
    edge.edge.send_signal(signal.SIGSTOP)
    status, answer = put(api, "shave0", properties={"peakShavingPower": 1})
    assert status == 503
    assert "withdrawn" in answer["detail"]
    assert link.llen("ems:edge:commands") == 0
    edge.edge.send_signal(signal.SIGCONT)
    time.sleep(1)
    assert edge.state()["limit_w"] > 1
