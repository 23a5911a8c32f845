"""The declarations of all configuration resources, a module per family."""

from __future__ import annotations

from ems_api.resources.declare import Resource
from ems_api.resources.table import accounts, equipment, metering, operation, places, prices, stations
from ems_api.resources.table.bindings import BOUND

RESOURCES: tuple[Resource, ...] = (
    *places.RESOURCES,
    *metering.RESOURCES,
    *prices.RESOURCES,
    *equipment.RESOURCES,
    *stations.RESOURCES,
    *operation.RESOURCES,
    *accounts.RESOURCES,
)

__all__ = ["BOUND", "RESOURCES"]
