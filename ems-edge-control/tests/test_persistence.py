"""Forecasts from the site's own past: working days and weekends, the change of clocks, a restart."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ems_edge_control.outlook import Outlook
from ems_edge_control.persistence import Persistence

ZONE = ZoneInfo("Europe/Berlin")


def used_w(at: datetime) -> float:
    """10 kW, from eight to six on working days 50 kW."""
    local = at.astimezone(ZONE)
    return 50_000.0 if 8 <= local.hour < 18 and local.weekday() < 5 else 10_000.0


def made_w(at: datetime) -> float:
    return 20_000.0 if 10 <= at.astimezone(ZONE).hour < 16 else 0.0


def filled(begin: datetime, quarters: int) -> dict[int, tuple[float, float]]:
    times = [begin + timedelta(minutes=15 * n) for n in range(quarters)]
    return {int(at.timestamp() // 900): (used_w(at), made_w(at)) for at in times}


def learned(folder: Path, begin: datetime, days: int) -> tuple[Persistence, Outlook, datetime]:
    outlook = Outlook()
    persistence = Persistence(outlook, ZONE, folder / "past.json")
    persistence.past.quarters.update(filled(begin, 96 * days))
    at = begin + timedelta(days=days)
    persistence.add(at, used_w(at), made_w(at))
    return persistence, outlook, at


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(datetime(2026, 6, 1, 22, tzinfo=UTC), id="summer"),
        pytest.param(datetime(2026, 3, 20, 23, tzinfo=UTC), id="over the change of clocks"),
    ],
)
def test_each_day_of_the_second_week_is_foretold(tmp_path: Path, begin: datetime) -> None:
    persistence, outlook, at = learned(tmp_path, begin, 8)
    for _ in range(4):
        used = outlook.get("ConsumptionActivePower", at.timestamp())
        made = outlook.get("ProductionActivePower", at.timestamp())
        assert used is not None
        assert made is not None
        for quarter in range(96):
            then = at + timedelta(minutes=15 * quarter)
            assert used.at(then.timestamp()) == used_w(then), then
            assert made.at(then.timestamp()) == made_w(then), then
        persistence.past.quarters.update(filled(at, 96))
        at += timedelta(days=1)
        persistence.tell(at)


def test_before_a_day_is_known_nothing_is_foretold(tmp_path: Path) -> None:
    _, outlook, at = learned(tmp_path, datetime(2026, 6, 1, 22, tzinfo=UTC), 0)
    assert outlook.get("ConsumptionActivePower", at.timestamp()) is None


def test_a_restart_goes_on_with_what_was_learned_and_a_damaged_file_anew(tmp_path: Path) -> None:
    persistence, _, at = learned(tmp_path, datetime(2026, 6, 1, 22, tzinfo=UTC), 3)
    persistence.add(at + timedelta(minutes=15), 0.0, 0.0)
    outlook = Outlook()
    Persistence(outlook, ZONE, tmp_path / "past.json").tell(at)
    found = outlook.get("ConsumptionActivePower", at.timestamp())
    assert found is not None
    assert found.at(at.timestamp()) == used_w(at)
    (tmp_path / "past.json").write_text("{")
    assert Persistence(Outlook(), ZONE, tmp_path / "past.json").past.quarters == {}


def test_the_mean_of_a_quarter_leaves_out_what_was_not_known(tmp_path: Path) -> None:
    persistence = Persistence(Outlook(), ZONE, tmp_path / "past.json")
    at = datetime(2026, 6, 1, 22, tzinfo=UTC)
    for value in (1000.0, math.nan, 3000.0):
        persistence.add(at, value, math.nan)
        at += timedelta(minutes=1)
    persistence.add(at + timedelta(minutes=15), 0.0, 0.0)
    assert list(persistence.past.quarters.values()) == [(2000.0, 0.0)]
