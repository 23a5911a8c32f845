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


def choose(settings: SiteSettings, daemons: Iterable[plan.Daemon]) -> dict[str, int]:
    """Choose all ports of a site.

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
        chosen[name] = _next_free_span(default, span, reserved - own)
        reserved |= set(range(chosen[name], chosen[name] + span))
    chosen["http"] = _http_port(settings)
    return chosen


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


def _next_free_span(wanted: int, span: int, taken: set[int]) -> int:
    first = wanted
    while True:
        first = ports.next_free(first, taken)
        blocked = [p for p in range(first, first + span) if p in taken or not ports.is_free(p)]
        if not blocked:
            return first
        first = blocked[-1] + 1


def _http_port(settings: SiteSettings) -> int:
    if settings.http_port == 0:
        return ports.free_port()
    if not ports.is_free(settings.http_port, settings.http_host):
        raise SiteError(
            f"port {settings.http_port} is taken by another program; choose another one: "
            f"EMS_HTTP_PORT={settings.http_port + 1} make demo"
        )
    return settings.http_port
