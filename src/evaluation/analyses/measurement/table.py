"""The primary effect under every way to count, with the reason where there is none."""

import pandas as pd

from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.page.views import percent_of_log
from evaluation.study.study import FREQUENCIES, Study

JITTER = "jitter"
VARIED = {  # what each variant varies, in the order of the table
    "base": "length",
    "source_other": "source",
    "source_joined": "source",
    "victims": "rule",
    "date_opened": "date",
    "map_other": "map",
    "placed": "places",
    "expected": "places",
    "upper": "places",
    "adverse": "places",
    "favourable": "places",
    JITTER: "points",
}


def measurement(study: Study, language: Language, *, measurement: pd.DataFrame) -> Table:
    """One row per variant, by outcome; the draws of the displacement are one row with their range.

    Of the draws, effect and p are medians, and no interval is given. The CSV holds the range of
    their p-values and the reasons in a column of their own.
    """
    outcomes = {name: place for place, name in enumerate(study.outcomes)}
    kinds = list(VARIED)
    kind = measurement["variant"].where(~measurement["variant"].str.startswith(JITTER), JITTER)
    rows = measurement.assign(
        outcome_place=measurement["outcome"].map(outcomes),
        place=kind.map(kinds.index),
        other=measurement["frequency"].ne(study.frequency),
        length=measurement["frequency"].map(FREQUENCIES),
    )
    order = ["outcome_place", "place", "other", "length"]
    records = [
        _record(own, kinds[place], study, language) for (_, place, _, _), own in rows.groupby(order)
    ]
    return Table(
        name="measurement",
        frame=pd.DataFrame(records, columns=list(_BLANK)),
        columns=_columns(study, language),
        title=language("table.measurement.title"),
        note=language("table.measurement.note"),
        group="part",
        group_label=language("table.column.outcome"),
        primary="primary",
    )


_BLANK = dict.fromkeys(
    [
        *("part", "primary", "varied", "variant", "donors", "before", "after", "last", "effect"),
        *("low", "high", "draw_low", "draw_high", "p", "p_low", "p_high", "draws", "reason"),
    ],
    float("nan"),
)


def _record(own: pd.DataFrame, kind: str, study: Study, language: Language) -> dict:
    """One row of the table from one variant's row, or from those of all draws."""
    row = own.sort_values("variant").to_dict("records")[0]
    reason = language(f"table.measurement.reason.{row['reason']}") if row["reason"] else ""
    name = language(
        f"table.measurement.variant.{kind}", frequency=language(f"frequency.{row['frequency']}")
    )
    record = _BLANK | {
        "part": language.outcome(study.definition(row["outcome"])),
        "primary": kind == "base" and row["frequency"] == study.frequency,
        "varied": language(f"table.measurement.varied.{VARIED[kind]}"),
        "variant": f"{name} – {reason}" if reason else name,
        "reason": reason,
        "last": "–",
    }
    if not row["n_post"]:
        return record
    record |= {
        "donors": row["n_donors"],
        "before": row["n_pre"],
        "after": row["n_post"],
        "last": language.month(row["last"]),
        "effect": own["effect_percent"].median(),
        "p": own["p_value"].median(),
    }
    if kind != JITTER:
        ends = {"low": percent_of_log(row["ci_low"]), "high": percent_of_log(row["ci_high"])}
        return record | ends
    return record | {
        "draws": len(own),
        "draw_low": own["effect_percent"].min(),
        "draw_high": own["effect_percent"].max(),
        "p_low": own["p_value"].min(),
        "p_high": own["p_value"].max(),
    }


def _columns(study: Study, language: Language) -> tuple[Column, ...]:
    level = language.number(100 * study.level, 0)
    return (
        Column(("varied",), language("table.measurement.varied"), "label"),
        Column(("variant",), language("table.measurement.counted"), "prose"),
        Column(("donors",), language("table.measurement.donors"), "integer", counts=False),
        Column(
            ("before", "after"),
            language("table.measurement.periods"),
            "change",
            parts=(language("table.column.before"), language("table.column.after")),
            counts=False,
        ),
        Column(("last",), language("table.measurement.last"), "label"),
        Column(("effect",), language("table.measurement.effect"), "effect"),
        interval(
            language,
            ("low", "high"),
            language("table.measurement.interval", level=level),
            unit="percent",
        ),
        interval(
            language, ("draw_low", "draw_high"), language("table.measurement.range"), unit="percent"
        ),
        Column(("p",), language("table.column.p"), "p"),
        interval(
            language, ("p_low", "p_high"), language("table.measurement.range_p"), 3, csv_only=True
        ),
        Column(
            ("draws",), language("table.measurement.draws"), "integer", csv_only=True, counts=False
        ),
        Column(("reason",), language("table.measurement.reason"), csv_only=True),
    )
