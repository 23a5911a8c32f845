from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ems_common.drivers import base, registry
from ems_common.errors import BadInput


@pytest.mark.parametrize("protocol", registry.PROTOCOLS, ids=lambda p: p.code)
def test_every_protocol_is_complete(protocol: registry.Protocol) -> None:
    assert registry.find(protocol.code) is protocol
    assert protocol.driver.protocol == protocol.code
    assert protocol.capabilities
    schemas = protocol.schemas()
    assert set(schemas) == {"connection", "address"}
    driver = protocol.make({"host": "127.0.0.1", "port": 1})
    assert isinstance(driver, base.Driver)
    card = Path(__import__(protocol.driver.__module__, fromlist=["x"]).__file__).parent / "quality.yaml"
    rules = yaml.safe_load(card.read_text(encoding="utf-8"))
    assert {"bronze", "silver", "gold"} <= rules.keys()
    for tier in ("bronze", "silver", "gold"):
        for state in rules[tier].values():
            assert state == "done" or state.startswith(("todo: ", "exempt: "))


def test_an_address_is_checked_before_it_is_used() -> None:
    modbus = registry.find("modbus-tcp")
    assert modbus is not None
    with pytest.raises(BadInput, match="number_of_registers"):
        modbus.parse_address(
            '{"slave_id": 1, "function_code": 3, "offset": 0, "number_of_registers": 1, "format": ">f"}'
        )
    with pytest.raises(BadInput, match="function_code"):
        modbus.parse_address('{"slave_id": 1, "function_code": 9, "offset": 0}')
