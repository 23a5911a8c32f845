"""The state of the site as a whole: who may act at all.

::

    init ─▶ connecting ─▶ run ⇄ degraded ─▶ fault ─▶ connecting
                           └──▶ island ◀──┘              any ─▶ shutdown

Nothing is written before the first complete, fresh image. A lost required device, or an emergency stop, is
a fault: all devices go to their safe state. Every transition is kept with its reason.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ems_common import log
from transitions import EventData, Machine

_log = log.get(__name__)

STATES = ("init", "connecting", "run", "degraded", "island", "fault", "shutdown")
ACTING = frozenset({"run", "degraded", "island"})
KEPT = 200


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the site looks like in this cycle.

    Attributes:
        is_complete: All required channels have fresh, good values.
        missing: Which have not.
        is_impaired: A device that is not required is away, or a controller fails.
        impaired_by: Which.
        is_island: The site is off the grid.
        is_emergency: An emergency stop is active.
    """

    is_complete: bool = False
    missing: str = ""
    is_impaired: bool = False
    impaired_by: str = ""
    is_island: bool = False
    is_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One transition with its reason."""

    time_utc: datetime
    before: str
    after: str
    reason: str


class SiteMachine:
    """State machine of the site.

    Args:
        recover_after_s: How long everything must be well before a fault is left.
        lost_after_s: How long a required value may be missing before that is a fault.
        clock_utc: Wall clock, for the log of transitions.
    """

    state: str

    def __init__(
        self, recover_after_s: float, lost_after_s: float, clock_utc: Callable[[], datetime]
    ) -> None:
        self.recover_after_s = recover_after_s
        self.lost_after_s = lost_after_s
        self.clock_utc = clock_utc
        self.changes: deque[Change] = deque(maxlen=KEPT)
        self._reason = ""
        self._now_s = 0.0
        self._lost_since_s: float | None = None
        self._well_since_s: float | None = None
        self._now = Conditions()
        self._machine = Machine(
            self,
            states=list(STATES),
            initial="init",
            send_event=True,
            auto_transitions=False,
            after_state_change="_note",
        )
        add = self._machine.add_transition
        add("advance", "init", "connecting")
        add("advance", "connecting", "run", conditions="_may_start")
        add("advance", ["run", "degraded", "island"], "fault", conditions="_must_stop")
        add("advance", ["run", "degraded"], "island", conditions="_is_off_grid")
        add("advance", "island", "run", unless="_is_off_grid")
        add("advance", "run", "degraded", conditions="_is_impaired")
        add("advance", "degraded", "run", unless="_is_impaired")
        add("advance", "fault", "connecting", conditions="_has_recovered")
        add("close", [s for s in STATES if s != "shutdown"], "shutdown")

    def follow(self, now: Conditions, now_s: float) -> str:
        """Move by the conditions of this cycle; the state after it."""
        self._now, self._now_s = now, now_s
        is_bad = not now.is_complete or now.is_emergency
        self._lost_since_s = (self._lost_since_s or now_s) if is_bad else None
        self._well_since_s = None if is_bad else (self._well_since_s or now_s)
        for _ in range(len(STATES)):
            before = self.state
            if not self.may_advance() or not self.advance():  # type: ignore[attr-defined]
                break
            if self.state == before:
                break
        return self.state

    def shut_down(self, reason: str) -> None:
        """Begin the end."""
        self._reason = reason
        if self.state != "shutdown":
            self.close()  # type: ignore[attr-defined]

    @property
    def is_acting(self) -> bool:
        """Whether set-points of the controllers go to the devices."""
        return self.state in ACTING

    def _may_start(self, event: EventData) -> bool:
        self._reason = "first complete, fresh image"
        return self._now.is_complete and not self._now.is_emergency

    def _must_stop(self, event: EventData) -> bool:
        if self._now.is_emergency:
            self._reason = "emergency stop"
            return True
        self._reason = f"no good value: {self._now.missing}"
        lost = self._lost_since_s
        return lost is not None and self._now_s - lost >= self.lost_after_s

    def _is_off_grid(self, event: EventData) -> bool:
        self._reason = "grid mode is off grid" if self._now.is_island else "grid mode is on grid"
        return self._now.is_island

    def _is_impaired(self, event: EventData) -> bool:
        self._reason = self._now.impaired_by if self._now.is_impaired else "everything is well again"
        return self._now.is_impaired

    def _has_recovered(self, event: EventData) -> bool:
        self._reason = "the cause of the fault is gone"
        well = self._well_since_s
        return well is not None and self._now_s - well >= self.recover_after_s

    def _note(self, event: EventData) -> None:
        before = event.transition.source if event.transition is not None else ""
        reason = self._reason or "start"
        self.changes.append(Change(self.clock_utc(), before, self.state, reason))
        level = _log.warning if self.state in {"fault", "degraded", "island"} else _log.info
        level("site_state", before=before, after=self.state, reason=reason)
        self._reason = ""
