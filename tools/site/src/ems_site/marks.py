"""Which first-start steps a database has behind it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from ems_site.settings import Layout


class Marks:
    """Completion marks, one file per step.

    They lie with the data they speak of: those of the private server in its folder, so that they vanish
    with it; those of a server of one's own under a name made from its address.
    """

    def __init__(self, folder: Path) -> None:
        """Remember the folder."""
        self._folder = folder

    @classmethod
    def of(cls, layout: Layout, environ: dict[str, str], *, private: bool) -> Marks:
        """Give the marks of the database that this environment leads to."""
        prefix = environ.get("EMS_DB_PREFIX", "")
        if private:
            return cls(layout.servers / "mariadb" / "marks" / prefix)
        address = "|".join(environ.get(name, "") for name in ("EMS_DB_HOST", "EMS_DB_PORT", "EMS_DB_PREFIX"))
        return cls(layout.var / "marks" / hashlib.sha256(address.encode()).hexdigest()[:16])

    def is_set(self, step: str) -> bool:
        """Tell whether a step was completed."""
        return (self._folder / step).exists()

    def age_s(self, step: str) -> float:
        """Time since the step was completed [s]; infinite when it was not."""
        try:
            return time.time() - (self._folder / step).stat().st_mtime
        except FileNotFoundError:
            return float("inf")

    def set(self, step: str) -> None:
        """Note that a step is complete."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / step).touch()

    def clear(self, step: str) -> None:
        """Forget a step."""
        (self._folder / step).unlink(missing_ok=True)
