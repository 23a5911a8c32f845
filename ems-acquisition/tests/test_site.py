from __future__ import annotations

import json

from ems_acquisition.site import build, timing
from ems_common.readings import Kind

MODBUS = json.dumps({"host": "10.0.0.1", "port": 502, "interval_in_seconds": 60})
REGISTER = json.dumps(
    {
        "slave_id": 1,
        "function_code": 3,
        "offset": 0,
        "number_of_registers": 2,
        "format": ">f",
        "byte_swap": False,
    }
)


def point(key: int, source: int = 1, kind: str = "ENERGY_VALUE", address: str = REGISTER):
    return (key, source, kind, 1.0, 0.0, 1, address)


def test_sources_with_a_driver_are_read_with_their_points() -> None:
    sources, problems = build(
        [(1, "meters", "modbus-tcp", MODBUS), (2, "old", "bacnet-ip", "{}")],
        [point(5), point(4, kind="ANALOG_VALUE"), point(9, source=2)],
    )
    assert problems == ()
    assert [(s.id, [p.id for p in s.points]) for s in sources] == [(1, [4, 5])]
    assert sources[0].points[0].kind is Kind.ANALOG
    assert timing(sources[0]).poll_s == 60


def test_what_cannot_be_used_is_a_problem_and_the_rest_is_read() -> None:
    sources, problems = build(
        [(1, "meters", "modbus-tcp", MODBUS), (2, "broken", "modbus-tcp", '{"port": 502}')],
        [
            point(1),
            point(2, address="{}"),
            point(3, kind="SOUND_VALUE"),
            point(4, address="not json"),
            point(6, source=2),
        ],
    )
    assert [[p.id for p in s.points] for s in sources] == [[1]]
    assert [(p.entity, p.id) for p in problems] == [
        ("point", 2),
        ("point", 3),
        ("point", 4),
        ("data_source", 2),
    ]
    assert "host" in problems[-1].reason
