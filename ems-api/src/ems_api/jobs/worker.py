"""Takes jobs one after the other, carries them out in the name of their owner, keeps their files."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import msgspec
from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.db import Session
from ems_common.errors import EmsError, Unavailable
from prometheus_client import Counter, Histogram

from ems_api.context import Services
from ems_api.errors import ApiError, Cause
from ems_api.jobs import blocks, job_store, owners, saved_store
from ems_api.jobs.job_store import DATABASE, Job, Made
from ems_api.jobs.orders import Asker, Order, Progress, document_of, not_found, read_order
from ems_api.reports.render import files
from ems_api.reports.render.document import Document
from ems_api.reports.render.files import FORMS
from ems_api.reports.texts import Texts
from ems_api.versions import ACCOUNTS, CONFIG

_log = log.get(__name__)
_ENDED: Final = Counter("ems_api_report_jobs_total", "Jobs that ended", ["status"])
_SECONDS: Final = Histogram(
    "ems_api_report_job_seconds", "Time to carry out a job", buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300)
)
MOST_ATTEMPTS: Final = 3
LARGEST_FILE_BYTES: Final = 64 * 1_048_576
LARGEST_ATTACHMENT_BYTES: Final = 10 * 1_048_576
TTL_S: Final = 60


class Lost(Exception):
    """The job was cancelled, or given to another worker."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: ``done``, ``failed``, ``requeued`` or ``lost``."""

    job: Job
    status: str


