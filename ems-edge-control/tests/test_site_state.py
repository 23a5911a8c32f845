"""The site state machine."""

from __future__ import annotations

from datetime import UTC, datetime

from ems_edge_control.site_state import Conditions, SiteMachine

GOOD = Conditions(is_complete=True)
LOST = Conditions(is_complete=False, missing="grid0/ActivePower")


def machine() -> SiteMachine:
    return SiteMachine(1.0, 0.0, lambda: datetime(2026, 6, 1, tzinfo=UTC))


def test_nothing_acts_before_the_first_complete_image() -> None:
    m = machine()
    assert m.follow(LOST, 1.0) == "connecting"
    assert not m.is_acting
    assert m.follow(GOOD, 1.1) == "run"


def test_a_lost_required_device_is_a_fault_at_once_and_is_left_after_a_second_of_health() -> None:
    m = machine()
    m.follow(GOOD, 1.0)
    assert m.follow(LOST, 1.1) == "fault"
    assert m.follow(GOOD, 1.2) == "fault"
    assert m.follow(GOOD, 2.3) == "run"
    assert "grid0/ActivePower" in m.changes[2].reason


def test_a_failing_controller_degrades_and_recovers() -> None:
    m = machine()
    m.follow(GOOD, 1.0)
    assert m.follow(Conditions(True, "", True, "x fails"), 1.1) == "degraded"
    assert m.is_acting
    assert m.follow(GOOD, 1.2) == "run"


def test_island_and_return() -> None:
    m = machine()
    m.follow(GOOD, 1.0)
    assert m.follow(Conditions(is_complete=True, is_island=True), 1.1) == "island"
    assert m.follow(GOOD, 1.2) == "run"


def test_an_emergency_stop_is_a_fault_from_any_acting_state() -> None:
    m = machine()
    m.follow(GOOD, 1.0)
    m.follow(Conditions(is_complete=True, is_island=True), 1.1)
    assert m.follow(Conditions(is_complete=True, is_emergency=True), 1.2) == "fault"


def test_shutdown_is_final_and_every_transition_has_a_reason() -> None:
    m = machine()
    m.follow(GOOD, 1.0)
    m.shut_down("told to")
    m.shut_down("again")
    assert m.state == "shutdown"
    assert all(change.reason for change in m.changes)
