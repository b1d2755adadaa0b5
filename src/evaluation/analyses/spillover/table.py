"""The effect in the sector, in what touches it, in the rings around it, and in all together."""

import pandas as pd

from evaluation.analyses.spillover.wording import effect_columns, reason_of, zone_name
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Sums, Table
from evaluation.page.views import averted_ends
from evaluation.page.wording import averted_columns, effect_interval, window_name
from evaluation.panel.zones import ZONES
from evaluation.study.study import Study


def spillover(study: Study, language: Language, *, spillover: pd.DataFrame) -> Table:
    """Every outcome and estimator in the primary window, then the primary ones in the others.

    The interval is FP-log's, in percent. A row without an estimate says why.
    """
    choices = study.robustness.spillover
    windows = [study.primary.window, *(w for w in study.window if w != study.primary.window)]
    first = spillover["window"] == study.primary.window
    primary = (spillover["outcome"] == choices.outcomes[0]) & (
        spillover["estimator"] == choices.estimators[0]
    )
    rows = spillover[first | primary]
    rows = rows.assign(
        window_place=rows["window"].map(windows.index),
        outcome_place=rows["outcome"].map(choices.outcomes.index),
        zone_place=rows["zone"].map(ZONES.index),
        estimator_place=rows["estimator"].map(choices.estimators.index),
    ).sort_values(["window_place", "outcome_place", "zone_place", "estimator_place"])
    fewest, most = averted_ends(rows)
    frame = effect_columns(rows).assign(
        part=[
            language(
                "table.spillover.part",
                outcome=language.outcome(study.definition(row.outcome)),
                window=window_name(study, row.window, language, inline=True),
            )
            for row in rows.itertuples()
        ],
        whole=rows["zone"] == "total",
        zone=[zone_name(zone, study, language) for zone in rows["zone"]],
        estimator=[language(f"estimator.{name}") for name in rows["estimator"]],
        averted=rows["averted_per_year"],
        averted_low=fewest,
        averted_high=most,
        donors=rows["donors"],
        placebos=rows["placebos"],
        source=[language(f"zone.source.{name}") for name in rows["source"]],
        remark=[_remark(row, language) for row in rows.to_dict("records")],
    )
    return Table(
        name="spillover",
        frame=frame.reset_index(drop=True),
        columns=_columns(study, language),
        title=language(_worded("table.spillover.title", study), treated=study.treated),
        note=_note(study, language, spillover),
        group="part",
        group_label=language("table.spillover.group"),
        sums=Sums(cells=("window", "zone", "estimator"), over="zone", total="whole"),
    )


def _remark(row: dict, language: Language) -> str:
    parts = [reason_of(row, language)]
    if row["source"] == "shares":
        parts.append(language("zone.by_shares"))
    return "; ".join(part for part in parts if part)


def _note(study: Study, language: Language, table: pd.DataFrame) -> str:
    key = _worded("table.spillover.note", study)
    sentences = [language(key, treated=study.treated, minimum=study.donors.minimum)]
    if (table["source"] == "shares").any():
        sentences.append(language("table.spillover.note_shares"))
    return " ".join(sentences)


def _worded(key: str, study: Study) -> str:
    """The key of a text, or of the one for studies that know neighbours and no rings."""
    return key if study.has("rings") else f"{key}_alone"


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    return (
        Column(("zone",), language("table.spillover.zone"), "label"),
        Column(("estimator",), language("table.column.estimator")),
        Column(("observed",), language("table.main_effects.observed"), "decimal", 0, counts=True),
        Column(("counterfactual",), language("table.main_effects.counterfactual"), "decimal", 1),
        Column(("effect",), language("table.main_effects.effect"), "effect", 0),
        effect_interval(study, language, ("low", "high")),
        *averted_columns(language),
        Column(("p",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p"),
        Column(("remark",), language("table.spillover.remark"), "prose"),
        Column(
            ("donors",), language("table.column.donors"), "integer", csv_only=True, counts=False
        ),
        Column(
            ("placebos",),
            language("table.spillover.placebos"),
            "integer",
            csv_only=True,
            counts=False,
        ),
        Column(("source",), language("table.spillover.source"), csv_only=True),
    )
