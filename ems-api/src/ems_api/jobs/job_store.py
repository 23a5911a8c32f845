"""All SQL about jobs and their files (database `reporting_db`)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, joined

DATABASE: Final = "reporting_db"
PIECE_BYTES: Final = 1_048_576
OPEN: Final = ("queued", "running")
_COLUMNS: Final = (
    "id, uuid, owner, schedule_id, due_utc, request, status, progress_pct, attempts, created_utc,"
    " started_utc, finished_utc, error_key, error, file_name, media_type, file_bytes"
)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands; instants are naive UTC."""

    id: int
    uuid: str
    owner: str
    schedule_id: int | None
    due_utc: datetime | None
    request: dict[str, Any]
    status: str
    progress_pct: int
    attempts: int
    created_utc: datetime
    started_utc: datetime | None
    finished_utc: datetime | None
    error_key: str | None
    error: str | None
    file_name: str | None
    media_type: str | None
    file_bytes: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """The file that a job made."""

    name: str
    media_type: str
    content: bytes


def naive(instant: datetime) -> datetime:
    """An instant as it is stored, to the second."""
    return instant.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _job(row: Sequence[Any]) -> Job:
    values = list(row)
    values[5] = orjson.loads(values[5])
    return Job(*values)


def add(
    session: Session,
    owner: str,
    request: dict[str, Any],
    *,
    schedule_id: int | None = None,
    due_utc: datetime | None = None,
) -> str:
    """Queue a job; its UUID. A schedule's job of the same due time is not queued twice."""
    key = str(uuid.uuid4())
    session.execute(
        "INSERT IGNORE INTO tbl_report_jobs (uuid, owner, schedule_id, due_utc, request, status,"
        " progress_pct, attempts, created_utc) VALUES (%s, %s, %s, %s, %s, 'queued', 0, 0, %s)",
        (key, owner, schedule_id, due_utc, orjson.dumps(request).decode(), naive(utc_now())),
    )
    return key


def count_open(session: Session, owner: str) -> int:
    """How many jobs of an owner wait or run."""
    return int(
        session.scalar(
            "SELECT COUNT(*) FROM tbl_report_jobs WHERE owner = %s AND status IN ('queued', 'running')",
            (owner,),
        )
    )


def find(session: Session, key: str) -> Job | None:
    """The job of that UUID."""
    row = session.row(
        compose("SELECT {columns} FROM tbl_report_jobs WHERE uuid = %s", columns=_COLUMNS), (key,)
    )
    return None if row is None else _job(row)


def find_by_id(session: Session, job_id: int) -> Job | None:
    """The job of that key."""
    row = session.row(
        compose("SELECT {columns} FROM tbl_report_jobs WHERE id = %s", columns=_COLUMNS), (job_id,)
    )
    return None if row is None else _job(row)


def newest(
    session: Session, *, owner: str = "", schedule_id: int = 0, limit: int = 50, before: int = 0
) -> list[Job]:
    """The newest jobs, of one owner or schedule if given; `before` a key, to read on."""
    terms = [compose("1 = 1")]
    values: list[str | int] = []
    for term, value in (
        (compose("owner = %s"), owner),
        (compose("schedule_id = %s"), schedule_id),
        (compose("id < %s"), before),
    ):
        if value:
            terms.append(term)
            values.append(value)
    rows = session.rows(
        compose(
            "SELECT {columns} FROM tbl_report_jobs WHERE {terms} ORDER BY id DESC LIMIT %s",
            columns=_COLUMNS,
            terms=joined(terms, " AND "),
        ),
        (*values, limit),
    )
    return [_job(row) for row in rows]


def return_abandoned(session: Session, most_attempts: int) -> tuple[int, int]:
    """Take jobs away from workers that have not been heard of: (queued again, given up)."""
    given_up = session.execute(
        "UPDATE tbl_report_jobs SET status = 'failed', holder = NULL, finished_utc = %s,"
        " error_key = 'API.REPORT_JOB_ABANDONED', error = 'its worker ended unexpectedly, several times'"
        " WHERE status = 'running' AND until_utc < UTC_TIMESTAMP(3) AND attempts >= %s",
        (naive(utc_now()), most_attempts),
    )
    queued = session.execute(
        "UPDATE tbl_report_jobs SET status = 'queued', holder = NULL, progress_pct = 0"
        " WHERE status = 'running' AND until_utc < UTC_TIMESTAMP(3)"
    )
    return queued, given_up


def claim(dbs: Databases, holder: str, ttl_s: int) -> Job | None:
    """Take the oldest job that waits; None when there is none.

    Of several workers that see it one gets it: the one whose update finds it still waiting.
    """
    with dbs.session(DATABASE) as session:
        waiting = session.rows("SELECT id FROM tbl_report_jobs WHERE status = 'queued' ORDER BY id LIMIT 8")
    for (job_id,) in waiting:
        with dbs.session(DATABASE) as session:
            taken = session.execute(
                "UPDATE tbl_report_jobs SET status = 'running', holder = %s, attempts = attempts + 1,"
                " started_utc = %s, until_utc = UTC_TIMESTAMP(3) + INTERVAL %s SECOND"
                " WHERE id = %s AND status = 'queued'",
                (holder, naive(utc_now()), ttl_s, job_id),
            )
            if taken:
                return find_by_id(session, job_id)
    return None


def renew(session: Session, job_id: int, holder: str, ttl_s: int) -> bool:
    """Keep a job; False when it was cancelled or taken away."""
    session.execute(
        "UPDATE tbl_report_jobs SET until_utc = UTC_TIMESTAMP(3) + INTERVAL %s SECOND"
        " WHERE id = %s AND holder = %s AND status = 'running'",
        (ttl_s, job_id, holder),
    )
    return is_held(session, job_id, holder)


