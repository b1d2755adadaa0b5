"""The treated sector before treatment, its comparison and the donors: distances, no test."""

import math

import pandas as pd

from evaluation.analyses.balance.rows import balance_rows
from evaluation.page.language import Language
from evaluation.page.table_writer import Column, Table, interval
from evaluation.page.wording import span_text
from evaluation.study.study import Study

DATED = ("population", "density")  # of the census; of figures that were given no year is known
DECIMALS = {"rate": 1, "trend": 2, "area": 1, "growth": 1}  # none elsewhere
# Estimators that match the level of the primary outcome; the others take each sector's own out.
MATCH_LEVELS = (
    *("synthetic_control", "synthetic_control_predictors"),
    *("augmented_synthetic_control", "penalized_synthetic_control"),
)


def balance(study: Study, language: Language, *, balance: pd.DataFrame) -> Table:
    """Rates, then trends, by outcome in the study's order; then the figures of the sectors.

    ◆ marks the primary outcome, † what lies outside the donors' range. The note names the months
    that are not matched; the CSV holds them in a column of their own, as the reason of a missing
    number.
    """
    rows = balance_rows(study, balance).to_dict("records")
    records = [_record(row, study, language) for row in rows]
    return Table(
        name="balance",
        frame=pd.DataFrame(records),
        columns=_columns(study, language, bool(balance["donor_weighted"].notna().any())),
        title=language(
            "table.balance.title", treated=study.treated, span=language.span(study.pre_period)
        ),
        note=_note(study, language, balance),
        group="part",
        group_label=language("table.column.part"),
        primary="primary",
    )


def _record(row: dict, study: Study, language: Language) -> dict:
    measure, name = row["measure"], row["name"]
    if measure == "sector":
        dated = name in DATED and not study.has("old_map")
        label = language(f"table.balance.{name}_undated" if dated else f"table.balance.{name}")
    else:
        label = language.outcome(study.definition(name))
    reasons = [language(f"table.balance.reason.{key}") for key in row["reason"].split("; ") if key]
    return row | {
        "part": language(f"table.balance.part.{measure}"),
        "label": " – ".join([label, "; ".join(reasons)] if reasons else [label]),
        "primary": name == study.primary.outcome,
        "decimals": DECIMALS.get(measure, DECIMALS.get(name, 0)),
        "outside": bool(row["treated"] < row["donor_low"] or row["treated"] > row["donor_high"]),
        "periods": math.nan if measure == "sector" else row["periods"],
        "missing": span_text(row["missing"].split(), language),
        "reason": "; ".join(reasons),
    }


def _columns(study: Study, language: Language, weighted: bool) -> tuple[Column, ...]:
    def figure(key: str, flag: str = "") -> Column:
        label = language(f"table.balance.{key}", treated=study.treated)
        return Column((key,), label, "decimal", "decimals", flag=flag, counts=False)

    def difference(key: str) -> Column:
        label = language(f"table.balance.{key}", treated=study.treated)
        return Column((key,), label, "decimal", 2)

    return (
        Column(("label",), language("table.balance.item")),
        Column(
            ("periods",),
            language("table.balance.periods", frequency=language(f"frequency.{study.frequency}")),
            "integer",
            counts=False,
        ),
        figure("treated", flag="outside"),
        figure("synthetic"),
        figure("donor_mean"),
        *([figure("donor_weighted")] * weighted),
        figure("donor_sd"),
        interval(
            language, ("donor_low", "donor_high"), language("table.balance.range"), "decimals"
        ),
        difference("difference_synthetic"),
        difference("difference_mean"),
        Column(("percentile",), language("table.balance.percentile"), "decimal", 0, counts=False),
        Column(("outside",), language("table.balance.outside"), csv_only=True),
        Column(("missing",), language("table.balance.missing"), csv_only=True),
        *(
            Column((key,), language(f"table.balance.{key}"), kind, 4, csv_only=True, counts=False)
            for key, kind in (("joint_distance", "decimal"), ("joint_farther", "integer"))
        ),
        Column(("reason",), language("table.balance.reason"), csv_only=True),
    )


def _note(study: Study, language: Language, balance: pd.DataFrame) -> str:
    compared = balance["synthetic"].notna().any()
    estimator = study.primary.estimator
    kind = "levels" if estimator in MATCH_LEVELS else "changes"
    words = {
        "treated": study.treated,
        "frequency": language(f"frequency.{study.frequency}"),
        "estimator": language.inline(language(f"estimator.{estimator}")),
        "outcome": _outcome(study.primary.outcome, study, language),
        "without": _without(study, language, balance),
    }
    donors = "donors" if balance["donor_weighted"].notna().any() else "donors_unweighted"
    keys = ["periods", f"comparison.{kind}" if compared else "comparison.none", donors, "test"]
    return " ".join(language(f"table.balance.note.{key}", **words) for key in keys)


def _outcome(name: str, study: Study, language: Language) -> str:
    return language.inline(language.outcome(study.definition(name)))


def _without(study: Study, language: Language, balance: pd.DataFrame) -> str:
    """` (Jan 2018 – Dec 2018: 2 of 9 outcomes)`: how many lack which months; the CSV has each."""
    rates = balance_rows(study, balance[balance["measure"] == "rate"])
    lacking = [
        language(
            "table.balance.without",
            months=span_text(months.split(), language),
            count=language.number(len(own), 0),
            all=language.number(len(rates), 0),
        )
        for months, own in rates[rates["missing"] != ""].groupby("missing", sort=False)
    ]
    return f" ({'; '.join(lacking)})" if lacking else ""
