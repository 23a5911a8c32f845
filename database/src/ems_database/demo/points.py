"""The plant's devices to data sources and points: connections, addresses, units, limits.

Point ids are fixed: meter id × 100 + the quantity's number for panel meters and energy registers of the
microgrid, and those that ``plant.yaml`` gives for the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ems_common.catalog import TABLES
from ems_common.errors import BadInput

from ems_database.demo.document import Document, Row, microgrid_devices, row_uuid
from ems_database.demo.rows import TableRows, checked
from ems_database.demo.settings import DemoSettings

_STORAGE_INTERVAL_S = 10
_TIMEOUT_S = 2.0
_ANY_ENERGY_KWH = 1e10
_FORMATS = {
    "uint16": "H",
    "int16": "h",
    "uint32": "I",
    "int32": "i",
    "uint64": "Q",
    "int64": "q",
    "float32": "f",
    "float64": "d",
}
_DIGITAL = frozenset({"state", "status", "alarms"})
_TITLES = {
    "soc": "state of charge",
    "soh": "state of health",
    "power": "active power",
    "energy": "active energy",
    "dc_voltage": "DC voltage",
    "dc_current": "DC current",
}


@dataclass(frozen=True)
class _Range:
    """Limits of a quantity by its unit."""

    low: float
    high: float


_RANGES = {
    "V": _Range(0, 8000),
    "A": _Range(-4000, 8000),
    "Hz": _Range(45, 55),
    "°C": _Range(-40, 120),
    "%": _Range(0, 100),
    "W/m²": _Range(0, 1500),
    "kvar": _Range(-12000, 12000),
    "kWh": _Range(0, _ANY_ENERGY_KWH),
    "": _Range(-1, 65535),
}
_SENSOR_UNITS = {"temperature": "°C", "humidity": "%", "irradiance": "W/m²"}


def add_points(document: Document, rows: TableRows, settings: DemoSettings) -> None:
    """Add data sources, points and what binds them to meters.

    Raises:
        BadInput: A data source of the plant is not declared in the site.
    """
    points = [*_panel_points(document), *_register_points(document), *_sensor_points(document)]
    points += _control_points(document)
    table = TABLES["system_db"]["tbl_points"]
    rows["tbl_points"] = [checked(table, row, f"point {row['id']}") for row in points]
    rows["tbl_data_sources"] = list(_data_sources(document, settings))
    known = {row["id"] for row in rows["tbl_points"]}
    rows["tbl_meters_points"] = [
        {"meter_id": meter, "point_id": point} for meter, point in _meter_points(document) if point in known
    ]


def _data_sources(document: Document, settings: DemoSettings) -> Iterator[Row]:
    connections = _connections(document, settings)
    table = TABLES["system_db"]["tbl_data_sources"]
    for entry in document.sections["data_sources"]:
        protocol, connection = connections.pop(entry["key"], (None, None))
        if protocol is None:
            protocol, connection = entry.get("protocol"), entry.get("connection")
        row = {
            "id": entry["id"],
            "name": entry["name"],
            "uuid": row_uuid("tbl_data_sources", entry["id"]),
            "gateway_id": document.id_of("gateways", entry["gateway"], "data_sources"),
            "protocol": protocol,
            "connection": json.dumps(connection),
            "description": entry.get("description"),
        }
        yield checked(table, row, f"site.yaml data_sources {entry['key']}")
    if connections:
        raise BadInput(
            "a data source of the plant is not declared", "site.yaml data_sources", sorted(connections)
        )


def _connections(document: Document, settings: DemoSettings) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Protocol and connection of each data source of the plant, by key."""
    plant = document.plant
    ports = {item["id"]: item for item in plant["gateways"]}
    ports |= {item["device"]: item for item in microgrid_devices(plant).values()}
    found: dict[str, tuple[str, Mapping[str, Any]]] = {
        key: ("modbus-tcp", _modbus_connection(item, settings)) for key, item in ports.items()
    }
    for broker in plant["brokers"]:
        connection: dict[str, Any] = {
            "host": settings.mqtt_host,
            "port": settings.mqtt_port,
            "client_id": f"ems-acquisition-{broker['id']}",
            "qos": 1,
            "storage_interval_s": _STORAGE_INTERVAL_S,
        }
        if settings.mqtt_user:
            connection |= {"user": settings.mqtt_user, "password": str(settings.mqtt_password)}
        found[broker["id"]] = ("mqtt", connection)
    return found


