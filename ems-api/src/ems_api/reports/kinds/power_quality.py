"""Power quality of a meter: how far voltage, frequency, unbalance and harmonics keep to their limits.

Limits are those of EN 50160:2010 for low and medium voltage: supply voltage within 10 % of its nominal value
for 95 % of the time (4.2.2), frequency within 1 % for 99.5 % and within +4 %/-6 % always (4.2.1, the narrower
side is taken for both), negative sequence up to 2 % (4.2.4), total harmonic distortion up to 8 % (4.2.5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ems_api.reports.ask import Ask
from ems_api.reports.buckets import Float64
from ems_api.reports.kinds.readings import Measured, trend
from ems_api.reports.model import Curve
from ems_api.reports.site import Site

VOLTAGE_LIMIT_PCT: Final = 10.0
UNBALANCE_LIMIT_PCT: Final = 2.0
HARMONIC_LIMIT_PCT: Final = 8.0
FREQUENCY_NORMAL_HZ: Final = 0.5
FREQUENCY_SEVERE_HZ: Final = 2.0
NOMINAL_VOLTAGES_V: Final = (100, 110, 120, 127, 220, 230, 240, 277, 380, 400, 415, 440, 480, 690, 1000)
NOMINAL_FREQUENCIES_HZ: Final = (50, 60)

_TITLE = re.compile(r"(?P<name>.*?)(?: \((?P<unit>[^()]*)\))?")
_UNBALANCE = re.compile(r"unbalance|imbalance|不平衡", re.IGNORECASE)
_HARMONIC = re.compile(r"thd|harmonic|谐波", re.IGNORECASE)
_FREQUENCY = re.compile(r"freq|频率", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """How one point kept to its limit.

    Attributes:
        name: The point.
        unit: Its unit.
        kind: ``voltage``, ``frequency``, ``unbalance`` or ``harmonic``.
        nominal: What is right; 0 where that is none at all.
        limit: Largest deviation allowed, in per cent, or Hz for frequency.
        compliance_pct: Share of the readings within the limit; None without readings.
        worst: Deviation farthest from right, signed, in the limit's unit.
        worst_at: When; naive UTC, None without readings.
        mean: Mean deviation.
        highest: Largest deviation without its sign.
        severe: Readings beyond the severe limit (frequency only).
    """

    name: str
    unit: str
    kind: str
    nominal: float
    limit: float
    compliance_pct: float | None
    worst: float
    worst_at: Any
    mean: float | None
    highest: float | None
    severe: int


@dataclass(frozen=True)
class PowerQuality:
    """Readings of a meter and what they say of its supply."""

    measured: Measured
    findings: Sequence[Finding]


def build(site: Site, ask: Ask) -> PowerQuality:
    """The power quality of a meter.

    Raises:
        ApiError: There is no such meter.
    """
    measured = trend(site, ask, is_whole=True)
    found = [finding for curve in measured.curves if (finding := judge(curve)) is not None]
    return PowerQuality(measured, found)


def judge(curve: Curve) -> Finding | None:
    """How a curve keeps to its limit; None when it is of none of the kinds judged."""
    matched = _TITLE.fullmatch(curve.name)
    name, unit = (matched["name"], matched["unit"] or "") if matched else (curve.name, "")
    kind = _kind(name, unit)
    if kind is None:
        return None
    nominal = _nominal(kind, unit, curve.values)
    deviation = _deviation(kind, nominal, curve.values)
    limits = {
        "voltage": VOLTAGE_LIMIT_PCT,
        "unbalance": UNBALANCE_LIMIT_PCT,
        "harmonic": HARMONIC_LIMIT_PCT,
        "frequency": FREQUENCY_NORMAL_HZ,
    }
    limit = limits[kind]
    if not len(deviation):
        return Finding(name, unit, kind, nominal, limit, None, 0.0, None, None, None, 0)
    size = np.abs(deviation)
    at = int(np.argmax(size))
    severe = int((size > FREQUENCY_SEVERE_HZ).sum()) if kind == "frequency" else 0
    return Finding(
        name,
        unit,
        kind,
        nominal,
        limit,
        float((size <= limit).mean() * 100),
        float(deviation[at]),
        curve.times[at],
        float(deviation.mean()),
        float(size[at]),
        severe,
    )


def _kind(name: str, unit: str) -> str | None:
    if _UNBALANCE.search(name):
        return "unbalance"
    if _HARMONIC.search(name):
        return "harmonic"
    if unit.lower() == "hz" or _FREQUENCY.search(name):
        return "frequency"
    return "voltage" if unit in {"V", "kV"} else None


def _nominal(kind: str, unit: str, values: Float64) -> float:
    if kind not in {"voltage", "frequency"} or not len(values):
        return 0.0
    known = np.array(NOMINAL_VOLTAGES_V if kind == "voltage" else NOMINAL_FREQUENCIES_HZ, dtype=np.float64)
    if unit == "kV":
        known = np.array([0.4, 0.69, 3.3, 6, 6.6, 10, 11, 20, 22, 33, 35, 66, 110])
    middle = float(np.median(values))
    return float(known[np.argmin(np.abs(known - middle))])


def _deviation(kind: str, nominal: float, values: Float64) -> Float64:
    if kind == "voltage":
        return (values - nominal) / nominal * 100 if nominal else values * 0
    return values - nominal if kind == "frequency" else values
