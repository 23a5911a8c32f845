"""Tells in the database what this control loop writes to, so that nobody else does."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ems_common import controlled
from ems_common.clock import monotonic_s, utc_now
from ems_common.controlled import Controlled
from ems_common.db import Databases
from ems_common.drivers import registry
from ems_common.errors import BadInput

from ems_edge_control.config import DeviceConfig

REPEAT_S: Final = 3600.0


def written(devices: Iterable[DeviceConfig]) -> tuple[Controlled, ...]:
    """What devices are written by: channels, and what is set once after connecting."""
    found: list[Controlled] = []
    for device in devices:
        protocol = registry.find(device.protocol)
        if protocol is None:
            continue
        for place in (*device.writes, *device.setup):
            channel = "" if place in device.setup else place.channel
            try:
                target = protocol.target(dict(device.connection), dict(place.address))
            except BadInput:
                continue  # it is not written either
            found.append(Controlled(device.component, channel, target))
    return tuple(found)


class Targets:
    """Tells what is written, at the start and once an hour.

    Args:
        dbs: The databases.
        site_file: Tells control loops of one machine apart.
        devices: The devices of the site.
    """

    def __init__(self, dbs: Databases, site_file: Path, devices: Iterable[DeviceConfig]) -> None:
        self._dbs = dbs
        self._instance = f"{socket.gethostname()}:{site_file.absolute()}"[-255:]
        self._held = written(devices)
        self._due_s = 0.0

    def tell(self) -> None:
        """Tell what is written, when it is time to.

        Raises:
            EmsError: The database is away; it is tried again at the next call.
        """
        if monotonic_s() < self._due_s:
            return
        with self._dbs.session("system_db") as session:
            controlled.keep(session, self._instance, self._held, utc_now())
        self._due_s = monotonic_s() + REPEAT_S
