"""The server's worker: gunicorn's threads, with shorter ways for a connection.

Gunicorn hands a connection from its main thread to a thread of the pool and back for each request, writes
head and body of an answer apart, and waits in the main thread until a client has closed its end, up to two
seconds in which nobody else is let in. Here the thread that answers stays with its connection: it looks a
few milliseconds for the next request, as long as nobody waits for a thread, and it sees to the end.

A request that has come before, byte for byte, is not parsed again: the application may leave with a request
what answers the same one (:data:`AGAIN`), and decides each time whether that still stands. One whose head is
plain (`heads.py`) is read there; gunicorn's parser reads all others.
"""

from __future__ import annotations

import io
import os
import select
import socket
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import (  # type: ignore[import-untyped]
    DEFAULT_WORKER_DATA_TIMEOUT,
    TConn,
    ThreadWorker,
)

from ems_api.heads import END, Head, plain_head
from ems_api.repeats import AGAIN, Repeats, server_and_date

LOOK_S: Final = 0.005
"""How long a thread looks for the next request on its connection, or for the client to close it."""
_BEAT_S: Final = 0.5
_READ_BYTES: Final = 65_536
_MOST_READS: Final = 16
_FIRST_BYTES: Final = 8192
_LONGEST_HEAD_BYTES: Final = 4096


def is_readable(connection: socket.socket, wait_s: float) -> bool:
    """Whether there is something to read, or the other end is closed; waits for it.

    Raises:
        OSError: The connection is gone.
    """
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))


def _received(connection: socket.socket) -> bytes | None:
    """What a client has sent; nothing when its end is closed, None when nothing is there yet.

    Raises:
        OSError: The connection is gone.
    """
    try:
        return bytes(connection.recv(_FIRST_BYTES, socket.MSG_DONTWAIT))
    except BlockingIOError:
        return None


def _usual_environ(cfg: Any) -> dict[str, Any]:
    """What all plain requests share; empty where the parser must see each, as with a prefix of paths."""
    if cfg.proxy_protocol != "off" or cfg.is_ssl or os.environ.get("SCRIPT_NAME"):
        return {}
    return {
        **wsgi.base_environ(cfg),
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SCRIPT_NAME": "",
        "wsgi.multithread": True,
        "wsgi.url_scheme": "http",
    }


