"""What speaks for an effect, what against it, and what says little, gathered from every section."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.analyses.evidence.findings import SIDES, Numbers, Value, findings
from evaluation.analyses.gate.compute import primary_row
from evaluation.page.facts_wording import percent
from evaluation.page.language import Language
from evaluation.page.views import shown_effects, shown_on_scale
from evaluation.study.months import month_range
from evaluation.study.study import Study

OWN_PART = 0.2  # of what is missing in some months: less is hardly the sector's own


def numbers(
    study: Study, *, estimates: pd.DataFrame, contamination: pd.DataFrame
) -> dict[str, Value]:
    """What the lists need and no section tells: keys `evidence_…`."""
    rows = study.primary.tested(estimates, every=["outcome"]).set_index("outcome")
    shown = shown_effects(study, estimates)
    first, *others = (
        _windows(study, contamination, name)
        for name in study.robustness.contamination.estimators[:2]
    )
    left_out = _left_out(study, first)
    return {
        **_others(study, estimates),
        **_composite(study, rows),
        **_opposite(study, rows, study.scale().effect(primary_row(study, estimates))),
        **left_out,
        **_left_out_elsewhere(first, others, left_out["evidence_event"]),
        "evidence_unmeasured": int((shown["calibrated"] == "not measured").sum()),
    }


def lists(numbers: Numbers, facts: Mapping[str, str], language: Language) -> list[dict]:
    """The findings as the page shows them: a heading a side, each finding with its section."""
    found = findings(numbers)
    return [
        {
            "heading": language(f"report.evidence.{side}"),
            "items": [
                {
                    "text": language(f"report.evidence.{finding.key}", **facts),
                    "section": finding.section,
                    "name": language(f"report.section.{finding.section}"),
                }
                for finding in found
                if finding.side == side
            ],
        }
        for side in SIDES
    ]


def believable(study: Study, estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a direction, with it as it is `shown`: of a count a positive expected one,
    and no doubt about the fit."""
    rows = estimates.assign(shown=shown_on_scale(study, estimates))
    if study.scale().counted:
        rows = rows[rows["counterfactual"] > 0]
    return rows[rows["shown"].notna() & (rows["doubt"] == "")]


def _others(study: Study, estimates: pd.DataFrame) -> dict[str, Value]:
    """Other estimators in the primary window, and other windows under the primary estimator.

    `evidence_others` of them can be believed, `evidence_others_opposed` of these have another sign
    than the primary effect.
    """
    rows = study.primary.tested(believable(study, estimates), every=["estimator", "window"])
    rows = rows[rows["estimator"].isin(study.estimators)]
    first, window = study.primary.estimator, study.primary.window
    others = rows[(rows["estimator"] == first) != (rows["window"] == window)]
    primary = study.scale().shown_effect(primary_row(study, estimates))
    others = others.iloc[:0] if math.isnan(primary) else others
    return {
        "evidence_others": len(others),
        "evidence_others_opposed": int((others["shown"] * primary <= 0).sum()),
        "evidence_others_low_percent": others["shown"].min(),
        "evidence_others_high_percent": others["shown"].max(),
    }


def _composite(study: Study, rows: pd.DataFrame) -> dict[str, Value]:
    names = [name for name in rows.index if study.definition(name).role == "composite"]
    row = rows.loc[names[0]] if names else None
    return {
        "evidence_composite_outcome": names[0] if names else None,
        "evidence_composite_percent": row["effect_percent"] if names else None,
        "evidence_composite_p": row["p_value"] if names else None,
        "evidence_composite_doubt": row["doubt"] or None if names else None,
    }


