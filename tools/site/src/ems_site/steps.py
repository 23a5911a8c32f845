"""Runs the steps before the daemons: once or at each start, with marks, progress and a way to stop them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from ems_site import plan, processes
from ems_site.announce import Announcer
from ems_site.children import Child
from ems_site.errors import SiteError, Stopped
from ems_site.marks import Marks
from ems_site.settings import Layout, SiteSettings, script

POLL_S = 0.1
# A history older than this is made anew before it is imported: it is to end "now".
HISTORY_FRESH_S = 1800.0


class Steps:
    """The steps of one start.

    Args:
        settings: Length of the history; whether the database is one's own.
        layout: Where logs and history go.
        announcer: Where progress goes.
        environ: The steps' whole environment.
        stop: Set when the start is to be abandoned.
    """

    def __init__(
        self,
        settings: SiteSettings,
        layout: Layout,
        announcer: Announcer,
        environ: dict[str, str],
        stop: threading.Event,
    ) -> None:
        """Remember them; nothing is run."""
        self._settings = settings
        self._layout = layout
        self._announce = announcer
        self._environ = environ
        self._stop = stop
        self._marks = Marks.of(layout, environ, private=not settings.db_host)

    def run(self, steps: Iterable[plan.Step]) -> None:
        """Run steps in order, leaving out those that are done once and were.

        Raises:
            SiteError: One failed; holds the end of its log.
            Stopped: The start was abandoned.
        """
        for step in steps:
            if not (step.once and self._marks.is_set(step.name)):
                self._run(step)

    def make_history(self, step: plan.Step | None, later: Sequence[plan.Step]) -> None:
        """Simulate the past, unless it is in the database already or has just been made.

        Args:
            step: The step that does it, if there is one.
            later: The steps that use it; once one of them is done, the history must stay as it is.
        """
        if step is None or any(self._marks.is_set(row.name) for row in later):
            return
        folder = self._layout.history
        if self._marks.age_s(step.name) < HISTORY_FRESH_S and any(folder.glob("*")):
            return
        self._marks.clear(step.name)
        folder.mkdir(parents=True, exist_ok=True)
        self._run(step)

    def command(self, command: Sequence[str]) -> list[str]:
        """Fill a row's command in: the script's path, folders, the files of the history."""
        filled = [word for part in command for word in self._words(part)]
        program = filled[0]
        return [program if "/" in program else script(program), *filled[1:]]

    def _words(self, part: str) -> list[str]:
        folder = self._layout.history
        meanings: dict[str, Sequence[object]] = {
            "{history}": [folder],
            "{days}": [self._settings.demo_days],
            "{readings}": sorted(folder.glob("readings-*.csv.gz")),
            "{late}": sorted(folder.glob("late-*.csv.gz")),
        }
        return [str(word) for word in meanings.get(part, [part])]

    def _run(self, step: plan.Step) -> None:
        if self._stop.is_set():
            raise Stopped
        if all(self._words(part) for part in step.command):
            status, log_path = self._run_to_end(step)
            if status != 0:
                tail = processes.log_tail(log_path)
                raise SiteError(f"{step.says} failed with status {status} ({log_path}):\n{tail}")
        if step.once:
            self._marks.set(step.name)

    def _run_to_end(self, step: plan.Step) -> tuple[int, Path]:
        log_path = self._layout.logs / f"{step.name}.log"
        log_path.unlink(missing_ok=True)
        pid_file = self._layout.run / f"{step.name}.pid.json"
        command = self.command(step.command)
        child = Child(step.name, command, self._environ, self._layout.root, log_path, pid_file)
        with self._announce.step(step.says):
            child.start()
            while (status := child.status) is None:
                if self._stop.wait(POLL_S):
                    child.stop()
                    raise Stopped
                self._announce.remind(processes.last_line(log_path))
            child.stop()
        return status, log_path
