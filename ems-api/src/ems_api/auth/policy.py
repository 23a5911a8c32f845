"""Rules for new passwords: length, what they may not be, and which of the last ones may not come back.

The rules follow NIST SP 800-63B section 3.1.1: length counts, known and guessable ones are refused, and no
mixture of kinds of characters is demanded unless the site sets it.
"""

from __future__ import annotations

import re
from typing import Final

from ems_common.db import Session

from ems_api.auth import store
from ems_api.auth.passwords import Passwords
from ems_api.auth.store import User
from ems_api.errors import invalid
from ems_api.settings import AccountSettings

_KINDS: Final = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^A-Za-z\d\s]"))
_COMMON: Final = frozenset(
    {
        *("password", "password1", "password12", "password123", "passw0rd", "p@ssw0rd", "12345678"),
        *("123456789", "1234567890", "87654321", "qwertyui", "qwertyuiop", "qwerty123", "qwerty12"),
        *("1q2w3e4r", "1qaz2wsx", "abcd1234", "abc12345", "abcdefgh", "iloveyou", "administrator"),
        *("admin123", "admin1234", "welcome1", "welcome123", "letmein1", "changeme", "changeme1"),
        *("changeit", "football", "baseball", "sunshine", "princess", "superman", "trustno1", "starwars"),
        *("dragon123", "monkey123", "master123", "!myems1", "myems123", "energy123"),
    }
)
"""The most used passwords of eight and more characters in published lists, and this trade's own."""


def check_new(password: str, settings: AccountSettings, *, names: tuple[str, ...], field: str) -> None:
    """Refuse a password that is too easy.

    Args:
        password: The new one, trimmed.
        settings: The site's rules.
        names: What it may not be: sign-in name, e-mail address and display name of its user.
        field: Member of the request it came in.

    Raises:
        ApiError: It is; says which rule it breaks.
    """
    if len(password) < settings.password_length:
        raise invalid(
            "PASSWORD_IS_TOO_SHORT", field=field, detail=f"at least {settings.password_length} characters"
        )
    low = password.lower()
    own = {part for name in names for part in (name.lower(), name.lower().split("@")[0]) if part}
    if low in _COMMON or low in own or len(set(low)) < min(4, settings.password_length):
        raise invalid("PASSWORD_IS_TOO_EASY", field=field, detail="one of the first that anyone would try")
    kinds = sum(kind.search(password) is not None for kind in _KINDS)
    if kinds < settings.password_kinds:
        raise invalid(
            "PASSWORD_IS_TOO_EASY",
            field=field,
            detail=f"needs {settings.password_kinds} of: small letters, capitals, digits, other characters",
        )


def check_unused(
    session: Session, passwords: Passwords, settings: AccountSettings, user: User, new: str, *, field: str
) -> None:
    """Refuse a password that the user has or had.

    Raises:
        ApiError: They have, or it is one of the last they had.
    """
    kept = store.old_passwords(session, user.id, settings.password_history - 1)
    used = [(user.salt, user.password), *kept] if settings.password_history else []
    if any(passwords.verify(new, salt, hashed) for salt, hashed in used):
        raise invalid("PASSWORD_WAS_USED_BEFORE", field=field)
