"""Cleaning finds faults in measured series and leaves the series alone; `make bench-cleaning` has all of them."""

from __future__ import annotations

from collections import defaultdict

from tests.bench.cleaning import Score, false_alarms, score_series
from tests.bench.cleaning_series import first_days, traces

DAYS = 60
"""Two weeks tell what is usual, the faults are in all of them; each day costs as much as any other."""


def test_faults_in_measured_series_are_found_and_the_rest_is_left_alone() -> None:
    every = traces()
    # One of each sort of series, and of their registers: all classes of faults.
    chosen = [first_days(trace, DAYS) for trace in [*every[::14], *every[1:60:25]]]
    scores: dict[str, Score] = defaultdict(Score)
    for number, trace in enumerate(chosen):
        # Faults in every hundredth reading must not become what is usual.
        score_series(trace, 7000 + number, scores, share=1.0 if number % 2 else 3.0)
    poor = {
        name: (round(score.recall, 3), round(score.precision, 3))
        for name, score in scores.items()
        if min(score.recall, score.precision) < 0.9
    }
    assert not poor
    assert len(scores) == 33
    assert sum(score.hit for score in scores.values()) > 7000
    alarms, _ = false_alarms(chosen)
    assert next(figure.value for figure in alarms if figure.name == "false alarms, all") < 0.1
