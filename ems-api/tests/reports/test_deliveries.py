"""Scheduled reports and mails, delivered by a real SMTP server process, and the processes that make them."""

from __future__ import annotations

import email
import email.policy
import os
import re
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pypdfium2
import pytest
import time_machine
from ems_api.auth.passwords import token_digest
from ems_api.jobs import job_store, mail, scheduler
from ems_api.jobs.main import Loop
from ems_api.jobs.worker import Worker
from ems_api.testing import Api
from ems_common.clock import utc_now
from ems_site.pytest_plugin import FreshDatabase

from .conftest import EAST, WEST, Site
from .jobs_kit import MONDAY, ORDER, WEEKLY, carry_out, order, state

pytestmark = pytest.mark.db


# Schedules and mails


@dataclass
class Smtp:
    """A running SMTP server that keeps what it gets."""

    port: int
    folder: Path
    ca_file: str

    def received(self) -> list[EmailMessage]:
        """The mails that came, the oldest first."""
        found = sorted((self.folder / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)  # type: ignore[misc]
            for path in found
        ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smtp]:
    """An SMTP server process that takes mails over STARTTLS only."""
    folder = tmp_path_factory.mktemp("smtp")
    cert, key, port = folder / "cert.pem", folder / "key.pem", free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    box = folder / "box"
    process = subprocess.Popen(
        [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "--tlscert", cert, "--tlskey", key,
         "-c", "aiosmtpd.handlers.Mailbox", box],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: listens(port))
    yield Smtp(port, box, str(cert))
    process.terminate()
    process.wait(10)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(happened: Callable[[], bool], within_s: float = 200.0) -> None:
    end_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end_s, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def server(site: Site, smtp: Smtp) -> Iterator[Smtp]:
    """The SMTP server, entered by an administrator."""
    enter(site, smtp.port)
    yield smtp
    with site.dbs.session("fdd_db") as session:
        session.execute("DELETE FROM tbl_email_servers")


def enter(site: Site, port: int, user: str = "", password: str = "") -> None:
    with site.dbs.session("fdd_db") as session:
        session.execute("DELETE FROM tbl_email_servers")
        session.execute(
            "INSERT INTO tbl_email_servers (host, port, requires_authentication, user_name, password, from_addr)"
            " VALUES ('127.0.0.1', %s, %s, %s, %s, 'ems@example.com')",
            (port, bool(user), user, b64encode(password.encode()).decode()),
        )


def schedule(api: Api, **changed: Any) -> dict[str, Any]:
    """Save a schedule."""
    answer = api.call("POST", "/v1/reportschedules", {**WEEKLY, **changed})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def next_try(site: Site) -> datetime:
    with site.dbs.session(job_store.DATABASE) as session:
        found: datetime = session.scalar("SELECT MAX(scheduled_datetime_utc) FROM tbl_email_messages")
    return found.replace(tzinfo=UTC)


def make_due(site: Site, found: dict[str, Any]) -> None:
    with site.dbs.session(job_store.DATABASE) as session:
        session.execute(
            "UPDATE tbl_report_schedules SET next_run_utc = '2025-03-31 05:00:00' WHERE uuid = %s",
            (found["id"],),
        )


