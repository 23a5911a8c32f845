"""Passwords: Argon2id for new ones; MyEMS' salted SHA-512 is verified so that its users can move over."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ems_api.settings import AccountSettings

_ARGON2 = "$argon2"


class Passwords:
    """Makes and verifies password hashes.

    Args:
        settings: Cost of Argon2.
    """

    def __init__(self, settings: AccountSettings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost, memory_cost=settings.argon2_memory_kib, parallelism=1
        )
        self._decoy = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> tuple[str, str]:
        """Hash a new password.

        Returns:
            Salt and hash for their columns; Argon2 keeps its own salt in the hash, so the first is a fresh
            value that nothing reads.
        """
        return secrets.token_hex(16), self._hasher.hash(password)

    def verify(self, password: str, salt: str, stored: str) -> bool:
        """Whether `password` is the one behind `stored`, of either kind."""
        if stored.startswith(_ARGON2):
            try:
                return self._hasher.verify(stored, password)
            except (VerificationError, InvalidHashError):
                return False
        legacy = hashlib.sha512((salt + password).encode()).hexdigest()
        return hmac.compare_digest(legacy, stored)

    def is_outdated(self, stored: str) -> bool:
        """Whether the stored hash should be replaced at the next sign-in."""
        return not stored.startswith(_ARGON2) or self._hasher.check_needs_rehash(stored)

    def waste_time(self, password: str) -> None:
        """Spend as long as a verification, so that an unknown user cannot be told by the clock."""
        self.verify(password, "", self._decoy)


def token_digest(token: str) -> str:
    """How a session token or API key is stored: its SHA-256, so that a stolen table opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A fresh token of MyEMS' form: 128 hexadecimal digits."""
    return hashlib.sha512(secrets.token_bytes(32)).hexdigest()


def new_code() -> str:
    """A six-digit verification code."""
    return f"{secrets.randbelow(1_000_000):06d}"
