"""Writes the files that are made from the code (`make generated`): settings, permissions, types, Dockerfiles.

`.env.example` and `docs/settings.md` list every `EMS_*` variable that any service declares through
`ems_common.settings`. The declarations are found by looking: every module of our packages that calls
`setting(...)` is imported and its settings classes are read. `faults` tells, without writing, whether the
files are in step.
"""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any

from ems_common.settings import Declaration, Secret, declarations

from ems_site import images
from ems_site.lock import members
from ems_site.settings import ROOT

ENV_EXAMPLE = ROOT / ".env.example"
TABLE = ROOT / "docs" / "settings.md"
PERMISSIONS = ROOT / "docs" / "permissions.md"
CLIENT_TYPES = ROOT / "tools" / "client" / "src" / "ems_client" / "resources.py"
PERMISSION_TABLE = ROOT / "tests" / "contract" / "permissions.json"
TABLE_BEGINS = "<!-- table of roles: made by `make generated` -->"
TABLE_ENDS = "<!-- end of the table -->"
HEADER = "Made by `make generated` from the services' settings; do not edit."
# The supervisor reads these only to see whether a server of one's own is meant.
SUPERVISOR = "ems-site"


@dataclass(frozen=True)
class Variable:
    """One variable and who reads it.

    Attributes:
        declaration: Name, help, default, bounds.
        kind: Python type of the value.
        services: Names of the packages that declare it, sorted.
    """

    declaration: Declaration
    kind: Any
    services: tuple[str, ...]

    @property
    def default(self) -> str:
        """The default as one writes it; empty for secrets and for what must be given."""
        value = self.declaration.default
        return "" if value is MISSING or value is None or self.kind is Secret else str(value)

    @property
    def is_required(self) -> bool:
        """Whether the service does not start without it."""
        return self.declaration.default is MISSING


def variables() -> list[Variable]:
    """Collect all declared variables, sorted by name."""
    found: dict[str, tuple[Declaration, Any, set[str]]] = {}
    for service, cls in _settings_classes():
        for declaration, kind in declarations(cls):
            known = found.get(declaration.name)
            if known is None or (known[2] == {SUPERVISOR} and service != SUPERVISOR):
                services = known[2] if known else set()
                found[declaration.name] = (declaration, kind, services | {service})
            else:
                known[2].add(service)
    return [Variable(row[0], row[1], tuple(sorted(row[2]))) for _, row in sorted(found.items())]


def contradictions() -> list[str]:
    """Name variables to which two services give different defaults or bounds."""
    seen: dict[str, tuple[str, Declaration]] = {}
    found = []
    for service, cls in _settings_classes():
        if service == SUPERVISOR:
            continue
        for declaration, _ in declarations(cls):
            name = declaration.name
            other = seen.setdefault(name, (service, declaration))
            differs = _bounds(other[1]) != _bounds(declaration)
            if differs and name != "EMS_METRICS_PORT":  # each service has a port of its own
                found.append(f"{name} differs between {other[0]} and {service}")
    return found


def env_example() -> str:
    """Give the text of `.env.example`."""
    lines = [
        f"# {HEADER}",
        "# Copy to .env. What is commented out shows its default; the rest must be given.",
        "",
    ]
    for variable in variables():
        declaration = variable.declaration
        choices = f" One of: {', '.join(map(str, declaration.choices))}." if declaration.choices else ""
        required = " Required." if variable.is_required else ""
        lines.append(f"# {declaration.help}{choices}{required} ({', '.join(variable.services)})")
        mark = "" if variable.is_required else "#"
        lines += [f"{mark}{declaration.name}={variable.default}", ""]
    return "\n".join(lines)


def table() -> str:
    """Give the text of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        f"<!-- {HEADER} -->",
        "Every service reads its settings from environment variables and names all faults at once when it",
        "starts. Secrets are never logged. `make demo` sets what the services must agree on by itself.",
        "",
        "| Variable | Meaning | Default | Read by |",
        "|---|---|---|---|",
    ]
    for variable in variables():
        declaration = variable.declaration
        text = declaration.help.replace("|", "\\|")
        if declaration.choices:
            text += f" One of: {', '.join(map(str, declaration.choices))}."
        default = "required" if variable.is_required else f"`{variable.default}`" if variable.default else "–"
        services = ", ".join(variable.services)
        lines.append(f"| `{declaration.name}` | {text} | {default} | {services} |")
    return "\n".join(lines) + "\n"


def faults() -> list[str]:
    """Name the generated files that are not in step with the code."""
    wanted = _wanted()
    return [
        f"{path.relative_to(ROOT)} is not in step with the code; run `make generated`"
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def _bounds(declaration: Declaration) -> tuple[str, float | None, float | None]:
    return str(declaration.default), declaration.minimum, declaration.maximum


def _wanted() -> dict[Path, str]:
    dockerfiles = {images.path(image): images.dockerfile(image) for image in images.IMAGES}
    return {
        ENV_EXAMPLE: env_example(),
        TABLE: table(),
        PERMISSIONS: permissions(),
        PERMISSION_TABLE: _matrix().golden(_matrix().site_routes()),
        CLIENT_TYPES: importlib.import_module("ems_api.client_types").module(),
        **dockerfiles,
    }


def permissions() -> str:
    """Give the text of `docs/permissions.md`: what is written by hand, with the table of roles put anew."""
    text = PERMISSIONS.read_text(encoding="utf-8")
    head, _, rest = text.partition(TABLE_BEGINS)
    return f"{head}{TABLE_BEGINS}\n{_matrix().page()}{TABLE_ENDS}{rest.partition(TABLE_ENDS)[2]}"


def _matrix() -> Any:
    return importlib.import_module("ems_api.auth.matrix")


def _settings_classes() -> Iterator[tuple[str, type[Any]]]:
    """Find the settings classes of all packages, those of ems-common under the packages that nest them."""
    for folder in members():
        for source in sorted((folder / "src").rglob("*.py")):
            if "setting(" not in source.read_text(encoding="utf-8"):
                continue
            name = ".".join(source.relative_to(folder / "src").with_suffix("").parts)
            module = importlib.import_module(name)
            for cls in vars(module).values():
                if isinstance(cls, type) and cls.__module__ == name and _is_settings(cls):
                    yield _service(folder), cls


def _is_settings(cls: type[Any]) -> bool:
    return dataclasses.is_dataclass(cls) and any(
        "setting" in item.metadata for item in dataclasses.fields(cls)
    )


def _service(folder: Path) -> str:
    return {"database": "ems-database", "simulator": "ems-simulator", "site": SUPERVISOR}.get(
        folder.name, folder.name
    )


def main() -> int:
    """Write all of them."""
    wanted = _wanted()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print("written: " + ", ".join(str(path.relative_to(ROOT)) for path in wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
