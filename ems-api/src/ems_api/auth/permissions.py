"""Who may do what: modules, actions, roles, and which of them a route needs. All of it is data.

A *module* is a group of the catalog's resources and reports; an *action* is what is done with it. A role is
a set of pairs of both. What a route needs follows from its path and method by :func:`need_of`, so a new
resource is guarded by the line of the module it stands in; a path that stands in no module is for
administrators.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ems_api.auth.ways import PLACED, SCOPED


class Action(enum.StrEnum):
    """What is done with a module's rows."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    COMMAND = "command"
    EXPORT = "export"


Grant = frozenset[tuple[str, Action]]
"""What somebody may: pairs of module and action."""


@dataclass(frozen=True, slots=True)
class Module:
    """A group of resources or reports.

    Attributes:
        name: As in a privilege's permissions.
        title: For people.
        paths: First parts of the paths that belong to it.
        is_for_administrators: Whether nobody else can be given it: who may change accounts or the system
            could take every right.
    """

    name: str
    title: str
    paths: tuple[str, ...] = ()
    is_for_administrators: bool = False


def _module(name: str, title: str, paths: str = "", *, is_for_administrators: bool = False) -> Module:
    return Module(name, title, tuple(paths.split()), is_for_administrators)


MODULES: Final = (
    _module(
        "spaces",
        "Spaces, calendars and drawings",
        "spaces workingcalendars nonworkingdays timezones svgs energyflowdiagrams",
    ),
    _module(
        "metering",
        "Meters, sensors and points",
        "meters meterexchanges virtualmeters offlinemeters sensors points pointlimits pointsetvalues"
        " offlinemeterfiles datarepairfiles cleaningrules",
    ),
    _module(
        "prices",
        "Categories, tariffs, cost centres and budgets",
        "energycategories energyitems tariffs costcenters costfiles energyplanfiles budgets",
    ),
    _module(
        "equipment",
        "Equipment and distribution",
        "equipments combinedequipments distributionsystems distributioncircuits",
    ),
    _module(
        "organisation",
        "Tenants, stores, shopfloors and contacts",
        "tenants tenanttypes stores storetypes shopfloors contacts",
    ),
    _module(
        "stations",
        "Storage, PV and microgrids",
        "energystoragecontainers energystoragepowerstations photovoltaicpowerstations microgrids"
        " virtualpowerplants windfarms chargingstations",
    ),
    _module("operation", "Commands, rules and documents", "commands controlmodes rules knowledgefiles"),
    _module("live", "Live values and power flow", "live site telemetry"),
    _module("control", "Real-time control of the plant", "edge"),
    _module("energy-reports", "Reports of energy"),
    _module("cost-reports", "Reports of cost and income"),
    _module("carbon-reports", "Reports of carbon"),
    _module("plant-reports", "Reports of plant, places and production", "advancedreports"),
    _module("acquisition", "Gateways and data sources", "gateways datasources protocols iotsimcards"),
    _module("audit", "Audit log", "audit"),
    _module(
        "accounts", "Users, privileges and keys", "users privileges apikeys logs", is_for_administrators=True
    ),
    _module("system", "Mail, messages, menus and archives", is_for_administrators=True),
)
BY_NAME: Final[Mapping[str, Module]] = {module.name: module for module in MODULES}
_BY_PATH: Final[Mapping[str, str]] = {path: module.name for module in MODULES for path in module.paths}
REPORT_MODULES: Final = ("energy-reports", "cost-reports", "carbon-reports", "plant-reports")
_REPORT_WORDS: Final = (
    (re.compile(r"carbon"), "carbon-reports"),
    (re.compile(r"cost|bill|income|revenue|dashboard"), "cost-reports"),
    (
        re.compile(
            r"details|realtime|environment|powerquality|distributionsystem|fddfault|advancedreports"
            r"|production|tracking|trend|parameters|list|offlinemeterinput|planinput|load$"
        ),
        "plant-reports",
    ),
)
"""Which module a report or series belongs to by the words of its path; those of no line are of energy."""

