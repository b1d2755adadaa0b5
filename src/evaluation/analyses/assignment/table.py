"""What would overturn a finding: trends that differ, and unequal odds of having been treated."""

import math

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study

SMOOTHNESS, RELATIVE = "smoothness", "relative magnitudes"
LEVELS = (0.05, 0.10)
KEYS = ["outcome", "estimator"]


def sensitivity(
    study: Study, language: Language, *, assignment: pd.DataFrame, honest_bounds: pd.DataFrame
) -> Table:
    """One row for each outcome × estimator with a rank in the primary window.

    `smoothness` and `relative` are the breakdown values M of the honest bounds, `odds_5` and
    `odds_10` the odds ratios Γ at which the rank p-value crosses 0.05 and 0.10. A Γ stands in
    brackets where p is above its level already: then it is what would have had to hide a finding.
    """
    rows = _joined(study, assignment, honest_bounds)
    records = [
        {
            "part": language.outcome(study.definition(row["outcome"])),
            "primary": (row["outcome"], row["estimator"])
            == (study.primary.outcome, study.primary.estimator),
            "estimator": language(f"estimator.{row['estimator']}"),
            "p": row["p_value"],
            "as_extreme": row["as_extreme"],
            "units": row["units"],
            "smoothness": row[SMOOTHNESS],
            "relative": row[RELATIVE],
            **{f"odds_{place}": row[f"odds_{place}"] for place in _places()},
            **{f"gamma_{place}": _gamma(row, place, language) for place in _places()},
            **{f"alone_{place}": row[f"alone_{place}"] for place in _places()},
            "words": _words(row, language),
        }
        for row in rows.to_dict("records")
    ]
    columns = _columns(study, language)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="sensitivity",
        frame=pd.DataFrame(records, columns=["part", "primary", *fields]),
        columns=columns,
        title=language("table.sensitivity.title"),
        note=language("table.sensitivity.note", treated=study.treated),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
    )


def _places() -> list[int]:
    return [round(100 * level) for level in LEVELS]


def _joined(study: Study, assignment: pd.DataFrame, honest_bounds: pd.DataFrame) -> pd.DataFrame:
    """Odds at each level, and breakdown values, side by side; in the order of the study."""
    mine = assignment[assignment["window"] == study.primary.window]
    rows = mine.drop_duplicates(KEYS)[[*KEYS, "p_value", "as_extreme", "units"]].set_index(KEYS)
    for level, place in zip(LEVELS, _places(), strict=True):
        here = mine[mine["level"] == level].set_index(KEYS)
        rows[f"odds_{place}"] = here["odds"]
        rows[f"alone_{place}"] = here["odds_treated"]
        rows[f"direction_{place}"] = here["direction"]
    for restriction in (SMOOTHNESS, RELATIVE):
        bounds = honest_bounds[honest_bounds["restriction"] == restriction]
        rows[restriction] = (
            bounds.drop_duplicates(KEYS).set_index(KEYS)["breakdown"].reindex(rows.index)
        )
    rows = rows.reset_index()
    return rows.assign(
        outcome_place=rows["outcome"].map(study.outcomes.index),
        estimator_place=rows["estimator"].map(study.estimators.index),
    ).sort_values(["outcome_place", "estimator_place"])


def _gamma(row: dict, place: int, language: Language) -> str:
    if math.isnan(row[f"odds_{place}"]):
        return "–"
    odds = row[f"odds_{place}"]
    value = language.number(odds, 2 if odds < 10 else 0)
    return f"({value})" if row[f"direction_{place}"] == "gained" else value


def _words(row: dict, language: Language) -> str:
    """The row in a few words: the strictest level at which it is a finding, and what is left."""
    found = [
        level
        for level, place in zip(LEVELS, _places(), strict=True)
        if row[f"direction_{place}"] == "lost"
    ]
    level = language.number(found[0] if found else LEVELS[-1], 2)
    text = language(f"table.sensitivity.{'finding' if found else 'nothing'}", level=level)
    known = [row[name] for name in (SMOOTHNESS, RELATIVE) if not math.isnan(row[name])]
    if not known:
        return text
    key = "bounds_hold" if max(known) == 0 else "bounds_exclude"
    return f"{text}; {language(f'table.sensitivity.{key}')}"


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values: str) -> str:
        return language(f"table.sensitivity.{key}", **values)

    levels = [
        (place, language.number(level, 2)) for level, place in zip(LEVELS, _places(), strict=True)
    ]
    return (
        Column(("estimator",), language("table.column.estimator")),
        Column(("p",), label("p"), "p"),
        Column(("as_extreme",), label("as_extreme"), "integer", csv_only=True, counts=False),
        Column(("units",), label("units"), "integer", csv_only=True, counts=False),
        Column(("smoothness",), label("smoothness"), "decimal", 2),
        Column(("relative",), label("relative"), "decimal", 2),
        *(Column((f"gamma_{place}",), label("gamma", level=name)) for place, name in levels),
        Column(("words",), label("words")),
        *(
            Column((f"odds_{place}",), label("odds", level=name), "decimal", 2, csv_only=True)
            for place, name in levels
        ),
        *(
            Column(
                (f"alone_{place}",),
                label("alone", level=name, treated=study.treated),
                "decimal",
                2,
                csv_only=True,
            )
            for place, name in levels
        ),
    )
