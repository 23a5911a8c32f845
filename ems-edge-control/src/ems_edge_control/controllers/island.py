"""The contactors between the site, its PV and the grid: islanding, black start, return."""

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
    number,
    states,
)
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Relation, Request, Requests, at_least


class IslandState(enum.Enum):
    """States of :class:`AcIsland`."""

    UNDEFINED = -1
    SWITCH_TO_ONGRID = 0
    ON_GRID = 1
    SWITCH_TO_OFFGRID = 2
    OFF_GRID = 3


@dataclass(frozen=True, kw_only=True)
class IslandConfig:
    """Properties of :class:`AcIsland`."""

    ess_id: str = prop(help="Storage unit that forms the island")
    max_soc: float = prop(85.0, "Cut the PV off at or above", unit="%", minimum=0, maximum=100)
    min_soc: float = prop(70.0, "Connect the PV at or below", unit="%", minimum=0, maximum=100)
    switch_delay: float = prop(10000.0, "Both contactors open that long", unit="ms", minimum=0)
    invert_on_grid_output: bool = prop(False, "Turn the first output round")
    invert_off_grid_output: bool = prop(False, "Turn the second output round")
    on_grid_output_channel_address: str = prop(help="Contactor of the PV to the grid")
    off_grid_output_channel_address: str = prop(help="Contactor of the PV to the island")


@dataclass
class IslandMemory:
    """Memory of :class:`AcIsland`."""

    state: IslandState = IslandState.UNDEFINED
    open_since_s: float | None = None


