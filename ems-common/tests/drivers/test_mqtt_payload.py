from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ems_common.drivers.base import Quality
from ems_common.drivers.mqtt.address import MqttAddress
from ems_common.drivers.mqtt.driver import check_filter
from ems_common.drivers.mqtt.payload import Extractor, parse_time
from ems_common.errors import BadInput
from hypothesis import given
from hypothesis import strategies as st

ARRIVED_UTC = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MEASURED_UTC = datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)


def values(payload: bytes, *addresses: MqttAddress) -> list[tuple[int, object, datetime]]:
    readings = Extractor(list(enumerate(addresses))).extract(payload, ARRIVED_UTC)
    return [(r.index, r.value, r.time_utc) for r in readings if r.quality is Quality.GOOD]


def reasons(payload: bytes, *addresses: MqttAddress) -> list[str]:
    readings = Extractor(list(enumerate(addresses))).extract(payload, ARRIVED_UTC)
    return [r.reason for r in readings if r.quality is Quality.BAD]


def test_values_are_taken_by_their_paths() -> None:
    payload = b'{"power": {"l1": 1.5, "l2": "2.5"}, "phases": [{"kw": 3}], "on": true, "a.b": 7}'
    paths = ("power.l1", "power.l2", "phases.0.kw", "phases[0].kw", "on", r"a\.b")
    assert [v for _, v, _ in values(payload, *(MqttAddress(path=p) for p in paths))] == [1.5, 2.5, 3, 3, 1, 7]


@pytest.mark.parametrize(
    "time",
    [
        '"2026-03-01T11:59:30Z"',
        '"2026-03-01T11:59:30"',
        '"2026-03-01T12:59:30+01:00"',
        "1772366370",
        "1772366370000",
        "1772366370000000",
        '"1772366370"',
        "1772366370.0",
    ],
)
def test_the_measuring_time_is_read_in_every_usual_form(time: str) -> None:
    payload = f'{{"ts": {time}, "v": 1}}'.encode()
    assert values(payload, MqttAddress(path="v", time_path="ts")) == [(0, 1, MEASURED_UTC)]


def test_without_time_path_the_arrival_counts() -> None:
    assert values(b'{"v": 1}', MqttAddress(path="v")) == [(0, 1, ARRIVED_UTC)]


def test_an_array_of_buffered_samples_gives_one_reading_each() -> None:
    payload = b'[{"ts": 1772366370, "v": 1}, {"ts": 1772366371, "v": 2}, {"ts": 1772366372}]'
    found = values(payload, MqttAddress(path="v", time_path="ts"))
    assert [(v, t.second) for _, v, t in found] == [(1, 30), (2, 31)]


def test_samples_may_lie_inside_the_payload() -> None:
    payload = b'{"device": "x", "data": {"samples": [{"v": 1}, {"v": 2}]}, "state": 4}'
    found = values(payload, MqttAddress(path="v", items_path="data.samples"), MqttAddress(path="state"))
    assert [(i, v) for i, v, _ in found] == [(0, 1), (0, 2), (1, 4)]


def test_a_plain_number_or_text_is_the_whole_payload() -> None:
    assert values(b" 21.5 ", MqttAddress())[0][1] == 21.5
    assert values(b"RUNNING", MqttAddress())[0][1] == "RUNNING"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{broken", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"v": null}', "is null"),
        (b'{"v": {"w": 1}}', "is dict"),
        (b'{"v": "nan"}', "is not a number"),
        (b'{"v": "inf"}', "is not a number"),
    ],
)
def test_an_unusable_value_is_a_bad_reading_with_a_reason(payload: bytes, reason: str) -> None:
    assert reason in reasons(payload, MqttAddress(path="v"))[0]


@pytest.mark.parametrize("time", ['"yesterday"', "null", "-5", "true", "1e30", "[]"])
def test_an_unusable_time_is_a_bad_reading(time: str) -> None:
    assert (
        "is not a time"
        in reasons(f'{{"ts": {time}, "v": 1}}'.encode(), MqttAddress(path="v", time_path="ts"))[0]
    )


def test_a_missing_time_is_a_bad_reading_and_its_neighbours_stay_good() -> None:
    payload = b'[{"v": 1}, {"ts": 1772366370, "v": 2}]'
    address = MqttAddress(path="v", time_path="ts")
    assert reasons(payload, address) == ["the time is missing"]
    assert values(payload, address) == [(0, 2, MEASURED_UTC)]


@given(st.binary(max_size=200))
def test_no_payload_raises(payload: bytes) -> None:
    Extractor([(0, MqttAddress(path="a.0", time_path="t", items_path="i")), (1, MqttAddress())]).extract(
        payload, ARRIVED_UTC
    )


@given(st.integers(126_230_400, 4_102_444_800), st.sampled_from([1, 1000, 1_000_000]))
def test_epoch_numbers_of_all_units_are_the_same_instant(epoch_s: int, scale: int) -> None:
    assert parse_time(epoch_s * scale) == datetime.fromtimestamp(epoch_s, UTC)


@pytest.mark.parametrize("topic", ["", "a/#/b", "a#", "a+/b", "\0"])
def test_a_bad_topic_filter_is_refused(topic: str) -> None:
    with pytest.raises(BadInput):
        check_filter(topic)


@pytest.mark.parametrize("topic", ["a", "a/+/c", "#", "+/#", "/a"])
def test_a_good_topic_filter_is_taken(topic: str) -> None:
    check_filter(topic)
