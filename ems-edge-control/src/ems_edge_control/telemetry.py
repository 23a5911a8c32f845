"""Telemetry: once a second into the historical database, every cycle around events, never in the loop's way.

Values go through the disk spool, so an outage of the database – or of this process – loses nothing; what
waits is written when the database is back.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

import orjson
from ems_common import log
from ems_common.db import Databases
from ems_common.errors import EmsError
from ems_common.spool import MEBIBYTE

from ems_edge_control import metrics
from ems_edge_control.commands import ACK, LIST, Orders
from ems_edge_control.history import History
from ems_edge_control.kept_settings import KeptSettings
from ems_edge_control.loop import Loop, Moment
from ems_edge_control.persistence import Persistence
from ems_edge_control.realtime import TELEMETRY_RANK, favour_thread
from ems_edge_control.settings import EdgeSettings
from ems_edge_control.site_state import STATES
from ems_edge_control.snapshot import Figures, Page, widened
from ems_edge_control.targets import Targets

_log = log.get(__name__)
REDIS_KEY = "ems:edge:state"
BURST_BEFORE = 30
BURST_AFTER = 50
PUBLISH_EVERY_S = 0.5
MOST_ORDERS = 20


class Recorder:
    """Listens to the loop: keeps the figures of the last cycles, and marks bursts around events."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.newest: dict[str, float] = {}
        self.moment: Moment | None = None
        self.extra: Sequence[int] = ()
        self._recent: deque[tuple[int, dict[str, float], dict[int, float]]] = deque(maxlen=BURST_BEFORE)
        self.ready: deque[tuple[int, dict[str, float], dict[int, float]]] = deque(maxlen=100_000)
        self._burst_left = 0
        self._last_second = -1
        self._last_mark: tuple[str, str] = ("", "")

    def listen(self, moment: Moment) -> None:
        """Take a cycle; called in the loop's thread, so no more than a few microseconds."""
        figures = self.figures.read()
        get = self.figures.image.get
        extra = {h: v for h in self.extra if (v := get(h)) is not None}
        self.newest, self.moment = figures, moment
        time_ms = int(moment.time_utc.timestamp() * 1000)
        item = (time_ms, widened(figures, moment.state, STATES), extra)
        point = next(iter(moment.result.set_points.values()), None)
        mark = (moment.state, point.active_by if point is not None else "")
        if mark != self._last_mark and self._last_mark != ("", ""):
            self.ready.extend(self._recent)
            self._recent.clear()
            self._burst_left = BURST_AFTER
        self._last_mark = mark
        second = time_ms // 1000
        if self._burst_left > 0 or second != self._last_second:
            self.ready.append(item)
        else:
            self._recent.append(item)
        self._burst_left = max(0, self._burst_left - 1)
        self._last_second = second

    def take(self) -> list[tuple[int, dict[str, float], dict[int, float]]]:
        """What is to be stored, oldest first; called by the telemetry thread."""
        taken = []
        while self.ready:
            taken.append(self.ready.popleft())
        return taken


