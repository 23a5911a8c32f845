"""The supervisor with real servers and small daemons: start, readiness, restart, stop, recovery."""

import http.client
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ems_site import children, left_overs, port_plan, ports, processes, state
from ems_site.announce import Announcer
from ems_site.errors import SiteError
from ems_site.plan import Daemon, Port, Step
from ems_site.pytest_plugin import FreshDatabase, RunningServer
from ems_site.settings import Layout, SiteSettings
from ems_site.supervisor import Plan, Supervisor

PYTHON = sys.executable
# A daemon with a health endpoint, as small as one can be.
DAEMON = textwrap.dedent(
    """
    import http.server, os
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers()
            self.wfile.write(b"{}")
    http.server.HTTPServer(("127.0.0.1", int(os.environ["EMS_METRICS_PORT"])), Handler).serve_forever()
    """
)


def counting(path: Path) -> tuple[str, ...]:
    """A command that notes each of its runs."""
    return PYTHON, "-c", f"open({str(path)!r}, 'a').write('x')"


def plan_of(folder: Path, **changes: object) -> Plan:
    rows: dict[str, object] = {
        "prepare": (Step("migrate", counting(folder / "migrated"), "migrating"),),
        "history": Step("history", counting(folder / "history-made"), "simulating", once=True),
        "catch_up": (Step("import", counting(folder / "imported"), "importing", once=True),),
        "daemons": (Daemon("echo", (PYTHON, "-c", DAEMON), ports.free_port()),),
        "has_dashboard": False,
    }
    return Plan(**(rows | changes))  # type: ignore[arg-type]


