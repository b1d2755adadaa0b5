"""The effect with each other programme or event handled, one at a time."""

import pandas as pd

from evaluation.analyses.spillover.wording import effect_columns, reason_of
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table
from evaluation.page.wording import effect_interval
from evaluation.study.study import Span, Study


def contamination(study: Study, language: Language, *, contamination: pd.DataFrame) -> Table:
    """Each event and treatment: every estimator in the primary window, the first one in others."""
    choices = study.robustness.contamination
    estimators = [*choices.estimators, "triple_difference"]
    events = {("none", "none"): -1} | {
        (event.event, event.treatment): place for place, event in enumerate(study.contamination)
    }
    windows = ["", study.primary.window, *(w for w in study.window if w != study.primary.window)]
    wanted = contamination["window"].isin(["", study.primary.window])
    wanted |= contamination["estimator"].isin([choices.estimators[0], "triple_difference"])
    rows = contamination[wanted]
    rows = rows.assign(
        outcome_place=rows["outcome"].map(choices.outcomes.index),
        event_place=[events[key] for key in zip(rows["event"], rows["treatment"], strict=True)],
        window_place=rows["window"].map(windows.index),
        estimator_place=rows["estimator"].map(estimators.index),
    ).sort_values(["outcome_place", "event_place", "window_place", "estimator_place"])
    records = rows.to_dict("records")
    frame = effect_columns(rows).assign(
        part=[language.outcome(study.definition(name)) for name in rows["outcome"]],
        primary=[
            (row["event"], row["window"], row["estimator"])
            == ("none", study.primary.window, choices.estimators[0])
            for row in records
        ],
        event=[event_name(row["event"], language) for row in records],
        treatment=[language(f"contamination.{row['treatment']}") for row in records],
        window=[_window(row, study, language) for row in records],
        estimator=[language(f"estimator.{row['estimator']}") for row in records],
        donors=rows["donors"],
        remark=[_remark(row, language) for row in records],
    )
    return Table(
        name="contamination",
        frame=frame.reset_index(drop=True),
        columns=_columns(study, language),
        title=language("table.contamination.title"),
        note=language("table.contamination.note", treated=study.treated),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
        sums=Sums(cells=("event", "treatment", "window", "estimator")),
    )


def event_name(event: str, language: Language) -> str:
    """The event in the report's language; events of a user's own calendar stay as given."""
    key = f"contamination.event.{event}"
    return language(key) if key in language.texts else event


def _window(row: dict, study: Study, language: Language) -> str:
    if not row["last"]:
        return "–"
    span = language.span(Span(study.treatment_start, row["last"]))
    return f"{row['window']}: {span}" if row["window"] else span


def _remark(row: dict, language: Language) -> str:
    if row["estimator"] == "triple_difference" and not row["reason"]:
        rest = language.listing(row["detail"].split(", "))
        return language("table.contamination.rest", rest=rest)
    return reason_of(row, language)


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    return (
        Column(("event",), language("table.contamination.event")),
        Column(("treatment",), language("table.contamination.treatment")),
        Column(("window",), language("table.column.window")),
        Column(("estimator",), language("table.column.estimator")),
        Column(("observed",), language("table.main_effects.observed"), "integer", counts=True),
        Column(("counterfactual",), language("table.main_effects.counterfactual"), "decimal", 1),
        Column(("effect",), language("table.main_effects.effect"), "effect", 0),
        effect_interval(study, language, ("low", "high")),
        Column(("p",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p", csv_only=True),
        Column(("remark",), language("table.spillover.remark"), "prose"),
        Column(
            ("donors",), language("table.column.donors"), "integer", csv_only=True, counts=False
        ),
    )
