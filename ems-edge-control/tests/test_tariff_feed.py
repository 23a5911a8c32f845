"""Prices of the database's tariff: told ahead, kept while it is away, dropped when too old; then the local rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ems_common.db import Databases, DatabaseSettings
from ems_common.settings import load
from ems_database.migrate import migrate

from ems_edge_control import tariff_feed
from ems_edge_control.cycle import Cycle, Result
from ems_edge_control.site import BadSite, ComponentConfig, ControllerConfig, Site, SiteConfig
from ems_edge_control.tariff_feed import TariffFeed, TariffProperties

ZONE = ZoneInfo("Europe/London")
NIGHT, EVENING = datetime(2026, 6, 1, 1, 0, tzinfo=UTC), datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
OPTIONS = TariffProperties(cost_center_id=5, energy_category_id=1, max_age=72)


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self, now_utc: datetime) -> None:
        self.now_utc = now_utc

    def __call__(self) -> datetime:
        return self.now_utc


@pytest.fixture(scope="module")
def dbs(fresh_database_module: Any) -> Iterator[Databases]:
    """One tariff: 0.10 until seven in the morning local time, 0.40 from four to seven, else 0.25; and another's."""
    dbs = Databases(load(DatabaseSettings, fresh_database_module.environ))
    migrate(dbs, lambda line: None)
    with dbs.session("system_db") as session:
        session.executemany(
            "INSERT INTO tbl_tariffs (id, name, uuid, energy_category_id, tariff_type, unit_of_price,"
            " valid_from_datetime_utc, valid_through_datetime_utc)"
            " VALUES (%s, %s, %s, %s, 'timeofuse', 'GBP/kWh', '2025-12-31 00:00', '2026-12-31 00:00')",
            [(1, "ours", "u1", 1), (2, "theirs", "u2", 1), (3, "gas", "u3", 2)],
        )
        session.executemany(
            "INSERT INTO tbl_cost_centers_tariffs (cost_center_id, tariff_id) VALUES (%s, %s)",
            [(5, 1), (6, 2), (5, 3)],
        )
        session.executemany(
            "INSERT INTO tbl_tariffs_timeofuses (tariff_id, start_time_of_day, end_time_of_day, peak_type, price)"
            " VALUES (%s, %s, %s, 'midpeak', %s)",
            [
                (1, "00:00:00", "06:59:59", 0.10),
                (1, "07:00:00", "15:59:59", 0.25),
                (1, "16:00:00", "18:59:59", 0.40),
                (1, "19:00:00", "23:59:59", 0.25),
                (2, "00:00:00", "23:59:59", 9.0),
                (3, "00:00:00", "23:59:59", 8.0),
            ],
        )
    yield dbs
    dbs.close()


class Buyer:
    """A battery under the time-of-use controller, 20 kW of load behind the grid meter."""

    def __init__(self) -> None:
        unit = {
            "maxApparentPower": 50_000,
            "allowedChargePower": -50_000,
            "allowedDischargePower": 50_000,
            "capacity": 100_000,
            "soc": 40,
            "gridMode": 1,
        }
        wanted: dict[str, Any] = {"ess_id": "ess0", "meter_id": "grid0", "controlMode": "CHARGE_CONSUMPTION"}
        wanted["maxChargePowerFromGrid"] = 40_000  # 20 kW of it go to the load
        self.site = Site(
            SiteConfig(
                (
                    ComponentConfig("ess0", "managed-symmetric-ess", unit),
                    ComponentConfig("grid0", "meter", {"type": "GRID"}),
                    ComponentConfig("tariff0", "tariff", {"cost_center_id": 5}),
                ),
                (ControllerConfig("tou", "time-of-use", 1, wanted),),
                zone=ZONE,
            )
        )
        self.cycle = Cycle(self.site, collect=True)
        self.now_s = 1000.0

    def run(self, now_utc: datetime) -> Result:
        """The second of two cycles, in which what was measured is seen."""
        for _ in range(2):
            self.now_s += 1
            for name, value in (("grid0/ActivePower", 20_000.0), ("ess0/ActivePower", 0.0)):
                self.site.image.set_next(self.site.table.handle(name), value, self.now_s)
            result = self.cycle.run(self.now_s, now_utc, 1.0)
        return result


def feed(dbs: Databases, buyer: Buyer, tmp_path: Path, clock: Clock) -> TariffFeed:
    return TariffFeed(OPTIONS, dbs, buyer.site.outlook, ZONE, tmp_path / "prices.json", clock)


@pytest.mark.db
def test_the_battery_buys_at_night_and_serves_in_the_evening_by_the_site_s_tariff(
    dbs: Databases, tmp_path: Path
) -> None:
    buyer, clock = Buyer(), Clock(NIGHT)
    prices = feed(dbs, buyer, tmp_path, clock)
    prices.refresh()
    night = buyer.run(NIGHT)
    assert night.published["tou/QuarterlyPrice"] == pytest.approx(100)
    assert night.published["tou/StateMachine"] == "CHARGE_GRID"
    assert night.set_points["ess0"].active_w == -20_000
    clock.now_utc = EVENING
    prices.refresh()
    evening = buyer.run(EVENING)
    assert evening.published["tou/QuarterlyPrice"] == pytest.approx(400)
    assert evening.published["tou/StateMachine"] == "BALANCING"
    assert evening.set_points["ess0"].active_w == pytest.approx(20_000)


