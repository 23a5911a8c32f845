"""Where one handler of MyEMS answers a cause otherwise than its neighbours do.

The declarations say what a cause is called everywhere; its clients, though, know the very answer of each
handler. A row here says: at this method and path, this key is answered so. `/v1` does not look here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ems_api.errors import Fault

_WRITES = ("POST", "PUT", "DELETE")


def _bad_request(*keys: str) -> dict[str, Fault]:
    """Missing rows that are answered with 400 instead of 404."""
    return {key: Fault(key, 400, "NOT_FOUND") for key in keys}


def _parameters(owner: str) -> dict[tuple[str, str], dict[str, Fault]]:
    key = owner.upper()
    faults = _bad_request(f"{key}_NOT_FOUND", f"{key}_PARAMETER_NOT_FOUND_OR_NOT_MATCH")
    path = f"/{owner.replace('_', '')}s/{{id_}}/parameters"
    return {
        ("POST", path): faults,
        ("PUT", f"{path}/{{child_id}}"): faults,
        ("DELETE", f"{path}/{{child_id}}"): faults,
    }


def _diagram_parts() -> dict[tuple[str, str], dict[str, Fault]]:
    found = {}
    for part in ("node", "link"):
        faults = _bad_request(
            "ENERGY_FLOW_DIAGRAM_NOT_FOUND", f"ENERGY_FLOW_DIAGRAM_{part.upper()}_NOT_FOUND_OR_NOT_MATCH"
        )
        path = f"/energyflowdiagrams/{{id_}}/{part}s"
        for method in _WRITES:
            found[method, path if method == "POST" else f"{path}/{{child_id}}"] = dict(faults)
    found["PUT", "/energyflowdiagrams/{id_}/nodes/{child_id}"][
        "ENERGY_FLOW_DIAGRAM_NAME_IS_ALREADY_IN_USE"
    ] = Fault("ENERGY_FLOW_DIAGRAM_NODE_NAME_IS_ALREADY_IN_USE")
    return found


def _renamed(old: str, new: str) -> dict[str, Fault]:
    return {old: Fault(new)}


_FOREIGN_POINT = {"INVALID_POINT_ID": Fault("INVALID_POINT_ID", 400, "NOT_FOUND")}

ANOMALIES: Final[Mapping[tuple[str, str], Mapping[str, Fault]]] = {
    **_parameters("equipment"),
    **_parameters("combined_equipment"),
    **_diagram_parts(),
    ("GET", "/microgrids/{id_}/evchargers/{child_id}/points"): _renamed(
        "MICROGRID_EVCHARGER_NOT_FOUND", "MICROGRID_EV_CHARGER_NOT_FOUND"
    ),
    ("GET", "/shopfloors/{id_}/commands"): _renamed("INVALID_SHOPFLOOR_ID", "INVALID_STORE_ID"),
    ("GET", "/spaces/{id_}/export"): _renamed("INVALID_SPACE_ID", "INVALID_METER_ID"),
    ("GET", "/tenanttypes/{id_}"): _bad_request("TENANT_TYPE_NOT_FOUND"),
    ("GET", "/workingcalendars/{id_}/nonworkingdays"): _renamed(
        "INVALID_WORKING_CALENDAR_ID", "INVALID_NON_WORKING_DAY_ID"
    ),
    ("POST", "/combinedequipments/import"): {"POINT_NOT_FOUND": Fault("POINT_NOT_FOUND", 400, "BAD_REQUEST")},
    ("POST", "/controlmodes/import"): _renamed("INVALID_CONTROL_MODE_NAME", "INVALID_METER_NAME"),
    ("POST", "/meters/import"): _FOREIGN_POINT,
    ("POST", "/microgrids/import"): _renamed("INVALID_RATED_POWER_VALUE", "INVALID_RATED_POWER"),
    ("POST", "/sensors/import"): _FOREIGN_POINT,
    ("PUT", "/nonworkingdays/{id_}"): _renamed("NON_WORKING_DAY_NOT_FOUND", "DATE_LOCAL_NOT_FOUND"),
    ("PUT", "/wechatmessages/{id_}"): _renamed("INVALID_WECHAT_MESSAGE_ID", "INVALID_TEXT_MESSAGE_ID"),
    ("PUT", "/virtualmeters/{id_}"): {
        "ENERGY_ITEM_IS_NOT_BELONG_TO_ENERGY_CATEGORY": Fault(
            "ENERGY_ITEM_IS_NOT_BELONG_TO_ENERGY_CATEGORY", 400
        )
    },
}
"""(Method, path) → key → the answer there."""


def of(method: str, template: str, key: str) -> Fault | None:
    """The answer to a key at a handler where that is an odd one.

    >>> of("GET", "/tenanttypes/{id_}", "API.TENANT_TYPE_NOT_FOUND").status
    400
    """
    return ANOMALIES.get((method, template), {}).get(key.removeprefix("API."))
