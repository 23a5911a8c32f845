"""Looks for what is wrong on this machine and says what to do about it."""

from __future__ import annotations

import importlib
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from ems_site import left_overs, plan, ports, processes
from ems_site.servers.base import MissingProgram, find_program
from ems_site.servers.mariadb import memory_mib
from ems_site.settings import Layout, SiteSettings, script

LEAST_FREE_GIB = 3.0
LEAST_MEMORY_MIB = 2048
# Program, Debian package, whether the site can do without.
PROGRAMS = (
    ("mariadbd", "mariadb-server-core"),
    ("mariadb-install-db", "mariadb-server-core"),
    ("redis-server", "redis-server"),
    ("mosquitto", "mosquitto"),
    ("nginx", "nginx"),
)


@dataclass(frozen=True)
class Finding:
    """What a look at one thing found.

    Attributes:
        what: The thing.
        trouble: What is wrong with it; empty when nothing is.
        advice: What to do.
    """

    what: str
    trouble: str = ""
    advice: str = ""


def run(settings: SiteSettings, layout: Layout) -> int:
    """Look at everything and print it; returns the number of troubles (0 = fine)."""
    findings = _Look(settings, layout).all()
    for finding in findings:
        if finding.trouble:
            print(f"TROUBLE  {finding.what}: {finding.trouble}\n         → {finding.advice}")
        else:
            print(f"ok       {finding.what}")
    return min(len([finding for finding in findings if finding.trouble]), 100)


@dataclass(frozen=True)
class _Look:
    """A look at this machine with these settings."""

    settings: SiteSettings
    layout: Layout

    def all(self) -> list[Finding]:
        """Look at everything."""
        return [
            *self._python(),
            *self._programs(),
            *self._scripts(),
            *self._front_ends(),
            *self._machine(),
            *self._ports(),
            *self._left_overs(),
        ]

    def _python(self) -> list[Finding]:
        version = sys.version.split()[0]
        found = [Finding(f"Python {version}")]
        try:
            importlib.import_module("_mysql_connector")
            found.append(Finding("fast database driver"))
        except ImportError as ex:
            found.append(Finding("fast database driver", f"does not load: {ex}", "run `make setup`"))
        return found

    def _programs(self) -> list[Finding]:
        found = []
        for program, package in PROGRAMS:
            try:
                found.append(Finding(f"{program} ({find_program(program, package)})"))
            except MissingProgram:
                found.append(Finding(program, "not installed", f"install the Debian package {package}"))
        return found

    def _scripts(self) -> list[Finding]:
        steps = (*plan.PREPARE, plan.HISTORY, *plan.CATCH_UP)
        names = {row.command[0] for row in (*steps, *plan.DAEMONS)}
        return [
            Finding(name, "" if Path(script(name)).exists() else "not installed", "run `make setup`")
            for name in sorted(names)
        ]

    def _front_ends(self) -> list[Finding]:
        found = []
        for name in ("ems-web", "ems-admin"):
            built = (self.layout.front_end(name) / "index.html").exists()
            found.append(Finding(name, "" if built else "not built", "run `make setup`"))
        return found

    def _machine(self) -> list[Finding]:
        folder = next(path for path in (self.layout.var, *self.layout.var.parents) if path.exists())
        free_gib = shutil.disk_usage(folder).free / 2**30
        memory = memory_mib()
        return [
            Finding(
                f"{free_gib:.0f} GiB free in {folder}",
                "" if free_gib >= LEAST_FREE_GIB else "too little for the database",
                f"make room, or point EMS_VAR_DIR at a disk with {LEAST_FREE_GIB:.0f} GiB",
            ),
            Finding(
                f"{memory} MiB of memory",
                "" if memory >= LEAST_MEMORY_MIB else "too little for all services on one machine",
                "use a larger machine, or an own database server (EMS_DB_HOST)",
            ),
        ]

    def _ports(self) -> list[Finding]:
        if processes.read_pid_file(self.layout.supervisor_pid_file) is not None:
            return [Finding("the site runs; its ports are its own")]
        port = self.settings.http_port
        taken = port != 0 and not ports.is_free(port, self.settings.http_host)
        found = [
            Finding(
                f"port {port} for browsers",
                "taken by another program" if taken else "",
                f"end that program, or use EMS_HTTP_PORT={port + 1}",
            )
        ]
        if self.settings.db_host:
            found.append(self._own_database(self.settings.db_host))
        return found

    def _own_database(self, host: str) -> Finding:
        try:
            socket.getaddrinfo(host, None)
        except OSError as ex:
            return Finding(f"database server {host}", f"its name is not known: {ex}", "check EMS_DB_HOST")
        return Finding(f"database server {host}")

    def _left_overs(self) -> list[Finding]:
        if processes.read_pid_file(self.layout.supervisor_pid_file) is not None:
            return []
        left = left_overs.running(self.layout)
        return [
            Finding(
                "processes of earlier runs",
                f"{len(left)} still run" if left else "",
                "run `make demo-down`; the next start would stop them too",
            )
        ]
