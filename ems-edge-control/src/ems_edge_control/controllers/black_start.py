"""Black start: a site without grid is started anew on its battery, and returns when the grid is good."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import (
    OFF_GRID,
    ON_GRID,
    Binder,
    Controller,
    Publish,
    View,
    at_least,
    number,
    states,
)
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests


class BlackStartState(enum.Enum):
    """States of :class:`IslandSupply`."""

    GRID = 0
    DEAD_BUS = 1
    LOADS_OFF = 2
    FORM_GRID = 3
    PICK_UP = 4
    ISLAND = 5
    SYNCHRONISE = 6
    RELEASE = 7
    FAILED = 8


@dataclass(frozen=True, kw_only=True)
class SupplyConfig:
    """Properties of :class:`IslandSupply`."""

    ess_id: str = prop(help="Storage unit that can form a grid")
    grid_switch_address: str = prop(help="Contactor to the public grid")
    form_grid_address: str = prop(help="Channel that makes the unit form a grid")
    load_addresses: list[str] = prop([], "Contactors of loads, picked up in this order")
    pv_inverter_ids: list[str] = prop([], "PV inverters, curtailed while the battery is nearly full")
    meter_id: str = prop(help="Meter on the grid side")
    grid_good_for: float = prop(
        60.0, "The grid must be good that long before the return", unit="s", minimum=0
    )
    dead_for: float = prop(1.0, "The grid must be away that long before the island", unit="s", minimum=0)
    step_time: float = prop(2.0, "Pause between two steps", unit="s", minimum=0)
    form_within: float = prop(
        30.0, "The unit must have formed a grid within; else it is tried again", unit="s", minimum=0
    )
    attempts: float = prop(3.0, "Black starts before it gives up until the grid is back", minimum=1)
    nominal_voltage: float = prop(230.0, "Voltage of the grid", unit="V", minimum=1)
    shed_soc: float = prop(
        15.0, "Loads are shed below, last picked up first", unit="%", minimum=0, maximum=100
    )
    full_soc: float = prop(92.0, "PV is curtailed above", unit="%", minimum=0, maximum=100)


@dataclass
class SupplyMemory:
    """Memory of :class:`IslandSupply`."""

    state: BlackStartState = BlackStartState.GRID
    since_s: float = 0.0
    picked: int = 0
    attempts: int = 0
    bad_since_s: float | None = None
    good_since_s: float | None = None


class IslandSupply(Controller[SupplyConfig, SupplyMemory]):
    """Black start and island: open the grid switch, form a grid, pick up loads; return when the grid is good.

    The grid switch is never closed while the unit forms a grid: on the return the unit is released first, and
    the switch closes when it no longer reports to be off grid. An island that collapses under its loads is
    started anew without them, some times; then it waits for the grid.
    """

    code = "island-supply"
    title = "Island and black-start sequence with load pick-up and return"
    aliases = ("black-start", "microgrid")
    Config = SupplyConfig
    State = SupplyMemory
    channels = (states("StateMachine", BlackStartState), number("LoadsConnected"))

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.voltage = bind.channel(c.meter_id, "Voltage")
        self.frequency = bind.channel(c.meter_id, "Frequency")
        self.soc = bind.channel(c.ess_id, "Soc")
        self.mode = bind.channel(c.ess_id, "GridMode")
        self.switch = bind.address(c.grid_switch_address)
        self.form = bind.address(c.form_grid_address)
        self.loads = [bind.address(a) for a in c.load_addresses]
        self.pv = [bind.channel(i, "ActivePowerLimit") for i in c.pv_inverter_ids]
        self.pv_size = [bind.channel(i, "MaxActivePower") for i in c.pv_inverter_ids]

    def run(self, image: View, state: SupplyMemory, dt_s: float) -> Sequence[Request]:
        """Move the sequence one step and set all outputs by its state."""
        self._watch_grid(image, state)
        self._move(image, state)
        closed = state.state in (BlackStartState.GRID, BlackStartState.SYNCHRONISE)
        forming = state.state in (BlackStartState.FORM_GRID, BlackStartState.PICK_UP, BlackStartState.ISLAND)
        out: Requests = [
            Publish("StateMachine", state.state),
            Publish("LoadsConnected", state.picked),
            switch(self.switch, closed),
            switch(self.form, forming),
            *(switch(h, i < state.picked) for i, h in enumerate(self.loads)),
        ]
        return [*out, *self._balance(image, forming)]

    def _watch_grid(self, image: View, state: SupplyMemory) -> None:
        """Since when the grid has been good or bad; a value that is not known is bad."""
        voltage, mhz = image.get(self.voltage), image.get(self.frequency)
        nominal = self.config.nominal_voltage * 1000
        good = voltage is not None and 0.9 * nominal <= voltage <= 1.1 * nominal
        good = good and mhz is not None and 49_500 <= mhz <= 50_500
        now = image.now_s
        state.good_since_s = (now if state.good_since_s is None else state.good_since_s) if good else None
        state.bad_since_s = None if good else (now if state.bad_since_s is None else state.bad_since_s)

    def _move(self, image: View, state: SupplyMemory) -> None:
        s, c, now = BlackStartState, self.config, image.now_s
        waited = now - state.since_s >= c.step_time
        bad = state.bad_since_s is not None and now - state.bad_since_s >= c.dead_for
        good = state.good_since_s is not None and now - state.good_since_s >= c.grid_good_for
        mode, following = image.get(self.mode), state.state
        if state.state is s.GRID:
            state.picked, state.attempts = len(self.loads), 0
            following = s.DEAD_BUS if bad else state.state
        elif state.state is s.DEAD_BUS:
            state.picked = 0
            following = s.LOADS_OFF
        elif state.state is s.RELEASE:
            is_released = mode is not None and mode != OFF_GRID
            following = s.SYNCHRONISE if waited and is_released else state.state
        elif state.state is s.SYNCHRONISE:
            following = s.GRID if waited and mode == ON_GRID else state.state
        elif good:
            following = s.RELEASE
        elif state.state is s.LOADS_OFF:
            following = self._start(image, state, waited=waited)
        elif state.state is s.FORM_GRID:
            following = self._formed(state, now - state.since_s, mode)
        elif state.state in (s.PICK_UP, s.ISLAND):
            following = self._supply(image, state, mode, waited=waited)
        if following is not state.state:
            state.state, state.since_s = following, now

    def _start(self, image: View, state: SupplyMemory, *, waited: bool) -> BlackStartState:
        """Form a grid once the switch to the public one is known to be open; give up after some attempts."""
        if not waited or image.get(self.switch) not in (0.0, None):
            return state.state
        if state.attempts >= self.config.attempts:
            image.warn("the island does not hold; waiting for the grid")
            return BlackStartState.FAILED
        state.attempts += 1
        return BlackStartState.FORM_GRID

    def _formed(self, state: SupplyMemory, for_s: float, mode: float | None) -> BlackStartState:
        if for_s >= self.config.step_time and mode == OFF_GRID:
            return BlackStartState.PICK_UP
        return BlackStartState.LOADS_OFF if for_s >= self.config.form_within else state.state

    def _supply(
        self, image: View, state: SupplyMemory, mode: float | None, *, waited: bool
    ) -> BlackStartState:
        """Pick up loads one by one, then shed them as the charge falls; start anew after a collapse."""
        if mode is not None and mode != OFF_GRID:
            state.picked = 0
            return BlackStartState.LOADS_OFF
        if state.state is BlackStartState.PICK_UP:
            return self._pick_up(image, state) if waited else state.state
        self._shed(image, state, waited=waited)
        return state.state

    def _pick_up(self, image: View, state: SupplyMemory) -> BlackStartState:
        if state.picked < len(self.loads):
            state.picked += 1
            state.since_s = image.now_s
            return BlackStartState.PICK_UP
        return BlackStartState.ISLAND

    def _shed(self, image: View, state: SupplyMemory, *, waited: bool) -> None:
        soc = image.get(self.soc)
        if (soc is None or soc < self.config.shed_soc) and waited and state.picked > 1:
            state.picked -= 1
            state.since_s = image.now_s

    def _balance(self, image: View, forming: bool) -> Requests:
        """In the island a nearly full battery must not be charged further: curtail PV in proportion."""
        soc = image.get(self.soc)
        if not forming or soc is None or soc <= self.config.full_soc:
            return []
        share = max(0.0, (100 - soc) / (100 - self.config.full_soc))
        out: Requests = []
        if soc >= 100:
            out.append(at_least(self.config.ess_id, 0.0, reason="island, battery full"))
        for handle, size in zip(self.pv, self.pv_size, strict=True):
            most = (image.get(size) or 0.0) * share
            out.append(Bid(handle, most, Relation.AT_MOST, "island, battery nearly full"))
        return out
