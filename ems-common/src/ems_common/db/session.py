"""One transaction: statements with parameters, rows, columns, bulk writes."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np
import orjson
from mysql.connector.cursor_cext import CMySQLCursor, CMySQLCursorRaw
from numpy.typing import NDArray

from ems_common.db.faults import DRIVER_ERRORS, translated
from ems_common.db.sql import Sql, compose, each, marks

BATCH_ROWS = 5000
_ZERO = ord("0")
_AS_ROWS = bytes.maketrans(b'[]"', b"()'")
_LONGEST_JOINED = "SELECT LEAST(@@max_allowed_packet, @@group_concat_max_len) - 64"
"""A shorter text was not cut off by the server."""
Params = Sequence[Any] | Mapping[str, Any]
Array = NDArray[Any]


class Joined(NamedTuple):
    """Rows of numbers, those of one key after those of the other.

    Attributes:
        keys: The keys, in order.
        counts: How many rows each has.
        numbers: The rows, shape ``(sum(counts), width)``.
    """

    keys: list[int]
    counts: list[int]
    numbers: NDArray[np.float64]


class Session:
    """Statements inside one transaction of one database.

    Args:
        connection: An open connection of the C extension.
        database: Its name, for messages.
        is_reading: Whether each statement stands for itself and none may change anything.
    """

    def __init__(self, connection: Any, database: str, *, is_reading: bool = False) -> None:
        self._connection = connection
        self._database = database
        self._is_reading = is_reading
        self._made: Any = None

    @property
    def _cursor(self) -> Any:
        """The cursor of what is not a plain query, made when it is needed.

        Raises:
            RuntimeError: The session only reads; a change would not be part of a transaction.
        """
        self._may_change()
        if self._made is None:
            # Not by way of the connection, which would ask before each transaction whether the server is
            # there; the pool does that after a rest, and a statement fails as well as a question would.
            self._made = CMySQLCursor(self._connection)
        return self._made

    @property
    def is_reading(self) -> bool:
        """Whether each statement stands for itself and none may change anything."""
        return self._is_reading

    def _may_change(self) -> None:
        if self._is_reading:
            raise RuntimeError(f"a session that only reads was to change {self._database}")

    def close(self) -> None:
        """Release the cursor; the connection goes back to its pool."""
        if self._made is not None:
            with contextlib.suppress(*DRIVER_ERRORS):
                self._made.close()

    def execute(self, sql: str, params: Params = ()) -> int:
        """Run a statement that returns no rows.

        Returns:
            The number of rows it touched.
        """
        with translated(self._database):
            self._cursor.execute(sql, params)
            return int(self._cursor.rowcount)

    @property
    def insert_id(self) -> int:
        """Key given to the last inserted row."""
        return int(self._cursor.lastrowid)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for many rows, in batches that the connector rewrites to multi-row inserts."""
        total = 0
        iterator = iter(rows)
        while batch := list(islice(iterator, BATCH_ROWS)):
            with translated(self._database):
                self._cursor.executemany(sql, batch)
                total += int(self._cursor.rowcount)
        return total

    def rows(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        connection = self._connection
        with translated(self._database):
            connection.ask(_filled(connection, sql, params))
            found: list[tuple[Any, ...]] = connection.all_rows()
            connection.free_result()
            return found

    def several(self, *queries: tuple[str, Params]) -> list[list[tuple[Any, ...]]]:
        """All rows of each of some queries, asked together: one way to the server and back for all of them.

        Args:
            queries: Statements that return rows, with their parameters.
        """
        connection = self._connection
        with translated(self._database):
            connection.ask(b"; ".join(_filled(connection, sql, params) for sql, params in queries))
            found = [connection.all_rows()]
            while connection.next_result():
                found.append(connection.all_rows())
            connection.free_result()
            return found

    def row(self, sql: str, params: Params = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None

    def scalar(self, sql: str, params: Params = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, params)
        return found[0] if found else None

    def columns(self, sql: str, params: Params, dtypes: Mapping[str, str]) -> dict[str, Array]:
        """Read a query as columns.

        The server's text is parsed by NumPy a column at a time, three to four times as fast as making Python
        objects of every value.

        Args:
            sql: A query whose columns are in the order of `dtypes`.
            params: Its parameters.
            dtypes: Name → NumPy dtype: numbers, ``"bool"``, ``"datetime64[…]"``, or ``"object"`` for text.
                NULL becomes nan, NaT or None and so needs a float, instant or object dtype.

        Returns:
            Name → array, all of one length.
        """
        cursor: Any = CMySQLCursorRaw(self._connection)
        collects = gc.isenabled()
        gc.disable()  # millions of young tuples would be traversed again and again, and none is garbage
        try:
            with translated(self._database):
                cursor.execute(sql, params)
                found = cursor.fetchall()
            if not found:
                return {name: np.empty(0, dtype=dtype) for name, dtype in dtypes.items()}
            by_column = zip(*found, strict=True)
            return {
                name: parsed(texts, np.dtype(dtype))
                for (name, dtype), texts in zip(dtypes.items(), by_column, strict=True)
            }
        finally:
            if collects:
                gc.enable()
            cursor.close()

    def joined(self, sql: str, params: Params, width: int) -> Joined | None:
        """Read a query whose rows the server has joined to one text of numbers for each key.

        No value is sent or made an object by itself, which takes half of the time of :meth:`columns`.

        Args:
            sql: A query of a key, how many rows it has, and the GROUP_CONCAT of their numbers; all separated
                by blanks, in the order of the key.
            params: Its parameters.
            width: Numbers of a row.

        Returns:
            The rows of all keys, or None when a text may have been cut off at the server's limit.
        """
        [[(longest,)], found] = self.several((_LONGEST_JOINED, ()), (sql, params))
        if not found:
            return Joined([], [], np.empty((0, width)))
        keys, counts, texts = (list(column) for column in zip(*found, strict=True))
        if max(map(len, texts)) >= longest:
            return None
        numbers = np.fromstring(" ".join(texts), dtype=np.float64, sep=" ")
        if len(numbers) != sum(counts) * width:
            raise ValueError("a text holds something else than numbers")
        return Joined(keys, counts, numbers.reshape(-1, width))

    def upsert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        update: Sequence[str] | None = None,
    ) -> int:
        """Insert rows, or update them where their key exists.

        Args:
            table: A table of the catalog (never text from outside).
            columns: Its columns, in the order of the rows.
            rows: Values as parameters.
            update: Columns to overwrite on a taken key; all that are given when None, none when empty.
        """
        iterator = iter(rows)
        first = list(islice(iterator, 2))
        if len(first) < 2:
            # By way of the cursor, which knows the key given to a single row.
            return self.executemany(upsert_statement(table, columns, update), first)
        return self._insert_rows(_statement_parts(table, columns, update), chain(first, iterator))

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Insert rows whose keys are free or given by the server.

        Args:
            table: A table of the catalog (never text from outside).
            columns: Its columns, in the order of the rows.
            rows: Values as parameters.
        """
        return self._insert_rows((_insert_head(table, columns), compose("")), rows)

    def _insert_rows(self, parts: tuple[Sql, Sql], rows: Iterable[Sequence[Any]]) -> int:
        """Insert rows, many with one statement; returns how many the server counts as touched.

        The connector quotes the values of a batch with one call; its cursors do it row by row, which takes
        several times as long as the server needs to store them.
        """
        self._may_change()
        connection, (head, tail) = self._connection, (part.encode() for part in parts)
        iterator, total = iter(rows), 0
        while batch := list(islice(iterator, BATCH_ROWS)):
            with translated(self._database):
                connection.handle_unread_result()
                quoted = iter(connection.prepare_for_mysql(tuple(chain.from_iterable(batch))))
                of_rows = map(b",".join, zip(*[quoted] * len(batch[0]), strict=True))
                done = connection.cmd_query(head + b"(" + b"),(".join(of_rows) + b")" + tail)
                total += int(done["affected_rows"])
        return total

    def upsert_arrays(
        self,
        table: str,
        arrays: Mapping[str, Array],
        update: Sequence[str] | None = None,
        *,
        only_up: bool = False,
    ) -> int:
        """Bulk upsert of numeric and instant columns, several times faster than row by row.

        The values are written into the statement as text. That is safe because every array must be of a
        numeric, boolean or datetime dtype: their text is a number, an instant, "true" or "false".

        Args:
            table: A table of the catalog.
            arrays: Column → array; all of one length. Floats are written with six decimals (DECIMAL(21,6)).
            update: As in :meth:`upsert`.
            only_up: Whether columns on a taken key are overwritten by greater values only.

        Returns:
            The number of rows given.
        """
        self._may_change()
        connection, names = self._connection, list(arrays)
        length = len(arrays[names[0]])
        head, tail = (part.encode() for part in _statement_parts(table, names, update, only_up=only_up))
        lists = [_printable(arrays[name]) for name in names]
        for start in range(0, length, BATCH_ROWS):
            part = slice(start, start + BATCH_ROWS)
            rows = list(zip(*(column[part] for column in lists), strict=True))
            # Rows of numbers as JSON, in the brackets and quotes of SQL, are what follows VALUES.
            values = orjson.dumps(rows).translate(_AS_ROWS)[1:-1]
            # A cursor would search all of the text for the word DELIMITER, which takes a third of the time.
            with translated(self._database):
                connection.handle_unread_result()
                connection.cmd_query(head + values + tail)
        return length


def _filled(connection: Any, sql: str, params: Params) -> bytes:
    """A statement with its parameters quoted by the connector and put in, as its cursors do it.

    Raises:
        ValueError: There are more or fewer placeholders than parameters.
    """
    statement = sql.encode()
    if not params:
        return statement
    if isinstance(params, Mapping):
        raise TypeError("parameters of a query are a sequence")
    parts = statement.split(b"%s")
    values = connection.prepare_for_mysql(tuple(params))
    if len(parts) != len(values) + 1:
        raise ValueError(f"{len(values)} parameters for {len(parts) - 1} placeholders")
    filled = [b""] * (2 * len(parts) - 1)
    filled[::2] = parts
    filled[1::2] = values
    return b"".join(filled)


def _statement_parts(
    table: str, columns: Sequence[str], update: Sequence[str] | None, *, only_up: bool = False
) -> tuple[Sql, Sql]:
    overwritten = columns if update is None else update
    # VALUES() is the one form that MariaDB 10.11 and MySQL 9 both take.
    if only_up:
        terms = each("{name} = GREATEST({name}, VALUES({name}))", overwritten)
    else:
        terms = each("{name} = VALUES({name})", overwritten) or each("{name} = {name}", columns[:1])
    return _insert_head(table, columns), compose(" ON DUPLICATE KEY UPDATE {terms}", terms=terms)


def _insert_head(table: str, columns: Sequence[str]) -> Sql:
    return compose("INSERT INTO {table} ({columns}) VALUES ", table=table, columns=columns)


def upsert_statement(table: str, columns: Sequence[str], update: Sequence[str] | None = None) -> Sql:
    """The parameterised INSERT … ON DUPLICATE KEY UPDATE for one row.

    >>> upsert_statement("tbl_a", ("id", "v"), ("v",))
    'INSERT INTO tbl_a (id, v) VALUES (%s, %s) ON DUPLICATE KEY UPDATE v = VALUES(v)'
    """
    head, tail = _statement_parts(table, columns, update)
    return compose("{head}({values}){tail}", head=head, values=marks(columns), tail=tail)


def _printable(array: Array) -> list[Any]:
    """A column as numbers, or as text of digits and signs where an instant has a part of a second."""
    kind = array.dtype.kind
    if kind == "M":
        seconds = array.astype("datetime64[s]")
        whole = array.dtype == seconds.dtype or bool((seconds == array).all())
        return _as_numbers(seconds) if whole else list(np.datetime_as_string(array).tolist())
    if kind == "f":
        if not np.isfinite(array).all():
            raise ValueError("bulk upsert of a value that is not finite")
        return list(np.round(array, 6).tolist())
    if kind not in "iub":
        raise TypeError(f"bulk upsert takes numbers and instants, not {array.dtype}")
    return list(array.tolist())


def _as_numbers(seconds: Array) -> list[int]:
    """Instants as SQL takes them for numbers.

    >>> _as_numbers(np.array(["2026-03-29T01:59:05"], "datetime64[s]"))
    [20260329015905]
    """
    day = seconds.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]").astype(np.int64) + 1970
    date = (year * 100 + month.astype(np.int64) % 12 + 1) * 100 + (day - month).astype(np.int64) + 1
    of_day = (seconds - day).astype(np.int64)
    clock = of_day // 3600 * 10_000 + of_day // 60 % 60 * 100 + of_day % 60
    return list((date * 1_000_000 + clock).tolist())


def parsed(texts: Sequence[bytearray | None], dtype: np.dtype[Any]) -> Array:
    """A column of the server's texts as an array.

    >>> parsed([bytearray(b"1.5"), None], np.dtype("float64")).tolist()
    [1.5, nan]
    >>> parsed([bytearray(b"0"), bytearray(b"2")], np.dtype("int8")).tolist()
    [0, 2]
    >>> parsed([bytearray(b"2026-01-02 03:04:05")], np.dtype("datetime64[s]"))
    array(['2026-01-02T03:04:05'], dtype='datetime64[s]')
    """
    if dtype.kind == "O":
        return np.array([None if text is None else text.decode() for text in texts], dtype=object)
    if dtype.kind == "M":
        return _instants(texts, dtype)
    if dtype == np.int8:
        digits = b"".join(texts)  # type: ignore[arg-type]
        if len(digits) == len(texts):
            return (np.frombuffer(digits, dtype=np.uint8) - _ZERO).astype(np.int8)
    given = [text if text is not None else b"nan" for text in texts] if dtype.kind == "f" else texts
    wide = np.dtype("float64") if dtype.kind == "f" else np.dtype("int64")
    values = np.fromstring(b" ".join(given), dtype=wide, sep=" ")  # type: ignore[arg-type]
    if len(values) != len(texts):
        raise ValueError("a column holds something that is not a number")
    return values.astype(dtype, copy=False)


def _instants(texts: Sequence[bytearray | None], dtype: np.dtype[Any]) -> Array:
    first = next((text for text in texts if text is not None), None)
    if first is None:
        return np.full(len(texts), np.datetime64("NaT"), dtype=dtype)
    width = len(first)
    blank = bytes(width)  # parsed as NaT
    joined = b"".join(blank if text is None else text for text in texts)
    result: Array = np.frombuffer(joined, dtype=f"S{width}").astype(dtype)
    return result