def _modbus_connection(item: Mapping[str, Any], settings: DemoSettings) -> Mapping[str, Any]:
    return {
        "host": settings.device_host,
        "port": settings.modbus_port + item["port_offset"],
        "interval_in_seconds": item["poll_interval_s"],
        "poll_interval_s": item["poll_interval_s"],
        "storage_interval_s": _STORAGE_INTERVAL_S,
        "timeout_s": _TIMEOUT_S,
    }


def _panel_points(document: Document) -> Iterator[Row]:
    """Points of panel meters over Modbus, and of pulse and wireless meters over MQTT."""
    plant = document.plant
    sources = {item["id"]: item["data_source"] for item in (*plant["gateways"], *plant["brokers"])}
    for meter in plant["meters"]:
        full = meter["measured"] == "full"
        for name, quantity in plant["quantities"].items():
            if name not in {"energy", "power"} and not full:
                continue
            row = _point(meter["id"] * 100 + quantity["number"], meter["code"], name, quantity["unit"], meter)
            row["data_source_id"] = sources[meter["via"]]
            if "model" in meter:
                register = _register(plant, meter["model"], name)
                row["address"] = _modbus_address(plant, meter["model"], register, meter["unit"])
                row["ratio"] = register.get("scale", 1)
            else:
                row["address"] = _mqtt_address(plant, meter, meter["code"], name)
            yield row


def _register_points(document: Document) -> Iterator[Row]:
    """Points of the microgrid's devices: energy registers as meters, powers in kW."""
    plant = document.plant
    titles = {source["id"]: source["name"] for source in document.sections["data_sources"]}
    for device in microgrid_devices(plant).values():
        for name, meter in device["meters"].items():
            row = _point(meter["id"] * 100 + 1, meter["code"], "energy", "kWh", meter)
            yield row | _register_address(plant, device, name)
        limits = {"max_kw": max(meter["max_kw"] for meter in device["meters"].values())}
        for name, point_id in device["points"].items():
            unit = _register(plant, device["model"], name)["unit"]
            stored = {"W": "kW", "var": "kvar", "VA": "kVA"}.get(unit, unit)
            row = _point(point_id, titles[device["data_source"]], name, stored, limits)
            row |= _register_address(plant, device, name)
            if stored != unit:
                row["ratio"] = round(row["ratio"] / 1000, 6)
            yield row


def _register_address(plant: Mapping[str, Any], device: Mapping[str, Any], name: str) -> Row:
    register = _register(plant, device["model"], name)
    return {
        **_meanings(register),
        "data_source_id": device["data_source"],
        "address": _modbus_address(plant, device["model"], register, device["unit"]),
        "ratio": register.get("scale", 1),
    }


def _meanings(register: Mapping[str, Any]) -> Row:
    """What the numbers of a state register mean, or its bits, as a point has it."""
    words = {str(value): word for value, word in register.get("states", {}).items()}
    flags = {str(bit): word for bit, word in register.get("flags", {}).items()}
    meanings = {**words, **({"flags": flags} if flags else {})}
    return {"definitions": json.dumps(meanings)} if meanings else {}


def _sensor_points(document: Document) -> Iterator[Row]:
    plant = document.plant
    sources = {item["id"]: item["data_source"] for item in plant["brokers"]}
    titles = {entry["id"]: entry["name"] for entry in document.sections["sensors"]}
    for sensor in plant["sensors"]:
        for name, point_id in sensor["points"].items():
            row = _point(point_id, titles[sensor["id"]], name, _SENSOR_UNITS[name], {})
            row["data_source_id"] = sources[sensor["via"]]
            row["address"] = _mqtt_address(plant, sensor, sensor["device"], name)
            yield row


