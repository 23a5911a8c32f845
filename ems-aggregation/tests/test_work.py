from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from ems_aggregation.work import plan
from ems_common.journal import Window
from hypothesis import given
from hypothesis import strategies as st

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def window(first, last):
    return Window(BEGIN + timedelta(minutes=first), BEGIN + timedelta(minutes=last))


def test_pieces_are_cut_where_other_things_become_dirty():
    pieces = plan({("meter", 1): [window(0, 600)], ("meter", 2): [window(540, 600)]}, 60)
    assert [(p.window, sorted(p.keys)) for p in pieces] == [
        (window(0, 540), [("meter", 1)]),
        (window(540, 600), [("meter", 1), ("meter", 2)]),
    ]


def test_a_long_window_is_cut_into_months():
    pieces = plan({("meter", 1): [window(0, 365 * 1440)]}, 60)
    assert len(pieces) == 12
    assert pieces[0].window.start_utc == BEGIN


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(0, 5000), st.integers(1, 3000)), min_size=1, max_size=20
    )
)
def test_every_dirty_slot_is_covered_by_pieces_that_name_its_owner(dirt):
    dirty = {}
    for key, first, length in dirt:
        dirty.setdefault(("meter", key), []).append(window(first, first + length))
    pieces = plan(dirty, 60)
    for earlier, later in itertools.pairwise(pieces):
        assert earlier.window.end_utc <= later.window.start_utc
    for key, windows in dirty.items():
        for one in windows:
            covered = sum(
                (min(p.window.end_utc, one.end_utc) - max(p.window.start_utc, one.start_utc)).total_seconds()
                for p in pieces
                if key in p.keys and p.window.start_utc < one.end_utc and one.start_utc < p.window.end_utc
            )
            assert covered == (one.end_utc - one.start_utc).total_seconds()
