"""The rules' parameters: defaults by kind of point, overrides by kind or point from a file.

The file (YAML, `EMS_CLEANING_RULES`) may have the keys ``energy``, ``analog``, ``digital`` and ``points``
(by id); below each, a rule's name and its parameters. What is not named keeps its default::

    analog:
      iqr: {enabled: true}
    points:
      12: {hampel: {sigmas: 6}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from ems_common.errors import BadInput

Positive = Annotated[float, Meta(gt=0)]
Hours = Annotated[float, Meta(gt=0, le=40)]
NearHours = Annotated[float, Meta(gt=0, le=20)]
KINDS: Final = ("energy", "analog", "digital", "text")
NOTES: Final = frozenset({"rollover", "reset", "exchange", "gap"})
"""Verdicts that explain a jump or a pause; the reading itself is good."""
RULES: Final = (
    "range",
    "future",
    "duplicate",
    "spike",
    "sudden_drop",
    "hampel",
    "dip",
    "negative_advance",
    "stuck",
    "impossible_power",
    "iqr",
    "average",
    *sorted(NOTES),
)
"""All names that may stand in `tbl_reading_verdicts.rule`."""


class Switch(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule without parameters."""

    enabled: bool = True


class Future(Struct, frozen=True, forbid_unknown_fields=True):
    """Readings later than now.

    Attributes:
        enabled: Whether the rule is on.
        tolerance_s: How far ahead of our clock is still now [s].
    """

    enabled: bool = True
    tolerance_s: Annotated[float, Meta(ge=0)] = 300.0


class Duplicate(Struct, frozen=True, forbid_unknown_fields=True):
    """The same value again right after.

    Attributes:
        enabled: Whether the rule is on.
        within_s: Nearer than this to the reading before [s].
        times_denser: Only where readings are usually this many times farther apart than the two.
        keep: Which one is good: the first, or the last.
    """

    enabled: bool = True
    keep: Literal["first", "last"] = "first"
    within_s: Positive = 60.0
    times_denser: Positive = 10.0


class Gap(Struct, frozen=True, forbid_unknown_fields=True):
    """Readings that did not come: noted at the first one after them.

    Attributes:
        enabled: Whether the rule is on.
        times_usual: A gap is longer than so many of the usual intervals (the median of the twelve before).
        sigmas: It is also this many robust standard deviations longer, for points that come irregularly.
    """

    enabled: bool = True
    times_usual: Annotated[float, Meta(gt=1)] = 1.75
    sigmas: Annotated[float, Meta(ge=0)] = 6.0


class Spike(Struct, frozen=True, forbid_unknown_fields=True):
    """Spikes and sudden drops of analog values: out of the neighbourhood and back within a few readings.

    Attributes:
        enabled: Whether the rule is on.
        longest_rows: How many readings such an excursion has at most.
        longest_hours: Or how long it lasts at most, where readings are closer and it begins and ends with a
            step [h]; 0 leaves such alone.
        neighbours: How many readings on each side tell the noise.
        within_hours: Neighbours are only readings nearer than this [h].
        noises: Height of an excursion in multiples of the noise (median of the second differences).
        least_share: Height in multiples of the neighbours' level, for any excursion.
        share_above: The same for one upwards that stays within the levels the point is known for.
        share_below: The same for one downwards.
        times_usual: Height in multiples of the excursions that the point is known for.
        beyond: How far, in widths of its known span, a level is above what the point is known for.
        remaining: Below this share of its known least, a level is outside what the point is known for.
    """

    enabled: bool = True
    longest_rows: Annotated[int, Meta(ge=1, le=4)] = 3
    longest_hours: Annotated[float, Meta(ge=0, le=1)] = 1.0
    neighbours: Annotated[int, Meta(ge=3, le=12)] = 6
    within_hours: NearHours = 12.0
    noises: Positive = 5.0
    least_share: Positive = 0.2
    share_above: Positive = 0.8
    share_below: Positive = 0.35
    times_usual: Annotated[float, Meta(ge=1)] = 3.0
    beyond: Annotated[float, Meta(ge=0)] = 0.5
    remaining: Annotated[float, Meta(ge=0, lt=1)] = 0.6


