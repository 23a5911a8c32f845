"""Reports of one kind only, as rows of the table."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from ems_api.context import Context
from ems_api.reports import ask, entry, plan_entry
from ems_api.reports import special_shapes as shapes
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
from ems_api.schemas import schema

_METER: Final = (*ask.named("meter"), *ask.PERIOD, *ask.FORM)
_METERS: Final = (*ask.SPACE, ("energyCategory", "string"), *ask.PERIOD, *ask.FORM)


def _nothing(_ctx: Context) -> None:
    """A request without parameters."""


OF_METERS: Final = (
    Report(
        "meterrealtime",
        readings.read_live,
        readings.live,
        specials.realtime,
        summary="Newest readings of a meter.",
        query=(*ask.named("meter"), ask.QUICK),
        shape=shapes.REALTIME,
    ),
    Report(
        "metertrend",
        readings.read_trend,
        readings.trend,
        specials.trend,
        special_papers.trend,
        summary="Readings of a meter's points.",
        query=_METER,
        shape=shapes.TREND,
    ),
    Report(
        "metertracking",
        tracking.read,
        tracking.build,
        specials.tracking,
        special_papers.tracking,
        summary="Registers of the meters below a space.",
        query=_METERS,
        shape=shapes.TRACKING,
    ),
    Report(
        "meterdashboard",
        partial(tracking.read, needs_period=False),
        partial(tracking.build, all_kinds=True),
        specials.meter_dashboard,
        summary="Meters of all kinds below a space.",
        query=_METERS,
        shape=shapes.METER_DASHBOARD,
    ),
    Report(
        "metersubmetersbalance",
        balance.read,
        balance.build,
        specials.balance,
        special_papers.balance,
        summary="A master meter against its submeters.",
        query=(*_METER, ("periodtype", "string")),
        shape=shapes.BALANCE,
    ),
    Report(
        "powerquality",
        readings.read_trend,
        power_quality.build,
        specials.power_quality,
        special_papers.power_quality,
        summary="Power quality of a meter.",
        query=_METER,
        shape=shapes.POWER_QUALITY,
    ),
    Report(
        "offlinemeterdaily",
        entry.read_offline,
        entry.offline_days,
        specials.days,
        summary="Days of an offline meter.",
        query=(*ask.named("offlinemeter"), *ask.PERIOD),
        shape=shapes.DAYS,
    ),
)

OF_OTHERS: Final = (
    Report(
        "tenantbill",
        bill.read,
        bill.build,
        specials.bill,
        special_papers.bill,
        summary="Bill of a tenant.",
        query=(*ask.named("tenant"), *ask.PERIOD, ("language", "string")),
        shape=shapes.BILL,
    ),
    Report(
        "equipmenttracking",
        tracking.read_listed,
        tracking.listing,
        specials.listing,
        special_papers.listing,
        summary="Equipment below a space.",
        query=(*ask.SPACE, *ask.FORM, ("quick_mode", "string")),
        shape=shapes.LISTING,
    ),
    Report(
        "spaceenvironmentmonitor",
        readings.read_sensor,
        readings.sensor,
        specials.environment,
        summary="Newest readings of a sensor.",
        query=(*ask.named("sensor"), ("timerange", "string"), ask.QUICK),
        shape=shapes.ENVIRONMENT,
    ),
    Report(
        "spaceproduction",
        production.read,
        production.build,
        specials.production,
        summary="Production of a space and what its energy cost.",
        query=(*ask.SPACE, ("productid", "integer"), *ask.COMPARED),
        shape=shapes.PRODUCTION,
    ),
    Report(
        "enterproduction",
        production.read_daily,
        production.daily,
        specials.days,
        summary="Production entered day by day.",
        query=(*ask.SPACE, ("productid", "integer"), *ask.PERIOD, ask.LANGUAGE, ask.QUICK),
        shape=shapes.DAYS,
    ),
)

OF_THE_PLANT: Final = (
    Report(
        "pointrealtime",
        networks.read_sources,
        networks.points_now,
        specials.points,
        summary="Newest values of all points.",
        query=(("data_source_ids", "string"),),
        shape=shapes.POINTS,
    ),
    Report(
        "distributionsystem",
        networks.read_distribution,
        networks.distribution,
        specials.distribution,
        summary="Circuits of a distribution system with live values.",
        query=(("distributionsystemid", "integer"),),
        shape=shapes.DISTRIBUTION,
    ),
    Report(
        "energyflowdiagram",
        networks.read_diagram,
        networks.diagram,
        specials.diagram,
        special_papers.diagram,
        summary="An energy flow diagram with the energy of its links.",
        query=(("energyflowdiagramid", "integer"), *ask.PERIOD, *ask.FORM),
        shape=shapes.DIAGRAM,
    ),
    # MyEMS answers this to anybody; what faults a plant has is not everybody's business.
    Report(
        "fddfault",
        _nothing,
        stored.faults,
        specials.faults,
        summary="Messages of rules by state.",
        shape=shapes.FAULTS,
    ),
    Report(
        "advancedreports",
        stored.read,
        stored.of_period,
        specials.stored,
        summary="Stored reports of a period.",
        query=ask.PERIOD,
        shape=shapes.STORED,
    ),
)

SPECIALS: Final[tuple[Report, ...]] = (*OF_METERS, *OF_OTHERS, *OF_THE_PLANT)


def _stored_one(ctx: Context, id_: str) -> Any:
    return specials.stored_one(stored.one(ctx, id_))


OTHER_ROUTES: Final = (
    Route(
        "/reports/enterproduction", {"POST": Handler(Auth.KEY, entry.enter_production, logged="Reporting")}
    ),
    Route("/reports/offlinemeterinput", {"POST": Handler(Auth.KEY, entry.enter_offline, logged="Reporting")}),
    Route("/reports/planinput", {"POST": Handler(Auth.KEY, plan_entry.enter, logged="Reporting")}),
    Route(
        "/reports/advancedreports/{id_}",
        {
            "GET": Handler(Auth.KEY, _stored_one, answer=schema(shapes.STORED_ONE)),
            "DELETE": Handler(Auth.SESSION, stored.delete, logged="AdvancedReportFileItem"),
        },
    ),
)
"""Routes that write, or name a row in their path."""
