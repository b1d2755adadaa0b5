"""The joint test of all specifications."""

import pandas as pd

from evaluation.analyses.joint_inference.compute import EVERYTHING, STATISTICS
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def joint_test(study: Study, language: Language, *, joint_inference: pd.DataFrame) -> Table:
    """The treated unit's median |z| and most frequent sign, ranked among its donors'."""
    order = (EVERYTHING, *study.robustness.grid.outcomes)
    places = {"outcome": order.index, "statistic": list(STATISTICS).index}
    rows = joint_inference.sort_values(
        ["outcome", "statistic"], key=lambda column: column.map(places[column.name])
    )
    records = []
    for row in rows.to_dict("records"):
        share = row["statistic"] == "same sign"
        known = row["outcome"] != EVERYTHING
        records.append(
            {
                "outcome": language.outcome(study.definition(row["outcome"]))
                if known
                else language("table.joint_test.all"),
                "statistic": language(f"table.joint_test.{row['statistic']}"),
                "specifications": row["n_specifications"],
                "value": 100 * row["value"] if share else row["value"],
                "donors_median": 100 * row["donors_median"] if share else row["donors_median"],
                "value_text": _value(row["value"], share, language),
                "median_text": _value(row["donors_median"], share, language),
                "as_extreme": row["as_extreme"],
                "donors": row["n_donors"],
                "p": row["p_value"],
            }
        )

    def label(key: str) -> str:
        return language(f"table.joint_test.{key}")

    return Table(
        name="joint_test",
        frame=pd.DataFrame(records),
        columns=(
            Column(("outcome",), language("table.column.outcome")),
            Column(("statistic",), label("statistic")),
            Column(("specifications",), label("specifications"), "integer", counts=False),
            Column(("value",), label("value_number"), "decimal", 2, csv_only=True),
            Column(("value_text",), study.treated),
            Column(("donors_median",), label("donors_number"), "decimal", 2, csv_only=True),
            Column(("median_text",), label("donors_median")),
            Column(("as_extreme",), label("as_extreme"), "integer", counts=False),
            Column(("donors",), language("table.column.donors"), "integer", counts=False),
            Column(("p",), language("table.column.p"), "p"),
        ),
        title=label("title"),
        note=language("table.joint_test.note", treated=study.treated),
    )


def _value(value: float, share: bool, language: Language) -> str:
    return language.percent(100 * value, 1) if share else language.number(value, 2)