class AcIsland(Controller[IslandConfig, IslandMemory]):
    """Move PV between grid and island; its two contactors are never closed together.

    A change opens both, waits until both have read back open for the delay, and only then closes the other
    one.
    """

    code = "ac-island"
    title = "Move PV between grid and island by two contactors"
    aliases = ("Controller.Symmetric.AcIsland", "Controller.Ess.AcIsland", "Controller.AcIsland")
    Config = IslandConfig
    State = IslandMemory
    channels = (
        states("StateMachine", IslandState),
        number("WaitOn", "s", "Time both contactors have been open"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve addresses."""
        c = self.config
        self.mode = bind.channel(c.ess_id, "GridMode")
        self.soc = bind.channel(c.ess_id, "Soc")
        self.on_grid = bind.address(c.on_grid_output_channel_address)
        self.off_grid = bind.address(c.off_grid_output_channel_address)
        if c.min_soc > c.max_soc:
            bind.faults.append(f"controller {self.id}: minSoc is above maxSoc")

    def run(self, image: View, state: IslandMemory, dt_s: float) -> Sequence[Request]:
        """Act on the state, then move it. The state shown is that before the step."""
        shown = state.state
        out = self._step(image, state)
        return [Publish("StateMachine", shown), *out]

    def _step(self, image: View, state: IslandMemory) -> Requests:
        mode = image.get(self.mode)
        s = IslandState
        if state.state is s.UNDEFINED:
            if mode == OFF_GRID:
                state.state = s.SWITCH_TO_OFFGRID
            elif mode == ON_GRID:
                state.state = s.SWITCH_TO_ONGRID
            return []
        if state.state is s.ON_GRID:
            if mode == OFF_GRID:
                self._begin(state, s.SWITCH_TO_OFFGRID)
            return []
        if state.state is s.OFF_GRID:
            if mode == ON_GRID:
                self._begin(state, s.SWITCH_TO_ONGRID)
                return []
            return self._by_soc(image)
        return self._switch(image, state, to_grid=state.state is s.SWITCH_TO_ONGRID)

    @staticmethod
    def _begin(state: IslandMemory, following: IslandState) -> None:
        state.state, state.open_since_s = following, None

    def _closed(self, image: View, handle: int, invert: bool) -> bool | None:
        value = image.get(handle)
        return None if value is None else bool(value) != invert

    def _switch(self, image: View, state: IslandMemory, *, to_grid: bool) -> Requests:
        c = self.config
        on_closed = self._closed(image, self.on_grid, c.invert_on_grid_output)
        off_closed = self._closed(image, self.off_grid, c.invert_off_grid_output)
        if to_grid and on_closed and not off_closed:
            state.state = IslandState.ON_GRID
            return [self._set(on=True, grid=True)]
        both_open = on_closed is False and off_closed is False
        if not both_open:
            state.open_since_s = None
            return [self._set(on=False, grid=True), self._set(on=False, grid=False)]
        if state.open_since_s is None:
            state.open_since_s = image.now_s
        waited = image.now_s - state.open_since_s
        out: Requests = [Publish("WaitOn", waited)]
        if waited * 1000 < c.switch_delay:
            return [*out, self._set(on=False, grid=True), self._set(on=False, grid=False)]
        if to_grid:
            return [*out, self._set(on=True, grid=True), self._set(on=False, grid=False)]
        state.state = IslandState.OFF_GRID
        return [*out, *self._by_soc(image)]

    def _by_soc(self, image: View) -> Requests:
        """In the island PV is connected while the battery has room."""
        c, soc = self.config, image.need(self.soc)
        if self._closed(image, self.on_grid, c.invert_on_grid_output):
            return [self._set(on=False, grid=True), self._set(on=False, grid=False)]
        if soc >= c.max_soc:
            return [self._set(on=False, grid=False)]
        if soc <= c.min_soc:
            return [self._set(on=True, grid=False)]
        closed = self._closed(image, self.off_grid, c.invert_off_grid_output)
        return [] if closed is None else [self._set(on=closed, grid=False)]

    def _set(self, *, on: bool, grid: bool) -> Bid:
        c = self.config
        handle = self.on_grid if grid else self.off_grid
        return switch(handle, on != (c.invert_on_grid_output if grid else c.invert_off_grid_output))


class BlackStartState(enum.Enum):
    """States of :class:`IslandSupply`."""

    GRID = 0
    DEAD_BUS = 1
    LOADS_OFF = 2
    FORM_GRID = 3
    PICK_UP = 4
    ISLAND = 5
    SYNCHRONISE = 6


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
    bad_since_s: float | None = None
    good_since_s: float | None = None


class IslandSupply(Controller[SupplyConfig, SupplyMemory]):
    """Black start and island: open the grid switch, form a grid, pick up loads; return when the grid is good.

    The grid switch is never closed while the unit forms a grid, unless it reports being synchronous by
    GridMode.
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
        following = state.state
        if state.state is s.GRID:
            state.picked = len(self.loads)
            following = s.DEAD_BUS if bad else state.state
        elif state.state is s.DEAD_BUS:
            state.picked = 0
            following = s.LOADS_OFF
        elif state.state is s.LOADS_OFF and waited and image.get(self.switch) in (0.0, None):
            following = s.FORM_GRID
        elif state.state is s.FORM_GRID and waited and image.get(self.mode) == OFF_GRID:
            following = s.PICK_UP
        elif state.state is s.PICK_UP and waited:
            following = self._pick_up(image, state)
        elif state.state is s.ISLAND:
            following = self._shed(image, state, waited=waited, good=good)
        elif state.state is s.SYNCHRONISE and waited:
            following = s.GRID if image.get(self.mode) == ON_GRID else state.state
        if following is not state.state:
            state.state, state.since_s = following, now

    def _pick_up(self, image: View, state: SupplyMemory) -> BlackStartState:
        if state.picked < len(self.loads):
            state.picked += 1
            state.since_s = image.now_s
            return BlackStartState.PICK_UP
        return BlackStartState.ISLAND

    def _shed(self, image: View, state: SupplyMemory, *, waited: bool, good: bool) -> BlackStartState:
        soc = image.get(self.soc)
        if (soc is None or soc < self.config.shed_soc) and waited and state.picked > 1:
            state.picked -= 1
            state.since_s = image.now_s
        return BlackStartState.SYNCHRONISE if good else BlackStartState.ISLAND

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


CONTROLLERS = (AcIsland, IslandSupply)
