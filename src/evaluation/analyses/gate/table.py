"""The conditions of the verdict, and how often donors without a programme would meet them."""

import math

import pandas as pd

from evaluation.analyses.gate.compute import CONDITIONS
from evaluation.analyses.gate.verdict import DECIDING
from evaluation.calibration.fake_pilots import ALL
from evaluation.calibration.thresholds import NOMINAL, VALID
from evaluation.page.effect_scale import Written, written
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.study.scale import FALL
from evaluation.study.study import Study


def gate(
    study: Study, language: Language, *, gate: pd.DataFrame, gate_recovery: pd.DataFrame
) -> Table:
    """One row per condition: what was found, the threshold, whether it is met, and how many donors
    meet it where nothing happened."""
    easy, scale = _met_without_an_effect(study, gate_recovery), written(study, language)
    records = [
        {
            "part": language(f"table.gate.part.{_part(row['condition'])}"),
            "condition": _named(row["condition"], study, language),
            "found": found(row, scale),
            "wanted": wanted(row, scale),
            "met": language(f"table.gate.met.{row['passed']}"),
            "easy": easy.get(row["condition"], math.nan),
            "value": row["value"],
            "threshold": row["threshold"],
        }
        for row in gate.set_index("condition")
        .reindex([name for name in CONDITIONS if name in set(gate["condition"])])
        .reset_index()
        .to_dict("records")
    ]
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
        note=language("table.gate.note"),
        group="part",
        group_label=language("table.gate.part"),
    )


def _part(condition: str) -> str:
    if condition not in DECIDING:
        return "report"
    return "exclude" if condition == "excluded" else "establish"


def _named(condition: str, study: Study, language: Language) -> str:
    scale, places = written(study, language), _places(study.smallest_effect)
    fall, rise = scale.scale.smallest_shown(study.smallest_effect, study.direction)
    hoped = condition == "excluded" and study.direction != FALL
    return language(
        f"table.gate.{condition}{f'_{study.direction}' * hoped}",
        treated=study.treated,
        level=language.general(study.significance),
        smallest=scale.effect(study.smallest_effect, places, signed=False),
        fall=scale.effect(-fall, _places(fall), signed=False),
        rise=scale.effect(rise, _places(rise), signed=False),
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


def found(row: dict, scale: Written) -> str:
    """What was found for one condition, as the language writes it."""
    if row["passed"] == "not evaluated":
        return scale.language(f"table.gate.missing.{row['missing']}")
    text = _written(row["condition"], row["value"], scale, signed=True)
    # Calibration can fail by one side alone, with a size that is accepted.
    if row["condition"] == "calibrated" and row["passed"] == "no" and _inside(row["value"]):
        return scale.language("table.gate.uneven", size=text)
    return text


def _inside(size: float) -> bool:
    return VALID[0] <= size <= VALID[1]


def wanted(row: dict, scale: Written) -> str:
    """What it is held against."""
    if math.isnan(row["threshold"]):
        return "–"
    value = _written(row["condition"], row["threshold"], scale, signed=True)
    key = "most"
    if row["condition"] == "specification_curve":
        key = "least"
    elif row["condition"] in ("firearm", "total", "composite"):
        value, key = _written(row["condition"], row["threshold"], scale), "above"
    elif row["condition"] == "excluded":
        key = "above" if row["threshold"] < 0 else "below"
    elif row["condition"] == "size":
        key = "least" if row["threshold"] > 0 else "most"
    elif row["condition"] == "calibrated":
        key = "least" if row["value"] <= NOMINAL else "most"
    return scale.language(f"table.gate.{key}", value=value)


def _written(condition: str, value: float, scale: Written, signed: bool = False) -> str:
    language = scale.language
    if condition in ("calibrated", "specification_curve", "fake_starts"):
        return language.percent(100 * value, 1)
    if condition in ("size", "excluded"):
        return scale.effect(value, _places(value), signed=signed)
    if condition == "p":
        return language.p_value(value)
    if condition == "rings":
        return language.number(value, 0)
    return language.number(value, 2, signed=signed)
