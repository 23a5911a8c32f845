"""Numbers as text, the way a language writes them."""

from __future__ import annotations

import math
from typing import Any, Final

from ems_api.reports.render.document import NUMBER, PERCENT, PRICE

_MARKS: Final = {"de": (".", ","), "fr": ("\u202f", ","), "es": (".", ",")}
_PATTERNS: Final = {NUMBER: ",.2f", PRICE: ",.4f"}
_SCALES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def shown(value: Any, form: str, language: str) -> str:
    """A cell of a table; "" for what is unknown.

    >>> shown(1234.5, NUMBER, "de")
    '1.234,50'
    >>> shown(0.3456, PRICE, "en")
    '0.3456'
    >>> shown(0.125, PERCENT, "en").split()
    ['12.5', '%']
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    number = float(value)
    if not math.isfinite(number):
        return ""
    if form == PERCENT:
        return f"{_marked(f'{number * 100:,.1f}', language)}\N{NO-BREAK SPACE}%"
    return _marked(format(number, _PATTERNS.get(form, ",g")), language)


def compact(value: float, language: str) -> str:
    """A number of at most four digits, thousands by letter.

    >>> compact(12500.0, "en"), compact(0.25, "de")
    ('12.5k', '0,25')
    """
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return _marked(f"{value / scale:.4g}", language) + letter
    return _marked(f"{value:.4g}", language)


def _marked(text: str, language: str) -> str:
    group, point = _MARKS.get(language.split("_")[0], (",", "."))
    return text.translate({ord(","): group, ord("."): point})
