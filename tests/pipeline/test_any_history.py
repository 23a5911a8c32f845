"""Whatever the history of registers, its order, its passes and its crashes: the same tables, and no energy lost.

Made-up registers run with known power through gaps, rollovers, resets to zero, duplicates and disorder. The
oracle is the energy that was put in; the tables of one undisturbed pass over the whole history are compared
with those of any other way to the same readings.
"""

from __future__ import annotations

import contextlib
import random
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from ems_aggregation.stage import Aggregation
from ems_common.db import Databases
from ems_common.periods import zone
from ems_normalization.stage import Normalization
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.pipeline.conftest import CAMPUS, ELECTRICITY, START_UTC

pytestmark = [pytest.mark.db, pytest.mark.timeout(300)]
MODULUS = 1000
LONDON = zone("Europe/London")


@dataclass(frozen=True)
class History:
    """Readings of the plant's three registers, and the energy that really passed (whole watt hours).

    Attributes:
        readings: (point, time, register).
        energy_wh: Point → energy between its first and last reading, less what passed unseen at a reset.
    """

    readings: tuple[tuple[int, datetime, float], ...]
    energy_wh: dict[int, int]


@st.composite
def histories(draw) -> History:
    readings: list[tuple[int, datetime, float]] = []
    energy: dict[int, int] = {}
    for point in (1, 2, 3):
        register_wh = draw(st.integers(0, MODULUS * 1000 - 1))
        # Often on full hours, and often far apart: what is late then ends an interval at the edge of its hour.
        at = START_UTC + timedelta(minutes=draw(st.sampled_from([0, 0, 0, 7, 15, 44])))
        readings.append((point, at, register_wh / 1000))
        energy[point] = 0
        for _ in range(draw(st.integers(2, 14))):
            minutes = draw(st.sampled_from([1, 15, 15, 30, 60, 60, 240, 240]))
            passed = draw(st.integers(0, minutes * 1000 // 6))
            at += timedelta(minutes=minutes)
            if draw(st.integers(0, 12)) == 0 and MODULUS * 500 < register_wh < MODULUS * 850:
                # Set to zero at the reading before: what it shows now has passed since. Too far from the
                # modulus to be a rollover.
                register_wh = passed
            else:
                register_wh = (register_wh + passed) % (MODULUS * 1000)
            energy[point] += passed
            readings.append((point, at, register_wh / 1000))
    return History(tuple(readings), energy)


class Killed(BaseException):
    """Stands for the end of the process."""


class MortalDatabases(Databases):
    """Databases whose process dies at a transaction: before it begins, or before it is committed.

    Args:
        dbs: Of which settings are taken.
        transactions: How many are still committed.
        is_begun: Whether the one after them is begun.
    """

    def __init__(self, dbs: Databases, transactions: int, is_begun: bool) -> None:
        super().__init__(dbs.settings)
        self._left, self._is_begun = transactions, is_begun

    @contextmanager
    def session(self, database):
        self._left -= 1
        if self._left < 0 and not self._is_begun:
            raise Killed
        with super().session(database) as session:
            yield session
            if self._left < 0:
                raise Killed


def empty(plant) -> None:
    """No readings, no slots, nothing to do."""
    for database, table in plant.tables():
        with plant.dbs.session(database) as session:
            session.execute(f"DELETE FROM {table}")
    for database in ("historical_db", "system_db", "energy_db"):
        with plant.dbs.session(database) as session:
            session.execute("DELETE FROM tbl_change_journal")
    with plant.dbs.session("historical_db") as session:
        session.execute("DELETE FROM tbl_energy_value")


def stages(dbs: Databases):
    return Normalization(dbs, 60, LONDON), Aggregation(dbs, 60, LONDON)


def give(plant, readings) -> None:
    """Some readings, each point's in one batch."""
    for point in sorted({reading[0] for reading in readings}):
        plant.read(point, [(at, value) for of, at, value in readings if of == point])


def die_somewhere(plant, chance: random.Random) -> None:
    """A pass of each stage that dies at some transaction."""
    for number in (0, 1):
        dbs = MortalDatabases(plant.dbs, chance.randint(0, 9), chance.random() < 0.5)
        with contextlib.suppress(Killed):
            stages(dbs)[number].run_pass(lambda *_: None)
        dbs.close()


@given(histories(), st.randoms(use_true_random=False))
@settings(
    max_examples=10,
    deadline=None,
    # Each example takes a second on a server: the first that fails is told as it is.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_order_any_split_and_any_crash_give_the_tables_of_one_pass_and_all_the_energy(
    plant, history, chance
):
    plant.configure("UPDATE tbl_points SET register_modulus = %s", (MODULUS,))
    plant.configure("UPDATE tbl_meters SET hourly_high_limit = %s", (400,))
    empty(plant)
    give(plant, history.readings)
    plant.catch_up()
    expected = plant.tables()
    meters = plant.values("energy_db", "tbl_meter_hourly")
    for point, energy_wh in history.energy_wh.items():
        found = sum(round(value * 1e6) for (meter, _), value in meters.items() if meter == point)
        assert found == energy_wh * 1000
    campus = sum(
        value
        for (space, category, _), value in plant.values(
            "energy_db", "tbl_space_input_category_hourly"
        ).items()
        if (space, category) == (CAMPUS, ELECTRICITY)
    )
    assert campus == pytest.approx((history.energy_wh[1] + history.energy_wh[2]) / 1000, abs=1e-3)

    empty(plant)
    shuffled = list(history.readings) + chance.choices(history.readings, k=5)
    chance.shuffle(shuffled)
    while shuffled:
        count = chance.randint(1, len(shuffled))
        part, shuffled = shuffled[:count], shuffled[count:]
        give(plant, list(dict.fromkeys(part)))
        way = chance.choice(["wait", "pass", "crash", "first stage only"])
        if way == "crash":
            die_somewhere(plant, chance)
        elif way == "pass":
            plant.catch_up()
        elif way == "first stage only":
            stages(plant.dbs)[0].run_pass(lambda *_: None)
    plant.catch_up()
    assert plant.tables() == expected
    assert plant.open_changes() == {}


def test_a_late_reading_on_the_hour_changes_the_hours_before_it(plant):
    """The reading before it lies further off than is read at once, and the late one ends its interval."""
    plant.read(1, [(START_UTC + timedelta(hours=hour), value) for hour, value in ((1, 100.0), (13, 112.0))])
    plant.catch_up()
    plant.read(1, [(START_UTC + timedelta(hours=5), 108.0)])
    plant.catch_up()
    hours = plant.values("energy_db", "tbl_meter_hourly")
    found = [hours[1, (START_UTC + timedelta(hours=hour)).replace(tzinfo=None)] for hour in range(1, 13)]
    assert found == [2.0] * 4 + [0.5] * 8
