"""What a person or a test may do to the running plant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ems_common.errors import BadInput, Missing
from ems_common.plant.battery import Battery
from ems_common.plant.charger import EvCharger
from ems_common.plant.pv import PvInverter
from ems_common.plant.sessions import Session

from ems_simulator.devices import Device
from ems_simulator.plant import Plant

Setter = Callable[["Controls", Device, Any], None]


class Controls:
    """The plant's control page.

    Args:
        plant: The plant.
        devices: Its devices by id.
        places: Gateways and brokers: how to switch each on and off; run after the answer.
    """

    def __init__(
        self, plant: Plant, devices: Mapping[str, Device], places: Mapping[str, Callable[[bool], None]]
    ) -> None:
        self.plant = plant
        self._devices = devices
        self._places = places

    def apply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out ``{"device": id, "set": {name: value}}``.

        The device is a meter code, a sensor, a microgrid device, a gateway or a broker. A gateway takes
        ``load_offset_kw`` for its first meter. All names are checked before anything is changed.

        Raises:
            Missing: There is no such device.
            BadInput: A name or value cannot be used.
        """
        name, wanted = request.get("device"), request.get("set")
        if not isinstance(name, str) or not isinstance(wanted, dict) or not wanted:
            raise BadInput('needs "device" and a non-empty "set"', "control", dict(request))
        if name in self._places and set(wanted) == {"is_online"}:
            self._places[name](_truth(wanted["is_online"]))
            return {"device": name, "set": wanted}
        device = self._find(name)
        unknown = sorted(set(wanted) - set(SETTERS))
        if unknown:
            raise BadInput("cannot be set", "control", unknown, f"Known: {', '.join(sorted(SETTERS))}")
        for key, value in wanted.items():
            SETTERS[key](self, device, value)
        return {"device": device.id, "set": wanted}

    def _find(self, name: str) -> Device:
        by_lower = {key.lower(): device for key, device in self._devices.items()}
        found = by_lower.get(name.lower())
        if found is None:
            found = next((d for d in self._devices.values() if d.via == name and d.meter is not None), None)
        if found is None:
            raise Missing(f"there is no device {name!r}")
        return found

    def state(self) -> dict[str, Any]:
        """Everything that the devices show."""
        plant = self.plant
        return {
            "time_utc": _utc(plant.time_s),
            "power_kw": {
                "load": plant.load_kw,
                "pv": plant.pv.power_kw,
                "battery": plant.battery.power_kw,
                "charger": plant.charger.power_kw,
                "grid": plant.grid_kw,
            },
            "soc_ratio": plant.battery.soc_ratio,
            "devices": {name: self._device(device) for name, device in self._devices.items()},
        }

    @staticmethod
    def _device(device: Device) -> dict[str, Any]:
        return {
            "kind": device.kind,
            "via": device.via,
            "is_online": device.is_online,
            "is_frozen": device.is_frozen,
            "values": dict(device.values()),
        }

    def truth(self) -> dict[str, Any]:
        """The energy that really went through every meter since it was built, whatever its register shows."""
        plant = self.plant
        meters = {
            m.code: {
                "meter_id": m.id,
                "counted_kwh": plant.counted_kwh(m),
                "index_kwh": plant.index_kwh(m),
                "power_kw": plant.power_kw(m),
            }
            for m in plant.declaration.meters
        }
        microgrid = {
            "import_kwh": plant.import_kwh,
            "export_kwh": plant.export_kwh,
            "pv_kwh": plant.pv.energy_kwh,
            "charge_kwh": plant.battery.charge_kwh,
            "discharge_kwh": plant.battery.discharge_kwh,
            "charger_kwh": plant.charger.energy_kwh,
        }
        return {"time_utc": _utc(plant.time_s), "meters": meters, "microgrid": microgrid}


def _load_offset(controls: Controls, device: Device, value: Any) -> None:
    if device.meter is None:
        raise BadInput("only a meter has a load behind it", "control", device.id)
    controls.plant.set_load_offset(device.meter, _number(value))


def _add_energy(controls: Controls, device: Device, value: Any) -> None:
    if device.meter is None:
        raise BadInput("energy can only be added behind a meter", "control", device.id)
    amount_kwh = _number(value)
    if amount_kwh < 0.0:
        raise BadInput("energy cannot be taken out of a meter", "control", value)
    controls.plant.add_energy(device.meter, amount_kwh)


def _trip(controls: Controls, device: Device, value: Any) -> None:
    units: dict[str, PvInverter | Battery | EvCharger] = {
        "pv_inverter": controls.plant.pv,
        "battery": controls.plant.battery,
        "ev_charger": controls.plant.charger,
    }
    unit = units.get(device.kind)
    if unit is None:
        raise BadInput("this device cannot trip", "control", device.id)
    unit.is_tripped = _truth(value)


def _soc(controls: Controls, device: Device, value: Any) -> None:
    soc_ratio = _number(value)
    if device.kind != "battery" or not 0.0 <= soc_ratio <= 1.0:
        raise BadInput("only the battery has a state of charge, from 0 to 1", "control", value)
    controls.plant.battery.soc_ratio = soc_ratio


def _sun(controls: Controls, device: Device, value: Any) -> None:
    share = None if value is None else _number(value)
    if device.kind != "pv_inverter" or (share is not None and not 0.0 <= share <= 1.0):
        raise BadInput(
            "only the PV inverter has a sun, from 0 to 1, or null for the real one", "control", value
        )
    controls.plant.sun_share = share


def _car(controls: Controls, device: Device, value: Any) -> None:
    if device.kind != "ev_charger":
        raise BadInput("only the charger takes cars", "control", device.id)
    if value is None:
        controls.plant.charger.visitor = None
        return
    try:
        wanted_kwh, max_kw, minutes = (float(value[k]) for k in ("wanted_kwh", "max_kw", "minutes"))
    except (TypeError, KeyError, ValueError) as ex:
        raise BadInput("a car needs wanted_kwh, max_kw and minutes", "control", value) from ex
    now_s = controls.plant.time_s
    controls.plant.charger.visitor = Session(now_s, now_s + 60.0 * minutes, wanted_kwh, max_kw)


def _shown_energy(_controls: Controls, device: Device, value: Any) -> None:
    device.shown_energy_kwh = None if value is None else _number(value)


def _online(_controls: Controls, device: Device, value: Any) -> None:
    device.is_online = _truth(value)


def _frozen(_controls: Controls, device: Device, value: Any) -> None:
    device.is_frozen = _truth(value)


SETTERS: Mapping[str, Setter] = {
    "add_energy_kwh": _add_energy,
    "car": _car,
    "is_frozen": _frozen,
    "is_online": _online,
    "is_tripped": _trip,
    "load_offset_kw": _load_offset,
    "shown_energy_kwh": _shown_energy,
    "soc_ratio": _soc,
    "sun_share": _sun,
}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("must be a number", "control", value)
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadInput("must be true or false", "control", value)
    return value


def _utc(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds")
