"""The conditions of the verdict, and how often donors without a programme would meet them."""

import math

import pandas as pd

from evaluation.reporting.language import Language
from evaluation.reporting.table_writer import Column, Table, interval
from evaluation.robustness.fake_pilots import ALL
from evaluation.robustness.gate import CONDITIONS
from evaluation.robustness.gate_recovery import CALIBRATED, ESTABLISHED
from evaluation.robustness.labels import NOMINAL
from evaluation.study import Study


def gate(
    study: Study, language: Language, *, gate: pd.DataFrame, gate_recovery: pd.DataFrame
) -> Table:
    """One row a condition: what was found, what it is held against, whether it is met, and how many
    donors meet it where nothing happened."""
    easy = _met_without_an_effect(study, gate_recovery)
    records = [
        {
            "condition": language(f"table.gate.{row['condition']}", treated=study.treated),
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
    )


def _met_without_an_effect(study: Study, recovery: pd.DataFrame) -> dict[str, float]:
    """Percent of donors that meet each condition as if they had had the pilot, nothing planted."""
    rows = recovery[
        (recovery["scenario"] == ALL) & (recovery["subset"] == ALL) & (recovery["rate_ratio"] == 1)
    ]
    shares = (100 * rows.set_index("condition")["share"]).to_dict()
    if study.decisive_test != study.tests[0] and "p calibrated" in shares:
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
    value = _written(row["condition"], row["threshold"], language)
    key = "most"
    if row["condition"] == "specification_curve":
        key = "least"
    elif row["condition"] in ("firearm", "composite"):
        key = "above"
    elif row["condition"] == "calibrated":
        key = "least" if row["value"] <= NOMINAL else "most"
    return language(f"table.gate.{key}", value=value)


def _written(condition: str, value: float, language: Language, signed: bool = False) -> str:
    if condition in ("calibrated", "specification_curve", "fake_starts"):
        return language.percent(100 * value, 1)
    if condition == "p":
        return language.p_value(value)
    if condition == "rings":
        return language.number(value, 0)
    return language.number(value, 2, signed=signed)


def gate_recovery(study: Study, language: Language, *, gate_recovery: pd.DataFrame) -> Table:
    """Percent of donors, as if they had had the pilot, that meet each condition and all of them."""
    known = set(gate_recovery["condition"])
    names = [name for name in ("p", "p calibrated", *CONDITIONS[2:]) if name in known]
    records = []
    groups = gate_recovery.groupby(["scenario", "subset", "rate_ratio"])
    for (scenario, subset, ratio), rows in sorted(groups, key=_place):
        shares = rows.set_index("condition")
        whole = shares.loc[CALIBRATED]
        records.append(
            {
                "part": language(
                    f"table.gate_recovery.{scenario}.{subset}",
                    count=language.number(whole["n_donors"], 0),
                ),
                "planted": 100 * (ratio - 1),
                **{name: 100 * shares.loc[name, "share"] for name in names},
                "plain": 100 * shares.loc[ESTABLISHED, "share"],
                "whole": 100 * whole["share"],
                "low": 100 * whole["share_low"],
                "high": 100 * whole["share_high"],
                "draws": whole["draws"],
            }
        )
    columns = _recovery_columns(language, names)
    fields = [key for column in columns for key in column.keys]
    return Table(
        name="gate_recovery",
        frame=pd.DataFrame(records, columns=["part", *fields]),
        columns=columns,
        title=language("table.gate_recovery.title"),
        note=_recovery_note(study, language, names),
        group="part",
        group_label=language("table.gate_recovery.part"),
    )


def _place(group: tuple) -> tuple:
    """All of the outcome before its firearm part, the donors alike before all, no effect first."""
    (scenario, subset, ratio), _ = group
    return scenario, subset == ALL, -ratio


def _recovery_columns(language: Language, names: list[str]) -> tuple[Column, ...]:
    def label(key: str) -> str:
        return language(f"table.gate_recovery.{key}")

    return (
        Column(("planted",), label("planted"), "effect", 0),
        *(Column((name,), label(f"condition.{name}"), "percent", 0) for name in names),
        Column(("plain",), label("plain"), "percent", 0),
        Column(("whole",), label("whole"), "percent", 0),
        interval(language, ("low", "high"), label("interval")),
        Column(("draws",), label("draws"), "integer", csv_only=True),
    )


def _recovery_note(study: Study, language: Language, names: list[str]) -> str:
    absent = [
        language.inline(language(f"table.gate_recovery.condition.{name}"))
        for name in CONDITIONS[2:]
        if name not in names
    ]
    note = language("table.gate_recovery.note", draws=study.robustness.recovery.draws)
    if not absent:
        return note
    return f"{note} {language('table.gate_recovery.absent', names=language.listing(absent))}"
