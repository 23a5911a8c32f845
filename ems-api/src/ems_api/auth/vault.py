"""Encrypts the little that must be stored readable: keys of second factors, and what sign-in hands out.

AES in CBC with HMAC-SHA-256 (Fernet). The key is a setting, or is made up once in the state folder.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from ems_api.settings import ApiSettings

_FILE: Final = "secrets.key"


class Vault:
    """Encrypts and decrypts with the site's key.

    Args:
        settings: Settings of the service; the key is read when it is first needed.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._fernet: Fernet | None = None

    def _cipher(self) -> Fernet:
        if self._fernet is None:
            text = str(self._settings.accounts.secrets_key) or _key_file(Path(self._settings.site.var_dir))
            digest = hashlib.sha256(b"ems secrets\n" + text.encode()).digest()
            self._fernet = Fernet(base64.urlsafe_b64encode(digest))
        return self._fernet

    def close(self, text: str) -> str:
        """Encrypt a text."""
        return self._cipher().encrypt(text.encode()).decode()

    def open(self, closed: str, *, longest_s: int | None = None) -> str | None:
        """Decrypt a text; None when it was not made here, was changed, or is older than it may be."""
        try:
            return self._cipher().decrypt(closed.encode(), ttl=longest_s).decode()
        except (InvalidToken, ValueError):
            return None


def _key_file(folder: Path) -> str:
    """The key made up for this site; all workers find the same one, whoever comes first."""
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f"{_FILE}.{os.getpid()}"
        mine.touch(mode=0o600)
        mine.write_text(Fernet.generate_key().decode(), encoding="ascii")
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    return path.read_text(encoding="ascii").strip()
