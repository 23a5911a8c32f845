"""The set-up: what it takes for done, how it recovers, what it says when it cannot go on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.bootstrap import debian, front_end_part, python_part, steps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    monkeypatch.setattr(steps, "LOG_FOLDER", tmp_path / "log")
    folder = tmp_path / "app"
    (folder / "node_modules").mkdir(parents=True)
    (folder / "index.ts").write_text("one")
    return folder


def test_a_stamp_is_current_only_for_the_inputs_it_was_made_with(inputs: Path, tmp_path: Path):
    first = steps.Stamp(tmp_path / "made" / "stamp", steps.content_hash([inputs]))
    with first.renewed():
        assert not first.is_current
    assert first.is_current
    (inputs / "node_modules" / "other.js").write_text("built, not a source")
    assert steps.Stamp(tmp_path / "made" / "stamp", steps.content_hash([inputs])).is_current
    (inputs / "index.ts").write_text("two")
    assert not steps.Stamp(tmp_path / "made" / "stamp", steps.content_hash([inputs])).is_current


def test_a_step_that_fails_leaves_no_stamp_so_it_is_done_again(inputs: Path, tmp_path: Path):
    stamp = steps.Stamp(tmp_path / "stamp", steps.content_hash([inputs]))
    with stamp.renewed():
        pass
    with pytest.raises(RuntimeError), stamp.renewed():
        raise RuntimeError("cut off")
    assert not stamp.is_current


def test_a_renamed_file_changes_the_hash(inputs: Path):
    before = steps.content_hash([inputs])
    (inputs / "index.ts").rename(inputs / "main.ts")
    assert steps.content_hash([inputs]) != before


def test_parts_run_side_by_side_and_all_failures_are_told(inputs: Path):
    def slow():
        time.sleep(1.5)

    def broken():
        raise steps.SetupError("no network")

    def refused():
        raise PermissionError(13, "Permission denied", "/usr")

    began = time.monotonic()
    with pytest.raises(steps.SetupError, match=r"(?s)no network.*Debian packages.*Permission denied"):
        steps.side_by_side(steps.Progress(), {"a": slow, "b": slow, "c": broken, "Debian packages": refused})
    assert time.monotonic() - began < 2.9


def test_a_failed_command_shows_its_words_and_its_log(inputs: Path):
    with pytest.raises(steps.SetupError, match=r"(?s)log/compile\.log.*no such header"):
        steps.run("compile", [sys.executable, "-c", "import sys; sys.exit('no such header')"])


def test_what_goes_through_the_network_is_tried_again(inputs: Path, tmp_path: Path):
    flaky = f"import pathlib, sys; p = pathlib.Path({str(tmp_path / 'tried')!r}); n = p.exists(); p.touch(); sys.exit(not n)"
    steps.run("download", [sys.executable, "-c", flaky], attempts=2)


def test_without_root_one_sentence_names_the_packages(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(
        steps.SetupError, match="sudo apt-get install --no-install-recommends mosquitto nginx"
    ):
        debian.install(steps.Progress(), ["mosquitto", "nginx"])


def test_packages_are_missing_by_what_they_bring_not_by_name(monkeypatch: pytest.MonkeyPatch):
    needs = (
        debian.Need("shell", "sh"),
        debian.Need("fonts", "/nowhere/font.ttc"),
        debian.Need("no", "no-such-thing"),
    )
    assert debian.missing(needs) == ["fonts", "no"]


@pytest.mark.parametrize("left_over", [False, True])
def test_the_policy_hook_is_removed_even_when_an_earlier_run_left_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: bool
):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "POLICY", policy)
    if left_over:
        policy.write_text(f"#!/bin/sh\n{debian.POLICY_MARK}\nexit 101\n")
    with debian.services_stay_off():
        assert subprocess.run([policy]).returncode == 101
    assert not policy.exists()


def test_a_policy_hook_of_the_administrator_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(debian, "POLICY", policy)
    with debian.services_stay_off():
        pass
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"


def test_every_workspace_member_is_installed_and_every_front_end_built():
    assert {folder.name for folder in python_part.members()} >= {"ems-common", "ems-api", "site", "simulator"}
    assert set(front_end_part.APPS) == {"ems-web", "ems-admin"}


def test_seeing_that_nothing_is_to_be_done_takes_less_than_a_second():
    began = time.process_time()  # not the wall clock: the other tests keep the machine busy
    debian.missing((*debian.SERVERS, *debian.FOR_TESTS))
    python_part.is_done()
    front_end_part.is_done()
    assert time.process_time() - began < 1.0


def test_an_old_python_is_refused_in_one_sentence():
    """The entry point is read by whatever Python there is; it must at least get as far as saying so."""
    source = (ROOT / "tools" / "bootstrap" / "__main__.py").read_text()
    guard = source.index("if sys.version_info < (3, 11)")
    assert guard < source.index("from tools.bootstrap import")
