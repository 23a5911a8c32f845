"""What the routes of report jobs, schedules and saved documents take and answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ems_api.jobs.blocks import Definition
from ems_api.jobs.orders import Order
from ems_api.schemas import Named, schema

Json = dict[str, Any]
(_ORDER, _DEFINITION), BODIES = msgspec.json.schema_components(
    (Order, Definition), ref_template="#/components/schemas/{name}"
)
"""Schemas of what clients send, made of the very classes that read it; `BODIES` by their names."""
_ORDERED: Final = Named("Order", "any")
_BLOCK: Final = Named("Part", "any")
"""Their schemas are among `BODIES`."""
_JOB: Final = {
    "id": "uuid",
    "number": "int",
    "status": "string",
    "progress_pct": "int",
    "order": _ORDERED,
    "owner": "string",
    "is_scheduled": "bool",
    "created": "instant",
    "started": "instant|null",
    "finished": "instant|null",
    "file": ({"name": "string", "media_type": "string", "bytes": "int", "href": "string"}, "null"),
    "error": ({"description": "string", "detail": "string|null"}, "null"),
}
_DELIVERY: Final = {"recipient": "string", "status": "string", "error": "string|null"}
_SAVED: Final = {
    "id": "uuid",
    "name": "string",
    "owner": "string",
    "is_mine": "bool",
    "is_shared": "bool",
    "created": "instant",
    "updated": "instant",
}
JOB: Final = Named("Job", _JOB)
DELIVERED: Final = Named("Job.WithDeliveries", {**_JOB, "deliveries": [_DELIVERY]})
SAVED: Final = Named("Saved.Head", _SAVED)
DOCUMENT: Final = Named(
    "Saved.Document",
    {**_SAVED, "blocks": [_BLOCK], **dict.fromkeys(("subtitle", "period", "compare"), "string")},
)
SCHEDULE: Final = Named(
    "Saved.Schedule",
    {
        "id": "uuid",
        **dict.fromkeys(("name", "owner", "rhythm", "timezone"), "string"),
        "order": _ORDERED,
        "recipients": ["string"],
        "is_enabled": "bool",
        "next_run": "instant|null",
        "last_run": "instant|null",
        "last_error": "string|null",
    },
)
JOBS: Final = schema({"jobs": [JOB]})
DOCUMENTS: Final = schema({"documents": [SAVED]})
SCHEDULES: Final = schema({"schedules": [SCHEDULE]})
NAMED: Final = (JOB, DELIVERED, SAVED, DOCUMENT, SCHEDULE)
ORDER_BODY: Final[Json] = _ORDER
_NAME: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 128}
DOCUMENT_BODY: Final[Json] = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "is_shared": {"type": "boolean"},
        **BODIES["Definition"]["properties"],
    },
    "required": ["name", "blocks"],
    "additionalProperties": False,
}
SCHEDULE_BODY: Final[Json] = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "order": _ORDER,
        "rhythm": {"type": "string", "description": "A word, or a cron expression of five fields."},
        "timezone": {"type": "string"},
        "recipients": {"type": "array", "items": {"type": "string", "maxLength": 128}, "maxItems": 20},
        "is_enabled": {"type": "boolean"},
    },
    "required": ["name", "order", "rhythm"],
    "additionalProperties": False,
}
