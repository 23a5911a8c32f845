"""Every error that the contract declares is provoked and compared; the count is printed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .crossed import Crossed
from .facts import contract
from .provoke import Provoker, declared
from .walk import Walk
from .world import World

pytestmark = pytest.mark.db
OWN_TESTS = ("/users", "/ai")
"""Families whose errors have tests of their own: `ems-api/tests/test_accounts.py`."""

_OTHERWISE = (
    (r" dynamic| error_description| - |\"", "free or no text at MyEMS; here a key"),
    (r"/clone: .* row_", "a clone copies rows that hold"),
    (
        r"/clone: 400 BAD_REQUEST INVALID_(POINT|CONSTANT|NUMERATOR|DENOMINATOR)",
        "a clone copies rows that hold",
    ),
    (r"INVALID_USER_UUID|INVALID_TOKEN|SESSION_NOT_FOUND", "tested in test_routes.py, for every route"),
    (r"PLEASE_LOGIN|PLEASE_RE_LOGIN|USER_SESSION_TIMEOUT", "the guard has refused before, with its own keys"),
    (r" (exception|db_error)$", "needs a broken disk, broker or database"),
    (
        r"/spaces/\S+: .*(USER_NOT_FOUND|PRIVILEGE|json_parse)|/spaces/tree: .*SPACE_NOT_FOUND",
        "needs a session without its user",
    ),
    (r"GET /tariffs: .*INVALID_TARIFF_TYPE", "one odd tariff does not hide the others here"),
    (r"THERE_IS_RELATION_WITH_CHILD_METERS", "said before as THERE_IS_RELATION_WITH_METERS"),
    (r"(PUT|POST) \S+: 40\d NOT_FOUND POINT_NOT_FOUND *$", "said as 400 BAD_REQUEST POINT_NOT_FOUND"),
    (r"PUT /(controlmodes|tariffs)/\{id_\}: 404 \S+ \S+ *$", "declared twice"),
    (
        r"POST /energyflowdiagrams/import: .* ENERGY_FLOW_DIAGRAM_NOT_FOUND",
        "the diagram was made the moment before",
    ),
    (r"/wechatmessages.*INVALID_OPENID|INVALID_MIME_TYPE|UNSUPPORTED_FILE_TYPE", "tested in test_others.py"),
)
"""Declared errors that do not come, and why."""


def reason(text: str) -> str:
    """Why a declared error does not come; "" when it must."""
    return next((why for pattern, why in _OTHERWISE if re.search(pattern, text)), "")


@pytest.mark.timeout(900)
def test_every_declared_error_comes_as_declared(api: Any, world: World, capsys: Any) -> None:
    made: dict[str, int] = {}

    def member(prefix: str) -> int:
        if prefix not in made:
            made[prefix] = member_of(api, world, prefix)
        return made[prefix]

    provoker = Provoker(api, world)
    handlers = [one for one in contract().handlers.values() if not one.path.startswith(OWN_TESTS)]
    for handler in handlers:
        provoker.provoke(handler, member)
    Crossed(api, world).send_all()
    wanted = [one for handler in handlers for one in declared().get(f"{handler.method} {handler.path}", [])]
    missing = [one for one in wanted if one.entry not in api.client.seen]
    silent = [str(one) for one in missing if not reason(str(one))]
    with capsys.disabled():
        came, otherwise = len(wanted) - len(missing), len(missing) - len(silent)
        print(
            f"\n{len(wanted)} declared errors: {came} came as declared, {otherwise} cannot, {len(silent)} did not"
        )
    assert not silent, "\n".join(f"{text}  ←  {provoker.log.get(text, [])[:4]}" for text in silent)


def member_of(api: Any, world: World, prefix: str) -> int:
    """Key of a row of a collection that has no POST of its own, or a special one."""
    if prefix == "/users":
        return Walk(api, world)._user()
    if prefix == "/nonworkingdays":
        path = f"/workingcalendars/{world.row('/workingcalendars')}/nonworkingdays"
        return int(api.post(path, {"date_local": "2026-12-24"}))
    return world.row("/points") if prefix in ("/pointlimits", "/pointsetvalues") else 1
