"""Every reason that any service writes into the journal is declared, so that each can be told in each language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ems_common.journal import WHY, Why

ROOT = Path(__file__).parents[2]
_PLACE = 5
"""Position of the reason among what a change is made of."""


def sources() -> list[Path]:
    """All modules that write changes."""
    found = [
        *ROOT.glob("ems-*/src/**/*.py"),
        *ROOT.glob("database/src/**/*.py"),
        *ROOT.glob("tools/*/src/**/*.py"),
    ]
    return [path for path in found if "ems_common.journal import" in path.read_text(encoding="utf-8")]


def reasons(tree: ast.Module) -> Iterator[ast.expr]:
    """The reason of each change that a module makes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Change":
            named = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
            yield from named or node.args[_PLACE : _PLACE + 1]


def is_declared(reason: ast.expr, tree: ast.Module) -> bool:
    """Whether an expression is a declared reason: by name, by its text, or a variable that holds one."""
    if isinstance(reason, ast.IfExp):
        return is_declared(reason.body, tree) and is_declared(reason.orelse, tree)
    if isinstance(reason, ast.Attribute):
        return ast.unparse(reason.value) == "Why" and reason.attr in Why.__members__
    if isinstance(reason, ast.Constant):
        return reason.value in list(Why)
    if not isinstance(reason, ast.Name):
        return False
    given = [
        node.annotation is not None and ast.unparse(node.annotation) == "Why"
        for node in ast.walk(tree)
        if isinstance(node, ast.arg) and node.arg == reason.id
    ]
    assigned = [
        is_declared(node.value, tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == [reason.id]
    ]
    return bool(given or assigned) and all(given) and all(assigned)


def test_every_reason_that_is_written_is_declared() -> None:
    found = 0
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for reason in reasons(tree):
            if path.name == "journal.py" and path.parent.name == "ems_common":
                continue  # makes changes of stored rows
            found += 1
            assert is_declared(reason, tree), f"{path.relative_to(ROOT)}: {ast.unparse(reason)}"
    assert found >= 18


def test_every_declared_reason_has_an_english_clause() -> None:
    assert WHY.keys() == set(Why)
