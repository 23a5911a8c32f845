"""Reports: one engine, every report, several forms.

A report is a value: a report function takes entities, periods and flows and returns one structured object of
dataclasses and arrays; JSON in MyEMS' shape, Excel and CSV are renderers of it.

Module map (under construction):
    table       rows: report kind × entity kinds; no handler per route
    routes      the routes made from the table
    request     query parameters → a checked request
    entities    look-ups of entities, categories, items, bound sensors and points
    series      hourly rows → buckets (columnar, local periods, daylight saving right)
    excel, csv  renderers
"""

from __future__ import annotations

from ems_api.routing import Route


def report_routes() -> list[Route]:
    """All report routes."""
    return []