def test_a_schedule_makes_one_job_a_time_and_mails_its_file(site: Site, server: Smtp) -> None:
    with time_machine.travel(MONDAY):
        made = schedule(site.api, recipients=["ann@example.com", "bob@example.com"])
        assert made["next_run"] == "2025-04-07T06:00:00+01:00"
        assert made["rhythm"] == "0 6 * * 1"
        make_due(site, made)
        services = site.api.services
        threads = [threading.Thread(target=scheduler.make_due_jobs, args=(services,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        jobs = site.api.get(f"/v1/reports?schedule={made['id']}")["jobs"]
        assert len(jobs) == 1
        carry_out(site)
        assert [one["status"] for one in state(site.api, jobs[0])["deliveries"]] == ["waiting", "waiting"]
        assert mail.send_waiting(site.dbs, server.ca_file) == 2
        assert mail.send_waiting(site.dbs, server.ca_file) == 0
    delivered = state(site.api, jobs[0])["deliveries"]
    assert [(one["recipient"], one["status"]) for one in delivered] == [
        ("ann@example.com", "sent"),
        ("bob@example.com", "sent"),
    ]
    first, second = server.received()
    assert {first["To"], second["To"]} == {"ann <ann@example.com>", "bob <bob@example.com>"}
    assert (first["Subject"], first["From"]) == ("Weekly energy", "ems@example.com")
    attached = next(first.iter_attachments())
    content = attached.get_content()
    assert content == site.api.call("GET", f"/v1/reports/{jobs[0]['id']}/download").content
    # The last full week has Friday, Saturday and Sunday: 24 + 24 + 23 hours of 0.5.
    assert "35.50" in pypdfium2.PdfDocument(content)[0].get_textpage().get_text_bounded()
    after = site.api.get(f"/v1/reportschedules/{made['id']}")
    assert (after["next_run"], after["last_error"]) == ("2025-04-07T06:00:00+01:00", None)
    assert site.api.call("DELETE", f"/v1/reportschedules/{made['id']}").status_code == 204


def test_a_mail_waits_for_its_server_with_growing_pauses_and_is_given_up_after_a_day(site: Site) -> None:
    closed = free_port()
    enter(site, closed)
    with time_machine.travel(MONDAY, tick=False) as clock:
        made = schedule(site.api, recipients=["ann@example.com"])
        assert site.api.call("POST", f"/v1/reportschedules/{made['id']}/run").status_code == 202
        carry_out(site)
        job = site.api.get(f"/v1/reports?schedule={made['id']}")["jobs"][0]
        pauses_min = []
        while state(site.api, job)["deliveries"][0]["status"] == "waiting":
            mail.send_waiting(site.dbs)
            next_utc = next_try(site)
            pauses_min.append(round((next_utc - utc_now()).total_seconds() / 60))
            clock.move_to(next_utc)
        delivery = state(site.api, job)["deliveries"][0]
    # After as long as it has waited already, at least a minute, at most an hour, until a day is over.
    assert pauses_min[:8] == [1, 1, 2, 4, 8, 16, 32, 60]
    assert 24 <= len(pauses_min) <= 32
    assert delivery["status"] == "failed"
    assert "127.0.0.1" in delivery["error"]
    site.api.call("DELETE", f"/v1/reportschedules/{made['id']}")


def test_a_schedule_that_fails_says_so_and_mails_its_owner(site: Site, server: Smtp, east: Api) -> None:
    sent = len(server.received())
    hidden = {**WEEKLY["order"], "entity": {"kind": "space", "id": WEST}}
    made = schedule(east, order=hidden, recipients=["eve@example.com"])
    assert east.call("POST", f"/v1/reportschedules/{made['id']}/run").status_code == 202
    carry_out(site)
    assert "API.SPACE_NOT_FOUND" in east.get(f"/v1/reportschedules/{made['id']}")["last_error"]
    assert mail.send_waiting(site.dbs, server.ca_file) == 1
    told = server.received()[sent]
    assert told["To"] == "Eve <eve@example.com>"
    assert "could not be made: what it is about does not exist any more" in told.get_content()
    assert site.api.call("GET", f"/v1/reportschedules/{made['id']}").status_code == 200
    assert east.call("DELETE", f"/v1/reportschedules/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    ("changed", "status", "key"),
    [
        ({"rhythm": "* * * * *"}, 422, "API.INVALID_RHYTHM"),
        ({"timezone": "Nowhere"}, 422, "API.INVALID_TIMEZONE"),
        ({"recipients": ["no address"]}, 422, "API.INVALID_RECIPIENTS"),
        ({"recipients": ["a@b.com\nBcc: c@d.com"]}, 422, "API.INVALID_RECIPIENTS"),
        ({"recipients": ["stranger@example.org"]}, 403, "API.INVALID_RECIPIENTS"),
        ({"order": ORDER}, 422, "API.INVALID_PERIOD"),
        ({"often": True}, 422, "API.INVALID_REPORT_SCHEDULE"),
        ({"is_enabled": 1}, 422, "API.INVALID_REPORT_SCHEDULE"),
    ],
)
def test_a_schedule_at_fault_is_refused(east: Api, changed: Any, status: int, key: str) -> None:
    order_of_east = {**WEEKLY["order"], "entity": {"kind": "space", "id": EAST}}
    answer = east.call("POST", "/v1/reportschedules", {**WEEKLY, "order": order_of_east, **changed})
    assert (answer.status_code, answer.json["description"]) == (status, key)


def test_a_password_is_not_sent_without_encryption(site: Site) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer, peer.makefile("rwb") as line:
                line.write(b"220 plain\r\n")
                line.flush()
                while data := line.readline():
                    heard.append(data)
                    line.write(
                        b"250-plain\r\n250 AUTH PLAIN LOGIN\r\n" if data[:4] == b"ehlo" else b"250 ok\r\n"
                    )
                    line.flush()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        server = mail.Server("127.0.0.1", listener.getsockname()[1], "user", "secret", "ems@example.com")
        with pytest.raises(mail.smtplib.SMTPNotSupportedError):
            mail.connect(server)
        thread.join(5)
    assert not any(b"AUTH" in data for data in heard)


def test_a_certificate_that_nobody_vouches_for_is_refused(smtp: Smtp) -> None:
    with pytest.raises(OSError, match="certificate"):
        mail.connect(mail.Server("127.0.0.1", smtp.port, "", "", "ems@example.com"))


def test_line_breaks_in_a_subject_add_no_head() -> None:
    nasty = mail.Mail(
        1, "Ann\r\nBcc: x@y.z", "ann@example.com", "Hi\r\nBcc: x@y.z", "text", None, None, MONDAY
    )
    made = mail.message(nasty, "ems@example.com")
    assert made["Bcc"] is None
    assert made["Subject"] == "Hi Bcc: x@y.z"


def test_verification_codes_are_sent_too(site: Site, server: Smtp) -> None:
    sent = len(server.received())
    asked = {"recipient_name": "new", "recipient_email": "new@example.com", "subject": "x", "message": "y"}
    assert site.api.call("POST", "/users/emailmessages", {"data": asked}).status_code == 201
    assert mail.send_waiting(site.dbs, server.ca_file) == 1
    assert "verification code" in server.received()[sent].get_content()


def test_old_files_are_cleared_away(site: Site) -> None:
    old, new = order(site.api, form="csv"), order(site.api, form="csv")
    carry_out(site)
    with site.dbs.session(job_store.DATABASE) as session:
        session.execute(
            "UPDATE tbl_report_jobs SET finished_utc = finished_utc - INTERVAL 31 DAY WHERE uuid = %s",
            (old["id"],),
        )
    assert scheduler.clear_away(site.api.services) >= 1
    assert site.api.call("GET", f"/v1/reports/{old['id']}").status_code == 404
    assert state(site.api, new)["status"] == "done"


def test_one_of_several_processes_sends_the_mails_and_each_carries_jobs_out(site: Site) -> None:
    jobs = [order(site.api, form="csv") for _ in range(2)]
    loop = Loop(site.api.services)
    assert loop.one_round()
    assert loop.one_round()
    assert not loop.one_round()
    assert {state(site.api, job)["status"] for job in jobs} == {"done"}


def test_work_goes_on_when_the_worker_process_is_killed(
    site: Site, server: Smtp, fresh_database_module: FreshDatabase, tmp_path: Path
) -> None:
    environ = {
        **os.environ,
        **fresh_database_module.environ,
        "EMS_VAR_DIR": str(tmp_path),
        "EMS_MAIL_CA_FILE": server.ca_file,
    }

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "ems_api.jobs.main"], env=environ)

    first = start()
    job = order(site.api, form="csv")
    wait_for(lambda: state(site.api, job)["status"] == "done")
    first.kill()
    first.wait()
    # Its lease is taken at once; the job it was at would be, when its time is over.
    sent = len(server.received())
    made = schedule(site.api, recipients=["ann@example.com"])
    make_due(site, made)
    second = start()
    try:
        wait_for(lambda: len(server.received()) > sent)
        job = site.api.get(f"/v1/reports?schedule={made['id']}")["jobs"][0]
        wait_for(lambda: state(site.api, job)["deliveries"][0]["status"] == "sent")
    finally:
        second.terminate()
        assert second.wait(20) == 0


def test_the_commands_of_the_documentation_run(site: Site, tmp_path: Path) -> None:
    """Every shell block of docs/report-files.md, in order, against the site over HTTP."""
    text = (Path(__file__).parents[3] / "docs" / "report-files.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    with site.dbs.session("user_db") as session:
        session.execute(
            "INSERT INTO tbl_api_keys (name, token, created_datetime_utc, expires_datetime_utc)"
            " VALUES ('docs', %s, '2025-01-01', '2050-01-01')",
            (token_digest("a key"),),
        )
    httpd = make_server("127.0.0.1", 0, site.api.client.app, handler_class=Quiet)
    stop = threading.Event()

    def work() -> None:
        worker = Worker(site.api.services)
        while not stop.wait(0.2):
            worker.run_one()

    threads = [threading.Thread(target=target, daemon=True) for target in (httpd.serve_forever, work)]
    for thread in threads:
        thread.start()
    environ = {**os.environ, "EMS": f"http://127.0.0.1:{httpd.server_port}/api/v1", "KEY": "a key"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    stop.set()
    httpd.shutdown()
    assert done.returncode == 0, done.stderr
    made = {path.suffix for path in tmp_path.iterdir()}
    assert made == {".xlsx", ".png", ".pdf"}


class Quiet(WSGIRequestHandler):
    """A server that does not talk."""

    def log_message(self, *_: Any) -> None:
        return
