"""All SQL about open sessions (database `user_db`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ems_common.db import Session
from ems_common.db.sql import compose

_DELETE: Final = compose(
    "DELETE s, u FROM tbl_sessions s LEFT JOIN tbl_sessions_uses u ON u.session_id = s.id"
    " WHERE s.user_uuid = %s"
)
_ENDED: Final = compose("{delete} AND s.utc_expires < %s", delete=_DELETE)
_OF_TOKEN: Final = compose("{delete} AND s.token = %s", delete=_DELETE)
_OF_KEY: Final = compose("{delete} AND s.id = %s", delete=_DELETE)
_OTHERS: Final = compose("{delete} AND s.token <> %s", delete=_DELETE)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a session began: when (naive UTC), by what, from which address, with which program."""

    at_utc: datetime
    by: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as its owner may know it; what is None was not noted.

    Attributes:
        id: Its key.
        digest: Of its token.
        expires_utc: When it ends (naive UTC, as all times).
        opened_utc: When it began.
        opened_by: By what: ``password``, ``single sign-on``.
        address: From where it was opened.
        agent: With which program, as that calls itself.
        last_used_utc: When it was used last, a few seconds exact.
        last_address: From where that was.
    """

    id: int
    digest: str
    expires_utc: datetime
    opened_utc: datetime | None
    opened_by: str | None
    address: str | None
    agent: str | None
    last_used_utc: datetime | None
    last_address: str | None


def add(session: Session, user_uuid: str, digest: str, expires: datetime, opening: Opening) -> None:
    """Note a new session."""
    session.execute(
        "INSERT INTO tbl_sessions (user_uuid, token, utc_expires) VALUES (%s, %s, %s)",
        (user_uuid, digest, expires),
    )
    session.execute(
        "INSERT INTO tbl_sessions_uses (session_id, opened_utc, opened_by, address, agent)"
        " VALUES (%s, %s, %s, %s, %s)",
        (session.insert_id, opening.at_utc, opening.by, opening.address[:64], opening.agent[:256]),
    )


def note_uses(session: Session, uses: list[tuple[int, datetime, str, int]]) -> None:
    """Note when sessions were used last: key, time (naive UTC), address, how often since."""
    session.executemany(
        "UPDATE tbl_sessions_uses SET last_used_utc = %s, last_address = %s WHERE session_id = %s",
        [(at, address, key) for key, at, address, _ in uses],
    )


def of_user(session: Session, user_uuid: str, now: datetime) -> list[Seen]:
    """A user's sessions that are not over (`now` in naive UTC), the one used last first."""
    rows = session.rows(
        "SELECT s.id, s.token, s.utc_expires, u.opened_utc, u.opened_by, u.address, u.agent,"
        " u.last_used_utc, u.last_address FROM tbl_sessions s"
        " LEFT JOIN tbl_sessions_uses u ON u.session_id = s.id"
        " WHERE s.user_uuid = %s AND s.utc_expires > %s"
        " ORDER BY COALESCE(u.last_used_utc, u.opened_utc) DESC, s.id DESC",
        (user_uuid, now),
    )
    return [Seen(*row) for row in rows]


def sweep(session: Session, user_uuid: str, now: datetime) -> None:
    """Remove a user's sessions that ended long enough ago that nobody is told of them any more."""
    session.execute(_ENDED, (user_uuid, now))


def close(session: Session, user_uuid: str, digest: str) -> bool:
    """End the session of this token; whether there was one."""
    return session.execute(_OF_TOKEN, (user_uuid, digest)) > 0


def close_one(session: Session, user_uuid: str, key: int) -> bool:
    """End one session of a user; whether there was one."""
    return session.execute(_OF_KEY, (user_uuid, key)) > 0


def close_all(session: Session, user_uuid: str, *, but_digest: str = "") -> None:
    """End a user's sessions, except the one with `but_digest`."""
    session.execute(_OTHERS, (user_uuid, but_digest))
