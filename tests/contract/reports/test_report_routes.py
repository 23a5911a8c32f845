"""Every report route of the contract: is it served, does its answer have the contract's shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from ems_api.reports.table import REPORTS
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
    api: Api, declared: Declared, capsys: pytest.CaptureFixture[str]
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
            shaped += declared.faults(of.path, result.json) if of.method == "GET" else []
            if shaped:
                differences.append(f"{of.method} {of.path}: {shaped[:4]}")
    paths = {of.path for of in found}
    wrong = {line.split(" ")[1].rstrip(":") for line in differences}
    with capsys.disabled():
        print(f"\nreport routes: {len(served)} of {len(paths)} served, {len(paths - wrong)} conform")
        print("\n".join(differences))
    assert not differences


def _closed(schema: Any) -> Any:
    """A schema that allows no member it does not name."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: _closed(one) for name, one in schema.items()}
    return result if "properties" not in schema else {"additionalProperties": False, **result}


class Declared:
    """The answers of reports as the OpenAPI document declares them, and nothing beyond.

    Args:
        document: The OpenAPI document.
    """

    def __init__(self, document: Any) -> None:
        self._paths = document["paths"]
        self._components = _closed(document["components"])
        self._made: dict[str, Any] = {}

    def faults(self, path: str, answer: Any) -> list[str]:
        """Where an answer to a GET is not what is declared."""
        if path not in self._made:
            content = self._paths[path]["get"]["responses"]["200"]["content"]["application/json"]
            assert content["schema"], f"{path} is not typed"
            schema = {**_closed(content["schema"]), "components": self._components}
            self._made[path] = jsonschema_rs.Draft202012Validator(schema)
        return [
            f"{error.instance_path}: {error.message:.150}" for error in self._made[path].iter_errors(answer)
        ]


@pytest.fixture(scope="module")
def declared(api: Api) -> Declared:
    """What the OpenAPI document says of reports; the other walks hold MyEMS' dialect to it."""
    return Declared(api.get("/v1/openapi.json"))


@pytest.mark.db
def test_every_report_answers_what_the_openapi_document_declares_and_no_more(
    api: Api, declared: Declared
) -> None:
    differences = []
    for of in facts():
        if of.method != "GET" or of.path == "/reports/advancedreports/{id_}":
            continue
        plain = replace(
            of, path=f"/v1{of.path}", optional=tuple(set(of.optional) - {"exportexcel", "exportpdf"})
        )
        result = ask(api, plain)
        assert result.status_code == 200, f"{plain.path}: {result.text:.200}"
        differences += [f"{plain.path}: {fault}" for fault in declared.faults(of.path, result.json)[:3]]
    assert not differences


@pytest.mark.db
def test_a_request_without_parameters_is_refused_with_a_key_of_the_contract(api: Api) -> None:
    differences = []
    for of in facts():
        if of.method != "GET" or "{" in of.path or not of.required:
            continue
        result = api.call("GET", of.path)
        key = f"{result.status_code} {result.json.get('description', '').removeprefix('API.')}"
        if key not in of.errors and of.path != "/reports/spacecomparison":
            differences.append(f"{of.path}: {key}")
    assert not differences


def _keyed(of: Facts) -> list[str]:
    """Parameters by which a report names its entity, by key or UUID."""
    names = (*of.required, *of.optional)
    return [name for name in names if name.endswith(("id", "id1", "uuid")) and name != "useruuid"]


@pytest.mark.db
def test_an_unknown_or_malformed_key_is_answered_with_a_key_of_the_contract(api: Api) -> None:
    differences = []
    for of in facts():
        if of.method != "GET" or of.path in {"/reports/spacecomparison", "/reports/pointrealtime"}:
            continue
        usual = parameters(of, api.headers["USER-UUID"])
        given = {name: text for name, text in usual.items() if "uuid" not in name or name == "useruuid"}
        for name in _keyed(of):
            unknown = "3fa85f64-5717-4562-b3fc-2c963f66afa6" if "uuid" in name else "987654"
            others = {key: text for key, text in given.items() if key != name.replace("uuid", "id")}
            for value in (unknown, "x"):
                result = api.call("GET", of.path.replace("{id_}", "1"), params={**others, name: value})
                key = f"{result.status_code} {result.json.get('description', '').removeprefix('API.')}"
                # MyEMS names the sensor's UUID as it names the sensor's key.
                if key not in of.errors and (name, value) != ("sensoruuid", "x"):
                    differences.append(f"{of.path} {name}={value}: {key}")
    assert not differences


NONSENSE = ("-1", "0", "99999999999999999999", "x'; DROP TABLE tbl_spaces; --", "\u0000", "é" * 300, "null")


@pytest.mark.db
@pytest.mark.parametrize("value", NONSENSE)
def test_nonsense_in_any_parameter_is_never_a_fault_of_the_server(api: Api, value: str) -> None:
    asked = [(of, name) for of in facts() if of.method == "GET" for name in (*of.required, *of.optional)]
    failed = []
    # Every parameter gets three of the values, by turns: all of them take a minute and a half.
    for n, (of, name) in enumerate(asked, NONSENSE.index(value)):
        if n % len(NONSENSE) > 2:
            continue
        usual = parameters(of, api.headers["USER-UUID"])
        given = {key: text for key, text in usual.items() if not key.endswith("uuid") or key == "useruuid"}
        result = api.call("GET", of.path.replace("{id_}", "1"), params={**given, name: value})
        if result.status_code >= 500:
            failed.append(f"{of.path} {name}: {result.status}")
    assert not failed