def _opposite(study: Study, rows: pd.DataFrame, primary: float) -> dict[str, Value]:
    """The firearm outcome that moved farthest against the direction of the primary effect.

    Not a part of the primary outcome itself: that is held against the other part.
    """
    parts = study.primary_parts[0] if all(len(part) == 1 for part in study.primary_parts) else []
    mine = believable(study, rows.reset_index()).set_index("outcome")
    firearm = [
        study.definition(name).role == "firearm" and name not in parts for name in mine.index
    ]
    mine = mine[pd.Series(firearm, mine.index, dtype=bool)]
    against = mine.assign(against=-math.copysign(1, primary) * mine["log_rate_ratio"])
    against = against[against["against"] > 0].sort_values("against", ascending=False)
    row = against.iloc[0] if len(against) else None
    return {
        "evidence_opposite_outcome": None if row is None else str(row.name),
        "evidence_opposite_percent": None if row is None else row["effect_percent"],
        "evidence_opposite_low_percent": None if row is None else percent(row["ci_low"]),
        "evidence_opposite_high_percent": None if row is None else percent(row["ci_high"]),
    }


def _left_out(study: Study, rows: pd.DataFrame) -> dict[str, Value]:
    """The event whose months hold more of the difference than their number would let expect.

    `evidence_lost_share` is the part of the difference between expected and observed events that is
    gone without its months, in the primary window with the primary estimator.
    `evidence_expectation` says whether, of a fall, hardly anything there is the sector's own.
    """
    base = rows[rows["event"] == "none"].to_dict("records")
    window = study.window[study.primary.window]
    months = set(month_range(window.first, window.last))
    best: dict[str, Value] = dict.fromkeys(
        f"evidence_{key}" for key in ("event", "lost_share", "months_share", "expectation")
    )
    excess = 0.0
    for row in rows[rows["treatment"] == "drop months"].to_dict("records"):
        whole = base[0]["counterfactual"] - base[0]["observed"] if base else 0.0
        if not whole:
            break
        lost = 1 - (row["counterfactual"] - row["observed"]) / whole
        share = _share_of_months(study, row["event"], months)
        if lost - share > excess:
            excess = lost - share
            observed = base[0]["observed"] - row["observed"]
            expected = base[0]["counterfactual"] - row["counterfactual"]
            even = share * base[0]["observed"], share * base[0]["counterfactual"]
            rose, fell = expected - even[1], even[0] - observed
            best = {
                "evidence_event": row["event"],
                "evidence_lost_share": round(100 * lost),
                "evidence_months_share": round(100 * share),
                "evidence_expectation": int(whole > 0 and fell <= OWN_PART * (rose + fell)),
            }
    return best


def _left_out_elsewhere(
    first: pd.DataFrame, others: Sequence[pd.DataFrame], event: Value
) -> dict[str, Value]:
    """The share that is gone without the same months by another estimator, where it misses events
    in the same direction as the first, and at least one: no share of less means anything."""
    values: dict[str, Value] = {"evidence_other_estimator": None, "evidence_other_share": None}
    for rows in others:
        whole, part = _missing(rows, "none", "none"), _missing(rows, event, "drop months")
        if None in (whole, part) or whole * math.copysign(1, _missing(first, "none", "none")) < 1:
            continue
        name = rows["estimator"].iloc[0]
        share = round(100 * (1 - part / whole))
        values = {"evidence_other_estimator": name, "evidence_other_share": share}
    return values


def _missing(rows: pd.DataFrame, event: Value, treatment: str) -> float | None:
    """Expected minus observed events of one row; None where it is not estimated."""
    found = rows[(rows["event"] == event) & (rows["treatment"] == treatment)].to_dict("records")
    return found[0]["counterfactual"] - found[0]["observed"] if found else None


def _windows(study: Study, contamination: pd.DataFrame, estimator: str) -> pd.DataFrame:
    """The estimated rows of the first outcome in the primary window."""
    rows = study.primary.rows(contamination, every=["outcome", "estimator"])
    rows = rows[rows["outcome"] == study.robustness.contamination.outcomes[0]]
    if not study.scale().counted:  # means of values do not add up over months
        return rows.iloc[:0]
    return rows[rows["estimator"] == estimator].dropna(subset="log_rate_ratio")


def _share_of_months(study: Study, name: str, months: set[str]) -> float:
    covered: set[str] = set()
    for event in study.contamination:
        if event.event == name:
            covered |= months & set(month_range(event.first, event.last or max(months)))
    return len(covered) / len(months)
