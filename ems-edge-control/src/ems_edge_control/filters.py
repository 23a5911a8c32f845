"""Filters of set-points: two that count time, and two that count calls for comparison with other systems.

The set-point of balancing-type controllers is already a feed-forward: measured load minus target. What is
left for a
filter is the error of the actuator itself (losses, calibration). :class:`Follow` learns that error slowly,
only while the device follows, and never turns a discharge into a charge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilterSettings:
    """What filter the solver puts between a balancing controller and a storage unit.

    Attributes:
        per_call: Count calls instead of time.
        pid: Use the controller filter.
        proportional: Gain of the error (per call).
        integral: Gain of the summed error (per call).
        derivative: Gain against changes of the input (per call).
        pt1: Use a first-order lag instead, when `pid` is off.
        pt1_s: Time constant of the lag [s].
        trim_per_s: Rate at which the actuator's error is learned [1/s].
        response_s: Time constant of a device that follows well [s].
    """

    per_call: bool = False
    pid: bool = True
    proportional: float = 0.3
    integral: float = 0.3
    derivative: float = 0.1
    pt1: bool = False
    pt1_s: float = 0.8
    trim_per_s: float = 0.2
    response_s: float = 0.3


@dataclass
class FilterState:
    """Memory of one filter; `None` before the first call."""

    sum_w: float = 0.0
    last_input_w: float | None = None
    last_output_w: float | None = None
    last_call_s: float | None = None
    model_w: float | None = None
    trim_w: float = 0.0

    def reset(self) -> None:
        """Start again without a bump: the next call begins from the measured power."""
        self.sum_w = self.trim_w = 0.0
        self.last_input_w = self.last_output_w = self.last_call_s = self.model_w = None


def round_half_up(value: float) -> float:
    """Nearest whole number, halves upwards."""
    return float(math.floor(value + 0.5))


def pid_per_call(
    settings: FilterSettings,
    state: FilterState,
    measured_w: float,
    target_w: float,
    low_w: float,
    high_w: float,
) -> float:
    """Discrete PID without a time base.

    The sum is used before the error of this call is added to it, and is limited to ten times the larger
    limit.
    """
    target = min(max(target_w, low_w), high_w)
    error = target - measured_w
    if error == 0:  # nothing to learn from: the next change is seen against the last call with an error
        return target
    output = settings.proportional * error + settings.integral * state.sum_w
    if state.last_input_w is not None:
        output -= settings.derivative * (measured_w - state.last_input_w)
    state.last_input_w = measured_w
    bound = 10 * max(abs(low_w), abs(high_w))
    state.sum_w = min(max(state.sum_w + error, -bound), bound)
    return min(max(round_half_up(output), low_w), high_w)


def pt1(
    settings: FilterSettings,
    state: FilterState,
    value_w: float,
    now_s: float,
    low_w: float = -math.inf,
    high_w: float = math.inf,
) -> float:
    """First-order lag within bounds; what the bounds cut off is forgotten (anti-windup).

    When calls are counted, outputs are whole watts and calls at most 50 ms apart return the last one.
    """
    output = value_w
    if state.last_output_w is not None and state.last_call_s is not None and settings.pt1_s > 0:
        elapsed = now_s - state.last_call_s
        if elapsed <= (0.05 if settings.per_call else 0.0):
            return min(max(state.last_output_w, low_w), high_w)
        lag = settings.pt1_s / elapsed
        output = (value_w + lag * state.last_output_w) / (1 + lag)
    if settings.per_call:
        output = round_half_up(output)
    state.last_output_w = min(max(output, low_w), high_w)
    state.last_call_s = now_s
    return state.last_output_w


def follow(
    settings: FilterSettings,
    state: FilterState,
    measured_w: float | None,
    target_w: float,
    low_w: float,
    high_w: float,
    dt_s: float,
) -> float:
    """The target plus what the device has been falling short of; equal at any cycle time.

    A first-order model of the device is compared with its measured power. Their difference is integrated
    only while
    the device follows to within 15 %, is held while the output is cut (anti-windup), stays below 10 % of the
    range, and never moves the output across zero.
    """
    target = min(max(target_w, low_w), high_w)
    if measured_w is not None:
        _learn(settings, state, measured_w, low_w, high_w, dt_s)
    wanted = target + (state.trim_w if target != 0 else 0.0)
    if wanted * target < 0:
        wanted = 0.0
    output = min(max(wanted, low_w), high_w)
    state.last_output_w = output
    return output


def _learn(
    settings: FilterSettings, state: FilterState, measured_w: float, low_w: float, high_w: float, dt_s: float
) -> None:
    if state.model_w is None or state.last_output_w is None:
        state.model_w = measured_w
        return
    aim = state.last_output_w - state.trim_w
    state.model_w += (aim - state.model_w) * (1 - math.exp(-dt_s / settings.response_s))
    reach = max(abs(low_w), abs(high_w))
    missing = state.model_w - measured_w
    follows = abs(missing) <= 0.15 * max(abs(state.model_w), 0.02 * reach)
    settled = abs(aim - state.model_w) <= 0.05 * max(abs(aim), 0.02 * reach)
    cut = state.last_output_w in (low_w, high_w) and missing * state.last_output_w > 0
    if not follows:
        state.trim_w -= state.trim_w * min(1.0, settings.trim_per_s * dt_s)
    elif settled and not cut:
        bound = 0.1 * reach
        state.trim_w = min(max(state.trim_w + settings.trim_per_s * missing * dt_s, -bound), bound)


def ramp(last: float, target: float, step: float) -> float:
    """From the last value towards the target, by at most a step."""
    if abs(target - last) <= step:
        return target
    return last + math.copysign(step, target - last)
