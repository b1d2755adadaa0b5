"""What the study would have found where nothing happened, by how the sector was chosen."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study

RULES = ("none", "rise start", "level start", "rise set-up", "level set-up")
COMPARISONS = ("study", "year left out", "change")
PERSISTENCE = ("fitted", "none")


def selection(study: Study, language: Language, *, selection: pd.DataFrame) -> Table:
    """The primary outcome: grouped by rule, its comparisons as rows, both models side by side."""
    rows = selection[selection["outcome"] == study.primary.outcome]
    records = [
        _record(found, rule, comparison, study, language)
        for rule in RULES
        for comparison in COMPARISONS
        if len(found := rows[(rows["rule"] == rule) & (rows["comparison"] == comparison)])
    ]
    columns = ["part", "comparison", "observed", "panels"]
    columns += [f"{name}_{model}" for model in PERSISTENCE for name in ("bias", "rejecting")]
    columns += [f"as_low_{model}" for model in PERSISTENCE]
    return Table(
        name="selection",
        frame=pd.DataFrame(records, columns=[*columns, "why"]),
        columns=_columns(language),
        title=language(
            "table.selection.title",
            outcome=language.inline(language.outcome(study.definition(study.primary.outcome))),
        ),
        note=_note(study, language, rows),
        group="part",
        group_label=language("table.selection.rule"),
    )


def _record(
    rows: pd.DataFrame, rule: str, comparison: str, study: Study, language: Language
) -> dict[str, object]:
    found = rows.set_index("persistence")
    reason = found["reason"].iloc[0]
    record = {
        "part": language(f"table.selection.{rule}", treated=study.treated),
        "comparison": language(f"table.selection.comparison.{comparison}"),
        "observed": percent_of_log(found["observed"].iloc[0]),
        "panels": float(found["panels"].iloc[0]),
        "why": language(f"table.choice.{reason}", minimum=study.donors.minimum) if reason else "",
    }
    for model in PERSISTENCE:
        record[f"bias_{model}"] = percent_of_log(found.loc[model, "bias"])
        record[f"rejecting_{model}"] = 100 * found.loc[model, "rejecting"]
        record[f"as_low_{model}"] = 100 * found.loc[model, "as_low"]
    return record


def _columns(language: Language) -> tuple[Column, ...]:
    def both(name: str, kind: str) -> list[Column]:
        return [
            Column(
                (f"{name}_{model}",),
                language(f"table.selection.{name}.{model}"),
                kind,
                counts=False,
            )
            for model in PERSISTENCE
        ]

    return (
        Column(("comparison",), language("table.selection.comparison")),
        Column(("observed",), language("table.selection.observed"), "effect"),
        *both("bias", "effect"),
        *both("as_low", "percent"),
        *both("rejecting", "percent"),
        Column(
            ("panels",), language("table.selection.panels"), "integer", csv_only=True, counts=False
        ),
        Column(("why",), language("table.choice.why"), csv_only=True),
    )


def _note(study: Study, language: Language, rows: pd.DataFrame) -> str:
    error = rows["bias_error"].max()
    sentences = [
        language(
            "table.selection.note",
            treated=study.treated,
            panels=language.number(rows["panels"].max(), 0) if len(rows) else "–",
            large=language.number(rows["large"].max(), 0) if len(rows) else "–",
            share=language.percent(100 * study.robustness.time.selection_share),
            error=language.number(100 * error, 0),
        )
    ]
    ranks = rows.groupby("rule")["observed_rank"].max()
    ranks = [ranks[rule] for rule in RULES[1:] if rule in ranks.index]
    if any(rank == rank for rank in ranks):
        written = language.listing([language.number(rank, 0) for rank in ranks])
        sentences.append(
            language("table.selection.note.ranks", treated=study.treated, ranks=written)
        )
    missing = sorted(set(rows["reason"]) - {""})
    sentences += [
        language(f"table.choice.{reason}", minimum=study.donors.minimum) + "." for reason in missing
    ]
    return " ".join(sentences)
