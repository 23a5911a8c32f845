"""Formulas as data: a safe parser from text to NumPy.

A formula is arithmetic over named series: ``+ - * / %``, ``**`` (or ``^``), comparisons, ``a if b else c``,
``and``, ``or``, ``not``, and a closed set of functions. It is parsed to a syntax tree of which only these
kinds of nodes are accepted, and turned into nested functions over arrays. Nothing in it is ever executed as
Python.

The piecewise form of MyEMS, ``(value, condition), (value, condition)``, is accepted too: the first condition
that holds selects the value; where none holds there is no value.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ems_common.findings.finding import Phrase, Unusable, phrase

Series = NDArray[np.float64]
Evaluator = Callable[[Mapping[str, Series]], Any]

MAX_LENGTH: Final = 10_000
MAX_NODES: Final = 5_000
MAX_DEPTH: Final = 100

_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
FUNCTIONS: Final[dict[str, tuple[Callable[..., Any], int, int]]] = {
    "abs": (np.abs, 1, 1),
    "ceiling": (np.ceil, 1, 1),
    "cos": (np.cos, 1, 1),
    "exp": (np.exp, 1, 1),
    "floor": (np.floor, 1, 1),
    "log": (np.log, 1, 1),
    "max": (lambda *a: np.maximum.reduce(np.broadcast_arrays(*a)), 2, 50),
    "min": (lambda *a: np.minimum.reduce(np.broadcast_arrays(*a)), 2, 50),
    "round": (np.rint, 1, 1),
    "sign": (np.sign, 1, 1),
    "sin": (np.sin, 1, 1),
    "sqrt": (np.sqrt, 1, 1),
    "tan": (np.tan, 1, 1),
}
"""Function name → implementation, least and most arguments."""
_SPLIT: Final = phrase("split")
CONSTANTS: Final = {"pi": float(np.pi), "e": float(np.e), "true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed formula.

    Attributes:
        text: As it was given.
        variables: Names of the series it needs, lower case, sorted.
    """

    text: str
    variables: tuple[str, ...]
    _evaluate: Evaluator

    def evaluate(self, series: Mapping[str, Series], length: int) -> Series:
        """Evaluate for all positions at once.

        Args:
            series: Variable (lower case) → values, each of shape ``(length,)``; nan means no value.
            length: Number of positions; a formula without variables is repeated.

        Returns:
            Shape ``(length,)``; nan where an input is missing, or where the formula has no value, as in a
            division by zero.
        """
        with np.errstate(all="ignore"):
            value = np.asarray(self._evaluate(series), dtype=np.float64)
        result = np.array(np.broadcast_to(value, (length,)))
        result[~np.isfinite(result)] = np.nan
        return result


def compile_expression(text: str, names: Iterable[str]) -> Expression:
    """Parse a formula.

    Args:
        text: The formula; letter case does not count.
        names: The variables it may use.

    Raises:
        Unusable: It is too long, does not parse, or uses something that is not allowed; says what and where.

    >>> f = compile_expression("(x - y) / 2", ["x", "y"])
    >>> f.variables
    ('x', 'y')
    >>> f.evaluate({"x": np.array([3.0, 5.0]), "y": np.array([1.0, np.nan])}, 2).tolist()
    [1.0, nan]
    """
    if len(text) > MAX_LENGTH:
        raise Unusable(phrase("too_long", limit=MAX_LENGTH), _SPLIT)
    # To Python `^` binds less than a sum: 1 + x^2 would be the square of 1 + x.
    source = " ".join(text.split()).lower().replace("^", "**")
    if not source:
        raise Unusable(phrase("empty"), phrase("write_formula"))
    tree = _parse(source)
    compiler = _Compiler(frozenset(name.lower() for name in names))
    evaluate = compiler.top(tree)
    return Expression(text, tuple(sorted(compiler.used)), evaluate)


def _parse(source: str) -> ast.expr:
    try:
        tree = ast.parse(source, mode="eval").body
        count = sum(1 for _ in ast.walk(tree))
    except (SyntaxError, ValueError, MemoryError, RecursionError) as ex:
        if isinstance(ex, SyntaxError) and ex.offset:
            raise Unusable(phrase("unreadable_at", place=ex.offset, text=source)) from None
        raise Unusable(phrase("unreadable", text=source)) from None
    if count > MAX_NODES:
        raise Unusable(phrase("many_parts", limit=MAX_NODES), _SPLIT)
    return tree


def _shown(node: ast.expr) -> str:
    """A part of a formula as text; "…" where it is nested too deeply for that."""
    try:
        return ast.unparse(node)[:200]
    except RecursionError:
        return "…"