class Worker:
    """Carries jobs out.

    Args:
        services: What requests share.
        ttl_s: How long a job is this worker's without a sign of life [s].
    """

    def __init__(self, services: Services, ttl_s: int = TTL_S) -> None:
        self._services = services
        self._ttl_s = ttl_s
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"

    def run_one(self) -> Outcome | None:
        """Carry out the oldest job that waits; None when there is none.

        Raises:
            Unavailable: The database is away.
        """
        dbs = self._services.dbs
        with dbs.session(DATABASE) as session:
            queued, given_up = job_store.return_abandoned(session, MOST_ATTEMPTS)
        if queued or given_up:
            _log.warning("jobs_abandoned", queued_again=queued, given_up=given_up)
        job = job_store.claim(dbs, self.holder, self._ttl_s)
        if job is None:
            return None
        began_s = monotonic_s()
        with self._kept(job) as is_lost:
            status = self._carried_out(job, is_lost)
        _ENDED.labels(status).inc()
        _SECONDS.observe(monotonic_s() - began_s)
        _log.info("job_ended", job=job.uuid, status=status, seconds=round(monotonic_s() - began_s, 2))
        return Outcome(job, status)

    @contextmanager
    def _kept(self, job: Job) -> Iterator[threading.Event]:
        """Renew the hold on a job while it is worked on; the event is set when it is lost."""
        is_lost, is_done = threading.Event(), threading.Event()

        def renew() -> None:
            while not is_done.wait(self._ttl_s / 3):
                try:
                    with self._services.dbs.session(DATABASE) as session:
                        if not job_store.renew(session, job.id, self.holder, self._ttl_s):
                            is_lost.set()
                            return
                except Unavailable as ex:
                    _log.warning("job_not_renewed", job=job.uuid, error=str(ex))

        thread = threading.Thread(target=renew, name=f"job {job.id}", daemon=True)
        thread.start()
        try:
            yield is_lost
        finally:
            is_done.set()
            thread.join()

    def _carried_out(self, job: Job, is_lost: threading.Event) -> str:
        try:
            made = self._made(job, is_lost)
            return self._stored(job, made)
        except Lost:
            return "lost"
        except Unavailable as ex:
            return self._again(job, ex)
        except ApiError as ex:
            return self._failed(job, ex.key, ex.detail or ex.key)
        except EmsError as ex:
            return self._failed(job, "API.REPORT_JOB_FAILED", str(ex))
        except Exception as ex:
            # One report that cannot be made must not end the worker; the trace is the operator's.
            _log.error("job_broke", job=job.uuid, exc_info=ex)
            return self._failed(job, "API.INTERNAL_ERROR", "the report could not be made")

    def _made(self, job: Job, is_lost: threading.Event) -> Made:
        # What is known of accounts and configuration may be seconds old here; a job asks anew.
        self._services.versions.change(CONFIG)
        self._services.versions.change(ACCOUNTS)
        order = read_order(job.request)
        identity = owners.identity_of(self._services.dbs, job.owner)
        asker = Asker(self._services, identity, order.language, order.timezone, order.currency)

        def progress(done_pct: int) -> None:
            self._progress(job, is_lost, 5 + done_pct * 70 // 100)

        progress(0)
        document = ordered(order, asker, progress)
        self._progress(job, is_lost, 80)
        content = files.make(order.form, document, order.chart)
        if not content:
            raise ApiError("INVALID_CHART", Cause.INVALID, detail="the report has no such chart")
        if len(content) > LARGEST_FILE_BYTES:
            raise ApiError("REPORT_IS_TOO_LARGE", Cause.TOO_LARGE, detail="the file would be too large")
        self._progress(job, is_lost, 95)
        return Made(f"{document.file_name}.{order.form}", FORMS[order.form].media_type, content)

    def _progress(self, job: Job, is_lost: threading.Event, progress_pct: int) -> None:
        with self._services.dbs.session(DATABASE) as session:
            if is_lost.is_set() or not job_store.is_held(session, job.id, self.holder):
                raise Lost
            job_store.note_progress(session, job.id, self.holder, progress_pct)

    def _stored(self, job: Job, made: Made) -> str:
        with self._services.dbs.session(DATABASE) as session:
            if not job_store.finish(session, job.id, self.holder, made):
                return "lost"
            if job.schedule_id is not None:
                saved_store.note_result(session, job.schedule_id, None)
                _deliver(session, job, made)
        return "done"

    def _again(self, job: Job, ex: Unavailable) -> str:
        if job.attempts >= MOST_ATTEMPTS:
            return self._failed(job, "API.DATABASE_IS_NOT_AVAILABLE", str(ex))
        with self._services.dbs.session(DATABASE) as session:
            job_store.requeue(session, job.id, self.holder)
        return "requeued"

    def _failed(self, job: Job, key: str, error: str) -> str:
        owner = None
        if job.schedule_id is not None:
            owner = owners.mail_address(self._services.dbs, job.owner)
        with self._services.dbs.session(DATABASE) as session:
            if not job_store.fail(session, job.id, self.holder, key, error):
                return "lost"
            if job.schedule_id is not None:
                saved_store.note_result(session, job.schedule_id, f"{key}: {error}")
                _tell_owner(session, job, owner, key)
        return "failed"


def ordered(order: Order, asker: Asker, progress: Progress) -> Document:
    """What an order asks for, as a document.

    Raises:
        ApiError: It cannot be made for this asker.
    """
    if order.report:
        return document_of(order, asker)
    with asker.services.dbs.session(DATABASE) as session:
        saved = saved_store.document(session, order.document)
    if saved is None or not may_read(saved, asker):
        raise not_found()
    definition = msgspec.convert(saved.definition, blocks.Definition)
    return blocks.render(saved.name, definition, asker, progress)


def may_read(saved: saved_store.Saved, asker: Asker) -> bool:
    """Whether an asker may use a saved document: his own, a shared one, any as administrator."""
    return saved.is_shared or asker.identity.is_admin or saved.owner == owners.owner_of(asker.identity)


def _deliver(session: Session, job: Job, made: Made) -> None:
    """Queue the mails that deliver a job's file."""
    schedule = saved_store.schedule_by_id(session, job.schedule_id or 0)
    if schedule is None:
        return
    texts = Texts.of(str(job.request.get("language", "")))
    is_small = len(made.content) <= LARGEST_ATTACHMENT_BYTES
    text = texts("mail.attached" if is_small else "mail.too_large").format(name=schedule.name, file=made.name)
    for address in schedule.recipients:
        key = job_store.queue_mail(
            session, address.split("@")[0], address, schedule.name, text, made if is_small else None
        )
        job_store.note_delivery(session, job.id, key)


def _tell_owner(session: Session, job: Job, owner: tuple[str, str] | None, key: str) -> None:
    schedule = saved_store.schedule_by_id(session, job.schedule_id or 0)
    if schedule is None or owner is None or "@" not in owner[1]:
        return
    texts = Texts.of(str(job.request.get("language", "")))
    text = texts("mail.failed").format(name=schedule.name, error=_reason(texts, key))
    mail = job_store.queue_mail(session, owner[0], owner[1], schedule.name, text, None)
    job_store.note_delivery(session, job.id, mail)


def _reason(texts: Texts, key: str) -> str:
    """Why a report was not made, in words of the order's language."""
    name = "gone" if key.endswith("_NOT_FOUND") else key.removeprefix("API.")
    known = f"mail.reason.{name}"
    return texts(known if known in texts.fallback else "mail.reason.other")
