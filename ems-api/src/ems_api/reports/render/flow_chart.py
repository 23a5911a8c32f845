"""Flows between places as ribbons: a Sankey diagram as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from ems_api.reports.render.brand import PALETTE
from ems_api.reports.render.numbers import compact

_NODE_PX, _GAP_PX, _MARGIN_PX = 14.0, 12.0, 20.0
_LONGEST_NAME: Final = 28
_INK: Final = "#2b3440"


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes from one place to another."""

    source: str
    target: str
    value: float


@dataclass
class _Node:
    """A place: its column, the larger of what comes and goes, and where it is drawn."""

    name: str
    column: int = 0
    coming: float = 0.0
    going: float = 0.0
    x: float = 0.0
    y: float = 0.0
    colour: str = ""
    used: dict[str, float] = field(default_factory=lambda: {"coming": 0.0, "going": 0.0})

    @property
    def size(self) -> float:
        """What passes through it."""
        return max(self.coming, self.going)


def ribbons(flows: Sequence[Flow], width: float, height: float, unit: str, language: str) -> list[str]:
    """The elements of the drawing; none where nothing flows."""
    drawn = [flow for flow in flows if flow.value > 0 and flow.source != flow.target]
    if not drawn:
        return []
    nodes = _nodes(drawn)
    scale = _placed(nodes, width, height)
    parts = [_ribbon(nodes[flow.source], nodes[flow.target], flow, scale) for flow in drawn]
    last = max(node.column for node in nodes.values())
    for node in nodes.values():
        parts.append(
            f'<rect x="{node.x:.1f}" y="{node.y:.1f}" width="{_NODE_PX:g}"'
            f' height="{max(node.size * scale, 1):.1f}" fill="{node.colour}"/>'
        )
        parts.append(_label(node, scale, unit, language, is_last=node.column == last))
    return parts


def _nodes(flows: Sequence[Flow]) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    for flow in flows:
        for name in (flow.source, flow.target):
            nodes.setdefault(name, _Node(name))
        nodes[flow.source].going += flow.value
        nodes[flow.target].coming += flow.value
    # As many rounds as there are places: a ring of flows would go on for ever.
    for _ in nodes:
        for flow in flows:
            after = nodes[flow.source].column + 1
            if nodes[flow.target].column < after < len(nodes):
                nodes[flow.target].column = after
    for number, node in enumerate(nodes.values()):
        node.colour = PALETTE[number % len(PALETTE)]
    return nodes


def _placed(nodes: dict[str, _Node], width: float, height: float) -> float:
    """Place the nodes column by column; pixels per unit of flow."""
    columns: dict[int, list[_Node]] = {}
    for node in nodes.values():
        columns.setdefault(node.column, []).append(node)
    most = max(len(of) for of in columns.values())
    gap = min(_GAP_PX, (height - 2 * _MARGIN_PX) / (2 * most))
    scale = min(
        (height - 2 * _MARGIN_PX - gap * (len(of) - 1)) / sum(node.size for node in of)
        for of in columns.values()
    )
    step = (width - 2 * _MARGIN_PX - _NODE_PX) / max(len(columns) - 1, 1)
    for number, column in enumerate(sorted(columns)):
        y = _MARGIN_PX
        for node in columns[column]:
            node.x, node.y = _MARGIN_PX + number * step, y
            y += node.size * scale + gap
    return scale


def _ribbon(source: _Node, target: _Node, flow: Flow, scale: float) -> str:
    thick = flow.value * scale
    start = source.y + source.used["going"] + thick / 2
    end = target.y + target.used["coming"] + thick / 2
    source.used["going"] += thick
    target.used["coming"] += thick
    left, right = source.x + _NODE_PX, target.x
    middle = (left + right) / 2
    return (
        f'<path d="M{left:.1f} {start:.1f} C{middle:.1f} {start:.1f}'
        f' {middle:.1f} {end:.1f} {right:.1f} {end:.1f}"'
        f' fill="none" stroke="{source.colour}" stroke-opacity="0.4" stroke-width="{max(thick, 0.8):.1f}"/>'
    )


def _label(node: _Node, scale: float, unit: str, language: str, *, is_last: bool) -> str:
    name = node.name if len(node.name) <= _LONGEST_NAME else f"{node.name[: _LONGEST_NAME - 1]}…"
    x = node.x - 6 if is_last else node.x + _NODE_PX + 6
    y = node.y + max(node.size * scale, 1) / 2 + 4
    text = f"{name}  {compact(node.size, language)} {unit}".rstrip()
    anchor = "end" if is_last else "start"
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}" font-size="11">'
        f"{escape(text)}</text>"
    )
