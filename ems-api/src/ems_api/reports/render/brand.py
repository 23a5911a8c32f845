"""Colours, fonts and logo of report files: the same in workbooks, print and pictures."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from ems_common import log

ACCENT: Final = "#0F7B78"
PALETTE: Final = ("#2a6f97", "#f3a712", "#4c956c", "#c8553d", "#7b6cb5", "#8a817c", "#3aafa9", "#d17ba0")
"""Colours that stay apart for colour-blind readers and in grey."""
FONTS: Final = ("DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic")
"""In order of preference; the last ones for what the first do not have."""
LARGEST_LOGO_BYTES: Final = 500_000
_log = log.get(__name__)


@cache
def logo(path: str = "") -> tuple[bytes, str]:
    """The logo and its form (``svg``, ``png`` or ``jpg``): the file of that path, or the product's own.

    A file that cannot be used is logged once; reports then carry the product's own.
    """
    if path:
        form = Path(path).suffix.lower().lstrip(".").replace("jpeg", "jpg")
        try:
            content = Path(path).read_bytes()
        except OSError as ex:
            _log.warning("report_logo_unreadable", path=path, error=str(ex))
        else:
            if form in {"svg", "png", "jpg"} and 0 < len(content) <= LARGEST_LOGO_BYTES:
                return content, form
            _log.warning("report_logo_unusable", path=path, bytes=len(content))
    return resources.files("ems_api.reports").joinpath("templates", "logo.svg").read_bytes(), "svg"
