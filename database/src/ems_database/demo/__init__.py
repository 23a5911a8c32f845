"""The demo site: a campus whose plant is simulated, installed into empty databases.

Module map: `settings` (folders, addresses, passwords), `document` (``site.yaml`` and ``plant.yaml`` with
their keys resolved), `rows` (sections to table rows), `points` (the plant's devices to data sources and
points), `accounts` (users and privileges), `dated` (what depends on the day: budgets, uploaded readings),
`store` (all SQL).

The rows are installed once, in one transaction, and then left alone: what people change afterwards stays
changed. Only what this machine decides is brought up to date by every run: the addresses of the simulated
devices, and the records of meter exchanges that the simulated past has left.
"""

from __future__ import annotations

from ems_common.clock import utc_now
from ems_common.db import Databases
from ems_common.settings import load

from ems_database.demo import accounts, dated, store
from ems_database.demo.document import Document
from ems_database.demo.points import add_points
from ems_database.demo.rows import site_rows
from ems_database.demo.settings import DemoSettings
from ems_database.demo.store import Summary

__all__ = ["DemoSettings", "Summary", "install"]


def install(dbs: Databases, settings: DemoSettings | None = None, days: int = 0) -> Summary:
    """Install the demo site, or bring an installed one up to date.

    Args:
        dbs: The migrated databases.
        settings: Taken from the environment when not given.
        days: Length of the simulated past, for which meters that people read have readings.

    Returns:
        What was done; its text is for the person at the terminal.

    Raises:
        BadInput: The declaration contradicts itself.
        Conflict: The databases hold a site that is not the demo.
    """
    settings = settings or load(DemoSettings)
    document = Document.read(settings.site_dir)
    rows = site_rows(document)
    add_points(document, rows, settings)
    rows[dated.FILES] = dated.files(document, days, utc_now())
    store.refuse_other_site(dbs, document)
    made_users = accounts.install(dbs, document, settings)
    return store.install(dbs, document, rows, settings, made_users)
