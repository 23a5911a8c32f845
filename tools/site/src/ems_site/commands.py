"""The commands of `ems-site` except `doctor`."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ems_site import credentials, health, left_overs, plan, processes, state
from ems_site.announce import Announcer
from ems_site.errors import SiteError
from ems_site.settings import Layout, SiteSettings, own_environ, script
from ems_site.supervisor import Supervisor

STOP_LIMIT_S = 90.0


def run(settings: SiteSettings, layout: Layout) -> int:
    """Bring the site up in the foreground."""
    with _sole(layout):
        supervisor = Supervisor(settings, layout, Announcer())
        return supervisor.run(on_ready=lambda: print(closing_words(layout), flush=True))


def supervise(settings: SiteSettings, layout: Layout) -> int:
    """Bring the site up as the background process of `up`; its output is the site's log."""
    with _sole(layout):
        return Supervisor(settings, layout, Announcer()).run()


def prepare(settings: SiteSettings, layout: Layout) -> int:
    """Bring the databases of a running server up to date and, the first time, the past into them."""
    with _sole(layout):
        Supervisor(settings, layout, Announcer()).prepare()
    return 0


def up(settings: SiteSettings, layout: Layout) -> int:
    """Bring the site up in the background and relay its progress until it is ready.

    Returns:
        0 when ready, 1 when it could not come up.
    """
    log_path = layout.logs / "site.log"
    running = processes.read_pid_file(layout.supervisor_pid_file)
    if running is not None:
        print("the site is already starting or running; following it", flush=True)
        # What was said before is of no interest any more.
        offset = log_path.stat().st_size if log_path.exists() else 0
        supervisor = running
    else:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        log_path.unlink(missing_ok=True)
        layout.state_file.unlink(missing_ok=True)
        offset = 0
        child = processes.start([script("ems-site"), "supervise"], log_path, own_environ(), layout.root)
        started = processes.reference(child.pid)
        if started is None:
            raise SiteError(f"the supervisor ended at once:\n{processes.log_tail(log_path)}")
        supervisor = started
    try:
        ready = _follow(layout, log_path, offset, supervisor)
    except KeyboardInterrupt:
        print("interrupted; stopping what was started", flush=True)
        down(settings, layout)
        return 130
    if ready:
        print(closing_words(layout), flush=True)
    return 0 if ready else 1


def _follow(layout: Layout, log_path: Path, offset: int, supervisor: processes.ProcessRef) -> bool:
    """Copy the supervisor's lines to the terminal until the site is ready or the supervisor has ended."""
    while True:
        is_alive = supervisor.is_alive
        phase = current.phase if (current := state.read(layout.state_file)) is not None else ""
        if log_path.exists():
            with log_path.open("rb") as log:
                log.seek(offset)
                new = log.read()
            offset += len(new)
            sys.stdout.write(new.decode("utf-8", errors="replace"))
            sys.stdout.flush()
        if phase == state.READY and is_alive:
            return True
        if not is_alive:
            return False
        time.sleep(0.1)


def down(settings: SiteSettings, layout: Layout) -> int:
    """Stop the supervisor, which stops the rest; then look for what a killed one left behind."""
    del settings
    supervisor = processes.read_pid_file(layout.supervisor_pid_file)
    if supervisor is not None:
        print("stopping the site …", flush=True)
        began_s = time.monotonic()
        supervisor.stop(STOP_LIMIT_S)
        print(f"stopped in {time.monotonic() - began_s:.1f} s", flush=True)
    left = left_overs.stop(layout, print)
    layout.supervisor_pid_file.unlink(missing_ok=True)
    if supervisor is None and not left:
        print("nothing runs")
    return 0


def status(settings: SiteSettings, layout: Layout) -> int:
    """Print what runs; returns 0 when the site is ready."""
    del settings
    supervisor = processes.read_pid_file(layout.supervisor_pid_file)
    current = state.read(layout.state_file)
    if supervisor is None or current is None:
        left = left_overs.running(layout)
        print("the site is not running" + (f"; {len(left)} process(es) are left over" if left else ""))
        if current is not None and current.phase == state.FAILED:
            print(f"the last start failed: {current.message}")
        return 1
    print(f"{current.phase}: {current.url}")
    for name, process in sorted(current.processes.items()):
        port = current.ports.get(f"metrics:{name}")
        is_ready, why = health.ready(port) if port is not None else (True, "")
        restarts = f", restarted {process['restarts']} time(s)" if process["restarts"] else ""
        print(f"  {name:<14} pid {process['pid']:<8} {'ready' if is_ready else why}{restarts}")
    return 0 if current.phase == state.READY else 1


def closing_words(layout: Layout) -> str:
    """Give the addresses and the demo accounts, printed once the site is ready."""
    current = state.read(layout.state_file) or state.State()
    secret = credentials.read(layout.credentials_file)
    return "\n".join(
        [
            "",
            f"The site is ready after {current.seconds:.0f} s.",
            f"  dashboards       {current.url}",
            f"  administration   {current.url}admin/",
            f"  REST API         {current.url}api/",
            "  accounts         " + f"{plan.ADMIN:<16} {secret.get('admin', '?')}",
            "                   " + f"{plan.MANAGER:<16} {secret.get('manager', '?')}  (sees one building)",
            f"  passwords        {layout.credentials_file}",
            f"  logs             {layout.logs}",
            "Stop it with Ctrl-C, or `make demo-down` when it runs in the background.",
            "",
        ]
    )


@contextmanager
def _sole(layout: Layout) -> Iterator[None]:
    """Let only one supervisor work in a folder.

    Raises:
        SiteError: Another one is at work.
    """
    layout.run.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(layout.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SiteError("the site already runs here; `make demo-down` stops it") from None
        yield
    finally:
        os.close(descriptor)
