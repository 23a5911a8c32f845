"""The site file (`EMS_EDGE_CONFIG`): components, register maps, controllers, and the loop's behaviour.

::

    cycle_s: 0.1
    time_zone: Europe/London
    components:
      - id: grid0
        nature: meter
        name: Grid connection
        required: true                       # without it the site goes to its safe state
        properties: {type: GRID}
        device:
          protocol: modbus-tcp
          connection: {host: 127.0.0.1, port: 15020, timeout_s: 0.3}
          unit: 1                            # defaults for all addresses below
          max_age_s: 0.5
          read:
            ActivePower: {offset: 0, format: ">f", range: [-5000000, 5000000]}
          write:
            SetActivePower: {offset: 40, format: ">i", safe: 0, every_s: 0.3}
    controllers:
      - {id: shave0, type: peak-shaving, priority: 20, properties: {...}}

All faults of the file are found at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from ems_common.errors import BadInput
from msgspec import Struct

from ems_edge_control import natures
from ems_edge_control.site import BadSite, ComponentConfig, ControllerConfig, SiteConfig

_ADDRESS_KEYS = {
    "slave_id",
    "function_code",
    "offset",
    "number_of_registers",
    "format",
    "byte_swap",
    "word_order",
}
_ADDRESS_KEYS |= {"bit", "scale", "write_function", "read_back", "topic", "path", "time_path"}


class ReadMap(Struct, forbid_unknown_fields=True, frozen=True):
    """How one channel is read; address fields of the protocol are taken out before.

    Attributes:
        every_s: Period; 0 = with each cycle.
        range: Values outside are garbage and read as undefined.
        max_age_s: Age after which the value reads as undefined; None = the device's.
        values: Device number → channel number, for states.
    """

    every_s: float = 0.0
    range: tuple[float, float] | None = None
    max_age_s: float | None = None
    values: dict[str, float] | None = None


class WriteMap(Struct, forbid_unknown_fields=True, frozen=True):
    """How one channel is written.

    Attributes:
        safe: Value of the safe state; None = do not touch it.
        none: Value that means "no limit".
        every_s: Written again after that time also when unchanged, which feeds the device's watchdog.
        tolerance: Smallest change worth a message.
        range: Outside it nothing is ever sent.
        pause_s: After a change no greater value is sent within that time, a smaller one at once: chargers and
            their vehicles take seconds to follow.
    """

    safe: float | None = None
    none: float | None = None
    every_s: float = 0.5
    tolerance: float = 0.0
    range: tuple[float, float] | None = None
    pause_s: float = 0.0


class Setup(Struct, forbid_unknown_fields=True, frozen=True):
    """A value written once after each connection, such as the device's own watchdog time."""

    value: float


class Alive(Struct, forbid_unknown_fields=True, frozen=True):
    """A register that must keep changing."""

    max_still_s: float = 1.0


class Good(Struct, forbid_unknown_fields=True, frozen=True):
    """A register that must have one value, such as a status of 0."""

    equals: float = 0.0


class DeviceSection(Struct, forbid_unknown_fields=True, frozen=True):
    """The `device` part of a component as written down."""

    protocol: str
    connection: dict[str, Any]
    unit: int = 1
    function_code: int = 3
    max_age_s: float = 1.0
    poll_s: float = 0.0
    read: dict[str, dict[str, Any]] = {}
    write: dict[str, dict[str, Any]] = {}
    setup: list[dict[str, Any]] = []
    alive: dict[str, Any] | None = None
    good: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """An address of the protocol with what we add to it."""

    channel: str
    address: Mapping[str, Any]
    rule: Any


@dataclass(frozen=True)
class DeviceConfig:
    """A device ready to be talked to.

    Attributes:
        component: Component it is.
        protocol: Driver.
        connection: JSON of the connection.
        poll_s: Poll period; 0 = in step with the cycle.
        max_age_s: Age after which its values read as undefined.
        reads: Channels that are read.
        writes: Channels that are written.
        setup: Values written once after connecting.
        alive: A register that must change.
        good: A register that must have one value.
    """

    component: str
    protocol: str
    connection: Mapping[str, Any]
    poll_s: float
    max_age_s: float
    reads: tuple[Place, ...]
    writes: tuple[Place, ...]
    setup: tuple[Place, ...] = ()
    alive: Place | None = None
    good: Place | None = None


class StateSection(Struct, forbid_unknown_fields=True, frozen=True):
    """Times of the site state machine."""

    lost_after_s: float = 0.0
    recover_after_s: float = 1.0
    ramp_down_s: float = 1.0


class LoopSection(Struct, forbid_unknown_fields=True, frozen=True):
    """The file as a whole."""

    components: list[dict[str, Any]]
    controllers: list[dict[str, Any]] = []
    cycle_s: float = 0.1
    time_zone: str = ""
    hold_s: float = 0.3
    max_age_s: float = 1.0
    controller_budget_s: float = 0.02
    mode: str = "auto"
    site_state: StateSection = StateSection()