def _control_points(document: Document) -> Iterator[Row]:
    source = document.id_of("data_sources", "edge-control", "control_points")
    for entry in document.site["control_points"]:
        row = {key: value for key, value in entry.items() if key != "figure"}
        row |= {"data_source_id": source, "is_trend": True, "ratio": 1}
        row["address"] = json.dumps({"figure": entry["figure"]})
        yield row


def _point(point_id: int, owner: str, name: str, unit: str, limits: Mapping[str, Any]) -> Row:
    """A point without its place: name, kind, unit and limits."""
    row: Row = {
        "id": point_id,
        "name": f"{owner} {_title(name)}",
        "object_type": "DIGITAL_VALUE" if name in _DIGITAL else "ANALOG_VALUE",
        "units": unit,
        "ratio": 1,
        "is_trend": True,
    }
    if name == "energy":
        row["object_type"] = "ENERGY_VALUE"
        row["max_power_kw"] = limits["max_kw"]
        if "modulus_kwh" in limits:
            row["register_modulus"] = limits["modulus_kwh"]
        low, high = 0.0, float(limits.get("modulus_kwh", _ANY_ENERGY_KWH))
    elif unit == "kW":
        low, high = -1.2 * limits["max_kw"], 1.2 * limits["max_kw"]
    else:
        low, high = _RANGES[unit].low, _RANGES[unit].high
    return row | {"low_limit": low, "high_limit": high}


def _title(name: str) -> str:
    """A quantity in words: ``voltage_l1`` is "voltage L1"."""
    return _TITLES.get(name) or re.sub(r"\bl(?=[123]\b)", "L", name.replace("_", " "))


def _register(plant: Mapping[str, Any], model: str, name: str) -> Mapping[str, Any]:
    for register in plant["models"][model]["registers"]:
        if register["name"] == name:
            found: Mapping[str, Any] = register
            return found
    raise BadInput(f"the model has no register {name!r}", f"plant.yaml {model}")


def _modbus_address(plant: Mapping[str, Any], model: str, register: Mapping[str, Any], unit: int) -> str:
    """A point address in the contract's form.

    Low word first is written as it is there: little-endian, with the bytes of each word swapped.
    """
    kind = register["type"]
    is_swapped = plant["models"][model].get("word_order", "big") == "little" and not kind.endswith("16")
    return json.dumps(
        {
            "slave_id": unit,
            "function_code": plant["models"][model].get("function", 3),
            "offset": register["address"],
            "number_of_registers": int(kind[-2:]) // 16,
            "format": ("<" if is_swapped else ">") + _FORMATS[kind],
            "byte_swap": is_swapped,
        }
    )


def _mqtt_address(plant: Mapping[str, Any], item: Mapping[str, Any], device: str, name: str) -> str:
    payload = plant["payloads"][item["payload"]]
    prefix = next(broker["prefix"] for broker in plant["brokers"] if broker["id"] == item["via"])
    return json.dumps(
        {
            "topic": f"{prefix}/{device.lower()}",
            "path": payload["paths"][name],
            "time_path": payload["time_path"],
        }
    )


def _meter_points(document: Document) -> Iterator[tuple[int, int]]:
    """(meter, point) of every meter: one energy point, and what else the device shows."""
    plant = document.plant
    for meter in plant["meters"]:
        for quantity in plant["quantities"].values():
            yield meter["id"], meter["id"] * 100 + quantity["number"]
    for device in microgrid_devices(plant).values():
        meters = list(device["meters"].values())
        for meter in meters:
            yield meter["id"], meter["id"] * 100 + 1
        for point_id in device["points"].values():
            yield meters[0]["id"], point_id
