"""The one place where SQL is put together of more than literal text.

A statement is a literal with named gaps. Only three things fit into a gap: names of the catalog (or a list
of them), placeholders for values, and what was composed here before. Whatever a request, a file or a device
brings travels as a value beside the statement, never in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache
from typing import Final, LiteralString

_ITEM: Final = r"(?:[A-Za-z_][A-Za-z0-9_.]*(?: \+ 0E0)?|[0-9]+)"
_FITS: Final = re.compile(rf"(?:{_ITEM}(?:, {_ITEM})*|%s(?:, %s)*)", re.ASCII)


class Sql(str):
    """A statement, or a part of one, that was composed here."""

    __slots__ = ()


def compose(statement: LiteralString, /, **gaps: str | int | Sequence[str]) -> Sql:
    """A statement with its gaps filled; what is the same for every row is composed once, before the rows.

    Args:
        statement: A literal with gaps such as ``{table}``.
        **gaps: What goes into them: a name, a list of names, placeholders, a whole number, or composed SQL.

    Raises:
        ValueError: A gap holds anything else.

    Example:
        >>> compose("SELECT {columns} FROM {table} WHERE id IN ({ids})", columns=["id", "area + 0E0"],
        ...         table="tbl_spaces", ids=marks([1, 2]))
        'SELECT id, area + 0E0 FROM tbl_spaces WHERE id IN (%s, %s)'
        >>> compose("SELECT 1 FROM {table}", table="tbl_spaces; DROP TABLE tbl_users")
        Traceback (most recent call last):
        ...
        ValueError: no name of the catalog: tbl_spaces; DROP TABLE tbl_users
    """
    return Sql(statement.format_map({name: _fitting(gap) for name, gap in gaps.items()}))


def marks(values: Sized) -> Sql:
    """Placeholders for a list of values."""
    return Sql(", ".join(["%s"] * len(values)))


def each(term: LiteralString, names: Iterable[str], between: LiteralString = ", ") -> Sql:
    """A term for each name, such as the assignments of an UPDATE or the conditions of a key.

    Args:
        term: A literal with the gap ``{name}``.
        names: Names of the catalog.
        between: What stands between two terms.

    Example:
        >>> each("{name} <=> %s", ["space_id", "year"], " AND ")
        'space_id <=> %s AND year <=> %s'
    """
    return joined((compose(term, name=name) for name in names), between)


def joined(parts: Iterable[Sql], between: LiteralString) -> Sql:
    """Parts of a statement as one, such as conditions of which some are there.

    Raises:
        ValueError: A part would fit into no gap.
    """
    return Sql(between.join(_fitting(part) for part in parts))


def _fitting(gap: str | int | Sequence[str]) -> str:
    if isinstance(gap, Sql):
        return gap
    return _checked(gap if isinstance(gap, str) else str(gap) if isinstance(gap, int) else ", ".join(gap))


@lru_cache(maxsize=1024)
def _checked(text: str) -> str:
    """Names of the catalog, which are looked at once: there are few, and they come for every point."""
    if not _FITS.fullmatch(text):
        raise ValueError(f"no name of the catalog: {text}")
    return text
