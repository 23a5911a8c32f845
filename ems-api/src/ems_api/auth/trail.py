"""What the request that is being answered has changed: rows as they were and as they are.

The engine that writes rows notes each of them here, the dispatcher hands the notes to the audit log once the
request has succeeded. Secrets are struck out before anything is kept.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

import orjson
from ems_common.catalog.bindings import Binding

Json = dict[str, Any]
STRUCK_OUT: Final = "********"
_SECRET: Final = re.compile(
    r"password|passwd|secret|token|salt|verification_code|recovery_code|private_key|api_?key|credential"
    r"|community|^code$",
    re.IGNORECASE,
)
LONGEST_TEXT: Final = 4000
MOST_CHANGES: Final = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """One row that was changed.

    Attributes:
        action: ``create``, ``update``, ``delete``, ``bind`` or ``unbind``.
        entity: The table's name without its prefix, such as ``tenants``.
        entity_id: Its key.
        before: The members that differ, as they were; None for a new row.
        after: The same as they are; None for a row that is gone.
    """

    action: str
    entity: str
    entity_id: int | None
    before: Json | None = None
    after: Json | None = None


_CHANGES: Final[ContextVar[list[Change] | None]] = ContextVar("changes", default=None)


@contextmanager
def collecting() -> Iterator[list[Change]]:
    """Collect the changes of a request."""
    changes: list[Change] = []
    token = _CHANGES.set(changes)
    try:
        yield changes
    finally:
        _CHANGES.reset(token)


def _note(change: Change) -> None:
    changes = _CHANGES.get()
    if changes is not None and len(changes) < MOST_CHANGES:
        changes.append(change)


def _entity(table: str) -> str:
    return table.removeprefix("tbl_")


def created(table: str, key: int, values: Mapping[str, Any]) -> None:
    """Note a new row."""
    _note(Change("create", _entity(table), key, None, _kept(values)))


def updated(table: str, key: int, before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Note a changed row: only what differs is kept."""
    now = {name: value for name, value in values.items() if not _same(before.get(name), value)}
    if now:
        was = {name: before.get(name) for name in now}
        _note(Change("update", _entity(table), key, _kept(was), _kept(now)))


def deleted(table: str, key: int, before: Mapping[str, Any]) -> None:
    """Note a row that is gone."""
    _note(Change("delete", _entity(table), key, _kept(before), None))


def bound(binding: Binding, owner: int, member: int, is_output: bool | None) -> None:
    """Note that a member was bound to an owner."""
    after: Json = {binding.member_key: member}
    if is_output is not None:
        after["is_output"] = is_output
    _note(Change("bind", _entity(binding.owner), owner, None, after))


def unbound(binding: Binding, owner: int, member: int) -> None:
    """Note that a binding was undone."""
    _note(Change("unbind", _entity(binding.owner), owner, {binding.member_key: member}, None))


def terms_changed(
    binding: Binding, owner: int, member: int, before: Sequence[Json], after: Sequence[Json]
) -> None:
    """Note that a member counts for an owner on other terms than before."""
    pair = {binding.member_key: member}
    was, now = _kept({**pair, "terms": before}), _kept({**pair, "terms": after})
    _note(Change("update", _entity(binding.owner), owner, was, now))


def _same(old: Any, new: Any) -> bool:
    """Whether a stored value and a new one are the same to a reader."""
    if isinstance(old, Decimal) and isinstance(new, int | float) and not isinstance(new, bool):
        return float(old) == float(new)
    return bool(old == new)


def _kept(values: Mapping[str, Any]) -> Json:
    kept: Json = strike_out(dict(values))
    return kept


def strike_out(value: Any, name: str = "") -> Any:
    """A value as JSON without its secrets, also those within a text that is JSON itself.

    >>> strike_out({"data": {"name": "a", "password": "b", "connection": '{"host": "h", "Password": "p"}'}})
    {'data': {'name': 'a', 'password': '********', 'connection': '{"host":"h","Password":"********"}'}}
    """
    if name and value is not None and _SECRET.search(name):
        return STRUCK_OUT
    if isinstance(value, Mapping):
        return {str(key): strike_out(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [strike_out(inner) for inner in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes | bytearray):
        return f"{len(value)} bytes"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


def _text(value: str) -> str:
    if value[:1] in ("{", "["):
        # A text that only looks like JSON is kept as it is.
        with contextlib.suppress(orjson.JSONDecodeError, TypeError):
            value = orjson.dumps(strike_out(orjson.loads(value))).decode()
    if len(value) <= LONGEST_TEXT:
        return value
    return f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