class _Compiler:
    """Turns an accepted syntax tree into nested functions, and refuses the rest."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self.used: set[str] = set()

    def top(self, node: ast.expr) -> Evaluator:
        if isinstance(node, ast.Tuple):
            pairs = node.elts if node.elts and isinstance(node.elts[0], ast.Tuple) else [node]
            return self._piecewise(pairs)
        return self._node(node, 0)

    def _piecewise(self, pairs: list[Any]) -> Evaluator:
        parts: list[tuple[Evaluator, Evaluator]] = []
        for pair in pairs:
            if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
                raise Unusable(phrase("pairs", text=_shown(pair)))
            parts.append((self._node(pair.elts[0], 0), self._node(pair.elts[1], 0)))

        def evaluate(series: Mapping[str, Series]) -> Any:
            values = [value(series) for value, _ in parts]
            conditions = [condition(series) for _, condition in parts]
            arrays = np.broadcast_arrays(*values, *conditions)
            split = len(values)
            holds = [array.astype(bool) & ~np.isnan(array.astype(np.float64)) for array in arrays[split:]]
            return np.select(holds, list(arrays[:split]), default=np.nan)

        return evaluate

    def _node(self, node: ast.expr, depth: int) -> Evaluator:
        if depth > MAX_DEPTH:
            raise Unusable(phrase("deep", limit=MAX_DEPTH), _SPLIT)
        handlers: dict[type[ast.expr], Callable[[Any, int], Evaluator]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.BinOp: self._binary,
            ast.UnaryOp: self._unary,
            ast.Compare: self._compare,
            ast.BoolOp: self._bool,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }
        handler = handlers.get(type(node))
        if handler is None:
            raise Unusable(phrase("not_allowed", text=_shown(node)))
        return handler(node, depth + 1)

    def _constant(self, node: ast.Constant, _depth: int) -> Evaluator:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise Unusable(phrase("only_numbers", text=_shown(node)))
        try:
            value = np.float64(node.value)
        except OverflowError:
            raise Unusable(phrase("large_number", text=_shown(node)[:20])) from None
        return lambda _series: value

    def _name(self, node: ast.Name, _depth: int) -> Evaluator:
        name = node.id
        if name in self._names:
            self.used.add(name)
            return lambda series: series[name]
        if name in CONSTANTS:
            value = np.float64(CONSTANTS[name])
            return lambda _series: value
        raise Unusable(phrase("unknown_variable", name=name), self._known())

    def _known(self) -> Phrase:
        return phrase("known", names=sorted(self._names)) if self._names else phrase("no_variables")

    def _binary(self, node: ast.BinOp, depth: int) -> Evaluator:
        # A sum of hundreds of meters nests as deeply to the left; worked off in a row it is one level.
        rest: list[tuple[Callable[[Any, Any], Any], Evaluator]] = []
        first: ast.expr = node
        while isinstance(first, ast.BinOp):
            operation = _BINARY.get(type(first.op))
            if operation is None:
                raise Unusable(phrase("operator", text=_shown(first)))
            rest.append((operation, self._node(first.right, depth)))
            first = first.left
        begin = self._node(first, depth)
        rest.reverse()

        def evaluate(series: Mapping[str, Series]) -> Any:
            value = begin(series)
            for operation, operand in rest:
                value = operation(value, operand(series))
            return value

        return evaluate

    def _unary(self, node: ast.UnaryOp, depth: int) -> Evaluator:
        operand = self._node(node.operand, depth)
        if isinstance(node.op, ast.USub):
            return lambda series: np.negative(operand(series))
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(node.op, ast.Not):
            return lambda series: np.equal(operand(series), 0).astype(np.float64)
        raise Unusable(phrase("operator", text=_shown(node)))

    def _compare(self, node: ast.Compare, depth: int) -> Evaluator:
        operations = []
        for op in node.ops:
            if type(op) not in _COMPARE:
                raise Unusable(phrase("comparison", text=_shown(node)))
            operations.append(_COMPARE[type(op)])
        operands = [self._node(item, depth) for item in (node.left, *node.comparators)]

        def evaluate(series: Mapping[str, Series]) -> Any:
            values = [operand(series) for operand in operands]
            steps = [op(a, b) for op, a, b in zip(operations, values, values[1:], strict=False)]
            holds = np.logical_and.reduce(np.broadcast_arrays(*steps))
            missing = np.logical_or.reduce(np.broadcast_arrays(*(np.isnan(value) for value in values)))
            return np.where(missing, np.nan, holds.astype(np.float64))

        return evaluate

    def _bool(self, node: ast.BoolOp, depth: int) -> Evaluator:
        operands = [self._node(item, depth) for item in node.values]
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return lambda series: combine.reduce(
            np.broadcast_arrays(*(np.nan_to_num(operand(series)) != 0 for operand in operands))
        ).astype(np.float64)

    def _choice(self, node: ast.IfExp, depth: int) -> Evaluator:
        test, yes, no = (self._node(item, depth) for item in (node.test, node.body, node.orelse))

        def evaluate(series: Mapping[str, Series]) -> Any:
            condition = test(series)
            return np.where(np.isnan(condition), np.nan, np.where(condition != 0, yes(series), no(series)))

        return evaluate

    def _call(self, node: ast.Call, depth: int) -> Evaluator:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in FUNCTIONS or node.keywords:
            raise Unusable(phrase("unknown_function", text=_shown(node)), phrase("known", names=FUNCTIONS))
        function, least, most = FUNCTIONS[name]
        if not least <= len(node.args) <= most:
            raise Unusable(phrase("arguments", name=name, least=least, most=most, text=_shown(node)))
        arguments = [self._node(item, depth) for item in node.args]
        return lambda series: function(*(argument(series) for argument in arguments))
