"""What rules find: stretches of time in which something is beyond a limit, or silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from ems_common.db import Databases
from ems_common.db.sql import compose
from ems_common.periods import local_periods

from ems_api.rules.expression import FAMILY_OF, MEASURES, Days, Point, Silence, Sums, Watch
from ems_api.wall_clock import stored

LOOK_BACK: Final = timedelta(days=14)
"""How far back hours and days are looked at, so that what comes late or is recalculated counts too."""
READINGS_BACK: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a rule found.

    Attributes:
        kind: What it is about: a kind of entity, ``point`` or ``data_source``.
        entity_id: Its key.
        start_utc: When it began (aware).
        end_utc: When it was over; None while it goes on.
        known_utc: When it could first be known.
        value: The value that was farthest beyond the limit; minutes for a silence.
        limit: The limit; minutes for a silence.
    """

    kind: str
    entity_id: int
    start_utc: datetime
    end_utc: datetime | None
    known_utc: datetime
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A value that held from one instant to another."""

    start_utc: datetime
    end_utc: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Site:
    """What the search needs to know of the site."""

    tz: tzinfo
    slot_minutes: int


def find(dbs: Databases, watch: Watch, site: Site, now_utc: datetime) -> list[Event]:
    """All events of a rule that began within the time it looks back.

    Raises:
        Unavailable: A database is away.
    """
    if isinstance(watch, Silence):
        return list(_silences(dbs, watch, now_utc))
    if isinstance(watch, Point):
        samples = _readings(dbs, watch, now_utc)
        return stretches(watch, "point", samples)
    samples = _slots(dbs, watch, site, now_utc)
    if isinstance(watch, Days):
        samples = _whole_days(samples, site, now_utc)
    return stretches(watch, watch.of, samples)


def stretches(watch: Sums | Point, kind: str, samples: Sequence[Sample]) -> list[Event]:
    """Samples beyond a limit as events; those between which is less than the rule's calm are one.

    One that stands at the very begin is left out: it began before, and was told then.
    """
    calm = timedelta(minutes=watch.calm_minutes)
    runs: list[list[Sample]] = []
    for sample in samples:
        if watch.broken(sample.value) is None:
            continue
        if runs and sample.start_utc - runs[-1][-1].end_utc <= calm:
            runs[-1].append(sample)
        else:
            runs.append([sample])
    last_utc = samples[-1].end_utc if samples else None
    found: list[Event] = []
    for run in runs:
        if run[0] is samples[0]:
            continue
        limit = watch.broken(run[0].value) or 0.0
        worst = max(run, key=lambda sample: abs(sample.value - limit))
        is_over = last_utc is not None and run[-1] is not samples[-1] and last_utc - run[-1].end_utc > calm
        end_utc = run[-1].end_utc if is_over else None
        found.append(Event(kind, watch.id, run[0].start_utc, end_utc, run[0].end_utc, worst.value, limit))
    return found


def _slots(dbs: Databases, watch: Sums, site: Site, now_utc: datetime) -> list[Sample]:
    """Sums of the slots that are over."""
    family = FAMILY_OF[watch.of]
    where = [watch.id, stored(now_utc - LOOK_BACK), stored(now_utc - timedelta(minutes=site.slot_minutes))]
    part = compose("")
    if watch.category is not None:
        part = compose(" AND energy_category_id = %s")
        where.append(watch.category)
    with dbs.reading(MEASURES[watch.measure]) as session:
        rows = session.rows(
            compose(
                "SELECT start_datetime_utc, SUM(actual_value) + 0E0 FROM {table} WHERE {key} = %s"
                " AND start_datetime_utc >= %s AND start_datetime_utc <= %s{part}"
                " GROUP BY start_datetime_utc ORDER BY start_datetime_utc",
                table=family.table,
                key=family.keys[0],
                part=part,
            ),
            where,
        )
    slot = timedelta(minutes=site.slot_minutes)
    return [
        Sample(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + slot, float(value))
        for start, value in rows
    ]


def _whole_days(slots: Sequence[Sample], site: Site, now_utc: datetime) -> list[Sample]:
    """Sums of local days that are over and were looked at from their begin."""
    if not slots:
        return []
    days = local_periods(now_utc - LOOK_BACK, now_utc, "daily", site.tz)
    found: list[Sample] = []
    for day in days[1:]:
        inside = [slot.value for slot in slots if day.start_utc <= slot.start_utc < day.end_utc]
        if inside and day.end_utc <= now_utc:
            found.append(Sample(day.start_utc, day.end_utc, sum(inside)))
    return found


def _readings(dbs: Databases, watch: Point, now_utc: datetime) -> list[Sample]:
    """Good readings of a point, each holding until the next."""
    with dbs.reading("historical_db") as session:
        rows = session.rows(
            "SELECT utc_date_time, actual_value + 0E0 FROM tbl_analog_value WHERE point_id = %s"
            " AND utc_date_time >= %s AND utc_date_time <= %s AND (is_bad IS NULL OR is_bad = 0)"
            " ORDER BY utc_date_time",
            (watch.id, stored(now_utc - READINGS_BACK), stored(now_utc)),
        )
    times = [time.replace(tzinfo=UTC, microsecond=0) for time, _ in rows]
    ends = [*times[1:], times[-1]] if times else []
    return [Sample(time, end, value) for time, end, (_, value) in zip(times, ends, rows, strict=True)]


def _silences(dbs: Databases, watch: Silence, now_utc: datetime) -> Iterator[Event]:
    """Data sources that were heard of once, but not lately."""
    longest = timedelta(minutes=watch.minutes)
    with dbs.reading("system_db") as session:
        rows = session.rows(
            "SELECT id, last_seen_datetime_utc FROM tbl_data_sources"
            " WHERE last_seen_datetime_utc < %s AND (%s IS NULL OR id = %s) ORDER BY id",
            (stored(now_utc - longest), watch.id, watch.id),
        )
    for key, seen in rows:
        since = seen.replace(tzinfo=UTC, microsecond=0)
        minutes = (now_utc - since).total_seconds() / 60
        yield Event("data_source", key, since, None, since + longest, minutes, watch.minutes)
