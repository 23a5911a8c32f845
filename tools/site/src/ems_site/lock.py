"""Solves `requirements.lock` from all our `pyproject.toml` files (`make lock`).

One universal solution for every supported Python, with hashes and without the address of any index. Pins
that are there stay, unless they no longer fit or `--upgrade` is given. `faults` checks without a network
that lock and declarations are in step.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ems_site.settings import ROOT

LOCK = ROOT / "requirements.lock"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def members() -> list[Path]:
    """Give the folders of our own packages."""
    return [ROOT / name for name in _project(ROOT)["tool"]["uv"]["workspace"]["members"]]


def solve(*, upgrade: bool) -> int:
    """Write the lock; returns the exit status of the solver."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    own = [_project(folder)["project"]["name"] for folder in (*members(), ROOT)]
    command = [uv, "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-header", "--quiet", "--output-file", str(LOCK)]
    command += [f"--no-emit-package={name}" for name in own]
    command += ["--upgrade"] if upgrade else []
    command += ["--group", f"{ROOT / 'pyproject.toml'}:dev"]
    command += [str(folder.relative_to(ROOT) / "pyproject.toml") for folder in members()]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - built here
    if status == 0:
        # The solver notes the group by its whole path, which differs from machine to machine.
        text = LOCK.read_text(encoding="utf-8").replace(f"{ROOT}/", "")
        LOCK.write_text(text.split("\n# The following packages were excluded")[0] + "\n", encoding="utf-8")
        print(f"{LOCK.name}: {len(pins())} packages")
    return status


def pins() -> dict[str, set[str]]:
    """Give the locked versions by package; more than one where they differ by platform or Python."""
    found: dict[str, set[str]] = {}
    for name, version in _PIN.findall(LOCK.read_text(encoding="utf-8")):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def faults() -> list[str]:
    """Name every declared dependency that the lock does not satisfy; empty when in step."""
    locked = pins()
    own = {_project(folder)["project"]["name"] for folder in (*members(), ROOT)}
    found = []
    for owner, text in _declared():
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if name in own:
            continue
        if name not in locked:
            found.append(f"{owner} needs {text}, which is not in {LOCK.name}; run `make lock`")
        elif not all(requirement.specifier.contains(version) for version in locked[name]):
            found.append(
                f"{owner} needs {text}, locked is {', '.join(sorted(locked[name]))}; run `make lock`"
            )
    return found


def _declared() -> list[tuple[str, str]]:
    rows = [
        (str(folder.relative_to(ROOT)), text)
        for folder in members()
        for text in _project(folder)["project"].get("dependencies", [])
    ]
    return rows + [("the dev group", text) for text in _project(ROOT)["dependency-groups"]["dev"]]


def _project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(solve(upgrade="--upgrade" in sys.argv[1:]))
