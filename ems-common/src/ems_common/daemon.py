"""The main loop that the batch daemons share: arguments, signals, schedule, health.

A daemon gives a stage: something that can do one pass, explain what is open, and recompute a range. This
module gives it `--once`, `--explain`, `--recompute`, a steady rhythm, a clean stop within seconds, and
readiness.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import schedule
from prometheus_client import Counter, Gauge

from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.errors import BadInput, BadSettings, EmsError, Missing, Unavailable
from ems_common.journal import BEGINNING_UTC, END_UTC
from ems_common.lease import Lease
from ems_common.progress import Progress, Stopped
from ems_common.retry import pauses_s
from ems_common.settings import setting
from ems_common.telemetry import Telemetry, TelemetrySettings

_log = log.get(__name__)
STANDBY_LIMIT_S = 120.0
GRACE_S = 0.8
"""How long a piece of work may go on after the process was asked to end."""
_ENDS = (signal.SIGTERM, signal.SIGINT)
_PASSES = Counter("ems_stage_passes", "Passes of a stage", ["stage", "result"])
_LAST_PASS = Gauge("ems_stage_last_pass_timestamp_seconds", "When the last pass ended", ["stage"])
_PASS_SECONDS = Gauge("ems_stage_last_pass_seconds", "How long the last pass took", ["stage"])


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """What the stages of the pipeline have in common."""

    slot_minutes: int = setting(
        "EMS_HOUR_MINUTES",
        default=60,
        choices=(60, 30, 15),
        help="Length of a slot [minutes]; the same for all services.",
    )
    pause_s: float = setting(
        "EMS_PASS_PAUSE_S",
        default=5.0,
        minimum=1,
        maximum=3600,
        help="Pause between two passes of a daemon [s].",
    )
    time_zone: str = setting(
        "EMS_TIME_ZONE", default="Europe/London", help="IANA zone of the site: cuts days, months and tariffs."
    )


@dataclass(frozen=True, slots=True)
class PassResult:
    """What one pass did.

    Attributes:
        did_work: Whether anything was recomputed; a stage is caught up when it was not.
        summary: Figures for people and the log, name → value.
    """

    did_work: bool
    summary: dict[str, Any]


class Stage(Protocol):
    """A stage of the pipeline."""

    name: str

    def run_pass(self, progress: Callable[[str, float], None]) -> PassResult:
        """Recompute what is open; `progress` takes a label and the share done (0–1).

        Raises:
            Unavailable: A database went away; the pass can be repeated.
        """

    def explain(self) -> list[str]:
        """What is open and why, one line each."""

    def recompute(self, start_utc: datetime, end_utc: datetime, entity: str | None) -> int:
        """Mark a range for recomputation, of one entity (``kind:id``) or of all; returns the rows written.

        Raises:
            BadInput: The range is empty, or the stage computes no such things.
            Missing: There is no such entity.
        """


def run(
    stage: Stage,
    telemetry_settings: TelemetrySettings,
    pause_s: float,
    argv: Sequence[str] | None = None,
    lease: Lease | None = None,
) -> int:
    """Run a stage as its command line says.

    Args:
        stage: The work.
        telemetry_settings: Where metrics and health are served.
        pause_s: Pause between two passes of the daemon [s].
        argv: Arguments; the process's own when not given.
        lease: Of several instances only the holder works; without one there is only this instance.

    Returns:
        Exit status: 0 done, 1 not caught up, 2 wrong arguments.
    """
    options = arguments(stage.name, argv)
    if options.explain:
        for line in stage.explain():
            print(line)
        return 0
    if options.recompute:
        try:
            count = stage.recompute(options.start, options.end, options.entity)
        except (BadInput, Missing) as ex:
            print(f"{stage.name}: {ex}", file=sys.stderr)
            return 2
        print(f"{stage.name}: {count} range{'' if count == 1 else 's'} marked for recomputation")
        if not options.once:
            return 0
    stop = threading.Event()
    progress = Progress(stage.name, lease.dbs if lease is not None else None, stop, lease)
    with stopping(stop, stage.name, 1 if options.once else 0):
        if options.once:
            return _once(stage, lease, stop, progress)
        return _forever(stage, lease, telemetry_settings, pause_s, stop, progress)


@contextlib.contextmanager
def stopping(stop: threading.Event, name: str, status: int) -> Iterator[None]:
    """End in good order on SIGTERM or SIGINT: `stop` is set, and the pass ends between two pieces of work.

    A piece that takes longer is cut off: that is as safe as a crash, which loses no work but its own. The
    signal is seen by a thread of its own, since the main thread may wait for the server for long. The lease
    is not given back then: as long as the process lives, its last transaction may still be committed.

    Args:
        stop: Set by the signal.
        name: Name of the stage, for the message.
        status: Exit status of a process that is cut off.
    """
    ears, mouth = socket.socketpair()
    mouth.setblocking(False)
    done = threading.Event()

    def listen() -> None:
        while number := ears.recv(1):
            if number[0] in _ENDS:
                stop.set()
                if not done.wait(GRACE_S):
                    print(f"{name}: asked to stop; the work at hand is cut off", file=sys.stderr, flush=True)
                    os._exit(status)
                return

    for number in _ENDS:
        signal.signal(number, lambda *_: None)
    known = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=listen, name="stopping", daemon=True)
    listener.start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(known)
        mouth.close()
        listener.join()
        ears.close()


def arguments(
    name: str,
    argv: Sequence[str] | None = None,
    more: Callable[[argparse.ArgumentParser], None] | None = None,
) -> argparse.Namespace:
    """Parse a batch daemon's command line; `--help` and wrong arguments end the process.

    :func:`run` does it too. A main that calls it first gives help without settings or a database.

    Args:
        name: Name of the stage.
        argv: Arguments; the process's own when not given.
        more: Adds what only this stage has.
    """
    parser = argparse.ArgumentParser(prog=f"ems-{name}")
    parser.add_argument("--once", action="store_true", help="catch up, print a summary, and exit")
    parser.add_argument("--explain", action="store_true", help="print what is open and why, and exit")
    parser.add_argument(
        "--recompute", action="store_true", help="mark a range (--from, --to) for recomputation"
    )
    parser.add_argument(
        "--from",
        dest="start",
        metavar="INSTANT",
        type=_instant,
        default=BEGINNING_UTC,
        help="start of the range (ISO 8601, UTC without an offset); the beginning when not given",
    )
    parser.add_argument(
        "--to",
        dest="end",
        metavar="INSTANT",
        type=_instant,
        default=END_UTC,
        help="end of the range; everything after --from when not given",
    )
    parser.add_argument("--entity", metavar="KIND:ID", help="kind:id, such as meter:12; all when not given")
    if more is not None:
        more(parser)
    return parser.parse_args(argv)


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        hint = "write it as 2026-03-01 or 2026-03-01T07:30, in UTC or with its offset"
        raise argparse.ArgumentTypeError(f"{text!r} is no instant: {hint}") from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _pass(stage: Stage, lease: Lease | None, progress: Progress) -> PassResult | None:
    """One pass while the lease is held; None when another instance holds it."""
    if lease is not None and not lease.acquire():
        return None
    began_s = monotonic_s()
    progress.begin()
    with lease if lease is not None else contextlib.nullcontext():
        result = stage.run_pass(progress)
    if result.did_work:
        progress.rest(monotonic_s() - began_s, result.summary)
    else:
        progress.rest()
    return result


def _release(lease: Lease | None) -> None:
    if lease is not None:
        try:
            lease.release()
        except Unavailable as ex:
            _log.warning("lease_not_released", error=str(ex))


def _once(stage: Stage, lease: Lease | None, stop: threading.Event, progress: Progress) -> int:
    try:
        return _catch_up(stage, lease, stop, progress)
    finally:
        _release(lease)


def _catch_up(stage: Stage, lease: Lease | None, stop: threading.Event, progress: Progress) -> int:
    began_s = monotonic_s()
    totals: dict[str, Any] = {}
    try:
        while not stop.is_set():
            result = _pass(stage, lease, progress)
            if result is None:
                if monotonic_s() - began_s > STANDBY_LIMIT_S:
                    print(f"{stage.name}: not caught up: another instance is at work", file=sys.stderr)
                    return 1
                stop.wait(1.0)
                continue
            for name, value in result.summary.items():
                totals[name] = totals.get(name, 0) + value
            if not result.did_work:
                shown = ", ".join(f"{name} {value:,}" for name, value in totals.items()) or "nothing to do"
                print(f"{stage.name}: {shown} in {monotonic_s() - began_s:.1f} s")
                return 0
    except EmsError as ex:
        print(f"{stage.name}: not caught up: {ex}", file=sys.stderr)
        return 1
    except Stopped:
        pass
    print(f"{stage.name}: not caught up: it was asked to stop", file=sys.stderr)
    return 1


def _forever(
    stage: Stage,
    lease: Lease | None,
    telemetry_settings: TelemetrySettings,
    pause_s: float,
    stop: threading.Event,
    progress: Progress,
) -> int:
    telemetry = Telemetry(stage.name, telemetry_settings)
    telemetry.start()
    scheduler = schedule.Scheduler()
    failures = 0
    pause_after = pauses_s(1.0, 60.0)

    def one_pass() -> None:
        nonlocal failures
        began_s = monotonic_s()
        try:
            result = _pass(stage, lease, progress)
            progress.measure()
        except Stopped:
            return
        except Unavailable as ex:
            failures += 1
            telemetry.set_ready(False, str(ex))
            if failures == 1:
                _log.warning("stage_waits", stage=stage.name, error=str(ex))
            _PASSES.labels(stage.name, "unavailable").inc()
            stop.wait(pause_after(failures))
            return
        if failures:
            _log.info("stage_resumed", stage=stage.name, failed_passes=failures)
        failures = 0
        if result is None:
            telemetry.set_ready(True, "standing by: another instance is at work")
            return
        took_s = monotonic_s() - began_s
        telemetry.set_ready(True)
        _PASSES.labels(stage.name, "done").inc()
        _LAST_PASS.labels(stage.name).set(utc_now().timestamp())
        _PASS_SECONDS.labels(stage.name).set(took_s)
        if result.did_work:
            _log.info("pass_done", stage=stage.name, seconds=round(took_s, 2), **result.summary)

    scheduler.every(max(1, round(pause_s))).seconds.do(one_pass)
    one_pass()
    while not stop.is_set():
        scheduler.run_pending()
        stop.wait(min(1.0, max(0.05, scheduler.idle_seconds or 0.05)))
    _release(lease)
    telemetry.stop()
    return 0


def main_guard(main: Callable[[], int]) -> int:
    """Run a console script: settings that are not usable become one clear message and exit status 2."""
    try:
        return main()
    except BadSettings as ex:
        print(ex, file=sys.stderr)
        return 2
    except Unavailable as ex:
        print(f"not available: {ex}", file=sys.stderr)
        return 1
