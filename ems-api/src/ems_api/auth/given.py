"""Members of account bodies: texts, passwords, addresses."""

from __future__ import annotations

import re
from typing import Any

from ems_api.errors import invalid

LONGEST_PASSWORD = 100
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{1,63}")


def text_of(data: dict[str, Any], name: str, key: str) -> str:
    """A text that must not be blank.

    Raises:
        ApiError: It is, or it is no text.
    """
    value = data.get(name)
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise invalid(key, field=name)
    return value.strip()


def password_of(data: dict[str, Any], name: str = "password") -> str:
    """A password, trimmed as MyEMS' sign-in does.

    Raises:
        ApiError: It is blank or too long.
    """
    word = name.upper()
    password = text_of(data, name, f"INVALID_{word}")
    if len(password) > LONGEST_PASSWORD:
        raise invalid(f"{word}_LENGTH_CANNOT_EXCEED_100_CHARACTERS", field=name)
    return password


def email_of(data: dict[str, Any], name: str = "email", key: str = "INVALID_EMAIL") -> str:
    """An e-mail address in lower case.

    Raises:
        ApiError: It is none.
    """
    email = text_of(data, name, key).lower()
    if len(email) > 128 or not EMAIL.fullmatch(email):
        raise invalid("INVALID_EMAIL", field=name)
    return email
