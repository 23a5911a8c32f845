"""Findings: as they are stored, as English sentences, and what cannot be one."""

from __future__ import annotations

import re

import msgspec
import pytest
from ems_common.catalog.bindings import ALLOCATIONS, SHARE
from ems_common.errors import BadInput
from ems_common.expressions import compile_expression
from ems_common.findings.finding import (
    LONGEST_TEXT,
    Finding,
    Phrase,
    Thing,
    Unusable,
    Value,
    Word,
    parsed,
    phrase,
    word_of,
)
from ems_common.findings.texts import TEXTS, WORDS
from ems_common.orders import TABLES
from ems_common.units import UNITS
from hypothesis import given
from hypothesis import strategies as st

LIBRARY = Thing("space", 40, "Main Library")
THINGS = st.builds(Thing, st.sampled_from(sorted(TABLES)), st.integers(1, 2**53), st.text(max_size=20))
ONES = st.text(max_size=20) | st.builds(Word, st.sampled_from(sorted(WORDS))) | THINGS
VALUES: st.SearchStrategy[Value] = (
    st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | ONES | st.lists(ONES, max_size=3).map(tuple)
)


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    key = draw(st.sampled_from(sorted(TEXTS)))
    return Phrase(key, {name: draw(VALUES) for name in re.findall(r"{(\w+)}", TEXTS[key])})


@given(st.builds(Finding, phrases(), st.lists(THINGS, max_size=3).map(tuple), st.none() | phrases()))
def test_every_finding_comes_back_as_it_was_kept(finding: Finding) -> None:
    again = parsed(finding.stored)
    assert again == finding
    assert again is not None
    assert again.stored == finding.stored
    assert msgspec.convert(msgspec.to_builtins(finding), Finding) == finding


def test_the_order_in_which_values_were_given_makes_no_other_finding() -> None:
    one = Finding(Phrase("over_time", {"power": "kW", "energy": "m³"}))
    other = Finding(Phrase("over_time", {"energy": "m³", "power": "kW"}))
    assert one.stored == other.stored


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "the formula is empty",
        "{half a",
        '{"what":{"key":"unheard","values":{}}}',
        '{"what":{"key":"empty","values":{"limit":3}}}',
        '{"what":{"key":"too_long","values":{}}}',
        '{"what":{"key":"no_weight","values":{"rule":{"type":"word","word":"mood"}}}}',
    ],
)
def test_what_is_no_known_finding_is_none(stored: str | None) -> None:
    assert parsed(stored) is None


def test_a_phrase_has_exactly_the_values_of_its_text() -> None:
    for made in (lambda: phrase("too_long"), lambda: phrase("empty", limit=3), lambda: phrase("unheard")):
        with pytest.raises(ValueError, match="no such text"):
            made()
    with pytest.raises(ValueError, match="no such word"):
        Word("mood")


def test_a_sentence_says_where_what_and_what_to_do() -> None:
    ways = [Word("own_binding"), Thing("space", 41, "Ground Floor")]
    what = phrase("double_count", meter=Thing("virtual_meter", 401), times=2.0, ways=ways)
    assert Finding(what, (LIBRARY,), phrase("unbind")).sentence == (
        "Main Library (space 40): counts virtual meter 401 2 times, through its own binding, Ground Floor (space 41)."
        " Remove one of the bindings, or set it not to be counted."
    )
    assert Finding(phrase("empty")).sentence == "the formula is empty"


def test_what_stands_in_a_value_is_no_place_of_its_own() -> None:
    assert phrase("unknown_function", text="{name}").sentence.endswith("(got '{name}')")


def test_names_are_put_to_all_things_of_a_finding() -> None:
    what = phrase("several_powers", point=Thing("point", 1), others=[Thing("point", 2)])
    bare = Finding(what, (Thing("meter", 3),))
    assert bare.things == (Thing("point", 1), Thing("point", 2), Thing("meter", 3))
    told = bare.named(lambda thing: Thing(thing.kind, thing.id, f"{thing.kind.upper()}"))
    assert told.sentence == (
        "METER (meter 3): of several powers that of POINT (point 1) counts, not POINT (point 2)"
    )


def test_what_somebody_wrote_is_cut_and_can_always_be_stored() -> None:
    said = phrase("unreadable", text="x" * 10_000)
    assert said.values["text"] == "x" * LONGEST_TEXT + "…"
    assert phrase("unreadable", text="x" * LONGEST_TEXT).values["text"] == "x" * LONGEST_TEXT
    half = Finding(phrase("known", names=["\ud800"]))
    assert parsed(half.stored) == half


def test_every_dimension_and_every_rule_of_allocation_is_a_word() -> None:
    assert {unit.dimension for unit in UNITS} | {*ALLOCATIONS} - {SHARE} <= WORDS.keys()
    assert word_of("mood") == "mood"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1" * 10_001, "too_long"),
        (" ", "empty"),
        ("a + )", "unreadable_at"),
        ("a +", "unreadable"),
        ("max(" + ",".join(["-1"] * 2500) + ")", "many_parts"),
        ("-" * 150 + "x", "deep"),
        ("(1, x), 2", "pairs"),
        ("[1, 2]", "not_allowed"),
        ("'a'", "only_numbers"),
        ("1" + "0" * 400, "large_number"),
        ("y", "unknown_variable"),
        ("x // 2", "operator"),
        ("x in x", "comparison"),
        ("f(x)", "unknown_function"),
        ("min(x)", "arguments"),
    ],
)
def test_a_formula_that_cannot_be_used_says_why_as_data(text: str, key: str) -> None:
    with pytest.raises(Unusable) as refusal:
        compile_expression(text, ["x"])
    finding = refusal.value.finding
    assert finding.what.key == key
    assert parsed(finding.stored) == finding
    assert str(refusal.value) == finding.sentence
    assert isinstance(refusal.value, BadInput)
