"""Reports of storage, photovoltaics and microgrids, as rows of the table."""

from __future__ import annotations

from functools import partial
from typing import Final

from ems_api.reports import ask
from ems_api.reports import station_shapes as shapes
from ems_api.reports.engine import Report
from ems_api.reports.kinds import station_devices, station_energy, station_flows, station_state
from ems_api.reports.kinds.station_flows import BILLING, ENERGY, MEASURES
from ems_api.reports.render import station_papers
from ems_api.reports.render import stations as json
from ems_api.reports.stations import MICROGRID, PHOTOVOLTAIC, STORAGE, Station
from ems_api.routing import Auth

_BATTERY: Final = ("charge", "discharge")
_GENERATION: Final = ("generation",)
# Error keys of photovoltaic stations differ from report to report; clients translate them as they are.
_MIXED: Final = "photovoltaic_POWER_STATION"
_LOWER: Final = "photovoltaic_power_station"


def _recent(
    path: str, kind: Station, measure: str, flows: tuple[str, ...], *, totals: bool = False
) -> Report:
    return Report(
        path,
        station_flows.read_all,
        partial(station_flows.recent_of_all, kind=kind, measure=measure, flows=flows),
        partial(json.recent_of_all, kind=kind, with_totals=totals),
        summary=f"Recent {measure} of all stations of a user.",
        query=ask.USER,
        shape=shapes.recent_of_all(kind, flows),
    )


def _of_one(kind: Station, flows: tuple[str, ...], error: str) -> tuple[Report, ...]:
    """Recent flows and all-time sums of one station."""
    read = partial(station_flows.read_one, kind=kind, error=error)
    return (
        *(
            Report(
                f"{kind.route}item{measure}",
                read,
                partial(station_flows.recent_of_one, kind=kind, measure=measure, flows=flows, error=error),
                partial(json.recent_of_one, kind=kind),
                summary=f"Recent {measure} of a station.",
                query=ask.named(""),
                shape=shapes.recent_of_one(kind, flows),
            )
            for measure in MEASURES
        ),
        Report(
            f"{kind.route}itemdashboard",
            read,
            partial(station_flows.totals_of_one, kind=kind, flows=flows, error=error),
            partial(json.totals_of_one, kind=kind),
            summary="All-time sums of a station.",
            query=ask.named(""),
            shape=shapes.totals_of_one(kind, flows),
        ),
    )


def _of_all(kind: Station, flows: tuple[str, ...]) -> tuple[Report, ...]:
    """Recent flows, sums and live values of all stations of a kind."""
    return (
        *(
            _recent(f"{kind.route}collection{measure}", kind, measure, flows, totals=measure == "energy")
            for measure in MEASURES
        ),
        Report(
            f"{kind.route}dashboard",
            station_flows.read_all,
            partial(station_flows.totals_of_all, kind=kind, flows=flows),
            partial(json.totals_of_all, kind=kind),
            summary="All-time sums of all stations of a user.",
            query=ask.USER,
            shape=shapes.totals_of_all(kind, flows),
        ),
        _list(kind, flows),
    )


def _list(kind: Station, flows: tuple[str, ...]) -> Report:
    return Report(
        f"{kind.route}list",
        station_state.read_list,
        partial(station_state.list_, kind=kind, flows=flows),
        partial(json.listed, kind=kind),
        auth=Auth.SESSION,
        shape=shapes.listed(kind, flows),
    )


def _details(kind: Station, flows: tuple[str, ...], error: str = "") -> Report:
    return Report(
        f"{kind.route}details",
        partial(station_flows.read_one, kind=kind, error=error),
        partial(station_state.details, kind=kind, flows=flows, error=error),
        partial(json.details, kind=kind),
        summary="A station in full.",
        query=ask.named(""),
        shape=shapes.details(kind, flows),
    )


def _devices(kind: Station) -> tuple[Report, ...]:
    return tuple(
        Report(
            f"{kind.route}details/{{id_}}/{device.path}",
            partial(station_devices.read, kind=kind),
            partial(station_devices.devices, kind=kind, device=device),
            json.devices,
            shape=shapes.DEVICES,
        )
        for device in kind.devices
    )


def _over(kind: Station, name: str, database: str, error: str) -> Report:
    return Report(
        f"{kind.route}{name}",
        partial(station_flows.read_over, kind=kind, error=error),
        partial(station_energy.build, kind=kind, database=database, error=error),
        partial(json.energy, kind=kind),
        partial(station_papers.energy, kind=kind, name=name),
        summary=f"Report {name} of a station.",
        query=(*ask.named(""), *ask.COMPARED),
        shape=shapes.energy(kind),
    )


_IN_STORAGE: Final = partial(station_devices.read, kind=STORAGE)
_IN_PHOTOVOLTAIC: Final = partial(station_devices.read, kind=PHOTOVOLTAIC)

