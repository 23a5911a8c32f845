"""Stretches of a few readings up to an hour with a step on either side: the longer spikes and drops."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ems_common.quality.series import HOUR_MS, Floats, Ints

PLATEAU_MS: Final = 5 * HOUR_MS // 4
"""A plateau, the intervals at its ends included, lasts no longer: an hour of quarters of an hour."""
_BACK = 0.35
"""A plateau ends with a step that leads at least that share of the way back: less than half on a ramp."""
_SHORT = 2
"""Excursions of so many readings are no plateaus."""
EDGE_SHARE: Final = 0.25
"""A plateau begins and ends with steps of at least this share of the larger level."""
_ALIKE = 2.0
"""A plateau's height is at least so many times what its surroundings differ by."""
_ON_RAMP = 0.5
"""Where either side is calm, so many times is enough."""
_UNLIKE = float(np.log(1.4))
"""Both steps of a stretch of which a share was lost are alike but for that ratio."""
_BEYOND = 0.15
"""What is left of a fall beside the median of either side, which a ramp leads away from it."""
_SIDE_ROWS = 7
"""So many readings on either side tell at which level the point was: more than twice a short excursion."""
_NOISY_STEPS = 8
_REVERSAL_MS = 3 * HOUR_MS


class Plateaus(NamedTuple):
    """Stretches that are set off from what is before and after by a step on either side; arrays of one shape.

    Attributes:
        begin: Position of the first reading.
        end: Position after the last one.
        height: How far all of it is beyond the two readings on either side; negative below them.
        level: Median distance of those readings from zero.
        lowest: The lowest of those readings.
        highest: The highest of them.
    """

    begin: Ints
    end: Ints
    height: Floats
    level: Floats
    lowest: Floats
    highest: Floats


def plateaus(time_ms: Ints, value: Floats, longest_ms: int) -> Plateaus:
    """Plateaus of more than two readings and at most a given length.

    Each step begins one that ends with the next step that leads a good part of the way back.
    """
    down, up = edges(value)
    below, above = _pairs(value, down, up), _pairs(-value, up, down)
    begin, end = np.concatenate((below, above), axis=1)
    is_low = np.arange(len(begin)) < below.shape[1]
    whole = (end - begin > _SHORT) & (time_ms[end] - time_ms[begin - 1] <= longest_ms)
    begin, end, is_low = begin[whole], end[whole], is_low[whole]
    beside = np.stack([value[np.clip(at, 0, len(value) - 1)] for at in (begin - 2, begin - 1, end, end + 1)])
    lowest, highest = beside.min(axis=0), beside.max(axis=0)
    top, bottom = _extremes(value, begin, end)
    height = np.where(is_low, -np.maximum(lowest - top, 0), np.maximum(bottom - highest, 0))
    level = np.median(np.abs(beside), axis=0)
    # What goes on at another level than it left is no excursion, nor is what lies between two others.
    # On a ramp the two sides may be farther apart than the plateau is high, if each of them is calm.
    wavers = np.abs(beside[[0, 3]] - beside[[1, 2]]).max(axis=0)
    apart = np.minimum(
        _ALIKE * (highest - lowest), np.maximum(_ON_RAMP * (highest - lowest), _ALIKE * wavers)
    )
    true = (height != 0) & (np.abs(height) >= apart)
    before, after = _medians(value, begin - _SIDE_ROWS, begin), _medians(value, end, end + _SIDE_ROWS)
    beyond = np.where(is_low, np.minimum(before, after) - top, bottom - np.maximum(before, after))
    true &= beyond >= np.abs(height) / 2
    # Where a share of all values is lost, a ramp goes on below; the steps at both ends tell.
    fall = _falls(value, begin, end)
    on_ramp = is_low & (fall > np.where(true, -height, 0)) & (fall >= _ALIKE * wavers)
    on_ramp &= beyond >= _BEYOND * fall
    height, true = np.where(on_ramp, -fall, height), true | on_ramp
    return Plateaus(begin[true], end[true], height[true], level[true], lowest[true], highest[true])