class TelemetryThread:
    """Twice a second: spool the history and publish the state; a second thread writes to the database."""

    def __init__(
        self,
        settings: EdgeSettings,
        loop: Loop,
        page: Page,
        recorder: Recorder,
        kept: KeptSettings | None = None,
    ) -> None:
        self.settings = settings
        self.loop = loop
        self.page = page
        self.recorder = recorder
        self.orders = Orders(loop, kept)
        self.dbs = Databases(settings.db)
        self.targets = Targets(self.dbs, settings.config, page.config.devices)
        self.shown: dict[str, Any] = {"state": "init", "nodes": []}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edge-telemetry", daemon=True)
        self._writer = threading.Thread(target=self._write_forever, name="edge-history", daemon=True)
        self._is_away = False
        self._redis: Any = None
        self._redis_away = False
        self.history = History(
            settings.folder,
            settings.spool_limit_mib * MEBIBYTE,
            self.dbs,
            loop.cycle.site.table.find,
            lambda: widened(recorder.figures.read(), "init", STATES),
        )
        recorder.extra = self.history.handles
        site = loop.cycle.site
        self.forecast = Persistence(site.outlook, site.config.zone, settings.folder / "past.json")

    def start(self) -> None:
        """Start both threads."""
        self._thread.start()
        self._writer.start()

    def stop(self) -> None:
        """Store the rest and end."""
        self._stop.set()
        self._thread.join(2.0)
        self._writer.join(2.0)
        self.history.spool.close()
        self.dbs.close()

    # -- publishing ---

    def _run(self) -> None:
        favour_thread(TELEMETRY_RANK, real_time=self.settings.real_time)
        while not self._stop.wait(PUBLISH_EVERY_S):
            self._stop.wait(self._until_quiet_s())
            self._once()
        self._once()

    def _until_quiet_s(self) -> float:
        """Time until right after the next cycle: threads share one lock, devices are read just before it."""
        left_s = self.loop.pace.next_s - self.loop.clock()
        cycle_s = self.loop.pace.cycle_s
        return left_s + 0.1 * cycle_s if 0 < left_s < 0.8 * cycle_s and cycle_s < PUBLISH_EVERY_S else 0.0

    def _once(self) -> None:
        self.shown = self.page.build(self.recorder.moment, self.recorder.newest)
        metrics.DEVICES_WELL.set(sum(d.health.is_well for d in self.page.devices.values()))
        self._publish()
        self._learn()
        try:
            self.history.keep(self.recorder.take())
        except OSError as ex:
            self._note_away(f"the spool takes nothing: {ex}")
        metrics.SPOOLED.set(len(self.history.spool))

    def _learn(self) -> None:
        """Let the forecast learn from the newest figures; production is negative outside the package."""
        figures = self.recorder.newest
        if figures:
            chargers_w = figures["charger_power_w"]
            used_w = figures["load_power_w"] + (chargers_w if math.isfinite(chargers_w) else 0.0)
            self.forecast.add(self.loop.clock_utc(), used_w, -figures["pv_power_w"])

    def _publish(self) -> None:
        if not self.settings.redis_url:
            return
        import redis

        try:
            if self._redis is None:
                self._redis = redis.Redis.from_url(str(self.settings.redis_url), socket_timeout=1.0)
            payload = orjson.dumps(self.shown)
            pipe = self._redis.pipeline(transaction=False)
            pipe.set(REDIS_KEY, payload, ex=10)
            pipe.publish(REDIS_KEY, payload)
            pipe.execute()
            self._take_orders()
            if self._redis_away:
                _log.info("redis_back")
            self._redis_away = False
        except (redis.RedisError, OSError) as ex:
            if not self._redis_away:
                _log.warning("redis_away", reason=str(ex))
            self._redis_away = True

    def _take_orders(self) -> None:
        """Carry out what waits, and answer.

        An order that nobody reads the answer of is forgotten in five minutes.
        """
        for raw in self._redis.lpop(LIST, MOST_ORDERS) or ():
            id, answer = self.orders.carry_out(raw)
            if id:
                self._redis.set(ACK + id, orjson.dumps(answer), ex=300)

    # -- history ---

    def _write_forever(self) -> None:
        pause_s = 0.5
        while not self._stop.wait(pause_s):
            try:
                self.targets.tell()
                if self.history.reload():
                    self.recorder.extra = self.history.handles
                while self.history.flush():
                    pass
                self._note_back()
                pause_s = 0.5
            except (EmsError, OSError) as ex:
                self._note_away(str(ex))
                pause_s = min(10.0, pause_s * 2)
        try:
            self.history.flush()
        except (EmsError, OSError) as ex:
            self._note_away(str(ex))

    def _note_away(self, reason: str) -> None:
        if not self._is_away:
            self._is_away = True
            _log.warning("history_away", reason=reason, waiting=len(self.history.spool))

    def _note_back(self) -> None:
        if self._is_away:
            self._is_away = False
            _log.info("history_back", waiting=len(self.history.spool))
