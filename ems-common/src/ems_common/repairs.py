"""Readings that people have put in place of what a device gave.

Normalization applies data repair files and keeps what they replaced in `tbl_repaired_readings`; cleaning must
not find fault with what a person has entered knowingly. A reading is trusted while it still has the value of
the repair: one that a device sends later for the same instant is judged like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ems_common.db import Session
from ems_common.db.sql import compose, marks


class Repaired(NamedTuple):
    """Repaired readings of one point, by time.

    Attributes:
        time_ms: Milliseconds since 1970 UTC, shape ``(n,)``.
        value: The values that were entered, same shape.
    """

    time_ms: NDArray[np.int64]
    value: NDArray[np.float64]

    def are(self, time_ms: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which readings are these: same instant and same value; shape as `time_ms`.

        >>> repaired = Repaired(np.array([10, 20]), np.array([1.0, 2.0]))
        >>> repaired.are(np.array([10, 15, 20]), np.array([1.0, 2.0, 2.5])).tolist()
        [True, False, False]
        """
        result = np.zeros(len(time_ms), dtype=np.bool_)
        if len(self.time_ms):
            place = np.minimum(np.searchsorted(self.time_ms, time_ms), len(self.time_ms) - 1)
            # Half a unit of the sixth decimal, to which values are stored.
            result = (self.time_ms[place] == time_ms) & (np.abs(self.value[place] - value) < 5e-7)
        return result


def repaired_readings(
    session: Session, point_ids: Sequence[int], start_utc: datetime, end_utc: datetime
) -> dict[int, Repaired]:
    """Repaired readings of some points with ``start_utc <= t < end_utc``.

    Args:
        session: A transaction of the historical database.
        point_ids: The points.
        start_utc: Start of the range.
        end_utc: End of the range.

    Returns:
        Only points that have any. Of several repairs of an instant the last one counts.
    """
    if not point_ids:
        return {}
    found = session.columns(
        compose(
            "SELECT point_id, utc_date_time, new_value + 0E0 FROM tbl_repaired_readings"
            " WHERE point_id IN ({ids}) AND utc_date_time >= %s AND utc_date_time < %s"
            " AND new_value IS NOT NULL ORDER BY applied_utc",
            ids=marks(point_ids),
        ),
        (*point_ids, start_utc.replace(tzinfo=None), end_utc.replace(tzinfo=None)),
        {"point": "int64", "time": "datetime64[ms]", "value": "float64"},
    )
    result: dict[int, Repaired] = {}
    for point_id in np.unique(found["point"]).tolist():
        chosen = found["point"] == point_id
        time_ms, value = found["time"][chosen].astype(np.int64), found["value"][chosen]
        # The last of equal instants: of the reversed arrays, the first.
        unique, first = np.unique(time_ms[::-1], return_index=True)
        result[int(point_id)] = Repaired(unique, value[::-1][first])
    return result