def is_held(session: Session, job_id: int, holder: str) -> bool:
    """Whether a job is still this worker's."""
    found = session.scalar(
        "SELECT COUNT(*) FROM tbl_report_jobs WHERE id = %s AND holder = %s AND status = 'running'",
        (job_id, holder),
    )
    return bool(found)


def note_progress(session: Session, job_id: int, holder: str, progress_pct: int) -> None:
    """Say how far a job is."""
    session.execute(
        "UPDATE tbl_report_jobs SET progress_pct = %s WHERE id = %s AND holder = %s",
        (progress_pct, job_id, holder),
    )


def finish(session: Session, job_id: int, holder: str, made: Made) -> bool:
    """Store the file and end the job, if it is still this worker's; the caller's transaction holds both."""
    done = session.execute(
        "UPDATE tbl_report_jobs SET status = 'done', progress_pct = 100, finished_utc = %s, holder = NULL,"
        " file_name = %s, media_type = %s, file_bytes = %s"
        " WHERE id = %s AND holder = %s AND status = 'running'",
        (naive(utc_now()), made.name[:255], made.media_type, len(made.content), job_id, holder),
    )
    if not done:
        return False
    for number, start in enumerate(range(0, len(made.content), PIECE_BYTES)):
        session.execute(
            "INSERT INTO tbl_report_job_pieces (job_id, number, content) VALUES (%s, %s, %s)",
            (job_id, number, made.content[start : start + PIECE_BYTES]),
        )
    return True


def fail(session: Session, job_id: int, holder: str, key: str, error: str) -> bool:
    """End a job without a file, if it is still this worker's."""
    return bool(
        session.execute(
            "UPDATE tbl_report_jobs SET status = 'failed', finished_utc = %s, holder = NULL, error_key = %s,"
            " error = %s WHERE id = %s AND holder = %s AND status = 'running'",
            (naive(utc_now()), key[:128], error[:2000], job_id, holder),
        )
    )


def requeue(session: Session, job_id: int, holder: str) -> None:
    """Give a job back, to be tried again."""
    session.execute(
        "UPDATE tbl_report_jobs SET status = 'queued', holder = NULL, progress_pct = 0"
        " WHERE id = %s AND holder = %s AND status = 'running'",
        (job_id, holder),
    )


def cancel(session: Session, job_id: int) -> bool:
    """End a job that waits or runs; False when it has ended."""
    return bool(
        session.execute(
            "UPDATE tbl_report_jobs SET status = 'cancelled', finished_utc = %s, holder = NULL"
            " WHERE id = %s AND status IN ('queued', 'running')",
            (naive(utc_now()), job_id),
        )
    )


def pieces(dbs: Databases, job_id: int) -> Iterator[bytes]:
    """The file of a job, piece by piece; no more than one is held."""
    number = 0
    while True:
        with dbs.session(DATABASE) as session:
            content = session.scalar(
                "SELECT content FROM tbl_report_job_pieces WHERE job_id = %s AND number = %s",
                (job_id, number),
            )
        if content is None:
            return
        yield bytes(content)
        number += 1


def remove(session: Session, job_ids: Sequence[int]) -> None:
    """Remove jobs with their files and what is known of their delivery."""
    for job_id in job_ids:
        for table in ("tbl_report_job_pieces", "tbl_report_deliveries"):
            session.execute(compose("DELETE FROM {table} WHERE job_id = %s", table=table), (job_id,))
        session.execute("DELETE FROM tbl_report_jobs WHERE id = %s", (job_id,))


def old(session: Session, before_utc: datetime, most_bytes: int) -> list[int]:
    """Ended jobs whose time is over, and of the rest the oldest beyond the space given to files."""
    rows = session.rows(
        "SELECT id, finished_utc, COALESCE(file_bytes, 0) FROM tbl_report_jobs WHERE finished_utc IS NOT NULL"
        " ORDER BY id DESC"
    )
    found, total = [], 0
    for job_id, finished, size in rows:
        total += int(size)
        if finished < naive(before_utc) or total > most_bytes:
            found.append(int(job_id))
    return found


def queue_mail(session: Session, name: str, email: str, subject: str, text: str, made: Made | None) -> int:
    """Put a mail into the outbox; its key."""
    now = naive(utc_now())
    session.execute(
        "INSERT INTO tbl_email_messages (recipient_name, recipient_email, subject, message,"
        " attachment_file_name, attachment_file_object, created_datetime_utc, scheduled_datetime_utc, status)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'new')",
        (
            name[:128],
            email,
            subject[:128],
            text,
            made.name[:128] if made else None,
            made.content if made else None,
            now,
            now,
        ),
    )
    return session.insert_id


def note_delivery(session: Session, job_id: int, message_id: int) -> None:
    """Note that a mail delivers a job."""
    session.execute(
        "INSERT INTO tbl_report_deliveries (job_id, email_message_id) VALUES (%s, %s)", (job_id, message_id)
    )


def deliveries(session: Session, job_id: int) -> list[dict[str, Any]]:
    """How the mails of a job are: recipient, state and last fault."""
    rows = session.rows(
        "SELECT m.recipient_email, m.status, d.error FROM tbl_report_deliveries d"
        " JOIN tbl_email_messages m ON m.id = d.email_message_id WHERE d.job_id = %s ORDER BY m.id",
        (job_id,),
    )
    words = {"new": "waiting", "sent": "sent", "timeout": "failed"}
    return [{"recipient": to, "status": words.get(state, state), "error": error} for to, state, error in rows]