OWN_PATHS: Final = frozenset(
    {
        *("ai", "description", "docs", "openapi", "openapi.json", "version", "menus", "tickets"),
        *("reportdocuments", "reportschedules"),
        *("notifications", "webmessages", "webmessagesbatch", "webmessagesnew"),
    }
)
"""Beginnings of paths under which everyone who is signed in finds their own things or everybody's."""
_SITE_FACTS: Final = "/site"
"""Name, zone and currency of the site, without which no client shows a time or a price right."""
_OWN_USERS: Final = ("/users/me", "/users/login", "/users/logout", "/users/changepassword")

SITE_PATHS: Final = frozenset(
    {
        *("gateways", "iotsimcards", "rules", "advancedreports", "audit", "edge"),
        *("costfiles", "datarepairfiles", "energyplanfiles", "offlinemeterfiles"),
    }
)
"""Beginnings of paths whose rows belong to the site as a whole: only who is given the whole site reads them.
Other rows outside all scopes are reference data; everybody reads those, who is given the whole site writes
them."""
_OWN_REPORTS: Final = "/reports/{uuid}"
"""Orders for reports belong to whoever made them; whether they may have it is asked when it is made."""
_REPORT_FILES: Final = "/reports/{kind}.{form}"
"""A file of any report: whether the caller may have that very report is asked where it is made."""
_SITE_REPORTS: Final = ("/reports/advancedreports", "/reports/fddfault")
TABLE_BY_PATH: Final[Mapping[str, str]] = {
    **{table.removeprefix("tbl_").replace("_", ""): table for table in SCOPED},
    "pointlimits": "tbl_points",
    "pointsetvalues": "tbl_points",
    "telemetry": "tbl_points",
}
"""Scoped tables by the beginning of their paths."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a caller must have for a route.

    Attributes:
        module: Name of the module; "" for what everybody who is signed in may.
        action: What is done with it.
        table: Table of the row that the path's first parameter names, when its rows belong to somebody.
        is_of_site: Whether it needs the whole site, as it touches what belongs to nobody in particular.
    """

    module: str
    action: Action
    table: str = ""
    is_of_site: bool = False


def need_of(template: str, method: str, *, is_admins: bool) -> Need:
    """What a route needs.

    Args:
        template: Its path, such as ``/spaces/{id_}/meters``.
        method: GET, POST, PUT or DELETE.
        is_admins: Whether the contract reserves it to administrators. To read such a thing is part of
            managing it, and needs `update`.
    """
    parts = template.strip("/").split("/")
    head = parts[0]
    if head in OWN_PATHS or template == _SITE_FACTS or template.startswith(_OWN_USERS):
        module = "system" if is_admins else ""
        return Need(module, _action(parts, method))
    if template in ("/reports", _REPORT_FILES) or template.startswith(_OWN_REPORTS):
        return Need("", _action(parts, method))
    if head == "reports":
        is_of_site = template.startswith(_SITE_REPORTS)
        return Need(_report_module(template), _action(parts[1:], method), is_of_site=is_of_site)
    module = _BY_PATH.get(head, "system")
    action = _action(parts, method)
    table = TABLE_BY_PATH.get(head, "")
    part = parts[2] if len(parts) > 2 else ""
    if part in ("energy", "billing", "carbon") and len(parts) == 4:
        module = _report_module(part)
    elif part == "realtime":
        module = "live"
    elif part == "users" and method != "GET":
        module = "accounts"  # who binds users to a station gives them its rows
    if is_admins and action in (Action.READ, Action.EXPORT) and not BY_NAME[module].is_for_administrators:
        action = Action.COMMAND if module == "control" else Action.UPDATE
    writes = is_admins or action not in (Action.READ, Action.EXPORT)
    is_placed = not table or action is not Action.CREATE or table in PLACED
    is_of_site = head in SITE_PATHS or (not table and writes) or not is_placed
    return Need(module, action, table if len(parts) > 1 and parts[1] == "{id_}" else "", is_of_site)


