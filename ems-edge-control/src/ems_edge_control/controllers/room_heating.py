"""Heating of a room by a floor and infrared panels."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ems_edge_control.calendar_tasks import active, parse_tasks
from ems_edge_control.controllers.base import Binder, Controller, Publish, View, number, states
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests


class RoomMode(enum.Enum):
    """Ways to run."""

    OFF = 0
    AUTOMATIC = 1
    MANUAL_LOW = 2
    MANUAL_HIGH = 3


@dataclass(frozen=True, kw_only=True)
class RoomConfig:
    """Properties of :class:`RoomHeating`."""

    mode: str = prop(
        "AUTOMATIC", "Targets by the calendar, or fixed, or off", choices=tuple(m.name for m in RoomMode)
    )
    floor_thermometer_id: str = prop(help="Thermometer of the floor", aliases=("floorThermometer",))
    ambient_thermometer_id: str = prop(help="Thermometer of the room", aliases=("ambientThermometer",))
    floor_relays: list[str] = prop(help="Relays of the floor heating")
    infrared_relays: list[str] = prop([], "Relays of the infrared heating")
    low_floor_temperature: float = prop(200.0, "Target of the floor", unit="0.1 degC")
    low_ambient_temperature: float = prop(180.0, "Target of the room", unit="0.1 degC")
    high_floor_temperature: float = prop(250.0, "Target of the floor while HIGH", unit="0.1 degC")
    high_ambient_temperature: float = prop(220.0, "Target of the room while HIGH", unit="0.1 degC")
    schedule: list[dict[str, Any]] = prop(
        [], "HIGH while a task of this calendar (RFC 8984) is active", aliases=("jsCalendar", "calendar")
    )
    has_external_ambient_heating: bool = prop(
        False, "Another heater warms the room: the floor waits for it", aliases=("hasExternalHeating",)
    )
    floor_power: float = prop(0.0, "Power of the floor heating", unit="W", minimum=0)
    infrared_power: float = prop(0.0, "Power of the infrared heating", unit="W", minimum=0)
    minimum_switching_time: float = prop(180.0, "Shortest time between two changes", unit="s", minimum=0)


@dataclass
class RoomMemory:
    """Memory of :class:`RoomHeating`.

    Attributes:
        on: What each group of relays was set to.
        decided_s: When that was decided.
    """

    on: dict[str, bool] = field(default_factory=dict)
    decided_s: dict[str, float] = field(default_factory=dict)


class RoomState(enum.Enum):
    """Targets of :class:`RoomHeating`."""

    UNDEFINED = -1
    LOW = 0
    HIGH = 1


class RoomHeating(Controller[RoomConfig, RoomMemory]):
    """Floor and infrared heating of a room by two targets."""

    code = "room-heating"
    title = "Room heating by floor and room temperature"
    aliases = ("Controller.Io.Heating.Room", "Controller.IO.Heating.Room")
    Config = RoomConfig
    State = RoomMemory
    channels = (
        states("Status", RoomState),
        number("FloorTarget", "0.1 degC"),
        number("AmbientTarget", "0.1 degC"),
        number("FloorActual", "0.1 degC"),
        number("AmbientActual", "0.1 degC"),
        number("ActivePower", "W", "Power of the relays that read back as closed"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses and read the calendar."""
        c = self.config
        self.floor = bind.channel(c.floor_thermometer_id, "Temperature")
        self.room = bind.channel(c.ambient_thermometer_id, "Temperature")
        self.groups = {
            "floor": [bind.address(a) for a in c.floor_relays],
            "infrared": [bind.address(a) for a in c.infrared_relays],
        }
        self.tasks = parse_tasks(c.schedule, f"controller {self.id}", bind.faults)

    def run(self, image: View, state: RoomMemory, dt_s: float) -> Sequence[Request]:
        """Heat what is below its target; what is not measured is not heated."""
        c = self.config
        high = self._is_high(image)
        floor_target = c.high_floor_temperature if high else c.low_floor_temperature
        room_target = c.high_ambient_temperature if high else c.low_ambient_temperature
        floor, room = image.get(self.floor), image.get(self.room)
        if floor is None or room is None:
            image.warn("the temperature of the floor or of the room is unknown: what depends on it stays off")
        heats = c.mode != RoomMode.OFF.name
        waits = c.has_external_ambient_heating and room is not None and room > room_target
        wanted = {
            "floor": heats and floor is not None and floor < floor_target and not waits,
            "infrared": heats and room is not None and room < room_target,
        }
        powers = {"floor": c.floor_power, "infrared": c.infrared_power}
        out: Requests = [
            Publish("Status", RoomState.HIGH if high else RoomState.LOW),
            Publish("FloorTarget", floor_target),
            Publish("AmbientTarget", room_target),
            Publish("FloorActual", floor),
            Publish("AmbientActual", room),
            Publish(
                "ActivePower",
                sum(powers[g] for g, hs in self.groups.items() if hs and all(image.get(h) for h in hs)),
            ),
        ]
        for group, handles in self.groups.items():
            on = self._hold(image, state, group, wanted[group])
            out += [Bid(h, float(on)) for h in handles]
        return out

    def _is_high(self, image: View) -> bool:
        if self.config.mode in (RoomMode.MANUAL_HIGH.name, RoomMode.MANUAL_LOW.name):
            return self.config.mode == RoomMode.MANUAL_HIGH.name
        return active(self.tasks, image.now_local) is not None

    def _hold(self, image: View, state: RoomMemory, group: str, wanted: bool) -> bool:
        """Not more often than allowed; off by the mode is at once.

        In comparison mode the time counts from the last decision, whether it changed anything or not.
        """
        now_s = image.now_s
        since_s = now_s - state.decided_s.get(group, -float("inf"))
        if since_s >= self.config.minimum_switching_time or self.config.mode == RoomMode.OFF.name:
            if image.per_call or wanted != state.on.get(group, False):
                state.decided_s[group] = now_s
            state.on[group] = wanted
        return state.on[group]
