"""Settings that cannot be used stop the start, all at once and with their reasons."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ems_common.errors import BadSettings
from ems_common.settings import load, setting


@dataclass(frozen=True, kw_only=True)
class Settings:
    pause_s: float = setting("EMS_PAUSE_S", default=1.0, minimum=0.5, maximum=10, help="Pause [s].")
    workers: int = setting("EMS_WORKERS", default=2, minimum=1, help="Workers.")


@pytest.mark.parametrize("text", ["nan", "inf", "0.1", "11", "soon"])
def test_a_number_that_is_none_or_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(BadSettings, match="EMS_PAUSE_S") as refusal:
        load(Settings, {"EMS_PAUSE_S": text, "EMS_WORKERS": "0"})
    assert "EMS_WORKERS" in str(refusal.value)


def test_a_blank_variable_leaves_the_default() -> None:
    assert load(Settings, {"EMS_PAUSE_S": " "}) == Settings()
