from __future__ import annotations

import pytest
from ems_acquisition.convert import stored_value
from ems_acquisition.site import Point
from ems_common.readings import Kind, Refused


def point(kind: Kind, ratio: float = 1.0, offset: float = 0.0) -> Point:
    return Point(1, kind, ratio, offset, True, "{}")


@pytest.mark.parametrize(
    ("raw", "what", "value"),
    [
        (25, point(Kind.ENERGY, 0.1, 5), 7.5),
        (-3.5, point(Kind.ANALOG, 2, 1), -6.0),
        ("12.5", point(Kind.ANALOG), 12.5),
        (1.9, point(Kind.DIGITAL, 2.0, 1.0), 3),
        (True, point(Kind.DIGITAL), 1),
        ("RUN", point(Kind.TEXT), "RUN"),
        (5, point(Kind.TEXT), "5"),
    ],
)
def test_value_is_raw_times_ratio_plus_offset(raw: float | str, what: Point, value: float | str) -> None:
    assert stored_value(raw, what) == value


@pytest.mark.parametrize(
    ("raw", "what", "reason"),
    [
        (float("nan"), point(Kind.ENERGY), "not_a_number"),
        ("abc", point(Kind.ENERGY), "not_a_number"),
        (1.1e15, point(Kind.ENERGY), "out_of_range"),
        (float("inf"), point(Kind.ANALOG), "out_of_range"),
        (1e14, point(Kind.ANALOG, 100.0), "out_of_range"),
        (2**40, point(Kind.DIGITAL), "out_of_range"),
    ],
)
def test_what_is_no_usable_number_is_refused_with_its_reason(
    raw: float | str, what: Point, reason: str
) -> None:
    with pytest.raises(Refused) as caught:
        stored_value(raw, what)
    assert caught.value.reason == reason
