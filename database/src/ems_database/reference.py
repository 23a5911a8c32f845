"""Rows that every installation has: time zones, menus, protocols, the root space, the first administrator.

Credentials are never shipped: the first administrator's password comes from `EMS_ADMIN_PASSWORD`, or is made
up and shown once; the gateway's token is made up.
"""

from __future__ import annotations

import json
import secrets
import uuid
from importlib import resources
from typing import Any

from argon2 import PasswordHasher
from ems_common.db import Databases

PRODUCT_VERSION = "0.1.0"
RELEASED = "2026-11-21"
_LONDON = 26  # tbl_timezones, Europe/London
_FAR_UTC = "2099-12-31 16:00:00"


def install(dbs: Databases, admin_password: str) -> str | None:
    """Insert what is missing; rows that are there stay as they are.

    Args:
        dbs: The migrated databases.
        admin_password: For the first administrator; one is made up when blank.

    Returns:
        The made-up password, to be shown once, or None when nobody needs to know.
    """
    text = (resources.files("ems_database") / "reference" / "system.json").read_text(encoding="utf-8")
    fixed: dict[str, dict[str, Any]] = json.loads(text)
    with dbs.session("system_db") as session:
        for table, rows in fixed.items():
            session.upsert(table, rows["columns"], rows["rows"], update=())
        session.execute("DELETE FROM tbl_versions WHERE id = 1")
        session.execute(
            "INSERT INTO tbl_versions (id, version, release_date) VALUES (1, %s, %s)",
            (PRODUCT_VERSION, RELEASED),
        )
        session.upsert(
            "tbl_gateways",
            ("id", "name", "uuid", "token"),
            [(1, "Gateway 1", str(uuid.uuid4()), str(uuid.uuid4()))],
            update=(),
        )
        session.upsert(
            "tbl_contacts",
            ("id", "name", "uuid", "email", "phone"),
            [(1, "Facility desk", str(uuid.uuid4()), "facility@localhost", "")],
            update=(),
        )
        session.upsert(
            "tbl_cost_centers", ("id", "name", "uuid"), [(1, "General", str(uuid.uuid4()))], update=()
        )
        session.upsert(
            "tbl_spaces",
            (
                "id",
                "name",
                "uuid",
                "area",
                "timezone_id",
                "is_input_counted",
                "is_output_counted",
                "cost_center_id",
            ),
            [(1, "Site", str(uuid.uuid4()), 1, _LONDON, True, True, 1)],
            update=(),
        )
    return _first_administrator(dbs, admin_password)


def _first_administrator(dbs: Databases, password: str) -> str | None:
    with dbs.session("user_db") as session:
        if session.scalar("SELECT COUNT(*) FROM tbl_users WHERE id = 1"):
            return None
        made_up = None if password else secrets.token_urlsafe(12)
        session.execute(
            "INSERT INTO tbl_users (id, name, uuid, display_name, email, salt, password, is_admin,"
            " is_read_only, account_expiration_datetime_utc, password_expiration_datetime_utc,"
            " failed_login_count)"
            " VALUES (1, 'administrator', %s, 'Administrator', %s, '', %s, 1, 0, %s, %s, 0)",
            (
                str(uuid.uuid4()),
                "administrator@localhost",
                PasswordHasher().hash(password or made_up or ""),
                _FAR_UTC,
                _FAR_UTC,
            ),
        )
    return made_up
