"""The table of who may do what on which route, made from the declarations.

It is written into two files, which are reviewed: one line for each route for the test that asks the running
service, and a page for people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import orjson
from ems_common.settings import load

from ems_api.auth.permissions import BY_ROLE, MODULES, ROLES, Action, Need, need_of
from ems_api.auth.sessions import may
from ems_api.context import Identity
from ems_api.routing import Auth, Handler, Route, merged
from ems_api.settings import ApiSettings

NO: Final = "-"
OWN: Final = "own"
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Column:
    """A kind of caller."""

    name: str
    title: str
    identity: Identity | None


def _user(privilege: dict[str, object]) -> Identity:
    return Identity(2, "u", "user", privilege=orjson.dumps(privilege).decode())


COLUMNS: Final = (
    Column("nobody", "Not signed in", None),
    *(Column(role.name, role.title, _user({"spaces": [2], "role": role.name})) for role in ROLES),
    *(
        Column(
            f"{role.name}_of_site",
            f"{role.title}, whole site",
            _user({"spaces": [1], "whole_site": True, "role": role.name}),
        )
        for role in ROLES
    ),
    Column("api_key", "API key without privilege", Identity(0, "", "key", via_key=True, key_id=1)),
    Column(
        "read_only_administrator",
        "Read-only administrator",
        Identity(2, "u", "user", is_admin=True, is_read_only=True),
    ),
    Column("administrator", "Administrator", Identity(2, "u", "user", is_admin=True)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A route, what it needs, and what becomes of each kind of caller under `/v1`."""

    method: str
    template: str
    need: Need
    handler: Handler
    verdicts: tuple[str, ...]

    @property
    def name(self) -> str:
        """``GET /spaces/{id_}``."""
        return f"{self.method} {self.template}"

    @property
    def text(self) -> str:
        """What the golden file holds of it."""
        needed = f"{self.need.module}.{self.need.action}" if self.need.module else "own"
        if self.handler.auth is Auth.NONE:
            needed = "open"
        return f"{needed}: {' '.join(self.verdicts)}"


def lines(routes: Iterable[Route]) -> list[Line]:
    """One line for each method of each route, sorted."""
    result = []
    for template, methods in sorted(merged(routes).items()):
        for method, handler in sorted(methods.items()):
            need = need_of(template, method, is_admins=handler.auth is Auth.ADMIN)
            verdicts = tuple(_verdict(column.identity, method, handler, need) for column in COLUMNS)
            result.append(Line(method, template, need, handler, verdicts))
    return result


def _verdict(identity: Identity | None, method: str, handler: Handler, need: Need) -> str:
    if handler.auth is Auth.NONE:
        return ALL
    if identity is None:
        return NO
    if not may(identity, handler.auth, need, is_reading=method == "GET", v1=True):
        return NO
    return ALL if identity.sees_all else OWN


def golden(routes: Iterable[Route]) -> str:
    """The text of the file that is tested."""
    table = {line.name: line.text for line in lines(routes)}
    head = {"columns": " ".join(column.name for column in COLUMNS)}
    return orjson.dumps(head | table, option=orjson.OPT_INDENT_2).decode() + "\n"


def site_routes() -> list[Route]:
    """All routes, as they are without a site to serve."""
    # Reached by `make generated` alone; the service itself must not import its own assembly from below.
    from ems_api.routes import all_routes
    from ems_api.server import make_services

    return all_routes(make_services(load(ApiSettings, {"EMS_DB_PASSWORD": "none"})))


def page() -> str:
    """The part of the page for people that follows from the declarations."""
    roles = [BY_ROLE[role.name] for role in ROLES]
    parts = [
        "| Module | " + " | ".join(role.title for role in roles) + " |",
        "|---|" + "---|" * len(roles),
    ]
    for module in MODULES:
        cells = [
            "administrators only"
            if module.is_for_administrators
            else ", ".join(one.value for one in Action if (module.name, one) in role.grant) or "–"
            for role in roles
        ]
        parts.append(f"| `{module.name}` {module.title} | " + " | ".join(cells) + " |")
    return "\n".join(parts) + "\n"
