"""docker-compose.yml and the Dockerfiles, checked as far as that goes without an engine."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ems_site import debian_packages, generated, images, plan
from ems_site.servers.nginx import fill

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = ("EMS_DB_PASSWORD", "EMS_ADMIN_PASSWORD", "EMS_DEMO_ADMIN_PASSWORD", "EMS_DEMO_MANAGER_PASSWORD")
DOCKERFILES = sorted(path for path in ROOT.glob("*/Dockerfile")) + sorted(ROOT.glob("tools/*/Dockerfile"))
# Daemon in the plan → service in the compose file, where the names differ: they do not.
SERVERS = {"mariadb", "redis", "mosquitto", "web"}


@pytest.fixture(scope="module")
def compose_command() -> list[str]:
    """Docker Compose: the machine's own, else Debian's, unpacked beside the system."""
    if shutil.which("docker"):
        found = subprocess.run(["docker", "compose", "version"], capture_output=True)
        if found.returncode == 0:
            return ["docker", "compose"]
    program = debian_packages.PROGRAMS["compose"]
    root = ROOT / "var" / "compose-root"
    debian_packages.unpack(program, root)
    return debian_packages.command(program, root)


@pytest.fixture(scope="module")
def compose(compose_command: list[str]) -> dict:
    """The compose file as Docker Compose itself understands it."""
    environ = {**os.environ, **dict.fromkeys(REQUIRED, "secret")}
    command = [*compose_command, "-f", str(ROOT / "docker-compose.yml"), "config", "--format", "json"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_compose_refuses_to_start_without_passwords(compose_command: list[str], tmp_path: Path):
    (tmp_path / "empty.env").touch()
    command = [
        *compose_command,
        "--env-file",
        str(tmp_path / "empty.env"),
        "-f",
        str(ROOT / "docker-compose.yml"),
    ]
    environ = {name: value for name, value in os.environ.items() if name not in REQUIRED}
    done = subprocess.run([*command, "config"], env=environ, capture_output=True, text=True)
    assert done.returncode != 0
    assert "set EMS_" in done.stderr


def test_compose_runs_the_same_processes_as_the_demo(compose: dict):
    daemons = {daemon.name for daemon in plan.DAEMONS}
    assert set(compose["services"]) == daemons | SERVERS | {"prepare"}
    by_folder = {f"{image.folder}/Dockerfile": image for image in images.IMAGES}
    for daemon in plan.DAEMONS:
        image = by_folder[compose["services"][daemon.name]["build"]["dockerfile"]]
        assert (image.script, *image.arguments) == daemon.command
        assert image.health_port == daemon.metrics_port
    assert by_folder[compose["services"]["prepare"]["build"]["dockerfile"]].script == "ems-site"


def test_the_image_that_prepares_holds_every_script_of_the_steps():
    [image] = [image for image in images.IMAGES if image.script == "ems-site"]
    scripts = {step.command[0] for step in (*plan.PREPARE, plan.HISTORY, *plan.CATCH_UP)}
    provided = {other.script for other in images.IMAGES if other.folder in {*image.also, image.folder}}
    assert scripts <= provided


def test_every_variable_of_the_compose_file_is_one_that_a_service_reads(compose: dict):
    known = {variable.declaration.name for variable in generated.variables()} | {"EMS_DEMO_DAYS"}
    for name, service in compose["services"].items():
        ours = {variable for variable in service.get("environment", {}) if variable.startswith("EMS_")}
        assert ours <= known, name
    for image in images.IMAGES:
        assert {name for name, _ in image.environ if name.startswith("EMS_")} <= known, image.folder


def test_services_wait_for_what_they_need(compose: dict):
    for daemon in plan.DAEMONS:
        needs = compose["services"][daemon.name]["depends_on"]
        assert needs["prepare"]["condition"] == "service_completed_successfully"
    assert compose["services"]["web"]["depends_on"]["api"]["condition"] == "service_healthy"
    for name in ("mariadb", "redis", "mosquitto"):
        assert compose["services"]["prepare"]["depends_on"][name]["condition"] == "service_healthy"
        assert "healthcheck" in compose["services"][name]


def test_mounted_files_exist():
    text = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    mounts = [mount for service in text["services"].values() for mount in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    assert files
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_secrets_are_not_written_into_the_files():
    text = (ROOT / "docker-compose.yml").read_text()
    for line in text.splitlines():
        if re.search(r"PASSWORD: ", line):
            assert "${" in line or "RANDOM" in line, line


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_dockerfile_copies_is_in_its_context(dockerfile: Path):
    ignored = (ROOT / ".dockerignore").read_text().split()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    for line in dockerfile.read_text().splitlines():
        if not line.startswith("COPY ") or "--from" in line:
            continue
        for source in line.split()[1:-1]:
            assert (ROOT / source).exists(), line
            top = [source, *map(str, Path(source).parents)]
            assert any(fnmatch.fnmatch(part, pattern) for part in top for pattern in kept), line


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_image_runs_as_an_ordinary_user(dockerfile: Path):
    text = dockerfile.read_text()
    assert re.search(r"^USER (?!root)", text, re.MULTILINE) or "nginx-unprivileged" in text


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["tools/site", "ems-api"])
def test_the_build_stage_of_an_image_installs_and_its_script_runs(folder: str, tmp_path: Path):
    """The commands of the build stage, run here on the files that the image would get."""
    [image] = [image for image in images.IMAGES if image.folder == folder]
    lines = images.dockerfile(image).splitlines()
    ignore = shutil.ignore_patterns("node_modules", "dist", "__pycache__", "tests", "*.egg-info")
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            source, target = line.split()[1:]
            if Path(target).is_absolute():
                continue
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, tmp_path / target, ignore=ignore)
            else:
                shutil.copy(ROOT / source, tmp_path / target)
    packages = [f"./{package}" for package in (images.COMMON, *image.also, image.folder)]
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    python = tmp_path / "venv" / "bin" / "python"
    install = ["pip", "install", "-q", "--python", str(python), "--no-sources", "-c", "requirements.lock"]
    for command in ([uv, "venv", "-q", "--python", "3.11", "venv"], [uv, *install, *packages]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    command = [python.with_name(image.script), *image.arguments, "--help"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("EMS_")}
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environ)
    # A script without options of its own gets as far as missing its settings, with all modules imported.
    assert shown.returncode == 0 or "settings are not usable" in shown.stderr, shown.stderr


def test_nginx_accepts_the_configuration_of_the_image(tmp_path: Path):
    """The template as the nginx image fills it in, read by nginx itself."""
    template = (ROOT / "tools/site/src/ems_site/site.conf.template").read_text()
    environ = dict(re.findall(r"(EMS_NGINX_\w+)=(\S+)", (ROOT / "ems-web/Dockerfile").read_text()))
    environ["EMS_NGINX_API"] = "127.0.0.1:18000"  # the service's name is known in the compose network only
    assert set(re.findall(r"\$\{(\w+)\}", template)) <= set(environ)
    site = fill(template, environ)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f'pid "{tmp_path}/pid"; error_log stderr; events {{}} http {{ access_log off; {site} }}'
    )
    done = subprocess.run(
        [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-t", "-e", "stderr", "-c", str(config)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