LORD_HOWE = "Australia/Lord_Howe"  # Its clocks change by half an hour.
HAZARDS: dict[str, dict[str, str]] = {
    "long before there was anything": {
        "reportingperiodstartdatetime": "1990-01-01T00:00:00",
        "reportingperiodenddatetime": "1990-01-02T23:59:59",
    },
    "a zone of three quarters of an hour": {"timezone": "Asia/Kathmandu"},
    "the day that is half an hour shorter": {
        "timezone": LORD_HOWE,
        "reportingperiodstartdatetime": "2025-10-05T00:00:00",
        "reportingperiodenddatetime": "2025-10-05T23:59:59",
        "periodtype": "hourly",
    },
    "the day of 25 hours": {
        "timezone": "Europe/Berlin",
        "reportingperiodstartdatetime": "2025-10-26T00:00:00",
        "reportingperiodenddatetime": "2025-10-27T00:00:00",
        "periodtype": "hourly",
    },
    "an hour that is not there": {
        "timezone": "Europe/Berlin",
        "reportingperiodstartdatetime": "2025-03-30T02:30:00",
        "reportingperiodenddatetime": "2025-03-30T05:00:00",
    },
    "a base period without end": {"baseperiodenddatetime": ""},
    "reversed": {
        "reportingperiodstartdatetime": "2026-03-04T23:59:59",
        "reportingperiodenddatetime": "2026-03-03T00:00:00",
    },
    "all times, hour by hour": {
        "reportingperiodstartdatetime": "0001-01-01T00:00:00",
        "reportingperiodenddatetime": "9999-12-31T23:59:59",
        "periodtype": "hourly",
    },
}
REFUSED = {"reversed", "all times, hour by hour"}


@pytest.mark.db
@pytest.mark.parametrize("hazard", HAZARDS)
def test_odd_periods_and_zones_have_the_shape_of_the_contract_or_are_refused_with_its_keys(
    api: Api, declared: Declared, hazard: str
) -> None:
    differences = []
    odd = HAZARDS[hazard]
    for of in facts():
        names = {*of.required, *of.optional}
        if of.method != "GET" or not names & set(odd):
            continue
        usual = parameters(of, api.headers["USER-UUID"])
        given = {name: text for name, text in usual.items() if "uuid" not in name or name == "useruuid"}
        given |= {name: text for name, text in odd.items() if name in names or name == "timezone"}
        result = api.call("GET", of.path.replace("{id_}", "1"), params={**given, "quickmode": "true"})
        if hazard in REFUSED:
            key = f"{result.status_code} {result.json.get('description', '').removeprefix('API.')}"
            if key not in of.errors and of.path != "/reports/spacecomparison":
                differences.append(f"{of.path}: {key}")
        elif result.status_code != 200 or (of.shape and faults(result.json, of.shape)):
            differences.append(f"{of.path}: {result.status} {result.text[:200]}")
        else:
            differences += [f"{of.path}: {fault}" for fault in declared.faults(of.path, result.json)[:3]]
    assert not differences


@pytest.mark.db
def test_quick_mode_never_makes_a_workbook(api: Api) -> None:
    made = []
    for of in facts():
        if of.method != "GET" or "quickmode" not in of.optional:
            continue
        given = {
            name: text
            for name, text in parameters(of, api.headers["USER-UUID"]).items()
            if ("uuid" not in name or name == "useruuid") and name != "exportexcel"
        }
        result = api.call("GET", of.path, params={**given, "quickmode": "TRUE"})
        if isinstance(result.json, dict) and result.json.get("excel_bytes_base64"):
            made.append(of.path)
    assert not made


@pytest.mark.db
def test_every_document_becomes_every_kind_of_file(api: Api) -> None:
    failed = []
    with_files = [report for report in REPORTS if report.document is not None]
    assert len(with_files) > 100
    for n, report in enumerate(with_files):
        of = next(of for of in facts() if of.path == f"/reports/{report.path}")
        given = {
            name: text
            for name, text in parameters(of, api.headers["USER-UUID"]).items()
            if "uuid" not in name or name == "useruuid"
        }
        # Every tenth is set as pages too: they all go through the same few functions.
        forms = ("csv", "xlsx", "pdf", "svg") if n % 10 == 0 else ("csv", "xlsx")
        for form in forms:
            result = api.call("GET", f"/v1/reports/{report.path}.{form}", params=given)
            if result.status_code != 200 and (form, result.json.get("description")) != (
                "svg",
                "API.INVALID_CHART",
            ):
                failed.append(f"{report.path}.{form}: {result.status} {result.text[:200]}")
    assert not failed


@pytest.fixture(scope="module")
def empty(fresh_database_module: FreshDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A client of a site that was just installed: no meter, no category, no hour."""
    client = connect(
        {**fresh_database_module.environ, "EMS_DB_PREFIX": f"{fresh_database_module.prefix}empty_"},
        str(tmp_path_factory.mktemp("var")),
    )
    dbs = Databases(client.services.settings.db)
    migrate(dbs, lambda _line: None)
    reference.install(dbs, PASSWORD)
    dbs.close()
    yield client.sign_in("administrator", PASSWORD)
    client.close()


@pytest.mark.db
def test_reports_of_a_site_without_anything_have_their_shape_or_say_what_is_missing(
    empty: Api, declared: Declared
) -> None:
    differences = []
    for of in facts():
        if of.method != "GET":
            continue
        result = ask(empty, of)
        if result.status_code == 404:
            key = f"404 {result.json.get('description', '').removeprefix('API.')}"
            if key not in of.errors and "comparison" not in of.path:
                differences.append(f"{of.path}: {key}")
        elif result.status_code != 200 or (of.shape and faults(result.json, of.shape)):
            differences.append(f"{of.path}: {result.status} {faults(result.json, of.shape)[:3]}")
        else:
            differences += [f"{of.path}: {fault}" for fault in declared.faults(of.path, result.json)[:3]]
    assert not differences
