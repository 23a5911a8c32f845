"""Faults of the configuration, told once: when they appear, not in every pass."""

from __future__ import annotations

from collections.abc import Iterable

from ems_common import findings, log
from ems_common.db import Databases
from ems_common.errors import BadInput
from ems_common.findings import Finding

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
        self._known: frozenset[str] | None = None

    def tell(self, faults: Iterable[BadInput]) -> None:
        """Log those that were not there the last time; a fault that came back is told again."""
        found = frozenset(str(fault) for fault in faults)
        if found == self._known:
            return
        with self._dbs.session("system_db") as session:
            findings.replace(session, STAGE, self._event, {Finding(text) for text in found})
        for fault in sorted(found - (self._known or frozenset())):
            _log.warning(self._event, fault=fault)
        self._known = found