def _report_module(path: str) -> str:
    return next((module for words, module in _REPORT_WORDS if words.search(path)), "energy-reports")


def _action(parts: list[str], method: str) -> Action:
    """What a method does: to bind, or to change what belongs to an item, is to update the item."""
    last = parts[-1]
    if last in ("send", "run") or parts[0] == "pointsetvalues" or (parts[0] == "edge" and method != "GET"):
        return Action.COMMAND
    if parts[0] == "telemetry" and method == "POST":
        return Action.UPDATE  # readings of points that there are
    if method == "GET":
        return Action.EXPORT if last in ("export", "{kind}.{form}") else Action.READ
    if method == "POST" and (len(parts) == 1 or last in ("bulk", "import", "clone") or len(parts) == 2):
        return Action.CREATE
    if method == "DELETE" and len(parts) == 2:
        return Action.DELETE
    return Action.UPDATE


# --- roles ------------------------------------------------------------------------------------------------

_LOOK: Final = (Action.READ, Action.EXPORT)
_EDIT: Final = (Action.READ, Action.EXPORT, Action.CREATE, Action.UPDATE, Action.DELETE)
_DAILY: Final = (
    *("spaces", "metering", "prices", "equipment", "organisation", "stations", "operation", "live"),
    "control",
    *REPORT_MODULES,
    "acquisition",
)


@dataclass(frozen=True, slots=True)
class Role:
    """A set of permissions with a name, that a privilege can refer to.

    Attributes:
        name: As in a privilege's ``role``.
        title: For people.
        help: One sentence.
        grant: What it may.
    """

    name: str
    title: str
    help: str
    grant: Grant


def _grant(*parts: tuple[tuple[str, ...], tuple[Action, ...]]) -> Grant:
    return frozenset(
        (module, action) for modules, actions in parts for module in modules for action in actions
    )


VIEWER: Final = Role(
    "viewer",
    "Viewer",
    "Sees, exports and prints everything of the own spaces, tenants and cost centres; changes nothing.",
    _grant((_DAILY, _LOOK)),
)
ROLES: Final = (
    VIEWER,
    Role(
        "facility_manager",
        "Facility manager",
        "Viewer who also looks after spaces, equipment, sensors, tenants, stores and shopfloors, and sends"
        " commands.",
        VIEWER.grant
        | _grant(
            (("spaces", "equipment", "organisation"), _EDIT),
            (("metering", "stations"), (Action.UPDATE,)),
            (("operation", "metering", "control"), (Action.COMMAND,)),
            (("plant-reports",), (Action.CREATE,)),
        ),
    ),
    Role(
        "energy_manager",
        "Energy manager",
        "Viewer who also looks after meters, formulas, cost centres, tariffs and what they are bound to.",
        VIEWER.grant
        | _grant(
            (("metering", "prices", "plant-reports"), _EDIT),
            (("spaces", "equipment", "organisation", "stations"), (Action.UPDATE,)),
        ),
    ),
)
AS_IN_MYEMS: Final = VIEWER.grant | _grant((("plant-reports",), (Action.CREATE,)))
"""What a privilege gives that names neither role nor permissions: every user may enter what was produced and
what offline meters counted."""
BY_ROLE: Final[Mapping[str, Role]] = {role.name: role for role in ROLES}
EVERYTHING: Final[Grant] = frozenset((module.name, action) for module in MODULES for action in Action)
READ_ALL: Final[Grant] = frozenset((module.name, action) for module in MODULES for action in _LOOK)
NOTHING: Final[Grant] = frozenset()


def is_grantable(module: str) -> bool:
    """Whether others than administrators can be given this module."""
    found = BY_NAME.get(module)
    return found is not None and not found.is_for_administrators
