"""What routes answer that the resource engine does not serve, in the words of `schemas`.

The OpenAPI document is made of it, clients generate types from that, and the fuzz test holds every answer to
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ems_common.catalog.entities import ENTITIES
from ems_common.periods import PERIOD_TYPES

from ems_api.live.series import MEASURES, WITH_POINTS
from ems_api.schemas import Named, components, rows, schema

Json = dict[str, Any]
_NAMED: Final = {"id": "int", "name": "string|null"}
_MENU: Final = {
    "id": "int",
    "name": "string",
    "route": "string",
    "parent_menu_id": "int|null",
    "is_hidden": "bool",
}
_THING: Final = Named("FindingThing", {"type": "string", "kind": "string", "id": "int", "name": "string"})
_WORD: Final = Named("FindingWord", {"type": "string", "word": "string"})
_PHRASE: Final = Named(
    "FindingPhrase",
    {"key": "string", "values": {"*": ("string|number", _WORD, _THING, [("string", _WORD, _THING)])}},
)
_FINDING: Final = Named("Finding", {"what": _PHRASE, "where": [_THING], "advice": (_PHRASE, "null")})
_MENU_BELOW: Final = {"id": "int", "name": "string", "parent_menu": (_NAMED, "null"), "is_hidden": "bool"}
_SPACE_BELOW: Final = {"id": "int", "name": "string", "uuid": "string"}
_MESSAGE: Final = {
    "id": "int",
    "subject": "string",
    "message": "string",
    "created_datetime": "int",
    "start_datetime": "int|null",
    "end_datetime": "int|null",
    "update_datetime": "int|null",
    "status": "string",
    "reply": "string|null",
    "priority?": "string",
}
_NOTIFICATION: Final = {
    "id": "int",
    "created_datetime": "instant",
    "status": "string",
    "subject": "string",
    "message": "string",
    "url": "string|null",
}
_SENT: Final = {"id": "int", "created_datetime": "int", "scheduled_datetime": "int|null", "status": "string"}
_MAIL: Final = {
    "recipient_name": "string",
    "recipient_email": "string",
    "subject": "string",
    "message": "string",
}
_TEXT: Final = {"recipient_name": "string", "recipient_mobile": "string", "message": "string"}
_WECHAT: Final = {
    **{"id": "int", "recipient_name": "string", "recipient_openid": "string", "message_data": "string"},
    "created_datetime_utc": "int|null",
    "scheduled_datetime_utc": "int|null",
    **{"acknowledge_code": "string|null", "status": "string"},
}
_FILE: Final = {"id": "int", "file_name": "string", "uuid": "string", "upload_datetime": "instant"}
_WORKED_FILE: Final = {**_FILE, "status": "string"}
_TOLD_FILE: Final = {**_WORKED_FILE, "report": "any"}
_KNOWLEDGE_FILE: Final = {**_FILE, "user_display_name": "string|null"}
_TELEMETRY: Final = {
    "deviceId": "string",
    "channel": "string",
    "pointId": "int",
    "value": "number|string|null",
    "unit": "string",
    "timestamp": "instant",
}
_REALTIME: Final = {**_TELEMETRY, "definitions": "string|null"}
_SERIES: Final = {
    "entity": {"kind": "string", "id": "int", "name": "string"},
    "measure": "string",
    "series": [
        {
            "id": "int|null",
            "name": "string",
            "unit": "string",
            "values": [{"start": "instant", "end": "instant", "value": "number|null", "quality": "int"}],
        }
    ],
}
_COMPARED: Final = {
    "master": "number|null",
    "submeters": "number|null",
    "loss": "number|null",
    "loss_ratio": "number|null",
    "compared_slots": "int",
    "slots": "int",
    "quality": "int",
}
_BALANCE: Final = {
    "meter": {"id": "int", "name": "string", "unit": "string"},
    "submeters": [{"id": "int", "name": "string", "value": "number|null"}],
    "total": _COMPARED,
    "values": [{"start": "instant", "end": "instant", **_COMPARED}],
}
_NODE: Final = {
    "id": "string",
    "kind": "string",
    "name": "string",
    "power_w": "number|null",
    "soc_ratio": "number|null",
    "state": "string",
    "limit_w": "number|null",
    "energy_today_kwh": "number|null",
    "entity": "any",
    "utc": "string|null",
}
_LIVE_METER: Final = {
    "id": "int",
    "name": "string",
    "uuid": "string",
    "energy_category": (_NAMED, "null"),
    "unit_of_measure": "string|null",
    "space": _NAMED,
    "points": [
        {
            "id": "int",
            "name": "string",
            "units": "string",
            "object_type": "string",
            "value": "number|string|null",
            "utc": "instant|null",
        }
    ],
    "trend": {"utc": ["instant"], "energy_kwh": ["number|null"]},
}
_STAGE: Final = {
    "name": "string",
    "state": "string",
    "instance": "string|null",
    "step": "string|null",
    "done_ratio": "number|null",
    "remaining_s": "number|null",
    "watermark": "instant|null",
    "dirty_windows": "int",
    "open": [
        {
            "kind": "string",
            "entity_kind": "string",
            "reason": "string",
            "windows": "int",
            "from": "instant|null",
            "to": "instant|null",
            "since": "instant|null",
        }
    ],
    "last_pass": ({"ended": "instant|null", "seconds": "number|null", "summary": "string|null"}, "null"),
}
_AUDIT: Final = {
    "id": "int",
    "at": "instant",
    "request_id": "string",
    "user_uuid": "string|null",
    "user_name": "string",
    "via": "string",
    "address": "string",
    "action": "string",
    "entity": "string",
    "entity_id": "int|null",
    "outcome": "string",
    "before": "any",
    "after": "any",
    "is_success": "bool",
}
_LOG: Final = {
    "id": "int",
    "user_uuid": "string",
    "user_name": "string",
    "user_display_name": "string",
    "request_datetime": "instant",
    "request_datetime_utc": "string",
    "request_method": "string",
    "resource_type": "string",
    "resource_id": "int|null",
    "request_body": "string|null",
}


def _files(path: str, shape: dict[str, Any], **more: Any) -> dict[str, Json]:
    return {
        f"GET {path}": rows({**shape, **more}),
        f"GET {path}/{{id_}}": schema(shape),
        f"GET {path}/{{id_}}/restore": schema("string"),
    }


def _both(path: str, shape: dict[str, Any]) -> dict[str, Json]:
    return {f"GET {path}": rows(shape), f"GET {path}/{{id_}}": schema(shape)}


ANSWERS: Final[Mapping[str, Json]] = {
    "GET /version": schema({"*": "string"}),
    "GET /site": schema(
        {
            **dict.fromkeys(("name", "time_zone", "currency", "version"), "string"),
            "hour_minutes": "int",
            "utc": "instant",
        }
    ),
    "GET /site/flow": schema(
        {"utc": "string", "state": "string|null", "active_controller": "string|null", "nodes": [_NODE]}
    ),
    "GET /site/flow/history": schema(
        {"utc": ["instant"], "series": [{"id": "string", "kind": "string", "power_w": ["number|null"]}]}
    ),
    "GET /meters/live": rows(_LIVE_METER),
    "GET /telemetry": rows(_TELEMETRY),
    **{
        f"GET /{table.removeprefix('tbl_').replace('_', '')}/{{id_}}/realtime": rows(_REALTIME)
        for table in WITH_POINTS
    },
    **{
        f"GET /{entity.plural}/{{id_}}/{measure}/{resolution}": schema(_SERIES)
        for entity in ENTITIES
        for measure in MEASURES
        for resolution in PERIOD_TYPES
    },
    **{f"GET /meters/{{id_}}/balance/{resolution}": schema(_BALANCE) for resolution in PERIOD_TYPES},
    "GET /points/{id_}/latest": schema(
        {
            "id": "int",
            "name": "string",
            "units": "string",
            "object_type": "string",
            "value": "number|string|null",
            "utc": "instant|null",
        }
    ),
    "GET /points/{id_}/setvalues": rows(
        {
            "id": "int",
            "set_value": "number",
            "utc": "instant",
            "outcome": "string",
            "outcome_utc": "instant|null",
            "message": "string",
            "data": (_FINDING, "null"),
        }
    ),
    "GET /pipeline": schema(
        {
            "stages": [_STAGE],
            "slot_minutes": "int",
            "provisional_slots": "any",
            "findings": [
                {
                    "stage": "string",
                    "kind": "string",
                    "entity": ({"kind": "string", "id": "int|null"}, "null"),
                    "message": "string",
                    "data": (_FINDING, "null"),
                    "since": "instant",
                }
            ],
        }
    ),
    "GET /menus": rows(_MENU),
    "GET /menus/{id_}": schema((_MENU, "null")),
    "GET /menus/{id_}/children": schema({"current": _MENU_BELOW, "children": [_MENU_BELOW]}),
    "GET /menus/web": schema({"*": ["string"]}),
    **_both("/webmessages", _MESSAGE),
    "GET /webmessagesnew": rows(_MESSAGE),
    **_both("/notifications", _NOTIFICATION),
    "GET /tickets": schema(["any"]),
    "GET /tickets/{id_}": schema({}),
    "GET /spaces/tree": {"$ref": "#/components/schemas/SpaceNode"},
    **_both("/emailmessages", {**_SENT, **_MAIL, "attachment_file_name": "string|null"}),
    **_both("/textmessages", {**_SENT, **_TEXT, "acknowledge_code": "string|null"}),
    "GET /wechatmessages": rows({**_WECHAT, "message_template_id": "string"}),
    "GET /wechatmessages/{id_}": schema({**_WECHAT, "recipient_template_id": "string"}),
    **_both("/users/emailmessages", {**_SENT, **_MAIL}),
    **_files("/costfiles", _WORKED_FILE),
    **_files("/energyplanfiles", _WORKED_FILE),
    **_files("/datarepairfiles", _TOLD_FILE),
    **_files("/offlinemeterfiles", _TOLD_FILE),
    **_files("/knowledgefiles", _KNOWLEDGE_FILE, file_size_bytes="int"),
    **_both("/audit", _AUDIT),
    "GET /logs": rows(_LOG),
    "GET /spaces/{id_}/treemetersenergycategories": rows(_SPACE_BELOW),
    **{
        f"GET /meters/{{id_}}/{owner}": rows(_NAMED)
        for owner in ("combinedequipments", "equipments", "shopfloors", "spaces", "stores", "tenants")
    },
    **{
        f"GET /{owner}/{{id_}}/datasourcepoints": rows(_NAMED)
        for owner in (
            *("combinedequipments", "energystoragecontainers", "energystoragepowerstations", "microgrids"),
            "photovoltaicpowerstations",
        )
    },
}
"""Method and path → JSON schema of the answer under `/v1`."""

COMPONENTS: Final[Mapping[str, Json]] = {
    **components([_FINDING]),
    "SpaceNode": {
        **schema(
            {
                **{"id": "int", "name": "string", "uuid": "string"},
                **dict.fromkeys(("latitude", "longitude"), "number|null"),
                "children": ["any"],
            }
        ),
    },
}
COMPONENTS["SpaceNode"]["properties"]["children"]["items"] = {"$ref": "#/components/schemas/SpaceNode"}
"""Schemas that these refer to, by their names in the document."""
