"""Sends the mails that wait in the outboxes, through the mail servers an administrator has entered.

Several databases have an outbox of the same form. A mail that cannot be sent is tried again after growing
pauses for a day, then given up; a server that refuses a recipient for good ends it at once.
"""

from __future__ import annotations

import base64
import binascii
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from mimetypes import guess_type
from typing import Final

from ems_common import log
from ems_common.clock import utc_now
from ems_common.db import Databases, Session
from ems_common.db.sql import compose
from prometheus_client import Counter

from ems_api.jobs.job_store import DATABASE as REPORTING
from ems_api.jobs.job_store import naive

_log = log.get(__name__)
_MAILS: Final = Counter("ems_api_mails_total", "Mails that were tried", ["result"])
SERVERS: Final = "fdd_db"
OUTBOXES: Final = (REPORTING, "fdd_db", "user_db")
"""Databases with a table `tbl_email_messages`: reports, rules, verification codes."""
WITH_ATTACHMENTS: Final = (REPORTING, "fdd_db")
LIFE: Final = timedelta(days=1)
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
IMPLICIT_TLS_PORT: Final = 465
PERMANENT: Final = 500
MOST_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, as an administrator has entered it."""

    host: str
    port: int
    user: str
    password: str
    sender: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that waits."""

    id: int
    name: str
    address: str
    subject: str
    text: str
    file_name: str | None
    content: bytes | None
    created_utc: datetime


class Refused(Exception):
    """The server will never take this mail."""


def servers(dbs: Databases) -> list[Server]:
    """The mail servers, in the order in which they are tried."""
    with dbs.session(SERVERS) as session:
        rows = session.rows(
            "SELECT host, port, requires_authentication, user_name, password, from_addr"
            " FROM tbl_email_servers ORDER BY id"
        )
    return [
        Server(host, int(port), (user or "") if needs else "", _decoded(password) if needs else "", sender)
        for host, port, needs, user, password, sender in rows
    ]


