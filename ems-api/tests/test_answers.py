"""What is kept of answers and providers, without a database."""

from __future__ import annotations

import http.server
import io
import threading
import zipfile
from collections.abc import Iterator

import falcon
import pytest
from ems_api.answers import LARGEST_KEPT_BYTES, Answers
from ems_api.auth.oidc import Providers
from ems_api.errors import ApiError
from ems_api.settings import ApiSettings
from ems_api.site.archive import Faults, pack, unpack
from ems_api.versions import Versions
from ems_common.settings import load


@pytest.mark.parametrize(("length", "times"), [(10, 1), (LARGEST_KEPT_BYTES, 2)])
def test_an_answer_is_kept_unless_it_is_large(length: int, times: int) -> None:
    answers, made = Answers(Versions()), []

    def make() -> str:
        made.append(None)
        return "x" * length

    bodies = {answers.get("key", make, falcon.Response()).body for _ in range(2)}
    assert len(bodies) == 1
    assert len(made) == times
    assert (answers.peek("key") is None) == (times == 2)


class _Failing(http.server.BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_error(500)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def failing() -> Iterator[str]:
    """Address of an identity provider that is out of order."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Failing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_provider_that_is_away_is_not_asked_again_at_once(failing: str) -> None:
    providers = Providers(load(ApiSettings, {"EMS_DB_PASSWORD": "x", "EMS_OIDC_ISSUER": failing}).oidc)
    for _ in range(3):
        with pytest.raises(ApiError, match="SINGLE_SIGN_ON_IS_NOT_AVAILABLE"):
            providers.get()
    assert _Failing.asked == 1


def test_an_archive_that_was_damaged_on_its_way_is_a_fault_not_a_failure() -> None:
    sound = pack({})
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        offset = archive.infolist()[0].header_offset
    spoilt = bytearray(sound)
    begin = offset + 30 + len("manifest.json")
    spoilt[begin : begin + 8] = b"\xff" * 8
    faults = Faults()
    assert unpack(bytes(spoilt), faults) == {}
    assert faults.count == 1