@pytest.mark.db
def test_a_change_of_the_tariff_arrives(dbs: Databases, tmp_path: Path) -> None:
    buyer, clock = Buyer(), Clock(EVENING)
    prices = feed(dbs, buyer, tmp_path, clock)
    prices.refresh()
    with dbs.session("system_db") as session:
        session.execute("UPDATE tbl_tariffs_timeofuses SET price = 0.5 WHERE tariff_id = 1 AND price = 0.40")
    try:
        clock.now_utc = EVENING + timedelta(seconds=tariff_feed.READ_EVERY_S)
        prices.refresh()
        assert buyer.run(clock.now_utc).published["tou/QuarterlyPrice"] == pytest.approx(500)
    finally:
        with dbs.session("system_db") as session:
            session.execute(
                "UPDATE tbl_tariffs_timeofuses SET price = 0.4 WHERE tariff_id = 1 AND price = 0.50"
            )


@pytest.mark.db
def test_without_the_database_the_last_known_prices_count_then_the_local_rule(
    dbs: Databases, tmp_path: Path, fresh_database_module: Any
) -> None:
    """Restarted with the database away: prices for 72 h from the last reading, at the right hours; then none."""
    clock = Clock(NIGHT)
    feed(dbs, Buyer(), tmp_path, clock).refresh()
    away = Databases(load(DatabaseSettings, {**fresh_database_module.environ, "EMS_DB_PORT": "1"}))
    buyer = Buyer()
    clock.now_utc = NIGHT + timedelta(hours=48)
    prices = feed(away, buyer, tmp_path, clock)
    prices.refresh()
    assert buyer.run(clock.now_utc).published["tou/StateMachine"] == "CHARGE_GRID"
    clock.now_utc = NIGHT + timedelta(hours=72, minutes=1)
    prices.refresh()
    late = buyer.run(clock.now_utc)
    assert late.published["tou/QuarterlyPrice"] is None
    assert late.published["tou/StateMachine"] == "BALANCING"
    assert late.published["tou/Reason"] == "no prices"
    assert late.set_points["ess0"].active_w == pytest.approx(20_000)
    away.close()


def test_the_day_the_clocks_change_has_its_prices_at_local_times() -> None:
    """25 October 2026 in London: 07:00 GMT is 07:00 UTC, the day before 07:00 BST was 06:00 UTC."""
    from ems_common.tariffs import Band, TimeOfUse

    tariff = TimeOfUse(
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        (Band(0, 7 * 3600, 0.1), Band(7 * 3600, 0, 0.3)),
    )
    found = tariff_feed.series([tariff], datetime(2026, 10, 24, 0, 7, tzinfo=UTC), ZONE)
    assert found is not None
    for day, last_cheap_utc_h in ((24, 6), (25, 7)):
        change = datetime(2026, 10, day, last_cheap_utc_h, tzinfo=UTC).timestamp()
        assert (found.at(change - 1), found.at(change)) == (pytest.approx(100), pytest.approx(300))
    assert tariff_feed.series([tariff], datetime(2028, 1, 1, tzinfo=UTC), ZONE) is None


def test_a_damaged_file_of_last_prices_is_left_aside(tmp_path: Path) -> None:
    (tmp_path / "prices.json").write_text('{"read_utc": "no')
    site = Buyer().site
    none = TariffFeed(
        OPTIONS,
        None,
        site.outlook,
        ZONE,
        tmp_path / "prices.json",
        Clock(NIGHT),  # type: ignore[arg-type]
    )
    assert none.known is None
    assert site.outlook.get("GridBuyPrice", NIGHT.timestamp()) is None


def test_a_tariff_of_the_site_file_is_checked() -> None:
    def site(*components: ComponentConfig) -> Site:
        return Site(SiteConfig(components, ()))

    assert tariff_feed.configured(site()) is None
    given = ComponentConfig("t", "tariff", {"prices": {"start": 0, "values": [1]}})
    assert tariff_feed.configured(site(given)) is None
    one = ComponentConfig("t", "tariff", {"costCenterId": 5, "maxAge": 24})
    assert tariff_feed.configured(site(one)) == TariffProperties(cost_center_id=5, max_age=24)
    with pytest.raises(BadSite, match="not several"):
        tariff_feed.configured(site(one, ComponentConfig("u", "tariff", {"costCenterId": 6})))
    with pytest.raises(BadSite, match="maxAge: 0 is below"):
        tariff_feed.configured(site(ComponentConfig("t", "tariff", {"costCenterId": 5, "maxAge": 0})))
