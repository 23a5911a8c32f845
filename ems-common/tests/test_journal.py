"""Windows of the change journal that have no end, or no beginning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ems_common.clock import utc_now
from ems_common.journal import BEGINNING_UTC, END_UTC, Window, cut, is_open_ended

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
KNOWN = Window(FIRST, LAST)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(BEGINNING_UTC, END_UTC), [KNOWN]),
        (Window(FIRST + DAY, END_UTC), [Window(FIRST + DAY, LAST)]),
        (Window(FIRST + DAY, datetime(2099, 12, 31, tzinfo=UTC)), [Window(FIRST + DAY, LAST)]),
        (Window(BEGINNING_UTC, LAST - DAY), [Window(FIRST, LAST - DAY)]),
        (Window(LAST, END_UTC), []),
        (Window(BEGINNING_UTC, FIRST), []),
    ],
)
def test_open_ends_are_moved_to_where_something_is_known(window: Window, expected: list[Window]) -> None:
    assert is_open_ended(window)
    assert cut([window], KNOWN) == expected
    assert cut([window], None) == []


@pytest.mark.parametrize(
    "window",
    [
        # Hours of a clock that was wrong were taken away, far from all that is left.
        Window(datetime(1999, 12, 31, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)),
        Window(LAST + DAY, LAST + 2 * DAY),
    ],
)
def test_a_window_with_both_ends_stays_as_it_is_wherever_it_lies(window: Window) -> None:
    assert cut([window], KNOWN) == [window]
    assert cut([window], None) == [window]


def test_next_year_has_an_end() -> None:
    assert not is_open_ended(Window(FIRST, utc_now() + timedelta(days=365)))
