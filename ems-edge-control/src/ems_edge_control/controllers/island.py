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
from ems_edge_control.controllers.black_start import IslandSupply
from ems_edge_control.controllers.outputs import switch
from ems_edge_control.properties import prop
from ems_edge_control.requests import Bid, Request, Requests


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


CONTROLLERS = (AcIsland, IslandSupply)
