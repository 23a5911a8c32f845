"""Which server errors mean "try again", and which mean "this contradicts what is stored"."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import mysql.connector
from mysql.connector import errorcode

from ems_common.errors import Conflict, Unavailable

TRANSIENT = frozenset(
    {
        errorcode.CR_CONN_HOST_ERROR,
        errorcode.CR_CONNECTION_ERROR,
        errorcode.CR_SERVER_GONE_ERROR,
        errorcode.CR_SERVER_LOST,
        errorcode.CR_SERVER_LOST_EXTENDED,
        errorcode.ER_LOCK_WAIT_TIMEOUT,
        errorcode.ER_LOCK_DEADLOCK,
        errorcode.ER_CON_COUNT_ERROR,
        errorcode.ER_SERVER_SHUTDOWN,
        errorcode.ER_OPTION_PREVENTS_STATEMENT,
        errorcode.ER_QUERY_INTERRUPTED,
        # MariaDB: record has changed since last read (snapshot conflict)
        1020,
        # MariaDB: connection was killed
        1927,
    }
)


@contextlib.contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn the connector's errors into the product's own.

    Raises:
        Unavailable: The server is away, busy, or chose this transaction as a deadlock's victim.
        Conflict: A unique key is taken.
    """
    try:
        yield
    except mysql.connector.Error as ex:
        if ex.errno in TRANSIENT or isinstance(ex, mysql.connector.errors.InterfaceError) or ex.errno == -1:
            raise Unavailable(f"{what}: {ex.msg or ex}") from ex
        if ex.errno == errorcode.ER_DUP_ENTRY:
            raise Conflict(f"{what}: {ex.msg}") from ex
        raise
