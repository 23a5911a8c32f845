"""The plant as declared in ``plant.yaml``: read once, checked, and frozen.

Everything else in this package takes these dataclasses; nothing else reads YAML. The file itself documents
the meaning of its fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from ems_common.errors import BadInput

from ems_simulator.registers import Register, RegisterMap


@dataclass(frozen=True)
class Source:
    """A file of measured series and how it is moved onto the present calendar."""

    id: str
    file: str
    first_date: date
    slot_minutes: int
    clock: str
    align: str
    zero_is_missing: bool
    weeks: int = 0
    skip_rows: int = 0


@dataclass(frozen=True)
class Profile:
    """One load (or PV yield): a function of time.

    Attributes:
        kind: `measured`, `degree` or `pv`.
        scale: Factor on the measured column.
        ripple: Strength of the ripple inside a quarter hour, 1 = about ±3 %.
    """

    id: str
    kind: str = "measured"
    source: str = ""
    column: str = ""
    scale: float = 1.0
    shift_weeks: int = 0
    ripple: float = 1.0
    base_kw: float = 0.0
    slope_kw_per_k: float = 0.0
    threshold_c: float = 0.0
    rated_kw: float = 0.0
    performance_ratio: float = 1.0


@dataclass(frozen=True)
class Gateway:
    """A Modbus TCP gateway: one port, one data source, a unit for each meter."""

    id: str
    data_source: int
    port_offset: int
    poll_interval_s: float


@dataclass(frozen=True)
class Broker:
    """An MQTT concentrator: one data source, one topic for each device.

    `orders` is the topic on which its devices take orders, "" = none.
    """

    id: str
    data_source: int
    prefix: str
    interval_s: float
    sample_s: float = 0.0
    orders: str = ""


@dataclass(frozen=True)
class Payload:
    """Where the values are in a JSON message."""

    id: str
    time_path: str
    time: str
    paths: Mapping[str, str]
    batch: bool = False


@dataclass(frozen=True)
class Meter:
    """A meter of the plant.

    Attributes:
        via: Gateway or broker through which it is read.
        measures: Factor of each profile it counts.
        quantities: What it shows, energy first.
        resolution_kwh: Step of its energy register.
        modulus_kwh: Where the register wraps; None for never.
    """

    id: int
    code: str
    via: str
    measures: Mapping[str, float]
    quantities: tuple[str, ...]
    max_kw: float
    model: str = ""
    unit: int = 0
    payload: str = ""
    start_kwh: float = 0.0
    resolution_kwh: float = 0.0
    modulus_kwh: float | None = None


@dataclass(frozen=True)
class RegisterMeter:
    """A meter whose index is an energy register of a microgrid device."""

    id: int
    code: str
    max_kw: float
    start_kwh: float = 0.0


@dataclass(frozen=True)
class MicrogridDevice:
    """The grid meter, PV inverter, battery or EV charger.

    Attributes:
        ratings: Model-specific numbers: rated power, capacity, limits.
        meters: Meter of each energy register.
        points: Point id of each further register that is acquired.
    """

    role: str
    device: str
    model: str
    port_offset: int
    unit: int
    data_source: int
    poll_interval_s: float
    ratings: Mapping[str, float]
    meters: Mapping[str, RegisterMeter]
    points: Mapping[str, int]
    profile: str = ""


@dataclass(frozen=True)
class Sensor:
    """A sensor on a concentrator."""

    id: int
    device: str
    via: str
    payload: str
    interval_s: float
    points: Mapping[str, int]
    kind: str
    set_c: float = 0.0
    swing_k: float = 0.0


@dataclass(frozen=True)
class Fault:
    """A fault to put into the history; `at` is its place in the window, 0 = begin, 1 = end."""

    kind: str
    meters: tuple[int, ...] = ()
    gateway: str = ""
    at: float | None = None
    hours: float = 0.0
    count: int = 0
    factor: float = 0.0
    add_kwh: float = 0.0
    first_new_kwh: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class History:
    """What `ems-simulator history` writes besides the energy registers."""

    seed: int
    hourly_points: tuple[int, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class PlantDeclaration:
    """All of ``plant.yaml``."""

    folder: Path
    zone: ZoneInfo
    epoch_utc: datetime
    models: Mapping[str, RegisterMap]
    payloads: Mapping[str, Payload]
    quantity_numbers: Mapping[str, int]
    sources: Mapping[str, Source]
    profiles: tuple[Profile, ...]
    gateways: Mapping[str, Gateway]
    brokers: Mapping[str, Broker]
    meters: tuple[Meter, ...]
    load_meters: tuple[int, ...]
    grid_meter: MicrogridDevice
    pv_inverter: MicrogridDevice
    battery: MicrogridDevice
    ev_charger: MicrogridDevice
    sensors: tuple[Sensor, ...]
    history: History
    data_folder: Path = field(default=Path())

    @property
    def microgrid_devices(self) -> tuple[MicrogridDevice, ...]:
        """The four devices of the microgrid."""
        return (self.grid_meter, self.pv_inverter, self.battery, self.ev_charger)

    def point_id(self, meter_id: int, quantity: str) -> int:
        """The point of a quantity of a meter."""
        return meter_id * 100 + self.quantity_numbers[quantity]

    def meter(self, key: int | str) -> Meter:
        """The panel or pulse meter of this id or code.

        Raises:
            BadInput: There is none.
        """
        for meter in self.meters:
            if key in (meter.id, meter.code):
                return meter
        raise BadInput("there is no such meter", where="plant.yaml meters", value=key)


def load(folder: Path) -> PlantDeclaration:
    """Read and check ``plant.yaml`` of a site folder.

    Raises:
        BadInput: The file is missing or contradicts itself; all faults of a kind are listed.
    """
    path = folder / "plant.yaml"
    if not path.is_file():
        raise BadInput("the plant declaration is missing", where=str(path), advice="Set EMS_SITE_DIR")
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        plant = _build(folder, raw)
    except (KeyError, TypeError, ValueError) as ex:
        raise BadInput(f"a field is missing, unknown or unusable: {ex}", where=str(path)) from ex
    faults = list(_contradictions(plant))
    if faults:
        raise BadInput("; ".join(faults), where=str(path))
    return plant


def _build(folder: Path, raw: Mapping[str, Any]) -> PlantDeclaration:
    microgrid = raw["microgrid"]
    epoch = raw["epoch_utc"]
    models = {name: _register_map(name, model) for name, model in raw["models"].items()}
    return PlantDeclaration(
        folder=folder,
        data_folder=folder / "data",
        zone=ZoneInfo(raw["time_zone"]),
        epoch_utc=epoch if epoch.tzinfo else epoch.replace(tzinfo=UTC),
        models=models,
        payloads={key: Payload(id=key, **value) for key, value in raw["payloads"].items()},
        quantity_numbers={key: value["number"] for key, value in raw["quantities"].items()},
        sources={key: Source(id=key, **value) for key, value in raw["sources"].items()},
        profiles=tuple(Profile(**item) for item in raw["profiles"]),
        gateways={item["id"]: Gateway(**item) for item in raw["gateways"]},
        brokers={item["id"]: Broker(**item) for item in raw["brokers"]},
        meters=tuple(_meter(item, models, tuple(raw["quantities"])) for item in raw["meters"]),
        load_meters=tuple(microgrid["load"]),
        grid_meter=_microgrid_device("grid_meter", microgrid["grid_meter"]),
        pv_inverter=_microgrid_device("pv_inverter", microgrid["pv_inverter"]),
        battery=_microgrid_device("battery", microgrid["battery"]),
        ev_charger=_microgrid_device("ev_charger", microgrid["ev_charger"]),
        sensors=tuple(Sensor(**item) for item in raw["sensors"]),
        history=_history(raw["history"]),
    )


def _register_map(name: str, raw: Mapping[str, Any]) -> RegisterMap:
    registers = tuple(
        Register(
            name=item["name"],
            address=item["address"],
            type=item["type"],
            unit=item["unit"],
            scale=float(item.get("scale", 1.0)),
            is_writable=item.get("access", "ro") == "rw",
        )
        for item in raw["registers"]
    )
    return RegisterMap(name, registers, raw.get("word_order", "big"), raw.get("function", 3))


def _meter(raw: Mapping[str, Any], models: Mapping[str, RegisterMap], quantities: tuple[str, ...]) -> Meter:
    fields = dict(raw)
    measures = fields.pop("measures")
    shown = quantities if fields.pop("measured") == "full" else ("energy", "power")
    if "model" in fields:
        register = models[fields["model"]]["energy"]
        fields["resolution_kwh"] = 0.0 if register.is_float else register.scale
    return Meter(
        measures=measures if isinstance(measures, dict) else dict.fromkeys(measures, 1.0),
        quantities=shown,
        **fields,
    )


def _microgrid_device(role: str, raw: Mapping[str, Any]) -> MicrogridDevice:
    named = ("device", "model", "port_offset", "unit", "data_source", "poll_interval_s", "profile")
    return MicrogridDevice(
        role=role,
        meters={name: RegisterMeter(**item) for name, item in raw["meters"].items()},
        points=raw["points"],
        ratings={k: float(v) for k, v in raw.items() if k not in (*named, "meters", "points")},
        **{key: raw[key] for key in named if key in raw},
    )


def _history(raw: Mapping[str, Any]) -> History:
    faults = []
    for item in raw["faults"]:
        fields = dict(item)
        faults.append(Fault(kind=fields.pop("class"), meters=tuple(fields.pop("meters", ())), **fields))
    return History(raw["seed"], tuple(raw["hourly_points"]), tuple(faults))


def _contradictions(plant: PlantDeclaration) -> Iterator[str]:
    """Everything in the declaration that cannot be: doubled ids, unknown references."""
    profiles = {profile.id for profile in plant.profiles}
    meter_ids = {meter.id for meter in plant.meters}
    device_ids = [meter.id for meter in plant.meters]
    device_ids += [m.id for device in plant.microgrid_devices for m in device.meters.values()]
    yield from (f"meter id {i} is used twice" for i in set(device_ids) if device_ids.count(i) > 1)
    for profile in plant.profiles:
        if profile.kind == "measured" and profile.source not in plant.sources:
            yield f"profile {profile.id}: unknown source {profile.source!r}"
    for meter in plant.meters:
        yield from (f"{meter.code}: unknown profile {p!r}" for p in meter.measures if p not in profiles)
        if meter.via in plant.gateways:
            if meter.model not in plant.models or not meter.unit:
                yield f"{meter.code}: a Modbus meter needs a model and a unit"
            elif meter.modulus_kwh and not meter.resolution_kwh:
                yield f"{meter.code}: only an integer register can wrap"
        elif meter.via not in plant.brokers or meter.payload not in plant.payloads:
            yield f"{meter.code}: {meter.via!r} is no gateway, nor a broker with a known payload"
    yield from (f"microgrid load: unknown meter {i}" for i in plant.load_meters if i not in meter_ids)
    for fault in plant.history.faults:
        yield from (f"fault {fault.kind}: unknown meter {i}" for i in fault.meters if i not in meter_ids)
    yield from _double_addresses(plant)


def _double_addresses(plant: PlantDeclaration) -> Iterator[str]:
    ports = [gateway.port_offset for gateway in plant.gateways.values()]
    ports += [device.port_offset for device in plant.microgrid_devices]
    yield from (f"port offset {p} is used twice" for p in set(ports) if ports.count(p) > 1)
    units = [(meter.via, meter.unit) for meter in plant.meters if meter.unit]
    yield from (f"unit {u} of {via} is used twice" for via, u in set(units) if units.count((via, u)) > 1)
