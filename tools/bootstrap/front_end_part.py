"""npm packages from the lock file, and the two front ends built from source."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

from tools.bootstrap.steps import ROOT, Progress, SetupError, Stamp, content_hash, run, side_by_side

LEAST_NODE = (20, 19)
APPS = ("ems-web", "ems-admin")
MODULES = ROOT / "node_modules"
SHARED = ("package.json", "package-lock.json", "tsconfig.base.json", "ems-web/packages")


def is_done() -> bool:
    """Tell whether both front ends are built from the present sources."""
    return not _exists() or all(_is_built(app) for app in _apps())


def install(progress: Progress) -> None:
    """Install the npm packages and build what is not up to date.

    Raises:
        SetupError: Node is missing or too old, or npm or a build failed.
    """
    if is_done():
        return
    _check_node()
    modules = _modules_stamp()
    if not modules.is_current:
        with progress.step("installing npm packages from package-lock.json"), modules.renewed():
            command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
            run("npm-packages", command, attempts=2)
    builds = {app: (lambda app=app: _build(progress, app)) for app in _apps() if not _is_built(app)}
    side_by_side(progress, builds)


def _exists() -> bool:
    return (ROOT / "package-lock.json").exists()


def _apps() -> list[str]:
    return [app for app in APPS if (ROOT / app / "package.json").exists()]


def _modules_stamp() -> Stamp:
    manifests = [ROOT / name for name in _workspace_manifests()]
    return Stamp(MODULES / ".ems-setup", content_hash([ROOT / "package-lock.json", *manifests]))


def _workspace_manifests() -> list[str]:
    root = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    return ["package.json", *(f"{folder}/package.json" for folder in root.get("workspaces", []))]


def _build_stamp(app: str) -> Stamp:
    sources = [ROOT / app, *(ROOT / name for name in SHARED)]
    return Stamp(ROOT / "var" / "setup" / f"{app}.stamp", content_hash(sources))


def _is_built(app: str) -> bool:
    return (ROOT / app / "dist" / "index.html").exists() and _build_stamp(app).is_current


def _build(progress: Progress, app: str) -> None:
    with progress.step(f"building {app}"), _build_stamp(app).renewed():
        run(f"build-{app}", ["npm", "run", "build", "-w", app])


def _check_node() -> None:
    wanted = ".".join(map(str, LEAST_NODE))
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise SetupError(f"please install Node.js {wanted} or newer with npm; it builds the front ends")
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = tuple(int(part) for part in re.findall(r"\d+", shown)[:2])
    if found < LEAST_NODE:
        raise SetupError(f"Node.js {shown.strip()} is too old; please install {wanted} or newer")
