"""All SQL about saved documents and schedules (database `reporting_db`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, each, marks

from ems_api.jobs.job_store import naive

_DOCUMENT: Final = "id, uuid, name, owner, is_shared, definition, created_datetime_utc, updated_datetime_utc"
_SCHEDULE: Final = (
    "id, uuid, name, owner, request, rhythm, time_zone, recipients, is_enabled, next_run_utc, last_run_utc,"
    " last_error"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved document; instants are naive UTC."""

    id: int
    uuid: str
    name: str
    owner: str
    is_shared: bool
    definition: dict[str, Any]
    created_utc: datetime
    updated_utc: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """An order that repeats; instants are naive UTC.

    Attributes:
        id: Its key.
        uuid: Its UUID.
        name: For people; the subject of its mails.
        owner: Whose it is, and in whose name it runs.
        request: The order.
        rhythm: A cron expression.
        time_zone: Zone of the rhythm.
        recipients: E-mail addresses; none when the file is only kept.
        is_enabled: Whether it runs.
        next_run_utc: When it is due next.
        last_run_utc: When it was due last.
        last_error: Why the last run failed; None when it did not.
    """

    id: int
    uuid: str
    name: str
    owner: str
    request: dict[str, Any]
    rhythm: str
    time_zone: str
    recipients: list[str]
    is_enabled: bool
    next_run_utc: datetime | None
    last_run_utc: datetime | None
    last_error: str | None


def _saved(row: tuple[Any, ...]) -> Saved:
    values = list(row)
    values[4], values[5] = bool(values[4]), orjson.loads(values[5])
    return Saved(*values)


def _schedule(row: tuple[Any, ...]) -> Schedule:
    values = list(row)
    values[4], values[7], values[8] = orjson.loads(values[4]), orjson.loads(values[7]), bool(values[8])
    return Schedule(*values)


def documents(session: Session, owner: str) -> list[Saved]:
    """Documents of an owner and those that are shared; all of them when no owner is given."""
    where = compose("WHERE owner = %s OR is_shared" if owner else "")
    rows = session.rows(
        compose(
            "SELECT {document} FROM tbl_report_documents {where} ORDER BY name, id",
            document=_DOCUMENT,
            where=where,
        ),
        (owner,) if owner else (),
    )
    return [_saved(row) for row in rows]


def document(session: Session, key: str) -> Saved | None:
    """The document of that UUID."""
    row = session.row(
        compose("SELECT {document} FROM tbl_report_documents WHERE uuid = %s", document=_DOCUMENT), (key,)
    )
    return None if row is None else _saved(row)


def save_document(
    session: Session, owner: str, name: str, definition: dict[str, Any], *, is_shared: bool, key: str = ""
) -> str:
    """Save a new document, or one anew; its UUID."""
    now, text = naive(utc_now()), orjson.dumps(definition).decode()
    if key:
        session.execute(
            "UPDATE tbl_report_documents SET name = %s, definition = %s, is_shared = %s,"
            " updated_datetime_utc = %s WHERE uuid = %s",
            (name, text, is_shared, now, key),
        )
        return key
    made = str(uuid.uuid4())
    session.execute(
        "INSERT INTO tbl_report_documents (uuid, name, owner, is_shared, definition, created_datetime_utc,"
        " updated_datetime_utc) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (made, name, owner, is_shared, text, now, now),
    )
    return made


def remove_document(session: Session, key: str) -> None:
    """Remove a document."""
    session.execute("DELETE FROM tbl_report_documents WHERE uuid = %s", (key,))


def schedules(session: Session, owner: str) -> list[Schedule]:
    """Schedules of an owner; all of them when none is given."""
    where = compose("WHERE owner = %s" if owner else "")
    rows = session.rows(
        compose(
            "SELECT {schedule} FROM tbl_report_schedules {where} ORDER BY name, id",
            schedule=_SCHEDULE,
            where=where,
        ),
        (owner,) if owner else (),
    )
    return [_schedule(row) for row in rows]


def schedule(session: Session, key: str) -> Schedule | None:
    """The schedule of that UUID."""
    row = session.row(
        compose("SELECT {schedule} FROM tbl_report_schedules WHERE uuid = %s", schedule=_SCHEDULE), (key,)
    )
    return None if row is None else _schedule(row)


def schedule_by_id(session: Session, key: int) -> Schedule | None:
    """The schedule of that key."""
    row = session.row(
        compose("SELECT {schedule} FROM tbl_report_schedules WHERE id = %s", schedule=_SCHEDULE), (key,)
    )
    return None if row is None else _schedule(row)


def save_schedule(session: Session, values: dict[str, Any], *, key: str = "") -> str:
    """Save a new schedule, or one anew; its UUID. The values are columns; lists and orders become JSON."""
    stored = {
        name: orjson.dumps(value).decode() if isinstance(value, list | dict) else value
        for name, value in values.items()
    }
    if key:
        terms = each("{name} = %s", stored)
        session.execute(
            compose("UPDATE tbl_report_schedules SET {terms} WHERE uuid = %s", terms=terms),
            (*stored.values(), key),
        )
        return key
    stored["uuid"] = str(uuid.uuid4())
    session.execute(
        compose(
            "INSERT INTO tbl_report_schedules ({columns}) VALUES ({marks})",
            columns=list(stored),
            marks=marks(list(stored)),
        ),
        tuple(stored.values()),
    )
    return str(stored["uuid"])


def remove_schedule(session: Session, key: str) -> None:
    """Remove a schedule; its jobs stay until their time is over."""
    session.execute("DELETE FROM tbl_report_schedules WHERE uuid = %s", (key,))


def due(session: Session, now: datetime) -> list[Schedule]:
    """Schedules that are due."""
    rows = session.rows(
        compose(
            "SELECT {schedule} FROM tbl_report_schedules WHERE is_enabled AND next_run_utc <= %s"
            " ORDER BY next_run_utc LIMIT 200",
            schedule=_SCHEDULE,
        ),
        (naive(now),),
    )
    return [_schedule(row) for row in rows]


def advance(session: Session, found: Schedule, next_utc: datetime) -> bool:
    """Set when a schedule is due next; False when another process has done it."""
    return bool(
        session.execute(
            "UPDATE tbl_report_schedules SET last_run_utc = next_run_utc, next_run_utc = %s"
            " WHERE id = %s AND is_enabled AND next_run_utc = %s",
            (naive(next_utc), found.id, found.next_run_utc),
        )
    )


def note_result(session: Session, schedule_id: int, error: str | None) -> None:
    """Note how the last run of a schedule ended."""
    session.execute(
        "UPDATE tbl_report_schedules SET last_error = %s WHERE id = %s",
        (error[:2000] if error else None, schedule_id),
    )


def count(session: Session, table: str, owner: str) -> int:
    """How many rows of one of this module's tables an owner has."""
    return int(
        session.scalar(compose("SELECT COUNT(*) FROM {table} WHERE owner = %s", table=table), (owner,))
    )
