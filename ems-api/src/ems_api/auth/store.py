"""All SQL about users, sessions and keys (database `user_db`)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ems_common.db import Session
from ems_common.db.sql import compose

from ems_api.context import Identity
from ems_api.errors import ApiError, Cause

DATABASE: Final = "user_db"
SUPER_ADMIN: Final = 1
_USER: Final = compose(
    "SELECT id, name, uuid, display_name, email, phone, salt, password, is_admin, is_read_only, privilege_id,"
    " account_expiration_datetime_utc, password_expiration_datetime_utc, failed_login_count FROM tbl_users"
)


@dataclass(frozen=True, slots=True)
class User:
    """A row of `tbl_users`."""

    id: int
    name: str
    uuid: str
    display_name: str
    email: str
    phone: str | None
    salt: str
    password: str
    is_admin: int
    is_read_only: int | None
    privilege_id: int | None
    account_expiration_datetime_utc: datetime
    password_expiration_datetime_utc: datetime
    failed_login_count: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session found by its token; `identity` is None when its user is gone."""

    id: int
    expires_utc: datetime
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key; `privilege` is None when it never had one, which means that it reads everything."""

    id: int
    name: str
    expires_utc: datetime
    privilege: str | None


def find_session(session: Session, user_uuid: str, digest: str) -> OpenSession | None:
    """The session of a user with this token digest; it ends with the account at the latest."""
    row = session.row(
        "SELECT LEAST(s.utc_expires, COALESCE(u.account_expiration_datetime_utc, s.utc_expires)),"
        " s.id, u.id, u.name, u.display_name, u.is_admin, u.is_read_only, p.data"
        " FROM tbl_sessions s LEFT JOIN tbl_users u ON u.uuid = s.user_uuid"
        " LEFT JOIN tbl_privileges p ON p.id = u.privilege_id"
        " WHERE s.user_uuid = %s AND s.token = %s LIMIT 1",
        (user_uuid, digest),
    )
    if row is None:
        return None
    expires, opened, key, name, display_name, is_admin, is_read_only, privilege = row
    if key is None:
        return OpenSession(opened, expires, None)
    identity = Identity(
        int(key), user_uuid, name, display_name, bool(is_admin), bool(is_read_only), privilege, via_key=False
    )
    return OpenSession(opened, expires, identity)


_KEY: Final = (
    "SELECT k.id, k.name, k.expires_datetime_utc, u.privilege_id, p.data FROM tbl_api_keys k"
    " LEFT JOIN tbl_api_keys_uses u ON u.api_key_id = k.id"
    " LEFT JOIN tbl_privileges p ON p.id = u.privilege_id"
)


def find_key(session: Session, digest: str) -> ApiKey | None:
    """The API key with this token digest."""
    return _api_key(session.row(f"{_KEY} WHERE k.token = %s LIMIT 1", (digest,)))


def key_by_id(session: Session, key: int) -> ApiKey | None:
    """The API key of that key."""
    return _api_key(session.row(f"{_KEY} WHERE k.id = %s", (key,)))


def _api_key(row: tuple[Any, ...] | None) -> ApiKey | None:
    if row is None:
        return None
    key, name, expires, privilege_id, privilege = row
    # A key whose privilege is gone reaches nothing; only one that never had any reads everything.
    return ApiKey(int(key), name, expires, None if privilege_id is None else privilege or "{}")


def count_key_uses(session: Session, uses: list[tuple[int, datetime, str, int]]) -> None:
    """Add to what is known of keys' use: key, time of the last one (naive UTC), its address, how many."""
    session.executemany(
        "INSERT INTO tbl_api_keys_uses (api_key_id, last_used_utc, last_address, use_count)"
        " VALUES (%s, %s, %s, %s)"
        " ON DUPLICATE KEY UPDATE last_used_utc = VALUES(last_used_utc),"
        " last_address = VALUES(last_address), use_count = use_count + VALUES(use_count)",
        uses,
    )


def _user(row: tuple[Any, ...] | None) -> User | None:
    return None if row is None else User(*row)


def user_by_name(session: Session, name: str) -> User | None:
    """The user of that sign-in name."""
    return _user(session.row(compose("{user} WHERE name = %s LIMIT 1", user=_USER), (name,)))


