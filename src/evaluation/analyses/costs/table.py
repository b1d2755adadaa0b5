"""The stated cost, the averted events, and the cost of each; or that no cost is stated."""

import math

import pandas as pd

from evaluation.analyses.costs.break_even import BreakEven, break_even
from evaluation.analyses.gate.compute import primary_row
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def costs(study: Study, language: Language, *, estimates: pd.DataFrame) -> Table:
    """Three rows: cost a year, averted events a year, cost of an averted event."""
    stated = study.said.costs
    records = [{"item": language("table.not_stated"), "value": "–", "between": "–"}]
    if stated is not None:
        span = study.window[study.primary.window]
        found = break_even(stated, primary_row(study, estimates), span, study.periods.months_a_year)
        records = _records(found, stated.currency, language)
    level = language.number(100 * study.level, 0)
    columns = (
        Column(("item",), language("table.costs.item")),
        Column(("value",), language("table.costs.value"), "label"),
        Column(("between",), language("table.costs.between", level=level), "label"),
    )
    outcome = language.inline(language.outcome(study.definition(study.primary.outcome)))
    note = language("table.costs.none", outcome=outcome)
    if stated is not None:
        note = language(
            "table.costs.note",
            outcome=outcome,
            total=_money(stated.total, stated.currency, language),
            years=language.general(stated.years),
            source=stated.source,
        )
    return Table(
        name="costs",
        frame=pd.DataFrame(records, columns=["item", "value", "between"]),
        columns=columns,
        title=language("table.costs.title"),
        note=note,
    )


def _records(found: BreakEven, currency: str, language: Language) -> list[dict[str, str]]:
    def events(value: float) -> str:
        return language.number(value, 1)

    def money(value: float) -> str:
        return _money(value, currency, language)

    point, low, high = found.cost
    none = language("table.costs.nothing_averted")
    price = none if math.isinf(point) else money(point)
    between = _between(low, high, money, language)
    if math.isinf(high):
        between = none if math.isinf(low) else language("table.costs.unbounded", low=money(low))
    rows = {
        "cost": (money(found.yearly_cost), "–"),
        "averted": (events(found.averted[0]), _between(*found.averted[1:], events, language)),
        "price": (price, between),
    }
    return [
        {"item": language(f"table.costs.{key}"), "value": value, "between": ends}
        for key, (value, ends) in rows.items()
    ]


def _between(low: float, high: float, written, language: Language) -> str:
    if math.isnan(low) or math.isnan(high):
        return "–"
    return language("table.interval", low=written(low), high=written(high))


def _money(value: float, currency: str, language: Language) -> str:
    return "–" if math.isnan(value) else f"{language.number(value, 0)} {currency}"
