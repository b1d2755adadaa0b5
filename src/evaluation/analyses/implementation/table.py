"""The components of the programme as delivered (TIDieR items 3-8: what, when and how much).

Hoffmann et al. 2014, BMJ 348: g1687.
"""

from itertools import groupby

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Span, Study


def implementation(study: Study, language: Language) -> Table:
    """A row per component: its months, how many of them, how much in all, and the source."""
    records = []
    for component, group in groupby(study.said.implementation, key=lambda one: one.component):
        rows = list(group)
        counts = [one.count for one in rows]
        records.append(
            {
                "component": component,
                "span": language.span(Span(rows[0].month, rows[-1].month)),
                "months": len(rows),
                "total": sum(counts),
                "least": min(counts),
                "most": max(counts),
                "source": "; ".join(sorted({one.source for one in rows})),
            }
        )
    stated = bool(records)
    if not stated:
        records = [{"component": language("table.not_stated"), "span": "–", "source": "–"}]
    columns = _columns(language)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="implementation",
        frame=pd.DataFrame(records, columns=fields),
        columns=columns,
        title=language("table.implementation.title"),
        note=language("table.implementation.note" if stated else "table.implementation.none"),
    )


def _columns(language: Language) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.implementation.{key}")

    return (
        Column(("component",), label("component")),
        Column(("span",), label("span"), "label"),
        Column(("months",), label("months"), "integer", counts=False),
        Column(("total",), label("total"), "integer", counts=False),
        Column(("least",), label("least"), "integer", counts=False),
        Column(("most",), label("most"), "integer", counts=False),
        Column(("source",), label("source"), "prose"),
    )
