"""Which controllers run when: schedulers and calendars."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ems_common.errors import BadInput

from ems_edge_control import replay
from ems_edge_control.calendar_tasks import Task, active, duration, parse_tasks

BERLIN = ZoneInfo("Europe/Berlin")


def ran(
    schedulers: list[dict[str, Any]], start: str = "2026-06-01T00:00:00Z", *advance_s: float
) -> list[str]:
    """Controllers in the order in which they ran, by step, told by the relays that they set first."""
    outputs = [
        {
            "id": f"c{i}",
            "type": "fix-digital-output",
            "priority": i,
            "properties": {"outputChannelAddress": f"io0/R{i}", "isOn": True},
        }
        for i in range(3)
    ]
    same = [
        {**c, "id": f"d{i}", "properties": {"outputChannelAddress": "io0/First", "isOn": bool(i)}}
        for i, c in enumerate(outputs[:2])
    ]
    steps = [{"advance_s": s} for s in (0, *advance_s)]
    scenario = {
        "clock_start": start,
        "filters": "per_call",
        "components": [{"id": "io0", "nature": "digital-output"}, *schedulers],
        "controllers": [*outputs, *same],
        "steps": steps,
    }
    found = []
    for step in replay.run(scenario)["steps"]:
        on = [name[5:] for name, value in step["channels"].items() if name.startswith("io0/R") and value]
        first = step["channels"].get("io0/First")
        found.append("".join(on) + ("" if first is None else f" d{int(first)}"))
    return found


def scheduler(kind: str, id: str = "scheduler0", **properties: Any) -> dict[str, Any]:
    return {"id": id, "nature": kind, "properties": properties}


def test_a_fixed_order_runs_only_what_it_lists_and_in_its_order() -> None:
    assert ran([scheduler("scheduler-fixed-order", controllers_ids=["d1", "c2", "d0"])]) == ["2 d1"]


def test_all_alphabetically_puts_the_listed_ones_first() -> None:
    assert ran([scheduler("Scheduler.AllAlphabetically")]) == ["012 d0"]
    assert ran([scheduler("Scheduler.AllAlphabetically", controllers_ids=["d1"])]) == ["012 d1"]


def test_the_daily_schedule_takes_the_last_entry_strictly_before_now() -> None:
    """At 08:00:00 the entry of 08:00 does not count yet; before the first one yesterday's last does."""
    daily = scheduler(
        "scheduler-daily",
        controllerScheduleJson='[{"time": "08:00", "controllers": ["c0"]},'
        ' {"time": "13:45", "controllers": ["c1"]}]',
        alwaysRunAfterControllerIds=["c2"],
    )
    hours = (8 * 3600, 1, 5 * 3600 + 45 * 60 - 1, 1)
    assert ran([daily], "2026-06-01T00:00:00Z", *hours) == ["12", "12", "02", "02", "12"]


def test_the_calendar_runs_what_its_task_names_and_nothing_else_outside() -> None:
    task = {
        "@type": "Task",
        "start": "2026-06-01T08:00:00",
        "duration": "PT1H",
        "recurrenceRules": [{"frequency": "weekly", "byDay": ["mo", "fr"]}],
        "payload": ["c1"],
    }
    calendar = scheduler("scheduler-calendar", calendar=[task], alwaysRunBeforeControllerIds=["c0"])
    steps = (8 * 3600, 3600, 23 * 3600, 3 * 86400)  # Monday 8:00, 9:00, Tuesday 8:00, Friday 8:00
    assert ran([calendar], "2026-06-01T00:00:00Z", *steps) == ["0", "01", "0", "0", "01"]


def test_several_schedulers_are_joined_by_their_ids() -> None:
    both = [
        scheduler("scheduler-fixed-order", "scheduler1", controllers_ids=["d0", "c1"]),
        scheduler("scheduler-fixed-order", "scheduler0", controllers_ids=["d1", "c1"]),
    ]
    assert ran(both) == ["1 d1"]


def test_a_schedule_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(BadInput, match=r"scheduler0.*time and controllers"):
        ran([scheduler("scheduler-daily", controllerScheduleJson=[{"time": "8 o'clock"}])])


# -- calendars ---


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT1H", 3600), ("PT1H30M", 5400), ("P1DT1S", 86401), ("P2W", 1209600)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


def test_a_task_follows_the_clock_on_the_wall_across_a_change_of_clocks() -> None:
    """29 March 2026: 02:00 → 03:00. Four hours from 23:00 end at 04:00 summer time: an hour has been left out."""
    (task,) = parse_tasks([{"start": "23:00:00", "duration": "PT4H"}], "x", [])
    begun = [task.begun_s(datetime(2026, 3, 29, h, 59, tzinfo=BERLIN)) for h in (0, 3, 4)]
    assert begun == [7140, 14340, None]


def test_every_second_week_and_until() -> None:
    faults: list[str] = []
    rule = {"frequency": "weekly", "interval": 2, "until": "2026-06-30T00:00:00"}
    (task,) = parse_tasks(
        [{"start": "2026-06-02T10:00:00", "duration": "PT1H", "recurrenceRules": [rule]}], "x", faults
    )
    days = [d for d in range(1, 31) if task.begins_on(datetime(2026, 6, d).date())]
    assert days == [2, 16, 30]
    assert not task.begins_on(datetime(2026, 7, 14).date())
    assert not faults


def test_of_two_tasks_the_one_begun_last_counts() -> None:
    tasks = parse_tasks(
        [
            {"start": "08:00:00", "duration": "PT8H", "payload": "day"},
            {"start": "12:00:00", "duration": "PT1H", "payload": "noon"},
        ],
        "x",
        [],
    )
    found: list[Task | None] = [active(tasks, datetime(2026, 6, 1, h, tzinfo=BERLIN)) for h in (7, 9, 12, 13)]
    assert [t.payload if t else None for t in found] == [None, "day", "noon", "day"]


def test_a_task_that_cannot_be_read_is_named() -> None:
    faults: list[str] = []
    assert parse_tasks([{"start": "08:00", "duration": "an hour"}], "controller x", faults) == []
    assert "task 1" in faults[0]
    assert "an hour" in faults[0]
