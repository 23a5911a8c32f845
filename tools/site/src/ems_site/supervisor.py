"""Brings a site up, keeps it up, and takes it down.

Order: private servers → databases and demo rows, beside them the simulated past → on the first start the
past goes through the pipeline → daemons and nginx → ready when all health endpoints are green and the
first dashboard has figures. Whatever an earlier run left behind is stopped first.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ems_site import credentials, health, left_overs, plan, port_plan, ports, processes, state
from ems_site.announce import Announcer
from ems_site.children import Child, limit_log
from ems_site.errors import SiteError, Stopped
from ems_site.servers import MariaDb, Mosquitto, Nginx, Redis, Routes, Server
from ems_site.servers.base import MissingProgram, write_private
from ems_site.settings import Layout, SiteSettings, own_environ
from ems_site.steps import Steps

WATCH_EVERY_S = 0.2
LIMIT_LOGS_EVERY_S = 60.0
# Ends before it was ever ready, after which starting it again is no use.
MOST_EARLY_RESTARTS = 3


@dataclass(frozen=True)
class Plan:
    """What to run; the rows of `ems_site.plan` unless a test brings its own.

    Attributes:
        prepare: Steps before all else.
        history: Step that makes the past, beside them.
        catch_up: Steps that bring the past through the pipeline.
        daemons: What is kept running.
        has_dashboard: Whether ready means that the first dashboard has figures.
    """

    prepare: tuple[plan.Step, ...] = plan.PREPARE
    history: plan.Step | None = plan.HISTORY
    catch_up: tuple[plan.Step, ...] = plan.CATCH_UP
    daemons: tuple[plan.Daemon, ...] = plan.DAEMONS
    has_dashboard: bool = True


class Supervisor:
    """One site.

    Args:
        settings: What the person chose.
        layout: Where everything lies.
        announcer: Where progress goes.
        what: What to run.
    """

    def __init__(
        self,
        settings: SiteSettings,
        layout: Layout,
        announcer: Announcer,
        what: Plan | None = None,
    ) -> None:
        """Declare a site; nothing is started."""
        self.settings = settings
        self.layout = layout
        self.announce = announcer
        self.what = what or Plan()
        self.state = state.State()
        self.environ: dict[str, str] = {}
        self.servers: dict[str, Server] = {}
        self.children: dict[str, Child] = {}
        self._stop = threading.Event()
        self._reservation = ports.Reservation()

    # ------------------------------------------------------------------ life

    def run(self, on_ready: Callable[[], None] | None = None) -> int:
        """Bring the site up and keep it up until a signal; returns the exit status."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())
        try:
            self.start()
            if on_ready is not None:
                on_ready()
            self._keep()
        except Stopped:
            self.announce.say("stopping before it was ready")
        except (SiteError, MissingProgram, processes.StartFailure) as ex:
            self._fail(str(ex))
            return 1
        finally:
            self.stop()
        return 0

    def start(self) -> None:
        """Bring the site up; returns when it is ready.

        Raises:
            SiteError: It cannot come up; the message says what to do.
            Stopped: A signal came first.
        """
        self._note(state.STARTING)
        processes.write_pid_file(self.layout.supervisor_pid_file, processes.this_process())
        left_overs.stop(self.layout, self.announce.say)
        self._declare()
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="start") as pool:
            past = pool.submit(self._steps.make_history, self.what.history, self.what.catch_up)
            try:
                self._start_servers([name for name in self.servers if name != "nginx"])
                self._steps.run(self.what.prepare)
            except BaseException:
                self._stop.set()  # the simulation of the past need not go on
                raise
            past.result()
        self._steps.run(self.what.catch_up)
        self._start_daemons()
        self._start_servers(["nginx"])
        self._wait_until_ready()
        self.state.seconds = round(self.announce.elapsed_s, 1)
        self._note(state.READY)

    def prepare(self) -> None:
        """Do all steps against servers that others run, and start nothing (for containers).

        Raises:
            SiteError: A step failed.
        """
        self.environ = own_environ() | {"EMS_VAR_DIR": str(self.layout.var)}
        self.layout.run.mkdir(parents=True, exist_ok=True)
        self._steps.run(self.what.prepare)
        self._steps.make_history(self.what.history, self.what.catch_up)
        self._steps.run(self.what.catch_up)

    def stop(self) -> None:
        """Take everything down: what talks to people first, what holds data last."""
        self._stop.set()
        self._reservation.give_back_all()
        if self.state.phase not in {state.FAILED, state.STOPPED}:
            self._note(state.STOPPING)
        self._stop_servers(["nginx"])
        with ThreadPoolExecutor(max_workers=16) as pool:
            done = list(pool.map(lambda child: (child.name, child.stop()), self.children.values()))
        for name, politely in done:
            if not politely:
                self.announce.say(f"{name} did not stop in time and was killed")
        self._stop_servers([name for name in self.servers if name != "nginx"])
        self.layout.supervisor_pid_file.unlink(missing_ok=True)
        if self.state.phase != state.FAILED:
            self._note(state.STOPPED)

    # ----------------------------------------------------------------- parts

    def _declare(self) -> None:
        """Choose ports, make passwords, and put the environment of all services together."""
        for folder in (self.layout.logs, self.layout.run, self.layout.servers):
            folder.mkdir(parents=True, exist_ok=True)
        secret = credentials.load_or_make(self.layout.credentials_file, own_environ())
        chosen = self.state.ports = port_plan.choose(self.settings, self.what.daemons, self._reservation)
        folder = self.layout.servers
        if not self.settings.db_host:
            self.servers["mariadb"] = MariaDb(
                folder / "mariadb",
                chosen["mariadb"],
                fast=self.settings.throw_away,
                password=secret.database,
                prefix=own_environ().get("EMS_DB_PREFIX") or "myems_",
            )
        if not self.settings.redis_url:
            self.servers["redis"] = Redis(folder / "redis", chosen["redis"], password=secret.redis)
        if not self.settings.mqtt_host:
            self.servers["mosquitto"] = Mosquitto(folder / "mosquitto", chosen["mosquitto"])
        routes = Routes(self.layout.front_end("ems-web"), self.layout.front_end("ems-admin"), chosen["api"])
        nginx = Nginx(folder / "nginx", routes, chosen["http"], host=self.settings.http_host)
        self.state.url = nginx.url
        self.environ = own_environ() | secret.environ | {"EMS_VAR_DIR": str(self.layout.var)}
        for server in self.servers.values():
            self.environ |= server.environ
        self.servers["nginx"] = nginx
        self.environ |= {
            port.variable: str(chosen[port.name]) for port in plan.PORTS if port.variable is not None
        }
        self._write_environ_file()

    def _write_environ_file(self) -> None:
        ours = sorted((name, value) for name, value in self.environ.items() if name.startswith("EMS_"))
        text = "".join(f"{name}='{value}'\n" for name, value in ours)
        write_private(self.layout.environ_file, text)

    def _start_servers(self, names: Iterable[str]) -> None:
        wanted = [self.servers[name] for name in names]
        if not wanted:
            return
        self._check_stop()
        for server in wanted:
            self._reservation.release(server.port)
        title = "starting " + ", ".join(server.name for server in wanted)
        with self.announce.step(title), ThreadPoolExecutor(max_workers=4) as pool:
            for _ in pool.map(lambda server: server.start(), wanted):
                self.announce.remind()

    def _stop_servers(self, names: Iterable[str]) -> None:
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda name: self.servers[name].stop(), [n for n in names if n in self.servers]))

    @property
    def _steps(self) -> Steps:
        return Steps(self.settings, self.layout, self.announce, self.environ, self._stop)

    def _start_daemons(self) -> None:
        self._check_stop()
        with self.announce.step("starting " + ", ".join(daemon.name for daemon in self.what.daemons)):
            for daemon in self.what.daemons:
                quarters = str(max(1, self.settings.demo_days * 3 // 4))
                wishes = {name: text.replace("{three_quarters}", quarters) for name, text in daemon.wishes}
                environ = wishes | self.environ | port_plan.fill(daemon.extra, self.state.ports)
                environ["EMS_METRICS_PORT"] = str(self.state.ports[port_plan.metrics_port(daemon)])
                child = Child(
                    daemon.name,
                    self._steps.command(daemon.command),
                    environ,
                    self.layout.root,
                    self.layout.logs / f"{daemon.name}.log",
                    self.layout.run / f"{daemon.name}.pid.json",
                )
                limit_log(child.log_path, 0)
                for name in (port_plan.metrics_port(daemon), *daemon.listens):
                    for port in port_plan.all_of(name, self.state.ports):
                        self._reservation.release(port)
                self.children[daemon.name] = child
                child.start()

    # ------------------------------------------------------------- readiness

    def _wait_until_ready(self) -> None:
        """Wait for all health endpoints, then for the first dashboard.

        Raises:
            SiteError: Not within the limit, or a daemon ends again and again.
            Stopped: A signal came first.
        """
        end_s = time.monotonic() + self.settings.ready_limit_s
        with self.announce.step("waiting until all services are ready"):
            for _ in self._until(end_s):
                waiting = self._not_ready()
                if not waiting:
                    break
                self.announce.remind("; ".join(f"{name}: {why}" for name, why in waiting.items()))
            else:
                listed = "; ".join(f"{name}: {why}" for name, why in self._not_ready().items())
                raise SiteError(f"not ready after {self.settings.ready_limit_s} s – {listed}")
        if not self.what.has_dashboard:
            return
        why = ""
        with self.announce.step("opening the first dashboard"):
            for _ in self._until(end_s):
                try:
                    health.first_dashboard(
                        self.state.url, plan.ADMIN, self.environ["EMS_DEMO_ADMIN_PASSWORD"], datetime.now(UTC)
                    )
                    return
                except health.NotReady as ex:
                    why = str(ex)
                self.announce.remind(why)
        raise SiteError(f"the first dashboard is not there after {self.settings.ready_limit_s} s – {why}")

    def _until(self, end_s: float) -> Iterator[None]:
        """Loop with a pause until a time, watching the daemons."""
        while time.monotonic() < end_s:
            yield
            self._check_stop()
            self._watch()
            for child in self.children.values():
                if child.restarts >= MOST_EARLY_RESTARTS:
                    tail = processes.log_tail(child.log_path)
                    raise SiteError(f"{child.name} does not stay up ({child.log_path}):\n{tail}")
            self._stop.wait(WATCH_EVERY_S)

    def _not_ready(self) -> dict[str, str]:
        waiting = {}
        for daemon in self.what.daemons:
            child = self.children.get(daemon.name)
            if child is not None and not child.is_running:
                waiting[daemon.name] = "ended, will be started again"
                continue
            is_ready, why = health.ready(self.state.ports[port_plan.metrics_port(daemon)])
            if not is_ready:
                waiting[daemon.name] = why
        return waiting

    # ----------------------------------------------------------------- watch

    def _keep(self) -> None:
        """Watch servers and daemons until a signal."""
        limit_logs_s = time.monotonic() + LIMIT_LOGS_EVERY_S
        while not self._stop.wait(WATCH_EVERY_S):
            self._watch()
            if time.monotonic() >= limit_logs_s:
                limit_logs_s += LIMIT_LOGS_EVERY_S
                for child in self.children.values():
                    child.limit_log()
        self.announce.say("stopping")

    def _watch(self) -> None:
        changed = False
        for server in self.servers.values():
            if server.has_ended:
                self.announce.say(f"{server.name} has ended; starting it again (see {server.log_path})")
                with self._tolerated(server.name):
                    server.start()
                changed = True
        for child in self.children.values():
            before = child.pid
            child.watch(self.announce.say)
            changed = changed or child.pid != before
        if changed:
            self._note(self.state.phase)

    @contextmanager
    def _tolerated(self, name: str) -> Iterator[None]:
        """A server that does not come back at once is tried again at the next look, a second later."""
        try:
            yield
        except processes.StartFailure as ex:
            self.announce.say(f"{name} does not come back: {str(ex).splitlines()[0]}")
            self._stop.wait(1.0)

    # ------------------------------------------------------------------ small

    def _note(self, phase: str) -> None:
        self.state.phase = phase
        self.state.processes = {
            name: {"pid": child.pid, "restarts": child.restarts} for name, child in self.children.items()
        } | {
            name: {"pid": server.process.pid, "restarts": 0}
            for name, server in self.servers.items()
            if server.process is not None
        }
        self.state.write(self.layout.state_file)

    def _fail(self, message: str) -> None:
        self.state.message = message
        self._note(state.FAILED)
        self.announce.say(f"FAILED: {message}")

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise Stopped
