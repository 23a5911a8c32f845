"""Schedulers: which controllers run at a moment, and in which order.

A scheduler is a component of nature `scheduler-…`. Several may coexist: their lists are joined in the order
of their ids, each controller counts where it is named first. Without any scheduler all controllers run in
order of priority. Controllers that protect devices always run, and before all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from ems_edge_control import calendar_tasks, properties
from ems_edge_control.controllers.base import ComponentInfo
from ems_edge_control.properties import prop


@dataclass(frozen=True, kw_only=True)
class ListProperties:
    """Properties of `scheduler-fixed-order` and `scheduler-all-alphabetically`."""

    controllers_ids: list[str] = prop([], "Controllers in order", aliases=("controllerIds",))


@dataclass(frozen=True, kw_only=True)
class DailyProperties:
    """Properties of `scheduler-daily`."""

    always_run_before_controller_ids: list[str] = prop([], "Run before the others, at any time")
    controller_schedule_json: list[dict[str, Any]] = prop(
        [], "Entries {time: HH:mm, controllers: [ids]}", aliases=("schedule",)
    )
    always_run_after_controller_ids: list[str] = prop([], "Run after the others, at any time")


@dataclass(frozen=True, kw_only=True)
class CalendarProperties:
    """Properties of `scheduler-calendar`."""

    always_run_before_controller_ids: list[str] = prop([], "Run before the others, at any time")
    calendar: list[dict[str, Any]] = prop(
        [], "Tasks (RFC 8984) whose payload is a list of ids", aliases=("jsCalendar", "schedule")
    )
    always_run_after_controller_ids: list[str] = prop([], "Run after the others, at any time")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one scheduler runs.

    Attributes:
        choose: Controllers at a local time.
        before: Run before them.
        after: Run after them.
        others: All other controllers run last, by id.
    """

    choose: Callable[[datetime], Sequence[str]]
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    others: bool = False


def _fixed(options: ListProperties) -> Plan:
    return Plan(choose=lambda _now: options.controllers_ids)


def _alphabetical(options: ListProperties) -> Plan:
    return Plan(choose=lambda _now: options.controllers_ids, others=True)


def _daily(options: DailyProperties) -> Plan:
    try:
        entries = sorted(
            (time.fromisoformat(str(e["time"])), [str(i) for i in e["controllers"]])
            for e in options.controller_schedule_json
        )
    except (KeyError, TypeError, ValueError) as ex:
        raise ValueError(f"an entry of the daily schedule needs time and controllers ({ex})") from ex

    def choose(now: datetime) -> Sequence[str]:
        clock = now.time()
        past = [ids for start, ids in entries if start < clock] or [ids for _, ids in entries[-1:]]
        return past[-1] if past else ()

    return Plan(
        choose=choose,
        before=options.always_run_before_controller_ids,
        after=options.always_run_after_controller_ids,
    )


def _calendar(options: CalendarProperties) -> Plan:
    faults: list[str] = []
    tasks = calendar_tasks.parse_tasks(options.calendar, "calendar", faults)
    if faults:
        raise ValueError("; ".join(faults))

    def choose(now: datetime) -> Sequence[str]:
        task = calendar_tasks.active(tasks, now)
        return _ids(task.payload) if task else ()

    return Plan(
        choose=choose,
        before=options.always_run_before_controller_ids,
        after=options.always_run_after_controller_ids,
    )


def _ids(payload: Any) -> list[str]:
    if isinstance(payload, Mapping):
        payload = payload.get("controllerIds", payload.get("controllers", []))
    return [str(i) for i in payload] if isinstance(payload, Sequence) and not isinstance(payload, str) else []


KINDS: Mapping[str, tuple[type[Any], Callable[[Any], Plan]]] = {
    "scheduler-fixed-order": (ListProperties, _fixed),
    "scheduler-all-alphabetically": (ListProperties, _alphabetical),
    "scheduler-daily": (DailyProperties, _daily),
    "scheduler-calendar": (CalendarProperties, _calendar),
}


class Schedule:
    """All schedulers of a site."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = plans

    def __bool__(self) -> bool:
        return bool(self.plans)

    def ids(self, now: datetime, known: Sequence[str]) -> list[str]:
        """Controllers to run at a moment, each once.

        Args:
            now: Local time of the site.
            known: Ids of all enabled controllers.
        """
        found: list[str] = []
        for plan in self.plans:
            chosen = [*plan.before, *plan.choose(now), *plan.after]
            found += chosen
            if plan.others:
                found += sorted(set(known) - set(chosen))
        return list(dict.fromkeys(found))


def read(infos: Mapping[str, ComponentInfo], faults: list[str], ignored: list[str] | None = None) -> Schedule:
    """The schedulers among the components of a site; unknown properties are faults, or only noted."""
    plans = []
    for id in sorted(infos):
        info = infos[id]
        kind = KINDS.get(info.nature.code)
        if kind is None:
            continue
        where = f"component {id}"
        options = properties.read(kind[0], info.properties, where, faults, ignored)
        if options is None:
            continue
        try:
            plans.append(kind[1](options))
        except ValueError as ex:
            faults.append(f"{where}: {ex}")
    return Schedule(plans)
