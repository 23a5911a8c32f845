"""What is asked for: query parameters, checked in the contract's order, with its error keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ems_common.clock import utc_now
from ems_common.periods import PERIOD_TYPES

from ems_api.context import LARGEST_ID, Context, is_true
from ems_api.errors import invalid
from ems_api.reports.buckets import MINUTES_PER_DAY, Span, floored, minutes_of
from ems_api.wall_clock import parse_instant

MOST_SLOTS: Final = 500_000
"""Slots of a period; 57 years of hours. A longer one is refused."""
MOST_BUCKETS: Final = 100_000
"""Values per part in an answer; 11 years hour by hour."""
MOST_ENTITIES: Final = 50
"""Entities of one request."""

Query = tuple[tuple[str, str], ...]
PERIOD: Final[Query] = (
    ("reportingperiodstartdatetime", "string"),
    ("reportingperiodenddatetime", "string"),
    ("timezone", "string"),
)
LANGUAGE: Final = ("language", "string")
QUICK: Final = ("quickmode", "string")
FORM: Final[Query] = (LANGUAGE, QUICK, ("exportexcel", "string"))
PDF: Final[Query] = (("exportpdf", "string"),)
COMPARED: Final[Query] = (
    ("periodtype", "string"),
    ("baseperiodstartdatetime", "string"),
    ("baseperiodenddatetime", "string"),
    *PERIOD,
    ("currency", "string"),
    *FORM,
)
USER: Final[Query] = (("useruuid", "string"),)
SPACE: Final[Query] = (("spaceid", "integer"),)


def named(prefix: str, suffix: str = "") -> Query:
    """The parameters that name an entity."""
    return ((f"{prefix}id{suffix}", "integer"), (f"{prefix}uuid{suffix}", "string"))


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UUID_4 = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}", re.IGNORECASE
)
"""What MyEMS takes for a UUID: those made at random, with or without hyphens."""
_SHORTEST_BUCKET_S = {
    "hourly": 3600,
    "daily": 82_800,
    "weekly": 601_200,
    "monthly": 2_415_600,
    "yearly": 31_532_400,
}


@dataclass(frozen=True, slots=True)
class Ref:
    """An entity as a request names it: by key, or by UUID when the key is 0."""

    id: int
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is common to requests for reports.

    Attributes:
        ref: The entity, or None for reports on none or many.
        period_type: ``hourly`` … ``yearly``, or minutes such as ``15min``.
        base: Period to compare with, or None.
        reporting: Period of interest.
        zone: Zone of periods and labels.
        currency: Unit of cost and income.
        language: Wanted language, "" for English.
        quick: Without parameters and files.
        wants_excel: Whether an Excel file belongs into the answer.
        wants_pdf: Whether a PDF file belongs into the answer.
        v1: Whether the client speaks the newer dialect: no empty bucket after the end, null for no value.
    """

    ref: Ref | None
    period_type: str
    base: Span | None
    reporting: Span
    zone: ZoneInfo
    currency: str
    language: str
    quick: bool
    wants_excel: bool
    wants_pdf: bool
    v1: bool


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A request that says more than what is common to all.

    Attributes:
        ask: What is common.
    """

    ask: Ask

    @property
    def language(self) -> str:
        """Wanted language."""
        return self.ask.language

    @property
    def wants_excel(self) -> bool:
        """Whether an Excel file belongs into the answer."""
        return self.ask.wants_excel

    @property
    def wants_pdf(self) -> bool:
        """Whether a PDF file belongs into the answer."""
        return self.ask.wants_pdf


def ref(ctx: Context, names: Sequence[str], error: str, id_key: str = "") -> Ref:
    """The entity that a request names.

    Args:
        ctx: The request.
        names: Prefixes of the parameters ``<prefix>id`` and ``<prefix>uuid``, the usual one first.
        error: Stem of the error keys, such as ``SPACE``.
        id_key: Error key of a wrong key where it does not follow from the stem.

    Raises:
        ApiError: It names none, or not in the form of a key or UUID.
    """
    id_key = id_key or f"INVALID_{error}_ID"
    for first in several(ctx, names[0], id_key)[:1]:
        return first
    for name in names:
        given = ctx.query(f"{name}id")
        if given:
            return Ref(_key(given, id_key, f"{name}id"))
    for name in names:
        given = ctx.query(f"{name}uuid")
        if given:
            return Ref(0, _uuid(ctx, f"{name}uuid", f"INVALID_{error}_UUID"))
    raise invalid(id_key, field=f"{names[0]}id")


def several(ctx: Context, name: str, error: str) -> list[Ref]:
    """The entities that the parameter ``<name>ids`` names, a list of keys; none when it is absent.

    Raises:
        ApiError: One is not a key, or there are more than :data:`MOST_ENTITIES`.
    """
    given = ctx.query(f"{name}ids")
    texts = given.split(",") if given else []
    if len(texts) > MOST_ENTITIES:
        raise invalid(error, field=f"{name}ids", detail=f"at most {MOST_ENTITIES} at once")
    keys = [_key(text.strip(), error, f"{name}ids") for text in texts]
    return [Ref(key) for key in dict.fromkeys(keys)]


def numbered_ref(ctx: Context, name: str, number: int, error: str, uuid_key: str = "") -> Ref:
    """One of two entities that are compared: parameters ``<name>id1`` or ``<name>uuid1``."""
    given = ctx.query(f"{name}id{number}")
    if given:
        return Ref(_key(given, f"INVALID_{error}_ID", f"{name}id{number}"))
    given = ctx.query(f"{name}uuid{number}")
    if not given:
        raise invalid(f"INVALID_{error}_ID", field=f"{name}id{number}")
    return Ref(0, _uuid(ctx, f"{name}uuid{number}", uuid_key or f"INVALID_{error}_UUID"))


def _uuid(ctx: Context, name: str, error: str) -> str:
    given = ctx.query(name)
    if not (_UUID if ctx.v1 else _UUID_4).fullmatch(given):
        raise invalid(error, field=name)
    return given.lower()


def number(ctx: Context, name: str, error: str) -> int:
    """A key given by a parameter.

    Raises:
        ApiError: It is absent or not a positive whole number.
    """
    return _key(ctx.query(name), error, name)


def _key(text: str, error: str, name: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= LARGEST_ID:
        return int(text)
    raise invalid(error, field=name)


def zone(ctx: Context) -> ZoneInfo:
    """The zone of periods: the parameter `timezone`, else the site's.

    Raises:
        ApiError: There is no such zone.
    """
    given = ctx.query("timezone")
    if not given:
        return ctx.zone
    try:
        return ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid("INVALID_TIMEZONE", field="timezone") from None


def period_type(ctx: Context, *, default: str = "") -> str:
    """The kind of buckets.

    Raises:
        ApiError: It is absent or unknown.
    """
    given = ctx.query("periodtype").lower() or default
    if given in PERIOD_TYPES:
        return given
    step = minutes_of(given)
    slot = ctx.services.settings.site.hour_minutes
    if step is None:
        advice = f"one of {', '.join(PERIOD_TYPES)}, or minutes such as {slot}min"
    elif step < slot or step % slot or MINUTES_PER_DAY % step:
        advice = f"minutes must be a multiple of {slot}, the length of this site's slots, and divide the day"
    else:
        return given
    raise invalid("INVALID_PERIOD_TYPE", field="periodtype", detail=advice)


def span(ctx: Context, name: str, tz: ZoneInfo) -> Span | None:
    """A period given by two parameters; None when both are blank.

    Args:
        ctx: The request.
        name: ``base`` or ``reporting``.
        tz: Zone of wall-clock times.

    Raises:
        ApiError: One is absent or not an instant, they are not in order, or too far apart.
    """
    start_name, end_name = f"{name}periodstartdatetime", f"{name}periodenddatetime"
    stem = f"INVALID_{name.upper()}_PERIOD"
    if not ctx.query(start_name) or not ctx.query(end_name):
        # To MyEMS half a period to compare with is none.
        halves = ((start_name, f"{stem}_START_DATETIME"), (end_name, f"{stem}_END_DATETIME"))
        given = [(half, error) for half, error in halves if ctx.query(half)]
        for half, error in given:
            _instant(ctx, half, error, tz)
        if not given or (name == "base" and not ctx.v1):
            return None
    start = _instant(ctx, start_name, f"{stem}_START_DATETIME", tz)
    end = _instant(ctx, end_name, f"{stem}_END_DATETIME", tz)
    slot_minutes = ctx.services.settings.site.hour_minutes
    if start >= end:
        raise invalid(f"{stem}_END_DATETIME", field=end_name, detail="the end is not after the start")
    found = floored(Span(start, end), slot_minutes, tz)
    if found.axis(slot_minutes).count > MOST_SLOTS:
        raise invalid(f"{stem}_END_DATETIME", field=end_name, detail=f"a period may have {MOST_SLOTS} slots")
    return found


def required_span(ctx: Context, name: str, tz: ZoneInfo) -> Span:
    """As :func:`span`, but it must be given."""
    found = span(ctx, name, tz)
    if found is None:
        field = f"{name}periodstartdatetime"
        raise invalid(f"INVALID_{name.upper()}_PERIOD_START_DATETIME", field=field)
    return found


def _instant(ctx: Context, name: str, error: str, tz: ZoneInfo) -> datetime:
    try:
        return parse_instant(ctx.query(name), tz)
    except (ValueError, OverflowError):
        raise invalid(error, field=name) from None


def bounded(period: Span | None, kind: str, name: str, entities: int = 1) -> None:
    """Refuse a period of so many buckets that the answer would be too large.

    Args:
        period: The period, if any.
        kind: Its buckets.
        name: ``base`` or ``reporting``.
        entities: How many entities are asked for.

    Raises:
        ApiError: It has too many.
    """
    if period is None:
        return
    length_s = (period.end_utc - period.start_utc).total_seconds()
    minutes = minutes_of(kind)
    shortest_s = _SHORTEST_BUCKET_S[kind] if minutes is None else 60 * minutes
    if length_s / shortest_s * entities > MOST_BUCKETS:
        error = f"INVALID_{name.upper()}_PERIOD_END_DATETIME"
        raise invalid(
            error, field=f"{name}periodenddatetime", detail=f"at most {MOST_BUCKETS} values at once"
        )


def read(
    ctx: Context,
    of: Ref | None,
    *,
    has_period_type: bool = True,
    default_period_type: str = "",
    by_flag: bool = False,
    needs_period: bool = True,
) -> Ask:
    """Read what is common to requests for reports.

    Args:
        ctx: The request.
        of: The entity, already read (it stands first in the order of checks).
        has_period_type: Whether the report has buckets.
        default_period_type: When the parameter may be absent.
        by_flag: Whether an Excel file is only made when `exportexcel` says so; else it is made unless
            `quickmode` is set, as MyEMS' clients expect.
        needs_period: Whether the reporting period must be given; else it is the last 24 hours.

    Raises:
        ApiError: A parameter is at fault.
    """
    tz = zone(ctx)
    kind = period_type(ctx, default=default_period_type) if has_period_type else "daily"
    base = span(ctx, "base", tz)
    reporting = span(ctx, "reporting", tz) if not needs_period else required_span(ctx, "reporting", tz)
    if reporting is None:
        now = utc_now()
        reporting = floored(Span(now - timedelta(days=1), now), ctx.services.settings.site.hour_minutes, tz)
    bounded(base, kind, "base")
    bounded(reporting, kind, "reporting")
    quick = is_true(ctx.query("quickmode") or ctx.query("quick_mode"))
    flag = ctx.query("exportexcel")
    excel = is_true(flag) if flag or by_flag or ctx.v1 else not quick
    site = ctx.services.settings.site
    return Ask(
        of,
        kind,
        base,
        reporting,
        tz,
        ctx.query("currency") or site.currency,
        ctx.query("language"),
        quick,
        excel,
        is_true(ctx.query("exportpdf")),
        ctx.v1,
    )
