from __future__ import annotations

import json

import numpy as np
import pytest
from ems_common.findings.finding import Unusable, parsed
from ems_normalization.points import (
    Declaration,
    Track,
    difference,
    evaluate,
    in_order,
    substitutions,
    virtual_point,
)
from hypothesis import given
from hypothesis import strategies as st

TYPES = {
    1: "ANALOG_VALUE",
    2: "ENERGY_VALUE",
    3: "DIGITAL_VALUE",
    4: "TEXT_VALUE",
    11: "ANALOG_VALUE",
    12: "ANALOG_VALUE",
}


def declared(expression, variables, key=10, object_type="ANALOG_VALUE"):
    address = json.dumps({"expression": expression, "substitutions": variables})
    return virtual_point(Declaration(key, object_type, True, address), TYPES)


def track(**values):
    return Track(np.array([int(key[1:]) for key in values]), np.array(list(values.values()), dtype=float))


def test_a_value_at_every_instant_that_all_inputs_have():
    point = declared("(A - b) * 2", {"a": 1, "B": 3})
    result = evaluate(point, {1: track(t1=5, t2=6, t4=8), 3: track(t2=1, t3=1, t4=2)})
    assert result.time_ms.tolist() == [2, 4]
    assert result.value.tolist() == [10.0, 12.0]


def test_unused_inputs_must_have_a_value_too_and_formulas_without_value_give_none():
    point = declared("1 / a", {"a": 1, "b": 2})
    result = evaluate(point, {1: track(t1=0, t2=4, t3=2, t4=1e-20), 2: track(t1=1, t2=1, t4=1)})
    assert result.time_ms.tolist() == [2]
    assert result.value.tolist() == [0.25]


def test_the_piecewise_form():
    point = declared("(1, x > 5), (0, x <= 5)", {"x": 1})
    assert evaluate(point, {1: track(t1=9, t2=5)}).value.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("", "no JSON object"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, "no JSON object"),
        ('{"expression": "a"}', "no expression and substitutions"),
        ('{"expression": 3, "substitutions": {"a": 1}}', "no expression and substitutions"),
        ('{"expression": "1", "substitutions": {}}', "reads 1 to 100 points"),
        (
            json.dumps({"expression": "a1", "substitutions": {f"a{n}": n for n in range(101)}}),
            "reads 1 to 100",
        ),
        ('{"expression": "a", "substitutions": {"a": "1"}}', "stands for a point's id"),
        ('{"expression": "a", "substitutions": {"a": true}}', "stands for a point's id"),
        ('{"expression": "a", "substitutions": {"a": 1, "A": 2}}', "no usable variable"),
        ('{"expression": "a", "substitutions": {"a b": 1}}', "no usable variable"),
        ('{"expression": "a", "substitutions": {"\\ud800": 1}}', "no usable variable"),
        ('{"expression": "a", "substitutions": {"a": 1' + "0" * 50 + "}}", "does not exist"),
        ('{"expression": "\\ud800", "substitutions": {"a": 1}}', "does not parse"),
        ('{"expression": "__import__(a)", "substitutions": {"a": 1}}', "unknown function"),
        ('{"expression": "a.b", "substitutions": {"a": 1}}', "not allowed"),
        ('{"expression": "c", "substitutions": {"a": 1}}', "unknown variable"),
        ('{"expression": "a", "substitutions": {"a": 99}}', "does not exist"),
        ('{"expression": "a", "substitutions": {"a": 4}}', "without numbers"),
    ],
)
def test_declarations_that_cannot_be_computed_are_refused_with_a_reason(address, what):
    with pytest.raises(Unusable, match=what) as caught:
        virtual_point(Declaration(10, "ANALOG_VALUE", True, address), TYPES)
    assert parsed(caught.value.finding.stored) == caught.value.finding


def test_digital_and_text_points_cannot_be_virtual():
    with pytest.raises(
        Unusable, match=r"cannot be virtual \(got digital value\). Make it one of analog value,"
    ):
        declared("a", {"a": 1}, object_type="DIGITAL_VALUE")


def test_points_come_after_those_they_read_and_circles_are_told():
    chain = [
        declared("a", {"a": 11}, 12),
        declared("a", {"a": 1}, 11),
        declared("a + b", {"a": 11, "b": 12}, 10),
    ]
    ordered, faults = in_order(chain)
    assert [point.id for point in ordered] == [11, 12, 10]
    assert faults == []
    ring = [declared("a", {"a": 11}, 12), declared("a", {"a": 12}, 11), declared("a", {"a": 1}, 10)]
    ordered, faults = in_order([*ring, declared("a", {"a": 11}, 13)])
    assert [point.id for point in ordered] == [10]
    assert [fault.sentence for fault in faults] == [
        "point 12: its formula depends on itself, through point 11. Break the circle of virtual points.",
        "point 11: its formula depends on itself, through point 12. Break the circle of virtual points.",
        "point 13: its formula depends on itself, through point 11. Break the circle of virtual points.",
    ]
    assert len(in_order([declared("a", {"a": 11}, 11)])[1]) == 1


def test_substitutions_are_lower_case():
    assert substitutions('{"expression": "X", "substitutions": {"X": 5}}') == ("X", {"x": 5})


_TRACK = st.dictionaries(st.integers(0, 20), st.integers(0, 3), max_size=12).map(
    lambda d: Track(np.array(sorted(d), dtype=np.int64), np.array([d[k] for k in sorted(d)], dtype=float))
)


@given(_TRACK, _TRACK)
def test_applying_the_difference_gives_what_is_wanted(stored, wanted):
    new, gone = difference(stored, wanted)
    result = dict(zip(stored.time_ms.tolist(), stored.value.tolist(), strict=True))
    for at in gone.tolist():
        del result[at]
    kept = dict(result)
    result |= dict(zip(new.time_ms.tolist(), new.value.tolist(), strict=True))
    assert result == dict(zip(wanted.time_ms.tolist(), wanted.value.tolist(), strict=True))
    assert all(
        kept.get(at) != value for at, value in zip(new.time_ms.tolist(), new.value.tolist(), strict=True)
    )
