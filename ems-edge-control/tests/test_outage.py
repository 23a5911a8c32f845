"""Days without any network: what the disk takes, what is dropped when it is full, and that all of it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from ems_common.db import Databases, DatabaseSettings
from ems_common.errors import EmsError
from ems_common.settings import load
from ems_common.spool import MEBIBYTE
from ems_database.migrate import migrate

from ems_edge_control import replay, store
from ems_edge_control.history import History, decode, encode
from ems_edge_control.settings import EdgeSettings

BEGIN_MS = 1_780_272_000_000  # 2026-06-01 00:00 UTC
FIGURES = (
    "grid_power_kw",
    "pv_power_kw",
    "battery_power_kw",
    "charger_power_kw",
    "load_power_kw",
    "soc_percent",
)
POINTS = [
    *(store.Point(900 + i, 77, "ANALOG_VALUE", name, 1.0) for i, name in enumerate(FIGURES)),
    store.Point(910, 77, "DIGITAL_VALUE", "mode", 1.0),
    store.Point(911, 77, "ANALOG_VALUE", "ess0/ActivePower", 0.001),
]


def moment(second: int) -> tuple[int, dict[str, float], dict[int, float]]:
    """Values that tell their second, with the digits that meters have."""
    figures = {name: 1000.0 * i + second * 0.173 for i, name in enumerate(FIGURES)}
    return BEGIN_MS + second * 1000, figures | {"mode": float(second % 3)}, {5: second * 10.0}


def history(folder: Path, dbs: Databases, limit_mib: int = 256) -> History:
    (folder / "points.json").parent.mkdir(parents=True, exist_ok=True)
    cached = [(p.id, p.data_source_id, p.kind, p.channel, p.scale) for p in POINTS]
    (folder / "points.json").write_bytes(orjson.dumps(cached))
    known = {"ess0/ActivePower": 5}
    return History(folder, limit_mib * MEBIBYTE, dbs, known.get, lambda: (*FIGURES, "mode"))


@pytest.fixture
def away() -> Iterator[Databases]:
    """A server that nobody can reach."""
    dbs = Databases(load(DatabaseSettings, {"EMS_DB_PORT": "1", "EMS_DB_PASSWORD": "none"}))
    yield dbs
    dbs.close()


def test_a_record_gives_back_its_rows_and_takes_a_third_of_the_space() -> None:
    rows = [(900 + i, "ANALOG_VALUE", BEGIN_MS + s * 1000, 4321.125 + s) for s in range(2) for i in range(8)]
    rows.append((910, "DIGITAL_VALUE", BEGIN_MS, 1.0))
    assert sorted(decode(encode(rows))) == sorted(rows)
    assert len(encode(rows)) < len(orjson.dumps(rows)) / 2
    assert list(decode(orjson.dumps(rows))) == rows  # as earlier versions spooled them


def test_the_spool_holds_more_than_ten_days_of_eight_points_each_second(
    tmp_path: Path, away: Databases
) -> None:
    """Two hours are kept as the daemon keeps them, twice a second; the rest is proportion."""
    kept = history(tmp_path, away)
    hours = 2
    for second in range(hours * 3600):
        kept.keep([moment(second)])
    assert len(kept.spool) == hours * 3600
    a_day = kept.spool.size_bytes * 24 / hours
    default_mib = EdgeSettings.__dataclass_fields__["spool_limit_mib"].default
    assert a_day * 10 < default_mib * MEBIBYTE
    with pytest.raises(EmsError):
        kept.flush()
    assert len(kept.spool) == hours * 3600
    kept.spool.close()


def test_a_full_spool_drops_the_oldest_and_keeps_to_its_limit(tmp_path: Path, away: Databases) -> None:
    kept = history(tmp_path, away, limit_mib=1)
    for first in range(0, 30_000, 50):
        kept.keep(moment(s) for s in range(first, first + 50))
    on_disk = sum(f.stat().st_size for f in (tmp_path / "telemetry").iterdir())
    assert on_disk <= 1.05 * MEBIBYTE
    seconds = [ms for r in kept.spool.peek(10 * MEBIBYTE) for p, _, ms, _ in decode(r) if p == 901]
    assert seconds == sorted(seconds)
    assert len(set(seconds)) == len(seconds) > 0
    assert kept.spool.dropped_records > 0
    kept.spool.close()


def test_a_plan_older_than_half_an_hour_gives_way_to_the_local_rule() -> None:
    """Discharge of 5 kW by plan; from 30 minutes after it was made on the site serves its own load of 3 kW."""
    unit = {"maxApparentPower": 20_000, "gridMode": 1}
    plan = [{"time": f"2026-06-01T0{h}:00:00Z", "power": 5000} for h in (0, 9)]
    properties = {"ess_id": "ess0", "schedule": plan, "issued": "2026-06-01T00:00:00Z"}
    balance = {"ess_id": "ess0", "meter_id": "grid0"}
    answer = replay.run(
        {
            "cycle_s": 1,
            "clock_start": "2026-06-01T00:00:00Z",
            "components": [
                {"id": "ess0", "nature": "managed-symmetric-ess", "properties": unit},
                {"id": "grid0", "nature": "meter", "properties": {"type": "GRID"}},
            ],
            "controllers": [
                {"id": "plan0", "type": "schedule", "priority": 1, "properties": properties},
                {"id": "own0", "type": "balancing", "priority": 2, "properties": balance},
            ],
            "steps": [
                {"advance_s": 1799, "inputs": {"grid0/ActivePower": 3000, "ess0/ActivePower": 0}},
                {"advance_s": 2},
            ],
        }
    )["steps"]
    assert [s["channels"]["plan0/StateMachine"] for s in answer] == ["ACTIVE", "TOO_OLD"]
    assert [s["channels"]["ess0/DebugSetActivePower"] for s in answer] == [5000, 3000]


@pytest.mark.db
def test_days_without_a_network_arrive_whole_and_in_order(
    tmp_path: Path, away: Databases, fresh_database: Any
) -> None:
    """Three days, one moment a minute, the process restarted each day; then the database is there."""
    minutes = 3 * 1440
    for day in range(3):
        kept = history(tmp_path, away)
        for minute in range(day * 1440, (day + 1) * 1440):
            kept.keep([moment(minute * 60)])
        with pytest.raises(EmsError):
            kept.flush()
        kept.spool.close()
    dbs = Databases(load(DatabaseSettings, fresh_database.environ))
    migrate(dbs, lambda line: None)
    kept = history(tmp_path, dbs)
    assert len(kept.spool) == minutes
    while kept.flush():
        pass
    with dbs.session("historical_db") as session:
        found = session.rows(
            "SELECT actual_value + 0E0 FROM tbl_analog_value WHERE point_id = 911 ORDER BY utc_date_time"
        )
        counts = dict(session.rows("SELECT point_id, COUNT(*) FROM tbl_analog_value GROUP BY point_id"))
        modes = session.scalar("SELECT COUNT(*) FROM tbl_digital_value WHERE point_id = 910")
        latest = session.scalar("SELECT actual_value + 0E0 FROM tbl_analog_value_latest WHERE point_id = 911")
    assert [row[0] for row in found] == pytest.approx([m * 60 * 10 * 0.001 for m in range(minutes)])
    assert set(counts.values()) == {minutes}
    assert modes == minutes
    assert latest == pytest.approx((minutes - 1) * 0.6)
    assert len(kept.spool) == 0
    kept.spool.close()
    dbs.close()
