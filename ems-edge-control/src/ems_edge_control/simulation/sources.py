"""Load, sun and mains frequency over time; the same for every variant."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import UTC, datetime

from ems_edge_control.simulation.scenario import Scenario
from ems_edge_control.simulation.sections import PvSection, Step

RIPPLE_S = 120.0
NOMINAL_HZ = 50.0
# Mean of the magnitude of a standard normal number: what clouds take away on average.
MEAN_MAGNITUDE = math.sqrt(2 / math.pi)


class Sources:
    """What comes from outside the site's control."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.load = scenario.sections.load
        self.start_s = scenario.start_utc.timestamp()
        self._chance = random.Random(self.load.seed)  # noqa: S311 – weather and people, nothing to guess
        self._ripple = 0.0
        self._cloud = 0.0

    def at(self, time_s: float, dt_s: float) -> tuple[float, Mapping[str, float]]:
        """Load [W] and possible power of each PV inverter [W] at an instant, `dt_s` after the last call."""
        local = self._local(time_s)
        keep = math.exp(-dt_s / RIPPLE_S)
        fresh = math.sqrt(1 - keep * keep)
        self._ripple = keep * self._ripple + fresh * self._chance.gauss(0, 1)
        self._cloud = keep * self._cloud + fresh * self._chance.gauss(0, 1)
        load_w = self.expected_load_w(time_s, local) * (1 + self.load.noise * self._ripple)
        load_w += sum(s.add_w for s in self._active(self.load.steps, time_s))
        sun = {
            id: self._sun_w(id, pv, time_s, local, abs(self._cloud)) for id, pv in self.scenario.pvs.items()
        }
        return max(0.0, load_w), sun

    def frequency_hz(self, time_s: float) -> float:
        """Mains frequency."""
        steps = self.scenario.sections.frequency_steps
        return NOMINAL_HZ + sum(s.add_hz for s in self._active(steps, time_s)) if steps else NOMINAL_HZ

    def expected_load_w(self, time_s: float, local: datetime | None = None) -> float:
        """Load without chance and steps: what a good forecast says."""
        measured = self.scenario.load
        if measured is not None:
            return measured.at(time_s)
        local = local or self._local(time_s)
        profile = self.load.hourly_w
        place = _hour(local) * len(profile) / 24
        index = int(place)
        share = place - index
        base = profile[index % len(profile)] * (1 - share) + profile[(index + 1) % len(profile)] * share
        return base * (self.load.weekend if local.weekday() >= 5 else 1.0)

    def expected_sun_w(self, time_s: float) -> float:
        """Production of all inverters under mean clouds."""
        local = self._local(time_s)
        return sum(self._sun_w(id, pv, time_s, local, MEAN_MAGNITUDE) for id, pv in self.scenario.pvs.items())

    def _sun_w(self, id: str, pv: PvSection, time_s: float, local: datetime, cloud: float) -> float:
        measured = self.scenario.sun.get(id)
        if measured is not None:
            return max(0.0, measured.at(time_s))
        since_h, span_h = _hour(local) - pv.sunrise_h, pv.sunset_h - pv.sunrise_h
        if not 0 < since_h < span_h:
            return 0.0
        return pv.rated_w * math.sin(math.pi * since_h / span_h) * max(0.0, 1 - pv.clouds * cloud)

    def _local(self, time_s: float) -> datetime:
        return datetime.fromtimestamp(time_s, UTC).astimezone(self.scenario.zone)

    def _active(self, steps: list[Step], time_s: float) -> list[Step]:
        since_h = (time_s - self.start_s) / 3600
        return [s for s in steps if s.at_h <= since_h < s.at_h + s.hours]


def _hour(local: datetime) -> float:
    return local.hour + local.minute / 60 + local.second / 3600
