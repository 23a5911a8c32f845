"""Choosing the ports of a site: the usual ones, or the next free ones where others sit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ems_site import plan, ports
from ems_site.errors import SiteError
from ems_site.settings import SiteSettings


def metrics_port(daemon: plan.Daemon) -> str:
    """Give the name under which a daemon's health and metrics port is chosen."""
    return f"metrics:{daemon.name}"


def choose(
    settings: SiteSettings, daemons: Iterable[plan.Daemon], reservation: ports.Reservation
) -> dict[str, int]:
    """Choose all ports of a site, and keep them until each is released to who will listen on it.

    Returns:
        Port by name: those of `plan.PORTS`, `metrics:<daemon>`, and `http`.

    Raises:
        SiteError: The port for browsers is taken; it is not changed silently, people have it bookmarked.
    """
    wanted = [(port.name, port.default, port.span) for port in plan.PORTS]
    wanted += [(metrics_port(daemon), daemon.metrics_port, 1) for daemon in daemons]
    # No row may take what is another's first choice.
    reserved = {default + offset for _, default, span in wanted for offset in range(span)}
    chosen: dict[str, int] = {}
    for name, default, span in wanted:
        own = set(range(default, default + span))
        chosen[name] = _next_free_span(default, span, reserved - own, reservation)
        reserved |= set(range(chosen[name], chosen[name] + span))
    chosen["http"] = _http_port(settings, reservation)
    return chosen


def all_of(name: str, chosen: Mapping[str, int]) -> range:
    """Give every port that goes by a name; most have one."""
    span = next((port.span for port in plan.PORTS if port.name == name), 1)
    return range(chosen[name], chosen[name] + span)


def fill(variables: Iterable[tuple[str, str]], chosen: Mapping[str, int]) -> dict[str, str]:
    """Replace `{port:<name>}` in the values of variables.

    Example:
        >>> fill([("URL", "http://127.0.0.1:{port:api}/")], {"api": 18000})
        {'URL': 'http://127.0.0.1:18000/'}
    """
    return {
        name: re.sub(r"\{port:([^}]+)\}", lambda found: str(chosen[found[1]]), value)
        for name, value in variables
    }


def _next_free_span(wanted: int, span: int, taken: set[int], reservation: ports.Reservation) -> int:
    first = wanted
    while True:
        first = ports.next_free(first, taken)
        wished = range(first, first + span)
        refused = [port for port in wished if port in taken or not reservation.hold(port)]
        if not refused:
            return first
        for port in wished:
            reservation.give_back(port)
        first = refused[-1] + 1


def _http_port(settings: SiteSettings, reservation: ports.Reservation) -> int:
    if settings.http_port == 0:
        while not reservation.hold(port := ports.free_port(), settings.http_host):
            pass
        return port
    if not reservation.hold(settings.http_port, settings.http_host):
        raise SiteError(
            f"port {settings.http_port} is taken by another program; choose another one: "
            f"EMS_HTTP_PORT={settings.http_port + 1} make demo"
        )
    return settings.http_port
