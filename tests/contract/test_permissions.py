"""Who may do what: the reviewed table is what the declarations say, and the running service does what it says.

Two sites in one, of the same make: one of every kind of row in each, bound to each other in every way there
is. Everything of the second has a name that must never be seen by those who are given only the first.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from ems_api.auth.matrix import COLUMNS, NO, OWN, Line, golden, lines
from ems_api.auth.permissions import MODULES, Action
from ems_api.auth.ways import SCOPED
from ems_api.resources.table import BOUND, RESOURCES
from ems_api.routes import all_routes
from ems_api.routing import Auth
from ems_api.testing import Api
from ems_common.catalog.bindings import BINDINGS

from .world import World

pytestmark = pytest.mark.db
GOLDEN = Path(__file__).with_name("permissions.json")
FOREIGN = "SOUTHERN"
OURS = "NORTHERN"
UNKNOWN = 987_654_321
SHARED = {resource.route.strip("/") for resource in RESOURCES if resource.table not in SCOPED}
PATHS = {rule.table: rule.path for rule in BOUND}
BY_TABLE = {resource.table: resource for resource in RESOURCES}
EVERYTHING = {
    module.name: [action.value for action in Action] for module in MODULES if not module.is_for_administrators
}
PERIOD = (
    "periodtype=daily&reportingperiodstartdatetime=2026-01-01T00:00:00"
    "&reportingperiodenddatetime=2026-01-03T00:00:00&startdatetime=2026-01-01T00:00:00"
    "&enddatetime=2026-01-03T00:00:00&status=all&priority=ALL&type=meters&quickmode=true&energycategoryids=1"
)


class Campus(World):
    """Rows of one of the two sites, all named after it."""

    def __init__(self, api: Any, word: str, space: int) -> None:
        super().__init__(api)
        self._word, self.space = word, space
        self._count = itertools.count(space * 100_000)

    def name(self) -> str:
        """A name that says whose it is."""
        return f"{self._word} {super().name()}"

    def make(self, collection: str, parent: int | None = None, **given: Any) -> int:
        """Key of a new row; what MyEMS does not know has a body of its own."""
        if collection != "/budgets":
            return super().make(collection, parent, **given)
        body = {"measure": "cost", "period": "month", "starts_on": "2026-01-01", "amount": 1}
        return int(self.api.post(collection, {**body, "name": self.name(), "space_id": self.space}))

    def row(self, collection: str, parent: int | None = None) -> int:
        """Key of a row; spaces are the site's own, and reference data is nobody's."""
        if collection == "/spaces":
            return self.space
        word = self._word
        if collection.strip("/") in SHARED:
            self._word = "SHARED"
        try:
            return super().row(collection, parent)
        finally:
            self._word = word

    def build(self) -> dict[str, int]:
        """One row of each scoped kind, with all bindings; table → key."""
        keys = {
            table: self.row(BY_TABLE[table].route)
            for table in sorted(SCOPED & set(BY_TABLE))
            if "create" in BY_TABLE[table].can
        }
        for binding in BINDINGS:
            if binding.owner in keys and binding.member in keys:
                last = PATHS.get(binding.table) or _path(binding.member)
                path = f"{BY_TABLE[binding.owner].route}/{keys[binding.owner]}/{last}"
                data = {binding.member_key: keys[binding.member], "is_output": True}
                self.api.call("POST", path, {"data": data})
        with self.api.services.dbs.session("system_db") as session:  # bound by no route
            session.execute(
                "INSERT INTO tbl_spaces_wind_farms (space_id, wind_farm_id) VALUES (%s, %s)",
                (self.space, keys["tbl_wind_farms"]),
            )
        for resource in RESOURCES:
            for child in resource.children if resource.table in keys else ():
                self._child(child.route, keys[resource.table])
        return keys

    def _child(self, route: str, parent: int) -> None:
        try:
            self.make(route, parent)
        except (KeyError, AssertionError):
            return  # a child that needs more than a body; others of its kind stand for it


def _path(table: str) -> str:
    return table.removeprefix("tbl_").replace("_", "")


@dataclass
class Two:
    """Both sites, and who is given the first."""

    ours: dict[str, int]
    foreign: dict[str, int]
    callers: dict[str, Api]
    lines: list[Line]


def _space(api: Api, name: str) -> int:
    flags = {"is_input_counted": True, "is_output_counted": False, "area": 1, "number_of_occupants": 1}
    return api.post("/spaces", {"name": name, "parent_space_id": 1, "timezone_id": 1, **flags})


def _caller(api: Api, name: str, privilege: dict[str, Any] | None, **flags: bool) -> Api:
    key = None
    if privilege is not None:
        key = api.post("/privileges", {"name": name, "data": orjson.dumps(privilege).decode()})
    far = "2035-01-01T00:00:00"
    user = {"name": name, "display_name": name, "email": f"{name}@example.com", "password": "a good password"}
    data = {"account_expiration_datetime": far, "password_expiration_datetime": far, "privilege_id": key}
    api.post("/users", {**user, **data, "is_admin": False, **flags})
    return api.sign_in(name, "a good password")


def _privilege_of(column: str, space: int) -> dict[str, Any]:
    role = column.removesuffix("_of_site")
    return {"spaces": [space], "role": role, "whole_site": column.endswith("_of_site")}


@pytest.fixture(scope="module")
def two(api: Api) -> Two:
    spaces = [_space(api, f"{word} campus") for word in (OURS, FOREIGN)]
    ours, foreign = (
        Campus(api, word, key).build() for word, key in zip((OURS, FOREIGN), spaces, strict=True)
    )
    callers = {
        column.name: _caller(api, column.name, _privilege_of(column.name, spaces[0]))
        for column in COLUMNS[1:7]
    }
    callers["read_only_administrator"] = _caller(api, "auditor", None, is_admin=True, is_read_only=True)
    key = api.call("POST", "/apikeys", {"data": {"name": "k", "expires_datetime": "2035-01-01T00:00:00"}})
    callers["api_key"] = Api(api.services, api.client, {"API-KEY": key.json["token"]})
    callers["nobody"] = Api(api.services, api.client, {})
    callers["custom"] = _caller(api, "custom", {"spaces": [spaces[0]], "permissions": EVERYTHING})
    return Two(ours, foreign, callers, lines(all_routes(api.services)))


def test_the_table_of_permissions_is_the_reviewed_one(api: Api) -> None:
    text = golden(all_routes(api.services))
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == json.loads(text), "run `make generated`, review"


def test_every_module_is_needed_by_a_route_and_every_route_needs_a_module_that_exists(two: Two) -> None:
    needed = {line.need.module for line in two.lines if line.need.module}
    assert needed == {module.name for module in MODULES}


def _is_reached(two: Two, table: str) -> bool:
    path = f"/v1{BY_TABLE[table].route}"
    keys = {row["id"] for row in two.callers["custom"].get(path)}
    return two.ours[table] in keys and two.foreign[table] not in keys


def test_both_sites_have_every_kind_of_row_and_the_first_is_reached(two: Two) -> None:
    listed = [table for table in two.ours if "list" in BY_TABLE[table].can and table != "tbl_spaces"]
    assert len(listed) >= 20
    assert [table for table in listed if not _is_reached(two, table)] == ["tbl_virtual_power_plants"]


def _ask(two: Two, caller: str, line: Line, keys: dict[str, int], own: int) -> Any:
    path = line.template.replace("{id_}", str(own)).replace("{kind}", "spacecost").replace("{form}", "csv")
    for name in ("{member}", "{child_id}", "{pid}"):
        path = path.replace(name, "1")
    api = two.callers[caller]
    query = PERIOD + "".join(f"&{_path(table).removesuffix('s')}id={key}" for table, key in keys.items())
    query += (
        f"&id={own}&id1={own}&id2={own}&spaceid={keys['tbl_spaces']}&useruuid={api.headers.get('USER-UUID')}"
    )
    body = None if line.method == "GET" else {"data": {}}
    return api.call(line.method, f"/v1{path}", body, query_string=query)


def _own_key(line: Line, keys: dict[str, int]) -> int:
    return keys.get(line.need.table, UNKNOWN)


def test_what_the_table_denies_is_denied(two: Two) -> None:
    wrong = []
    for line in two.lines:
        for column, verdict in zip(COLUMNS[:-1], line.verdicts[:-1], strict=True):
            if verdict != NO:
                continue
            result = _ask(two, column.name, line, two.ours, _own_key(line, two.ours))
            described = result.json.get("description") if result.text else None
            right = result.status_code == 403 and described == "API.INVALID_PRIVILEGE"
            if column.name in ("nobody", "api_key"):
                right = right or (result.status_code == 401 and described == "API.INVALID_USER_UUID")
            if not right:
                wrong.append(f"{column.name} {line.name}: {result.status} {result.text[:80]}")
    assert wrong == [], "\n".join(wrong)


def test_what_the_table_allows_is_not_denied(two: Two) -> None:
    """Bodies are empty and rows to delete unknown, so nothing happens: what counts is who is let in."""
    wrong = []
    for line in two.lines:
        if line.handler.auth is Auth.NONE or (line.method == "GET" and "report" in line.need.module):
            continue
        for column, verdict in zip(COLUMNS[1:-1], line.verdicts[1:-1], strict=True):
            if verdict == NO or (line.method == "GET" and column.name != "read_only_administrator"):
                continue
            own = UNKNOWN if line.method == "DELETE" else _own_key(line, two.ours)
            result = _ask(two, column.name, line, two.ours, own)
            if result.status_code in (401, 403, 500):
                wrong.append(f"{column.name} {line.name}: {result.status} {result.text[:80]}")
    assert wrong == [], "\n".join(wrong)


def test_a_foreign_row_looks_on_every_route_as_one_that_does_not_exist(two: Two) -> None:
    wrong = []
    for line in two.lines:
        if (
            line.handler.auth is Auth.NONE
            or not line.need.table
            or line.need.module in ("accounts", "system")
        ):
            continue
        for caller in ("custom", "facility_manager", "energy_manager", "viewer"):
            if caller != "custom" and OWN not in line.verdicts[1:4]:
                continue
            foreign = _ask(two, caller, line, two.foreign, two.foreign.get(line.need.table, UNKNOWN))
            unknown = _ask(two, caller, line, two.foreign, UNKNOWN)
            same = (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
            if not same or foreign.status_code not in (403, 404, 422) or foreign.status_code < 400:
                wrong.append(
                    f"{caller} {line.name}: {foreign.status} {foreign.text[:80]} {unknown.text[:80]}"
                )
    assert wrong == [], "\n".join(wrong)


def test_nothing_of_the_other_site_is_read_anywhere(two: Two) -> None:
    """Lists, items, exports and every report, asked for the own rows and for the foreign ones."""
    leaks, seen = [], 0
    for line in two.lines:
        if line.method != "GET" or line.template in ("/docs", "/openapi.json"):
            continue
        for keys in (two.ours, two.foreign):
            result = _ask(two, "custom", line, keys, _own_key(line, keys))
            seen += OURS in result.text
            if FOREIGN in result.text or result.status_code == 500:
                leaks.append(f"{line.name} {'ours' if keys is two.ours else 'foreign'}: {result.text[:120]}")
    assert leaks == [], "\n".join(leaks)
    assert seen > 150  # the own rows are read by as many


def test_reports_on_foreign_rows_are_refused_like_unknown_ones(two: Two) -> None:
    wrong, compared = [], 0
    unknown_keys = dict.fromkeys(two.foreign, UNKNOWN)
    for line in two.lines:
        if not line.template.startswith("/reports/") or line.method != "GET" or line.need.is_of_site:
            continue
        unknown = _ask(two, "custom", line, unknown_keys, UNKNOWN)
        if unknown.status_code != 404:
            continue
        compared += 1
        foreign = _ask(two, "custom", line, two.foreign, two.foreign["tbl_spaces"])
        if (foreign.status_code, foreign.json) != (unknown.status_code, unknown.json):
            wrong.append(f"{line.name}: {foreign.status} {foreign.text[:100]}")
    assert wrong == [], "\n".join(wrong)
    assert compared > 80
