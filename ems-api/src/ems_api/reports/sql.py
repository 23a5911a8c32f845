"""The one place where SQL is put together of more than literal text.

A statement is a literal with named gaps. Only three things fit into a gap: names of the catalog (or a list
of them), placeholders for values, and what was composed here before. Whatever a request brings travels as a
value beside the statement, never in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, LiteralString

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_.]*(?: \+ 0E0)?"
_FITS: Final = re.compile(rf"(?:{_NAME}(?:, {_NAME})*|%s(?:, %s)*|[0-9]+)", re.ASCII)


class Sql(str):
    """A statement, or a part of one, that was composed here."""

    __slots__ = ()


def compose(statement: LiteralString, /, **gaps: str | int | Sequence[str]) -> Sql:
    """A statement with its gaps filled.

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


def marks(values: Sequence[object]) -> Sql:
    """Placeholders for a list of values."""
    return Sql(", ".join(["%s"] * len(values)))


def _fitting(gap: str | int | Sequence[str]) -> str:
    if isinstance(gap, Sql):
        return gap
    text = gap if isinstance(gap, str) else str(gap) if isinstance(gap, int) else ", ".join(gap)
    if not _FITS.fullmatch(text):
        raise ValueError(f"no name of the catalog: {text}")
    return text
