"""A batch of rows as bytes for the spool; a batch is what one transaction writes."""

from __future__ import annotations

import msgspec
from ems_common.readings import Row

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Row])


def pack(rows: list[Row]) -> bytes:
    """A batch as bytes for the spool."""
    return _encoder.encode(rows)


def unpack(payload: bytes) -> list[Row]:
    """The inverse of :func:`pack`."""
    return _decoder.decode(payload)
