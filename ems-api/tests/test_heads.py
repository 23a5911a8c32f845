"""Heads of plain requests mean the same to the quick reader and to gunicorn's parser; all others are left to it."""

from __future__ import annotations

from typing import Any

import pytest
from ems_api.heads import plain_head
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

HOST = b"Host: ems.example:8000"
TEXT = st.text(alphabet=st.characters(min_codepoint=0x09, max_codepoint=0xFF), max_size=12)
NAMES = st.sampled_from(
    [
        *("Host", "host", "TOKEN", "User-Uuid", "Accept", "X-Forwarded-For", "Connection", "Content-Length"),
        *("Transfer-Encoding", "Expect", "Upgrade", "X_Forwarded_For", "USER_UUID", "Token ", " Token", ""),
    ]
)
VALUES = st.one_of(
    st.sampled_from(["close", "keep-alive", "Close", "a:80", "chunked", "0", " x ", "\tx"]), TEXT
)
TARGETS = st.one_of(
    st.sampled_from(
        ["/", "/a?b=c&d", "/%C3%A4%2F?x=%20", "//a", "/a#b", "*", "http://h/a", "/a b", "/[", "/a\x7f"]
    ),
    TEXT.map(lambda text: f"/{text}"),
)


class Bytes:
    """A connection on which these bytes have come."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def recv(self, _size: int) -> bytes:
        data, self._data = self._data, b""
        return data


def parsed(data: bytes) -> tuple[dict[str, Any], bool]:
    """Environment and end of the connection, by gunicorn."""
    config, connection = Config(), Bytes(data)
    request = next(RequestParser(config, connection, ("127.0.0.1", 1)))
    _, environ = wsgi.create(request, connection, ("127.0.0.1", 1), ("127.0.0.1", 2), config)
    assert request.body.read() == b""
    return environ, bool(request.should_close())


def check(data: bytes) -> None:
    """Compare what both read."""
    head = plain_head(data)
    if head is None:
        return
    environ, is_last = parsed(data)
    assert (environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"]) == ("GET", "HTTP/1.1")
    assert (environ["SCRIPT_NAME"], environ["wsgi.url_scheme"]) == ("", "http")
    names = {name for name in environ if name.startswith("HTTP_")}
    assert {name for name in head.environ if name.startswith("HTTP_")} == names
    assert {name: environ[name] for name in head.environ} == head.environ
    assert head.should_close() == is_last


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n" + HOST + b"\r\n\r\n",
        b"GET /meters/1?q=%C3%A4&sort=-id HTTP/1.1\r\nhost: [::1]:80\r\nUSER-UUID:u\r\nTOKEN:  t  \r\n\r\n",
        b"GET /a%2Fb%C3%A4 HTTP/1.1\r\nconnection: Close\r\n" + HOST + b"\r\naccept: \r\n\r\n",
    ],
)
def test_a_plain_head_is_read(data: bytes) -> None:
    assert plain_head(data) is not None
    check(data)


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\n" + HOST + b"\r\n\r\n",
        b"GET / HTTP/1.0\r\n" + HOST + b"\r\n\r\n",
        b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n\r\n",
        b"GET //a HTTP/1.1\r\n" + HOST + b"\r\n\r\n",
        b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n\r\n",
        b"GET http://h/a HTTP/1.1\r\n" + HOST + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
        *(
            b"GET / HTTP/1.1\r\n" + HOST + b"\r\n" + line + b"\r\n\r\n"
            for line in (
                *(
                    b"Content-Length: 0",
                    b"Transfer-Encoding: chunked",
                    b"Expect: 100-continue",
                    b"Upgrade: h2c",
                ),
                *(
                    HOST,
                    b"TOKEN: a\r\nTOKEN: b",
                    b"USER_UUID: a",
                    b"TOKEN : a",
                    b" TOKEN: a",
                    b"TOKEN",
                    b"X: y",
                ),
                *(b"TOKEN: a\n", b"TOKEN: a\tb", b"TOKEN: \xe4", b"TOKEN: a\x00", b"TOKEN: a\r\n b"),
                *(
                    b"Connection: upgrade",
                    b"X-Forwarded-Proto: https",
                    b"SCRIPT_NAME: /x",
                    b"\r\nGET / HTTP/1.1",
                ),
            )
        ),
    ],
)
def test_what_is_not_plain_is_left_to_the_parser(data: bytes) -> None:
    assert plain_head(data) is None


@given(target=TARGETS, fields=st.lists(st.tuples(NAMES, VALUES), max_size=4), is_hosted=st.booleans())
def test_no_head_means_something_else_to_the_parser(
    target: str, fields: list[tuple[str, str]], is_hosted: bool
) -> None:
    lines = [f"GET {target} HTTP/1.1", *(["Host: h"] if is_hosted else [])]
    lines += [f"{name}: {value}" for name, value in fields]
    check(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