class Hampel(Struct, frozen=True, forbid_unknown_fields=True):
    """Values far from the median of their neighbours (Hampel identifier).

    Attributes:
        enabled: Whether the rule is on.
        neighbours: How many on each side are looked at.
        within_hours: Only those nearer than this [h].
        sigmas: Deviation in robust standard deviations (1.4826 × median absolute deviation).
    """

    enabled: bool = False
    neighbours: Annotated[int, Meta(ge=3, le=12)] = 5
    within_hours: NearHours = 12.0
    sigmas: Positive = 8.0


class Iqr(Struct, frozen=True, forbid_unknown_fields=True):
    """Values outside the neighbours' quartiles by a multiple of their distance (Tukey's fences)."""

    enabled: bool = False
    neighbours: Annotated[int, Meta(ge=3, le=12)] = 12
    within_hours: NearHours = 12.0
    factor: Positive = 3.0


class Average(Struct, frozen=True, forbid_unknown_fields=True):
    """Values above a share of the neighbours' average: the "150 %" rule."""

    enabled: bool = False
    neighbours: Annotated[int, Meta(ge=3, le=12)] = 12
    within_hours: NearHours = 12.0
    share: Annotated[float, Meta(gt=1)] = 1.5


class Stuck(Struct, frozen=True, forbid_unknown_fields=True):
    """Values that stand still where they usually move.

    Attributes:
        enabled: Whether the rule is on.
        least_hours: Shorter than this is nothing [h].
        least_rows: Fewer readings than this are nothing.
        chance: Analog values: a standstill is one that would come about by chance no more often than this, if
            values were repeated, and once repeated stayed, as often as in the two weeks before. For a point
            that repeats every tenth value; less where values are repeated more often, by the third power.
        evidence_hours: How far before the standstill the usual movement is looked for [h]; for analog values
            only where little is known of the point.
        moving_share: Share of the intervals there that must have moved (registers), or of the values that
            must be different ones (analog).
    """

    enabled: bool = True
    least_hours: Hours = 1.0
    least_rows: Annotated[int, Meta(ge=2)] = 4
    chance: Annotated[float, Meta(gt=0, lt=0.1)] = 3e-5
    evidence_hours: Annotated[float, Meta(gt=0, le=24)] = 8.0
    moving_share: Annotated[float, Meta(gt=0, le=1)] = 0.9


class Register(Struct, frozen=True, forbid_unknown_fields=True):
    """Excursions and jumps of cumulative registers.

    Attributes:
        enabled: Whether the rules are on.
        short_rows: An excursion of at most so many readings needs no further sign.
        short_hours: Nor does one that lasts at most this long [h].
        times_usual: An advance is implausible above this many times the usual rate (90th percentile of the
            advances around it), where the physical limit is not known.
        power_margin: How much the physical limit may be passed (metering class, clock jitter).
        confirm_rows: A change of level counts as real once so many readings follow it …
        confirm_hours: … or it has lasted this long [h]; until then its readings are doubtful.
        catch_up: A standstill ended by an advance this many times the usual rate was a frozen register.
    """

    enabled: bool = True
    short_rows: Annotated[int, Meta(ge=1)] = 3
    short_hours: Hours = 1.0
    times_usual: Positive = 10.0
    power_margin: Annotated[float, Meta(ge=1)] = 1.2
    confirm_rows: Annotated[int, Meta(ge=2)] = 3
    confirm_hours: Hours = 1.0
    catch_up: Positive = 3.0


class Fill(Struct, frozen=True, forbid_unknown_fields=True):
    """Estimates in place of missing and bad analog readings; they stand beside the readings.

    Attributes:
        enabled: Whether such estimates are made.
        method: A straight line between the good readings on either side; the one before; or what was there at
            the same time of the day before, moved so that it meets both sides.
        longest_hours: Longer pauses between good readings stay empty [h].
    """

    enabled: bool = False
    method: Literal["linear", "previous", "seasonal"] = "linear"
    longest_hours: Annotated[float, Meta(gt=0, le=24)] = 6.0


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """All rules that can apply to a point."""

    range: Switch = Switch()
    future: Future = Future()
    duplicate: Duplicate = Duplicate()
    gap: Gap = Gap()
    spike: Spike = Spike()
    hampel: Hampel = Hampel()
    iqr: Iqr = Iqr()
    average: Average = Average()
    stuck: Stuck = Stuck()
    register: Register = Register()
    impossible_power: Switch = Switch()
    fill: Fill = Fill()


NAMES: Final = tuple(entry.name for entry in msgspec.structs.fields(Rules))
"""All rules that have parameters."""


