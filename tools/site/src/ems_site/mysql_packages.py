"""Fetches a real MySQL server from Debian unstable and unpacks it beside the system (`make test-mysql`).

The stable release has no MySQL server. The packages and all they depend on are downloaded with a package
list of our own and unpacked, not installed: they bring their own C library and loader, so nothing of the
system is touched.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from ems_site import processes

PACKAGE = "mysql-server-core"
RELEASE = "sid"
MIRROR_FILE = Path("/etc/apt/sources.list.d/debian.sources")
_DOWNLOAD_LIMIT_S = 1200.0


def unpack(root: Path) -> None:
    """Make a folder with an unpacked MySQL server; does nothing when it is there.

    Raises:
        SystemExit: apt is missing or failed; with its words.
    """
    mark = root / ".complete"
    if mark.exists():
        return
    if shutil.which("apt-get") is None:
        raise SystemExit("mysql: this needs Debian's apt-get and dpkg-deb")
    work = root.with_name(root.name + ".apt")
    shutil.rmtree(root, ignore_errors=True)
    for folder in ("lists/partial", "archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "status").touch()
    (work / "sources.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {_mirror()} {RELEASE} main\n",
        encoding="utf-8",
    )
    print(f"mysql: downloading {PACKAGE} of Debian {RELEASE} and what it needs (about 60 MB) …", flush=True)
    _apt(work, "update")
    _apt(work, "install", "--download-only", "--yes", "--no-install-recommends", PACKAGE)
    packages = sorted((work / "archives").glob("*.deb"))
    print(f"mysql: unpacking {len(packages)} packages …", flush=True)
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


def _must(command: list[str]) -> None:
    done = processes.run(command, _DOWNLOAD_LIMIT_S)
    if done.returncode != 0:
        raise SystemExit(f"mysql: `{command[0]}` failed:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


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
    unpack(Path(sys.argv[1]).resolve())
