"""Orders from outside."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from edge_sites import GRID, ess

from ems_edge_control.commands import Orders
from ems_edge_control.config import EdgeConfig
from ems_edge_control.cycle import Cycle
from ems_edge_control.devices.health import Pace
from ems_edge_control.kept_settings import KeptSettings
from ems_edge_control.loop import Loop
from ems_edge_control.site import ComponentConfig, ControllerConfig, Site, SiteConfig


def fresh_site(kind: str = "balancing", **properties: Any) -> Site:
    parts = tuple(ComponentConfig(p["id"], p["nature"], p["properties"]) for p in (ess(), GRID))
    wired = {"ess_id": "ess0", "meter_id": "meter0"}
    return Site(SiteConfig(parts, (ControllerConfig("b", kind, 1, wired | properties),), cycle_s=0.02))


@pytest.fixture
def loop() -> Any:
    site = fresh_site()
    made = Loop(
        Cycle(site), EdgeConfig(site.config, ()), {}, Pace(0.02), time.monotonic, lambda: datetime.now(UTC)
    )
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop("test")
    thread.join(5)


def order(**changes: Any) -> str:
    base = {"id": "1", "owner": "facility manager", "kind": "write", "controller": "b"}
    return json.dumps(base | changes)


def test_a_write_is_in_force_for_its_time(loop: Loop) -> None:
    id, answer = Orders(loop).carry_out(order(channel="SetGridActivePower", value=700, seconds=1.5))
    assert (id, answer) == ("1", {"accepted": True, "reason": ""})
    handle = loop.cycle.site.table.handle("b/SetGridActivePower")
    for wanted in (700, None):
        end = time.monotonic() + 10
        while loop.cycle.image.get(handle) != wanted:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_properties_are_changed_between_two_cycles_or_refused_as_a_whole(loop: Loop) -> None:
    orders = Orders(loop)
    _, good = orders.carry_out(order(kind="configure", properties={"targetGridSetpoint": 900}))
    assert good["accepted"]
    slot = loop.cycle.site.find_slot("b")
    assert slot is not None
    assert slot.controller.config.target_grid_setpoint == 900
    _, bad = orders.carry_out(order(kind="configure", properties={"targetGridSetpoint": "much"}))
    assert not bad["accepted"]
    assert "is not a number" in bad["reason"]
    assert slot.controller.config.target_grid_setpoint == 900


def test_a_controller_tells_what_can_be_set_and_how_it_is_set(loop: Loop) -> None:
    orders = Orders(loop)
    orders.carry_out(order(kind="configure", properties={"targetGridSetpoint": 900}))
    _, answer = orders.carry_out(order(kind="describe"))
    settings = answer["settings"]
    assert settings["values"] | {"ess_id": "ess0", "targetGridSetpoint": 900} == settings["values"]
    assert settings["schema"]["properties"]["targetGridSetpoint"]["x-unit"] == "W"
    assert settings["schema"]["properties"].keys() == settings["values"].keys()
    _, unknown = orders.carry_out(order(kind="describe", controller="x"))
    assert (unknown["accepted"], unknown["reason"]) == (False, "there is no controller 'x'")


def settings_of(site: Site) -> Any:
    slot = site.find_slot("b")
    assert slot is not None
    return slot


def test_changed_settings_hold_over_a_restart_until_they_are_taken_back(loop: Loop, tmp_path: Path) -> None:
    file = tmp_path / "edge" / "settings.json"
    orders = Orders(loop, KeptSettings(file, loop.clock_utc))
    _, answer = orders.carry_out(order(kind="configure", properties={"target_grid_setpoint": 900}))
    assert answer == {"accepted": True, "reason": "", "kept": True}
    orders.carry_out(order(kind="configure", enabled=False))

    restarted = fresh_site()
    kept = KeptSettings(file, loop.clock_utc)
    assert kept.apply(restarted) == 1
    assert settings_of(restarted).controller.config.target_grid_setpoint == 900
    assert not settings_of(restarted).config.enabled
    told = kept.told(restarted, "b")
    assert told["file"]["targetGridSetpoint"] == 0
    assert told["changed"]["properties"] == {"target_grid_setpoint": 900}
    assert (told["changed"]["owner"], told["changed"]["enabled"]) == ("facility manager", False)

    assert orders.carry_out(order(kind="restore"))[1] == answer
    assert settings_of(loop.cycle.site).controller.config.target_grid_setpoint == 0
    assert settings_of(loop.cycle.site).config.enabled
    assert KeptSettings(file, loop.clock_utc).apply(fresh_site()) == 0


def test_a_setting_changed_back_by_hand_follows_the_site_file_again(loop: Loop, tmp_path: Path) -> None:
    kept = KeptSettings(tmp_path / "settings.json", loop.clock_utc)
    orders = Orders(loop, kept)
    orders.carry_out(order(kind="configure", enabled=False))
    assert kept.changes["b"].enabled is False
    orders.carry_out(order(kind="configure", enabled=True))
    assert kept.changes == {}


def test_kept_settings_that_no_longer_fit_are_left_out(loop: Loop, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    Orders(loop, KeptSettings(file, loop.clock_utc)).carry_out(
        order(kind="configure", properties={"targetGridSetpoint": 900})
    )
    other = fresh_site("peak-shaving", peakShavingPower=9000, rechargePower=1000)
    assert KeptSettings(file, loop.clock_utc).apply(other) == 0
    file.write_text("{")
    assert KeptSettings(file, loop.clock_utc).apply(fresh_site()) == 0


def test_a_change_that_the_disk_does_not_take_is_in_force_and_says_so(loop: Loop, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    orders = Orders(loop, KeptSettings(tmp_path / "occupied" / "settings.json", loop.clock_utc))
    _, answer = orders.carry_out(order(kind="configure", properties={"targetGridSetpoint": 900}))
    assert answer == {"accepted": True, "reason": "", "kept": False}
    assert settings_of(loop.cycle.site).controller.config.target_grid_setpoint == 900


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"owner": ""}, "owner"),
        ({"controller": "x"}, "no controller"),
        ({"kind": "delete"}, "kind is"),
        ({"channel": "RunFailed", "value": 1}, "channel is one of SetGridActivePower"),
        ({"channel": "SetGridActivePower"}, "finite number"),
        ({"channel": "SetGridActivePower", "value": 1, "seconds": 1e9}, "seconds"),
        ({"channel": "SetGridActivePower", "value": 1, "expires_utc": "2020-01-01T00:00:00Z"}, "expired"),
    ],
)
def test_a_bad_order_is_refused_with_its_reason(loop: Loop, changes: dict[str, Any], reason: str) -> None:
    _, answer = Orders(loop).carry_out(order(**changes))
    assert not answer["accepted"]
    assert reason in answer["reason"]


def test_what_is_no_order_is_refused(loop: Loop) -> None:
    assert Orders(loop).carry_out("{")[1]["accepted"] is False
