"""Faults of the configuration, stored, and logged once: when they appear, not in every pass."""

from __future__ import annotations

from collections.abc import Collection

from ems_common import log
from ems_common.db import Databases
from ems_common.findings.finding import Finding
from ems_common.findings.store import named, replace

_log = log.get(__name__)
STAGE = "normalization"


class Told:
    """Remembers which faults were logged, and stores them for those who look.

    Args:
        dbs: The databases.
        event: Name of the log event and kind of the findings.
    """

    def __init__(self, dbs: Databases, event: str) -> None:
        self._dbs = dbs
        self._event = event
        self._known: dict[str, Finding] | None = None

    def tell(self, faults: Collection[Finding]) -> None:
        """Log those that were not there the last time; a fault that came back is told again."""
        if not faults and self._known == {}:
            return
        with self._dbs.session("system_db") as session:
            found = {fault.stored: fault for fault in named(session, faults)}
            if found == self._known:
                return
            replace(session, STAGE, self._event, found.values())
        known = self._known or {}
        for sentence in sorted(fault.sentence for key, fault in found.items() if key not in known):
            _log.warning(self._event, fault=sentence)
        self._known = found
