"""How much a battery must recharge from the grid for the peaks that are forecast, and until when.

The coming day is walked through in quarter hours: peaks above the limit take energy, surplus of the own sun
brings some. Only what is then missing has to be bought, and only until the peak that would miss it. So the
battery is left empty for the sun of the day where that is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from ems_edge_control.outlook import Series

AHEAD_S = 86_400.0
STEP_S = 900.0
EFFICIENCY = 0.95
# A forecast is never exact: what it says is missing is bought with that much more.
RESERVE = 1.1


@dataclass(frozen=True, slots=True)
class Store:
    """What the battery can do.

    Attributes:
        energy_wh: Energy above its reserve.
        room_wh: Most energy above its reserve.
        charge_w: Most charge power.
    """

    energy_wh: float
    room_wh: float
    charge_w: float


def needed_w(used: Series, made: Series | None, limit_w: float, store: Store, now_s: float) -> float | None:
    """Power at which to recharge from the grid now; 0 when the sun is enough, None when no forecast is known.

    Args:
        used: Forecast consumption [W].
        made: Forecast production [W].
        limit_w: Limit of grid power.
        store: The battery.
        now_s: Seconds since 1970.
    """
    energy_wh, missing_wh, until_s, time_s = store.energy_wh, 0.0, now_s, now_s
    while time_s < now_s + AHEAD_S:
        load_w = used.at(time_s)
        if load_w is None:
            break
        load_w -= (made.at(time_s) or 0.0) if made is not None else 0.0
        end_s = (time_s // STEP_S + 1) * STEP_S
        hours = (end_s - time_s) / 3600
        if load_w > limit_w:
            energy_wh -= (load_w - limit_w) * hours / EFFICIENCY
            if -energy_wh > missing_wh:
                until_s = until_s if missing_wh > 0 else time_s
                missing_wh = -energy_wh
        elif load_w < 0:
            energy_wh = min(energy_wh + min(-load_w, store.charge_w) * hours * EFFICIENCY, store.room_wh)
        time_s = end_s
    if time_s == now_s:
        return None
    bought_wh = min(missing_wh * RESERVE, max(0.0, store.room_wh - store.energy_wh))
    return bought_wh / EFFICIENCY * 3600 / max(until_s - now_s, STEP_S)
