"""The conditions of the verdict, and how often donors without a programme would meet them."""

import math

import pandas as pd

from evaluation.analyses.gate.compute import CONDITIONS
from evaluation.analyses.gate.verdict import DECIDING
from evaluation.calibration.fake_pilots import ALL
from evaluation.calibration.thresholds import NOMINAL
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.study import Study


def gate(
    study: Study, language: Language, *, gate: pd.DataFrame, gate_recovery: pd.DataFrame
) -> Table:
    """One row per condition: what was found, the threshold, whether it is met, and how many donors
    meet it where nothing happened."""
    easy = _met_without_an_effect(study, gate_recovery)
    records = [
        {
            "part": language(f"table.gate.part.{_part(row['condition'])}"),
            "condition": _named(row["condition"], study, language),
            "found": found(row, language),
            "wanted": wanted(row, language),
            "met": language(f"table.gate.met.{row['passed']}"),
            "easy": easy.get(row["condition"], math.nan),
            "value": row["value"],
            "threshold": row["threshold"],
        }
        for row in gate.set_index("condition")
        .loc[list(CONDITIONS)]
        .reset_index()
        .to_dict("records")
    ]
    _, rise = study.smallest_effects
    return Table(
        name="gate",
        frame=pd.DataFrame(records),
        columns=(
            Column(("condition",), language("table.gate.condition"), "prose"),
            Column(("found",), language("table.gate.found")),
            Column(("wanted",), language("table.gate.wanted")),
            Column(("met",), language("table.gate.met")),
            Column(("easy",), language("table.gate.easy"), "percent", 0),
            Column(("value",), language("table.gate.value"), "decimal", 4, csv_only=True),
            Column(("threshold",), language("table.gate.threshold"), "decimal", 4, csv_only=True),
        ),
        title=language("table.gate.title"),
        note=language("table.gate.note", rise=language.percent(100 * (rise - 1), 0, signed=True)),
        group="part",
        group_label=language("table.gate.part"),
    )


def _part(condition: str) -> str:
    if condition not in DECIDING:
        return "report"
    return "exclude" if condition == "excluded" else "establish"


def _named(condition: str, study: Study, language: Language) -> str:
    return language(
        f"table.gate.{condition}",
        treated=study.treated,
        level=language.general(study.significance),
        smallest=language.percent(study.smallest_effect, _places(study.smallest_effect)),
        interval=language.number(100 * study.level, 0),
    )


def _places(percent: float) -> int:
    return 0 if float(percent).is_integer() else 1


def _met_without_an_effect(study: Study, recovery: pd.DataFrame) -> dict[str, float]:
    """Percent of donors that meet each condition as if they had had the pilot, nothing planted."""
    rows = recovery[
        (recovery["scenario"] == ALL) & (recovery["subset"] == ALL) & (recovery["rate_ratio"] == 1)
    ]
    shares = (100 * rows.set_index("condition")["share"]).to_dict()
    if study.primary.test != study.tests[0] and "p calibrated" in shares:
        shares["p"] = shares["p calibrated"]
    return shares


def found(row: dict, language: Language) -> str:
    """What was found for one condition, as the language writes it."""
    if row["passed"] == "not evaluated":
        return language(f"table.gate.missing.{row['missing']}")
    return _written(row["condition"], row["value"], language, signed=True)


def wanted(row: dict, language: Language) -> str:
    """What it is held against."""
    if math.isnan(row["threshold"]):
        return "–"
    value = _written(row["condition"], row["threshold"], language, signed=True)
    key = "most"
    if row["condition"] == "specification_curve":
        key = "least"
    elif row["condition"] in ("firearm", "total", "composite"):
        value, key = _written(row["condition"], row["threshold"], language), "above"
    elif row["condition"] == "excluded":
        key = "above"
    elif row["condition"] == "size":
        key = "least" if row["threshold"] > 0 else "most"
    elif row["condition"] == "calibrated":
        key = "least" if row["value"] <= NOMINAL else "most"
    return language(f"table.gate.{key}", value=value)


def _written(condition: str, value: float, language: Language, signed: bool = False) -> str:
    if condition in ("calibrated", "specification_curve", "fake_starts"):
        return language.percent(100 * value, 1)
    if condition in ("size", "excluded"):
        return language.percent(value, _places(value), signed=signed)
    if condition == "p":
        return language.p_value(value)
    if condition == "rings":
        return language.number(value, 0)
    return language.number(value, 2, signed=signed)
