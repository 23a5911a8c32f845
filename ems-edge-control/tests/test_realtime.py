"""Waiting to the point, ranks of threads, and whose turn it is to be read."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import pytest
import yaml
from edge_plant import Plant, site_file

from ems_edge_control import config
from ems_edge_control.devices.device import Device
from ems_edge_control.devices.health import DeviceHealth, Pace
from ems_edge_control.devices.turns import spread, steering
from ems_edge_control.realtime import SWITCH_INTERVAL_S, UNDISTURBED_S, LoopRank, Metronome
from ems_edge_control.site import ComponentConfig, ControllerConfig, Site, SiteConfig


def test_the_metronome_wakes_early_and_returns_at_the_deadline_with_the_lock_for_itself() -> None:
    """Of 0.1 s it sleeps 99 ms; each further look at the clock takes 0.25 ms here: the fourth is at the deadline."""
    slept, looks = [], iter([100.0, 100.099, 100.09925, 100.0995, 100.1001])
    metronome = Metronome(0.1, clock=lambda: next(looks), sleep=slept.append)
    before = sys.getswitchinterval()
    try:
        metronome.wait(0.1)
        assert slept == pytest.approx([0.099])
        assert next(looks, None) is None
        assert sys.getswitchinterval() == pytest.approx(UNDISTURBED_S)
        metronome.release()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_S)
    finally:
        sys.setswitchinterval(before)


def test_the_loop_loses_its_rank_while_a_controller_does_not_return() -> None:
    rank, ids = LoopRank(), []
    taken, over = threading.Event(), threading.Event()

    def loop() -> None:
        rank.take()
        ids.append(threading.get_native_id())
        taken.set()
        over.wait(30)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        assert taken.wait(30)
        expected = os.SCHED_FIFO if rank.name.startswith("fifo") else os.SCHED_OTHER
        assert policy(ids[0]) == expected
        rank.lower()
        assert policy(ids[0]) == os.SCHED_OTHER
        rank.restore()
        assert policy(ids[0]) == expected
    finally:
        over.set()
        thread.join(30)


def policy(native_id: int) -> int:
    return os.sched_getscheduler(native_id) & ~os.SCHED_RESET_ON_FORK


def test_what_a_controller_names_is_read_before_the_cycle() -> None:
    ess = {"maxApparentPower": 1000}
    parts = (
        ComponentConfig("grid0", "meter", {"type": "GRID"}),
        ComponentConfig("ess0", "managed-symmetric-ess", ess),
        ComponentConfig("ess1", "managed-symmetric-ess", ess),
        ComponentConfig("both", "ess-cluster", {"members": ["ess0", "ess1"]}),
        ComponentConfig("io0", "digital-output"),
        ComponentConfig("must0", "meter"),
        ComponentConfig("hall0", "meter"),
    )
    limits = {"ess_id": "both", "maxChargePower": 1, "maxDischargePower": 1}
    alarm = {"inputChannelAddress": ["io0/Input"], "outputChannelAddress": "io0/Horn"}
    controllers = (
        ControllerConfig("a", "limit-active-power", 1, limits),
        ControllerConfig("b", "alarm", 2, alarm),
    )
    site = Site(SiteConfig(parts, controllers))
    assert steering(site, ["must0"]) == {"grid0", "ess0", "ess1", "both", "io0", "must0"}


@pytest.fixture
def make_device(plant: Plant) -> Callable[[Pace, list[float]], Device]:
    item = next(
        d
        for d in config.parse(yaml.safe_load(site_file(plant)), environ={}).devices
        if d.component == "grid0"
    )

    def make(pace: Pace, now: list[float]) -> Device:
        site = Site(SiteConfig((ComponentConfig("grid0", "meter", {"type": "GRID"}),), ()))
        return Device(item, site.table, site.image, lambda: now[0], pace, lambda _, __: None)

    return make


def test_devices_take_turns_and_what_leads_is_read_just_before_the_cycle(
    make_device: Callable[[Pace, list[float]], Device],
) -> None:
    """Cycles at 50.0, 50.1 …: two that nobody names at 10 and 40 %; the others together, as 12 ms need 16.4 ms.

    One that takes 40 ms needs 50 ms and is read by itself.
    """
    pace, now = Pace(0.1, next_s=50.0), [49.9]
    devices = {name: make_device(pace, now) for name in ("a", "b", "grid0", "ess0", "slow0")}
    for name, device in devices.items():
        device.id = name
    spread(devices, frozenset({"grid0", "ess0", "slow0"}))
    assert [devices[n].phase for n in ("a", "b", "grid0")] == [pytest.approx(0.1), pytest.approx(0.4), None]
    for name, slow_s in (("grid0", 0.012), ("ess0", 0.001), ("slow0", 0.04)):
        devices[name].health.slow_s = slow_s
    due = {n: d._next_read_s() for n, d in devices.items()}
    assert due == pytest.approx({"a": 49.91, "b": 49.94, "grid0": 49.9836, "ess0": 49.9836, "slow0": 49.95})
    now[0] = 49.985
    due = {n: d._next_read_s() for n, d in devices.items()}
    assert due == pytest.approx({"a": 50.01, "b": 50.04, "grid0": 50.0836, "ess0": 50.0836, "slow0": 50.05})


def test_a_single_slow_answer_is_no_reason_to_read_earlier_for_long() -> None:
    """5 ms as a rule: one of 100 ms moves it to 33.5 ms; 200 readings later it is at 6.4 ms."""
    health = DeviceHealth()
    health.follow_slow(0.1)
    assert health.slow_s == pytest.approx(0.0335)
    for _ in range(200):
        health.follow_slow(0.005)
    assert health.slow_s == pytest.approx(0.005 + 0.0285 * 0.985**200)
