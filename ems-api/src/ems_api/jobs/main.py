"""The worker process: carries out jobs, schedules and rules, sends mails; started beside the API.

Any number of such processes share the work: a job is whoever's who takes it first; schedules, rules,
mails and clearing away are done by the one that holds the lease. A process ends when the one that started
it is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from ems_common import log
from ems_common.clock import monotonic_s
from ems_common.daemon import main_guard
from ems_common.errors import Unavailable
from ems_common.lease import Lease
from ems_common.retry import pauses_s
from ems_common.settings import load

from ems_api.context import Services
from ems_api.jobs import mail, scheduler
from ems_api.jobs.worker import Worker
from ems_api.rules import engine
from ems_api.settings import ApiSettings

_log = log.get(__name__)
LEASE = "api-jobs"
IDLE_S = 1.0
CLEAR_EACH_S = 3600.0
RULES_EACH_S = 10.0
_NICENESS = 5


class Loop:
    """One round after another until told to stop.

    Args:
        services: What requests share.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._worker = Worker(services)
        self._lease = Lease(services.dbs, LEASE)
        self._cleared_s = self._ruled_s = float("-inf")

    def one_round(self) -> bool:
        """Do what is to be done; whether a job was carried out.

        Raises:
            Unavailable: A database is away.
        """
        if self._lease.acquire():
            with self._lease:
                scheduler.make_due_jobs(self._services)
                if monotonic_s() - self._ruled_s > RULES_EACH_S:
                    engine.run_due(self._services)
                    self._ruled_s = monotonic_s()
                mail.send_waiting(self._services.dbs, self._services.settings.reports.mail_ca_file)
                if monotonic_s() - self._cleared_s > CLEAR_EACH_S:
                    scheduler.clear_away(self._services)
                    self._cleared_s = monotonic_s()
        return self._worker.run_one() is not None

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop or the parent process is gone."""
        parent, failures, pause_after = os.getppid(), 0, pauses_s(1.0, 30.0)
        while not stop.is_set() and os.getppid() == parent:
            try:
                did_work = self.one_round()
            except Unavailable as ex:
                failures += 1
                if failures == 1:
                    _log.warning("jobs_wait", error=str(ex))
                stop.wait(pause_after(failures))
                continue
            if failures:
                _log.info("jobs_resumed", failed_rounds=failures)
            failures = 0
            if not did_work:
                stop.wait(IDLE_S)
        try:
            self._lease.release()
        except Unavailable as ex:
            _log.warning("lease_not_released", error=str(ex))


def _run() -> int:
    from ems_api.server import make_services

    settings = load(ApiSettings)
    log.setup("api-jobs", settings.log)
    os.nice(_NICENESS)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = make_services(settings)
    _log.info("jobs_started")
    Loop(services).run(stop)
    services.close()
    return 0


def main() -> int:
    """Work until told to stop; returns the exit status."""
    return main_guard(_run)


if __name__ == "__main__":
    sys.exit(main())
