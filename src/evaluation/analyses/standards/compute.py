"""What the analyses of a study hold: the ground on which the report says which items of the
reporting standards it answers.

An analysis that a study leaves empty, or in which nothing could be estimated, answers nothing.
"""

import pandas as pd

from evaluation.analyses.gate.compute import TREATED_ZONE, primary_row
from evaluation.analyses.measurement.compute import BASE
from evaluation.analyses.standards.contract import Presence
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

CONTROL = "negative control"  # role of an outcome that the programme should not move
PLACED = "placed"  # variant of `measurement`: as far as files without a place are known


def standards(
    study: Study,
    *,
    panel: pd.DataFrame,
    estimates: pd.DataFrame,
    solutions: pd.DataFrame,
    placebos: pd.DataFrame,
    power: pd.DataFrame,
    balance: pd.DataFrame,
    headline_audit: pd.DataFrame,
    measurement: pd.DataFrame,
    spillover: pd.DataFrame,
    displacement: pd.DataFrame,
    contamination: pd.DataFrame,
    placebo_time: pd.DataFrame,
    start_dates: pd.DataFrame,
    leave_one_out: pd.DataFrame,
    donor_rules: pd.DataFrame,
    selection: pd.DataFrame,
    event_study: pd.DataFrame,
    pretrends: pd.DataFrame,
    honest_bounds: pd.DataFrame,
    outcome_family: pd.DataFrame,
    contrasts: pd.DataFrame,
    staggered: pd.DataFrame,
    assignment: pd.DataFrame,
    recovery: pd.DataFrame,
    specifications: pd.DataFrame,
) -> pd.DataFrame:
    """`Presence` rows: first what fills an exhibit, then properties of the study.

    Raises `LookupError` where the primary estimate is not among the estimates.
    """
    counts = {
        "effect": _numbers(study.primary.tested(estimates), "ci_low"),
        "weights": len(study.primary.rows(solutions)[lambda rows: rows["unit"] == study.treated]),
        "placebos": _numbers(study.primary.rows(placebos)[lambda rows: ~rows["treated"]], "z"),
        "power": _numbers(power[power["rate_ratio"] < 1], "power"),
        "balance": _numbers(balance, "percentile"),
        "claims": _numbers(headline_audit, "published"),
        "measurement": _numbers(measurement[measurement["variant"] != BASE], "effect_percent"),
        "spillover": _numbers(spillover[spillover["zone"] != TREATED_ZONE], "p_value"),
        "displacement": _numbers(displacement, "total"),
        "contamination": _numbers(contamination[contamination["event"] != "none"], "p_value"),
        "placebo_time": _numbers(placebo_time[~placebo_time["real"]], "z"),
        "start_dates": _numbers(start_dates[~start_dates["own"]], "p_value"),
        "leave_one_out": _numbers(leave_one_out[leave_one_out["dimension"] != "full"], "p_value"),
        "donor_rules": _numbers(donor_rules[donor_rules["rule"] != "own"], "p_value"),
        "selection": _numbers(selection, "bias"),
        "event_study": _numbers(event_study, "estimate"),
        "pretrends": _numbers(pretrends, "p_sup"),
        "honest_bounds": _numbers(honest_bounds, "ci_low"),
        "outcomes": max(_numbers(outcome_family, "adjusted_p") - 1, 0),
        "lethality": _numbers(contrasts[contrasts["contrast"] == "lethality"], "estimate"),
        "staggered": _numbers(staggered[staggered["sectors"] > 1], "p_value"),
        "sensitivity": len(assignment),
        "recovery": len(recovery),
        "specifications": _numbers(specifications[~specifications["primary"]], "p_value"),
        **_properties(study, panel, estimates, measurement),
    }
    return from_rows(
        [{"condition": name, "count": count} for name, count in counts.items()], Presence
    )


def _properties(
    study: Study, panel: pd.DataFrame, estimates: pd.DataFrame, measurement: pd.DataFrame
) -> dict[str, int]:
    """What the study as a whole is or has: 1 or 0, or how many controls can be tested."""
    primary = primary_row(study, estimates)
    roles = {name: study.definition(name).role for name in study.outcomes}
    controls = estimates[
        (estimates["inference"] == study.primary.test)
        & (estimates["outcome"].map(roles) == CONTROL)
    ]
    return {
        "controls": _numbers(controls, "p_value"),
        "calibrated": int(primary["calibrated"] == "yes"),
        "frozen": int(primary["lane"] in ("frozen", "frozen post hoc")),
        "registered": int(study.statements.states("registration")),
        "funding": int(study.statements.states("funding")),
        "conflicts": int(study.statements.states("conflicts_of_interest")),
        "sourced": int(all(claim.source for claim in study.published_claims)),
        "dated": int(_dated(study)),
        "complete": int(_complete(study, panel)),
        "places": int(_places(study, measurement)),
    }


def _dated(study: Study) -> bool:
    """Whether the calendar has one month, and no range, for the entry of the treated sector."""
    entries = [entry for entry in study.calendar if entry.sector == study.treated]
    return bool(entries) and all(entry.entry == entry.latest_entry for entry in entries)


def _complete(study: Study, panel: pd.DataFrame) -> bool:
    """Whether every month of the primary outcome is covered and complete, up to its window."""
    last = study.window[study.primary.window].last
    rows = study.primary.rows(panel)
    rows = rows[rows["month"].between(study.pre_period.first, last)]
    return bool((rows["covered"] & rows["complete"]).all())


def _places(study: Study, measurement: pd.DataFrame) -> bool:
    """Whether files without a place are known up to the end of the primary window."""
    rows = study.primary.rows(measurement).dropna(subset="effect_percent")
    rows = rows[rows["variant"] == PLACED]
    return bool((rows["last"] >= study.window[study.primary.window].last).any())


def _numbers(table: pd.DataFrame, column: str) -> int:
    return int(table[column].notna().sum())
