"""What is wrong with the configuration: where, what and what to do, as data and as an English sentence; pure.

What is stored is JSON such as ``{"what":{"key":"over_time","values":{"energy":"m³","power":"kW"}},
"where":[{"type":"thing","kind":"meter","id":12,"name":"Boiler"}],"advice":null}``. Those who show it in
another language have a text for each key, one for each word and a name for each kind of thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from ems_common.errors import BadInput
from ems_common.findings.texts import TEXTS, WORDS

LONGEST_TEXT: Final = 80
"""Characters that are kept of what somebody wrote."""
_PLACE: Final = re.compile(r"{(\w+)}", re.ASCII)
_PLACES: Final = {key: frozenset(_PLACE.findall(text)) for key, text in TEXTS.items()}


class Thing(msgspec.Struct, frozen=True, order=True, tag="thing"):
    """Something that people have entered.

    Attributes:
        kind: Its kind, such as ``meter``.
        id: Its id.
        name: Its name; "" where nobody looked it up.
    """

    kind: str
    id: int
    name: str = ""

    @property
    def sentence(self) -> str:
        """As it is called in a sentence.

        >>> Thing("virtual_meter", 3).sentence, Thing("space", 4, "Library").sentence
        ('virtual meter 3', 'Library (space 4)')
        """
        plain = f"{self.kind.replace('_', ' ')} {self.id}"
        return f"{self.name} ({plain})" if self.name else plain


class Word(msgspec.Struct, frozen=True, tag="word"):
    """A word that differs from language to language: one of `WORDS`."""

    word: str

    def __post_init__(self) -> None:
        """Refuse a word that nobody could translate."""
        if self.word not in WORDS:
            raise ValueError(f"no such word: {self.word}")

    @property
    def sentence(self) -> str:
        """The English word."""
        return WORDS[self.word]


One = str | Word | Thing
Value = int | float | One | tuple[One, ...]


class Phrase(msgspec.Struct, frozen=True):
    """A sentence, or its part: which one, and its values.

    Attributes:
        key: One of `TEXTS`.
        values: The values of its places, by their names.
    """

    key: str
    values: dict[str, Value] = {}

    def __post_init__(self) -> None:
        """Refuse what could not be told: another key, a value too many or too few."""
        if _PLACES.get(self.key) != self.values.keys():
            raise ValueError(f"no such text: {self.key} of {', '.join(self.values)}")

    @property
    def sentence(self) -> str:
        """The English sentence."""
        shown = {name: _shown(value) for name, value in self.values.items()}
        return _PLACE.sub(lambda place: shown[place[1]], TEXTS[self.key])

    def named(self, name_of: Callable[[Thing], Thing]) -> Phrase:
        """The same with the names of its things."""
        return Phrase(self.key, {name: _named(value, name_of) for name, value in self.values.items()})


class Finding(msgspec.Struct, frozen=True):
    """Something wrong.

    Attributes:
        what: What is wrong.
        where: The things it is about, the first one above all.
        advice: What to do about it, if that is known.
    """

    what: Phrase
    where: tuple[Thing, ...] = ()
    advice: Phrase | None = None

    @property
    def stored(self) -> str:
        """The form in which it is stored; equal findings have equal forms."""
        return msgspec.json.encode(self, order="deterministic").decode()

    @property
    def sentence(self) -> str:
        """The English sentence."""
        where = ", ".join(thing.sentence for thing in self.where)
        text = f"{where}: {self.what.sentence}" if where else self.what.sentence
        return f"{text}. {self.advice.sentence}" if self.advice else text

    @property
    def things(self) -> tuple[Thing, ...]:
        """All things it mentions."""
        found: list[Thing] = []

        def note(thing: Thing) -> Thing:
            found.append(thing)
            return thing

        self.named(note)
        return tuple(found)

    def at(self, *where: Thing) -> Finding:
        """The same, found at another place."""
        return Finding(self.what, where, self.advice)

    def named(self, name_of: Callable[[Thing], Thing]) -> Finding:
        """The same with the names of its things."""
        advice = None if self.advice is None else self.advice.named(name_of)
        return Finding(self.what.named(name_of), tuple(name_of(thing) for thing in self.where), advice)


class Unusable(BadInput):
    """Bad input that says what is wrong as data.

    Args:
        what: What is wrong.
        advice: What to do about it.
        value: The offending value.
    """

    def __init__(self, what: Phrase, advice: Phrase | None = None, value: object = None) -> None:
        self.finding = Finding(what, (), advice)
        super().__init__(what.sentence, value=value, advice="" if advice is None else advice.sentence)


def phrase(key: str, **values: int | float | One | Iterable[One]) -> Phrase:
    """A sentence of the catalogue with its values.

    >>> phrase("known", names=["x1", "x2"]).sentence
    'Known: x1, x2.'
    """
    kept: dict[str, Value] = {}
    for name, value in values.items():
        if isinstance(value, int | float):
            kept[name] = value
        elif isinstance(value, str | Word | Thing):
            kept[name] = _one(value)
        else:
            kept[name] = tuple(_one(item) for item in value)
    return Phrase(key, kept)


def word_of(text: str) -> Word | str:
    """The word that is known for a text, else the text itself.

    >>> word_of("area"), word_of("by mood")
    (Word(word='area'), 'by mood')
    """
    return Word(text) if text in WORDS else text


def parsed(stored: str | None) -> Finding | None:
    """The finding of a stored form; None where it is none that is known, as of older rows."""
    try:
        return msgspec.json.decode(stored or "", type=Finding)
    except msgspec.DecodeError:
        return None


def _one(item: One) -> One:
    if not isinstance(item, str):
        return item
    # Half of a surrogate pair, which JSON can name, cannot be stored.
    text = item[: LONGEST_TEXT + 1].encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _named(value: Value, name_of: Callable[[Thing], Thing]) -> Value:
    if isinstance(value, tuple):
        return tuple(name_of(item) if isinstance(item, Thing) else item for item in value)
    return name_of(value) if isinstance(value, Thing) else value


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, str):
        return value
    return f"{value:.9g}" if isinstance(value, int | float) else value.sentence
