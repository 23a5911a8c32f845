"""Rows that other rows refer to, as they stand in answers.

The hundred meters of a list name the same few categories and cost centres. Read with each of them, by joins,
these take as long as the meters themselves; here each is read once and kept while the configuration stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from ems_common.catalog import TABLES
from ems_common.catalog.model import Table
from ems_common.db import Session
from ems_common.db.sql import Sql, compose, marks

from ems_api.versions import CONFIG, Cache, Versions

Json = dict[str, Any]
MOST_KEPT: Final = 5000
"""Rows of one table that are kept; one of more is read anew from time to time."""
_KINDS: Final = 256


class Target(NamedTuple):
    """What is shown of the rows of a table.

    Attributes:
        database: Where the table is.
        table: Its name.
        columns: The columns shown; they are the members of the answer.
    """

    database: str
    table: str
    columns: tuple[str, ...]


class References:
    """Referenced rows that a worker keeps.

    Args:
        versions: Stamps; a change of configuration voids what is kept.
    """

    def __init__(self, versions: Versions) -> None:
        self._cache = Cache(versions, CONFIG, _KINDS)

    def find(self, session: Session, wanted: Mapping[Target, Iterable[int]]) -> dict[Target, dict[int, Json]]:
        """The rows with these keys, and perhaps more, by key.

        Those that are not kept are read together, by one way to the server. A transaction that changes rows
        sees what it has changed, and leaves nothing behind.

        Args:
            session: In the database of the targets.
            wanted: The keys of each target.
        """
        found = {target: self._kept(target) if session.is_reading else {} for target in wanted}
        lacking = {
            target: sorted(key for key in set(keys) if key not in found[target])
            for target, keys in wanted.items()
        }
        asked = [(target, keys) for target, keys in lacking.items() if keys]
        if asked:
            answers = session.several(*((_statement(target, keys), keys) for target, keys in asked))
            for (target, _), rows in zip(asked, answers, strict=True):
                names = target.columns
                found[target].update({row[0]: dict(zip(names, row[1:], strict=True)) for row in rows})
        return found

    def _kept(self, target: Target) -> dict[int, Json]:
        stamp = self._cache.stamp()
        kept: dict[int, Json] | None = self._cache.peek(target)
        if kept is None or len(kept) > MOST_KEPT:
            kept = {}
            self._cache.put_under(stamp, target, kept)
        return kept


def column_sql(table: Table, name: str, alias: str) -> str:
    """A column in a SELECT; decimals arrive as doubles, which are read faster and are JSON numbers."""
    column = table.column(name)
    return f"{alias}.{name} + 0E0" if column.type.startswith("DECIMAL") else f"{alias}.{name}"


def _statement(target: Target, keys: list[int]) -> Sql:
    spec = TABLES[target.database][target.table]
    return compose(
        "SELECT t.id, {columns} FROM {table} t WHERE t.id IN ({keys})",
        columns=[column_sql(spec, name, "t") for name in target.columns],
        table=spec.name,
        keys=marks(keys),
    )
