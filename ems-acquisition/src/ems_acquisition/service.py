"""Starts, restarts and stops the tasks of the data sources as the configuration says."""

from __future__ import annotations

import asyncio
import contextlib
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from ems_common import log
from ems_common.clock import utc_now
from ems_common.db import Databases
from ems_common.errors import BadInput, Denied, Missing, Unavailable
from ems_common.live_feed import LiveFeed
from ems_common.spool import Spool
from ems_common.telemetry import Telemetry

from ems_acquisition import metrics, site, store
from ems_acquisition.intake import Intake
from ems_acquisition.setter import Setter
from ems_acquisition.settings import AcquisitionSettings
from ems_acquisition.site import Problem, Source
from ems_acquisition.source import SourceTask
from ems_acquisition.writer import Writer

_log = log.get(__name__)
_HEARTBEAT_S = 5.0


class Service:
    """The daemon.

    Args:
        settings: From the environment.
        dbs: The databases.
        telemetry: Told whether the work is being done.
    """

    def __init__(self, settings: AcquisitionSettings, dbs: Databases, telemetry: Telemetry) -> None:
        self._settings, self._dbs, self._telemetry = settings, dbs, telemetry
        spool = Spool(settings.folder / "spool", name="acquisition", limit_bytes=settings.spool_limit_bytes)
        self._writer = Writer(dbs, spool, LiveFeed(str(settings.redis_url)), settings.flush_s)
        self._tasks: dict[int, tuple[SourceTask, asyncio.Task[None]]] = {}
        self._reported: frozenset[Problem] = frozenset()
        self._seen: dict[int, datetime] = {}
        self._cache = settings.folder / "configuration.json"
        self._has_configuration = False
        self._setter = Setter(dbs, settings.gateway_id, settings.set_age_s, self._tasks)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set.

        Raises:
            Missing: The gateway is not in the database.
            Denied: The gateway's token is another one.
        """
        self._telemetry.add_page("/sources", self._states)
        self._writer.start()
        keeper = asyncio.create_task(self._keep_configured())
        heart = asyncio.create_task(self._beat())
        workers = [keeper, heart]
        if self._settings.set_age_s > 0:
            workers.append(asyncio.create_task(self._setter.run()))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({*workers, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*workers, stopped):
                task.cancel()
            await asyncio.gather(*workers[2:], return_exceptions=True)
            await asyncio.gather(*(self._stop(source_id) for source_id in list(self._tasks)))
            await asyncio.to_thread(self._writer.stop)
        for task in workers:
            if task.done() and not task.cancelled():
                task.result()

    def _states(self) -> list[dict[str, Any]]:
        return [task.state() for task, _ in list(self._tasks.values())]

    async def _keep_configured(self) -> None:
        while True:
            try:
                sources = await asyncio.to_thread(self._load)
            except Unavailable as ex:
                await self._start_from_cache(ex)
            else:
                await self._apply(sources)
            await asyncio.sleep(self._settings.reload_s if self._has_configuration else 1.0)

    def _load(self) -> tuple[Source, ...]:
        gateway = store.gateway(self._dbs, self._settings.gateway_id)
        if gateway is None:
            raise Missing(f"gateway {self._settings.gateway_id} (EMS_GATEWAY_ID) is not in tbl_gateways")
        token = str(self._settings.gateway_token)
        if token and token != gateway[1]:
            raise Denied(f"EMS_GATEWAY_TOKEN is not the token of gateway {self._settings.gateway_id}")
        sources, problems = site.build(*store.source_rows(self._dbs, self._settings.gateway_id))
        self._report(problems)
        return sources

    def _report(self, problems: tuple[Problem, ...]) -> None:
        metrics.PROBLEMS.set(len(problems))
        for problem in sorted(set(problems) - self._reported, key=lambda p: (p.entity, p.id)):
            _log.warning("configuration_refused", entity=problem.entity, id=problem.id, reason=problem.reason)
        self._reported = frozenset(problems)

    async def _start_from_cache(self, ex: Unavailable) -> None:
        """With the database away at the start, read what was read last time: no reading is lost."""
        if self._has_configuration or not self._cache.exists():
            return
        try:
            sources = msgspec.json.decode(self._cache.read_bytes(), type=tuple[Source, ...])
        except (msgspec.DecodeError, OSError) as fault:
            _log.warning("cached_configuration_unusable", path=str(self._cache), error=str(fault))
            return
        _log.warning("configuration_from_cache", sources=len(sources), error=str(ex))
        await self._apply(sources, from_cache=True)

    async def _apply(self, sources: tuple[Source, ...], *, from_cache: bool = False) -> None:
        """Make the running tasks those of `sources`."""
        wanted = {source.id: source for source in sources}
        running = {source_id: task.source for source_id, (task, _) in self._tasks.items()}
        if wanted == running:
            self._has_configuration = True
            return
        newest_ms: dict[int, int] | None = None
        if not from_cache:
            with contextlib.suppress(Unavailable):
                newest_ms = await asyncio.to_thread(store.newest_times_ms, self._dbs)
            await asyncio.to_thread(self._keep_copy, sources)
        for source_id in [key for key, source in running.items() if wanted.get(key) != source]:
            await self._stop(source_id)
        for source in sources:
            if source.id not in self._tasks:
                self._start(source, newest_ms)
        self._has_configuration = True
        _log.info("configured", sources=len(sources), points=sum(len(s.points) for s in sources))

    def _keep_copy(self, sources: tuple[Source, ...]) -> None:
        """Keep what a start without the database needs; a full disk must not keep sources from being read."""
        try:
            write_private(self._cache, msgspec.json.encode(sources))
        except OSError as ex:
            _log.error("configuration_not_cached", path=str(self._cache), error=str(ex))

    def _start(self, source: Source, newest_ms: dict[int, int] | None) -> None:
        try:
            polled = source.protocol != "mqtt"
            storage_s = site.timing(source).storage_s(polled=polled)
            intake = Intake(source, storage_s, newest_ms, self._settings.future_tolerance_s)
            task = SourceTask(source, intake, self._writer, f"ems-{self._settings.gateway_id}")
        except BadInput as ex:
            self._report((*self._reported, Problem("data_source", source.id, str(ex))))
            return
        running = asyncio.create_task(task.run(), name=f"source {source.id}")
        self._tasks[source.id] = (task, running)

    async def _stop(self, source_id: int) -> None:
        _task, running = self._tasks.pop(source_id)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def _beat(self) -> None:
        """Report who was seen; end the process when a part of it is broken."""
        while True:
            if self._writer.failure is not None:
                raise self._writer.failure
            for task, running in list(self._tasks.values()):
                if running.done() and not running.cancelled():
                    running.result()
                    raise RuntimeError(f"the task of source {task.source.id} ended")
            try:
                await asyncio.to_thread(self._mark_seen)
            except Unavailable:
                self._telemetry.set_ready(False, f"database away, {self._writer.backlog} batches spooled")
            else:
                away = self._writer.is_away
                reason = "database away, spooling" if away else "reading the configuration"
                self._telemetry.set_ready(self._has_configuration and not away, reason)
            await asyncio.sleep(_HEARTBEAT_S if self._has_configuration else 0.5)

    def _mark_seen(self) -> None:
        fresh = {
            task.source.id: task.last_good_utc
            for task, _ in list(self._tasks.values())
            if task.last_good_utc is not None and self._seen.get(task.source.id) != task.last_good_utc
        }
        store.mark_seen(self._dbs, self._settings.gateway_id, utc_now(), fresh, os.getpid())
        self._seen |= fresh


def write_private(path: Path, data: bytes) -> None:
    """Replace a file that only its owner may read: connections hold passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    fresh.replace(path)
