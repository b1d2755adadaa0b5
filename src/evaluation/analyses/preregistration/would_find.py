"""Size and power of a study that lies ahead, in words and a table."""

import pandas as pd

from evaluation.analyses.power.facts import primary_months
from evaluation.analyses.preregistration.measured import Measured
from evaluation.calibration.draws import GRID
from evaluation.calibration.scale_up.ahead import as_plan
from evaluation.page.document import Block
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study

PLANTED = (0.8, 0.7, 0.6, 0.5)


def would_find(
    study: Study, measured: Measured, language: Language, facts: dict[str, str]
) -> list[Block]:
    """What would be found in the primary window, how that is known, and a row for each window."""
    simulated, months = as_plan(study), primary_months(study)
    here = measured.power[measured.power["months"] == months].set_index("rate_ratio")
    smallest = here.loc[simulated.smallest_ratio]
    known = pd.notna(smallest["detectable"])
    values = facts | {
        "months": str(months),
        "found": language.percent(100 * (1 - smallest["detectable"])) if known else "",
        "most": language.percent(100 * (1 - GRID[-1])),
        "share": language.percent(100 * smallest["low"]),
        "expected": language.number(smallest["expected"], 0),
        "panels": language.number(simulated.panels, 0),
        "reference": language.number(simulated.reference_panels, 0),
        "draws": language.number(smallest["draws"], 0),
    }
    answer = "answer" if known else "answer_none"
    return [
        " ".join(language(f"plan.ahead.{key}", **values) for key in (answer, "smallest")),
        language("plan.ahead.how", **values),
        _table(study, measured.power, language, values),
        language("plan.ahead.valid", **values),
    ]


def _table(study: Study, power: pd.DataFrame, language: Language, values: dict[str, str]) -> Table:
    """One row a window: size in each tail, power by fall, and the fall found four times in five."""
    records = [_record(rows, int(months), language) for months, rows in power.groupby("months")]
    for record in records:
        record["primary"] = record["months"] == primary_months(study)
    error = language("table.inference.error_part")

    def pair(key: str, value: str, label: str, digits: int) -> Column:
        return Column((key, f"{key}_error"), label, "plus_minus", digits, parts=(value, error))

    share = language("plan.ahead.share")
    columns = (
        Column(("months",), language("plan.power.months"), "integer", counts=False),
        pair("low", share, language("plan.ahead.low"), 3),
        pair("high", share, language("plan.ahead.high"), 3),
        *(
            pair(
                f"power_{ratio:g}",
                share,
                language("plan.power.power", fall=f"{100 * (1 - ratio):.0f}"),
                2,
            )
            for ratio in PLANTED
        ),
        Column(("fall",), language("plan.power.fall")),
    )
    test = language.inline(values["test"])
    return Table(
        "power",
        pd.DataFrame(records),
        columns,
        language("plan.power.title", **values | {"test": test}),
        language("plan.ahead.note", **values),
        primary="primary",
    )


def _record(rows: pd.DataFrame, months: int, language: Language) -> dict[str, object]:
    found = rows.set_index("rate_ratio")
    none = found.loc[1.0]
    record: dict[str, object] = {"months": months, "fall": _fall(none, language)}
    record |= {key: none[key] for key in ("low", "low_error", "high", "high_error")}
    for ratio in PLANTED:
        record[f"power_{ratio:g}"] = found.loc[ratio, "low"]
        record[f"power_{ratio:g}_error"] = found.loc[ratio, "low_error"]
    return record


def _fall(row: pd.Series, language: Language) -> str:
    if pd.isna(row["detectable"]):
        return language("plan.power.beyond", fall=language.percent(100 * (1 - GRID[-1])))
    fall = language.number(100 * (1 - row["detectable"]), 1)
    if pd.isna(row["detectable_error"]):
        return language.percent(100 * (1 - row["detectable"]))
    error = language.percent(100 * row["detectable_error"], 1)
    return f"{fall} ± {error}"
