"""What single resources check or show beyond their declaration.

`prepare` hooks are called as (session, values, key or None) before a row is written, `finish` hooks as
(session, items) after rows were read, `check` hooks of bindings as (session, owner id, member id).
Longer than 400 lines: a short hook for each resource that has one, and the table that names them.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from ems_common import journal
from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.drivers.registry import PROTOCOLS
from ems_common.errors import BadInput
from ems_common.expressions import compile_expression
from ems_common.journal import BEGINNING_UTC, END_UTC, Change, Why

from ems_api.auth import reach
from ems_api.auth.passwords import new_token, token_digest
from ems_api.auth.rights import read_privilege
from ems_api.auth.scope import subtree
from ems_api.errors import ApiError, Cause, Fault, conflict, invalid, missing
from ems_api.resources.checks import existing
from ems_api.resources.reading import rows_by_id
from ems_api.rules.expression import parsed
from ems_api.wall_clock import stored

Json = dict[str, Any]
ROOT_SPACE: Final = 1
MASK: Final = "********"
_METER_TABLES: Final = {
    "meter": "tbl_meters",
    "offline_meter": "tbl_offline_meters",
    "virtual_meter": "tbl_virtual_meters",
}


# --- spaces
# ---------------------------------------------------------------------------------------------------


def check_watch(_session: Session, values: dict[str, Any], _key: int | None) -> None:
    """Refuse a rule that says what it watches, but not so that it can be carried out.

    Expressions in the words of other engines are kept as they are.

    Raises:
        ApiError: The expression is not understood.
    """
    text = values.get("expression") or ""
    try:
        expression = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if not isinstance(expression, dict) or "watch" not in expression:
        return
    try:
        parsed(text)
    except BadInput as ex:
        raise invalid("INVALID_EXPRESSION", field="expression", detail=str(ex)) from ex


def check_parent_space(session: Session, values: Json, key: int | None) -> None:
    """Every space but the root has a parent, which is not below it."""
    parent = values.get("parent_space_id")
    if key is None:
        return
    if parent is None:
        if key != ROOT_SPACE:
            raise invalid("INVALID_PARENT_SPACE_ID", field="parent_space_id")
        return
    if key == ROOT_SPACE or parent in subtree(session, [key]):
        raise invalid(
            "INVALID_PARENT_SPACE_ID", field="parent_space_id", detail="a space cannot stand below itself"
        )


def complete_space(_session: Session, data: Json, item: Json) -> None:
    """MyEMS' exports of spaces lack the number of occupants."""
    data.setdefault("number_of_occupants", item.get("number_of_occupants") or 1)


# --- meters
# -----------------------------------------------------------------------------------------------------


def _check_item(session: Session, values: Json, key: str) -> None:
    item = values.get("energy_item_id")
    if item is None:
        return
    category = session.scalar("SELECT energy_category_id FROM tbl_energy_items WHERE id = %s", (item,))
    if category is not None and category != values.get("energy_category_id"):
        raise conflict(Fault(key, 404, "BAD_REQUEST"))


def check_other_item(session: Session, values: Json, _key: int | None) -> None:
    """An energy item must belong to the category of a virtual or offline meter."""
    _check_item(session, values, "ENERGY_ITEM_IS_NOT_BELONG_TO_ENERGY_CATEGORY")


def check_meter(session: Session, values: Json, key: int | None) -> None:
    """Limits in order, item of the category, and a master that is of the category and not below the meter."""
    if values["hourly_low_limit"] > values["hourly_high_limit"]:
        raise invalid("INVALID_HOURLY_HIGH_LIMIT_VALUE", field="hourly_high_limit")
    _check_item(session, values, "ENERGY_ITEM_DOES_NOT_BELONG_TO_ENERGY_CATEGORY")
    master = values.get("master_meter_id")
    if master is None:
        return
    if master == key:
        raise invalid("INVALID_MASTER_METER_ID", field="master_meter_id")
    row = session.row("SELECT energy_category_id, master_meter_id FROM tbl_meters WHERE id = %s", (master,))
    if row is None:
        raise missing("MASTER_METER_NOT_FOUND")
    if row[0] != values.get("energy_category_id"):
        raise conflict(Fault("MASTER_METER_DOES_NOT_BELONG_TO_SAME_ENERGY_CATEGORY", 404, "BAD_REQUEST"))
    above = row[1]
    seen: set[int] = set()
    while above is not None and above not in seen:
        if above == key:
            raise ApiError(
                Fault("CANNOT_SET_EXISTING_SUBMETER_AS_MASTER_METER", 404, "NOT_FOUND"), Cause.CONFLICT
            )
        seen.add(above)
        above = session.scalar("SELECT master_meter_id FROM tbl_meters WHERE id = %s", (above,))


def check_energy_point(session: Session, meter_id: int, point_id: int) -> None:
    """A meter has one register only."""
    kind = session.scalar("SELECT object_type FROM tbl_points WHERE id = %s", (point_id,))
    if kind != "ENERGY_VALUE":
        return
    taken = session.row(
        "SELECT 1 FROM tbl_meters_points mp JOIN tbl_points p ON p.id = mp.point_id"
        " WHERE mp.meter_id = %s AND p.object_type = 'ENERGY_VALUE' LIMIT 1",
        (meter_id,),
    )
    if taken:
        raise conflict(Fault("METER_CANNOT_HAVE_MORE_THAN_ONE_ENERGY_VALUE_POINTS", 400, "ERROR"))


