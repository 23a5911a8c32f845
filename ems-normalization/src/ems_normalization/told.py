"""Faults of the configuration, told once: when they appear, not in every pass."""

from __future__ import annotations

from collections.abc import Iterable

from ems_common import log
from ems_common.errors import BadInput

_log = log.get(__name__)


class Told:
    """Remembers which faults were logged.

    Args:
        event: Name of the log event.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._known: frozenset[str] = frozenset()

    def tell(self, faults: Iterable[BadInput]) -> None:
        """Log those that were not there the last time; a fault that came back is told again."""
        found = frozenset(str(fault) for fault in faults)
        for fault in sorted(found - self._known):
            _log.warning(self._event, fault=fault)
        self._known = found
