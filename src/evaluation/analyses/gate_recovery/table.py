"""What the gate makes of donors as if they had had the pilot, with and without a known effect."""

from collections.abc import Iterator

import pandas as pd

from evaluation.analyses.gate.compute import REPORTED
from evaluation.analyses.gate.verdict import WORDS_OF
from evaluation.analyses.gate_recovery.compute import FOUR, SEVEN, VERDICT
from evaluation.analyses.power.facts import sides
from evaluation.calibration.fake_pilots import smallest_hoped
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.study.scale import EITHER
from evaluation.study.study import Study

SINGLE = ("p calibrated", "rings", "size", *REPORTED)
FOR_THE_FILE = ("p", "beyond")  # columns of the CSV alone


def gate_recovery(study: Study, language: Language, *, gate_recovery: pd.DataFrame) -> Table:
    """Percent of donors that meet each condition, and that each of two gates calls established."""
    known = set(gate_recovery["condition"])
    names = [name for name in SINGLE if name in known]
    records = []
    for record, rows in _groups(gate_recovery, language):
        records.append(
            record
            | {name: 100 * rows.loc[name, "share"] for name in (*names, *FOR_THE_FILE)}
            | _with_interval("seven", rows.loc[SEVEN])
            | _with_interval("four", rows.loc[FOUR])
        )

    def label(key: str) -> str:
        return language(f"table.gate_recovery.{key}")

    columns = (
        Column(("planted",), label("planted"), "effect", 0),
        *(Column((name,), label(f"condition.{name}"), "percent", 0) for name in names),
        *_gate_columns(language, "seven", SEVEN),
        *_gate_columns(language, "four", FOUR),
        *(
            Column((name,), label(f"condition.{name}"), "percent", 0, csv_only=True)
            for name in FOR_THE_FILE
        ),
        Column(("draws",), label("draws"), "integer", csv_only=True, counts=False),
    )
    return _table("gate_recovery", records, columns, language, _note(study, language, names))


def gate_verdicts(study: Study, language: Language, *, gate_recovery: pd.DataFrame) -> Table:
    """Percent of donors that reach each verdict, and for which what was hoped for is excluded."""
    records, every = [], WORDS_OF[study.direction]
    for record, rows in _groups(gate_recovery, language):
        shares = {word: 100 * rows.loc[VERDICT + word, "share"] for word in every}
        records.append(record | shares | _with_interval("out", rows.loc["excluded"]))
    smallest = smallest_text(study, language)

    def label(key: str) -> str:
        return language(f"table.gate_verdicts.{key}", smallest=smallest)

    columns = (
        Column(("planted",), language("table.gate_recovery.planted"), "effect", 0),
        *(Column((word,), label(f"verdict.{word}"), "percent", 0) for word in every),
        Column(("out",), label("out"), "percent", 0),
        interval(language, ("out_low", "out_high"), language("table.gate_recovery.interval")),
        Column(
            ("draws",),
            language("table.gate_recovery.draws"),
            "integer",
            csv_only=True,
            counts=False,
        ),
    )
    planted = {
        side: language.percent(100 * (ratio - 1), 0, signed=True)
        for side, ratio in zip(sides(study), smallest_hoped(study), strict=True)
    }
    note = language(
        "table.gate_verdicts.note",
        smallest=smallest,
        planted=language("power.or", **planted) if len(planted) > 1 else planted.popitem()[1],
        nominal=language.percent(100 * (1 - study.level) / 2, 1),
    )
    return _table("gate_verdicts", records, columns, language, note)


def smallest_text(study: Study, language: Language) -> str:
    """The smallest effect of interest; where a fall or a rise was hoped for, that of both."""
    if study.direction != EITHER:
        return language.percent(study.smallest_effect, 0)
    sizes = {
        side: language.percent(abs(100 * (ratio - 1)), 0)
        for side, ratio in zip(sides(study), smallest_hoped(study), strict=True)
    }
    return language("power.each", **sizes)


def _groups(rows: pd.DataFrame, language: Language) -> Iterator[tuple[dict, pd.DataFrame]]:
    """What was planted where, and the shares by condition, in the order of the table."""
    groups = rows.groupby(["scenario", "subset", "rate_ratio"])
    for (scenario, subset, ratio), part in sorted(groups, key=_place):
        shares = part.set_index("condition")
        count = language.number(shares["n_donors"].max(), 0)
        yield (
            {
                "part": language(f"table.gate_recovery.{scenario}.{subset}", count=count),
                "planted": 100 * (ratio - 1),
                "draws": shares.loc[FOUR, "draws"],
            },
            shares,
        )


def _place(group: tuple) -> tuple:
    """All of the outcome before its firearm part, the donors alike before all, no effect first,
    then falls, then rises."""
    (scenario, subset, ratio), _ = group
    return scenario, subset == "all", ratio > 1, abs(ratio - 1)


def _with_interval(name: str, row: pd.Series) -> dict[str, float]:
    ends = {"": "share", "_low": "share_low", "_high": "share_high"}
    return {name + end: 100 * row[column] for end, column in ends.items()}


def _gate_columns(language: Language, name: str, condition: str) -> tuple[Column, ...]:
    return (
        Column((name,), language(f"table.gate_recovery.condition.{condition}"), "percent", 0),
        interval(
            language,
            (f"{name}_low", f"{name}_high"),
            language(f"table.gate_recovery.interval.{name}"),
        ),
    )


def _table(
    name: str, records: list[dict], columns: tuple[Column, ...], language: Language, note: str
) -> Table:
    fields = [key for column in columns for key in column.keys]
    return Table(
        name=name,
        frame=pd.DataFrame(records, columns=["part", *fields]),
        columns=columns,
        title=language(f"table.{name}.title"),
        note=note,
        group="part",
        group_label=language("table.gate_recovery.part"),
    )


def _note(study: Study, language: Language, names: list[str]) -> str:
    absent = [
        language.inline(language(f"table.gate_recovery.condition.{name}"))
        for name in SINGLE
        if name not in names
    ]
    note = language("table.gate_recovery.note", draws=study.robustness.recovery.draws)
    if not absent:
        return note
    return f"{note} {language('table.gate_recovery.absent', names=language.listing(absent))}"
