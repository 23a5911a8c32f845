"""Texts of report files, from the message catalogs in ``catalogs/``: one JSON file per language."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

ENGLISH: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
_CHINESE: Final = {"zh_cn", "zh-cn", "zh"}
_LONGEST_WISH: Final = 200


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts in one language.

    Attributes:
        language: Its code, as the catalog's file is called.
        of_key: Key → text.
        fallback: The same in English.
    """

    language: str
    of_key: Mapping[str, str]
    fallback: Mapping[str, str]

    def __call__(self, key: str) -> str:
        """The text of a key; the key itself when no catalog has it."""
        return self.of_key.get(key) or self.fallback.get(key, key)

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language in RIGHT_TO_LEFT

    @staticmethod
    def of(language: str) -> Texts:
        """The texts in a language as clients name it, such as ``zh_CN``; English for unknown ones."""
        return _texts(_file_of(language))

    @staticmethod
    def wanted(accepted: str) -> Texts:
        """The texts that suit a reader best.

        Args:
            accepted: Languages as a browser tells them (RFC 9110, ``Accept-Language``); English when there
                is none of them.

        >>> Texts.wanted("fr;q=0.9, de-AT;q=0.8, en;q=0.2").language, Texts.wanted("").language
        ('de', 'en')
        """
        known = (name for name in _by_wish(accepted) if _file_of(name) != ENGLISH or _short(name) == ENGLISH)
        return Texts.of(next(known, ENGLISH))


def _by_wish(accepted: str) -> list[str]:
    """The languages of an ``Accept-Language``, the most wanted first; what is not understood is left out."""
    wishes: list[tuple[float, str]] = []
    for part in accepted[:_LONGEST_WISH].split(","):
        name, _, weight = part.partition(";")
        try:
            share = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        if share > 0 and name.strip():
            wishes.append((share, name.strip()))
    return [name for _, name in sorted(wishes, key=lambda wish: -wish[0])]


def has_right_to_left(text: str) -> bool:
    """Whether a text has a letter that is written from right to left.

    >>> has_right_to_left("2 kWh"), has_right_to_left("2 كيلوواط")
    (False, True)
    """
    return not text.isascii() and any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def _file_of(language: str) -> str:
    code = language.strip().lower()
    if code in _CHINESE:
        return "zh_CN"
    short = _short(code)
    return short if short in LANGUAGES else ENGLISH


def _short(code: str) -> str:
    return code.lower().replace("-", "_").split("_")[0]


@cache
def _texts(language: str) -> Texts:
    return Texts(language, _catalog(language), _catalog(ENGLISH))


@cache
def _catalog(language: str) -> Mapping[str, str]:
    text = (
        resources.files("ems_api.reports")
        .joinpath("catalogs", f"{language}.json")
        .read_text(encoding="utf-8")
    )
    found: dict[str, str] = json.loads(text)
    return found


def _languages() -> frozenset[str]:
    folder = resources.files("ems_api.reports").joinpath("catalogs")
    return frozenset(
        entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")
    )


LANGUAGES: Final = _languages()
"""Languages that have a catalog."""