def check_variables(session: Session, rows: list[Json], key: int | None, values: Json) -> None:
    """Variables name meters that exist, each name once; the formula is sound and leads not back to itself."""
    check_equation(values["equation"], [row["name"] for row in rows])
    names = [row["name"].lower() for row in rows]
    if len(set(names)) != len(names):
        raise invalid("INVALID_VARIABLE_NAME", field="expression.variables")
    for kind, table in _METER_TABLES.items():
        wanted = {row["meter_id"] for row in rows if row["meter_type"] == kind}
        if wanted - existing(session, table, wanted):
            raise missing(f"{kind.upper()}_OF_VARIABLE_NOT_FOUND")
    wanted = {row["meter_id"] for row in rows if row["meter_type"] == "virtual_meter"}
    if key is not None and key in _virtual_below(session, wanted):
        raise invalid(
            "INVALID_EQUATION_IN_EXPRESSION", field="expression", detail="the formula leads back to itself"
        )


def _virtual_below(session: Session, keys: set[int]) -> set[int]:
    uses: dict[int, list[int]] = {}
    for owner, meter in session.rows(
        "SELECT virtual_meter_id, meter_id FROM tbl_variables WHERE meter_type = 'virtual_meter'"
    ):
        uses.setdefault(owner, []).append(meter)
    found: set[int] = set()
    open_ = list(keys)
    while open_:
        key = open_.pop()
        if key not in found:
            found.add(key)
            open_ += uses.get(key, [])
    return found


def check_equation(equation: str, names: Iterable[str]) -> None:
    """Refuse a formula that cannot be computed from its variables."""
    try:
        compile_expression(equation.lower(), [name.lower() for name in names])
    except BadInput as ex:
        raise invalid("INVALID_EQUATION_IN_EXPRESSION", field="expression.equation", detail=str(ex)) from ex


def name_variable_meters(session: Session, rows: list[Json]) -> None:
    """Add the names of the meters that variables stand for."""
    for kind, table in _METER_TABLES.items():
        wanted = {row["meter_id"] for row in rows if row["meter_type"] == kind}
        found = rows_by_id(session, table, ("name",), reach.within(table, wanted))
        for row in rows:
            if row["meter_type"] == kind:
                row["meter_name"] = found.get(row["meter_id"], {}).get("name")


def put_equation_in_expression(_session: Session, items: list[Json]) -> None:
    """The formula stands in `expression` too, beside its variables."""
    for item in items:
        item["expression"] = {"equation": item["equation"], **item.get("expression", {})}


# --- acquisition
# ------------------------------------------------------------------------------------------------


def renormalize_meter(session: Session, values: Json, key: int | None) -> None:
    """The hours of a meter follow from when it was exchanged; so do those of the meter named before."""
    meters = {values["meter_id"]}
    if key is not None:
        meters.add(session.scalar("SELECT meter_id FROM tbl_meter_exchanges WHERE id = %s", (key,)))
    _renormalize(session, meters)


def renormalize_former_meter(session: Session, row: Json) -> None:
    """The hours of a meter follow from an exchange that is forgotten."""
    _renormalize(session, {row["meter_id"]})


def _renormalize(session: Session, meters: set[int]) -> None:
    journal.write(
        session,
        [
            Change("normalize", "meter", meter, BEGINNING_UTC, END_UTC, Why.EXCHANGE)
            for meter in sorted(meters)
        ],
    )


KNOWN_PROTOCOLS: Final = (
    *((protocol.code, protocol.name) for protocol in PROTOCOLS),
    ("edge-control", "Edge control"),
    ("http", "HTTP (devices push)"),
)
"""Protocols of data sources, and their names: those that have a driver, and those of sources that no driver
reads: edge control writes the ones, devices push the others."""


def check_protocol(session: Session, values: Json, _key: int | None) -> None:
    """The protocol of a data source is one that is known here, or one that the site lists."""
    code = values["protocol"]
    if code not in dict(KNOWN_PROTOCOLS) and not session.row(
        "SELECT 1 FROM tbl_protocols WHERE code = %s LIMIT 1", (code,)
    ):
        raise invalid("INVALID_DATA_SOURCE_PROTOCOL", field="protocol")


def check_virtual_point(_session: Session, values: Json, _key: int | None) -> None:
    """A point that is computed holds a number: energy or an analog value."""
    kind = values.get("object_type")
    if values.get("is_virtual") and kind in ("DIGITAL_VALUE", "TEXT_VALUE"):
        raise invalid(f"VIRTUAL_POINT_CAN_NOT_BE_{kind}", field="is_virtual")


def give_gateway_token(_session: Session, values: Json, key: int | None) -> None:
    """A new gateway gets a token."""
    if key is None:
        values["token"] = str(uuid.uuid4())


# --- prices
# -------------------------------------------------------------------------------------------------------


