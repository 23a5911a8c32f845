"""The second factor: codes of an authenticator app, and recovery codes for the day the telephone is gone."""

from __future__ import annotations

import base64
import enum
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ems_common.clock import utc_now
from ems_common.db import Session

from ems_api.auth import totp
from ems_api.auth.store import User
from ems_api.context import Context
from ems_api.wall_clock import stored

RECOVERY_CODES: Final = 10
_RECOVERY_BYTES: Final = 10
_CODE: Final = re.compile(r"\d{6}")
_RECOVERY: Final = re.compile(r"[A-Z2-7]{16}")


class Verdict(enum.Enum):
    """What became of a second factor at sign-in."""

    NOT_NEEDED = enum.auto()
    RIGHT = enum.auto()
    ABSENT = enum.auto()
    WRONG = enum.auto()


@dataclass(frozen=True, slots=True)
class Factor:
    """A user's authenticator; in force once it is confirmed."""

    secret: str
    confirmed_utc: datetime | None
    last_step: int


def factor_of(session: Session, user_id: int) -> Factor | None:
    """A user's authenticator, confirmed or not."""
    row = session.row(
        "SELECT secret, confirmed_utc, last_step FROM tbl_second_factors WHERE user_id = %s", (user_id,)
    )
    return None if row is None else Factor(*row)


def is_on(session: Session, user_id: int) -> bool:
    """Whether a user signs in with a second factor."""
    factor = factor_of(session, user_id)
    return factor is not None and factor.confirmed_utc is not None


def judge(ctx: Context, session: Session, user: User, given: Any) -> Verdict:
    """What a code is worth; a right one is used up."""
    factor = factor_of(session, user.id)
    if factor is None or factor.confirmed_utc is None:
        return Verdict.NOT_NEEDED
    if not isinstance(given, str) or not given.strip():
        return Verdict.ABSENT
    code = re.sub(r"[\s-]", "", given).upper()
    if _CODE.fullmatch(code):
        return Verdict.RIGHT if take_code(ctx, session, user.id, factor, code) else Verdict.WRONG
    if _RECOVERY.fullmatch(code) and _take_recovery_code(session, user.id, code):
        return Verdict.RIGHT
    return Verdict.WRONG


def take_code(ctx: Context, session: Session, user_id: int, factor: Factor, code: str) -> bool:
    """Use up a code of the authenticator; whether it was right and new."""
    text = ctx.services.vault.open(factor.secret)
    if text is None:
        return False
    step = totp.step_of(code, base64.b64decode(text), utc_now().timestamp(), factor.last_step)
    if step is None:
        return False
    taken = session.execute(
        "UPDATE tbl_second_factors SET last_step = %s WHERE user_id = %s AND last_step < %s",
        (step, user_id, step),
    )
    return bool(taken)


def begin(ctx: Context, session: Session, user_id: int) -> bytes:
    """Give a user a new key that is not yet in force."""
    key = totp.new_key()
    secret = ctx.services.vault.close(base64.b64encode(key).decode())
    session.execute("DELETE FROM tbl_second_factors WHERE user_id = %s", (user_id,))
    session.execute("INSERT INTO tbl_second_factors (user_id, secret) VALUES (%s, %s)", (user_id, secret))
    return key


def confirm(session: Session, user_id: int) -> None:
    """Put a user's key in force."""
    session.execute(
        "UPDATE tbl_second_factors SET confirmed_utc = %s WHERE user_id = %s", (stored(utc_now()), user_id)
    )


def remove(session: Session, user_id: int) -> int:
    """Take a user's second factor away; how many there were."""
    session.execute("DELETE FROM tbl_recovery_codes WHERE user_id = %s", (user_id,))
    return session.execute("DELETE FROM tbl_second_factors WHERE user_id = %s", (user_id,))


def new_recovery_codes(session: Session, user_id: int) -> list[str]:
    """Fresh recovery codes, each good once; older ones are void. They are stored hashed."""
    texts = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    session.execute("DELETE FROM tbl_recovery_codes WHERE user_id = %s", (user_id,))
    session.executemany(
        "INSERT INTO tbl_recovery_codes (user_id, code) VALUES (%s, %s)",
        [(user_id, _digest(user_id, text)) for text in texts],
    )
    return ["-".join(text[at : at + 4] for at in range(0, 16, 4)) for text in texts]


def recovery_codes_left(session: Session, user_id: int) -> int:
    """How many recovery codes were not used."""
    return int(
        session.scalar(
            "SELECT COUNT(*) FROM tbl_recovery_codes WHERE user_id = %s AND used_utc IS NULL", (user_id,)
        )
    )


def _take_recovery_code(session: Session, user_id: int, code: str) -> bool:
    taken = session.execute(
        "UPDATE tbl_recovery_codes SET used_utc = %s WHERE user_id = %s AND code = %s AND used_utc IS NULL",
        (stored(utc_now()), user_id, _digest(user_id, code)),
    )
    return bool(taken)


def _digest(user_id: int, code: str) -> str:
    """80 random bits need no slow hash; the user's key keeps equal codes of two users apart."""
    return hashlib.sha256(f"{user_id} {code}".encode()).hexdigest()
