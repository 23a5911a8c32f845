"""Readings of one point as arrays, and what is found in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
NEVER_MS: Final = int(np.iinfo(np.int64).max)
EPOCH_UTC: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
UNJUDGED: Final = 2
"""`is_bad` of a row that is NULL in the database."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Small = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one point in order of time.

    Attributes:
        time_ms: int64, milliseconds since 1970 UTC, strictly increasing.
        value: float64.
        is_bad: int8, as stored: 0, 1 or `UNJUDGED`.
    """

    time_ms: Ints
    value: Floats
    is_bad: Small

    def __len__(self) -> int:
        """Number of readings."""
        return len(self.time_ms)

    def between(self, start_ms: int, end_ms: int) -> slice:
        """Positions with ``start_ms <= time < end_ms``."""
        low, high = np.searchsorted(self.time_ms, (start_ms, end_ms))
        return slice(int(low), int(high))

    def take(self, chosen: Mask | Ints | slice) -> Series:
        """The chosen readings."""
        return Series(self.time_ms[chosen], self.value[chosen], self.is_bad[chosen])

    def followed_by(self, later: Series) -> Series:
        """These readings and later ones."""
        return Series(
            np.concatenate((self.time_ms, later.time_ms)),
            np.concatenate((self.value, later.value)),
            np.concatenate((self.is_bad, later.is_bad)),
        )


EMPTY: Final = Series(np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.int8))


class Finding(NamedTuple):
    """What a rule says of one reading.

    Attributes:
        place: Position in the series.
        rule: Name of the rule, one of `parameters.RULES`.
        detail: Why, as `reasons.reason` says it.
        is_note: Whether it only explains something: the reading itself is good.
    """

    place: int
    rule: str
    detail: str
    is_note: bool = False


Findings = list[Finding]


def day_of(time_ms: int) -> int:
    """Start of the UTC day of an instant [ms]."""
    return time_ms - time_ms % DAY_MS


def to_ms(instant_utc: datetime) -> int:
    """Milliseconds since 1970 of an aware instant, rounded up: the end of a range stays outside."""
    whole, rest = divmod(instant_utc - EPOCH_UTC, _MS)
    return whole + (1 if rest else 0)


def to_utc(time_ms: int) -> datetime:
    """The inverse of :func:`to_ms`."""
    return EPOCH_UTC + time_ms * _MS