# gunicorn brings no types
class Connection(TConn):  # type: ignore[misc]
    """A connection.

    Attributes:
        is_over: Whether the last answer is given and only the client's end is awaited.
        is_done: Whether the client wanted no more than it was given, so its end need not be awaited.
        head: The bytes of the present request, when it is a GET and they came all at once; else empty.
    """

    data_ready: bool
    is_over = False
    is_done = False
    head = b""

    def wait_for_data(self, timeout: float) -> bool:
        """Whether a new connection has sent something, at the latest after `timeout` [s]."""
        try:
            self.data_ready = self.data_ready or is_readable(self.sock, timeout)
        except (OSError, ValueError):
            return False
        return self.data_ready


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a thread has done with a connection, as the main thread asks for it."""

    value: Any

    def result(self) -> Any:
        """What `finish_request` goes by."""
        return self.value

    def cancelled(self) -> bool:
        """Whether nothing was done."""
        return False


# gunicorn brings no types
class Answering(wsgi.Response):  # type: ignore[misc]
    """An answer whose head goes out together with the first of its body."""

    headers_sent: bool
    _head = b""

    def send_headers(self) -> None:
        """Make the head; it is sent with what follows."""
        if not self.headers_sent:
            connection = "upgrade" if self.upgrade else "close" if self.should_close() else "keep-alive"
            lines = "".join([f"{name}: {value}\r\n" for name, value in self.headers])
            self._head = b"HTTP/%d.%d %b\r\n%bConnection: %b\r\n%b%b\r\n" % (
                *self.req.version,
                self.status.encode("latin-1"),
                server_and_date(),
                connection.encode(),
                b"Transfer-Encoding: chunked\r\n" if self.chunked else b"",
                lines.encode("latin-1"),
            )
            self.headers_sent = True

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            self._flush()
            super()._emit_body(data)
            return
        head, self._head = self._head, b""
        self.sock.sendall(head + data if head else data)

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head:
            self.sock.sendall(head)

    def sendfile(self, respiter: Any) -> bool:
        """Send a file by the system, after the head."""
        self.send_headers()
        self._flush()
        return bool(super().sendfile(respiter))

    def close(self) -> None:
        """End the answer."""
        self.send_headers()
        self._flush()
        super().close()


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers requests in threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lock = Lock()
        self._beat_s = 0.0
        self._looking = 0
        self._most_looking = max(1, self.cfg.threads // 2)
        self._closed: deque[None] = deque()
        self._repeats = Repeats()
        self._environ = _usual_environ(self.cfg)

    def notify(self) -> None:
        """Show the parent that the main thread goes on, not more often than it matters."""
        self._settle()
        now_s = time.monotonic()
        if now_s - self._beat_s >= _BEAT_S:
            self._beat_s = now_s
            super().notify()

    def _settle(self) -> None:
        """Count the connections that threads closed; only the main thread writes the number."""
        while self._closed:
            self._closed.pop()
            self.nr_conns -= 1

    def accept(self, listener: Any) -> None:
        """Take a new connection, unless another worker was faster."""
        conn = self._accepted(listener)
        if conn is not None:
            self.nr_conns += 1
            self.enqueue_req(conn)

    def _accepted(self, listener: Any) -> Connection | None:
        """A connection that waits to be let in; None: there is none any more."""
        try:
            connection, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return None
        return Connection(self.cfg, connection, address, listener.getsockname())

    def enqueue_req(self, conn: Connection) -> None:
        """Let a thread answer; the main thread hears of it only when the connection stays open."""
        self.tpool.submit(self._serve, conn)

    def _serve(self, first: Connection) -> None:
        """Answer the requests of a connection, and then of those that wait to be let in; in a thread."""
        conn: Connection | None = first
        while conn is not None:
            try:
                result = self._answer_all(conn)
            except Exception:
                self.log.exception("a connection failed")
                result = False
            if result:
                self.method_queue.defer(self.finish_request, conn, Outcome(result))
                return
            follower = self._follower()
            self._close(conn, is_followed=follower is not None)
            conn = follower

    def _follower(self) -> Connection | None:
        """A connection that waits, to take the place of one that is closed; None when others need the thread.

        The main thread would hand it over to a thread, which costs as much as a short answer.
        """
        if not self.alive or not self._accepting or not self.tpool._work_queue.empty():
            return None
        with suppress(OSError):  # the worker is stopping
            return next(filter(None, map(self._accepted, self.sockets)), None)
        return None

    def _answer_all(self, conn: Connection) -> Any:
        """Answer the requests of a connection that come one after another.

        Returns:
            What `finish_request` of the main thread goes by: false when the connection is to be closed.
        """
        if conn.is_over:
            return False
        result = self._next(conn)
        while result is True and self._has_next(conn):
            result = self._next(conn)
        if result or conn.is_done:
            return result
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        conn.is_over = not self._look(conn)
        return conn.is_over

    def _next(self, conn: Connection) -> Any:
        """Answer the next request, at once when it has come before; else by way of the parser."""
        conn.head = b""
        try:
            data = self._first_read(conn)
            if data == b"":
                return False
            if data is not None:
                conn.init()
                answer = self._known_answer(conn, data)
                if answer is not None:
                    if conn.sock.gettimeout() is not None:
                        conn.sock.setblocking(True)  # the main thread has waited for it meanwhile
                    self.nr += 1
                    conn.sock.sendall(answer[0])
                    conn.is_done = answer[1]
                    return not answer[1]
                head = plain_head(conn.head) if self._environ else None
                if head is not None:
                    return self._answer_plain(conn, head)
                conn.parser.unreader.unread(data)
        except OSError as ex:
            self.log.debug("a client is gone: %s", ex)
            return False
        return self.handle(conn)

    def _answer_plain(self, conn: Connection, head: Head) -> bool:
        """Answer a request whose head is plain; whether the connection stays open."""
        conn.sock.setblocking(True)
        address, port = conn.client[:2]
        name, own_port = conn.server[:2]
        environ = {
            **self._environ,
            **head.environ,
            "wsgi.input": io.BytesIO(),
            "gunicorn.socket": conn.sock,
            "REMOTE_ADDR": address,
            "REMOTE_PORT": str(port),
            "SERVER_NAME": name,
            "SERVER_PORT": str(own_port),
        }
        answer = Answering(head, conn.sock, self.cfg)
        try:
            is_kept = self._respond(conn, answer, environ)
            conn.is_done = head.is_last
            return is_kept
        except OSError:
            raise
        except Exception as ex:
            self.handle_error(None, conn.sock, conn.client, ex)
            return False

    def _first_read(self, conn: Connection) -> bytes | None:
        """What has come of the next request; None when the parser has begun with it or waits for it."""
        if conn.initialized and (conn.is_http2 or conn.parser.unreader.buf.getvalue()):
            return None
        data = _received(conn.sock)
        if data is None and not conn.initialized and conn.wait_for_data(DEFAULT_WORKER_DATA_TIMEOUT):
            return _received(conn.sock)
        return data

    def _known_answer(self, conn: Connection, data: bytes) -> tuple[bytes, bool] | None:
        """The answer to what was read, if that is one whole request that has come before."""
        is_one = data.startswith(b"GET ") and data.find(END) == len(data) - len(END)
        if not is_one or len(data) > _LONGEST_HEAD_BYTES:
            return None
        conn.head = data
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            return None
        return self._repeats.answer(conn.client[0], data)

    def _has_next(self, conn: Connection) -> bool:
        """Whether the client sends its next request at once."""
        return bool(self.alive) and (bool(conn.parser.unreader.buf.getvalue()) or self._look(conn))

    def _look(self, conn: Connection) -> bool:
        """Wait a little for a client, when no other needs the thread."""
        with self._lock:
            is_free = self._looking < self._most_looking and self.tpool._work_queue.empty()
            self._looking += is_free
        try:
            return is_readable(conn.sock, LOOK_S if is_free else 0.0)
        except (OSError, ValueError):
            return True  # it is gone, as the next read will show
        finally:
            with self._lock:
                self._looking -= is_free

    def _close(self, conn: Connection, *, is_followed: bool = False) -> None:
        """Close a connection, having read what its client still sent, or that would lose the answer's end."""
        # What is not there yet, or a client that is gone, ends the reading.
        with suppress(OSError):
            conn.sock.setblocking(False)
            for _ in range(_MOST_READS):
                if not conn.sock.recv(_READ_BYTES):
                    break
        conn.close()
        if is_followed:
            return  # the number of connections stays the same
        self._closed.append(None)
        if not self.alive or not self._accepting:
            self.method_queue.defer(self._settle)  # the main thread waits for room, or for the last one

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer one request; whether the connection stays open."""
        answer, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=Answering
        )
        environ["wsgi.multithread"] = True
        if req.version != (1, 1):
            conn.head = b""  # it is not answered again as it stands
        return self._respond(conn, answer, environ)

    def _respond(self, conn: Connection, answer: Answering, environ: dict[str, Any]) -> bool:
        """Let the application answer; whether the connection stays open."""
        self.nr += 1
        is_crowded = len(self.keepalived_conns) >= self.max_keepalived
        if is_crowded or not self.alive or not self.cfg.keepalive:
            answer.force_close()
        body: Any = ()
        try:
            body = self.wsgi(environ, answer.start_response)
            if isinstance(body, environ["wsgi.file_wrapper"]):
                answer.write_file(body)
            else:
                for part in body:
                    answer.write(part)
            answer.close()
        except OSError:
            raise
        except Exception:
            if not answer.headers_sent:
                raise  # gunicorn answers with an error
            self.log.exception("Error handling request")
            return False
        finally:
            if hasattr(body, "close"):
                body.close()
        if conn.head and AGAIN in environ and not answer.must_close:
            self._repeats.keep(conn.client[0], conn.head, environ[AGAIN], is_last=answer.should_close())
        return not answer.should_close()