def user_by_email(session: Session, email: str) -> User | None:
    """The user of that e-mail address."""
    return _user(session.row(compose("{user} WHERE email = %s LIMIT 1", user=_USER), (email,)))


def user_by_phone(session: Session, phone: str) -> User | None:
    """The user of that telephone number."""
    return _user(session.row(compose("{user} WHERE phone = %s LIMIT 1", user=_USER), (phone,)))


def user_by_uuid(session: Session, uuid: str) -> User | None:
    """The user of that UUID."""
    return _user(session.row(compose("{user} WHERE uuid = %s LIMIT 1", user=_USER), (uuid,)))


def user_by_id(session: Session, key: int) -> User | None:
    """The user of that key."""
    return _user(session.row(compose("{user} WHERE id = %s", user=_USER), (key,)))


def holds_attempts(session: Session, key: int, most: int) -> bool:
    """Whether the user may still try to sign in; the count is held until the transaction ends.

    So attempts made at once are judged one after another, and a right password among many wrong ones opens
    nothing once they were too many.
    """
    failed = session.scalar("SELECT failed_login_count FROM tbl_users WHERE id = %s FOR UPDATE", (key,))
    return failed is not None and failed < most


def hold(session: Session, key: int) -> tuple[str, str] | None:
    """Let what is done for one user at once be done one after another, until the transaction ends.

    Returns:
        Salt and hash of the password as they are now; None when the user was removed.
    """
    row = session.row("SELECT salt, password FROM tbl_users WHERE id = %s FOR UPDATE", (key,))
    return None if row is None else (row[0], row[1])


def count_failure(session: Session, key: int) -> None:
    """Note one more attempt that failed."""
    session.execute("UPDATE tbl_users SET failed_login_count = failed_login_count + 1 WHERE id = %s", (key,))


def user_by_identity(session: Session, issuer: str, subject: str) -> User | None:
    """The user that an account of an identity provider stands for."""
    key = session.scalar(
        "SELECT user_id FROM tbl_identities WHERE issuer = %s AND subject = %s", (issuer, subject)
    )
    return None if key is None else user_by_id(session, int(key))


def identities_of(session: Session, key: int) -> list[tuple[str, str, datetime]]:
    """Accounts of identity providers that stand for a user: issuer, subject, since when (naive UTC)."""
    rows = session.rows(
        "SELECT issuer, subject, created_utc FROM tbl_identities WHERE user_id = %s ORDER BY id", (key,)
    )
    return [(issuer, subject, since) for issuer, subject, since in rows]


def link_identity(session: Session, issuer: str, subject: str, key: int, now: datetime) -> None:
    """Note which user an account of an identity provider stands for, since when (naive UTC)."""
    session.execute(
        "INSERT INTO tbl_identities (issuer, subject, user_id, created_utc) VALUES (%s, %s, %s, %s)",
        (issuer, subject, key, now),
    )


def new_uuid() -> str:
    """A fresh UUID."""
    return str(uuid.uuid4())


def protect_super_admin(caller: int, key: int) -> None:
    """The first administrator is changed by nobody else.

    Raises:
        ApiError: Somebody else tries.
    """
    if key == SUPER_ADMIN and caller != SUPER_ADMIN:
        raise ApiError("SUPER_ADMIN_ACCOUNT_IS_PROTECTED", Cause.FORBIDDEN)


def clear_failures(session: Session, key: int) -> None:
    """The right password: start counting anew."""
    session.execute(
        "UPDATE tbl_users SET failed_login_count = 0 WHERE id = %s AND failed_login_count <> 0", (key,)
    )


def store_password(session: Session, key: int, salt: str, password: str) -> None:
    """Replace a password hash."""
    session.execute("UPDATE tbl_users SET salt = %s, password = %s WHERE id = %s", (salt, password, key))


def rehash_password(session: Session, user: User, salt: str, password: str) -> None:
    """Replace the hash that `user` was read with; nothing happens when the password was changed since."""
    session.execute(
        "UPDATE tbl_users SET salt = %s, password = %s WHERE id = %s AND password = %s",
        (salt, password, user.id, user.password),
    )


