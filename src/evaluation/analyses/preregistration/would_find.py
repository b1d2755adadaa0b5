"""Size and power of a study that lies ahead, in words and a table."""

import pandas as pd

from evaluation.analyses.power.facts import of_side, primary_months, sides
from evaluation.analyses.power.table import beyond, largest
from evaluation.analyses.preregistration.measured import Measured
from evaluation.analyses.preregistration.tables import shown_change
from evaluation.calibration.scale_up.ahead import as_plan
from evaluation.page.document import Block
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.scale import EITHER, FALL, RISE
from evaluation.study.study import Study

PLANTED = {FALL: (0.8, 0.7, 0.6, 0.5), RISE: (1.2, 1.3, 1.5, 2.0), EITHER: (0.8, 0.5, 1.2, 1.5)}


def would_find(
    study: Study, measured: Measured, language: Language, facts: dict[str, str]
) -> list[Block]:
    """What would be found in the primary window, how that is known, and a row for each window."""
    simulated, months = as_plan(study), primary_months(study)
    here = measured.power[measured.power["months"] == months]
    first = here.iloc[0]
    values = facts | {
        "months": str(months),
        "expected": language.number(first["expected"], 0),
        "panels": language.number(simulated.panels, 0),
        "reference": language.number(simulated.reference_panels, 0),
        "draws": language.number(first["draws"], 0),
    }
    said = []
    for side in sides(study):
        spoken = language.for_periods(study.periods, study.has("exposure"), side)
        said += _said(study, here, side, spoken, values)
    return [
        " ".join(said),
        language("plan.ahead.how", **values),
        _table(study, measured.power, language, values),
        language("plan.ahead.valid", **values),
    ]


def _said(
    study: Study, here: pd.DataFrame, side: str, language: Language, values: dict[str, str]
) -> list[str]:
    """What would be found of falls, or of rises: the smallest of all, and the one of interest."""
    mine = as_plan(study).of_side(side)
    rows = of_side(here, side).set_index("rate_ratio")
    ratio = rows["detectable"].iloc[0]
    smallest = rows.loc[mine.smallest_ratio]
    values = values | {
        "found": language.percent(100 * abs(1 - ratio)),
        "most": language.percent(abs(largest(side))),
        "smallest": language.percent(mine.smallest_effect),
        "share": language.percent(100 * smallest["low" if side == FALL else "high"]),
    }
    answer = "answer_none" if pd.isna(ratio) else "answer"
    return [language(f"plan.ahead.{key}", **values) for key in (answer, "smallest")]


def _table(study: Study, power: pd.DataFrame, language: Language, values: dict[str, str]) -> Table:
    """One row a window: size in each tail, power by change, and the one that is found often."""
    records = [
        _record(study, rows, int(months), language) for months, rows in power.groupby("months")
    ]
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
                language("plan.power.power", change=shown_change(ratio, language)),
                2,
            )
            for ratio in PLANTED[study.direction]
        ),
        Column(("detectable",), language("plan.power.fall")),
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


def _record(study: Study, rows: pd.DataFrame, months: int, language: Language) -> dict[str, object]:
    found = rows.set_index("rate_ratio")
    none = found.loc[1.0]
    each = {side: _detectable(study, rows, side, language) for side in sides(study)}
    detectable = language("power.or", **each) if len(each) > 1 else "".join(each.values())
    record: dict[str, object] = {"months": months, "detectable": detectable}
    record |= {key: none[key] for key in ("low", "low_error", "high", "high_error")}
    for ratio in PLANTED[study.direction]:
        side = "low" if ratio < 1 else "high"
        record[f"power_{ratio:g}"] = found.loc[ratio, side]
        record[f"power_{ratio:g}_error"] = found.loc[ratio, f"{side}_error"]
    return record


def _detectable(study: Study, rows: pd.DataFrame, side: str, language: Language) -> str:
    """The change of a side that is found four times in five, with its simulation error; signed
    where both are looked for."""
    row = of_side(rows, side).iloc[0]
    signed = study.direction == EITHER
    if pd.isna(row["detectable"]):
        return beyond(side, language, signed)
    change = 100 * (row["detectable"] - 1)
    change = change if signed else abs(change)
    if pd.isna(row["detectable_error"]):
        return language.percent(change, signed=signed)
    error = language.percent(100 * row["detectable_error"], 1)
    return f"{language.number(change, 1, signed)} ± {error}"
