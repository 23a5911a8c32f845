"""Which server errors mean "try again", and which mean "this contradicts what is stored"."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import mysql.connector
from _mysql_connector import MySQLInterfaceError
from mysql.connector import errorcode

from ems_common.errors import Conflict, Unavailable

# The C extension raises its own class from commit, rollback and while rows are fetched.
DRIVER_ERRORS: tuple[type[Exception], ...] = (mysql.connector.Error, MySQLInterfaceError)

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
    except DRIVER_ERRORS as ex:
        number = getattr(ex, "errno", -1)
        text = f"{what}: {getattr(ex, 'msg', None) or ex}"
        if number in TRANSIENT or number == -1 or isinstance(ex, mysql.connector.errors.InterfaceError):
            raise Unavailable(text) from ex
        if number == errorcode.ER_DUP_ENTRY:
            raise Conflict(text) from ex
        raise
