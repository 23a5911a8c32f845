"""The declarations of all configuration resources, a module per family."""

from __future__ import annotations

from ems_api.errors import Fault
from ems_api.quality.rules import RESOURCES as QUALITY
from ems_api.resources.budgets import RESOURCES as BUDGETS
from ems_api.resources.declare import Resource
from ems_api.resources.table import accounts, equipment, metering, operation, places, prices, stations
from ems_api.resources.table.bindings import BOUND

RESOURCES: tuple[Resource, ...] = (
    *places.RESOURCES,
    *metering.RESOURCES,
    *QUALITY,
    *prices.RESOURCES,
    *BUDGETS,
    *equipment.RESOURCES,
    *stations.RESOURCES,
    *operation.RESOURCES,
    *accounts.RESOURCES,
)

NOT_FOUND: dict[str, Fault] = {resource.table: resource.not_found for resource in RESOURCES}
"""Table → fault of a key that no row has."""

__all__ = ["BOUND", "NOT_FOUND", "RESOURCES"]
