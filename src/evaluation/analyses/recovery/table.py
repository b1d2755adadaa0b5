"""What each estimator finds of a known effect that was planted in the donors."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.study.study import Study


def recovery(study: Study, language: Language, *, recovery: pd.DataFrame) -> Table:
    """Bias, error, coverage and power by estimator and planted effect; donors alike, then all."""
    places = {"alike": 0, "all": 1}
    grid = list(study.robustness.grid.estimators)
    rows = (
        recovery.assign(
            subset_place=recovery["subset"].map(places),
            estimator_place=recovery["estimator"].map(grid.index),
        )
        .assign(side=recovery["rate_ratio"] > 1, distance=(recovery["rate_ratio"] - 1).abs())
        .sort_values(["subset_place", "estimator_place", "side", "distance"])
    )
    records = [
        {
            "part": language(
                f"table.recovery.{row['subset']}", count=language.number(row["n_donors"], 0)
            ),
            "estimator": language(f"estimator.{row['estimator']}"),
            "planted": 100 * (row["rate_ratio"] - 1),
            "bias": row["bias"],
            "bias_error": row["bias_error"],
            "rmse": row["rmse"],
            "coverage": 100 * row["coverage"],
            "power": 100 * row["power"],
            "low": 100 * row["power_low"],
            "high": 100 * row["power_high"],
            "draws": row["draws"],
        }
        for row in rows.to_dict("records")
    ]
    columns = _columns(study, language)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="recovery",
        frame=pd.DataFrame(records, columns=["part", *fields]),
        columns=columns,
        title=language("table.recovery.title"),
        note=language(
            "table.recovery.note",
            level=language.number(100 * study.level, 0),
            treated=study.treated,
        ),
        group="part",
        group_label=language("table.recovery.part"),
    )


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    def label(key: str, **values: str) -> str:
        return language(f"table.recovery.{key}", **values)

    return (
        Column(("estimator",), language("table.column.estimator")),
        Column(("planted",), label("planted"), "effect", 0),
        Column(
            ("bias", "bias_error"),
            label("bias"),
            "plus_minus",
            2,
            parts=(label("bias_part"), label("error_part")),
        ),
        Column(("rmse",), label("rmse"), "decimal", 2),
        Column(
            ("coverage",),
            label("coverage", level=language.number(100 * study.level, 0)),
            "percent",
            0,
        ),
        Column(("power",), label("power"), "percent", 0),
        interval(language, ("low", "high"), label("interval")),
        Column(("draws",), label("draws"), "integer", counts=False),
    )
