"""The truth about a history: what every meter's hours must come to, and which faults are in the readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from ems_simulator.history.faults import Injected
from ems_simulator.history.index import Index
from ems_simulator.history.window import Window


def truth(window: Window, indexes: Sequence[Index], injected: Sequence[Injected]) -> dict[str, Any]:
    """Everything a test must know, as plain JSON values; energies in kWh, times in UTC.

    The energies are those of the registers (with their resolution), so they can be demanded to the last
    digit.
    """
    return {
        "start_utc": window.utc(0).isoformat(),
        "end_utc": window.utc(window.n_quarters).isoformat(),
        "step_s": 900,
        "meters": [_meter(window, index) for index in sorted(indexes, key=lambda i: i.meter_id)],
        "faults": [_fault(window, fault) for fault in injected],
        "meter_exchanges": exchange_rows(indexes),
    }


def exchange_rows(indexes: Sequence[Index]) -> list[dict[str, Any]]:
    """The records of meter exchanges, with the columns of `tbl_meter_exchanges`."""
    records = [exchange for index in indexes for exchange in index.exchanges]
    records.sort(key=lambda e: (e.exchanged_utc, e.meter_id))
    return [
        {
            "id": number,
            "meter_id": e.meter_id,
            "exchanged_utc": e.exchanged_utc.isoformat(timespec="milliseconds"),
            "last_old_value": e.last_old_kwh,
            "first_new_value": e.first_new_kwh,
            "note": e.note,
        }
        for number, e in enumerate(records, start=1)
    ]


def write_hours(path: Path, window: Window, indexes: Sequence[Index]) -> None:
    """Write the true energy of every full hour: `meter_id`, `hour_utc` [s], `energy_kwh[meter, hour]`."""
    seams = window.hour_seams
    energy_kwh = np.array([np.diff(index.advance_kwh[seams]) for index in indexes])
    np.savez_compressed(
        path,
        meter_id=np.array([index.meter_id for index in indexes]),
        hour_utc=window.times_s[seams[:-1]],
        energy_kwh=np.round(energy_kwh, 6),
    )


def _meter(window: Window, index: Index) -> dict[str, Any]:
    return {
        "meter_id": index.meter_id,
        "code": index.code,
        "point_id": index.point_id,
        "first_value_kwh": float(index.shown_kwh[0]),
        "last_value_kwh": float(index.shown_kwh[-1]),
        "advance_kwh": round(float(index.advance_kwh[-1]), 6),
        "months_kwh": _months(window, index),
    }


def _months(window: Window, index: Index) -> Mapping[str, float]:
    """Energy of each UTC month (the first and last may be parts), by ``YYYY-MM``."""
    months = window.times_s.astype("datetime64[s]").astype("datetime64[M]")
    # A seam belongs to the end of the month before it: the first of a month at 00:00 closes the old one.
    starts = np.flatnonzero(np.concatenate([[True], months[1:] != months[:-1]]))
    ends = np.append(starts[1:], len(months) - 1)
    return {
        str(months[start]): round(float(index.advance_kwh[end] - index.advance_kwh[start]), 6)
        for start, end in zip(starts, ends, strict=True)
    }


def _fault(window: Window, fault: Injected) -> dict[str, Any]:
    return {
        "class": fault.kind,
        "meter_id": fault.meter_id,
        "point_id": fault.point_id,
        "from_utc": window.utc(fault.from_seam).isoformat(),
        "to_utc": window.utc(fault.to_seam).isoformat(),
        **fault.details,
    }


def dump(path: Path, value: Any) -> None:
    """Write a value as indented JSON."""
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def parse_end(text: str | None, now_utc: datetime) -> datetime:
    """The end of the window: an ISO instant (UTC when it has no zone), or now."""
    if text is None:
        return now_utc
    given = datetime.fromisoformat(text)
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given
