from __future__ import annotations

from pathlib import Path

import pytest
from ems_common.errors import BadInput
from ems_common.quality.parameters import NOTES, RULES, RuleBook


def test_overrides_apply_to_a_kind_and_to_a_point(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("analog: {hampel: {sigmas: 5}}\npoints: {12: {hampel: {enabled: false}, iqr: true}}\n")
    book = RuleBook.from_file(path)
    assert book.of(1, "analog").hampel.sigmas == 5
    assert book.of(12, "analog").hampel.enabled is False
    assert book.of(12, "analog").hampel.sigmas == 5
    assert book.of(12, "analog").iqr.enabled is True
    assert book.of(1, "energy").hampel.enabled is False


@pytest.mark.parametrize(
    "text",
    [
        "analog: {hampel: {sigma: 5}}",
        "anlog: {}",
        "analog: {hampel: {sigmas: -1}}",
        "[1]",
        "points: {1: {x: 1}}",
        "{",
    ],
)
def test_a_fault_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    with pytest.raises(BadInput):
        RuleBook.from_file(path)


def test_every_note_is_a_rule_and_no_name_is_too_long_for_its_column() -> None:
    assert set(RULES) >= NOTES
    assert all(len(name) <= 32 for name in RULES)
