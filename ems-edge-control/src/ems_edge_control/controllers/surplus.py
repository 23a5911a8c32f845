"""Hybrid storage: PV power that the battery cannot take goes to the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ems_edge_control.controllers.base import (
    Binder,
    Controller,
    NoState,
    Publish,
    View,
    at_least,
    flag,
    number,
)
from ems_edge_control.properties import prop
from ems_edge_control.requests import Request


@dataclass(frozen=True, kw_only=True)
class SurplusConfig:
    """Properties of :class:`SurplusFeedToGrid`."""

    ess_id: str = prop(help="Hybrid storage unit")


class SurplusFeedToGrid(Controller[SurplusConfig, NoState]):
    """P at least the surplus, as far as it is possible."""

    code = "surplus-feed-to-grid"
    title = "Feed the PV surplus of a hybrid unit into the grid"
    aliases = ("Controller.Ess.Hybrid.Surplus-Feed-To-Grid",)
    Config = SurplusConfig
    channels = (
        flag("SurplusFeedToGridIsLimited", "Less than the surplus was possible"),
        number("SurplusPower", "W"),
    )

    def bind(self, bind: Binder) -> None:
        """Resolve the address."""
        self.surplus = bind.channel(self.config.ess_id, "SurplusPower")

    def run(self, image: View, state: NoState, dt_s: float) -> Sequence[Request]:
        """Bound the power from below."""
        surplus = image.get(self.surplus)
        if surplus is None:
            return [Publish("SurplusFeedToGridIsLimited", False), Publish("SurplusPower", None)]
        most = image.max_w(self.config.ess_id)
        return [
            Publish("SurplusFeedToGridIsLimited", surplus > most),
            Publish("SurplusPower", surplus),
            at_least(self.config.ess_id, min(surplus, most), reason="surplus of PV"),
        ]


CONTROLLERS = (SurplusFeedToGrid,)