class StoredRule(NamedTuple):
    """Parameters of one rule as the database has them: of a kind of point, or of one point.

    Attributes:
        point_kind: The kind, or None.
        point_id: The point, or None.
        rule: Name of the rule.
        enabled: Whether it is on.
        parameters: What differs from the default.
    """

    point_kind: str | None
    point_id: int | None
    rule: str
    enabled: bool
    parameters: Mapping[str, Any]


_OFF = {"enabled": False}
DEFAULTS: Final[Mapping[str, dict[str, Any]]] = {
    "energy": {"spike": _OFF},
    "analog": {
        "register": _OFF,
        "stuck": {"least_hours": 1.0, "least_rows": 4, "evidence_hours": 24.0, "moving_share": 0.6},
    },
    "digital": {"spike": _OFF, "register": _OFF, "stuck": _OFF, "impossible_power": _OFF},
    "text": {"range": _OFF, "spike": _OFF, "register": _OFF, "stuck": _OFF, "impossible_power": _OFF},
}


class RuleBook:
    """Parameters of every point.

    Args:
        overrides: Content of the rules file.

    Raises:
        BadInput: A name is unknown, or a value out of its bounds.
    """

    def __init__(self, overrides: Mapping[str, Any] | None = None) -> None:
        given = dict(overrides or {})
        points = given.pop("points", None) or {}
        unknown = set(given) - set(KINDS)
        if unknown:
            raise BadInput(
                "is not a kind of point", "rules", sorted(unknown)[0], f"Known: {', '.join(KINDS)}."
            )
        self._by_kind = {kind: _merged(DEFAULTS[kind], given.get(kind) or {}) for kind in KINDS}
        self._rules = {kind: _typed(raw, kind) for kind, raw in self._by_kind.items()}
        self._points: dict[int, Mapping[str, Any]] = {}
        for key, raw in points.items():
            self._points[int(key)] = raw
            for kind in KINDS:
                _typed(_merged(self._by_kind[kind], raw), f"points.{key}")

    @staticmethod
    def from_file(path: Path | None) -> RuleBook:
        """The rule book of a file; the defaults without one.

        Raises:
            BadInput: The file cannot be read or used.
        """
        return RuleBook(overrides_of(path))

    def of(self, point_id: int, kind: str) -> Rules:
        """The parameters of one point."""
        override = self._points.get(point_id)
        if override is None:
            return self._rules[kind]
        return _typed(_merged(self._by_kind[kind], override), f"points.{point_id}")


def overrides_of(path: Path | None) -> dict[str, Any]:
    """Content of a rules file; nothing without one.

    Raises:
        BadInput: It cannot be read or is no mapping.
    """
    if path is None:
        return {}
    # Only a site with a rules file needs it.
    import yaml

    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as ex:
        raise BadInput(f"cannot be read: {ex}", str(path)) from ex
    if raw is not None and not isinstance(raw, dict):
        raise BadInput("must be a mapping", str(path), raw)
    return raw or {}


def with_stored(overrides: Mapping[str, Any], stored: Iterable[StoredRule]) -> dict[str, Any]:
    """Overrides of a file with those of the database on top."""
    result: dict[str, Any] = {key: dict(value or {}) for key, value in overrides.items()}
    for row in stored:
        if row.point_id is not None:
            of_points = result.setdefault("points", {})
            of_points[row.point_id] = place = dict(of_points.get(row.point_id) or {})
        else:
            place = result.setdefault(str(row.point_kind), {})
        place[row.rule] = {**_given(place.get(row.rule)), **row.parameters, "enabled": row.enabled}
    return result


def _given(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"enabled": value}


def checked(rule: str, enabled: bool, parameters: Mapping[str, Any]) -> None:
    """Check the parameters of one rule for every kind of point.

    Raises:
        BadInput: There is no such rule or parameter, or a value is out of its bounds.
    """
    for kind in KINDS:
        _typed(_merged(DEFAULTS[kind], {rule: {**parameters, "enabled": enabled}}), rule)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {name: dict(value) for name, value in base.items()}
    for name, value in over.items():
        result[name] = result.get(name, {}) | (value if isinstance(value, dict) else {"enabled": value})
    return result


def _typed(raw: Mapping[str, Any], where: str) -> Rules:
    try:
        return msgspec.convert(raw, Rules)
    except msgspec.ValidationError as ex:
        raise BadInput(str(ex), f"rules of {where}") from ex