def _falls(value: Floats, begin: Ints, end: Ints) -> Floats:
    """How far each stretch is below a course that goes on behind it; 0 where it does not.

    A share of the value is lost: the ratio of the step into the stretch is that of the step out of it, and
    what lies between them has no such steps.
    """
    before, first, last, after = (value[at] for at in (begin - 1, begin, end - 1, end))
    fall = np.minimum(before - first, after - last)
    with np.errstate(divide="ignore", invalid="ignore"):
        unlike = np.abs(np.log((before / first) / (after / last)))
    positive = np.minimum(first, last) > 0
    steps = np.abs(np.diff(value, append=value[-1]))
    largest, _ = _extremes(steps, begin, end - 1)
    result: Floats = np.where(positive & (unlike <= _UNLIKE) & (largest <= fall / _ALIKE), fall, 0.0)
    return result


def _pairs(value: Floats, down: Ints, up: Ints) -> Ints:
    """First positions after steps down and after the steps up that lead back, shape (2, n)."""
    if len(up) == 0:
        return np.empty((2, 0), np.int64)
    back = _BACK * value[down] + (1 - _BACK) * value[down + 1]
    place = np.searchsorted(up, down + 1)
    # Where a value is next to nothing its noise makes steps, too.
    for _ in range(_NOISY_STEPS):
        lower = value[up[np.minimum(place, len(up) - 1)] + 1] < back
        place = np.where(lower & (place < len(up)), place + 1, place)
    known = place < len(up)
    return np.stack((down[known] + 1, up[place[known]] + 1))


def plateau_reach(time_ms: Ints, value: Floats, place: int) -> tuple[int, int] | None:
    """What a plateau may concern that ends at or after a position; None where there can be none.

    Returns:
        Position from which on readings may lie in such a plateau, and the one from which on readings must be
        at hand to know of every plateau that holds one of these.
    """
    if len(value) <= _SHORT + 2 or (time_ms[_SHORT + 2 :] - time_ms[: -_SHORT - 2]).min() > PLATEAU_MS:
        return None
    place = max(place, 0)
    if not any(len(found) for found in edges(value[place:])):
        return None
    first = int(np.searchsorted(time_ms, time_ms[place] - PLATEAU_MS))
    return first, int(np.searchsorted(time_ms, time_ms[first] - PLATEAU_MS))


def edges(value: Floats) -> tuple[Ints, Ints]:
    """Positions before large steps down, and before large steps up."""
    step, size = np.diff(value), np.abs(value)
    large = np.abs(step) >= EDGE_SHARE * np.maximum(size[1:], size[:-1])
    return np.flatnonzero(large & (step < 0)), np.flatnonzero(large & (step > 0))


def _medians(value: Floats, begin: Ints, end: Ints) -> Floats:
    """Median of the readings from each beginning to each end, as far as there are any."""
    places = begin[:, None] + np.arange(_SIDE_ROWS)
    inside = (places >= 0) & (places < np.minimum(end, len(value))[:, None])
    near = np.where(inside, value[np.clip(places, 0, len(value) - 1)], np.nan)
    result: Floats = np.nanmedian(near, axis=1) if len(near) else np.empty(0)
    return result


def _extremes(value: Floats, begin: Ints, end: Ints) -> tuple[Floats, Floats]:
    """Greatest and least value of each stretch."""
    if len(begin) == 0:
        return np.empty(0), np.empty(0)
    # Every second segment is one of the stretches; the rest lie between them, in any order.
    bounds = np.stack((begin, end), axis=1).ravel()
    padded = np.append(value, value[-1])
    return np.maximum.reduceat(padded, bounds)[::2], np.minimum.reduceat(padded, bounds)[::2]


def reversals(time_ms: Ints, value: Floats) -> int:
    """How many large steps are followed within hours by one the other way; a daily rise and fall is none."""
    down, up = edges(value)
    count = 0
    for first, second in ((down, up), (up, down)):
        place = np.searchsorted(second, first + 1)
        first, place = first[place < len(second)], place[place < len(second)]
        count += int(np.count_nonzero(time_ms[second[place]] - time_ms[first] <= _REVERSAL_MS))
    return count
