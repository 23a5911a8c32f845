"""Privileges and API keys; users have routes of their own in `auth/`."""

from __future__ import annotations

from ems_api.errors import Fault
from ems_api.resources import hooks
from ems_api.resources.declare import Resource, UsedBy, field, shown, unique
from ems_api.routing import Auth

RESOURCES = (
    Resource(
        "tbl_privileges",
        (field("name"), field("data", error="PRIVILEGE_DATA", multiline=True)),
        database="user_db",
        read=Auth.ADMIN,
        can=("list", "create", "update", "delete"),
        unique=(unique("name", "PRIVILEGE_NAME_IS_ALREADY_IN_USE"),),
        used_by=(UsedBy("tbl_users", ("privilege_id",), "THERE_IS_RELATION_WITH_USERS", database="user_db"),),
        prepare=hooks.check_privilege,
        order="-id",
        group="Users",
    ),
    Resource(
        "tbl_api_keys",
        (field("name"), shown("token"), shown("created_datetime"), field("expires_datetime")),
        database="user_db",
        read=Auth.ADMIN,
        unique=(
            unique(
                "name",
                "API_KEY_NAME_IS_ALREADY_IN_USE",
                title="ERROR",
                update=Fault("API_KEY_NAME_IS_ALREADY_IN_USE", 404, "NOT_FOUND"),
            ),
        ),
        prepare=hooks.make_api_key,
        after_write=hooks.show_new_key,
        finish=hooks.mask_token,
        group="Users",
    ),
)
