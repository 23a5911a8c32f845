"""Whatever a controller shows has a word in the web's tables; a test of the web keeps the languages in step."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from ems_edge_control import properties, registry
from ems_edge_control.natures import Kind

HINT = "Add or remove it in ems-web/src/i18n/loop.{en,de,zh}.ts."
WORDS = Path(__file__).resolve().parents[2] / "ems-web" / "src" / "i18n" / "loop.en.ts"


def words_of(section: str, table: str = WORDS.name) -> set[str]:
    """The keys of a section of a table."""
    text = WORDS.with_name(table).read_text(encoding="utf-8")
    found = re.search(rf"^  {section}: {{\n(.*?)^  }},$", text, re.MULTILINE | re.DOTALL)
    assert found, section
    return set(re.findall(r'^    "?([\w-]+)"?:', found.group(1), re.MULTILINE))


def test_every_type_of_controller_has_a_name() -> None:
    types = set(registry.types())
    assert "peak-shaving" in types
    assert words_of("types") == types, HINT


def test_every_channel_and_state_has_a_name() -> None:
    channels = [channel for cls in registry.types().values() for channel in cls.channels]
    assert {channel.name for channel in channels} == words_of("channels"), HINT
    states = {name for channel in channels if channel.kind is Kind.ENUM for name in channel.options}
    assert "SHAVING" in states
    assert states <= words_of("states"), HINT


@pytest.mark.parametrize("language", ["de", "zh"])
def test_every_setting_has_a_name_in_languages_that_do_not_read_its_own(language: str) -> None:
    names = words_of("labels", f"settings.{language}.ts")
    settings = {
        properties.name_of(item)
        for cls in registry.types().values()
        for item in dataclasses.fields(cls.Config)
    }
    choices = {
        choice
        for cls in registry.types().values()
        for entry in properties.schema(cls.Config)["properties"].values()
        for choice in entry.get("enum", ())
        if len(choice) > 3 or choice in ("ALL", "CAR", "ESS")
    }
    assert "peakShavingPower" in settings
    assert choices <= words_of("choices", f"settings.{language}.ts") | words_of("states"), HINT
    assert names == settings, "Add or remove it in ems-web/src/i18n/settings.{de,zh}.ts."
