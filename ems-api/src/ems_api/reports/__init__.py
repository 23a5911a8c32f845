"""Reports: one engine, every report, several forms.

A report is a value: a report function takes entities, periods and flows and returns one structured object of
dataclasses and arrays; JSON in MyEMS' shape, Excel and CSV are renderers of it.

Module map:
    table       rows: kind of report × kinds of entities; no handler per route
    routes      the routes made from the table
    engine      read what is asked for, build the value, render it
    ask         query parameters, checked
    entities    the kinds of entities as reports see them
    facts       look-ups in the configuration: entities, categories, items, calendars
    site        what every report needs besides its request
    slots       reading hourly rows, packed into columns
    buckets     local periods as buckets of slots
    tariffs     prices and peak types on a time axis
    history     readings of points
    bound       sensors and points beside an entity's energy
    model       what report values are made of
    kinds/      report functions
    render/     JSON, documents, Excel, CSV
    texts       message catalogs of the files
"""

from ems_api.reports.routes import report_routes

__all__ = ["report_routes"]
