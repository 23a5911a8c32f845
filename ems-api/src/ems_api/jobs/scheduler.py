"""Makes jobs of schedules that are due, and clears away what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from ems_common import log
from ems_common.clock import utc_now

from ems_api.auth import audit
from ems_api.auth import store as accounts
from ems_api.context import Services
from ems_api.jobs import job_store, rhythm, saved_store
from ems_api.jobs.job_store import DATABASE, naive
from ems_api.jobs.orders import zone_of

_log = log.get(__name__)
_MIB = 1_048_576


def make_due_jobs(services: Services, now: datetime | None = None) -> int:
    """Queue a job for each schedule that is due; how many.

    A schedule that was due several times while nothing ran is carried out once. Job and next due time are one
    transaction, so a process that dies in between leaves both undone, and of two processes one makes the job.
    """
    at = now or utc_now()
    with services.dbs.session(DATABASE) as session:
        found = saved_store.due(session, at)
    count = 0
    for schedule in found:
        following = rhythm.next_due(schedule.rhythm, at, zone_of(schedule.time_zone))
        with services.dbs.session(DATABASE) as session:
            if saved_store.advance(session, schedule, following):
                job_store.add(
                    session,
                    schedule.owner,
                    schedule.request,
                    schedule_id=schedule.id,
                    due_utc=schedule.next_run_utc,
                )
                count += 1
    return count


def clear_away(services: Services, now: datetime | None = None) -> int:
    """Remove old jobs with their files, old mails, and old lines of the logs; how many jobs.

    The mails of rules stay: they are what administrators look up.
    """
    settings = services.settings.reports
    at = now or utc_now()
    before = at - timedelta(days=settings.keep_days)
    if services.settings.accounts.audit_days:
        lines = audit.clear_away(services.dbs, at - timedelta(days=services.settings.accounts.audit_days))
        _log.info("audit_cleared_away", count=lines)
    with services.dbs.session(DATABASE) as session:
        found = job_store.old(session, before, settings.keep_mib * _MIB)
    for job_id in found:
        with services.dbs.session(DATABASE) as session:
            job_store.remove(session, [job_id])
    with services.dbs.session(DATABASE) as session:
        session.execute(
            "DELETE FROM tbl_email_messages WHERE status <> 'new' AND created_datetime_utc < %s",
            (naive(before),),
        )
    with services.dbs.session(accounts.DATABASE) as session:
        accounts.clear_away_codes(session, naive(before))
    if found:
        _log.info("jobs_cleared_away", count=len(found))
    return len(found)
