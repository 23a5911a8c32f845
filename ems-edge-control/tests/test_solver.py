"""Properties of the power solver that must always hold, and the numbers of its strategies."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ems_edge_control.requests import (
    ALL,
    Coupling,
    Power,
    Quantity,
    Relation,
    at_least,
    at_most,
    equals,
    reactive,
)
from ems_edge_control.solver.coupled import Coupled, Row
from ems_edge_control.solver.power import Facts, PowerSolver
from ems_edge_control.solver.strategies import STRATEGIES, Member, SplitState
from ems_edge_control.solver.tree import Limits, Unit

WATTS = st.floats(-50_000, 50_000, allow_nan=False)
UNITS = [Unit("a"), Unit("b"), Unit("c"), Unit("inner", ("a", "b")), Unit("outer", ("inner", "c"))]
NAMES = [u.id for u in UNITS]
LIMITS = st.tuples(st.floats(-20_000, 0), st.floats(0, 20_000), st.floats(0, 20_000)).map(
    lambda x: Limits(*x)
)
WISHES = st.builds(
    Power,
    ess=st.sampled_from(NAMES),
    value=WATTS,
    relation=st.sampled_from(list(Relation)),
    quantity=st.sampled_from(list(Quantity)),
    clamped=st.booleans(),
)


def facts(**limits: Limits) -> dict[str, Facts]:
    return {name: Facts(limit, 0.0, 50.0) for name, limit in limits.items()}


def box(power: float) -> Limits:
    return Limits(-power, power, power)


@given(st.tuples(LIMITS, LIMITS, LIMITS), st.lists(WISHES, max_size=12), st.sampled_from(sorted(STRATEGIES)))
def test_set_points_never_leave_a_units_own_limits(
    limits: tuple[Limits, Limits, Limits], wishes: list[Power], strategy: str
) -> None:
    solver = PowerSolver(UNITS, strategy=STRATEGIES[strategy])
    solver.begin(facts(**dict(zip("abc", limits, strict=True))), 0.0, 1.0)
    for i, wish in enumerate(wishes):
        solver.request(wish, f"ctrl{i}")
    for name, point in solver.solve().items():
        limit = limits["abc".index(name)]
        assert limit.min_w - 1e-6 <= point.active_w <= limit.max_w + 1e-6
        assert math.hypot(point.active_w, point.reactive_var) <= limit.apparent_va * (1 + 1e-9) + 1e-3


@given(st.tuples(LIMITS, LIMITS, LIMITS), st.lists(WISHES, max_size=8), WISHES)
def test_a_later_active_power_wish_never_takes_room_from_an_earlier_one(
    limits: tuple[Limits, Limits, Limits], wishes: list[Power], last: Power
) -> None:
    """First wins: every accepted bound on P still holds in the solution, whatever comes after it."""
    solver = PowerSolver(UNITS)
    solver.begin(facts(**dict(zip("abc", limits, strict=True))), 0.0, 1.0)
    accepted = []
    active = [w for w in (*wishes, last) if w.quantity is Quantity.ACTIVE]
    for i, wish in enumerate(active):
        granted = solver.request(wish, f"ctrl{i}")
        if granted is not None and granted.accepted:
            accepted.append((wish, granted.value))
    points = solver.solve()
    totals = {u.id: _total(u, points) for u in UNITS}
    for wish, value in accepted:
        slack = 3.0 + 1e-6 * abs(value)  # whole watts of up to three units
        if wish.relation is not Relation.AT_LEAST:
            assert totals[wish.ess] <= value + slack
        if wish.relation is not Relation.AT_MOST:
            assert totals[wish.ess] >= value - slack


def _total(unit: Unit, points: dict) -> float:
    if not unit.members:
        return points[unit.id].active_w
    return sum(_total(next(u for u in UNITS if u.id == m), points) for m in unit.members)


@given(
    st.floats(-60_000, 60_000),
    st.lists(
        st.tuples(st.floats(-20_000, 0), st.floats(0, 20_000), st.floats(0, 100)), min_size=1, max_size=6
    ),
    st.sampled_from(sorted(STRATEGIES)),
)
def test_every_strategy_gives_the_total_within_each_members_range(
    total: float, sizes: list[tuple[float, float, float]], strategy: str
) -> None:
    members = [Member(str(i), low, high, high - low, soc) for i, (low, high, soc) in enumerate(sizes)]
    possible = min(max(total, sum(m.low for m in members)), sum(m.high for m in members))
    shares = STRATEGIES[strategy](possible, members, SplitState(), 1.0)
    assert sum(shares) == pytest.approx(possible, abs=1e-3)
    for member, share in zip(members, shares, strict=True):
        assert member.low - 1e-6 <= share <= member.high + 1e-6


def test_the_second_wish_is_cut_to_what_the_first_left_and_the_author_is_named() -> None:
    solver = PowerSolver([Unit("a")])
    solver.begin(facts(a=box(10_000)), 0.0, 1.0)
    solver.request(at_most("a", 3000), "reserve")
    granted = solver.request(equals("a", 8000), "balancing")
    assert granted is not None
    assert granted.value == 3000
    assert granted.limited_by == "reserve"
    assert solver.limited[0].author == "balancing"
    assert solver.limited[0].wanted == 8000
    assert solver.solve()["a"].active_w == 3000


def test_an_unclamped_impossible_wish_is_refused_and_changes_nothing() -> None:
    solver = PowerSolver([Unit("a")])
    solver.begin(facts(a=box(10_000)), 0.0, 1.0)
    granted = solver.request(at_least("a", 20_000, clamped=False), "x")
    assert granted is not None
    assert not granted.accepted
    assert solver.range("a") == (-10_000, 10_000)


def test_reactive_power_gets_what_the_circle_leaves() -> None:
    solver = PowerSolver([Unit("a")])
    solver.begin(facts(a=box(10_000)), 0.0, 1.0)
    solver.request(equals("a", 6000), "p")
    solver.request(reactive(equals("a", 9999)), "q")
    point = solver.solve()["a"]
    assert point.active_w == 6000
    assert point.reactive_var == 8000  # sqrt(10² - 6²) = 8


def test_reactive_power_asked_for_first_limits_active_power() -> None:
    solver = PowerSolver([Unit("a")])
    solver.begin(facts(a=box(10_000)), 0.0, 1.0)
    solver.request(reactive(equals("a", 8000)), "q")
    solver.request(equals("a", 10_000), "p")
    point = solver.solve()["a"]
    assert (point.active_w, point.reactive_var) == (6000, 8000)


def test_a_group_shares_by_available_power_with_the_rest_to_the_last() -> None:
    solver = PowerSolver([Unit("a"), Unit("b"), Unit("g", ("a", "b"))])
    solver.begin(facts(a=box(10_000), b=box(5000)), 0.0, 1.0)
    solver.request(equals("g", 1000), "x")
    points = solver.solve()
    assert points["a"].active_w == 666  # 1000 × 10/15 truncated
    assert points["b"].active_w == 334


def test_a_member_forced_to_charge_is_served_before_the_group_total() -> None:
    solver = PowerSolver([Unit("a"), Unit("b"), Unit("g", ("a", "b"))])
    solver.begin(facts(a=box(10_000), b=box(10_000)), 0.0, 1.0)
    solver.request(at_most("a", -2000), "force charge")
    solver.request(equals("g", 3000), "shaving")
    points = solver.solve()
    assert points["a"].active_w == -2000
    assert points["b"].active_w == 5000


def test_phases_of_an_asymmetric_unit_add_up_within_a_third_of_its_size() -> None:
    solver = PowerSolver([Unit("a", phased=True)], symmetric=False)
    solver.begin(facts(a=box(9000)), 0.0, 1.0)
    granted = solver.request(equals("a", 5000, phase="L1"), "x")
    assert granted is not None
    assert granted.value == 3000
    solver.request(equals("a", 4000), "y")
    point = solver.solve()["a"]
    assert point.phases["L1"][0] == 3000
    assert point.active_w == 4000


def test_a_phase_of_a_symmetric_unit_stands_for_a_third() -> None:
    solver = PowerSolver([Unit("a")], symmetric=False)
    solver.begin(facts(a=box(9000)), 0.0, 1.0)
    solver.request(equals("a", 1000, phase="L2"), "x")
    assert solver.solve()["a"].active_w == 3000


def test_a_bound_on_a_phase_of_a_group_is_kept_by_the_linear_programme() -> None:
    units = [Unit("a", phased=True), Unit("b"), Unit("g", ("a", "b"))]
    solver = PowerSolver(units, symmetric=False)
    solver.begin(facts(a=box(9000), b=box(9000)), 0.0, 1.0)
    solver.request(equals("g", 3000, phase="L1"), "x")
    points = solver.solve()
    on_phase = points["a"].phases["L1"][0] + points["b"].active_w / 3
    assert on_phase == pytest.approx(3000, abs=2)


def test_a_coupling_fixes_the_difference_of_two_phases() -> None:
    solver = PowerSolver([Unit("a", phased=True)], symmetric=False)
    solver.begin(facts(a=box(9000)), 0.0, 1.0)
    solver.couple(Coupling((("a", "L1", 1.0), ("a", "L2", -1.0)), 1000), "x")
    phases = solver.solve()["a"].phases
    assert phases["L1"][0] - phases["L2"][0] == pytest.approx(1000, abs=1)


def test_undefined_limits_allow_no_power() -> None:
    solver = PowerSolver([Unit("a")])
    solver.begin({"a": Facts(Limits(0, 0, 0))}, 0.0, 1.0)
    solver.request(equals("a", 5000), "x")
    assert solver.solve()["a"].active_w == 0


@pytest.mark.parametrize(
    ("soc", "value", "rounded"),
    [(60, 100.4, 101), (40, 100.4, 100), (60, -100.4, -100), (40, -100.4, -101), (50, 0.9, 0)],
)
def test_rounding_moves_the_state_of_charge_to_the_middle(soc: float, value: float, rounded: float) -> None:
    """Towards zero, but away from it when that brings the charge nearer to half."""
    solver = PowerSolver([Unit("a")])
    solver.begin({"a": Facts(box(10_000), 0.0, soc)}, 0.0, 1.0)
    solver.request(equals("a", value), "x")
    assert solver.solve()["a"].active_w == rounded


def test_a_group_in_two_groups_is_refused() -> None:
    with pytest.raises(ValueError, match="in two groups"):
        PowerSolver([Unit("a"), Unit("g", ("a",)), Unit("h", ("a",))])


def test_the_range_of_a_member_respects_the_group_and_its_siblings() -> None:
    solver = PowerSolver([Unit("a"), Unit("b"), Unit("g", ("a", "b"))])
    solver.begin(facts(a=box(10_000), b=box(2000)), 0.0, 1.0)
    solver.request(at_least("g", 5000), "x")
    assert solver.range("a", phase=ALL) == (3000, 10_000)


def test_sums_that_no_solution_can_keep_are_told() -> None:
    solver = PowerSolver([Unit("a")])
    solver.begin(facts(a=box(9000)), 0.0, 1.0)
    program = Coupled(solver.tree, 0)
    whole = program.factors("a")
    program.rows = [Row(whole, 5000, 5000, "one")]
    assert (program.complete([7000]), program.is_solved) == ([5000], True)
    program.rows.append(Row(whole, 1000, 1000, "other"))
    assert (program.complete([7000]), program.is_solved) == ([7000], False)
