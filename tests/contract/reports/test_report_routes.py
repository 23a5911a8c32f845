"""Every report route of the contract: is it served, does its answer have the contract's shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ems_api.testing import Api, connect
from ems_common.db import Databases
from ems_database import reference
from ems_database.migrate import migrate
from ems_site.pytest_plugin import FreshDatabase

from .filled_site import fill
from .shapes import Facts, facts, faults

PASSWORD = "correct horse 1"
PARAMETERS = {
    "periodtype": "daily",
    "baseperiodstartdatetime": "2026-03-01T00:00:00",
    "baseperiodenddatetime": "2026-03-02T23:59:59",
    "reportingperiodstartdatetime": "2026-03-03T00:00:00",
    "reportingperiodenddatetime": "2026-03-04T23:59:59",
    "language": "en",
    "energyCategory": "all",
    "timerange": "24h",
    "pointids": "1,2",
    "data_source_ids": "1,2",
    "quickmode": "false",
    "quick_mode": "false",
    "exportexcel": "true",
}
BODIES = {
    "/reports/enterproduction": {"spaceid": 1, "productid": 1, "value": [["2026-03-03", 5]]},
    "/reports/offlinemeterinput": {"meter": 1, "value": [["2026-03-03", 240]]},
}


@pytest.fixture(scope="module")
def api(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A client of a site that is filled to the brim, signed in as its administrator."""
    client = connect(fresh_database_module.environ, str(tmp_path_factory.mktemp("var")))
    dbs = Databases(client.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    fill(dbs)
    dbs.close()
    signed_in = client.sign_in("administrator", PASSWORD)
    yield signed_in
    client.close()


def parameters(of: Facts, user_uuid: str) -> dict[str, str]:
    """Parameters of a request for a report."""
    known = PARAMETERS | {"useruuid": user_uuid}
    names = (*of.required, *of.optional)
    given = {name: known[name] for name in names if name in known}
    given |= {
        name: "1" for name in names if name.endswith("id") and name not in given and not name.endswith("uuid")
    }
    return (
        given
        | {name: "1" for name in names if name.endswith("id1")}
        | {name: "2" for name in names if name.endswith("id2") and not name.endswith("uuid2")}
    )


def ask(api: Api, of: Facts) -> Any:
    """The answer to a request for a report."""
    path = of.path.replace("{id_}", "1")
    given = {
        name: value
        for name, value in parameters(of, api.headers["USER-UUID"]).items()
        if not name.removesuffix("1").removesuffix("2").endswith("uuid") or name == "useruuid"
    }
    if of.method == "GET":
        return api.call("GET", path, params=given)
    return api.call(of.method, path, BODIES.get(of.path))


@pytest.mark.db
def test_every_report_route_has_the_shape_of_the_contract(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    served, differences = set(), []
    found = sorted(facts(), key=lambda of: of.method == "DELETE")
    for of in found:
        result = ask(api, of)
        if result.status_code in {404, 405} and '"API.' not in result.text:
            differences.append(f"{of.method} {of.path}: not served")
            continue
        served.add(of.path)
        if result.status_code != of.status:
            differences.append(f"{of.method} {of.path}: {result.status} {result.text[:200]}")
        elif of.shape:
            shaped = faults(result.json, of.shape)
            if shaped:
                differences.append(f"{of.method} {of.path}: {shaped[:4]}")
    paths = {of.path for of in found}
    wrong = {line.split(" ")[1].rstrip(":") for line in differences}
    with capsys.disabled():
        print(f"\nreport routes: {len(served)} of {len(paths)} served, {len(paths - wrong)} conform")
        print("\n".join(differences))
    assert not differences
