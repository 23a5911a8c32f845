"""A connection of the C extension that hands over all rows of a result at once.

The connector's own loop makes two copies of every row and asks for each whether it holds a vector, a type the
product does not use; that takes longer than to fetch the rows. Before it, the connector describes every
column of the result, which nobody here asks for and which takes as long as a short statement itself.
"""

from __future__ import annotations

from typing import Any

from _mysql_connector import MySQLInterfaceError
from mysql.connector import CMySQLConnection
from mysql.connector.errorcode import CR_SERVER_GONE_ERROR
from mysql.connector.errors import OperationalError, get_mysql_exception

Row = tuple[Any, ...]


class Connection(CMySQLConnection):
    """As the connector's, but quick where all rows are wanted."""

    def ask(self, statement: bytes) -> None:
        """Send a statement whose rows `all_rows` fetches next.

        Raises:
            mysql.connector.Error: The server refuses it, or the connection is closed.
        """
        self.handle_unread_result()
        if self._cmysql is None:
            raise OperationalError(errno=CR_SERVER_GONE_ERROR, msg="the connection is closed")
        try:
            self._cmysql.query(
                statement, raw=False, buffered=True, raw_as_string=False, query_attrs=self.query_attrs
            )
        except MySQLInterfaceError as err:
            raise get_mysql_exception(err.errno, msg=err.msg, sqlstate=err.sqlstate) from err

    def all_rows(self) -> list[Row]:
        """All rows of the result at hand, which is over then; none where the connection is closed."""
        return [] if self._cmysql is None else list(iter(self._cmysql.fetch_row, None))

    def get_rows(
        self,
        count: int | None = None,
        binary: bool = False,
        columns: list[Any] | None = None,
        raw: bool | None = None,
        prep_stmt: Any = None,
        **kwargs: Any,
    ) -> tuple[list[Row], Any]:
        """Rows of the result of the last query.

        Args:
            count: How many; all when None.
            binary: See the connector.
            columns: See the connector.
            raw: Whether values are left as the server's text.
            prep_stmt: A prepared statement whose result it is.
            kwargs: See the connector.

        Returns:
            The rows, and what came at their end.
        """
        source = self._cmysql
        is_special = count is not None or prep_stmt is not None or self.converter
        if source is None or is_special or not self.unread_result:
            found: tuple[list[Row], Any] = super().get_rows(count, binary, columns, raw, prep_stmt, **kwargs)
            return found
        if raw:
            source.raw(True)
        rows = self.all_rows()
        end = self.fetch_eof_columns()["eof"]
        self.free_result()
        return rows, end
