"""What a stage finds wrong with the configuration: told to people, while the stage goes on.

A stage replaces all its findings of one kind at once, so what was mended disappears by itself and the time
since when something is wrong stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from ems_common.clock import utc_now
from ems_common.db import Session

LONGEST = 1000
MOST = 1000
"""Findings of one kind that are kept; a site with more has one cause for them."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong.

    Attributes:
        message: A sentence that says what, where, and what to do.
        entity_kind: Kind of the entity it is about, or "".
        entity_id: Its id, or 0.
    """

    message: str
    entity_kind: str = ""
    entity_id: int = 0


def replace(session: Session, stage: str, kind: str, found: Iterable[Finding]) -> None:
    """Make the stored findings of a stage and kind equal to those found.

    Args:
        session: A transaction of the system database.
        stage: Name of the stage.
        kind: What is wrong, in a word or two: ``double_counting``.
        found: All that is wrong now.
    """
    wanted = {Finding(item.message[:LONGEST], item.entity_kind, item.entity_id) for item in found}
    wanted = set(sorted(wanted)[:MOST])
    known = {
        Finding(message, entity, key): number
        for number, message, entity, key in session.rows(
            "SELECT id, message, entity_kind, entity_id FROM tbl_findings WHERE stage = %s AND kind = %s",
            (stage, kind),
        )
    }
    gone = [(number,) for finding, number in known.items() if finding not in wanted]
    session.executemany("DELETE FROM tbl_findings WHERE id = %s", gone)
    now = utc_now().astimezone(UTC).replace(tzinfo=None)
    session.executemany(
        "INSERT INTO tbl_findings (stage, kind, entity_kind, entity_id, message, since_utc)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (stage, kind, item.entity_kind, item.entity_id, item.message, now)
            for item in sorted(wanted - known.keys())
        ],
    )
