"""Which orders to set a point may be carried out, and with which raw value."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from ems_acquisition.set_values import Order, newest_of_each_point, raw_value, too_old
from ems_common.controlled import Controlled
from ems_common.drivers.base import Target
from ems_common.findings.finding import Unusable

GIVEN_UTC = datetime(2026, 11, 22, 12, tzinfo=UTC)
REGISTER = {"slave_id": 1, "function_code": 3, "offset": 40, "format": ">i"}


def order(**more: object) -> Order:
    plain: dict[str, object] = {
        "id": 1,
        "point_id": 7,
        "value": 21.5,
        "given_utc": GIVEN_UTC,
        "source_id": 1,
        "protocol": "modbus-tcp",
        "connection": '{"host": "LocalHost", "port": 502}',
        "object_type": "ANALOG_VALUE",
        "is_virtual": False,
        "low_limit": 5.0,
        "high_limit": 30.0,
        "ratio": 0.1,
        "offset_constant": 1.0,
        "address": json.dumps(REGISTER),
    }
    return Order(**(plain | more))  # type: ignore[arg-type]


def refusal(controlled: tuple[Controlled, ...] = (), **more: object) -> str:
    with pytest.raises(Unusable) as caught:
        raw_value(order(**more), controlled)
    return caught.value.finding.what.key


def test_ratio_and_offset_are_undone() -> None:
    address, raw = raw_value(order(), ())
    assert address.offset == 40
    assert raw == pytest.approx(205.0)  # (21.5 − 1) / 0.1


@pytest.mark.parametrize("value", [5.0, 30.0])
def test_the_limits_themselves_are_good(value: float) -> None:
    raw_value(order(value=value), ())


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"value": 30.1}, "set_limits"),
        ({"value": 4.9}, "set_limits"),
        ({"value": float("nan")}, "set_limits"),
        ({"object_type": "ENERGY_VALUE"}, "set_type"),
        ({"object_type": "TEXT_VALUE"}, "set_type"),
        ({"object_type": "DIGITAL_VALUE"}, "set_whole"),
        ({"is_virtual": True}, "set_computed"),
        ({"ratio": 0.0}, "set_ratio"),
        ({"protocol": "edge-control"}, "set_protocol"),
        ({"protocol": "bacnet-ip"}, "set_protocol"),
        ({"address": json.dumps(REGISTER | {"function_code": 4})}, "set_address"),
        ({"address": json.dumps(REGISTER | {"bit": 3})}, "set_address"),
        ({"address": "{}"}, "set_address"),
        ({"protocol": "mqtt", "address": '{"topic": "a"}'}, "set_address"),
        ({"protocol": "mqtt", "address": '{"set_topic": "a/+"}'}, "set_address"),
    ],
)
def test_an_order_that_cannot_be_carried_out_says_why(more: dict[str, object], key: str) -> None:
    assert refusal(**more) == key


@pytest.mark.parametrize(
    ("first", "last", "held"), [(40, 41, True), (41, 41, True), (38, 39, False), (42, 42, False)]
)
def test_what_the_control_loop_sets_is_left_to_it(first: int, last: int, held: bool) -> None:
    """The order's 32 bits are registers 40 and 41."""
    controlled = (
        Controlled(
            "ess0", "SetActivePower", Target("modbus-tcp 127.0.0.1:502 unit 1 registers", first, last)
        ),
    )
    if held:
        assert refusal(controlled) == "set_controlled"
    else:
        raw_value(order(), controlled)


def test_the_newest_order_of_a_point_counts_and_points_keep_their_order() -> None:
    given = [order(id=4, point_id=8), order(id=2), order(id=1), order(id=3)]
    wanted, replaced = newest_of_each_point(given)
    assert [one.id for one in wanted] == [3, 4]
    assert sorted(one.id for one in replaced) == [1, 2]


def test_an_order_is_too_old_after_the_limit_only_and_tells_whether_the_device_was_away() -> None:
    at_limit = GIVEN_UTC + timedelta(seconds=300)
    assert too_old(order(), at_limit, 300.0, is_away=False) is None
    late = too_old(order(), at_limit + timedelta(seconds=1), 300.0, is_away=True)
    assert late is not None
    assert (
        late.finding.sentence
        == "the order waited 301 s for a device that does not answer, and 300 s is the most"
    )
