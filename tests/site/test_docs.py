"""The documents keep their word: links lead somewhere and commands exist, with the options shown."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv" / "bin"
IGNORED = {"node_modules", ".venv", "var", "dist"}
DOCUMENTS = sorted(
    path
    for path in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("*/README.md"),
        *ROOT.glob("tools/*/README.md"),
    ]
    if not IGNORED & set(path.relative_to(ROOT).parts)
)
# Commands of other programs; they are not run here, but a new one has to be put on this list.
FOREIGN = re.compile(
    r"^(docker compose (up|down|logs)\b|mariadb-dump --single-transaction|git clone |set [-+]a|pre-commit )"
)
# Run by ems-api/tests/reports/test_jobs.py, against a site.
ELSEWHERE = {"docs/report-files.md"}
# Cheap enough to be run as they stand.
RUN = re.compile(r"^make help$")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def commands() -> list[tuple[str, str]]:
    found = []
    for document in DOCUMENTS:
        for block in re.findall(
            r"^```sh\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            lines = block.replace("\\\n", " ").splitlines()
            for line in lines:
                command = re.sub(r"\s+#.*$", "", line).strip()
                if command and not command.startswith("#"):
                    found += [(name_of(document), part.strip()) for part in command.split(" && ")]
    return sorted(set(found))


COMMANDS = commands()


def output_of(*command: str | Path) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-500:]}{done.stderr[-500:]}"
    return done.stdout


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_a_documented_command_can_be_run(document: str, command: str):
    words = shlex.split(re.sub(r"^(\w+=\S+ )+", "", command))
    program = words[0] if words else ""
    if document in ELSEWHERE or FOREIGN.match(command) or program == ".":
        return
    if RUN.match(command):
        output_of("sh", "-c", command)
    elif program == "make":
        targets = [word for word in words[1:] if "=" not in word]
        output_of("make", "-n", *targets)
    elif "pytest" in words[:3]:
        output_of(
            VENV / "python", "-m", "pytest", "--collect-only", "-q", *words[words.index("pytest") + 1 :]
        )
    elif program.removeprefix(".venv/bin/").startswith("ems-"):
        script = VENV / Path(program).name
        options = [word for word in words[1:] if word.startswith("--")]
        arguments = [
            word for word in words[1:2] if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")
        ]
        shown = output_of(script, *arguments, "--help")
        assert [option for option in options if option.split("=")[0] not in shown] == []
    elif program in {"npm", "npx"}:
        script = words[words.index("run") + 1]
        assert script in output_of("npm", "run", *(words[words.index("-w") :] if "-w" in words else [])), (
            command
        )
    else:
        pytest.fail(f"{document} shows a command that no test knows: {command}")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_of_a_document_lead_somewhere(document: Path):
    text = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_readme_names_every_part():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = [path.parent for path in [*ROOT.glob("*/pyproject.toml"), *ROOT.glob("ems-*/package.json")]]
    assert [folder.name for folder in folders if f"]({folder.name})" not in text] == []


def test_the_documents_that_always_exist_do():
    names = ("architecture", "dependencies", "differences-from-myems", "glossary", "benchmarks", "operations")
    assert [name for name in names if not (ROOT / "docs" / f"{name}.md").exists()] == []


def test_every_dependency_has_its_reason():
    """Each package that a `pyproject.toml` or `package.json` of ours names is in docs/dependencies.md."""
    import json
    import tomllib

    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    wanted = set()
    for path in [
        *ROOT.glob("pyproject.toml"),
        *ROOT.glob("*/pyproject.toml"),
        *ROOT.glob("tools/*/pyproject.toml"),
    ]:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = [
            *project["project"].get("dependencies", []),
            *project.get("dependency-groups", {}).get("dev", []),
        ]
        wanted |= {re.split(r"[^A-Za-z0-9_.-]", text)[0] for text in texts}
    for path in [
        ROOT / "package.json",
        *ROOT.glob("ems-*/package.json"),
        *ROOT.glob("ems-*/packages/*/package.json"),
    ]:
        package = json.loads(path.read_text(encoding="utf-8"))
        for kind in ("dependencies", "devDependencies", "peerDependencies"):
            wanted |= set(package.get(kind, {}))
    ours = re.compile(r"^(ems-|@ems/)")
    assert sorted(name for name in wanted if not ours.match(name) and name not in named) == []
