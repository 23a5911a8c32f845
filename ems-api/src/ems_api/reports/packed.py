"""Columns that the server packs into one text by GROUP_CONCAT, read as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson
from ems_common.errors import Unavailable

from ems_api.reports.buckets import Float64, Int64

Packed = str | bytes | bytearray


def flattened(packed: Sequence[Packed], counts: Sequence[int]) -> tuple[Int64, Int64, Float64]:
    """What GROUP_CONCAT packed in several rows, read at once: each row by itself costs as much as its values.

    Args:
        packed: The texts.
        counts: How many pairs each holds.

    Returns:
        Number of the row, whole number and value of each pair.

    Raises:
        Unavailable: The server cut a text off.
    """
    index, value = pairs(",".join(map(_text, packed)))
    if len(index) != sum(counts):
        raise Unavailable("the server cut a packed column off; its group_concat_max_len is limited")
    return np.repeat(np.arange(len(counts)), np.array(counts, dtype=np.int64)), index, value


def pairs(packed: Packed) -> tuple[Int64, Float64]:
    """Two columns that GROUP_CONCAT packed in turns: whole numbers and values."""
    # A list of numbers is read as JSON in a third of the time that NumPy's own reader takes.
    both = np.array(orjson.loads(f"[{_text(packed)}]"), dtype=np.float64)
    return both[0::2].astype(np.int64), both[1::2]


def _text(packed: Packed) -> str:
    # MySQL calls a packed column of numbers binary, MariaDB calls it text.
    return packed if isinstance(packed, str) else packed.decode("ascii")
