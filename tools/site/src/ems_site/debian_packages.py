"""Fetches programs from Debian's unstable release and unpacks them beside the system.

For tests that need what the stable release has not: a real MySQL server (`make test-mysql`) and Docker
Compose. The packages and all they depend on are downloaded with a package list of our own and unpacked,
not installed: they bring their own C library and loader, so nothing of the system is touched.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from ems_site import processes

RELEASE = "sid"
MIRROR_FILE = Path("/etc/apt/sources.list.d/debian.sources")
_DOWNLOAD_LIMIT_S = 1200.0


@dataclass(frozen=True)
class Program:
    """A program to be had this way.

    Attributes:
        package: Its Debian package.
        path: Where it lies below the folder it is unpacked into.
    """

    package: str
    path: str


PROGRAMS = {
    "mysql": Program("mysql-server-core", "usr/sbin/mysqld"),
    "compose": Program("docker-compose", "usr/libexec/docker/cli-plugins/docker-compose"),
}


def command(program: Program, root: Path) -> list[str]:
    """Give the command that runs an unpacked program with its own loader and libraries."""
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    loader = libraries / "ld-linux-x86-64.so.2"
    path = f"{libraries}:{libraries / 'mysql' / 'private'}"
    return [str(loader), "--library-path", path, str(root / program.path)]


def unpack(program: Program, root: Path) -> None:
    """Make a folder with the unpacked program; does nothing when it is there.

    Raises:
        SystemExit: apt is missing or failed; with its words.
    """
    mark = root / ".complete"
    if mark.exists():
        return
    if shutil.which("apt-get") is None:
        raise SystemExit(f"{program.package}: this needs Debian's apt-get and dpkg-deb")
    work = root.with_name(root.name + ".apt")
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "status").touch()
    (work / "sources.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {_mirror()} {RELEASE} main\n",
        encoding="utf-8",
    )
    print(f"downloading {program.package} of Debian {RELEASE} and what it needs …", flush=True)
    _apt(work, "update")
    _apt(work, "install", "--download-only", "--yes", "--no-install-recommends", program.package)
    packages = sorted((work / "archives").glob("*.deb"))
    print(f"unpacking {len(packages)} packages …", flush=True)
    _merged_usr(root)
    for package in packages:
        _must(["dpkg-deb", "-x", str(package), str(root)])
    mark.touch()
    shutil.rmtree(work)


def _merged_usr(root: Path) -> None:
    """Lay out the links of a merged /usr, as packages expect them."""
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")


def _apt(work: Path, *arguments: str) -> None:
    options = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State::lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache::archives": work / "archives",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Sandbox::User": "root",
        "Acquire::Retries": 3,
        "Debug::NoLocking": "true",
    }
    settings = [f"-o={name}={value}" for name, value in options.items()]
    _must(["apt-get", "-q", *settings, *arguments])


def _must(words: list[str]) -> None:
    done = processes.run(words, _DOWNLOAD_LIMIT_S)
    if done.returncode != 0:
        raise SystemExit(f"`{words[0]}` failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


def _mirror() -> str:
    """Give the address this machine gets Debian from, so that a mirror or cache of its own is used."""
    lines: list[str] = []
    for path in (MIRROR_FILE, Path("/etc/apt/sources.list")):
        if path.exists():
            lines += path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[0] in {"URIs:", "deb"}:
            address = next((word for word in words[1:] if "://" in word), "")
            if address and "security" not in address:
                return address.rstrip("/")
    return "http://deb.debian.org/debian"


if __name__ == "__main__":
    unpack(PROGRAMS[sys.argv[1]], Path(sys.argv[2]).resolve())
