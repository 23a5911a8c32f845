"""Virtual environment, packages from the lock file, and our own packages in editable form."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from pathlib import Path

from tools.bootstrap import debian
from tools.bootstrap.steps import ROOT, Progress, SetupError, Stamp, content_hash, run, works

UV_VERSION = "0.13.8"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"


def members() -> list[Path]:
    """Give the folders of our own packages, as the workspace lists them."""
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [ROOT / name for name in workspace["tool"]["uv"]["workspace"]["members"]]


def stamp() -> Stamp:
    """Give the stamp over everything that decides what gets installed."""
    sources = [LOCK, *(folder / "pyproject.toml" for folder in members())]
    return Stamp(VENV / ".ems-setup", content_hash(sources, sys.version, str(ROOT)))


def is_done() -> bool:
    """Tell whether the environment is complete and current."""
    return stamp().is_current and PYTHON.exists()


def install(progress: Progress) -> None:
    """Make or bring up to date the virtual environment.

    Raises:
        SetupError: This Python is too old, or an installer failed.
    """
    if is_done():
        return
    if not LOCK.exists():
        raise SetupError("requirements.lock is missing; it is part of the repository (`git checkout` it)")
    with stamp().renewed():
        _make_environment(progress)
        installer = _installer()
        with progress.step("installing Python packages from requirements.lock"):
            command = [*installer, "--require-hashes", "-r", str(LOCK)]
            run("python-packages", command, environ=_quiet(), attempts=3)
        with progress.step("installing our own packages"):
            editable = [argument for folder in members() for argument in ("-e", str(folder))]
            run("python-own", [*installer, "--no-deps", *editable], environ=_quiet(), attempts=3)


def _make_environment(progress: Progress) -> None:
    if works([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    shutil.rmtree(VENV, ignore_errors=True)  # cut off in the making, or its Python is gone
    with progress.step("making the virtual environment .venv"):
        uv = _uv_on_path()
        if uv is not None:
            run("python-venv", [uv, "venv", "--no-config", "--python", sys.executable, str(VENV)])
            return
        if not works([sys.executable, "-c", "import ensurepip"]):
            debian.install(progress, ["python3-venv"])
        run("python-venv", [sys.executable, "-m", "venv", str(VENV)])


def _installer() -> list[str]:
    """Give the install command: uv when it is there or can be had, else pip."""
    uv = _uv_on_path()
    own_uv = VENV / "bin" / "uv"
    if uv is None and not works([str(own_uv), "--version"]):
        try:
            run("python-uv", [str(PYTHON), "-m", "pip", "install", f"uv=={UV_VERSION}"], attempts=2)
        except SetupError:
            return [str(PYTHON), "-m", "pip", "install"]
    return [uv or str(own_uv), "pip", "install", "--python", str(PYTHON)]


def _uv_on_path() -> str | None:
    uv = shutil.which("uv")
    return uv if uv is not None and works([uv, "--version"]) else None


def _quiet() -> dict[str, str]:
    # A hard link into the cache is fast; where it is not possible uv copies, without a warning per package.
    return {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "UV_LINK_MODE": os.environ.get("UV_LINK_MODE", "copy")}
