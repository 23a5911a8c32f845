"""The systemd unit is one that systemd understands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).parents[1] / "deploy" / "ems-edge-control.service"
COMMAND = Path(sys.executable).parent / "ems-edge-control"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    """With paths and account of this machine; where systemd is missing, its sections and assignments are read."""
    text = UNIT.read_text(encoding="utf-8")
    here = re.sub(r"^(ExecStart(?:Pre)?=)\S+/ems-edge-control", rf"\1{COMMAND}", text, flags=re.M)
    here = re.sub(r"^(User|Group)=.*$", r"\1=root", here, flags=re.M)
    assert here.count(str(COMMAND)) == 2
    unit = tmp_path / UNIT.name
    unit.write_text(here, encoding="utf-8")
    if (tool := shutil.which("systemd-analyze")) is not None:
        done = subprocess.run([tool, "verify", str(unit)], capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if UNIT.name in line]
        assert (done.returncode, said) == (0, [])
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if line.startswith("[")] == ["[Unit]", "[Service]", "[Install]"]
    assert [line for line in lines if not re.match(r"\[\w+\]$|[A-Z][A-Za-z]+=\S", line)] == []
