"""One resource of the API, with the types of its rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

Row = TypeVar("Row")
New = TypeVar("New")
Change = TypeVar("Change")


class Calls(ABC):
    """What is done with the rows of a resource, whichever it is; `resource` is its path."""

    @abstractmethod
    def list(self, resource: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """All rows, page by page."""

    @abstractmethod
    def get(self, resource: str, key: int) -> dict[str, Any]:
        """One row."""

    @abstractmethod
    def create(self, resource: str, data: Mapping[str, Any], *, idempotency_key: str = "") -> int:
        """Make a row; its key."""

    @abstractmethod
    def update(self, resource: str, key: int, data: Mapping[str, Any]) -> None:
        """Replace what may be written of a row."""

    @abstractmethod
    def delete(self, resource: str, key: int) -> None:
        """Remove a row."""

    @abstractmethod
    def create_many(self, resource: str, items: Sequence[Mapping[str, Any]]) -> Sequence[int]:
        """Make rows, all or none; their keys."""


class Resource(Generic[Row, New, Change]):
    """The rows of one path.

    Args:
        calls: The client.
        path: Such as ``meters`` or ``tenants/7/commands``.

    `Row` is what a row looks like, `New` what makes one, `Change` what one is replaced by; `Never` stands
    where the API does not do that.
    """

    def __init__(self, calls: Calls, path: str) -> None:
        self._calls = calls
        self._path = path

    def list(self, **query: str | int) -> Iterator[Row]:
        """All rows, page by page; `q`, `sort`, `fields` and filters narrow them."""
        return cast(Iterator[Row], self._calls.list(self._path, **query))

    def get(self, key: int) -> Row:
        """One row."""
        return cast(Row, self._calls.get(self._path, key))

    def create(self, data: New, *, idempotency_key: str = "") -> int:
        """Make a row; its key. A request that is sent twice under one key makes one row."""
        return self._calls.create(self._path, cast(Mapping[str, Any], data), idempotency_key=idempotency_key)

    def update(self, key: int, data: Change) -> None:
        """Replace what may be written of a row."""
        self._calls.update(self._path, key, cast(Mapping[str, Any], data))

    def delete(self, key: int) -> None:
        """Remove a row."""
        self._calls.delete(self._path, key)

    def create_many(self, rows: Sequence[New]) -> Sequence[int]:
        """Make rows, all or none; their keys."""
        return self._calls.create_many(self._path, cast(Sequence[Mapping[str, Any]], rows))
