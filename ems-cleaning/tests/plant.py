"""A plant with one data source on a real database, and what tests ask of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ems_cleaning.settings import CleaningSettings
from ems_cleaning.stage import CleaningStage
from ems_cleaning.store import as_text
from ems_common import journal
from ems_common.db import Databases, DatabaseSettings
from ems_common.journal import Change
from ems_common.quality.series import to_utc
from ems_common.settings import load
from ems_database.migrate import migrate
from made import NOON_MS, QUARTER_MS

ENERGY, POWER, STATE = 1, 2, 3
TABLE = {ENERGY: "tbl_energy_value", POWER: "tbl_analog_value", STATE: "tbl_digital_value"}


class Plant:
    """One data source (7) with a register, a power and a state."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.settings = load(CleaningSettings, environ)
        self.dbs = Databases(load(DatabaseSettings, environ))
        migrate(self.dbs, lambda _: None)
        with self.dbs.session("system_db") as session:
            session.executemany(
                "INSERT INTO tbl_points (id, name, data_source_id, object_type, units, high_limit, low_limit,"
                " is_trend, address) VALUES (%s, %s, 7, %s, %s, 1e9, 0, 1, '{}')",
                [
                    (ENERGY, "e", "ENERGY_VALUE", "kWh"),
                    (POWER, "p", "ANALOG_VALUE", "kW"),
                    (STATE, "s", "DIGITAL_VALUE", ""),
                ],
            )

    def wipe(self) -> None:
        with self.dbs.session("historical_db") as session:
            for table in (
                *TABLE.values(),
                "tbl_reading_verdicts",
                "tbl_estimated_readings",
                "tbl_cleaning_watermarks",
                "tbl_change_journal",
            ):
                session.execute(f"DELETE FROM {table}")

    def write(
        self, point_id: int, rows: list[tuple[int, float]], kind: str = "point", is_bad: int | None = 0
    ) -> None:
        """As acquisition does: readings and their journal row in one transaction."""
        with self.dbs.session("historical_db") as session:
            session.executemany(
                f"INSERT INTO {TABLE[point_id]} (point_id, utc_date_time, actual_value, is_bad)"
                " VALUES (%s, %s, %s, %s) ON DUPLICATE KEY UPDATE actual_value = VALUES(actual_value), is_bad = 0",
                [(point_id, as_text(time_ms), value, is_bad) for time_ms, value in rows],
            )
            if kind:
                times = [time_ms for time_ms, _ in rows]
                key = point_id if kind == "point" else 7
                change = Change("clean", kind, key, to_utc(min(times)), to_utc(max(times) + 1), "test")
                journal.write(session, [change])

    def stage(self) -> CleaningStage:
        return CleaningStage(self.dbs, self.settings)

    def settle(self, stage: CleaningStage | None = None) -> None:
        (stage or self.stage()).run_pass(lambda *_: None)

    def tables(self) -> tuple[Any, ...]:
        with self.dbs.session("historical_db") as session:
            bad = [
                session.rows(f"SELECT point_id, utc_date_time, is_bad FROM {table} ORDER BY 1, 2")
                for table in TABLE.values()
            ]
            verdicts = session.rows(
                "SELECT point_id, utc_date_time, rule, detail FROM tbl_reading_verdicts ORDER BY 1, 2, 3"
            )
        return (*bad, verdicts)

    def bad_times(self, point_id: int) -> list[int]:
        with self.dbs.session("historical_db") as session:
            rows = session.rows(
                f"SELECT utc_date_time FROM {TABLE[point_id]} WHERE point_id = %s AND is_bad = 1 ORDER BY 1",
                (point_id,),
            )
        return [int(moment.replace(tzinfo=UTC).timestamp() * 1000) for (moment,) in rows]

    def told(self, *, clear: bool = True) -> list[tuple[int, datetime, datetime]]:
        with self.dbs.session("historical_db") as session:
            rows = journal.open_changes(session, ("normalize",))
            if clear:
                journal.consume(session, [row.id for row in rows])
        return [(row.change.entity_id, row.change.from_utc, row.change.to_utc) for row in rows]

    def open_rows(self) -> int:
        with self.dbs.session("historical_db") as session:
            return len(journal.open_changes(session, ("clean",)))


def timed(values: list[float], step_ms: int = QUARTER_MS) -> list[tuple[int, float]]:
    return [(NOON_MS + n * step_ms, round(value, 3)) for n, value in enumerate(values)]
