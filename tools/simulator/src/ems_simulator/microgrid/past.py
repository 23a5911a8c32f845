"""The microgrid's devices in the history, in quarter hours: nobody controlled them then.

Cars charged as fast as they could. The battery ran by a plain timetable: charged in the night, discharged
in the evening peak, back to the same state of charge every day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ems_common.plant import draws, sessions
from ems_common.plant.battery import BatteryRatings
from ems_common.plant.charger import taper
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_QUARTER_S = 900.0
_DAY_QUARTERS = 96
_CHARGE_QUARTERS = slice(2, 18)
_DISCHARGE_QUARTERS = slice(64, 76)
_LOW_SOC = 0.2
_DEPTH_MOST = 0.66
_DEPTH_LEAST = 0.5
_STREAM = np.uint64(0xBA << 48)
_CAR_STEP_S = 30.0


@dataclass(frozen=True)
class BatteryPast:
    """What the battery did.

    Attributes:
        charge_kwh: Energy taken in each quarter hour at the grid side, shape (n_quarters,).
        discharge_kwh: Energy given in each, same shape.
        soc_ratio: State of charge at the seams, shape (n_quarters + 1,).
    """

    charge_kwh: Floats
    discharge_kwh: Floats
    soc_ratio: Floats


def battery(first_quarter: int, n_quarters: int, ratings: BatteryRatings) -> BatteryPast:
    """The battery's timetable over a window of quarter hours since 1970 (UTC)."""
    first_day = first_quarter // _DAY_QUARTERS
    n_days = (first_quarter + n_quarters - 1) // _DAY_QUARTERS - first_day + 1
    days = np.arange(first_day, first_day + n_days, dtype=np.uint64)
    depth = _DEPTH_LEAST + (_DEPTH_MOST - _DEPTH_LEAST) * draws.uniform(days + _STREAM)
    stored_kwh = depth * ratings.capacity_kwh
    efficiency = ratings.one_way_efficiency
    charge = np.zeros((n_days, _DAY_QUARTERS))
    discharge = np.zeros((n_days, _DAY_QUARTERS))
    charge[:, _CHARGE_QUARTERS] = (stored_kwh / efficiency / 16.0)[:, np.newaxis]
    discharge[:, _DISCHARGE_QUARTERS] = (stored_kwh * efficiency / 12.0)[:, np.newaxis]
    change = (charge * efficiency - discharge / efficiency) / ratings.capacity_kwh
    soc = np.concatenate(
        [np.full((n_days, 1), _LOW_SOC), _LOW_SOC + np.cumsum(change, axis=1)[:, :-1]], axis=1
    )
    window = slice(first_quarter - first_day * _DAY_QUARTERS, None)
    charge_kwh = charge.ravel()[window][:n_quarters]
    discharge_kwh = discharge.ravel()[window][:n_quarters]
    seams = np.append(soc.ravel(), _LOW_SOC)[window][: n_quarters + 1]
    return BatteryPast(charge_kwh, discharge_kwh, seams)


def charger(first_quarter: int, n_quarters: int, sessions_per_day: int) -> Floats:
    """Energy that cars took in each quarter hour [kWh], shape (n_quarters,)."""
    start_s, end_s = first_quarter * _QUARTER_S, (first_quarter + n_quarters) * _QUARTER_S
    energy_kwh = np.zeros(n_quarters)
    for day in range(int(start_s // 86400), int((end_s - 1) // 86400) + 1):
        for session in sessions.of_day(day, sessions_per_day):
            _charge(session, start_s, energy_kwh)
    return energy_kwh


def session_at(time_s: float, sessions_per_day: int) -> tuple[float, float]:
    """Arrival and energy so far of the car that is there at an instant; zeros when there is none."""
    session = sessions.at(time_s, sessions_per_day)
    if session is None:
        return 0.0, 0.0
    first_quarter = int(session.start_s // _QUARTER_S)
    energy_kwh = np.zeros(int((time_s - first_quarter * _QUARTER_S) // _QUARTER_S) + 1)
    _charge(session, first_quarter * _QUARTER_S, energy_kwh, until_s=time_s)
    return session.start_s, float(energy_kwh.sum())


def _charge(
    session: sessions.Session, start_s: float, energy_kwh: Floats, until_s: float | None = None
) -> None:
    """Add a session to the quarter hours that begin at `start_s`."""
    time_s, got_kwh = session.start_s, 0.0
    end_s = session.end_s if until_s is None else min(session.end_s, until_s)
    while time_s < end_s:
        step_s = min(_CAR_STEP_S, end_s - time_s)
        power_kw = session.max_kw * taper(session.wanted_kwh - got_kwh)
        if power_kw <= 0.0:
            break
        step_kwh = power_kw * step_s / 3600.0
        index = int((time_s - start_s) // _QUARTER_S)
        if 0 <= index < len(energy_kwh):
            energy_kwh[index] += step_kwh
        got_kwh += step_kwh
        time_s += step_s
