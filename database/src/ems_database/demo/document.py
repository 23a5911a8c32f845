"""The site's declaration: sections, keys and the ids and uuids they stand for."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from ems_common.errors import BadInput

_NAMESPACE = uuid.UUID("5b6c9f0e-3a52-5c58-9b53-3f0a7f4c1d2e")
_NO_TABLES = frozenset(
    {
        *("site", "accounts", "privileges", "bindings", "bank_holidays", "control_points"),
        "offline_readings",
    }
)
_HOURLY_MARGIN = 1.2

Row = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """``site.yaml`` and ``plant.yaml``.

    Attributes:
        folder: Where they are.
        site: The site as read.
        plant: The plant as read.
        sections: Rows of each table section, defaults filled in, each with its `id`.
        ids: Section → key → id.
    """

    folder: Path
    site: Mapping[str, Any]
    plant: Mapping[str, Any]
    sections: Mapping[str, list[Row]]
    ids: Mapping[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Document:
        """Read both files.

        Raises:
            BadInput: One is missing, or a key or id is used twice.
        """
        site, plant = _yaml(folder / "site.yaml"), _yaml(folder / "plant.yaml")
        meters = {meter["code"]: meter for meter in plant_meters(plant)}
        sections: dict[str, list[Row]] = {}
        ids: dict[str, dict[str, int]] = {}
        for name, raw in site.items():
            if name in _NO_TABLES:
                continue
            rows = [_named(name, row, meters) for row in _filled(raw)]
            sections[name] = rows
            ids[name] = _unique(name, rows)
        return cls(folder, site, plant, sections, ids)

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the site."""
        return ZoneInfo(self.site["site"]["time_zone"])

    @property
    def version(self) -> int:
        """Version of the declaration."""
        return int(self.site["site"]["version"])

    def id_of(self, table: str, key: str, where: str) -> int:
        """The id of the row that `key` names in a table.

        Raises:
            BadInput: There is none.
        """
        found = self.ids.get(table.removeprefix("tbl_"), {}).get(key)
        if found is None:
            raise BadInput(f"there is no {key!r} in {table.removeprefix('tbl_')}", f"site.yaml {where}")
        return found

    def uuid_of(self, name: str, where: str) -> str:
        """The uuid of ``section:key``.

        Raises:
            BadInput: There is no such row.
        """
        section, _, key = name.partition(":")
        return row_uuid(f"tbl_{section}", self.id_of(section, key, where))


def row_uuid(table: str, row_id: int) -> str:
    """The uuid of a row of the demo: always the same."""
    return str(uuid.uuid5(_NAMESPACE, f"{table}:{row_id}"))


def _yaml(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise BadInput("the declaration is missing", str(path), advice="Set EMS_SITE_DIR")
    loaded: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def _filled(raw: Any) -> Iterator[Row]:
    """Rows of a section, with its defaults."""
    if isinstance(raw, Mapping):
        defaults, rows = raw["defaults"], raw["rows"]
    else:
        defaults, rows = {}, raw
    for row in rows:
        yield {**defaults, **row}


def _named(section: str, row: Row, meters: Mapping[str, Mapping[str, Any]]) -> Row:
    """A row with id and key; meters get theirs, and the most they can count in an hour, from the plant."""
    if section != "meters":
        return row
    code = row.pop("code")
    if code not in meters:
        raise BadInput(f"the plant has no meter {code!r}", "site.yaml meters")
    most_kwh = round(meters[code]["max_kw"] * _HOURLY_MARGIN, 3)
    limits = {"hourly_low_limit": 0, "hourly_high_limit": most_kwh}
    return {"id": meters[code]["id"], "key": code, **row, **limits, "name": f"{code} {row['name']}"}


def _unique(section: str, rows: list[Row]) -> dict[str, int]:
    ids: dict[str, int] = {}
    seen: set[int] = set()
    for row in rows:
        if row["id"] in seen or row.get("key") in ids:
            raise BadInput("an id or key is used twice", f"site.yaml {section}", row)
        seen.add(row["id"])
        if "key" in row:
            ids[row["key"]] = row["id"]
    return ids


def plant_meters(plant: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All meters of the plant: panel and pulse meters, and the energy registers of the microgrid."""
    yield from plant["meters"]
    for device in microgrid_devices(plant).values():
        yield from device["meters"].values()


def microgrid_devices(plant: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The devices of the microgrid by role."""
    return {role: device for role, device in plant["microgrid"].items() if isinstance(device, Mapping)}