def _decoded(password: str | None) -> str:
    """A password as it was entered; stored, it is base64."""
    try:
        return base64.b64decode(password or "", validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return password or ""


def message(mail: Mail, sender: str) -> EmailMessage:
    """A mail as it goes over the wire; line breaks in names are taken out, so that none adds a head."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = formataddr((_one_line(mail.name), mail.address.strip()))
    made["Subject"] = _one_line(mail.subject)
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    made.set_content(mail.text)
    if mail.content is not None:
        kind, _, part = (guess_type(mail.file_name or "")[0] or "application/octet-stream").partition("/")
        made.add_attachment(
            mail.content, maintype=kind, subtype=part, filename=_one_line(mail.file_name or "attachment")
        )
    return made


def _one_line(text: str) -> str:
    return " ".join(text.split())


def connect(server: Server, ca_file: str = "", timeout_s: float = 20.0) -> smtplib.SMTP:
    """A session with a server, encrypted wherever the server can; a password is never sent in the clear.

    Raises:
        OSError: It is not reached, or its certificate is not trusted.
        smtplib.SMTPException: It refuses, or it wants a password and offers no encryption.
    """
    trust = ssl.create_default_context(cafile=ca_file or None)
    if server.port == IMPLICIT_TLS_PORT:
        session: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=trust)
    else:
        session = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        session.ehlo()
        if server.port != IMPLICIT_TLS_PORT and session.has_extn("starttls"):
            session.starttls(context=trust)
            session.ehlo()
        elif server.port != IMPLICIT_TLS_PORT and server.user:
            raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")
        if server.user:
            session.login(server.user, server.password)
    except BaseException:
        session.close()
        raise
    return session


def send_waiting(dbs: Databases, ca_file: str = "", now: datetime | None = None) -> int:
    """Send all mails that are due; how many were sent.

    Raises:
        Unavailable: A database is away.
    """
    at = now or utc_now()
    return sum(_send_outbox(dbs, database, ca_file, at) for database in OUTBOXES)


def _send_outbox(dbs: Databases, database: str, ca_file: str, now: datetime) -> int:
    with dbs.session(database) as session:
        mails = _due(session, database, now)
    if not mails:
        return 0
    known = servers(dbs)
    if not known:
        for mail in mails:
            _postpone(dbs, database, mail, "no mail server is configured (see E-mail servers)", now)
        return 0
    return sum(_send(dbs, database, mail, known, ca_file, now) for mail in mails)


def _due(session: Session, database: str, now: datetime) -> list[Mail]:
    attachment = (
        "attachment_file_name, attachment_file_object" if database in WITH_ATTACHMENTS else "NULL, NULL"
    )
    rows = session.rows(
        compose(
            "SELECT id, recipient_name, recipient_email, subject, message, {attachment},"
            " created_datetime_utc FROM tbl_email_messages WHERE status = 'new'"
            " AND scheduled_datetime_utc <= %s ORDER BY scheduled_datetime_utc, id LIMIT %s",
            attachment=attachment,
        ),
        (naive(now), MOST_AT_ONCE),
    )
    return [Mail(*row) for row in rows]


def _send(
    dbs: Databases, database: str, mail: Mail, known: Sequence[Server], ca_file: str, now: datetime
) -> int:
    """Send one mail by the first server that takes it."""
    fault = ""
    for server in known:
        try:
            _hand_over(server, mail, ca_file)
        except Refused as ex:
            _settle(dbs, database, mail, "timeout", str(ex))
            return 0
        except (OSError, smtplib.SMTPException, ValueError) as ex:
            fault = f"{server.host}: {ex}"
            continue
        _settle(dbs, database, mail, "sent", None)
        return 1
    _postpone(dbs, database, mail, fault, now)
    return 0


def _hand_over(server: Server, mail: Mail, ca_file: str) -> None:
    with closing(connect(server, ca_file)) as session:
        try:
            session.send_message(message(mail, server.sender), server.sender, [mail.address.strip()])
        except smtplib.SMTPRecipientsRefused as ex:
            code, text = next(iter(ex.recipients.values()))
            if code >= PERMANENT:
                raise Refused(f"{server.host}: {code} {text.decode(errors='replace')}") from ex
            raise
        session.quit()


def _settle(dbs: Databases, database: str, mail: Mail, status: str, fault: str | None) -> None:
    with dbs.session(database) as session:
        session.execute("UPDATE tbl_email_messages SET status = %s WHERE id = %s", (status, mail.id))
        _note_fault(session, database, mail, fault)
    _MAILS.labels(status).inc()
    if status != "sent":
        _log.warning("mail_given_up", outbox=database, mail=mail.id, error=fault)


def _postpone(dbs: Databases, database: str, mail: Mail, fault: str, now: datetime) -> None:
    """Try again later: after as long as the mail has waited already, an hour at most; after a day no more."""
    age = now - mail.created_utc.replace(tzinfo=now.tzinfo)
    if age >= LIFE:
        _settle(dbs, database, mail, "timeout", fault)
        return
    pause = min(max(age, FIRST_PAUSE), LONGEST_PAUSE)
    with dbs.session(database) as session:
        session.execute(
            "UPDATE tbl_email_messages SET scheduled_datetime_utc = %s WHERE id = %s",
            (naive(now + pause), mail.id),
        )
        _note_fault(session, database, mail, fault)
    _MAILS.labels("postponed").inc()
    _log.warning("mail_postponed", outbox=database, mail=mail.id, error=fault, pause_s=pause.total_seconds())


def _note_fault(session: Session, database: str, mail: Mail, fault: str | None) -> None:
    if database == REPORTING:
        session.execute(
            "UPDATE tbl_report_deliveries SET error = %s WHERE email_message_id = %s",
            (fault[:2000] if fault else None, mail.id),
        )
