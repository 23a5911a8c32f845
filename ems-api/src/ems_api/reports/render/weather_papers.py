"""The weather of a report, and its baseline adjusted to it, as tables of its document."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ems_api.reports.normalised import Normalised
from ems_api.reports.regression import Model
from ems_api.reports.render.document import NUMBER, PERCENT, Block, Column, Document, Table, Text
from ems_api.reports.render.paper_parts import named
from ems_api.reports.texts import Texts
from ems_api.reports.weather import Weather


def with_weather(document: Document, weather: Weather, texts: Texts) -> Document:
    """A document with the weather's tables at its end."""
    tables: list[Block] = [_degree_days(weather, texts), *_unmeasured(weather, texts)]
    if weather.normalised is not None and any(model is not None for model in weather.normalised.models):
        tables += [_savings(weather.normalised, texts), _models(weather.normalised, texts)]
    facts = [*document.facts, (texts("weather_point"), weather.point_name)]
    return replace(document, facts=facts, blocks=[*document.blocks, *tables])


def _degree_days(weather: Weather, texts: Texts) -> Table:
    periods = [("reporting_period", weather.reporting)]
    periods += [("base_period", weather.base)] if weather.base is not None else []
    columns = [
        Column(texts("period_type"), [texts(name) for name, _ in periods]),
        Column(texts("heating_degree_days"), [of.heating for _, of in periods], "K d", NUMBER),
        Column(texts("cooling_degree_days"), [of.cooling for _, of in periods], "K d", NUMBER),
        Column(texts("days"), [of.days for _, of in periods]),
        Column(texts("days_measured"), [of.measured for _, of in periods]),
    ]
    return named(texts, "weather", columns)


def _unmeasured(weather: Weather, texts: Texts) -> list[Text]:
    """A sentence about days whose temperature is not known, where there are such."""
    periods = [of for of in (weather.reporting, weather.base) if of is not None]
    if all(of.has_all for of in periods):
        return []
    unknown = any(of.measured == 0 for of in periods)
    return [Text("", texts("degree_days_unknown" if unknown else "degree_days_partial"))]


def _savings(found: Normalised, texts: Texts) -> Table:
    columns = [
        Column(texts("category"), [part.name for part in found.parts]),
        Column(texts("unit"), [part.unit for part in found.parts]),
        Column(texts("days"), list(found.days)),
        Column(texts("adjusted_baseline"), found.adjusted, form=NUMBER),
        Column(texts("actual"), found.actual, form=NUMBER),
        Column(texts("report.saving"), found.savings, form=NUMBER),
        Column(texts("saving_rate"), found.rates, form=PERCENT),
        Column(texts("saving_uncertainty"), found.uncertainties, form=NUMBER),
    ]
    return named(texts, "weather_normalised", columns)


def _models(found: Normalised, texts: Texts) -> Table:
    rows = [(part, model) for part, model in zip(found.parts, found.models, strict=True) if model is not None]
    columns = [
        Column(texts("category"), [part.name for part, _ in rows]),
        Column(texts("model"), [_formula(model) for _, model in rows]),
        Column(texts("days"), [model.days for _, model in rows]),
        Column("R²", [_known(model.r_squared) for _, model in rows], form=NUMBER),
        Column("CV(RMSE)", [_known(model.cv_rmse) for _, model in rows], form=PERCENT),
        Column("NMBE", [_known(model.nmbe) for _, model in rows], form=PERCENT),
    ]
    return named(texts, "weather_models", columns)


def _formula(model: Model) -> str:
    """Energy of a day by its mean temperature T [°C]."""
    terms = [f"{model.base:.4g}"]
    if model.heating:
        terms.append(f"{model.heating:.4g} · max(0, {model.heating_balance_degc:g} − T)")
    if model.cooling:
        terms.append(f"{model.cooling:.4g} · max(0, T − {model.cooling_balance_degc:g})")
    return " + ".join(terms)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
