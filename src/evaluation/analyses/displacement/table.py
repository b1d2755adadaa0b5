"""The weighted displacement difference, in events, by the area where violence may have gone."""

import pandas as pd

from evaluation.analyses.spillover.wording import reason_of, zone_name
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table, interval
from evaluation.panel.zones import ZONES
from evaluation.study.study import Study

COUNTS = ("treated", "control", "area", "area_control")


def displacement(study: Study, language: Language, *, displacement: pd.DataFrame) -> Table:
    """The primary window: each outcome × displacement area × comparison, with standard errors."""
    outcomes = study.robustness.spillover.outcomes
    rows = displacement[displacement["window"] == study.primary.window]
    rows = rows.assign(
        outcome_place=rows["outcome"].map(outcomes.index),
        area_place=rows["area"].map(ZONES.index),
    ).sort_values(["outcome_place", "area_place", "comparison"], ascending=[True, True, False])
    frame = rows.assign(
        part=[language.outcome(study.definition(name)) for name in rows["outcome"]],
        area=[zone_name(area, study, language) for area in rows["area"]],
        comparison=[_comparison(row, language) for row in rows.to_dict("records")],
        remark=[reason_of(row, language) for row in rows.to_dict("records")],
    )
    return Table(
        name="displacement",
        frame=frame.reset_index(drop=True),
        columns=_columns(study, language),
        title=language("table.displacement.title", treated=study.treated),
        note=language("table.displacement.note", treated=study.treated),
        group="part",
        group_label=language("table.column.outcome"),
        sums=Sums(cells=("area", "comparison")),
    )


def _comparison(row: dict, language: Language) -> str:
    if row["comparison"] == "all donors":
        return language("table.displacement.all_donors")
    nearest = language("table.displacement.nearest")
    return f"{nearest}: {row['control']}" if row["control"] else nearest


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    ends = (language("table.column.before"), language("table.column.after"))
    margin = (language("table.displacement.events"), language("table.displacement.error"))
    level = language.number(100 * study.level, 0)

    def label(key: str) -> str:
        return language(f"table.displacement.{key}", treated=study.treated, level=level)

    counts = tuple(
        Column((f"{name}_before", f"{name}_after"), label(name), "change", parts=ends, counts=True)
        for name in COUNTS
    )
    differences = tuple(
        Column((name, f"{name}_error"), label(name), "plus_minus", 1, parts=margin)
        for name in ("local", "displaced", "total")
    )
    return (
        Column(("area",), label("where"), "label"),
        Column(("comparison",), language("table.column.comparison")),
        *counts,
        *differences,
        interval(language, ("ci_low", "ci_high"), label("interval")),
        Column(("remark",), language("table.spillover.remark"), "prose"),
        Column(("weight",), label("weight"), "decimal", 4, csv_only=True),
        Column(("area_weight",), label("area_weight"), "decimal", 4, csv_only=True),
        Column(("first_before",), label("first_before"), csv_only=True),
    )
