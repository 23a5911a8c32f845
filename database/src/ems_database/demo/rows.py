"""Sections of the site's declaration to rows of tables.

Columns, references and required values are those of the catalog; only what is not one row per entry
(time-of-use slots, calendar days, diagram nodes, formula variables, bindings) has a function of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ems_common.catalog import TABLES
from ems_common.catalog.bindings import BINDINGS, Binding
from ems_common.catalog.model import NO_DEFAULT, Table
from ems_common.clock import utc_now
from ems_common.errors import BadInput

from ems_database.demo import dated
from ems_database.demo.document import Document, Row, row_uuid

TableRows = dict[str, list[Row]]

_EXTRAS = frozenset(
    {
        "key",
        "slots",
        "weekdays",
        "first_date",
        "last_date",
        "closures",
        "variables",
        "nodes",
        "links",
        "file",
        "watch",
    }
)
DATABASE_OF = {"tbl_rules": "fdd_db", dated.FILES: "historical_db"}
"""Tables of the declaration that are not in ``system_db``."""
_LAST_SECOND = "23:59:59"
_BINDINGS = {binding.table: binding for binding in BINDINGS}


def site_rows(document: Document, today: date | None = None) -> TableRows:
    """All rows of the site but points, accounts and uploaded files, by table, in the declaration's order.

    Args:
        document: The declaration.
        today: Local date with which budgets begin; this day's when not given.

    Raises:
        BadInput: A name, key or required column is unknown or missing.
    """
    rows: TableRows = {}
    for section, given in document.sections.items():
        rows[f"tbl_{section}"] = [
            _row(document, section, entry) for entry in given if section not in ("data_sources", "budgets")
        ]
    today = today or utc_now().astimezone(document.zone).date()
    rows["tbl_budgets"] = [
        _row(document, "budgets", entry)
        for given_budget in document.sections["budgets"]
        for entry in dated.budgets(given_budget, today)
    ]
    rows["tbl_offline_meter_profiles"] = list(dated.profiles(document))
    rows["tbl_tariffs_timeofuses"] = list(_slots(document))
    rows["tbl_working_calendars_non_working_days"] = list(_days_off(document))
    rows["tbl_variables"] = list(_variables(document))
    rows |= _diagrams(document)
    for name, pairs in document.site["bindings"].items():
        rows[f"tbl_{name}"] = list(_binding(document, f"tbl_{name}", pairs))
    return rows


def checked(table: Table, row: Row, where: str) -> Row:
    """A row whose columns exist and whose required columns are there.

    Raises:
        BadInput: A column is unknown, missing, or not one of its choices.
    """
    unknown = sorted(set(row) - set(table.by_name))
    if unknown:
        raise BadInput(f"{table.name} has no {', '.join(unknown)}", where, row)
    for column in table.columns:
        longest = int(column.type[8:-1]) if column.type.startswith("VARCHAR") else None
        if longest is not None and len(str(row.get(column.name) or "")) > longest:
            raise BadInput(f"{column.name} is longer than {longest} characters", where, row)
        if column.name == "id" or column.null or column.default is not NO_DEFAULT:
            continue
        if row.get(column.name) is None:
            raise BadInput(f"{table.name} needs {column.name}", where, row)
        if column.choices and row[column.name] not in column.choices:
            raise BadInput(f"{column.name} is none of {', '.join(column.choices)}", where, row)
    return row


def _row(document: Document, section: str, entry: Mapping[str, Any]) -> Row:
    table = TABLES[DATABASE_OF.get(f"tbl_{section}", "system_db")].get(f"tbl_{section}")
    where = f"site.yaml {section} {entry.get('key', entry['id'])}"
    if table is None:
        raise BadInput("there is no such table", where)
    row: Row = {}
    for name, value in entry.items():
        if name not in _EXTRAS:
            column, resolved = _resolved(document, table, name, value, where)
            row[column] = resolved
    if section == "rules":
        row["expression"] = _expression(document, entry, where)
    if "uuid" in table.by_name:
        row["uuid"] = row_uuid(table.name, entry["id"])
    if section == "virtual_meters":
        _check_formula(entry, where)
    if "file" in entry:
        row["source_code"] = (document.folder / entry["file"]).read_text(encoding="utf-8")
    if section == "gateways":
        # An installed gateway keeps its token; a new one gets a token that nobody could guess.
        row.pop("token", None)
        return row
    return checked(table, row, where)


def _resolved(document: Document, table: Table, name: str, value: Any, where: str) -> tuple[str, Any]:
    """The column that a name of the declaration means, and its value as stored."""
    if name.endswith("_local"):
        return name.removesuffix("_local") + "_datetime_utc", local_midnight_utc(value, document)
    column = table.by_name.get(name) or table.by_name.get(f"{name}_id")
    if column is None:
        return name, value
    if column.name.endswith("_uuid") and isinstance(value, str):
        return column.name, document.uuid_of(value, where)
    if column.reference and isinstance(value, str):
        return column.name, document.id_of(column.reference, value, where)
    return column.name, value


def local_midnight_utc(day: date, document: Document) -> datetime:
    """Start of a local day as the databases store it: UTC without zone."""
    return datetime.combine(day, time(), document.zone).astimezone(UTC).replace(tzinfo=None)


def _expression(document: Document, entry: Mapping[str, Any], where: str) -> str:
    """What a rule watches; what it is about is named by its key, as everywhere in the declaration."""
    watch = dict(entry["watch"])
    if isinstance(watch.get("id"), str):
        watch["id"] = document.id_of(f"{watch['of']}s", watch["id"], where)
    if isinstance(watch.get("category"), str):
        watch["category"] = document.id_of("energy_categories", watch["category"], where)
    return json.dumps(watch)


def _check_formula(entry: Mapping[str, Any], where: str) -> None:
    words = entry["equation"].replace("(", " ").replace(")", " ").split()
    names = {word for word in words if word.isidentifier()}
    if names != set(entry["variables"]):
        raise BadInput("the formula and its variables differ", where, entry["equation"])


def _slots(document: Document) -> Iterator[Row]:
    for tariff in document.sections["tariffs"]:
        starts = [start for start, _, _ in tariff["slots"]]
        ends = [*starts[1:], _LAST_SECOND]
        for number, ((start, peak, price), end) in enumerate(zip(tariff["slots"], ends, strict=True), 1):
            row = {
                "id": tariff["id"] * 100 + number,
                "tariff_id": tariff["id"],
                "start_time_of_day": start,
                "end_time_of_day": end,
                "peak_type": peak,
                "price": price,
            }
            yield checked(TABLES["system_db"]["tbl_tariffs_timeofuses"], row, f"site.yaml {tariff['key']}")


def _days_off(document: Document) -> Iterator[Row]:
    holidays = {**document.site["bank_holidays"]}
    for calendar in document.sections["working_calendars"]:
        named = {**holidays, **calendar.get("closures", {})}
        day, number = calendar["first_date"], 0
        while day <= calendar["last_date"]:
            reason = named.get(day) or ("Weekend" if day.weekday() in calendar["weekdays"] else None)
            if reason is not None:
                number += 1
                yield {
                    "id": calendar["id"] * 10000 + number,
                    "working_calendar_id": calendar["id"],
                    "date_local": day,
                    "description": reason,
                }
            day += timedelta(days=1)


def _variables(document: Document) -> Iterator[Row]:
    for virtual in document.sections["virtual_meters"]:
        for number, (name, code) in enumerate(virtual["variables"].items(), 1):
            is_virtual = code in document.ids["virtual_meters"]
            section = "virtual_meters" if is_virtual else "meters"
            yield {
                "id": virtual["id"] * 100 + number,
                "name": name,
                "virtual_meter_id": virtual["id"],
                "meter_type": "virtual_meter" if is_virtual else "meter",
                "meter_id": document.id_of(section, code, f"virtual_meters {virtual['key']}"),
            }


def _diagrams(document: Document) -> TableRows:
    """Nodes and links of the energy flow diagrams."""
    nodes: list[Row] = []
    links: list[Row] = []
    for diagram in document.sections["energy_flow_diagrams"]:
        base = diagram["id"] * 100
        places = {name: base + number for number, name in enumerate(diagram["nodes"], 1)}
        nodes += [
            {"id": node, "energy_flow_diagram_id": diagram["id"], "name": name}
            for name, node in places.items()
        ]
        links += [
            {
                "id": base + number,
                "energy_flow_diagram_id": diagram["id"],
                "source_node_id": places[source],
                "target_node_id": places[target],
                "meter_uuid": document.uuid_of(meter, f"energy_flow_diagrams {diagram['key']}"),
            }
            for number, (source, target, meter) in enumerate(diagram["links"], 1)
        ]
    return {"tbl_energy_flow_diagrams_nodes": nodes, "tbl_energy_flow_diagrams_links": links}


def _binding(document: Document, table: str, pairs: Mapping[str, Any]) -> Iterator[Row]:
    """Rows of a binding table; they have no fixed id, the pair is their key."""
    binding = _BINDINGS.get(table)
    if binding is None:
        raise BadInput("there is no such binding", f"site.yaml bindings {table}")
    for owner, members in pairs.items():
        flows = members if isinstance(members, Mapping) else {"in": members}
        for flow, names in flows.items():
            for name in names:
                yield _pair(document, binding, owner, name, is_output=flow == "out")


def _pair(document: Document, binding: Binding, owner: str, member: Any, *, is_output: bool) -> Row:
    where = f"bindings {binding.table}"
    # Points and users are named by their id.
    member_id = member if isinstance(member, int) else document.id_of(binding.member, member, where)
    row: Row = {binding.owner_key: document.id_of(binding.owner, owner, where), binding.member_key: member_id}
    if binding.has_output:
        row["is_output"] = is_output
    return row
