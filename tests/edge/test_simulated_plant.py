"""Edge control against the plant simulator with the demo's own files: the battery holds the limit."""

from __future__ import annotations

import math
import time

import pytest

from tests.edge.edge_campus import Site, until

pytestmark = pytest.mark.slow


def test_a_raised_load_is_back_under_the_limit_within_half_a_second(site: Site) -> None:
    """The best of three: other work on the machine may hold any single one up."""
    limit_kw = site.state()["limit_w"] / 1000
    took = []
    for _ in range(3):
        load_kw = site.plant()["load"]
        site.raise_load(limit_kw - load_kw + 700)
        until(
            lambda: site.plant()["grid"] > limit_kw or site.plant()["battery"] > 500, 5, "the step is there"
        )
        took.append(until(lambda: site.plant()["grid"] <= limit_kw, 5, "back under the limit"))
        time.sleep(1)
        if site.plant()["grid"] > limit_kw:
            took[-1] = math.inf
        site.raise_load(0)
        until(lambda: site.plant()["battery"] < 0, 10, "recharging")
    assert min(took) <= 0.5, f"{took} s, where inf did not stay there"


def test_the_set_point_does_not_swing_while_the_load_rests(site: Site) -> None:
    """The best of three: a machine so busy that readings grow stale sends the battery to its safe state."""
    limit_kw = site.state()["limit_w"] / 1000
    site.raise_load(limit_kw - site.plant()["load"] + 500)
    swings_kw = []
    for _ in range(3):
        time.sleep(3)
        powers_kw = []
        for _ in range(60):
            powers_kw.append(site.plant()["battery"])
            time.sleep(0.03)
        swings_kw.append(max(powers_kw) - min(powers_kw))
    site.raise_load(0)
    assert min(swings_kw) < 60, swings_kw