def old_passwords(session: Session, key: int, count: int) -> list[tuple[str, str]]:
    """Salt and hash of a user's last passwords that were replaced, newest first."""
    rows = session.rows(
        "SELECT salt, password FROM tbl_password_history WHERE user_id = %s ORDER BY id DESC LIMIT %s",
        (key, max(0, count)),
    )
    return [(row[0], row[1]) for row in rows]


def keep_password(session: Session, user: User, now: datetime) -> None:
    """Remember a password that is replaced now (naive UTC)."""
    session.execute(
        "INSERT INTO tbl_password_history (user_id, salt, password, replaced_utc) VALUES (%s, %s, %s, %s)",
        (user.id, user.salt, user.password, now),
    )


def forget_user(session: Session, key: int) -> None:
    """Remove a user and what belongs to nobody else; the audit log keeps the name."""
    for table in ("tbl_password_history", "tbl_second_factors", "tbl_recovery_codes", "tbl_identities"):
        session.execute(compose("DELETE FROM {table} WHERE user_id = %s", table=table), (key,))
    session.execute("DELETE FROM tbl_users WHERE id = %s", (key,))


def extend_password(session: Session, key: int, at_least: datetime) -> None:
    """Let a password live at least until then."""
    session.execute(
        "UPDATE tbl_users SET password_expiration_datetime_utc = %s"
        " WHERE id = %s AND password_expiration_datetime_utc < %s",
        (at_least, key, at_least),
    )


def insert_log(session: Session, row: tuple[Any, ...]) -> None:
    """One line of the activity log."""
    session.execute(
        "INSERT INTO tbl_logs (user_uuid, request_datetime_utc, request_method, resource_type,"
        " resource_id, request_body)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        row,
    )


def newest_logs(session: Session, limit: int) -> list[tuple[Any, ...]]:
    """The newest lines of the activity log with the names of their users."""
    return session.rows(
        "SELECT l.id, l.user_uuid, u.name, u.display_name, l.request_datetime_utc, l.request_method,"
        " l.resource_type,"
        " l.resource_id, l.request_body FROM tbl_logs l LEFT JOIN tbl_users u ON u.uuid = l.user_uuid"
        " ORDER BY l.id DESC LIMIT %s",
        (limit,),
    )


def current_code(session: Session, email: str, code: str) -> datetime | None:
    """Expiry (naive UTC) of a verification code."""
    found: datetime | None = session.scalar(
        "SELECT MAX(expires_datetime_utc) FROM tbl_verification_codes WHERE recipient_email = %s AND"
        " verification_code = %s",
        (email, code),
    )
    return found


def replace_code(session: Session, email: str, digest: str, now: datetime, expires: datetime) -> None:
    """Give an address a new verification code; older ones are void."""
    drop_codes(session, email)
    session.execute(
        "INSERT INTO tbl_verification_codes (recipient_email, verification_code,"
        " created_datetime_utc, expires_datetime_utc)"
        " VALUES (%s, %s, %s, %s)",
        (email, digest, now, expires),
    )


def drop_codes(session: Session, email: str) -> None:
    """Void the verification codes of an address."""
    session.execute("DELETE FROM tbl_verification_codes WHERE recipient_email = %s", (email,))


def clear_away_codes(session: Session, before: datetime) -> None:
    """Remove verification codes that are over, and their mails, from before an instant (naive UTC).

    Anybody may ask for codes: what nobody ever uses would pile up.
    """
    session.execute("DELETE FROM tbl_verification_codes WHERE expires_datetime_utc < %s", (before,))
    session.execute(
        "DELETE FROM tbl_email_messages WHERE status <> 'new' AND created_datetime_utc < %s", (before,)
    )


def newest_code_utc(session: Session, email: str) -> datetime | None:
    """When (naive UTC) the newest code of an address was made."""
    found: datetime | None = session.scalar(
        "SELECT MAX(created_datetime_utc) FROM tbl_verification_codes WHERE recipient_email = %s", (email,)
    )
    return found


def queue_mail(session: Session, name: str, email: str, subject: str, text: str, now: datetime) -> int:
    """Put a mail into the outbox; its key."""
    session.execute(
        "INSERT INTO tbl_email_messages (recipient_name, recipient_email, subject, message,"
        " created_datetime_utc,"
        " scheduled_datetime_utc, status) VALUES (%s, %s, %s, %s, %s, %s, 'new')",
        (name[:128], email, subject, text, now, now),
    )
    return session.insert_id
