"""Users and privileges of the demo; a user that is there stays as it is."""

from __future__ import annotations

import json

from argon2 import PasswordHasher
from ems_common.db import Databases, Session

from ems_database.demo.document import Document, Row, row_uuid
from ems_database.demo.settings import DemoSettings

_FAR_UTC = "2099-12-31 16:00:00"


def install(dbs: Databases, document: Document, settings: DemoSettings) -> int:
    """Make the accounts whose passwords are given.

    The administrator of the installation takes the demo's password at the first installation only, which is
    when the privilege of the demo is not there yet.

    Returns:
        How many accounts were made or given a password.
    """
    passwords = {"admin": settings.admin_password, "manager": settings.manager_password}
    made = 0
    with dbs.session("user_db") as session:
        is_first = not _install_privileges(session, document)
        for account in document.site["accounts"]:
            password = passwords[account["password"]]
            if password:
                made += _install_account(session, document, account, str(password), is_first=is_first)
    return made


def _install_privileges(session: Session, document: Document) -> bool:
    """Insert what is missing; returns whether they were there already."""
    known = True
    for entry in document.site["privileges"]:
        data = {"spaces": [document.id_of("spaces", key, "privileges") for key in entry["spaces"]]}
        inserted = session.execute(
            "INSERT INTO tbl_privileges (id, name, data) VALUES (%s, %s, %s) ON DUPLICATE KEY UPDATE id = id",
            (entry["id"], entry["name"], json.dumps(data)),
        )
        known = known and not inserted
    return known


def _install_account(
    session: Session, document: Document, account: Row, password: str, *, is_first: bool
) -> int:
    user = session.row("SELECT name FROM tbl_users WHERE id = %s", (account["id"],))
    if user is not None:
        if not (is_first and account["is_admin"] and user[0] == account["name"]):
            return 0
        return session.execute(
            "UPDATE tbl_users SET password = %s, salt = '' WHERE id = %s",
            (PasswordHasher().hash(password), account["id"]),
        )
    privileges = {entry["key"]: entry["id"] for entry in document.site["privileges"]}
    row = {
        "id": account["id"],
        "name": account["name"],
        "uuid": row_uuid("tbl_users", account["id"]),
        "display_name": account["display_name"],
        "email": account["email"],
        # No salt: an Argon2 hash carries its own.
        "salt": "",
        "password": PasswordHasher().hash(password),
        "is_admin": account["is_admin"],
        "is_read_only": False,
        "privilege_id": privileges.get(account.get("privilege", "")),
        "account_expiration_datetime_utc": _FAR_UTC,
        "password_expiration_datetime_utc": _FAR_UTC,
        "failed_login_count": 0,
    }
    return session.upsert("tbl_users", list(row), [tuple(row.values())], update=())
