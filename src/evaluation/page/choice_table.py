"""What the tables of other choices share: the primary estimator's rows, their columns and words."""

import pandas as pd

from evaluation.page.effect_scale import written
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table
from evaluation.page.views import on_scale
from evaluation.page.wording import effect_interval
from evaluation.study.study import Study


def shown_rows(frame: pd.DataFrame, study: Study, keys: list[str]) -> pd.DataFrame:
    """Rows of the primary estimator in the primary window, outcomes in the study's order.

    Adds `place` (of the outcome), effect and interval ends as they are shown (`shown`, `shown_low`,
    `shown_high`) and the smallest and largest effect over the study's estimators (`lowest`,
    `highest`), for rows that agree in `keys`.
    """
    frame = on_scale(study, frame[frame["window"] == study.primary.window])
    every = frame.groupby(["outcome", *keys], dropna=False)["shown"]
    ranges = every.agg(lowest="min", highest="max").reset_index()
    own = frame[frame["estimator"] == study.primary.estimator]
    own = own.merge(ranges, on=["outcome", *keys], how="left", validate="one_to_one")
    order = {name: place for place, name in enumerate(study.outcomes)}
    return own.assign(place=own["outcome"].map(order))


def choice_table(
    name: str,
    study: Study,
    language: Language,
    rows: pd.DataFrame,
    own: pd.Series,
    columns: tuple[Column, ...],
) -> Table:
    """`shown_rows` as a table, grouped by outcome; `own` marks the study's own choice."""
    frame = rows.assign(
        part=[language.outcome(study.definition(outcome)) for outcome in rows["outcome"]],
        why=[reason_name(reason, study, language) for reason in rows["reason"]],
        primary=own & (rows["outcome"] == study.primary.outcome),
    ).reset_index(drop=True)
    return Table(
        name=name,
        frame=frame,
        columns=(*columns, *effect_columns(study, language, frame)),
        title=language(f"table.{name}.title"),
        note=language(f"table.{name}.note", frequency=language(f"frequency.{study.frequency}")),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
    )


def reason_name(reason: str, study: Study, language: Language) -> str:
    """Why there is no effect; an empty text where there is one."""
    if not reason:
        return ""
    return language(f"table.choice.{reason}", minimum=study.donors.minimum)


def effect_columns(
    study: Study, language: Language, rows: pd.DataFrame, ranges: bool = True
) -> tuple[Column, ...]:
    """Effect, interval and p, the estimators' range if wanted, and why there is none.

    The last column is shown only where a row has no effect.
    """
    scale = written(study, language)
    spread = scale.interval(("lowest", "highest"), language("table.choice.range"))
    return (
        scale.column(("shown",), scale.label("table.main_effects.effect")),
        effect_interval(study, language, ("shown_low", "shown_high")),
        Column(("p_value",), language("table.column.p"), "p"),
        Column(("smallest_p",), language("table.column.smallest_p"), "p"),
        *((spread,) if ranges else ()),
        Column(("why",), language("table.choice.why"), csv_only=not rows["reason"].any()),
    )


def count_columns(language: Language) -> tuple[Column, ...]:
    """Donors, ranked placebos, and periods before and after."""
    return (
        Column(("n_donors",), language("table.column.donors"), "integer", counts=False),
        Column(
            ("n_placebos",),
            language("table.choice.placebos"),
            "integer",
            csv_only=True,
            counts=False,
        ),
        Column(("n_pre",), language("table.choice.pre"), "integer", counts=False),
        Column(("n_post",), language("table.choice.post"), "integer", csv_only=True, counts=False),
    )