OF_STORAGE: Final = (
    *_of_all(STORAGE, _BATTERY),
    *_of_one(STORAGE, _BATTERY, STORAGE.error),
    _details(STORAGE, _BATTERY),
    *_devices(STORAGE),
    Report(
        f"{STORAGE.route}details/{{id_}}/meter",
        _IN_STORAGE,
        partial(station_devices.meters, kind=STORAGE),
        json.battery_meters,
        shape=shapes.BATTERY_METERS,
    ),
    Report(
        f"{STORAGE.route}details/{{id_}}/command",
        _IN_STORAGE,
        partial(station_devices.commands, kind=STORAGE),
        json.commands,
        shape=shapes.COMMANDS,
    ),
    Report(
        f"{STORAGE.route}details/{{id_}}/schedule",
        _IN_STORAGE,
        partial(station_devices.schedule, kind=STORAGE),
        json.schedule,
        shape=shapes.SCHEDULE,
    ),
    _over(STORAGE, "reportingenergy", ENERGY, STORAGE.error),
    _over(STORAGE, "reportingrevenue", BILLING, STORAGE.error),
    Report(
        f"{STORAGE.route}reportingparameters",
        station_energy.read_points,
        station_energy.points,
        json.parameters,
        station_papers.parameters,
        summary="Readings of points.",
        query=(("pointids", "string"), *ask.PERIOD, *ask.FORM),
        shape=shapes.parameters(),
    ),
)

OF_PHOTOVOLTAICS: Final = (
    *_of_all(PHOTOVOLTAIC, _GENERATION),
    *_of_one(PHOTOVOLTAIC, _GENERATION, _MIXED),
    _details(PHOTOVOLTAIC, _GENERATION, _MIXED),
    Report(
        f"{PHOTOVOLTAIC.route}details/{{id_}}/invertor",
        _IN_PHOTOVOLTAIC,
        partial(station_devices.point_columns, kind=PHOTOVOLTAIC, tables=("invertors",)),
        json.invertors,
        shape=shapes.invertors(PHOTOVOLTAIC),
    ),
    Report(
        f"{PHOTOVOLTAIC.route}details/{{id_}}/meter",
        _IN_PHOTOVOLTAIC,
        partial(station_devices.point_columns, kind=PHOTOVOLTAIC, tables=("grids", "loads")),
        json.power_meters,
        shape=shapes.METERS,
    ),
    _over(PHOTOVOLTAIC, "reportingenergy", ENERGY, _LOWER),
    _over(PHOTOVOLTAIC, "reportingrevenue", BILLING, _LOWER),
    Report(
        f"{PHOTOVOLTAIC.route}reportingparameters",
        partial(station_energy.read_station, kind=PHOTOVOLTAIC),
        partial(station_energy.of_station, kind=PHOTOVOLTAIC, device="invertors"),
        partial(json.parameters, kind=PHOTOVOLTAIC),
        station_papers.parameters,
        summary="Readings of a station's inverters.",
        query=(*ask.named(""), *ask.PERIOD, *ask.FORM),
        shape=shapes.parameters(PHOTOVOLTAIC),
    ),
)

_GRID: Final = ("photovoltaic", "evcharger", "load", "grid_buy", "grid_sell")
OF_MICROGRIDS: Final = (
    *(_recent(f"microgrids{measure}", MICROGRID, measure, _BATTERY) for measure in MEASURES),
    *(_recent(f"microgrid{flow.replace('_', '')}", MICROGRID, "energy", (flow,)) for flow in _GRID),
    Report(
        "microgriddashboard",
        station_flows.read_all_over,
        partial(station_flows.totals_over, kind=MICROGRID, flows=(*_BATTERY, *_GRID), priced=_BATTERY),
        partial(json.totals_of_all, kind=MICROGRID),
        summary="Sums of all microgrids of a user.",
        query=(*ask.USER, *ask.COMPARED),
        shape=shapes.totals_of_all(MICROGRID, (*_BATTERY, *_GRID), _BATTERY),
    ),
    _list(MICROGRID, ()),
    _details(MICROGRID, _BATTERY),
    *_devices(MICROGRID),
    Report(
        "microgridreportingenergy",
        partial(station_flows.read_over, kind=MICROGRID, error=MICROGRID.error),
        partial(station_energy.of_microgrid, kind=MICROGRID, error=MICROGRID.error),
        partial(json.energy, kind=MICROGRID),
        partial(station_papers.energy, kind=MICROGRID, name="reportingenergy"),
        summary="Energy of a microgrid, device by device.",
        query=(*ask.named(""), *ask.COMPARED),
        shape=shapes.energy(MICROGRID),
    ),
)

STATION_REPORTS: Final[tuple[Report, ...]] = (*OF_STORAGE, *OF_PHOTOVOLTAICS, *OF_MICROGRIDS)
