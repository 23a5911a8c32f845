"""The server's worker: gunicorn's threads, with shorter ways for a connection.

Gunicorn hands a connection from its main thread to a thread of the pool and back for each request, writes
head and body of an answer apart, and waits in the main thread until a client has closed its end, up to two
seconds in which nobody else is let in. Here the thread that answers stays with its connection: it looks a
few milliseconds for the next request, as long as nobody waits for a thread, and it sees to the end.

A request that has come before, byte for byte, is not parsed again: the application may leave with a request
what answers the same one (:data:`AGAIN`), and decides each time whether that still stands.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any, Final

from gunicorn import SERVER, util  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.gthread import (  # type: ignore[import-untyped]
    DEFAULT_WORKER_DATA_TIMEOUT,
    TConn,
    ThreadWorker,
)

LOOK_S: Final = 0.005
"""How long a thread looks for the next request on its connection, or for the client to close it."""
_BEAT_S: Final = 0.5
_READ_BYTES: Final = 65_536
_MOST_READS: Final = 16
AGAIN: Final = "ems.again"
"""Where the application leaves, in a request's environment, what answers the same request again: a function
that gives status, header lines with the blank one at their end, and body; or None, when it must be asked."""
_FIRST_BYTES: Final = 8192
_LONGEST_HEAD_BYTES: Final = 4096
_REMEMBERED: Final = 1024
_END: Final = b"\r\n\r\n"
Again = Callable[[], tuple[bytes, bytes, bytes] | None]


def is_readable(connection: socket.socket, wait_s: float) -> bool:
    """Whether there is something to read, or the other end is closed; waits for it.

    Raises:
        OSError: The connection is gone.
    """
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))


# gunicorn brings no types
class Connection(TConn):  # type: ignore[misc]
    """A connection.

    Attributes:
        is_over: Whether the last answer is given and only the client's end is awaited.
        head: The bytes of the present request, when it is a GET and they came all at once; else empty.
    """

    data_ready: bool
    is_over = False
    head = b""

    def wait_for_data(self, timeout: float) -> bool:
        """Whether a new connection has sent something, at the latest after `timeout` [s]."""
        try:
            self.data_ready = self.data_ready or is_readable(self.sock, timeout)
        except (OSError, ValueError):
            return False
        return self.data_ready


class Answering(wsgi.Response):  # type: ignore[misc]
    """An answer whose head goes out together with the first of its body."""

    headers_sent: bool
    _head = b""

    def send_headers(self) -> None:
        """Make the head; it is sent with what follows."""
        if not self.headers_sent:
            lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers)]
            self._head = f"{''.join(lines)}\r\n".encode("latin-1")
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


class Repeats:
    """What answers requests that have come before, by the sender's address and their bytes; the oldest go."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], tuple[Again, bool]] = {}
        self._lock = Lock()
        self._date = (-1, b"")

    def keep(self, address: str, head: bytes, again: Again, *, is_last: bool) -> None:
        """Remember what answers a request, and whether the connection is closed after it."""
        with self._lock:
            self._known[address, head] = (again, is_last)
            if len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]

    def answer(self, address: str, head: bytes) -> tuple[bytes, bool] | None:
        """The whole answer to a request, and whether its connection then ends; None: ask the application."""
        known = self._known.get((address, head))
        if known is None:
            return None
        again, is_last = known
        made = again()
        if made is None:
            return None
        status, lines, body = made
        connection = b"close" if is_last else b"keep-alive"
        return b"HTTP/1.1 %b\r\n%bConnection: %b\r\n%b%b" % (
            status,
            self._dated(),
            connection,
            lines,
            body,
        ), is_last

    def _dated(self) -> bytes:
        """The lines of server and date, made once a second."""
        now_s = int(time.monotonic())
        if self._date[0] != now_s:
            self._date = (now_s, f"Server: {SERVER}\r\nDate: {util.http_date()}\r\n".encode())
        return self._date[1]


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
        try:
            connection, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, connection, address, listener.getsockname()))

    def enqueue_req(self, conn: Connection) -> None:
        """Let a thread answer; the main thread hears of it only when the connection stays open."""
        self.tpool.submit(self._serve, conn).add_done_callback(partial(self._served, conn))

    def _served(self, conn: Connection, done: Future[Any]) -> None:
        fault = done.exception()
        if fault is not None:
            self.log.error("a connection failed", exc_info=fault)
            self._close(conn)
        elif done.result():
            self.method_queue.defer(self.finish_request, conn, done)

    def _serve(self, conn: Connection) -> Any:
        """Answer the requests of a connection; in a thread.

        Returns:
            What `finish_request` of the main thread goes by: false when the connection is closed.
        """
        if conn.is_over:
            self._close(conn)
            return False
        result = self._next(conn)
        while result is True and self._has_next(conn):
            result = self._next(conn)
        if result:
            return result
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        conn.is_over = not self._look(conn)
        if not conn.is_over:
            self._close(conn)
        return conn.is_over

    def _next(self, conn: Connection) -> Any:
        """Answer the next request, at once when it has come before; else by way of the parser."""
        conn.head = b""
        try:
            if self._is_first_read(conn):
                data = conn.sock.recv(_FIRST_BYTES, socket.MSG_DONTWAIT)
                if not data:
                    return False
                conn.init()
                answer = self._known_answer(conn, data)
                if answer is not None:
                    if conn.sock.gettimeout() is not None:
                        conn.sock.setblocking(True)  # the main thread has waited for it meanwhile
                    self.nr += 1
                    conn.sock.sendall(answer[0])
                    return not answer[1]
                conn.parser.unreader.unread(data)
        except BlockingIOError:
            pass  # nothing is there after all; the parser waits for it
        except OSError as ex:
            self.log.debug("a client is gone: %s", ex)
            return False
        return self.handle(conn)

    def _is_first_read(self, conn: Connection) -> bool:
        """Whether the next request begins with what is read from the connection now."""
        if not conn.initialized:
            return bool(conn.wait_for_data(DEFAULT_WORKER_DATA_TIMEOUT))
        return not conn.is_http2 and not conn.parser.unreader.buf.getvalue()

    def _known_answer(self, conn: Connection, data: bytes) -> tuple[bytes, bool] | None:
        """The answer to what was read, if that is one whole request that has come before."""
        is_one = data.startswith(b"GET ") and data.find(_END) == len(data) - len(_END)
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

    def _close(self, conn: Connection) -> None:
        """Close a connection, having read what its client still sent, or that would lose the answer's end."""
        # What is not there yet, or a client that is gone, ends the reading.
        with suppress(OSError):
            conn.sock.setblocking(False)
            for _ in range(_MOST_READS):
                if not conn.sock.recv(_READ_BYTES):
                    break
        conn.close()
        self._closed.append(None)
        if not self.alive or not self._accepting:
            self.method_queue.defer(self._settle)  # the main thread waits for room, or for the last one

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer one request; whether the connection stays open."""
        answer, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=Answering
        )
        environ["wsgi.multithread"] = True
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
        if conn.head and AGAIN in environ and req.version == (1, 1) and not answer.must_close:
            self._repeats.keep(conn.client[0], conn.head, environ[AGAIN], is_last=answer.should_close())
        return not answer.should_close()
