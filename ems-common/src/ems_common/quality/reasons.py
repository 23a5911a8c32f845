"""Why a reading was judged: a key and its numbers, as they are stored, and their English sentence.

What is stored is a JSON object such as ``{"key":"above","value":12.5,"limit":10.0}``. Those who show it in
another language have a text for each key; older rows hold an English sentence, which is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

_DIGITS = 9
TEXTS: Final[Mapping[str, str]] = {
    "below": "{value} is below the low limit {limit}",
    "above": "{value} is above the high limit {limit}",
    "physical": "{value} is beyond the physical limit {limit}",
    "future": "was later than the clock when it was judged",
    "again": "the same reading came again {ms} ms after",
    "repeat": "the same reading came {ms} ms before",
    "gap": "no reading for {pause_s}, usually one every {usual_s}",
    "spike": "{value} is far above what is around it ({low} … {high})",
    "drop": "{value} is far below what is around it ({low} … {high})",
    "notch": "{value} is far below {before} before and {after} after",
    "wild": "{value} is far above all that is usual ({low} … {high})",
    "lost": "{value} is far below all that is usual ({low} … {high})",
    "median": "{value} where the neighbours' median is {median}",
    "outside": "{value} is outside {low} … {high}",
    "average": "{value} is {percent} % of the neighbours' average",
    "stands": "stands at {value}, longer than it is known to",
    "stood": "stood at {value}, then caught up to {after}",
    "exchange": "first reading of the new meter: {value}",
    "between": "{low} … {high} between {before} and {after}",
    "wraps": "from {before} to {after}, wraps at {limit}",
    "down": "from {before} down to {after}",
    "rate": "from {before} to {after}: {rate} per hour",
}
"""Key → sentence; the names of numbers that end in ``_s`` are lengths of time in seconds."""
NOTES: Final[Mapping[str, str]] = {
    "unconfirmed": "not confirmed yet",
    "confirmed": "confirmed by what follows",
}
"""What may follow a sentence on a new level of a register."""


class Reason(NamedTuple):
    """Why a reading was judged.

    Attributes:
        key: One of `TEXTS`.
        numbers: The numbers of its sentence, by their names.
        note: One of `NOTES`, or None.
    """

    key: str
    numbers: Mapping[str, float]
    note: str | None = None

    @property
    def stored(self) -> str:
        """The form in which it is stored."""
        note = {} if self.note is None else {"note": self.note}
        rounded = {name: float(f"{number:.{_DIGITS}g}") for name, number in self.numbers.items()}
        return msgspec.json.encode({"key": self.key, **note, **rounded}).decode()

    @property
    def sentence(self) -> str:
        """The English sentence."""
        shown = {
            name: _span(number) if name.endswith("_s") else f"{number:.{_DIGITS}g}"
            for name, number in self.numbers.items()
        }
        text = TEXTS[self.key].format_map(shown)
        return text if self.note is None else f"{text}; {NOTES[self.note]}"


def reason(key: str, **numbers: float) -> str:
    """A reason as it is stored.

    >>> reason("above", value=12.5, limit=10)
    '{"key":"above","value":12.5,"limit":10.0}'
    """
    return Reason(key, numbers).stored


def parsed(detail: str) -> Reason | None:
    """The reason of a stored detail; None where it is a sentence, as of older rows."""
    if not detail.startswith("{"):
        return None
    try:
        found = msgspec.json.decode(detail, type=dict[str, str | float])
    except msgspec.DecodeError:
        return None
    key, note = found.pop("key", ""), found.pop("note", None)
    numbers = {name: float(number) for name, number in found.items() if not isinstance(number, str)}
    known = key in TEXTS and (note is None or note in NOTES)
    complete = known and all(f"{{{name}}}" in TEXTS[str(key)] for name in numbers)
    if not complete or len(numbers) != TEXTS[str(key)].count("{"):
        return None
    return Reason(str(key), numbers, None if note is None else str(note))


def sentence_of(detail: str) -> str:
    """The English sentence of a stored detail.

    >>> sentence_of(reason("gap", pause_s=5_400, usual_s=900))
    'no reading for 90 min, usually one every 15 min'
    >>> sentence_of("as it was said before")
    'as it was said before'
    """
    found = parsed(detail)
    return detail if found is None else found.sentence


def _span(length_s: float) -> str:
    """A length of time as people say it.

    >>> _span(90), _span(5_400), _span(19_800)
    ('90 s', '90 min', '5.5 h')
    """
    for unit, size_s in (("h", 3_600), ("min", 60)):
        if length_s >= 2 * size_s:
            return f"{length_s / size_s:.4g} {unit}"
    return f"{length_s:g} s"
