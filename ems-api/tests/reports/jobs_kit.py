"""What tests of ordered, scheduled and saved reports share: orders, and a worker that carries them out."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from ems_api.jobs.worker import Worker
from ems_api.testing import Api
from openpyxl import load_workbook

from .conftest import CAMPUS, THREE_DAYS, Site

# The last full week is 24 to 30 March 2025, of which the site has Friday 28 to Sunday 30.
MONDAY = datetime(2025, 3, 31, 12, tzinfo=UTC)
ORDER: dict[str, Any] = {
    "report": "spaceenergycategory",
    "parameters": {"spaceid": CAMPUS, "periodtype": "daily", **THREE_DAYS},
    "form": "xlsx",
}
WEEKLY: dict[str, Any] = {
    "name": "Weekly energy",
    "rhythm": "weekly",
    "order": {
        "report": "cost",
        "entity": {"kind": "space", "id": CAMPUS},
        "period": "last_week",
        "form": "pdf",
    },
}


def order(api: Api, **changed: Any) -> dict[str, Any]:
    """Order a report; the job."""
    answer = api.call("POST", "/v1/reports", {**ORDER, **changed})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/reports/{answer.json['id']}"
    return dict(answer.json)


def state(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    return dict(api.get(f"/v1/reports/{job['id']}"))


def carry_out(site: Site) -> None:
    """Carry out all jobs that wait."""
    worker = Worker(site.api.services)
    while worker.run_one() is not None:
        pass


def numbers(content: bytes) -> set[Any]:
    book = load_workbook(io.BytesIO(content))
    return {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
