"""All routes of the service, put together from their families."""

from __future__ import annotations

from ems_api.auth import accounts, users
from ems_api.context import Services
from ems_api.reports import report_routes
from ems_api.resources import views
from ems_api.resources.routes import routes_of
from ems_api.resources.table import BOUND, RESOURCES
from ems_api.routing import Route


def all_routes(services: Services) -> list[Route]:
    """The routes, in no particular order."""
    del services
    return [
        *routes_of(RESOURCES, BOUND),
        *views.ROUTES,
        *accounts.ROUTES,
        *users.ROUTES,
        *report_routes(),
    ]
