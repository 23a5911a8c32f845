"""The system's packages: found by what they bring, installed when missing and allowed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.bootstrap.steps import Progress, SetupError, run

POLICY = Path("/usr/sbin/policy-rc.d")
POLICY_MARK = "# made by the set-up of the energy management system; removed when it ends"
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])


# Two parts of the set-up may need packages at the same time; apt and the policy hook are for one.
_ONE_APT = threading.Lock()


@dataclass(frozen=True)
class Need:
    """A Debian package and how to see that it is there.

    Attributes:
        package: Name of the package.
        brings: A program on the path, or a file when it starts with a slash.
    """

    package: str
    brings: str

    @property
    def is_there(self) -> bool:
        """Whether the program or file exists, whoever installed it."""
        if self.brings.startswith("/"):
            return Path(self.brings).exists()
        return shutil.which(self.brings, path=SEARCH_PATH) is not None


# The `-core` packages hold the programs without a system service around them.
SERVERS = (
    Need("mariadb-server-core", "mariadb-install-db"),
    Need("mariadb-client-core", "my_print_defaults"),
    Need("redis-server", "redis-server"),
    Need("mosquitto", "mosquitto"),
    Need("nginx", "nginx"),
    # Report files are set in Latin, Arabic and Chinese type.
    Need("fonts-dejavu-core", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Need("fonts-noto-cjk", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
FOR_TESTS = (Need("chromium", "chromium"),)
FOR_BENCHMARKS = (Need("wrk", "wrk"),)


def missing(needs: tuple[Need, ...]) -> list[str]:
    """Name the packages that are not there."""
    return [need.package for need in needs if not need.is_there]


def install(progress: Progress, packages: list[str]) -> None:
    """Install Debian packages without letting them start services.

    Raises:
        SetupError: Not root, no apt, or apt failed; one sentence names the packages.
    """
    if not packages:
        return
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise SetupError(f"please install what Debian calls {names}; this system has no apt-get")
    if os.geteuid() != 0:
        raise SetupError(f"please run `sudo apt-get install --no-install-recommends {names}` and try again")
    with _ONE_APT, progress.step(f"installing Debian packages {names}"), services_stay_off():
        environ = {"DEBIAN_FRONTEND": "noninteractive"}
        options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=180", "-o", "Acquire::Retries=3"]
        # An earlier run may have been cut off between unpacking and configuring.
        run("apt-configure", ["dpkg", "--configure", "-a"], environ=environ)
        run("apt-update", ["apt-get", "update", *options], environ=environ, attempts=2)
        command = ["apt-get", "install", *options, "--no-install-recommends", *packages]
        run("apt-install", command, environ=environ, attempts=2)


@contextmanager
def services_stay_off() -> Iterator[None]:
    """Keep packages from starting services, by Debian's policy hook, unless there is one already."""
    left_over = POLICY.exists() and POLICY_MARK in POLICY.read_text(encoding="utf-8", errors="replace")
    ours = left_over or not POLICY.exists()
    if ours:
        POLICY.write_text(f"#!/bin/sh\n{POLICY_MARK}\nexit 101\n", encoding="utf-8")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)