@dataclass(frozen=True)
class EdgeConfig:
    """Everything the daemon needs to know of its site."""

    site: SiteConfig
    devices: tuple[DeviceConfig, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    budget_s: float = 0.02
    mode: str = "auto"
    state: StateSection = field(default_factory=StateSection)


def load(path: Path, default_zone: str = "UTC", environ: Mapping[str, str] | None = None) -> EdgeConfig:
    """Read and check a site file.

    Raises:
        BadInput: It cannot be read.
        BadSite: It has faults; all of them are listed.
    """
    try:
        raw = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as ex:
        raise BadInput(f"the site file cannot be read: {ex}", str(path)) from ex
    return parse(raw, default_zone, os.environ if environ is None else environ)


def parse(raw: Any, default_zone: str = "UTC", environ: Mapping[str, str] | None = None) -> EdgeConfig:
    """Check the content of a site file.

    Raises:
        BadSite: It has faults; all of them are listed.
    """
    try:
        top = msgspec.convert(raw, LoopSection)
    except msgspec.ValidationError as ex:
        raise BadSite([str(ex)]) from ex
    faults: list[str] = []
    zone = _zone(top.time_zone or default_zone, faults)
    if not 0.02 <= top.cycle_s <= 10:
        faults.append(f"cycle_s is between 0.02 and 10 (got {top.cycle_s:g})")
    components, devices, names, required = [], [], {}, []
    for item in top.components:
        id = str(item.get("id", ""))
        extra = set(item) - {"id", "nature", "name", "required", "properties", "device"}
        faults.extend(f"component {id}: unknown key {key!r}" for key in sorted(extra))
        components.append(ComponentConfig(id, str(item.get("nature", "")), item.get("properties") or {}))
        names[id] = str(item.get("name", id))
        if item.get("required", False):
            required.append(id)
        if "device" in item:
            device = _device(id, str(item.get("nature", "")), item["device"], environ or {}, faults)
            if device is not None:
                devices.append(device)
    controllers = tuple(c for item in top.controllers if (c := _controller(item, faults)) is not None)
    if faults:
        raise BadSite(faults)
    site = SiteConfig(
        tuple(components),
        controllers,
        cycle_s=top.cycle_s,
        zone=zone,
        max_age_s=top.max_age_s,
        hold_s=top.hold_s,
    )
    return EdgeConfig(
        site, tuple(devices), names, tuple(required), top.controller_budget_s, top.mode, top.site_state
    )


def _zone(name: str, faults: list[str]) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as ex:
        faults.append(f"time_zone: {ex}")
        return ZoneInfo("UTC")


def _controller(item: Mapping[str, Any], faults: list[str]) -> ControllerConfig | None:
    id = str(item.get("id", ""))
    extra = set(item) - {"id", "type", "priority", "enabled", "modes", "properties"}
    faults.extend(f"controller {id}: unknown key {key!r}" for key in sorted(extra))
    try:
        return ControllerConfig(
            id,
            str(item.get("type", "")),
            float(item.get("priority", 0)),
            item.get("properties") or {},
            bool(item.get("enabled", True)),
            tuple(item.get("modes") or ()),
        )
    except (TypeError, ValueError) as ex:
        faults.append(f"controller {id}: {ex}")
        return None


def _device(
    component: str, nature_code: str, raw: Any, environ: Mapping[str, str], faults: list[str]
) -> DeviceConfig | None:
    where = f"component {component}: device"
    try:
        section = msgspec.convert(raw, DeviceSection)
    except msgspec.ValidationError as ex:
        faults.append(f"{where}: {ex}")
        return None
    known = _channel_names(nature_code)
    reads = [
        _place(name, a, section, ReadMap, f"{where} read {name}", faults) for name, a in section.read.items()
    ]
    writes = [
        _place(name, a, section, WriteMap, f"{where} write {name}", faults)
        for name, a in section.write.items()
    ]
    setup = [
        _place(f"setup {i}", a, section, Setup, f"{where} setup {i}", faults)
        for i, a in enumerate(section.setup)
    ]
    alive = (
        _place("alive", section.alive, section, Alive, f"{where} alive", faults) if section.alive else None
    )
    good = _place("good", section.good, section, Good, f"{where} good", faults) if section.good else None
    if known is not None:
        for name in (*section.read, *section.write):
            if name not in known:
                faults.append(f"{where}: nature {nature_code} has no channel {name!r}")
    return DeviceConfig(
        component,
        section.protocol,
        _connection(section.connection, environ),
        section.poll_s,
        section.max_age_s,
        tuple(p for p in reads if p is not None),
        tuple(p for p in writes if p is not None),
        tuple(p for p in setup if p is not None),
        alive,
        good,
    )


def _channel_names(nature_code: str) -> set[str] | None:
    """Channels of a nature; None when any name is allowed, or the nature is unknown (reported elsewhere)."""
    nature = natures.find(nature_code)
    names = {c.name for c in natures.channels_of(nature)} if nature is not None else set()
    return names or None


def _place(
    name: str, raw: Any, section: DeviceSection, rule: type[Any], where: str, faults: list[str]
) -> Place | None:
    if not isinstance(raw, Mapping):
        faults.append(f"{where}: is not a mapping (got {raw!r})")
        return None
    address = {k: v for k, v in raw.items() if k in _ADDRESS_KEYS}
    rest = {k: v for k, v in raw.items() if k not in _ADDRESS_KEYS}
    if section.protocol == "modbus-tcp":
        address = {
            "slave_id": section.unit,
            "function_code": section.function_code,
            "number_of_registers": 0,
        } | address
    try:
        return Place(name, address, msgspec.convert(rest, rule))
    except msgspec.ValidationError as ex:
        faults.append(f"{where}: {ex}")
        return None


def _connection(raw: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """A connection with `port_from` (an environment variable) and `port_offset` worked into the port."""
    connection = dict(raw)
    offset = int(connection.pop("port_offset", 0))
    variable = str(connection.pop("port_from", ""))
    host_variable = str(connection.pop("host_from", ""))
    if environ.get(variable):
        connection["port"] = int(environ[variable])
    if environ.get(host_variable):
        connection["host"] = environ[host_variable]
    if "port" in connection:
        connection["port"] = int(connection["port"]) + offset
    return connection
