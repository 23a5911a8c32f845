"""What a table and a column are; the words in which the catalog is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from ems_common.errors import Missing

NO_DEFAULT = object()


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: As in the contract.
        type: SQL type, such as ``DECIMAL(21,6)``.
        null: Whether it may be NULL.
        default: SQL default, or `NO_DEFAULT`.
        reference: Table whose `id` it holds.
        choices: The only values allowed, when it is a closed set.
        json: Whether the text is a JSON document.
    """

    name: str
    type: str
    null: bool = False
    default: object = NO_DEFAULT
    reference: str = ""
    choices: tuple[str, ...] = ()
    json: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        name: As in the contract.
        columns: In order; the surrogate `id` first where there is one.
        key: Primary key.
        indexes: Further indexes by their columns.
        unique: Unique keys by their columns.
        partitioned_by: Column whose month a row is filed under, for tables that grow without end.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    partitioned_by: str = ""
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            Missing: There is none.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise Missing(f"{self.name} has no column {name}") from None


ID = Column("id", "BIGINT")


def table(
    name: str,
    *columns: Column,
    index: tuple[str, ...] = (),
    unique: tuple[str, ...] = (),
    key: str = "id",
    partitioned_by: str = "",
) -> Table:
    """Declare a table; a surrogate `id` is put in front when the key is ``id``.

    Args:
        name: Name of the table.
        columns: Its columns.
        index: Indexes, each as column names separated by spaces.
        unique: Unique keys, in the same form.
        key: Primary key, in the same form.
        partitioned_by: See :class:`Table`.
    """
    given = (ID, *columns) if key == "id" else columns
    return Table(
        name,
        given,
        tuple(key.split()),
        tuple(tuple(part.split()) for part in index),
        tuple(tuple(part.split()) for part in unique),
        partitioned_by,
    )


def text(name: str, length: int = 255, *, null: bool = False, choices: tuple[str, ...] = ()) -> Column:
    """A short text."""
    return Column(name, f"VARCHAR({length})", null, choices=choices)


def longtext(name: str, *, null: bool = False, json: bool = False) -> Column:
    """A text without practical bound, perhaps a JSON document."""
    return Column(name, "LONGTEXT", null, json=json)


def char36(name: str = "uuid", *, null: bool = False) -> Column:
    """A UUID in its 36-character form."""
    return Column(name, "CHAR(36)", null)


def ref(name: str, target: str = "", *, null: bool = False) -> Column:
    """The `id` of a row of another table; `target` is that table's name."""
    return Column(name, "BIGINT", null, reference=target)


def number(name: str, *, null: bool = False, default: object = NO_DEFAULT) -> Column:
    """A decimal quantity with six places."""
    return Column(name, "DECIMAL(21,6)", null, default)


def degrees(name: str, *, null: bool = False) -> Column:
    """A geographic coordinate [°]."""
    return Column(name, "DECIMAL(12,10)" if name == "latitude" else "DECIMAL(13,10)", null)


def integer(name: str, *, null: bool = False, default: object = NO_DEFAULT) -> Column:
    """A whole number."""
    return Column(name, "INT", null, default)


def big(name: str, *, null: bool = False, default: object = NO_DEFAULT) -> Column:
    """A whole number of 64 bits that is no reference."""
    return Column(name, "BIGINT", null, default)


def flag(name: str, *, null: bool = False, default: object = NO_DEFAULT) -> Column:
    """True or false."""
    return Column(name, "BOOL", null, default)


def instant(name: str, *, null: bool = False, precision: int = 0) -> Column:
    """An instant in UTC, without zone in storage."""
    return Column(name, f"DATETIME({precision})" if precision else "DATETIME", null)


def day(name: str, *, null: bool = False) -> Column:
    """A local date."""
    return Column(name, "DATE", null)


def time_of_day(name: str, *, null: bool = False) -> Column:
    """A local time of day."""
    return Column(name, "TIME", null)


def blob(name: str, *, null: bool = False) -> Column:
    """The bytes of a file."""
    return Column(name, "LONGBLOB", null)
