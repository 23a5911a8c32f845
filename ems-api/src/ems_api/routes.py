"""All routes of the service, put together from their families."""

from __future__ import annotations

from ems_api import assistant, description, openapi, pipeline
from ems_api.auth import accounts, audit, keys, me, oidc, open_sessions, sign_in, users
from ems_api.budgets import routes as budgets
from ems_api.context import Services
from ems_api.control import orders
from ems_api.jobs import routes as jobs
from ems_api.live import balance, flow, intake, meters, point_series, series, stream
from ems_api.quality import verdicts
from ems_api.reports import report_routes
from ems_api.resources import files, inbox, menus, messages, points, views
from ems_api.resources.routes import routes_of
from ems_api.resources.table import BOUND, RESOURCES
from ems_api.routing import Route
from ems_api.site import exchange


def all_routes(services: Services) -> list[Route]:
    """The routes, in no particular order."""
    state = flow.FlowState(services.settings)
    routes = [
        *routes_of(RESOURCES, BOUND),
        *views.ROUTES,
        *points.ROUTES,
        *verdicts.ROUTES,
        *menus.ROUTES,
        *files.ROUTES,
        *messages.ROUTES,
        *inbox.ROUTES,
        *accounts.ROUTES,
        *users.ROUTES,
        *sign_in.ROUTES,
        *me.ROUTES,
        *open_sessions.ROUTES,
        *oidc.ROUTES,
        *keys.ROUTES,
        *audit.ROUTES,
        *description.ROUTES,
        *assistant.ROUTES,
        *pipeline.ROUTES,
        *meters.ROUTES,
        *series.ROUTES,
        *point_series.ROUTES,
        *intake.routes(services),
        *balance.ROUTES,
        *budgets.ROUTES,
        *flow.routes(state),
        *orders.routes(services.settings, state),
        *stream.routes(state),
        *exchange.ROUTES,
        *report_routes(),
        *jobs.ROUTES,
    ]
    return [*routes, *openapi.routes_of(routes)]
