"""What survives a restart: the states of controllers, filters and splits, counted energies, and the clock.

Times inside states are on the engine's clock. After a restart that clock continues where wall time says it
should, so a hysteresis of five minutes stays five minutes.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from ems_common import log
from ems_common.clock import monotonic_s

from ems_edge_control.balance import Totals
from ems_edge_control.site import Site
from ems_edge_control.solver.power import PowerState

_log = log.get(__name__)
VERSION = 1
OLDEST_S = 24 * 3600.0
SAVE_EVERY_S = 5.0


class EngineClock:
    """A clock that never jumps and goes on over restarts."""

    def __init__(self, saved_s: float = 0.0, away_s: float = 0.0) -> None:
        self.offset_s = saved_s + max(0.0, away_s) + 1.0 - monotonic_s() if saved_s > 0 else 0.0

    def __call__(self) -> float:
        """Seconds."""
        return monotonic_s() + self.offset_s


class Memory:
    """The file of saved states.

    Args:
        path: Where it is kept.
        now_utc: Wall clock.
    """

    def __init__(self, path: Path, now_utc: Callable[[], datetime]) -> None:
        self.path = path
        self.now_utc = now_utc
        self.saved: dict[str, Any] = self._read()
        self._lock = threading.Lock()
        self._is_full = False

    def _read(self) -> dict[str, Any]:
        try:
            saved = msgspec.json.decode(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.DecodeError) as ex:
            _log.warning("saved_state_unusable", path=str(self.path), reason=str(ex))
            return {}
        if not isinstance(saved, dict) or saved.get("version") != VERSION:
            return {}
        return saved

    @property
    def away_s(self) -> float:
        """Wall time since the state was saved; 0 when there is none or the clock went back."""
        try:
            return max(0.0, (self.now_utc() - datetime.fromisoformat(self.saved["utc"])).total_seconds())
        except (KeyError, ValueError, TypeError):
            return 0.0

    def clock(self) -> EngineClock:
        """The engine's clock, going on from the saved one."""
        return EngineClock(float(self.saved.get("engine_s", 0.0)), self.away_s)

    def restore(self, site: Site) -> int:
        """Give the controllers their states back; those whose type or form changed start afresh.

        Returns:
            How many were restored.
        """
        with contextlib.suppress(msgspec.ValidationError, KeyError):
            site.totals = msgspec.convert(self.saved["totals"], Totals, strict=False)
        if not self.saved or self.away_s > OLDEST_S:
            return 0
        count = 0
        for slot in site.slots:
            entry = self.saved.get("controllers", {}).get(slot.config.id)
            if not isinstance(entry, dict) or entry.get("type") != slot.controller.code:
                continue
            try:
                slot.state = msgspec.convert(entry["state"], type(slot.state), strict=False)
                count += 1
            except (msgspec.ValidationError, KeyError) as ex:
                _log.warning("saved_state_refused", controller=slot.config.id, reason=str(ex))
        try:
            site.solver.state = msgspec.convert(self.saved["solver"], PowerState, strict=False)
        except (msgspec.ValidationError, KeyError):
            site.solver.state = PowerState()
        return count

    @property
    def was_cut_off(self) -> bool:
        """Whether the last run ended without a word: killed, crashed, or the power failed."""
        return bool(self.saved) and not self.saved.get("ended", False)

    def encode(self, site: Site, engine_s: float, *, ended: bool = False) -> bytes:
        """The states as bytes; called between two cycles. `ended` marks the last word of a run."""
        return msgspec.json.encode(
            {
                "version": VERSION,
                "utc": self.now_utc().isoformat(),
                "engine_s": engine_s,
                "ended": ended,
                "controllers": {
                    slot.config.id: {"type": slot.controller.code, "state": slot.state} for slot in site.slots
                },
                "solver": site.solver.state,
                "totals": site.totals,
            }
        )

    def save(self, payload: bytes) -> None:
        """Write the file in one step; a full disk is reported once and stops nothing."""
        with self._lock:
            fresh = self.path.with_suffix(".new")
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                fresh.write_bytes(payload)
                fresh.replace(self.path)
                self._is_full = False
            except OSError as ex:
                if not self._is_full:
                    _log.error("state_not_saved", path=str(self.path), reason=str(ex))
                self._is_full = True
