"""Energy flow diagrams and distribution systems: what their parts check, show, export and import."""

from __future__ import annotations

import uuid
from typing import Any

from ems_common.db import Session
from ems_common.db.sql import compose, marks

from ems_api.errors import ApiError, Cause, Fault, conflict, invalid, missing
from ems_api.resources.checks import existing
from ems_api.resources.hooks import meters_by_uuid
from ems_api.resources.reading import rows_by_id

Json = dict[str, Any]


def check_link(session: Session, values: Json, key: int | None) -> None:
    """A link joins nodes of its own diagram and, if at all, a meter that exists."""
    diagram = values["energy_flow_diagram_id"]
    for name in ("source_node_id", "target_node_id"):
        owner = session.scalar(
            "SELECT energy_flow_diagram_id FROM tbl_energy_flow_diagrams_nodes WHERE id = %s", (values[name],)
        )
        if owner != diagram:
            raise ApiError(
                Fault(f"{name.removesuffix('_id').upper()}_NOT_FOUND", 400, "BAD_REQUEST"), Cause.MISSING
            )
    _check_circle(session, values, key)
    text = values.get("meter_uuid")
    if text and text not in meters_by_uuid(session, [text]):
        raise invalid("INVALID_METER_UUID", field="meter_uuid")


def _check_circle(session: Session, values: Json, key: int | None) -> None:
    """Energy flows from a source to a target and never comes back, or the diagram could not be drawn."""
    targets: dict[int, list[int]] = {}
    for link, source, target in session.rows(
        "SELECT id, source_node_id, target_node_id FROM tbl_energy_flow_diagrams_links"
        " WHERE energy_flow_diagram_id = %s",
        (values["energy_flow_diagram_id"],),
    ):
        if link != key:
            targets.setdefault(source, []).append(target)
    seen: set[int] = set()
    open_ = [values["target_node_id"]]
    while open_:
        node = open_.pop()
        if node == values["source_node_id"]:
            raise invalid("ENERGY_FLOW_DIAGRAM_LINK_WOULD_CREATE_CYCLE", field="target_node_id")
        if node not in seen:
            seen.add(node)
            open_ += targets.get(node, [])


def show_link_meter(session: Session, items: list[Json]) -> None:
    """Add the meters of links."""
    if not items:
        return
    rows = dict(
        session.rows(
            compose(
                "SELECT id, meter_uuid FROM tbl_energy_flow_diagrams_links WHERE id IN ({keys})",
                keys=marks(items),
            ),
            [item["id"] for item in items],
        )
    )
    meters = meters_by_uuid(session, rows.values())
    for item in items:
        item["meter"] = meters.get(rows.get(item["id"]) or "")


def show_diagram(session: Session, items: list[Json]) -> None:
    """Add nodes and links to diagrams, with three statements for all of them."""
    if not items:
        return
    keys = [item["id"] for item in items]
    nodes = session.rows(
        compose(
            "SELECT id, name, energy_flow_diagram_id FROM tbl_energy_flow_diagrams_nodes"
            " WHERE energy_flow_diagram_id IN ({keys}) ORDER BY id",
            keys=marks(items),
        ),
        keys,
    )
    links = session.rows(
        compose(
            "SELECT id, source_node_id, target_node_id, meter_uuid, energy_flow_diagram_id"
            " FROM tbl_energy_flow_diagrams_links WHERE energy_flow_diagram_id IN ({keys}) ORDER BY id",
            keys=marks(items),
        ),
        keys,
    )
    names = {row[0]: row[1] for row in nodes}
    meters = meters_by_uuid(session, [row[3] for row in links])
    for item in items:
        own_nodes = [{"id": key, "name": name} for key, name, owner in nodes if owner == item["id"]]
        own_links = [
            {
                "id": key,
                "source_node": {"id": source, "name": names.get(source)},
                "target_node": {"id": target, "name": names.get(target)},
                "meter": meters.get(text or ""),
            }
            for key, source, target, text, owner in links
            if owner == item["id"]
        ]
        item["nodes"] = own_nodes or None
        item["links"] = own_links or None


def import_diagram(session: Session, key: int, item: Json) -> None:
    """Make the nodes and links of an exported diagram, with keys of their own."""
    new_keys: dict[Any, int] = {}
    names: set[str] = set()
    for node in item.get("nodes") or []:
        if not isinstance(node, dict) or not isinstance(node.get("name"), str) or not node["name"].strip():
            raise invalid("INVALID_ENERGY_FLOW_DIAGRAM_NODE_NAME", field="nodes")
        name = node["name"].strip()[:255]
        if name in names:
            raise conflict("ENERGY_FLOW_DIAGRAM_NAME_IS_ALREADY_IN_USE")
        names.add(name)
        session.execute(
            "INSERT INTO tbl_energy_flow_diagrams_nodes (energy_flow_diagram_id, name) VALUES (%s, %s)",
            (key, name),
        )
        new_keys[node.get("id")] = session.insert_id
    known: set[tuple[int, int, str]] = set()
    for link in item.get("links") or []:
        _import_link(session, key, link if isinstance(link, dict) else {}, new_keys, known)


