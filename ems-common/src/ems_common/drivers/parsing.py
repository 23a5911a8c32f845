"""JSON of the configuration → typed addresses and connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from ems_common.errors import BadInput

S = TypeVar("S", bound=msgspec.Struct)


def typed(value: S | Mapping[str, Any] | str | bytes, kind: type[S]) -> S:
    """A checked struct from what the database holds.

    Numbers written as text are taken (``"502"``), unknown names are ignored: databases that come from MyEMS
    hold both.

    Args:
        value: The struct itself, a dict, or JSON text.
        kind: The struct's type.

    Raises:
        BadInput: Not JSON, a field is missing, or a value is out of range; the message names the field.
    """
    if isinstance(value, kind):
        return value
    try:
        if isinstance(value, str | bytes):
            return msgspec.json.decode(value, type=kind, strict=False)
        return msgspec.convert(value, kind, strict=False)
    except msgspec.DecodeError as ex:
        raise BadInput(str(ex), kind.__name__, value) from ex
