"""Carries out the rules that are due: what they find becomes messages of users, or mails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Template
from typing import Final

from ems_common import log
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.db.sql import compose, marks
from ems_common.errors import BadInput

from ems_api.context import Services
from ems_api.rules import events
from ems_api.rules.events import Event
from ems_api.rules.expression import FAMILY_OF, Watch, parsed
from ems_api.wall_clock import show_instant, stored

_log = log.get(__name__)
DATABASE: Final = "fdd_db"
EACH: Final = timedelta(minutes=5)
NEWS: Final = timedelta(days=2)
_FORGOTTEN: Final = timedelta(days=60)
_LONGEST_SUBJECT: Final = 128
_TABLES: Final = {
    **{kind: family.entity_table for kind, family in FAMILY_OF.items()},
    "point": "tbl_points",
    "data_source": "tbl_data_sources",
}
_OBJECTS: Final = frozenset({"SPACE", "TENANT", "STORE", "SHOPFLOOR", "EQUIPMENT", "COMBINEDEQUIPMENT"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the engine needs it."""

    id: int
    name: str
    priority: str
    channel: str
    expression: str
    template: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told."""

    id: int
    name: str
    email: str


def run_due(services: Services, now_utc: datetime | None = None) -> int:
    """Carry out the enabled rules that are due, and those that somebody wants to run now; how many messages.

    A rule that cannot be understood is reported, and is looked at again when it is due.

    Raises:
        Unavailable: A database is away; what is not done is done in the next round.
    """
    now = now_utc or utc_now()
    site = services.settings.site
    told = 0
    for rule in _due(services.dbs, now):
        try:
            watch = parsed(rule.expression)
            found = events.find(services.dbs, watch, events.Site(site.zone, site.hour_minutes), now)
            told += _tell(services, rule, watch, found, now)
        except BadInput as ex:
            _log.warning("rule_not_understood", rule=rule.id, name=rule.name, reason=str(ex))
        with services.dbs.session(DATABASE) as session:
            session.execute(
                "UPDATE tbl_rules SET last_run_datetime_utc = %s, next_run_datetime_utc = %s,"
                " is_run_immediately = 0 WHERE id = %s",
                (stored(now), stored(now + EACH), rule.id),
            )
            session.execute(
                "DELETE FROM tbl_rules_events WHERE rule_id = %s AND start_datetime_utc < %s",
                (rule.id, stored(now - _FORGOTTEN)),
            )
    return told


def _due(dbs: Databases, now: datetime) -> list[Rule]:
    with dbs.reading(DATABASE) as session:
        rows = session.rows(
            "SELECT id, name, priority, channel, expression, message_template FROM tbl_rules"
            " WHERE is_run_immediately = 1"
            " OR is_enabled = 1 AND (next_run_datetime_utc IS NULL OR next_run_datetime_utc <= %s)"
            " ORDER BY id",
            (stored(now),),
        )
    return [Rule(row[0], row[1], row[2], row[3], row[4] or "", row[5]) for row in rows]


def _tell(services: Services, rule: Rule, watch: Watch, found: Sequence[Event], now: datetime) -> int:
    """Tell of what was not told yet, and enter the ends of what is over; how many messages."""
    if not found:
        return 0
    if rule.channel not in SENDERS:
        raise BadInput(f"there is no way to send by {rule.channel}", where=rule.name)
    readers = _readers(services.dbs, watch.users)
    names = _names(services.dbs, found)
    told = 0
    for event in found:
        text = _text(services, rule, event, names.get(event.entity_id, f"{event.kind} {event.entity_id}"))
        with services.dbs.session(DATABASE) as session:
            if _is_new(session, rule, event):
                told += sum(
                    SENDERS[rule.channel](session, rule, event, reader, text, now) for reader in readers
                )
    return told


def _is_new(session: Session, rule: Rule, event: Event) -> bool:
    """Note an event as told; of one that was told before only the end is entered."""
    start, end = stored(event.start_utc), None if event.end_utc is None else stored(event.end_utc)
    key = (rule.id, event.kind, event.entity_id, start)
    if session.execute(
        "INSERT IGNORE INTO tbl_rules_events (rule_id, object_type, object_id, start_datetime_utc,"
        " end_datetime_utc) VALUES (%s, %s, %s, %s, %s)",
        (*key, end),
    ):
        return True
    if session.execute(
        "UPDATE tbl_rules_events SET end_datetime_utc = %s WHERE rule_id = %s AND object_type = %s"
        " AND object_id = %s AND start_datetime_utc = %s AND NOT end_datetime_utc <=> %s",
        (end, *key, end),
    ):
        session.execute(
            "UPDATE tbl_web_messages SET end_datetime_utc = %s WHERE rule_id = %s"
            " AND belong_to_object_id = %s AND start_datetime_utc = %s",
            (end, rule.id, event.entity_id, start),
        )
    return False


def _text(services: Services, rule: Rule, event: Event, name: str) -> str:
    """The rule's message with what it is about filled in."""
    start = show_instant(stored(event.start_utc), services.settings.site.zone)
    return Template(rule.template).safe_substitute(
        rule=rule.name,
        name=name,
        value=_number(event.value),
        limit=_number(event.limit),
        start=start[:16].replace("T", " "),
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _readers(dbs: Databases, accounts: Sequence[str]) -> list[Reader]:
    """The accounts that are told: those that are named, or all administrators."""
    chosen = compose("is_admin = 1")
    if accounts:
        chosen = compose("name IN ({names})", names=marks(accounts))
    with dbs.reading("user_db") as session:
        rows = session.rows(
            compose("SELECT id, name, email FROM tbl_users WHERE {chosen} ORDER BY id", chosen=chosen),
            list(accounts),
        )
    return [Reader(*row) for row in rows]


def _names(dbs: Databases, found: Sequence[Event]) -> dict[int, str]:
    """Names of what events of one rule are about, by key."""
    keys = sorted({event.entity_id for event in found})
    with dbs.reading("system_db") as session:
        rows = session.rows(
            compose(
                "SELECT id, name FROM {table} WHERE id IN ({keys})",
                table=_TABLES[found[0].kind],
                keys=marks(keys),
            ),
            keys,
        )
    return {row[0]: row[1] for row in rows}


def _message(session: Session, rule: Rule, event: Event, reader: Reader, text: str, now: datetime) -> int:
    """Put a message into a user's inbox; how many."""
    kind = event.kind.replace("_", "").upper()
    about = kind if kind in _OBJECTS else "SYSTEM"
    end = None if event.end_utc is None else stored(event.end_utc)
    session.execute(
        "INSERT INTO tbl_web_messages (rule_id, user_id, subject, category, priority, message,"
        " created_datetime_utc, start_datetime_utc, end_datetime_utc, status, belong_to_object_type,"
        " belong_to_object_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'new', %s, %s)",
        (
            *(rule.id, reader.id, rule.name[:_LONGEST_SUBJECT], about, rule.priority, text),
            *(stored(min(now, event.known_utc)), stored(event.start_utc), end, about, event.entity_id),
        ),
    )
    return 1


def _mail(session: Session, rule: Rule, event: Event, reader: Reader, text: str, now: datetime) -> int:
    """Put a mail into the outbox, unless its event is too old to be news; how many."""
    if now - event.known_utc > NEWS:
        return 0
    due = stored(now)
    session.execute(
        "INSERT INTO tbl_email_messages (rule_id, recipient_name, recipient_email, subject, message,"
        " created_datetime_utc, scheduled_datetime_utc, status) VALUES (%s, %s, %s, %s, %s, %s, %s, 'new')",
        (rule.id, reader.name, reader.email, rule.name[:_LONGEST_SUBJECT], text, due, due),
    )
    return 1


SENDERS: Final[dict[str, Callable[[Session, Rule, Event, Reader, str, datetime], int]]] = {
    "WEB": _message,
    "EMAIL": _mail,
}
"""Channels that messages go by; the others need a carrier that the product has none of."""
