"""Reasons of verdicts as they are stored, and as sentences."""

from __future__ import annotations

import re

import pytest
from ems_common.quality.reasons import NOTES, TEXTS, Reason, parsed, reason, sentence_of
from hypothesis import given
from hypothesis import strategies as st


@given(
    key=st.sampled_from(sorted(TEXTS)),
    note=st.sampled_from([None, *sorted(NOTES)]),
    number=st.floats(-1e15, 1e15).map(lambda x: float(f"{x:.9g}")),
)
def test_every_reason_comes_back_as_it_was_kept_and_fits_its_column(
    key: str, note: str | None, number: float
) -> None:
    why = Reason(key, dict.fromkeys(re.findall(r"{(\w+)}", TEXTS[key]), number), note)
    assert parsed(why.stored) == why
    assert len(why.stored) <= 255
    assert sentence_of(why.stored) == why.sentence
    assert "{" not in why.sentence


@pytest.mark.parametrize(
    "detail",
    [
        "12 is above the high limit 10",
        "",
        "{half a",
        '{"key":"unheard"}',
        '{"key":"above","value":1.0}',
        '{"key":"future","value":1.0}',
        '{"key":"down","before":1.0,"after":0.0,"note":"perhaps"}',
    ],
)
def test_what_is_no_known_reason_is_shown_as_it_is(detail: str) -> None:
    assert parsed(detail) is None
    assert sentence_of(detail) == detail


def test_sentences_read_as_people_say_it() -> None:
    assert sentence_of(reason("between", low=1285.71, high=1285.8, before=1286, after=1286.25)) == (
        "1285.71 … 1285.8 between 1286 and 1286.25"
    )
    why = Reason("down", {"before": 5200.5, "after": 12}, "unconfirmed")
    assert why.sentence == "from 5200.5 down to 12; not confirmed yet"
