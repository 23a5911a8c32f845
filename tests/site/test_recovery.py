"""The real demo, killed at every stage of its first start: the next start goes on and ends in a whole site."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ems_site import health, left_overs, plan, processes, state
from ems_site.settings import Layout, script

pytestmark = [pytest.mark.db, pytest.mark.broker, pytest.mark.slow]
STAGES = (*(step.says for step in (*plan.PREPARE, *plan.CATCH_UP)), "waiting until all services are ready")


@pytest.fixture
def layout(tmp_path: Path):
    layout = Layout(var=tmp_path / "var")
    yield layout
    run("down", layout)


def environ(layout: Layout) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("EMS_")}
    return ours | {
        "EMS_VAR_DIR": str(layout.var),
        "EMS_HTTP_PORT": "0",
        "EMS_DEMO_DAYS": "2",
        "EMS_API_WORKERS": "1",
        "EMS_THROW_AWAY": "1",
    }


def run(action: str, layout: Layout) -> subprocess.CompletedProcess[str]:
    return subprocess.run([script("ems-site"), action], env=environ(layout), capture_output=True, text=True)


def kill_at(stage: str, layout: Layout) -> None:
    """Start the site and kill -9 both the command and the supervisor as soon as a stage is announced."""
    log_path = layout.logs / "site.log"
    log_path.unlink(missing_ok=True)
    up = subprocess.Popen([script("ems-site"), "up"], env=environ(layout), stdout=subprocess.DEVNULL)
    reached = processes.wait_until(lambda: log_path.exists() and stage in log_path.read_text(), 120.0)
    supervisor = processes.read_pid_file(layout.supervisor_pid_file)
    up.kill()
    up.wait()
    assert reached, f"never came to: {stage}"
    assert supervisor is not None
    os.kill(supervisor.pid, 9)


@pytest.mark.timeout(600)
def test_a_first_start_killed_at_every_stage_is_completed_by_the_next(layout: Layout):
    for stage in STAGES:
        kill_at(stage, layout)

    done = run("up", layout)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    current = state.read(layout.state_file)
    assert current is not None
    assert current.phase == state.READY
    passwords = json.loads(layout.credentials_file.read_text())
    assert health.first_dashboard(current.url, plan.ADMIN, passwords["admin"], datetime.now(UTC)) > 0.0

    run("down", layout)
    assert left_overs.running(layout) == []
    assert [pid for pid in current.processes.values() if processes.reference(pid["pid"]) is not None] == []
