"""A scenario file, read and checked; all of its faults are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml
from ems_common.errors import BadInput

from ems_edge_control.simulation import sections as sections_of
from ems_edge_control.simulation import variants
from ems_edge_control.simulation.measured import Measured, read_csv
from ems_edge_control.simulation.sections import (
    BatterySection,
    ChargerSection,
    File,
    PvSection,
    Sections,
    by_id,
)
from ems_edge_control.simulation.variants import Parts
from ems_edge_control.site import BadSite

AS_IT_STANDS = "W"


@dataclass(frozen=True)
class Scenario:
    """A scenario ready to run.

    Attributes:
        sections: As written.
        title: Name of the file, empty when there is none.
        start_utc: Begin.
        zone: Zone of the site.
        grid: Id of the grid meter.
        batteries: Storage units by id.
        pvs: PV inverters by id.
        chargers: Charging points by id.
        parts: Components and controllers of each variant.
        load: Measured load, None for the profile.
        sun: Measured possible production by inverter.
        prices: Measured prices, None for those of the section.
    """

    sections: Sections
    title: str
    start_utc: datetime
    zone: ZoneInfo
    grid: str
    batteries: Mapping[str, BatterySection]
    pvs: Mapping[str, PvSection]
    chargers: Mapping[str, ChargerSection]
    parts: Mapping[str, Parts]
    load: Measured | None
    sun: Mapping[str, Measured]
    prices: Measured | None

    @property
    def cycle_s(self) -> float:
        """Cycle time [s]."""
        return self.sections.cycle_s

    @property
    def cycles(self) -> int:
        """Number of cycles."""
        return round(self.sections.days * 86400 / self.cycle_s)


def load(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        BadInput: It cannot be read or used; all faults found are listed.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as ex:
        raise BadInput(f"the scenario cannot be read: {ex}", str(path)) from ex
    return read(raw, path.parent, path.stem)


def read(raw: Any, folder: Path = Path(), title: str = "") -> Scenario:
    """Check a scenario.

    Args:
        raw: What the file says.
        folder: Where its other files are.
        title: Its name.

    Raises:
        BadInput: It cannot be used; all faults found are listed.
    """
    try:
        sections = msgspec.convert(raw, Sections)
    except msgspec.ValidationError as ex:
        raise BadSite([str(ex)]) from ex
    zone = _zone(sections.time_zone)
    start_utc = _instant(sections.start, zone)
    faults = list(sections_of.faults(sections))
    if faults:
        raise BadSite(faults)
    batteries = by_id(sections.battery, "ess0", sections.batteries)
    pvs = by_id(sections.pv, "pv0", sections.pv_inverters)
    chargers = by_id(sections.charger, "charger0", sections.chargers)
    edge = variants.site_file(folder / sections.site if sections.site else None)
    grid = variants.grid_meter(edge)
    owned = {
        grid: variants.component("meter", type="GRID"),
        **{
            id: variants.component(
                "managed-symmetric-ess", maxApparentPower=b.rated_w, capacity=b.capacity_wh, gridMode=1
            )
            for id, b in batteries.items()
        },
        **{
            id: variants.component("pv-inverter", type="PRODUCTION", maxActivePower=p.rated_w)
            for id, p in pvs.items()
        },
        **{id: variants.component("managed-evcs") for id in chargers},
    }
    parts = variants.build(sections.variants, owned, sections.components, edge)

    def series(file: File | None, unit: str = "") -> Measured | None:
        if file is None:
            return None
        return read_csv(folder / file.file, file.time, file.column, unit or file.unit, zone)

    return Scenario(
        sections,
        title,
        start_utc,
        zone,
        grid,
        batteries,
        pvs,
        chargers,
        parts,
        series(sections.load.measured),
        {id: found for id, p in pvs.items() if (found := series(p.measured)) is not None},
        series(sections.tariff.buy_series, AS_IT_STANDS),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as ex:
        raise BadInput(f"unknown time zone: {ex}", "time_zone", name) from ex


def _instant(text: Any, zone: ZoneInfo) -> datetime:
    try:
        instant = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    except ValueError as ex:
        raise BadInput("is not an instant", "start", text, "Write 2026-06-01T00:00:00Z.") from ex
    return (instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)).astimezone(UTC)