def _import_link(
    session: Session, key: int, link: Json, new_keys: dict[Any, int], known: set[tuple[int, int, str]]
) -> None:
    values: Json = {"energy_flow_diagram_id": key, "meter_uuid": ""}
    for name in ("source_node", "target_node"):
        node = link.get(name)
        old = node.get("id") if isinstance(node, dict) else None
        if not isinstance(old, int) or isinstance(old, bool) or old <= 0:
            raise invalid(f"INVALID_{name.upper()}_ID", field="links")
        if old not in new_keys:
            raise ApiError(Fault(f"{name.upper()}_NOT_FOUND", 400, "BAD_REQUEST"), Cause.MISSING)
        values[f"{name}_id"] = new_keys[old]
    meter = link.get("meter")
    if meter is not None:
        values["meter_uuid"] = meter.get("uuid") if isinstance(meter, dict) else None
        if not isinstance(values["meter_uuid"], str) or not values["meter_uuid"].strip():
            raise invalid("INVALID_METER_UUID", field="links")
    link_of = (values["source_node_id"], values["target_node_id"], values["meter_uuid"])
    if link_of in known:
        raise conflict(Fault("ENERGY_FLOW_DIAGRAM_LINK_IS_ALREADY_IN_USE", 400, "NOT_FOUND"))
    known.add(link_of)
    check_link(session, values, None)
    names = list(values)
    session.execute(
        compose(
            "INSERT INTO tbl_energy_flow_diagrams_links ({names}) VALUES ({values})",
            names=names,
            values=marks(names),
        ),
        list(values.values()),
    )


_CIRCUIT = (
    "id",
    "name",
    "uuid",
    "distribution_room",
    "switchgear",
    "peak_load",
    "peak_current",
    "customers",
    "meters",
)


def export_circuits(session: Session, key: int, result: Json) -> None:
    """Add the circuits of a distribution system with their points."""
    keys = [
        row[0]
        for row in session.rows(
            "SELECT id FROM tbl_distribution_circuits WHERE distribution_system_id = %s", (key,)
        )
    ]
    circuits = rows_by_id(session, "tbl_distribution_circuits", _CIRCUIT, keys, order="name")
    for circuit in circuits.values():
        points = session.rows(
            "SELECT p.id, p.name FROM tbl_distribution_circuits_points c JOIN tbl_points p ON p.id ="
            " c.point_id"
            " WHERE c.distribution_circuit_id = %s ORDER BY p.name, p.id",
            (circuit["id"],),
        )
        circuit["points"] = [{"id": point, "name": name} for point, name in points] or None
    if result.get("svg"):
        result["svg"] = {name: result["svg"][name] for name in ("id", "name", "uuid")}
    result["circuits"] = list(circuits.values()) or None


def _has_id(point: object) -> bool:
    return isinstance(point, dict) and isinstance(point.get("id"), int)


def import_circuits(session: Session, key: int, item: Json) -> None:
    """Make the circuits of an exported distribution system."""
    for circuit in item.get("circuits") or []:
        if (
            not isinstance(circuit, dict)
            or not isinstance(circuit.get("name"), str)
            or not circuit["name"].strip()
        ):
            raise invalid("INVALID_DISTRIBUTION_CIRCUIT_NAME", field="circuits")
        values = [circuit.get(name) for name in _CIRCUIT if name not in ("id", "uuid")]
        session.execute(
            "INSERT INTO tbl_distribution_circuits (distribution_system_id, uuid, name,"
            " distribution_room, switchgear,"
            " peak_load, peak_current, customers, meters) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (key, str(uuid.uuid4()), *values),
        )
        new = session.insert_id
        points = [int(point["id"]) for point in circuit.get("points") or [] if _has_id(point)]
        if set(points) - existing(session, "tbl_points", points):
            raise missing("POINT_NOT_FOUND")
        if len(set(points)) != len(points):
            raise conflict(Fault("DISTRIBUTION_CIRCUIT_POINT_RELATION_EXISTS", 400, "ERROR"))
        session.executemany(
            "INSERT INTO tbl_distribution_circuits_points (distribution_circuit_id, point_id) VALUES"
            " (%s, %s)",
            [(new, point) for point in points],
        )
