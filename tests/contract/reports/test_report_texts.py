"""No text of a report file stays in the language of its author."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ems_api.context import Identity
from ems_api.jobs.asking import context
from ems_api.reports.engine import surroundings
from ems_api.reports.render.document import Document, Figures, Table, Text
from ems_api.reports.table import REPORTS
from ems_api.reports.texts import LANGUAGES, Texts
from ems_api.testing import Api
from ems_common.catalog import TABLES

from .shapes import facts
from .test_report_routes import api, parameters

__all__ = ["api"]
ADMINISTRATOR = Identity(1, "", "administrator", is_admin=True)
TRANSLATED = re.compile(r"⟦[^⟧]*⟧")
# Symbols of units and ids of zones are the same in all languages.
UNITS = re.compile(r"kgce|kgCO2e|kWh/kWh|kWh|kW|Hz|m²|Europe/London|GBP|/h")
DATES = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d)?)?)?")


class Everything(dict[str, str]):
    """A catalog that has a recognisable text for every key, and remembers which were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> str:
        self.asked.add(key)
        return f"⟦{key}⟧"


def strings(document: Document) -> Iterator[str]:
    """Everything in a document that people read and that is no number."""
    yield document.title
    yield document.subtitle
    for label, value in document.facts:
        yield label
        yield value
    for block in document.blocks:
        yield block.title
        if isinstance(block, Text):
            yield block.text
        elif isinstance(block, Figures):
            for item in block.items:
                yield item.label
                yield item.unit
        else:
            yield from _of_table(block)


def _of_table(table: Table) -> Iterator[str]:
    yield table.total_label
    yield from (chart.title for chart in table.charts)
    for column in table.columns:
        yield column.title
        yield column.unit
        yield from {value for value in column.values if isinstance(value, str)}


def stored(api: Api) -> re.Pattern[str]:
    """What people have entered: the site's own names."""
    found: set[str] = {Texts.of("en")("Tariff")}
    for database in ("system_db", "production_db"):
        with api.services.dbs.session(database) as session:
            for table in TABLES[database].values():
                for column in table.columns:
                    if column.type.startswith(("VARCHAR", "LONGTEXT")):
                        rows = session.rows(f"SELECT DISTINCT {column.name} FROM {table.name}")
                        found |= {row[0] for row in rows if row[0] and len(row[0]) < 100}
    return re.compile(
        "|".join(rf"(?<!\w){re.escape(text)}(?!\w)" for text in sorted(found, key=len, reverse=True))
    )


def rest(text: str, known: re.Pattern[str]) -> str:
    """The letters of a text that are neither translated nor entered by people."""
    left = TRANSLATED.sub("", text)
    for pattern in (DATES, UNITS, known):
        left = pattern.sub("", left)
    return "".join(letter for letter in left if letter.isalpha())


@pytest.mark.db
def test_every_text_of_every_document_is_in_the_catalogs(api: Api) -> None:
    known = stored(api)
    keys = Everything()
    texts = Texts("en", keys, keys)
    untranslated: set[str] = set()
    for report in REPORTS:
        if report.document is None:
            continue
        of = next(of for of in facts() if of.path == f"/reports/{report.path}")
        given = {
            name: text
            for name, text in parameters(of, api.headers["USER-UUID"]).items()
            if "uuid" not in name or name == "useruuid"
        }
        ctx = context(api.services, ADMINISTRATOR, f"/reports/{report.path}", given)
        wish = report.read(ctx)
        document = report.document(report.build(surroundings(ctx), wish), wish, texts)
        assert document.blocks, report.path
        untranslated |= {f"{report.path}: {text}" for text in strings(document) if rest(text, known)}
    assert not untranslated
    assert len(keys.asked) > 100
    for language in LANGUAGES:
        assert keys.asked <= set(Texts.of(language).of_key), language
