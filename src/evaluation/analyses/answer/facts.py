"""The study, its primary effect, its data and its comparison, in numbers."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from evaluation.analyses.gate.compute import firearm_rows, primary_row
from evaluation.analyses.headline_audit.claims import ClaimCheck, check_claims
from evaluation.analyses.power.facts import detectable_numbers
from evaluation.calibration.thresholds import (
    NOMINAL,
    VALID,
    calibration_label,
    calibration_of,
    primary_sizes,
)
from evaluation.design.donors import donors_of
from evaluation.page.views import (
    SHOWN_WEIGHT,
    percent_of_log,
    several_comparisons,
    shown_effects,
    shown_on_scale,
    unlocated_shares,
)
from evaluation.sources.shipped_contract import REDRAWN
from evaluation.study.study import Study

Value = float | int | str | None


def numbers(
    study: Study,
    *,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    coverage: pd.DataFrame,
    sectors: pd.DataFrame,
    data_flow: pd.DataFrame,
    headline_audit: pd.DataFrame,
    estimates: pd.DataFrame,
    weights: pd.DataFrame,
    solutions: pd.DataFrame,
    placebos: pd.DataFrame,
    sizes: pd.DataFrame,
    power: pd.DataFrame,
) -> dict[str, Value]:
    """Raises `LookupError` where the primary estimate is not among the estimates."""
    return {
        **_study(study, units),
        **_primary(study, estimates, power),
        **_inference(study, estimates, sizes),
        **_others(study, estimates),
        **_audit(study, headline_audit),
        **_data(study, data_flow, coverage),
        **_incomplete(study, panel),
        **_weights(study, weights, solutions, sectors),
        **_placebos(study, placebos),
    }


def _study(study: Study, units: pd.DataFrame) -> dict[str, Value]:
    window = study.window[study.primary.window]
    return {
        "study": study.study,
        "hash": study.hash,
        "treated": study.treated,
        "outcome": study.primary.outcome,
        "window_first": window.first,
        "window_last": window.last,
        "level_share": 100 * study.level,
        "nominal_share": 100 * NOMINAL,
        "nominal_level": NOMINAL,
        "valid_low_share": 100 * VALID[0],
        "valid_high_share": 100 * VALID[1],
        "treatment_start": study.treatment_start,
        "donut_first": study.donut.first if study.donut else None,
        "donut_last": study.donut.last if study.donut else None,
        "donors": len(donors_of(units)),
        "excluded": int((units["role"] == "excluded").sum()),
    }


def _primary(study: Study, estimates: pd.DataFrame, power: pd.DataFrame) -> dict[str, Value]:
    row = primary_row(study, estimates)
    ranked = primary_row(study, estimates, study.tests[0])
    low, high = row["ci_low"], row["ci_high"]
    scale = study.scale()
    on_scale = row["scale"] == scale.interval

    def shown(end: float) -> float | None:
        return percent_of_log(end) if scale.counted else end

    return {
        "lane": row["lane"],
        "observed": int(row["observed"]) if scale.counted else row["observed"],
        "counterfactual": row["counterfactual"],
        "effect_percent": scale.shown_effect(row),
        **({} if scale.counted else {"effect_unit": "value"}),
        "effect_rate": row["effect"],
        "ci_low_percent": shown(low) if on_scale else None,
        "ci_high_percent": shown(high) if on_scale else None,
        **detectable_numbers(study, power),
        "pre_rmspe_rate": row["pre_rmspe"],
        "primary_test": row["inference"],
        "plain_test": ranked["inference"],
        "primary_p": row["p_value"],
        "primary_error_p": row["simulation_error"],
        "permutation_p": ranked["p_value"],
        "permutation_smallest_p": ranked["smallest_p"],
        "data_vintage": row["data_vintage"],
        "code_version": row["code_version"],
    }


def _inference(study: Study, estimates: pd.DataFrame, sizes: pd.DataFrame) -> dict[str, Value]:
    size = study.primary.rows(sizes, every=["estimator"])
    rows = primary_sizes(sizes, study, study.primary.estimator, study.primary.test)
    tried = (size["estimator"] == study.primary.estimator) & (
        size["inference"] == study.primary.test
    )
    tested = study.primary.rows(estimates, every=["estimator"]).dropna(subset="p_value")
    tested = tested[
        tested["inference"].isin(study.tests) & tested["estimator"].isin(study.estimators)
    ]
    answers = [
        calibration_of(size, study, row.estimator, row.inference) for row in tested.itertuples()
    ]
    return {
        "calibration": calibration_label(size, study, study.primary.estimator, study.primary.test),
        "size_draws": int(rows["draws"].max()) if len(rows) else None,
        "size_low_share": 100 * rows["size"].min() if len(rows) else None,
        "size_high_share": 100 * rows["size"].max() if len(rows) else None,
        "size_worlds": len(rows),
        "size_worlds_tried": int(tried.sum()),
        "tests": len(tested),
        "tests_calibrated": answers.count("yes"),
        "tests_not_calibrated": answers.count("no"),
        "tests_not_measured": answers.count("not measured"),
        "tests_lowest_p": tested["p_value"].min(),
        "tests_highest_p": tested["p_value"].max(),
        "tests_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
    }


def _others(study: Study, estimates: pd.DataFrame) -> dict[str, Value]:
    rows = estimates[
        (estimates["inference"] == study.primary.test)
        & estimates["estimator"].isin(study.estimators)
    ]
    rows = rows.assign(shown=shown_on_scale(study, rows))
    # An estimate that is hard to believe is no end of a range.
    sure = rows[rows["doubt"] == ""]
    same_window = study.primary.rows(sure, every=["estimator"])
    windows = study.primary.rows(sure, every=["window"])
    shown = shown_effects(study, estimates)
    rejecting = shown[shown["p_value"] <= NOMINAL]
    values: dict[str, Value] = {
        "estimators_low_percent": same_window["shown"].min(),
        "estimators_high_percent": same_window["shown"].max(),
        "windows_low_percent": windows["shown"].min(),
        "windows_high_percent": windows["shown"].max(),
        "effects": len(shown),
        "effects_rejecting": len(rejecting),
        "effects_rejecting_calibrated": int((rejecting["calibrated"] == "yes").sum()),
        "effects_rejecting_controls": int(rejecting["outcome"].isin(_control_names(study)).sum()),
        "effects_not_unique": int(several_comparisons(shown).sum()),
    }
    values |= _controls(study, shown)
    values["fewest_pre"] = int(rows["n_pre"].min())
    firearm, other = firearm_rows(study, estimates)
    values["firearm_percent"] = firearm["effect_percent"] if firearm else None
    values["non_firearm_percent"] = other["effect_percent"] if other else None
    return values


def _control_names(study: Study) -> list[str]:
    return [name for name in study.outcomes if study.definition(name).role == "negative control"]


def _controls(study: Study, shown: pd.DataFrame) -> dict[str, Value]:
    """Outcomes that the programme should not move, in the rows shown; the most extreme of them.

    Rows whose fit is in doubt are no evidence in either direction: they are left out.
    """
    names = _control_names(study)
    rows = shown[shown["outcome"].isin(names)]
    tested = rows[rows["p_value"].notna() & (rows["doubt"] == "")]
    order = ["p_value", "outcome", "estimator", "window"]
    extreme = tested.sort_values(order).iloc[0].to_dict() if len(tested) else {}
    return {
        "controls": len(names),
        "control_effects": len(tested),
        "control_effects_rejecting": int((tested["p_value"] <= NOMINAL).sum()),
        "control_outcome": extreme.get("outcome"),
        "control_percent": extreme.get("effect_percent"),
        "control_adjusted_p": min(1.0, len(tested) * extreme["p_value"]) if extreme else None,
    }


def _audit(study: Study, audit: pd.DataFrame) -> dict[str, Value]:
    keys = ("audit_baseline", "audit_follow_up", "treated_before", "treated_after")
    values: dict[str, Value] = dict.fromkeys((*keys, "treated_change", "audit_ratio"))
    values |= dict.fromkeys(("audit_low_ratio", "audit_high_ratio", "city_change"))
    rows = study.primary.rows(audit[audit["lacking"] == ""])
    for claim in study.said.published_claims[:1]:
        rows = rows[(rows["baseline"] == claim.baseline) & (rows["follow_up"] == claim.follow_up)]
        for row in rows.to_dict("records"):
            if row["comparison"] != "city":
                continue
            values |= {
                "city_change": row["comparison_change"],
                "audit_baseline": row["baseline"],
                "audit_follow_up": row["follow_up"],
                "treated_before": int(row["treated_before"]),
                "treated_after": int(row["treated_after"]),
                "treated_change": row["treated_change"],
                "audit_ratio": row["rate_ratio"],
                "audit_low_ratio": row["ci_low"],
                "audit_high_ratio": row["ci_high"],
            }
    checks = check_claims(study, audit)
    values["claims"] = len(checks)
    values |= _first_claim(checks, values)
    values["claims_reproduced"] = sum(check.reproduced for check in checks)
    return values


def _first_claim(checks: Sequence[ClaimCheck], audited: Mapping[str, Value]) -> dict[str, Value]:
    """The first published change, what it is in these files, and the other outcomes it fits."""
    keys = ("claim_percent", "claim_outcome", "claim_raw_percent", "claim_elsewhere_outcome")
    values: dict[str, Value] = dict.fromkeys(keys)
    for end in ("", "_low", "_high"):
        ratio = audited[f"audit{end}_ratio"]
        known = ratio is not None and math.isfinite(float(ratio))
        values[f"audit_relative{end}_percent"] = 100 * (float(ratio) - 1) if known else None
    for check in checks[:1]:
        values |= {
            "claim_percent": check.claim.change,
            "claim_outcome": check.claim.outcome,
            "claim_raw_percent": check.own,
            "claim_elsewhere_outcome": " ".join(name for name, _ in check.others[:1]) or None,
        }
    return values


def _data(study: Study, flow: pd.DataFrame, coverage: pd.DataFrame) -> dict[str, Value]:
    values: dict[str, Value] = {
        "rows_read": int(flow["rows"].sum()),
        "rows_counted": int(flow.loc[flow["reason"] == "counted", "rows"].sum()),
        **_unlocated(study, flow),
    }
    gaps = dict(zip(coverage["outcome"], coverage["gaps"], strict=True))
    values |= {f"gap_{name}": gaps[name] for name in study.outcomes if gaps.get(name)}
    return values


def _incomplete(study: Study, panel: pd.DataFrame) -> dict[str, Value]:
    """Months before the end of the windows that a source covers but does not hold in full."""
    rows = panel[panel["covered"] & ~panel["complete"] & (panel["month"] <= study.last_month)]
    months = rows.groupby("outcome")["month"].agg(lambda found: " ".join(sorted(set(found))))
    return {f"gap_incomplete_{name}": months[name] for name in study.outcomes if name in months}


def _unlocated(study: Study, flow: pd.DataFrame) -> dict[str, Value]:
    """Shares without a place of the primary outcome, and of the outcome where it is largest."""
    shares = {name: unlocated_shares(study, flow, name) for name in study.outcomes}
    known = {name: share for name, share in shares.items() if len(share)}
    mine = known.get(study.primary.outcome, pd.Series(dtype=float))
    values: dict[str, Value] = {
        "unlocated_low_share": mine.min() if len(mine) else None,
        "unlocated_high_share": mine.max() if len(mine) else None,
    }
    keys = ("outcome", "years", "largest_share", "largest_year")
    values |= dict.fromkeys(f"unlocated_{key}" for key in keys)
    keys = ("first_share", "first_year", "last_share", "last_year", "change_points")
    values |= dict.fromkeys(f"located_{key}" for key in keys)
    if not known:
        return values
    worst = max(known, key=lambda name: known[name].max())
    share = known[worst]
    first, last = share.index[0], share.index[-1]
    return values | {
        "unlocated_outcome": worst,
        "unlocated_years": " ".join(str(year) for year in share.index),
        "unlocated_largest_share": share.max(),
        "unlocated_largest_year": str(share.idxmax()),
        "located_first_share": 100 - share[first],
        "located_first_year": str(first),
        "located_last_share": 100 - share[last],
        "located_last_year": str(last),
        "located_change_points": share[first] - share[last],
    }


def _weights(
    study: Study,
    weights: pd.DataFrame,
    solutions: pd.DataFrame,
    sectors: pd.DataFrame,
) -> dict[str, Value]:
    def mine(table: pd.DataFrame) -> pd.DataFrame:
        return study.primary.rows(table)[lambda rows: rows["unit"] == study.treated]

    rows = mine(weights).sort_values(["weight", "donor"], ascending=[False, True])
    redrawn = set()
    if study.has("old_map"):
        redrawn = set(sectors.loc[sectors["overlap_2016"] < REDRAWN, "sector"])
    solution = mine(solutions).to_dict("records")
    values: dict[str, Value] = {
        "weighted_donors": int((rows["weight"] >= SHOWN_WEIGHT).sum()),
        "effective_donors": float(solution[0]["effective_donors"]) if solution else None,
        "largest_donor": rows["donor"].iloc[0] if len(rows) else None,
        "largest_share": 100 * rows["weight"].iloc[0] if len(rows) else None,
        "redrawn_share": 100 * rows.loc[rows["donor"].isin(redrawn), "weight"].sum()
        if len(rows) and study.has("old_map")
        else None,
    }
    return values


def _placebos(study: Study, placebos: pd.DataFrame) -> dict[str, Value]:
    rows = study.primary.rows(placebos)
    donors, treated = rows[~rows["treated"]], _treated_placebo(study, rows)
    ratio = treated["rmspe_ratio"]
    # A donor that fits its pre-period exactly has no finite ratio and ranks above all.
    above = donors["rmspe_ratio"].isna() | (donors["rmspe_ratio"] >= ratio)
    return {
        "placebos": len(donors),
        "placebos_as_extreme": int((donors["z"].abs() >= abs(treated["z"])).sum()),
        "placebos_without_ratio": int(donors["log_ratio"].isna().sum()) * study.scale().counted,
        "rmspe_rank": 1 + int(above.sum()),
        "units_ranked": len(rows),
    }


def _treated_placebo(study: Study, rows: pd.DataFrame) -> dict:
    treated = rows[rows["treated"]].to_dict("records")
    if not treated:
        raise LookupError(f"study {study.study}: {study.treated} is not among its placebos")
    return treated[0]
