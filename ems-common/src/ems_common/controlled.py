"""What the control loop writes to: told by it in the system database, so that nobody else writes there.

The control loop needs no database to go on, so what it tells may be missing or old; who writes to devices by
hand asks here first all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ems_common.db import Session
from ems_common.drivers.base import Target

HOLDS: Final = timedelta(days=1)
"""How long what was told counts; a control loop that runs repeats it well before."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """Something that the control loop sets.

    Attributes:
        component: Component of its site file.
        channel: Channel of the component; "" for what is written once after connecting.
        target: What it writes to.
    """

    component: str
    channel: str
    target: Target


def keep(session: Session, instance: str, held: Iterable[Controlled], now_utc: datetime) -> None:
    """Make what is stored of one control loop equal to what it sets.

    Args:
        session: A transaction of the system database.
        instance: Which control loop.
        held: All that it sets.
        now_utc: The present.
    """
    session.execute("DELETE FROM tbl_controlled_targets WHERE instance = %s", (instance,))
    session.executemany(
        "INSERT INTO tbl_controlled_targets (instance, component, channel, place, first_place, last_place,"
        " seen_utc) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (
                instance,
                c.component,
                c.channel,
                c.target.place,
                c.target.first,
                c.target.last,
                _stored(now_utc),
            )
            for c in held
        ],
    )


def read(session: Session, now_utc: datetime) -> tuple[Controlled, ...]:
    """What all control loops set, as far as they have told.

    Args:
        session: A transaction of the system database.
        now_utc: The present; what is older than `HOLDS` counts no more.
    """
    rows = session.rows(
        "SELECT component, channel, place, first_place, last_place FROM tbl_controlled_targets"
        " WHERE seen_utc >= %s ORDER BY id",
        (_stored(now_utc - HOLDS),),
    )
    return tuple(
        Controlled(component, channel, Target(place, first, last))
        for component, channel, place, first, last in rows
    )


def _stored(instant_utc: datetime) -> datetime:
    return instant_utc.astimezone(UTC).replace(tzinfo=None)
