"""Time-based one-time passwords: RFC 6238 over RFC 4226.

SHA-1, 30 s and six digits, as all authenticator apps have them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from typing import Final
from urllib.parse import quote, urlencode

STEP_S: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
"""How many steps a client's clock may be wrong (RFC 6238 section 5.2)."""
_KEY_BYTES: Final = 20


def new_key() -> bytes:
    """A fresh key of the length of SHA-1's output (RFC 4226 section 4, R6)."""
    return secrets.token_bytes(_KEY_BYTES)


def hotp(key: bytes, counter: int, digits: int = DIGITS) -> str:
    """The one-time password of a counter (RFC 4226 section 5.3).

    >>> hotp(b"12345678901234567890", 0)
    '755224'
    """
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack_from(">I", digest, offset)[0] & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(code: str, key: bytes, now_s: float, last_step: int) -> int | None:
    """The time step that a code belongs to; None when it is wrong or was used before.

    Args:
        code: What the user typed.
        key: The shared key.
        now_s: Seconds since 1970.
        last_step: Step of the last code taken; only later ones count (RFC 6238 section 5.2).
    """
    now = int(now_s) // STEP_S
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(hotp(key, step).encode(), code.encode()) and step > last_step:
            found = step
    return found


def as_text(key: bytes) -> str:
    """The key as people type it into an app: Base32 without padding."""
    return base64.b32encode(key).decode().rstrip("=")


def address(key: bytes, issuer: str, account: str) -> str:
    """The otpauth address that an app reads from a QR code.

    >>> address(b"12345678901234567890", "A site", "anna")
    'otpauth://totp/A%20site:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20site&digits=6&period=30'
    """
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    query = urlencode(
        {"secret": as_text(key), "issuer": issuer, "digits": DIGITS, "period": STEP_S}, quote_via=quote
    )
    return f"otpauth://totp/{label}?{query}"
