"""Names as strangers write them: words without marks, and the nearest known ones for a refusal."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

SHOWN = 3
# Parts of names of types in other systems that say where a thing belongs, not what it does.
PLACES = frozenset({"controller", "ess", "symmetric", "io", "generic", "hybrid", "impl"})
_PACKAGE = re.compile(r"[a-z]\w*\.[a-z]")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+[a-z]*")


def spelling(name: str) -> str:
    """A name without capitals and separators."""
    return "".join(c for c in name.lower() if c.isalnum())


def words(name: str) -> tuple[str, ...]:
    """The words of a name without those that only say where it belongs.

    `Controller.Ess.DelayCharge`, `ControllerEssDelayChargeImpl` and `delay-charge` are the same.
    """
    return tuple(w for part in _WORD.findall(name) if (w := part.lower()) not in PLACES)


def bare(name: str) -> str:
    """A name without its package, `Dummy` before it and `Impl` behind it: how tests call their classes."""
    last = name.rpartition(".")[2] if _PACKAGE.match(name) else name
    return last.removeprefix("Dummy").removesuffix("Impl")


def nearest(name: str, known: Iterable[str]) -> str:
    """What a refusal adds: the known names most like one that is not known; empty when none is."""
    by_spelling = {spelling(k): k for k in known}
    close = difflib.get_close_matches(spelling(name), by_spelling, n=SHOWN, cutoff=0.5)
    return f"; nearest: {', '.join(by_spelling[k] for k in close)}" if close else ""