def check_validity(_session: Session, values: Json, _key: int | None) -> None:
    """A tariff begins before it ends."""
    if values["valid_from_datetime_utc"] >= values["valid_through_datetime_utc"]:
        raise invalid("INVALID_VALID_THROUGH", field="valid_through")


# --- meters of any kind, named by UUID
# ----------------------------------------------------------------------------


def meters_by_uuid(session: Session, uuids: Iterable[str | None]) -> dict[str, Json]:
    """Type, id, name and UUID of meters of any kind, by UUID."""
    wanted = sorted({value for value in uuids if value})
    if not wanted:
        return {}
    result: dict[str, Json] = {}
    for kind, table in _METER_TABLES.items():
        sql = compose(
            "SELECT uuid, id, name FROM {table} WHERE uuid IN ({of})", table=table, of=marks(wanted)
        )
        rows = session.rows(sql, wanted)
        own = reach.within(table, {row[1] for row in rows})
        for text, key, name in rows:
            if key not in own:
                continue
            result[text] = {"type": kind, "id": key, "name": name, "uuid": text}
    return result


def check_fraction(session: Session, values: Json, _key: int | None) -> None:
    """The meters of a fraction exist and are two; what belongs to another type of parameter is cleared."""
    kind = values["parameter_type"]
    if kind != "constant":
        values["constant"] = None
    if kind != "point":
        values["point_id"] = None
    if kind != "fraction":
        values["numerator_meter_uuid"] = values["denominator_meter_uuid"] = None
        return
    for name in ("numerator_meter_uuid", "denominator_meter_uuid"):
        if values[name] not in meters_by_uuid(session, [values[name]]):
            raise invalid(f"INVALID_{name.upper()}", field=name)
    if values["numerator_meter_uuid"] == values["denominator_meter_uuid"]:
        raise invalid("INVALID_DENOMINATOR_METER_UUID", field="denominator_meter_uuid")


def show_fraction(table: str) -> Callable[[Session, list[Json]], None]:
    """A hook that adds the meters of fractions to the parameters of `table`."""

    def finish(session: Session, items: list[Json]) -> None:
        if not items:
            return
        rows = session.rows(
            compose(
                "SELECT id, numerator_meter_uuid, denominator_meter_uuid FROM {table} WHERE id IN ({keys})",
                table=table,
                keys=marks(items),
            ),
            [item["id"] for item in items],
        )
        meters = meters_by_uuid(session, [text for row in rows for text in row[1:]])
        by_id = {row[0]: row for row in rows}
        for item in items:
            _, numerator, denominator = by_id[item["id"]]
            item["numerator_meter"] = meters.get(numerator or "")
            item["denominator_meter"] = meters.get(denominator or "")

    return finish


def fraction_of_export(_session: Session, data: Json, item: Json) -> None:
    """An exported fraction names its meters as objects."""
    for name in ("numerator_meter", "denominator_meter"):
        if isinstance(item.get(name), dict):
            data[f"{name}_uuid"] = item[name].get("uuid")


# --- stations
# -----------------------------------------------------------------------------------------------------


def export_station(_session: Session, _key: int, result: Json) -> None:
    """MyEMS exports the points of a station's place by key."""
    for name in ("latitude_point", "longitude_point"):
        point = result.pop(name, None)
        result[f"{name}_id"] = point["id"] if point else None


def export_microgrid(_session: Session, _key: int, result: Json) -> None:
    """MyEMS exports a microgrid's drawing by key."""
    drawing = result.pop("svg", None)
    result["svg_id"] = drawing["id"] if drawing else None


# --- secrets
# ------------------------------------------------------------------------------------------------------


def encode_mail_password(_session: Session, values: Json, _key: int | None) -> None:
    """MyEMS' mail sender expects the password in base64; a masked one is left as it is."""
    password = values.get("password")
    if password == MASK:
        del values["password"]
    elif password is not None:
        values["password"] = base64.b64encode(password.encode()).decode()


def mask_password(_session: Session, items: list[Json]) -> None:
    """A password is never shown."""
    for item in items:
        item["password"] = MASK if item.get("requires_authentication") else None


def check_privilege(_session: Session, values: Json, _key: int | None) -> None:
    """A privilege's data is a JSON object with a list of spaces, and what else a privilege may hold."""
    try:
        read_privilege(orjson.loads(values["data"]))
    except ValueError as ex:
        raise invalid("INVALID_PRIVILEGE_DATA", field="data", detail=str(ex)) from ex


def make_api_key(_session: Session, values: Json, key: int | None) -> None:
    """A new API key gets a token, of which only the digest is kept."""
    if key is None:
        values["_token"] = new_token()
        values["token"] = token_digest(values["_token"])
        values["created_datetime_utc"] = stored(utc_now())


def show_new_key(_session: Session, key: int, values: Json) -> Json:
    """The token of a new key is shown once, in the answer of its creation."""
    return {"id": key, "name": values["name"], "token": values["_token"]}


def mask_token(_session: Session, items: list[Json]) -> None:
    """Tokens of API keys are stored as digests, which are shown to nobody."""
    for item in items:
        item["token"] = MASK
