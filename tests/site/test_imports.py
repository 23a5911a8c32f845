"""The architecture, checked: who may import whom, what pure modules stay away from, how long files are."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Package → the folder that holds its source.
PACKAGES = {
    path.name: path for path in sorted(ROOT.glob("*/src/ems_*")) + sorted(ROOT.glob("tools/*/src/ems_*"))
}
SOURCES = sorted(path for folder in PACKAGES.values() for path in folder.rglob("*.py"))
SERVICES = {name for name in PACKAGES if name != "ems_common"}
LARGEST_FILE_LINES = 800

# The pipeline's arithmetic: these must not talk to a database, whatever else changes.
CORES = (
    "ems_common/quality/",
    "ems_normalization/registers.py",
    "ems_normalization/virtual.py",
    "ems_edge_control/solver",
    "ems_edge_control/controllers",
)
# Services whose modules are pure unless they are handed a database; the others talk to devices or people.
BATCH_SERVICES = {"ems_normalization", "ems_aggregation", "ems_cleaning"}
ENTRY_POINTS = {"main", "__main__", "__init__", "settings"}
# What no pure module may import: drivers, sockets, threads, processes.
DRIVERS = {"mysql", "pymodbus", "paho", "redis", "requests", "subprocess", "socket", "http"}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def package_of(path: Path) -> str:
    return next(name for name, folder in PACKAGES.items() if path.is_relative_to(folder))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def shown(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def test_all_packages_are_found():
    assert {"ems_common", "ems_api", "ems_site", "ems_database"} <= set(PACKAGES)


def test_no_service_imports_another():
    faults = [
        shown(path, line, f"imports {name}")
        for path in SOURCES
        for line, name in imports_of(path)
        if (top := name.split(".")[0]) in SERVICES and top != package_of(path)
    ]
    assert faults == []


def test_common_imports_no_service():
    folder = PACKAGES["ems_common"]
    faults = [
        shown(path, line, f"imports {name}")
        for path in SOURCES
        if path.is_relative_to(folder)
        for line, name in imports_of(path)
        if name.split(".")[0] in SERVICES
    ]
    assert faults == []


def talks_to_a_database(path: Path) -> bool:
    return any(name.startswith(("ems_common.db", "mysql")) for _, name in imports_of(path))


def is_pure(path: Path) -> bool:
    return (
        package_of(path) in BATCH_SERVICES and path.stem not in ENTRY_POINTS and not talks_to_a_database(path)
    ) or any(f"/{core}" in str(path) for core in CORES)


@pytest.mark.parametrize("path", list(filter(is_pure, SOURCES)), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_module_needs_no_driver_clock_or_environment(path: Path):
    faults = [
        shown(path, line, f"imports {name}")
        for line, name in imports_of(path)
        if name.split(".")[0] in DRIVERS or name in {"ems_common.clock", "ems_common.db", "os"}
    ]
    assert faults == []


@pytest.mark.parametrize("core", CORES)
def test_the_arithmetic_is_where_this_file_says(core: str):
    assert any(f"/{core}" in str(path) for path in SOURCES)


def test_sql_of_the_batch_services_is_in_their_store_modules():
    statement = re.compile(
        r"^\s*(SELECT\s|INSERT\s+(INTO|IGNORE)|UPDATE\s+[`{]|DELETE\s+FROM|REPLACE\s+INTO)"
    )
    faults = [
        shown(path, node.lineno, str(node.value).split("\n")[0])
        for path in SOURCES
        if package_of(path) in BATCH_SERVICES
        and not path.stem.startswith("store")
        and "store" not in path.parts
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.match(node.value)
    ]
    assert faults == []


def test_statements_are_put_together_in_one_place():
    """Nothing but `ems_common.db.sql` calls a text SQL, and what it composes begins as a literal."""

    def is_literal(node: ast.expr) -> bool:
        if isinstance(node, ast.IfExp):
            return is_literal(node.body) and is_literal(node.orelse)
        return isinstance(node, ast.Constant)

    elsewhere = [path for path in SOURCES if path != PACKAGES["ems_common"] / "db" / "sql.py"]
    faults = [
        shown(path, node.lineno, ast.unparse(node)[:80])
        for path in elsewhere
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and (name := ast.unparse(node.func)) in {"compose", "Sql"}
        and (name == "Sql" or not is_literal(node.args[0]))
    ]
    faults += [
        shown(path, number, line.strip())
        for path in elsewhere
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#\s*noqa:.*S608", line)
    ]
    assert faults == []


def test_the_wall_clock_is_read_in_one_place():
    """Only `ems_common.clock` reads it; the tools and the API's alias of it are checked like all others."""
    allowed = {PACKAGES["ems_common"] / "clock.py"}
    # The supervisor and the simulator are tools beside the product; they say what time it is to no service.
    tools = (PACKAGES["ems_site"],)
    faults = [
        shown(path, node.lineno, f"calls {ast.unparse(node.func)}")
        for path in SOURCES
        if path not in allowed and not any(path.is_relative_to(tool) for tool in tools)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func)
        in {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "time.time"}
    ]
    assert faults == []


def test_no_error_is_swallowed():
    faults = []
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler):
                is_broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
                is_empty = all(
                    isinstance(line, ast.Pass)
                    or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
                    for line in node.body
                )
                if is_broad and is_empty:
                    faults.append(shown(path, node.lineno, "swallows every error"))
    assert faults == []


def test_no_file_is_too_long():
    suffixes = {".py", ".ts", ".tsx"}
    folders = [*PACKAGES.values(), *(ROOT / name for name in ("tests", "ems-web", "ems-admin", "tools"))]
    files = {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in suffixes and not {"node_modules", "dist"} & set(path.parts)
    }
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    # What is generated is looked up, not read; it is as long as what it is made of.
    lengths = {
        path: len(text.splitlines())
        for path, text in texts.items()
        if "Made by `make generated`" not in text[:200]
    }
    assert [
        shown(path, count, "lines") for path, count in lengths.items() if count > LARGEST_FILE_LINES
    ] == []


def test_modules_are_named_by_their_noun():
    vague = re.compile(r"^(utils?|helpers?|misc|manager|base\d+|common_stuff)$")
    assert [str(path.relative_to(ROOT)) for path in SOURCES if vague.match(path.stem)] == []


def test_every_public_function_has_its_summary():
    """Ruff's D rules say how; this says that nobody has switched them off for a file."""
    faults = [
        shown(path, number, line.strip())
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#\s*ruff:\s*noqa", line)
        or re.search(r"#\s*noqa\s*$", line)
        or re.search(r"#\s*type:\s*ignore\s*$", line)
    ]
    assert faults == []
