"""`run`: the loop with its devices, telemetry and state, from start to a clean end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.db import Databases
from ems_common.telemetry import Telemetry

from ems_edge_control import kept_settings, metrics, tariff_feed
from ems_edge_control.config import EdgeConfig
from ems_edge_control.cycle import Cycle
from ems_edge_control.devices.device import Device
from ems_edge_control.devices.health import Pace
from ems_edge_control.devices.io import IoThread
from ems_edge_control.devices.turns import spread, steering
from ems_edge_control.kept_settings import KeptSettings
from ems_edge_control.loop import Loop, Moment
from ems_edge_control.memory import SAVE_EVERY_S, Memory
from ems_edge_control.realtime import LoopRank, Metronome, favour_process
from ems_edge_control.settings import EdgeSettings
from ems_edge_control.site import Site
from ems_edge_control.snapshot import Figures, Page
from ems_edge_control.tariff_feed import TariffFeed
from ems_edge_control.telemetry import Recorder, TelemetryThread

_log = log.get(__name__)
LOOK_EVERY_S = 0.25
HUNG_AFTER_S = 5.0
JUMP_S = 1.0
STOP_WITHIN_S = 4.0
READY_STATES = frozenset({"run", "degraded", "island"})


class Daemon:
    """Everything that runs, wired together.

    Args:
        settings: From the environment.
        config: The site file.

    Raises:
        BadSite: The site cannot be built.
    """

    def __init__(self, settings: EdgeSettings, config: EdgeConfig) -> None:
        self.settings = settings
        self.config = config
        self.site = Site(config.site)
        self.memory = Memory(settings.folder / "state.json", utc_now)
        self.clock = self.memory.clock()
        kept = KeptSettings(settings.folder / kept_settings.FILE, utc_now)
        changed = kept.apply(self.site)
        restored = self.memory.restore(self.site)
        self.cycle = Cycle(self.site, budget_s=config.budget_s)
        self.cycle.mode = config.mode
        pace = Pace(config.site.cycle_s)
        figures = Figures(self.site)
        self.recorder = Recorder(figures)
        self.devices: dict[str, Device] = {}
        metronome = Metronome(config.site.cycle_s)
        self.loop = Loop(
            self.cycle,
            config,
            self.devices,
            pace,
            self.clock,
            utc_now,
            sleep=metronome.wait,
            listener=self.recorder.listen,
            relax=metronome.release,
        )
        self.loop.rank = LoopRank(real_time=settings.real_time)
        self._make_devices(pace)
        self.io = IoThread(
            list(self.devices.values()),
            self.clock,
            silent_s=max(settings.silent_s, 3 * config.site.cycle_s),
            watch=self.loop.interrupt_slow_controller,
            real_time=settings.real_time,
        )
        self.loop.io = self.io
        self.page = Page(self.loop, config, self.devices, self.clock)
        self.history = TelemetryThread(settings, self.loop, self.page, self.recorder, kept)
        self.prices = self._make_prices()
        self.telemetry = Telemetry("edge-control", settings.telemetry)
        self.telemetry.add_page("/state", lambda: self.history.shown)
        self._crash: BaseException | None = None
        self._thread = threading.Thread(target=self._run_loop, name="edge-loop", daemon=True)
        self._stop = threading.Event()
        self._seen: Moment | None = None
        self._looks_in_vain = 0
        self._is_hung = False
        self._wall_offset_s = self._offset_s()
        if self.memory.was_cut_off:
            _log.warning("last_run_was_cut_off", away_s=round(self.memory.away_s, 1))
        away_s = round(self.memory.away_s, 1)
        _log.info("restored", controllers=restored, changed_settings=changed, away_s=away_s)

    def _make_devices(self, pace: Pace) -> None:
        table, image = self.site.table, self.site.image
        for item in self.config.devices:
            for place in item.reads:
                limit = place.rule.max_age_s if place.rule.max_age_s is not None else item.max_age_s
                entry = table.entries[table.handle(f"{item.component}/{place.channel}")]
                entry.channel = _with_age(entry.channel, max(limit, 3 * place.rule.every_s))
            self.devices[item.component] = Device(item, table, image, self.clock, pace, self.loop.written)
        spread(self.devices, steering(self.site, self.config.required))
        image.grow()
        metrics.DEVICES.set(len(self.devices))

    def _make_prices(self) -> TariffFeed | None:
        """The feed of prices, if the site file names a tariff."""
        options = tariff_feed.configured(self.site)
        if options is None:
            return None
        cache = self.settings.folder / "prices.json"
        zone = self.config.site.zone
        return TariffFeed(options, Databases(self.settings.db), self.site.outlook, zone, cache, utc_now)

    def run(self) -> int:
        """Run until a signal; the exit status."""
        favour_process()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        self.telemetry.start()
        self.io.start()
        self._thread.start()
        self.history.start()
        if self.prices is not None:
            self.prices.start()
        _notify("READY=1")
        saved_s = time.monotonic()
        while not self._stop.wait(LOOK_EVERY_S) and self._thread.is_alive() and self.io.is_alive:
            self._look_after()
            self._look_at_clock()
            if self._is_hung:
                break
            if time.monotonic() - saved_s >= SAVE_EVERY_S:
                saved_s = time.monotonic()
                self._save()
        return self._end()

    def _look_after(self) -> None:
        """Feed the process supervisor while the loop is alive, and say whether the work is done."""
        moment = self.loop.moment
        if moment is None:
            return
        self._looks_in_vain = self._looks_in_vain + 1 if moment is self._seen else 0
        self._seen = moment
        # Counted in own looks, not in seconds: after a pause of the whole process nobody hangs.
        in_vain_s = self._looks_in_vain * LOOK_EVERY_S
        if in_vain_s > max(HUNG_AFTER_S, 3 * self.config.site.cycle_s):
            self._is_hung = True
            _log.critical(
                "loop_hung", for_s=in_vain_s, action="devices are safe; the process ends to be restarted"
            )
        age_s = self.clock() - moment.now_s
        if age_s < max(1.0, 5 * self.config.site.cycle_s):
            _notify("WATCHDOG=1")
        state = moment.state
        reason = self.loop.machine.changes[-1].reason if self.loop.machine.changes else ""
        self.telemetry.set_ready(state in READY_STATES, f"{state}: {reason}" if reason else state)

    @staticmethod
    def _offset_s() -> float:
        return utc_now().timestamp() - monotonic_s()

    def _look_at_clock(self) -> None:
        """Say when somebody moved the wall clock; the loop does not care, schedules and histories do."""
        offset_s = self._offset_s()
        if abs(offset_s - self._wall_offset_s) > JUMP_S:
            _log.warning("wall_clock_jumped", by_s=round(offset_s - self._wall_offset_s, 1))
        self._wall_offset_s = offset_s

    def _save(self, *, ended: bool = False) -> None:
        """Let the loop encode its state between two cycles, and write it from here."""
        done = threading.Event()
        payload: list[bytes] = []

        def encode() -> None:
            payload.append(self.memory.encode(self.site, self.clock(), ended=ended))
            done.set()

        self.loop.tasks.append(encode)
        if done.wait(1.0):
            self.memory.save(payload[0])

    def _end(self) -> int:
        _notify("STOPPING=1")
        if self._thread.is_alive() and not self._is_hung:
            self._save(ended=True)
            self.loop.stop("the process was told to stop")
            self._thread.join(STOP_WITHIN_S - 1.5)
        is_cut_off = not self.io.is_alive
        self.io.stop(1.5)
        self.history.stop()
        if self.prices is not None:
            self.prices.stop()
        self.telemetry.stop()
        self.page.refresh()
        timing = self.page.build(self.loop.moment, self.recorder.newest).get("loop", {})
        _log.info("stopped", **{k: v for k, v in timing.items() if v is not None})
        return 1 if self._crash is not None or self._is_hung or is_cut_off else 0

    def _run_loop(self) -> None:
        try:
            self.loop.run()
        except BaseException as ex:
            self._crash = ex
            _log.exception("loop_crashed", action="devices go to their safe state")
            self._stop.set()


def _with_age(channel: Any, max_age_s: float) -> Any:
    from dataclasses import replace

    return replace(channel, max_age_s=max_age_s)


def _notify(message: str, environ: Mapping[str, str] | None = None) -> None:
    """Tell systemd, when it started us."""
    path = (os.environ if environ is None else environ).get("NOTIFY_SOCKET", "")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.connect(address)
        channel.send(message.encode())
