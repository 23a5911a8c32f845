"""Reports: one engine, every report, several forms.

A report is a value: a report function takes entities, periods and flows and returns one structured object of
dataclasses and arrays; JSON in MyEMS' shape, Excel and CSV are renderers of it.

Module map:
    table         rows: kind of report × kinds of entities; no handler per route
    specials      rows of reports of one kind only
    station_table rows of storage, photovoltaics, microgrids
    routes        the routes made from the rows
    engine        read what is asked for, build the value, render it
    ask, viewer   query parameters, checked; whose dashboard it is
    entities, stations            the kinds of things as reports see them
    facts, tree, station_facts    look-ups in the configuration
    site          what every report needs besides its request
    slots, kept   reading hourly rows, packed into columns, and keeping them while they stand
    adding, days                  sums of whole days, and what adds them up
    doubts        how much of them is estimated or incomplete
    weather       degree days
    buckets       local periods as buckets of slots
    tariffs       prices and peak types on a time axis
    history, live, bound          readings of points
    entry         values entered by hand
    model         what report values are made of
    kinds/        report functions
    render/       JSON, documents; Excel, CSV, charts, PDF
    texts         message catalogs of the files
"""

from ems_api.reports.routes import report_routes

__all__ = ["report_routes"]
