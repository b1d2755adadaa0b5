"""What speaks for an effect, what against it, and what says little, gathered from every section."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from evaluation.months import month_range
from evaluation.reporting.facts.wording import percent
from evaluation.reporting.language import Language
from evaluation.reporting.views import shown_effects
from evaluation.robustness.gate import primary_row
from evaluation.robustness.labels import NOMINAL
from evaluation.study import Study

NAMES = ()  # the findings stand in a list of their own, beside no exhibit
SIDES = ("for", "against", "silent")
OWN_PART = 0.2  # of what is missing in some months: less is hardly the sector's own
EXACT = 1e-6  # per 100,000 person-years: an error before treatment that is none
Value = float | int | str | None
Numbers = Mapping[str, Value]


@dataclass(frozen=True)
class Finding:
    """One sentence of the list: its side, its text (`report.evidence.<key>`), where it is shown."""

    side: str
    key: str
    section: str


def numbers(
    study: Study, *, estimates: pd.DataFrame, contamination: pd.DataFrame
) -> dict[str, Value]:
    """What the lists need and no section tells: keys `evidence_…`."""
    rows = estimates[
        (estimates["inference"] == study.decisive_test)
        & (estimates["estimator"] == study.estimators[0])
        & (estimates["window"] == study.primary_window)
    ].set_index("outcome")
    shown = shown_effects(study, estimates)
    first, *others = (
        _windows(study, contamination, name)
        for name in study.robustness.contamination.estimators[:2]
    )
    left_out = _left_out(study, first)
    return {
        **_composite(study, rows),
        **_opposite(study, rows, primary_row(study, estimates)["log_rate_ratio"]),
        **left_out,
        **_left_out_elsewhere(first, others, left_out["evidence_event"]),
        "evidence_unmeasured": int((shown["calibrated"] == "not measured").sum()),
    }


def findings(numbers: Numbers) -> list[Finding]:
    """Every finding that the numbers allow, by side, then in the order of `FINDERS`."""
    found = [finding for find in FINDERS if (finding := find(numbers)) is not None]
    return sorted(found, key=lambda finding: SIDES.index(finding.side))


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


def _composite(study: Study, rows: pd.DataFrame) -> dict[str, Value]:
    names = [name for name in rows.index if study.definition(name).role == "composite"]
    row = rows.loc[names[0]] if names else None
    return {
        "evidence_composite_outcome": names[0] if names else None,
        "evidence_composite_percent": row["effect_percent"] if names else None,
        "evidence_composite_p": row["p_value"] if names else None,
        "evidence_composite_periods": int(row["n_pre"]) if names else None,
        "evidence_composite_exact": int(row["pre_rmspe"] < EXACT) if names else None,
    }


def _opposite(study: Study, rows: pd.DataFrame, primary: float) -> dict[str, Value]:
    """The firearm outcome that moved farthest against the direction of the primary effect."""
    mine = rows[[study.definition(name).role == "firearm" for name in rows.index]]
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
    gone without its months, in the primary window with the primary estimator; beside it what was
    observed and expected in these months, and would have been if both were spread evenly.
    `evidence_expectation` says whether, of a fall, hardly anything there is the sector's own.
    """
    base = rows[rows["event"] == "none"].to_dict("records")
    window = study.window[study.primary_window]
    months = set(month_range(window.first, window.last))
    best: dict[str, Value] = dict.fromkeys(
        f"evidence_{key}"
        for key in (
            *("event", "lost_share", "months_share", "without_percent", "without_p"),
            *("months_observed", "months_expected", "even_observed", "even_expected"),
            "expectation",
        )
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
                "evidence_without_percent": percent(row["log_rate_ratio"]),
                "evidence_without_p": row["p_value"],
                "evidence_months_observed": int(observed),
                "evidence_months_expected": expected,
                "evidence_even_observed": even[0],
                "evidence_even_expected": even[1],
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
    return contamination[
        (contamination["outcome"] == study.robustness.contamination.outcomes[0])
        & (contamination["estimator"] == estimator)
        & (contamination["window"] == study.primary_window)
        & contamination["log_rate_ratio"].notna()
    ]


def _share_of_months(study: Study, name: str, months: set[str]) -> float:
    covered: set[str] = set()
    for event in study.contamination:
        if event.event == name:
            covered |= months & set(month_range(event.first, event.last or max(months)))
    return len(covered) / len(months)


def _test(numbers: Numbers) -> Finding:
    rejects = numbers["gate_p_passed"] == "yes"
    return Finding("for" if rejects else "against", "p_for" if rejects else "p_against", "results")


def _estimators(numbers: Numbers) -> Finding | None:
    keys = ("estimators_low", "estimators_high", "windows_low", "windows_high")
    if any(numbers[f"{key}_percent"] is None for key in keys):
        return None
    agree = all(_same(numbers, f"{key}_percent", "effect_percent") for key in keys)
    side = "for" if agree else "against"
    return Finding(side, f"estimators_{side}", "results")


def _selection(numbers: Numbers) -> Finding | None:
    ends = (numbers["time_chosen_low_percent"], numbers["time_chosen_high_percent"])
    if None in ends:
        return None
    near = max(_part(end, numbers["effect_percent"]) for end in ends)
    if near >= 0.5:
        return Finding("against", "selection_against", "time")
    if float(numbers["effect_percent"]) > 0:
        return None  # the shares are of estimates as low as the real one
    # A small bias on average does not make single estimates as low as the real one rare.
    rare = float(numbers["time_chosen_most_share"]) <= 100 * NOMINAL
    side = "for" if rare else "silent"
    return Finding(side, f"selection_{side}", "time")


def _peak(numbers: Numbers) -> Finding | None:
    if numbers["time_left_out_percent"] is None or numbers["time_left_out_p"] is None:
        return None
    return Finding("silent", "peak", "time")


def _donors(numbers: Numbers) -> Finding | None:
    ends = [
        numbers[f"time_{name}_{end}_percent"]
        for name in ("donor", "borough")
        for end in ("least", "most")
    ]
    if None in ends:
        return None
    parts = [_part(end, numbers["effect_percent"]) for end in ends]
    side = "for" if min(parts) > 0.5 else "against"
    return Finding(side, f"donors_{side}", "time")


def _year(numbers: Numbers) -> Finding | None:
    if numbers["time_year_percent"] is None:
        return None
    kept = _part(numbers["time_year_percent"], numbers["effect_percent"])
    side = "for" if kept > 0.5 else "against"
    return Finding(side, f"year_{side}", "time")


def _measurement(numbers: Numbers) -> Finding | None:
    keys = ("measurement_primary_low_percent", "measurement_primary_high_percent")
    if any(numbers[key] is None for key in keys):
        return None
    side = "for" if all(_same(numbers, key, "effect_percent") for key in keys) else "against"
    return Finding(side, f"measurement_{side}", "measurement")


def _neighbours(numbers: Numbers) -> Finding | None:
    if numbers["gate_rings_passed"] == "not evaluated" or numbers["spillover_total_p"] is None:
        return None
    if numbers["gate_rings_passed"] == "no":
        return Finding("against", "neighbours_against", "spillover")
    adjusted = numbers["spillover_rise_adjusted_p"]
    if adjusted is not None and float(adjusted) <= NOMINAL:
        return Finding("against", "neighbours_rise", "spillover")
    side = "for" if float(numbers["spillover_total_p"]) <= NOMINAL else "silent"
    if side == "silent" and adjusted is not None:
        return Finding(side, "neighbours_silent", "spillover")
    return Finding(side, "neighbours_for", "spillover")


def _fake_starts(numbers: Numbers) -> Finding | None:
    if numbers["gate_fake_starts_passed"] == "not evaluated":
        return None
    side = "for" if numbers["gate_fake_starts_passed"] == "yes" else "against"
    return Finding(side, f"fake_starts_{side}", "time")


def _months_left_out(numbers: Numbers) -> Finding | None:
    if numbers["evidence_event"] is None:
        return None
    key = "months_expectation" if numbers["evidence_expectation"] else "months"
    return Finding("against", key, "spillover")


def _borough(numbers: Numbers) -> Finding | None:
    if numbers["contamination_triple_percent"] is None:
        return None
    side = _by_interval(numbers, "contamination_triple")
    return Finding(side, f"borough_{side}", "spillover")


def _controls(numbers: Numbers) -> Finding | None:
    if not numbers["control_effects"]:
        return None
    side = "for"
    if numbers["control_effects_rejecting"]:
        side = "against" if float(numbers["control_adjusted_p"]) <= NOMINAL else "silent"
    return Finding(side, f"controls_{side}", "results")


def _shootings(numbers: Numbers) -> Finding | None:
    if numbers["evidence_opposite_outcome"] is None:
        return None
    side = _by_interval(numbers, "evidence_opposite")
    return Finding(side, f"opposite_{side}", "outcomes")


def _scale_up(numbers: Numbers) -> Finding | None:
    if numbers["scale_up_percent"] is None or numbers["scale_up_p"] is None:
        return None
    side = _by_interval(numbers, "scale_up")
    return Finding(side, f"scale_up_{side}", "scale_up")


def _firearm(numbers: Numbers) -> Finding | None:
    if numbers["outcomes_contrast_p"] is None or numbers["firearm_percent"] is None:
        return None
    if numbers["gate_firearm_passed"] != "yes":
        return Finding("against", "firearm_against", "outcomes")
    side = "for" if numbers["outcomes_contrast_p"] <= NOMINAL else "silent"
    return Finding(side, f"firearm_{side}", "outcomes")


def _specifications(numbers: Numbers) -> Finding | None:
    if numbers["joint_sign_p"] is None or numbers["recovery_sign_share"] is None:
        return None
    if numbers["gate_specification_curve_passed"] != "yes":
        return Finding("against", "specifications_against", "specifications")
    side = "for" if numbers["joint_sign_p"] <= NOMINAL else "silent"
    return Finding(side, f"specifications_{side}", "specifications")


def _deaths(numbers: Numbers) -> Finding | None:
    if numbers["evidence_composite_percent"] is None or numbers["evidence_composite_p"] is None:
        return None
    if numbers["gate_composite_passed"] != "yes":
        return Finding("against", "composite", "outcomes")
    if numbers["evidence_composite_exact"]:
        return Finding("silent", "composite_exact", "outcomes")
    return Finding("for", "composite", "outcomes")


def _own_starts(numbers: Numbers) -> Finding | None:
    if numbers["time_starts"] < 2 or numbers["time_starts"] * NOMINAL >= 1:
        return None
    return Finding("silent", "own_starts", "time")


def _places(numbers: Numbers) -> Finding | None:
    ends = ("measurement_adverse_percent", "measurement_favourable_percent")
    if any(numbers[end] is None for end in ends) or _same(numbers, *ends):
        return None
    return Finding("silent", "places", "measurement")


def _power(numbers: Numbers) -> Finding | None:
    known = numbers["detectable_fall_percent"] is not None
    return Finding("silent", "power", "power") if known else None


FINDERS: tuple[Callable[[Numbers], Finding | None], ...] = (
    *(_test, _estimators, _fake_starts, _controls, _months_left_out, _year, _borough),
    *(_shootings, _scale_up, _donors, _measurement, _neighbours, _selection, _peak),
    *(_specifications, _firearm, _deaths, _own_starts, _places, _power),
)


def _by_interval(numbers: Numbers, key: str) -> str:
    """The side of another effect, by its interval: for, if it excludes zero in the direction of the
    primary effect; against, if it excludes the primary effect; silent, if it does neither."""
    low, high = (numbers[f"{key}_{end}_percent"] for end in ("low", "high"))
    if low is None or high is None:
        return "silent"
    primary = float(numbers["effect_percent"])
    if float(low if primary > 0 else high) * primary > 0:
        return "for"
    return "silent" if float(low) <= primary <= float(high) else "against"


def _same(numbers: Numbers, one: str, other: str) -> bool:
    """Whether two percent changes have one sign."""
    return float(numbers[one]) * float(numbers[other]) > 0


def _part(change: Value, whole: Value) -> float:
    """How much of a percent change another one is, on the log scale; negative if it turns round."""
    one, all_of_it = (_log(float(value)) for value in (change, whole))
    return one / all_of_it if all_of_it and math.isfinite(all_of_it) else math.nan


def _log(change: float) -> float:
    return math.log1p(change / 100) if change > -100 else -math.inf
