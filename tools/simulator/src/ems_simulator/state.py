"""What must outlive a restart: the plant's memory in one JSON file, replaced as a whole.

Loads need no memory (they are functions of time) but for what was added to them; the devices of the
microgrid do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ems_common.errors import BadInput

_VERSION = 1


@dataclass
class PlantState:
    """The memory of a plant at an instant.

    Attributes:
        time_s: The instant, seconds since 1970 UTC.
        is_clean: False while the plant runs: it may have gone on after this was written.
        extra_kwh: Energy that each profile got besides its curve (raised loads; negative for outages).
        shift_kwh: What each meter's index lost by exchanges and resets.
    """

    time_s: float
    is_clean: bool = True
    extra_kwh: dict[str, float] = field(default_factory=dict)
    shift_kwh: dict[str, float] = field(default_factory=dict)
    import_kwh: float = 0.0
    export_kwh: float = 0.0
    pv_kwh: float = 0.0
    pv_today_kwh: float = 0.0
    today: str = ""
    pv_kw: float = 0.0
    soc_ratio: float | None = None
    charge_kwh: float = 0.0
    discharge_kwh: float = 0.0
    battery_kw: float = 0.0
    charge_today_kwh: float = 0.0
    discharge_today_kwh: float = 0.0
    charger_kwh: float = 0.0
    charger_kw: float = 0.0
    session_start_s: float = 0.0
    session_kwh: float = 0.0


def path_in(var_dir: Path) -> Path:
    """Where the memory is kept."""
    return var_dir / "simulator" / "state.json"


def save(path: Path, state: PlantState) -> None:
    """Replace the stored memory; a crash leaves the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.tmp")
    fresh.write_text(json.dumps({"version": _VERSION, **asdict(state)}), encoding="utf-8")
    fresh.replace(path)


def load(path: Path) -> PlantState | None:
    """The stored memory; None when there is none.

    Raises:
        BadInput: The file is of another version or damaged.
    """
    if not path.is_file():
        return None
    try:
        raw: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        fields = {key: value for key, value in raw.items() if key != "version"}
        if raw["version"] != _VERSION:
            raise ValueError(f"version {raw['version']} is not {_VERSION}")
        return PlantState(**fields)
    except (ValueError, KeyError, TypeError) as ex:
        raise BadInput(
            f"the stored plant state is unusable: {ex}", str(path), advice="Delete the file"
        ) from ex
