"""Reports of one kind only, as rows of the table."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ems_api.context import Context
from ems_api.reports import entry
from ems_api.reports.engine import Report
from ems_api.reports.kinds import (
    balance,
    bill,
    networks,
    power_quality,
    production,
    readings,
    stored,
    tracking,
)
from ems_api.reports.render import special_papers, specials
from ems_api.routing import Auth, Handler, Route


def _nothing(_ctx: Context) -> None:
    """A request without parameters."""


OF_METERS: Final = (
    Report("meterrealtime", readings.read_live, readings.live, specials.realtime),
    Report("metertrend", readings.read_trend, readings.trend, specials.trend, special_papers.trend),
    Report("metertracking", tracking.read, tracking.build, specials.tracking, special_papers.tracking),
    Report(
        "meterdashboard",
        partial(tracking.read, needs_period=False),
        partial(tracking.build, all_kinds=True),
        specials.meter_dashboard,
    ),
    Report("metersubmetersbalance", balance.read, balance.build, specials.balance, special_papers.balance),
    Report(
        "powerquality",
        readings.read_trend,
        power_quality.build,
        specials.power_quality,
        special_papers.power_quality,
    ),
    Report("offlinemeterdaily", entry.read_offline, entry.offline_days, specials.days),
)

OF_OTHERS: Final = (
    Report("tenantbill", bill.read, bill.build, specials.bill, special_papers.bill),
    Report(
        "equipmenttracking",
        tracking.read_listed,
        tracking.listing,
        specials.listing,
        special_papers.listing,
    ),
    Report("spaceenvironmentmonitor", readings.read_sensor, readings.sensor, specials.environment),
    Report("spaceproduction", production.read, production.build, specials.production),
    Report("enterproduction", production.read_daily, production.daily, specials.days),
)

OF_THE_PLANT: Final = (
    Report("pointrealtime", networks.read_sources, networks.points_now, specials.points),
    Report("distributionsystem", networks.read_distribution, networks.distribution, specials.distribution),
    Report(
        "energyflowdiagram",
        networks.read_diagram,
        networks.diagram,
        specials.diagram,
        special_papers.diagram,
    ),
    # MyEMS answers this to anybody; what faults a plant has is not everybody's business.
    Report("fddfault", _nothing, stored.faults, specials.faults),
    Report("advancedreports", stored.read, stored.of_period, specials.stored),
)

SPECIALS: Final[tuple[Report, ...]] = (*OF_METERS, *OF_OTHERS, *OF_THE_PLANT)


def _stored_one(ctx: Context, id_: str) -> Any:
    return specials.stored_one(stored.one(ctx, id_))


OTHER_ROUTES: Final = (
    Route(
        "/reports/enterproduction", {"POST": Handler(Auth.KEY, entry.enter_production, logged="Reporting")}
    ),
    Route("/reports/offlinemeterinput", {"POST": Handler(Auth.KEY, entry.enter_offline, logged="Reporting")}),
    Route(
        "/reports/advancedreports/{id_}",
        {
            "GET": Handler(Auth.KEY, _stored_one),
            "DELETE": Handler(Auth.SESSION, stored.delete, logged="AdvancedReportFileItem"),
        },
    ),
)
"""Routes that write, or name a row in their path."""