def fetch(site: Supervisor, path: str) -> tuple[Message, bytes]:
    connection = http.client.HTTPConnection(urlsplit(site.state.url).netloc, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        return answer.headers, answer.read()
    finally:
        connection.close()


def runs(path: Path) -> int:
    return len(path.read_text()) if path.exists() else 0


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    for name in ("ems-web", "ems-admin"):
        (tmp_path / "root" / name / "dist" / "assets").mkdir(parents=True)
        (tmp_path / "root" / name / "dist" / "index.html").write_text(f"<title>{name}</title>")
        (tmp_path / "root" / name / "dist" / "assets" / "app-123.js").write_text("x" * 2000)
    return Layout(var=tmp_path / "var", root=tmp_path / "root")


@pytest.fixture
def settings() -> SiteSettings:
    return SiteSettings(
        http_port=0,
        db_host="",
        redis_url="",
        mqtt_host="",
        demo_days=1,
        throw_away=True,
        ready_limit_s=20,
        http_host="127.0.0.1",
        var_dir=Path("unused"),
    )


@pytest.fixture
def site(settings: SiteSettings, layout: Layout, tmp_path: Path):
    supervisor = Supervisor(settings, layout, Announcer(), plan_of(tmp_path))
    yield supervisor
    supervisor.stop()


@pytest.mark.db
@pytest.mark.broker
def test_a_site_starts_serves_and_stops_leaving_no_process(site: Supervisor, layout: Layout, tmp_path: Path):
    site.start()

    assert state.read(layout.state_file).phase == state.READY  # type: ignore[union-attr]
    assert (runs(tmp_path / "migrated"), runs(tmp_path / "imported")) == (1, 1)
    pages = [fetch(site, path)[1].decode() for path in ("/deep/link", "/admin/x")]
    assert pages == ["<title>ems-web</title>", "<title>ems-admin</title>"]

    pids = [process["pid"] for process in site.state.processes.values()]
    assert len(pids) == 5
    site.stop()
    assert [pid for pid in pids if processes.reference(pid) is not None] == []
    assert left_overs.running(layout) == []


@pytest.mark.db
@pytest.mark.broker
def test_the_second_start_skips_what_the_first_completed(settings, layout: Layout, tmp_path: Path):
    for _ in range(2):
        supervisor = Supervisor(settings, layout, Announcer(), plan_of(tmp_path))
        try:
            supervisor.start()
        finally:
            supervisor.stop()
    assert runs(tmp_path / "migrated") == 2
    assert runs(tmp_path / "history-made") == 1
    assert runs(tmp_path / "imported") == 1


@pytest.mark.db
@pytest.mark.broker
def test_a_step_that_fails_says_why_and_is_done_again_the_next_time(settings, layout: Layout, tmp_path: Path):
    broken = Step(
        "import", (PYTHON, "-c", "import sys; sys.exit('the disk is full')"), "importing", once=True
    )
    first = Supervisor(settings, layout, Announcer(), plan_of(tmp_path, catch_up=(broken,)))
    try:
        with pytest.raises(SiteError, match="the disk is full"):
            first.start()
    finally:
        first.stop()
    second = Supervisor(settings, layout, Announcer(), plan_of(tmp_path))
    try:
        second.start()
    finally:
        second.stop()
    assert runs(tmp_path / "imported") == 1


@pytest.mark.db
@pytest.mark.broker
def test_a_killed_daemon_and_a_killed_server_come_back(site: Supervisor):
    site.start()
    keeper = threading.Thread(target=site._keep)
    keeper.start()
    before = dict(site.state.processes)
    for name in ("echo", "redis"):
        os.kill(before[name]["pid"], signal.SIGKILL)

    def are_back() -> bool:
        now = site.state.processes
        return site._not_ready() == {} and all(
            now[name]["pid"] not in (0, before[name]["pid"]) for name in ("echo", "redis")
        )

    came_back = processes.wait_until(are_back, 15.0)
    site._stop.set()
    keeper.join()
    assert came_back
    assert site.state.processes["echo"]["restarts"] == 1


@pytest.mark.db
@pytest.mark.broker
def test_a_daemon_that_does_not_stay_up_ends_the_start_with_its_words(
    settings, layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(children, "FIRST_PAUSE_S", 0.1)
    broken = Daemon("broken", (PYTHON, "-c", "import sys; sys.exit('no such table')"), ports.free_port())
    supervisor = Supervisor(settings, layout, Announcer(), plan_of(tmp_path, daemons=(broken,)))
    try:
        with pytest.raises(SiteError, match="no such table"):
            supervisor.start()
    finally:
        supervisor.stop()


@pytest.mark.db
@pytest.mark.broker
def test_a_killed_supervisor_leaves_nothing_the_next_start_does_not_clear(
    settings, layout: Layout, tmp_path: Path
):
    script = textwrap.dedent(
        f"""
        import sys, json
        from pathlib import Path
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_supervisor as t
        settings = t.SiteSettings(http_port=0, db_host="", redis_url="", mqtt_host="", demo_days=1, throw_away=True,
            ready_limit_s=20, http_host="127.0.0.1", var_dir=Path("unused"))
        layout = t.Layout(var=Path({str(layout.var)!r}), root=Path({str(layout.root)!r}))
        t.Supervisor(settings, layout, t.Announcer(), t.plan_of(Path({str(tmp_path)!r}))).run()
        """
    )
    first = subprocess.Popen([PYTHON, "-c", script])
    assert processes.wait_until(
        lambda: (s := state.read(layout.state_file)) is not None and s.phase == state.READY, 30.0
    )
    first.kill()
    first.wait()
    assert len(left_overs.running(layout)) == 5

    second = Supervisor(settings, layout, Announcer(), plan_of(tmp_path))
    try:
        second.start()
        assert runs(tmp_path / "imported") == 1
    finally:
        second.stop()
    assert left_overs.running(layout) == []


def test_a_taken_browser_port_is_named_with_the_way_out(settings: SiteSettings, layout: Layout):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        busy = SiteSettings(**{**settings.__dict__, "http_port": port})
        with pytest.raises(SiteError, match=f"port {port} is taken.*EMS_HTTP_PORT={port + 1} make demo"):
            port_plan.choose(busy, (), ports.Reservation())


def test_inner_ports_that_are_taken_move_without_colliding(
    settings: SiteSettings, monkeypatch: pytest.MonkeyPatch
):
    base = 42_000
    rows = (Port("one", base), Port("two", base + 1), Port("many", base + 2, span=5))
    monkeypatch.setattr(port_plan.plan, "PORTS", rows)
    others, ours = ports.Reservation(), ports.Reservation()
    try:
        assert others.hold(base)
        assert others.hold(base + 4)
        chosen = port_plan.choose(settings, (), ours)
    finally:
        others.give_back_all()
        ours.give_back_all()

    assert chosen["two"] == base + 1
    taken = [port for name in ("one", "two", "many") for port in port_plan.all_of(name, chosen)]
    assert len(set(taken)) == 7
    assert not {base, base + 4} & set(taken)


def test_two_sites_that_start_at_the_same_time_choose_different_ports(settings: SiteSettings):
    daemons = (Daemon("echo", (PYTHON,), 42_050),)
    first, second = ports.Reservation(), ports.Reservation()
    one, two = (port_plan.choose(settings, daemons, reservation) for reservation in (first, second))
    try:
        assert {port for name in one for port in port_plan.all_of(name, one)} & set(two.values()) == set()
        first.release(one["api"])
        assert ports.is_free(one["api"])
        assert not second.hold(one["api"]), "its server has not listened yet"
        assert not ports.is_free(one["redis"])
    finally:
        first.give_back_all()
        second.give_back_all()


@pytest.mark.db
@pytest.mark.broker
def test_headers_of_the_site(site: Supervisor):
    site.start()

    page, asset = fetch(site, "/")[0], fetch(site, "/admin/assets/app-123.js")[0]
    assert page["Cache-Control"] == "no-cache"
    assert page["Content-Security-Policy"].startswith("default-src 'self'")
    assert page["Server"] == "nginx"
    assert "immutable" in asset["Cache-Control"]
    assert asset["Content-Encoding"] == "gzip"


def test_state_and_credentials_survive_torn_files(layout: Layout):
    from ems_site import credentials

    layout.run.mkdir(parents=True)
    layout.state_file.write_text("{")
    layout.credentials_file.write_text("{")
    assert state.read(layout.state_file) is None
    made = credentials.load_or_make(layout.credentials_file)
    assert credentials.load_or_make(layout.credentials_file) == made
    assert layout.credentials_file.stat().st_mode & 0o777 == 0o600
    assert "".join(json.loads(layout.credentials_file.read_text()).values()) not in repr(made)
    assert time.time() > 0


@pytest.mark.db
@pytest.mark.broker
def test_servers_of_ones_own_are_used_instead_of_private_ones(
    layout: Layout, settings: SiteSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    fresh_database: FreshDatabase, mosquitto: RunningServer,
):  # fmt: skip
    given = fresh_database.environ | mosquitto.environ
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    own = SiteSettings(
        **{**settings.__dict__, "db_host": given["EMS_DB_HOST"], "mqtt_host": given["EMS_MQTT_HOST"]}
    )
    supervisor = Supervisor(own, layout, Announcer(), plan_of(tmp_path))
    try:
        supervisor.start()
        assert set(supervisor.servers) == {"redis", "nginx"}
        assert {name: supervisor.environ[name] for name in given} == given
    finally:
        supervisor.stop()
    assert runs(tmp_path / "imported") == 1
