"""Batches in MyEMS' shape, and as documents."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ems_api.reports.kinds.batch import AskBelow, Batch
from ems_api.reports.model import sum_of_known
from ems_api.reports.render import pieces
from ems_api.reports.render.document import NUMBER, Column, Document
from ems_api.reports.render.paper_parts import heading, named
from ems_api.reports.render.pieces import Json
from ems_api.reports.texts import Texts

_TOP: Final = 10


def answer(report: Batch, wish: AskBelow) -> Json:
    """All entities below a space, without files."""
    result: Json = {
        "space_id": report.space.id,
        "space_name": report.space.name,
        report.kind.plural: _lines(report, wish),
        "energycategories": [
            {"id": part.id, "name": part.name, "unit_of_measure": part.unit} for part in report.parts
        ],
    }
    if report.days is not None:
        result["date_list"] = report.days.labels
    result["top_consumers"] = [_top(report, column) for column in range(len(report.parts))]
    return result


def _top(report: Batch, column: int) -> Json:
    """Who used most of a category, and which share of what all of them used."""
    values = report.energy[:, column]
    total = float(np.nansum(values))
    order = [row for row in np.argsort(-values, kind="stable").tolist() if values[row] > 0][:_TOP]
    return {
        "energy_category_id": report.parts[column].id,
        "ids": [report.entities[row].id for row in order],
        "names": [report.entities[row].name for row in order],
        "values": values[order],
        "shares": values[order] / total if total > 0 else [],
    }


def _lines(report: Batch, wish: AskBelow) -> list[Json]:
    """A line for each entity; numbers are made of whole arrays, as a batch may have thousands of lines."""
    kind = report.kind.name
    name, uuid = f"{kind}_name", f"{kind}_uuid"
    figures = _of_meters(report) if report.kind.is_meter else _amounts(report, wish)
    return [
        {
            "id": entity.id,
            name: entity.name,
            uuid: entity.uuid,
            "space_name": entity.space_name,
            "cost_center_name": entity.cost_center_name,
            "description": entity.description,
            **more,
        }
        for entity, more in zip(report.entities, figures, strict=True)
    ]


def _amounts(report: Batch, wish: AskBelow) -> list[Json]:
    energy, cost, carbon = (
        pieces.shown(of, v1=wish.ask.v1).tolist() for of in (report.energy, report.cost, report.carbon_kg)
    )
    return [
        {"values": values, "cost": of_cost, "carbon_emissions": of_carbon}
        for values, of_cost, of_carbon in zip(energy, cost, carbon, strict=True)
    ]


def _of_meters(report: Batch) -> list[Json]:
    names = {part.id: part.name for part in report.parts}
    # A meter has one category at most, so the sum of what is known is its total.
    totals = sum_of_known(report.energy).tolist()
    result: list[Json] = [
        {
            "uuid": entity.uuid,
            "energy_category_name": names.get(entity.category_id, ""),
            "values": values,
            "subtotal": total,
        }
        for entity, values, total in zip(report.entities, report.energy.tolist(), totals, strict=True)
    ]
    if report.days is not None:
        for line, values in zip(result, report.daily, strict=True):
            line["daily_values"] = _days(report.days.labels, values)
    return result


def _days(labels: list[str], values: Any) -> list[Json]:
    # Many thousand values; the JSON writer makes null of nan.
    return [{"date": label, "value": value} for label, value in zip(labels, values.tolist(), strict=True)]


def document(report: Batch, wish: AskBelow, texts: Texts) -> Document:
    """All entities below a space, as a table."""
    rows = report.entities
    columns = [
        Column(texts("name"), [row.name for row in rows]),
        Column(texts("space"), [row.space_name for row in rows]),
        Column(texts("cost_center"), [row.cost_center_name for row in rows]),
        Column(texts("description"), [row.description for row in rows]),
    ]
    columns += [
        Column(part.name, report.energy[:, n], part.unit, NUMBER, float(sum_of_known(report.energy[:, n])))
        for n, part in enumerate(report.parts)
    ]
    if not report.kind.is_meter:
        cost, carbon = float(sum_of_known(report.cost)), float(sum_of_known(report.carbon_kg))
        columns.append(Column(texts("cost"), report.cost, wish.ask.currency, NUMBER, cost))
        columns.append(Column(texts("emissions"), report.carbon_kg, "kgCO2e", NUMBER, carbon))
    tables = [named(texts, "details", columns, (), texts("total"))]
    if report.days is not None:
        days = [Column(texts("name"), [row.name for row in rows])]
        days += [Column(label, report.daily[:, n], "", NUMBER) for n, label in enumerate(report.days.labels)]
        tables.append(named(texts, "daily", days))
    title = f"{texts('report.batch')} · {texts(f'kind.{report.kind.name}')}"
    facts = [
        (texts("kind.space"), report.space.name),
        *heading(wish.ask, texts, has_buckets=report.days is not None),
    ]
    file_name = f"{report.kind.name}-batch-{report.space.id}"
    return Document(title, report.space.name, facts, tables, texts.language, file_name)
