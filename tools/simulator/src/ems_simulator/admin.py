"""The control page over HTTP, on loop-back only: ``GET /state``, ``GET /truth``, ``POST /control``."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ems_common import log
from ems_common.errors import BadInput, Missing, Unavailable

_log = log.get(__name__)
_LONGEST_BODY = 64 * 1024
_ANSWER_LIMIT_S = 5.0

Answer = Callable[[Any], Any]


class AdminServer:
    """Serves pages whose answers are worked out in the plant's own loop, one after the other.

    Args:
        port: TCP port; 0 picks a free one.
        loop: The plant's event loop.
        pages: Answer of each ``(method, path)``, given the decoded body (None for GET).
    """

    def __init__(
        self, port: int, loop: asyncio.AbstractEventLoop, pages: dict[tuple[str, str], Answer]
    ) -> None:
        self._loop = loop
        self._pages = pages
        admin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(*admin.answer("GET", self.path, None))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                if length > _LONGEST_BODY:
                    self._send(413, {"title": "413 Content Too Large"})
                    return
                self._send(*admin.answer("POST", self.path, self.rfile.read(length)))

            def _send(self, status: int, value: Any) -> None:
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep requests out of the log."""

        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        except OSError as ex:
            raise Unavailable(f"control port {port} cannot be opened: {ex}") from ex
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="admin", daemon=True)

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        """Status and JSON value for a request."""
        page = self._pages.get((method, path))
        if page is None:
            return 404, {"title": "404 Not Found"}
        try:
            given = json.loads(body) if body is not None else None
            return 200, asyncio.run_coroutine_threadsafe(_call(page, given), self._loop).result(
                _ANSWER_LIMIT_S
            )
        except json.JSONDecodeError as ex:
            return 400, {"title": "400 Bad Request", "description": f"the body is no JSON: {ex}"}
        except BadInput as ex:
            return 400, {"title": "400 Bad Request", "description": str(ex)}
        except Missing as ex:
            return 404, {"title": "404 Not Found", "description": str(ex)}
        except TimeoutError:
            return 503, {"title": "503 Service Unavailable", "description": "the plant does not answer"}


async def _call(page: Answer, given: Any) -> Any:
    return page(given)
