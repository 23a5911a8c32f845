"""Passwords of a site, made on its first start and kept in a file that only its owner may read."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from ems_site.servers.base import write_private

_GIVEN = {"admin": "EMS_DEMO_ADMIN_PASSWORD", "manager": "EMS_DEMO_MANAGER_PASSWORD"}
# Without the characters that people confuse when they type a password from one screen into another.
_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True, repr=False)
class Credentials:
    """The passwords of one site.

    Attributes:
        admin: Of the demo's administrator.
        manager: Of the demo's facility manager.
        database: Of the user `ems` at the private database server.
        redis: Of the private Redis.
    """

    admin: str
    manager: str
    database: str
    redis: str

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which `ems-database` learns the accounts' passwords."""
        return {
            "EMS_ADMIN_PASSWORD": self.admin,
            "EMS_DEMO_ADMIN_PASSWORD": self.admin,
            "EMS_DEMO_MANAGER_PASSWORD": self.manager,
        }


def load_or_make(path: Path, environ: Mapping[str, str] | None = None) -> Credentials:
    """Read the stored passwords; make and store what is missing.

    Args:
        path: The file.
        environ: Where the accounts' passwords may be given; they then win.
    """
    given = environ or {}
    stored = read(path)
    made = {
        field.name: given.get(_GIVEN.get(field.name, "")) or stored.get(field.name) or _password()
        for field in fields(Credentials)
    }
    if made != stored:
        write_private(path, json.dumps(made, indent=2) + "\n")
    return Credentials(**made)


def read(path: Path) -> dict[str, str]:
    """Read a credentials file; a missing or torn one is empty."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    known = {field.name for field in fields(Credentials)}
    return {name: value for name, value in stored.items() if name in known and isinstance(value, str)}


def _password() -> str:
    # 16 characters of 56: 93 bits. The groups make it readable; the sign satisfies password rules.
    groups = ["".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)]
    return "-".join(groups)
