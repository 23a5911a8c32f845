"""Who is still let in: streams last for hours, and end soon after the session by which they came.

A stream ends when its session or key is over, and when its user's rights or reach changed; the client comes
again and is served by what holds then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from ems_common import log
from ems_common.clock import monotonic_s, utc_now
from ems_common.errors import Unavailable

from ems_api.versions import ACCOUNTS, CONFIG, Versions

if TYPE_CHECKING:
    from ems_api.live.hub import Client

_log = log.get(__name__)
LOOK_S: Final = 1.0
"""Pause between looks at the stamps and the clock [s]."""
ASK_S: Final = 10.0
"""Pause after which everybody is asked for again, whatever the stamps say: other hosts write too [s]."""


class Doorkeeper:
    """Turns out clients that are not let in any more.

    Args:
        versions: Stamps of what this host writes.
        clients: The clients that are served.
        turn_out: Ends one of them.
    """

    def __init__(
        self,
        versions: Versions,
        clients: Callable[[], Iterable[Client]],
        turn_out: Callable[[Client], None],
    ) -> None:
        self._versions = versions
        self._clients = clients
        self._turn_out = turn_out
        self._seen = self._stamps()
        self._asked_s = 0.0

    def _stamps(self) -> tuple[int, int]:
        return self._versions.stamp(ACCOUNTS), self._versions.stamp(CONFIG)

    def run(self, stopped: threading.Event) -> None:
        """Look until stopped."""
        while not stopped.wait(LOOK_S):
            try:
                self.look()
            except Unavailable as ex:
                _log.warning("live_door_unguarded", error=str(ex))

    def look(self) -> None:
        """Turn out who is not let in any more.

        Raises:
            Unavailable: That cannot be found out now; it is asked again at the next look.
        """
        stamps, now_s, now_utc = self._stamps(), monotonic_s(), utc_now()
        asks = stamps != self._seen or now_s - self._asked_s >= ASK_S
        for client in self._clients():
            if client.lease is None:
                continue
            is_over = client.lease.expires_utc <= now_utc
            if is_over or (asks and not (client.lease.holds() and client.reaches_the_same())):
                self._turn_out(client)
        if asks:
            self._seen, self._asked_s = stamps, now_s
