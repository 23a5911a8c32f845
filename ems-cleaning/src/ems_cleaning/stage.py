"""One pass of cleaning: open journal rows → verdicts → journal rows of the next stage.

Each piece of work (some points × some days) is one transaction of the historical database: readings are
read and judged, verdicts and `is_bad` written where they change, the next stage is told. Only when all
pieces are done are the journal rows consumed, by id. A crash anywhere repeats work and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ems_common import journal
from ems_common.clock import monotonic_s, utc_now
from ems_common.daemon import PassResult
from ems_common.db import Databases
from ems_common.journal import JournalRow
from ems_common.orders import give, named
from ems_common.quality.parameters import RuleBook, overrides_of
from ems_common.quality.site import Site
from ems_common.quality_store import RuleSource, keep_file_rules, rule_source, site_of

from ems_cleaning import retention, store
from ems_cleaning.deep import DeepJudge
from ems_cleaning.live import LiveJudge
from ems_cleaning.past import Memory
from ems_cleaning.settings import CleaningSettings
from ems_cleaning.work import Dirt, Pass, Range, Totals, dirt_of

_STRANGERS_EVERY_S = 60.0
_STRANGERS_AGE = timedelta(seconds=60)


class CleaningStage:
    """The stage that :mod:`ems_common.daemon` runs.

    Args:
        dbs: The databases.
        settings: Retention and rule file.
    """

    name = "cleaning"

    def __init__(self, dbs: Databases, settings: CleaningSettings) -> None:
        self._dbs = dbs
        self._of_file = overrides_of(settings.rules_file)
        RuleBook(self._of_file)  # A fault in the file stops the start, not a pass.
        self._is_file_kept = False
        self._rules: RuleSource | None = None
        self._book = RuleBook()
        self._memory = Memory()
        self._live, self._deep = LiveJudge(dbs, self._memory), DeepJudge(dbs, self._memory)
        self._strangers_at_s = 0.0
        self._retention = retention.Retention(dbs, settings)

    def run_pass(self, progress: Callable[[str, float], None]) -> PassResult:
        """Judge everything that is open.

        Raises:
            Unavailable: A database went away; the pass can be repeated.
        """
        now_utc = utc_now()
        self._keep_file_rules()
        # The journal first: a change that is committed after it was read is seen in the next pass.
        opened = {database: self._open(database) for database in ("historical_db", "system_db")}
        known = self._site()
        rows = [row for part in opened.values() for row in part]
        dirt = dirt_of(rows, known.of_source, known.of_meter, known.of_kind)
        strangers = self._strangers(known, dirt, now_utc)
        dirt |= strangers
        totals = Totals()
        work = Pass(known, dirt, now_utc, totals, progress)
        deep = self._live.judge(work)
        self._deep.judge(replace(work, dirt={key: dirt[key] for key in deep}))
        for database, part in opened.items():
            if part:
                self._consume(database, part)
        removed = self._retention.run(known, now_utc)
        return PassResult(
            did_work=bool(strangers) or any(dirt[key].is_told for key in deep) or len(rows) >= 100_000,
            summary={
                "points": len(totals.points),
                "readings": totals.readings,
                "verdicts changed": totals.verdicts,
                "readings changed": totals.flips,
                "readings expired": removed,
            },
        )

    def explain(self) -> list[str]:
        """What is open and why, one line each."""
        known, now_utc = self._site(), utc_now()
        lines: list[str] = []
        for database in ("historical_db", "system_db"):
            lines += journal.described(self._open(database))
        self._strangers_at_s = 0.0
        for point_id, dirt in sorted(self._strangers(known, {}, now_utc).items()):
            span = dirt.ranges[0]
            lines.append(
                f"clean: point {point_id}, {journal.span_of(span.start_utc, span.end_utc)},"
                " because readings were written without a journal row"
            )
        return lines or ["nothing is open"]

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range to be judged again, of ``point:id``, ``meter:id``, ``data_source:id`` or all."""
        return give(self._dbs, self.name, start_utc, end_utc, named(entity))

    def _site(self) -> Site:
        with self._dbs.session("system_db") as session:
            rules = rule_source(session)
            if rules != self._rules:
                self._book, self._rules = rules.book(), rules
                self._memory.forget_all()
            return site_of(session, self._book)

    def _keep_file_rules(self) -> None:
        """Put the parameters of the rules file where everyone finds them; what they change is opened."""
        if not self._is_file_kept:
            with self._dbs.session("system_db") as session:
                keep_file_rules(session, self._of_file)
            self._is_file_kept = True

    def _open(self, database: str) -> list[JournalRow]:
        with self._dbs.session(database) as session:
            return journal.open_changes(session, ("clean",))

    def _consume(self, database: str, rows: Iterable[JournalRow]) -> None:
        with self._dbs.session(database) as session:
            journal.consume(session, [row.id for row in rows])

    def _strangers(self, known: Site, dirt: Mapping[int, Dirt], now_utc: datetime) -> dict[int, Dirt]:
        """Points with readings newer than the newest judged one that no journal row tells of.

        Other tools write without a journal. Readings of the last minute are left alone: their journal rows
        may have come after ours were read.
        """
        if monotonic_s() < self._strangers_at_s:
            return {}
        self._strangers_at_s = monotonic_s() + _STRANGERS_EVERY_S
        found: dict[int, Dirt] = {}
        with self._dbs.session("historical_db") as session:
            judged_ms = store.watermarks_ms(session)
            for kind in store.NUMERIC:
                for point_id, newest_ms in store.newest_ms(session, kind, now_utc - _STRANGERS_AGE).items():
                    point = known.points.get(point_id)
                    through_ms = judged_ms.get(point_id, -1)
                    if (
                        point is not None
                        and point.kind == kind
                        and point_id not in dirt
                        and newest_ms > through_ms
                    ):
                        found[point_id] = Dirt([Range(through_ms + 1, newest_ms + 1)], is_news=True)
        return found
