"""Ordered and saved reports, carried out by real workers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pytest
import time_machine
from ems_api.jobs import job_store
from ems_api.jobs.worker import MOST_ATTEMPTS, Worker
from ems_api.testing import Api
from ems_api.versions import ACCOUNTS

from .conftest import CAMPUS, EAST, THREE_DAYS, WEST, Site
from .jobs_kit import MONDAY, ORDER, carry_out, numbers, order, state

pytestmark = pytest.mark.db


def test_a_job_is_carried_out_and_its_file_downloaded(site: Site) -> None:
    job = order(site.api)
    assert (job["status"], job["progress_pct"], job["file"]) == ("queued", 0, None)
    early = site.api.call("GET", f"/v1/reports/{job['id']}/download")
    assert (early.status_code, early.json["description"]) == (409, "API.REPORT_JOB_IS_NOT_DONE")
    carry_out(site)
    done = state(site.api, job)
    assert (done["status"], done["progress_pct"], done["error"]) == ("done", 100, None)
    file = site.api.call("GET", done["file"]["href"])
    assert len(file.content) == done["file"]["bytes"]
    # 2 kWh in each of 71 hours, 46 kWh on the day of 23 hours.
    assert {142, 46} <= numbers(file.content)
    assert done["id"] in [listed["id"] for listed in site.api.get("/v1/reports")["jobs"]]
    assert site.api.call("DELETE", f"/v1/reports/{job['id']}").status_code == 204
    assert site.api.call("GET", f"/v1/reports/{job['id']}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "status", "key"),
    [
        ({"report": "nothing"}, 404, "API.REPORT_NOT_FOUND"),
        ({"form": "docx"}, 422, "API.INVALID_FORM"),
        ({"speed": "high"}, 422, "API.INVALID_REPORT_ORDER"),
        ({"document": "x"}, 422, "API.INVALID_REPORT_ORDER"),
        ({"period": "some_day"}, 422, "API.INVALID_PERIOD"),
        ({"timezone": "Mars/Olympus", "period": "today"}, 422, "API.INVALID_TIMEZONE"),
        ({"parameters": {"spaceid": "one", **THREE_DAYS}}, 422, "API.INVALID_SPACE_ID"),
        ({"parameters": {"spaceid": {"$gt": 0}}}, 422, "API.INVALID_REPORT_ORDER"),
        ({"entity": {"kind": "castle", "id": 1}}, 422, "API.INVALID_ENTITY"),
    ],
)
def test_an_order_at_fault_is_refused_at_once(site: Site, changed: Any, status: int, key: str) -> None:
    answer = site.api.call("POST", "/v1/reports", {**ORDER, **changed})
    assert (answer.status_code, answer.json["description"]) == (status, key)
    assert answer.json["detail"]


def test_a_job_that_fails_says_why(site: Site) -> None:
    job = order(site.api, parameters={**ORDER["parameters"], "spaceid": 77})
    carry_out(site)
    failed = state(site.api, job)
    assert (failed["status"], failed["error"]["description"]) == ("failed", "API.SPACE_NOT_FOUND")


def test_a_cancelled_job_is_not_carried_out_and_cannot_be_cancelled_twice(site: Site) -> None:
    job = order(site.api)
    assert site.api.call("POST", f"/v1/reports/{job['id']}/cancel").json["status"] == "cancelled"
    again = site.api.call("POST", f"/v1/reports/{job['id']}/cancel")
    assert (again.status_code, again.json["description"]) == (409, "API.REPORT_JOB_HAS_ENDED")
    carry_out(site)
    assert state(site.api, job)["status"] == "cancelled"


def test_each_job_is_taken_by_one_of_several_workers(site: Site) -> None:
    jobs = [order(site.api, form="csv") for _ in range(6)]
    taken: list[str] = []

    def work() -> None:
        worker = Worker(site.api.services)
        while (outcome := worker.run_one()) is not None:
            taken.append(outcome.job.uuid)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(job["id"] for job in jobs)


def test_a_job_whose_worker_died_is_taken_up_again_but_not_for_ever(site: Site) -> None:
    job = order(site.api, form="csv")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claimed = job_store.claim(site.dbs, "dead worker", 60)
        assert claimed is not None
        assert claimed.attempts == attempt
        with site.dbs.session(job_store.DATABASE) as session:
            session.execute(
                "UPDATE tbl_report_jobs SET until_utc = '2020-01-01' WHERE id = %s", (claimed.id,)
            )
            returned = job_store.return_abandoned(session, MOST_ATTEMPTS)
        assert returned == ((1, 0) if attempt < MOST_ATTEMPTS else (0, 1))
    assert state(site.api, job)["error"]["description"] == "API.REPORT_JOB_ABANDONED"


def test_a_worker_that_was_too_slow_stores_nothing(site: Site) -> None:
    job = order(site.api, form="csv")
    slow = job_store.claim(site.dbs, "slow", 60)
    assert slow is not None
    with site.dbs.session(job_store.DATABASE) as session:
        session.execute("UPDATE tbl_report_jobs SET holder = 'quick' WHERE id = %s", (slow.id,))
        assert not job_store.finish(session, slow.id, "slow", job_store.Made("a", "b", b"c"))
        assert job_store.finish(session, slow.id, "quick", job_store.Made("a", "text/plain", b"good"))
    assert site.api.call("GET", f"/v1/reports/{job['id']}/download").content == b"good"


def test_a_large_file_is_stored_in_pieces_and_streamed(site: Site) -> None:
    job = order(site.api, form="csv")
    claimed = job_store.claim(site.dbs, "w", 60)
    assert claimed is not None
    content = os.urandom(2 * job_store.PIECE_BYTES + 17)
    with site.dbs.session(job_store.DATABASE) as session:
        job_store.finish(session, claimed.id, "w", job_store.Made("größe.bin", "application/x", content))
    answer = site.api.call("GET", f"/v1/reports/{job['id']}/download")
    assert answer.content == content
    assert "filename*=UTF-8''gr%C3%B6%C3%9Fe.bin" in answer.headers["content-disposition"]


def test_jobs_are_their_owners_alone_and_show_what_he_may_see_when_they_run(site: Site, east: Api) -> None:
    foreign = order(site.api)
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/download"), ("POST", "/cancel")):
        answer = east.call(method, f"/v1/reports/{foreign['id']}{path}")
        assert answer.status_code == 404
    mine = order(east, parameters={**ORDER["parameters"], "spaceid": EAST}, form="xlsx")
    hidden = order(east, parameters={**ORDER["parameters"], "spaceid": WEST})
    revoked = order(east, parameters={**ORDER["parameters"], "spaceid": EAST})
    worker = Worker(site.api.services)
    for _ in range(3):
        worker.run_one()
    with site.dbs.session("user_db") as session:
        session.execute(
            "UPDATE tbl_privileges SET data = %s WHERE name = 'east'", (f'{{"spaces": [{WEST}]}}',)
        )
    carry_out(site)
    with site.dbs.session("user_db") as session:
        session.execute(
            "UPDATE tbl_privileges SET data = %s WHERE name = 'east'", (f'{{"spaces": [{EAST}]}}',)
        )
    # 1.5 kWh in each of 71 hours.
    assert 106.5 in numbers(east.call("GET", f"/v1/reports/{mine['id']}/download").content)
    assert state(east, hidden)["error"]["description"] == "API.SPACE_NOT_FOUND"
    assert state(east, revoked)["error"]["description"] == "API.SPACE_NOT_FOUND"
    assert {job["owner"] for job in east.get("/v1/reports?all=true")["jobs"]} == {mine["owner"]}
    assert len({job["owner"] for job in site.api.get("/v1/reports?all=true")["jobs"]}) == 2


def test_nobody_can_queue_more_than_his_share(site: Site, east: Api) -> None:
    last = None
    for _ in range(21):
        last = east.call("POST", "/v1/reports", {**ORDER, "parameters": {"spaceid": EAST, **THREE_DAYS}})
    assert last is not None
    assert (last.status_code, last.json["description"]) == (429, "API.TOO_MANY_REPORT_JOBS")
    for job in east.get("/v1/reports?limit=200")["jobs"]:
        east.call("DELETE", f"/v1/reports/{job['id']}")
    assert east.get("/v1/reports")["jobs"] == []


def test_a_privilege_for_reports_of_energy_gives_none_of_cost(site: Site, east: Api) -> None:
    energy_only = json.dumps({"spaces": [EAST], "permissions": {"energy-reports": ["read", "export"]}})
    cost = {"report": "cost", "entity": {"kind": "space", "id": EAST}, "period": "last_month"}
    query = {"spaceid": str(EAST), "periodtype": "daily", **THREE_DAYS}
    early = order(east, **{**cost, "parameters": {}})
    with site.dbs.session("user_db") as session:
        session.execute("UPDATE tbl_privileges SET data = %s WHERE name = 'east'", (energy_only,))
    site.api.services.versions.change(ACCOUNTS)
    try:
        assert east.call("GET", "/v1/reports/spaceenergycategory.csv", params=query).status_code == 200
        assert east.call("GET", "/v1/reports/spacecost.csv", params=query).status_code == 403
        assert east.call("POST", "/v1/reports", cost).status_code == 403
        block = {"name": "Letter", "blocks": [cost]}
        assert east.call("POST", "/v1/reportdocuments", block).status_code == 403
        # What was ordered before is refused when it runs.
        carry_out(site)
        assert state(east, early)["error"]["description"] == "API.INVALID_PRIVILEGE"
    finally:
        with site.dbs.session("user_db") as session:
            session.execute(
                "UPDATE tbl_privileges SET data = %s WHERE name = 'east'", (f'{{"spaces": [{EAST}]}}',)
            )
        site.api.services.versions.change(ACCOUNTS)


# Saved documents

DOCUMENT: dict[str, Any] = {
    "name": "Monthly letter",
    "subtitle": "For the board",
    "period": "last_7_days",
    "compare": "previous",
    "blocks": [
        {"title": "Dear board", "text": "This is what we used.\n\nWith kind regards <b>&amp;"},
        {"report": "energycategory", "entity": {"kind": "space", "id": CAMPUS}, "show": ["kpi", "chart"],
         "table": "details"},
        {"report": "cost", "entity": {"kind": "space", "id": CAMPUS}, "show": ["table"], "table": "summary",
         "period": "yesterday"},
    ],
}  # fmt: skip


@pytest.fixture
def document(site: Site) -> Iterator[str]:
    """A saved document; its UUID."""
    answer = site.api.call("POST", "/v1/reportdocuments", DOCUMENT)
    assert answer.status_code == 201, answer.text
    yield str(answer.json["id"])
    site.api.call("DELETE", answer.headers["location"])


def test_a_saved_document_shows_its_blocks_in_every_form(site: Site, document: str) -> None:
    with time_machine.travel(MONDAY):
        shown = site.api.get(f"/v1/reportdocuments/{document}.json")
        text, figures, chart, table = (
            next(block for block in shown["blocks"] if match(block))
            for match in (
                lambda block: block["title"] == "Dear board",
                lambda block: block["kind"] == "figures",
                lambda block: block.get("key") == "details",
                lambda block: block.get("key") == "summary",
            )
        )
        assert text["text"].startswith("This is what we used.")
        # Friday, Saturday and Sunday of the seven days have values: 24 + 24 + 23 hours of 2 kWh.
        assert figures["items"][0]["value"] == 142
        assert (chart["has_rows"], len(chart["charts"])) == (False, 1)
        # Yesterday had 23 hours of 0.5.
        assert (table["has_rows"], table["charts"]) == (True, [])
        assert 11.5 in table["columns"][2]["values"]
        made = site.api.call("GET", f"/v1/reportdocuments/{document}.pdf?language=de")
        page = pypdfium2.PdfDocument(made.content)[0].get_textpage().get_text_bounded()
        assert "With kind regards <b>&amp;" in page
        assert "Berichtszeitraum" in page
        assert 142 in numbers(site.api.call("GET", f"/v1/reportdocuments/{document}.xlsx").content)


def test_documents_are_changed_shared_and_removed_by_their_owners(
    site: Site, east: Api, document: str
) -> None:
    assert east.call("GET", f"/v1/reportdocuments/{document}").status_code == 404
    changed = site.api.call(
        "PUT", f"/v1/reportdocuments/{document}", {**DOCUMENT, "name": "Shared", "is_shared": True}
    )
    assert (changed.status_code, changed.json["name"]) == (200, "Shared")
    assert [saved["name"] for saved in east.get("/v1/reportdocuments")["documents"]] == ["Shared"]
    # What a shared document shows is what its reader may see.
    assert east.call("GET", f"/v1/reportdocuments/{document}.pdf").status_code == 404
    assert east.call("PUT", f"/v1/reportdocuments/{document}", DOCUMENT).status_code == 403
    assert east.call("DELETE", f"/v1/reportdocuments/{document}").status_code == 403
    assert site.api.call("DELETE", f"/v1/reportdocuments/{document}").status_code == 204
    assert site.api.call("GET", f"/v1/reportdocuments/{document}").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"blocks": []},
        {"blocks": [{"title": "nothing"}]},
        {"blocks": [{"text": "x", "kind": "video"}]},
        {"blocks": [{"report": "nothing", "period": "today"}]},
        {"blocks": [{"report": "spacecost", "parameters": {"spaceid": 1}}], "period": ""},
        {"blocks": [{"text": "x"}] * 41},
        {"is_shared": "yes"},
    ],
)
def test_a_document_at_fault_is_not_saved(site: Site, changed: dict[str, Any]) -> None:
    answer = site.api.call("POST", "/v1/reportdocuments", {**DOCUMENT, **changed})
    assert answer.status_code in {404, 422}
    assert site.api.get("/v1/reportdocuments")["documents"] == []
