"""The client, over real HTTP, and the example of its page."""

from __future__ import annotations

import re
import threading
import urllib.parse
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import mypy.api
import pytest
from ems_api.testing import Api, connect
from ems_client import Client, Problem, Reading
from ems_client.resources import Resources, Tariff
from ems_common.db import Databases
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

pytestmark = pytest.mark.db
PASSWORD = "correct horse 1"
README = Path(__file__).parents[1] / "README.md"


class Quiet(WSGIRequestHandler):
    """A handler that writes no log."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def api(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    started = connect(fresh_database_module.environ, str(tmp_path_factory.mktemp("var")))
    dbs = Databases(started.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    yield started.sign_in("administrator", PASSWORD)
    started.close()


@pytest.fixture(scope="module")
def address(api: Api) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, api.client.app, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def meter(api: Api) -> int:
    category = api.post(
        "/energycategories", {"name": "P", "unit_of_measure": "kWh", "kgce": 0.1, "kgco2e": 0.2}
    )
    data = {"name": "M", "energy_category_id": category, "is_counted": True, "cost_center_id": 1}
    key = api.post("/meters", {**data, "hourly_low_limit": 0, "hourly_high_limit": 100})
    hours = [(key, datetime(2026, 3, 28) + timedelta(hours=n), 1.0) for n in range(72)]
    with api.services.dbs.session("energy_db") as session:
        session.upsert("tbl_meter_hourly", ("meter_id", "start_datetime_utc", "actual_value"), hours)
    return key


def test_the_example_of_the_page_runs(address: str, meter: int, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(
        r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(  # noqa: S102  (the page's own example)
        code, {"ADDRESS": address, "NAME": "administrator", "PASSWORD": PASSWORD, "METER": meter}
    )
    assert capsys.readouterr().out.splitlines() == [f"{meter} M", "P 72.0 kWh", "404 API.METER_NOT_FOUND"]


def test_a_type_checker_knows_the_rows(tmp_path: Path) -> None:
    (code,) = re.findall(
        r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    given = 'ADDRESS, NAME, PASSWORD, METER = "https://x", "n", "p", 1\n'
    wrong = """
with Client(ADDRESS, api_key="k") as client:
    name: int = client.meters.get(1)["name"]
    client.sensors.create({"title": "no such member"})
    client.users_newusers.create({"name": "x"})
"""
    (tmp_path / "example.py").write_text(given + code + wrong, encoding="utf-8")
    text, _, _ = mypy.api.run([str(tmp_path / "example.py"), "--strict", f"--cache-dir={tmp_path}"])
    codes = re.findall(r"example.py:\d+: error: .*\[([a-z-]+)\]", text)
    assert sorted(set(codes)) == ["arg-type", "assignment", "typeddict-item", "typeddict-unknown-key"], text


def test_typed_resources_are_those_of_the_api(address: str) -> None:
    with Client.sign_in(address, "administrator", PASSWORD) as client:
        category = client.energycategories.create(
            {"name": "Gas", "unit_of_measure": "m³", "kgce": 1.3, "kgco2e": 2.1}
        )
        tariff = client.tariffs.create(
            {
                "name": "Gas",
                "energy_category": {"id": category},
                "tariff_type": "timeofuse",
                "unit_of_price": "EUR",
                "valid_from": "2026-01-01T00:00:00",
                "valid_through": "2027-01-01T00:00:00",
                "timeofuse": [
                    {
                        "start_time_of_day": "00:00:00",
                        "end_time_of_day": "23:59:59",
                        "peak_type": "midpeak",
                        "price": 0.8,
                    }
                ],
            }
        )
        read = client.tariffs.get(tariff)
        assert set(read) == set(Tariff.__annotations__)
        assert [one["price"] for one in read["timeofuse"]] == [0.8]
        attributes = [name for name, one in vars(Resources).items() if isinstance(one, property)]
        assert len(attributes) > 40
        for name in attributes:  # each is served under its path
            found = list(getattr(client, name).list(limit=1))
            assert all(isinstance(row["id"], int) for row in found), name


def test_lists_come_page_by_page(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ems_client.client.PAGE", 2)
    with Client.sign_in(address, "administrator", PASSWORD) as client:
        keys = client.create_many("sensors", [{"name": f"s{n}"} for n in range(5)])
        found = [row["id"] for row in client.list("sensors", q="s", sort="name")]
        assert [key for key in found if key in keys] == list(keys)
        assert client.update_many("sensors", [{"id": key, "name": f"t{key}"} for key in keys]) == 5
        client.delete("sensors", keys[0])
        with pytest.raises(Problem) as refused:
            client.update("sensors", keys[0], {"name": "x"})
    assert (refused.value.status, refused.value.key) == (404, "API.SENSOR_NOT_FOUND")


def test_a_create_that_is_sent_again_makes_one_item(address: str) -> None:
    with Client.sign_in(address, "administrator", PASSWORD) as client:
        keys = {client.create("sensors", {"name": "once"}, idempotency_key="a-key") for _ in range(2)}
    assert len(keys) == 1


def test_a_wrong_password_is_a_problem(address: str) -> None:
    with pytest.raises(Problem):
        Client.sign_in(address, "administrator", "wrong")


def test_every_path_of_the_client_is_in_the_document(api: Api) -> None:
    paths = api.get("/v1/openapi.json")["paths"]
    source = (README.parent / "src/ems_client/client.py").read_text(encoding="utf-8")
    fixed = {urllib.parse.unquote(text) for text in re.findall(r'"(/[a-z/]+)"', source)}
    assert fixed
    assert sorted(fixed - set(paths)) == []
    for template in ("/meters/bulk", "/meters/{id_}/energy/daily", "/meters/{id_}/realtime"):
        assert template in paths


def test_readings_are_pushed_and_read_back(api: Api, address: str) -> None:
    gateway = api.post("/gateways", {"name": "push"})
    source = {"name": "push", "gateway_id": gateway, "protocol": "http", "connection": "{}"}
    key = api.post("/datasources", source)
    point = {"name": "Power", "data_source_id": key, "object_type": "ANALOG_VALUE", "units": "kW"}
    point |= {"high_limit": 9, "low_limit": 0, "ratio": 1, "offset_constant": 0, "address": "{}"}
    api.post("/points", {**point, "is_trend": True, "is_virtual": False})
    client = Client.sign_in(address, "administrator", PASSWORD)
    at = datetime.fromisoformat("2026-03-01T08:00:00+00:00")
    assert client.push([Reading(str(key), "Power", 0, 2500.0, "W", at)]) == 1
    (shown,) = client.telemetry(str(key))
    assert (shown.channel, shown.value, shown.unit, shown.at) == ("Power", 2.5, "kW", at)
