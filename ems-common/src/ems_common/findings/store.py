"""The findings of the stages, in the system database.

A stage replaces all its findings of one kind at once, so what was mended disappears by itself and the time
since when something is wrong stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC
from typing import Final

from ems_common.clock import utc_now
from ems_common.db import Session
from ems_common.db.sql import compose, marks
from ems_common.findings.finding import Finding, Thing
from ems_common.orders import TABLES

LONGEST: Final = 1000
MOST: Final = 1000
"""Findings of one kind that are kept; a site with more has one cause for them."""


def named(session: Session, found: Iterable[Finding]) -> list[Finding]:
    """Findings with the names of the things they mention.

    Args:
        session: A transaction of the system database.
        found: Findings; things that do not exist stay without name.
    """
    findings = list(found)
    ids: dict[str, set[int]] = {}
    for finding in findings:
        for thing in finding.things:
            ids.setdefault(thing.kind, set()).add(thing.id)
    names: dict[tuple[str, int], str] = {}
    for kind, of_kind in ids.items():
        sql = compose(
            "SELECT id, name FROM {table} WHERE id IN ({ids})", table=TABLES[kind], ids=marks(of_kind)
        )
        names |= {(kind, key): name for key, name in session.rows(sql, sorted(of_kind))}

    def name_of(thing: Thing) -> Thing:
        return Thing(thing.kind, thing.id, names.get((thing.kind, thing.id), ""))

    return [finding.named(name_of) for finding in findings]


def replace(session: Session, stage: str, kind: str, found: Iterable[Finding]) -> None:
    """Make the stored findings of a stage and kind equal to those found.

    Args:
        session: A transaction of the system database.
        stage: Name of the stage.
        kind: What is wrong, in a word or two: ``double_counting``.
        found: All that is wrong now.
    """
    wanted = {finding.stored: finding for finding in found}
    kept = dict.fromkeys(sorted(wanted)[:MOST])
    rows = session.rows("SELECT id, data FROM tbl_findings WHERE stage = %s AND kind = %s", (stage, kind))
    known = {data for _, data in rows}
    session.executemany(
        "DELETE FROM tbl_findings WHERE id = %s", [(number,) for number, data in rows if data not in kept]
    )
    now = utc_now().astimezone(UTC).replace(tzinfo=None)
    session.executemany(
        "INSERT INTO tbl_findings (stage, kind, entity_kind, entity_id, message, data, since_utc)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [(stage, kind, *_shown(wanted[data]), data, now) for data in kept if data not in known],
    )


def _shown(finding: Finding) -> tuple[str, int, str]:
    """What those see of a finding who read the table without knowing its data."""
    first = finding.where[0] if finding.where else Thing("", 0)
    return first.kind, first.id, finding.sentence[:LONGEST]
