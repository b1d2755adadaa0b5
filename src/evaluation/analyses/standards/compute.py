"""What the analyses of a study hold: the ground on which the report says which items of the
reporting standards it answers.

An analysis that a study leaves empty, or in which nothing could be estimated, answers nothing.
"""

import pandas as pd

from evaluation.analyses import analyses
from evaluation.analyses.gate.compute import TREATED_ZONE, primary_row
from evaluation.analyses.measurement.compute import BASE
from evaluation.analyses.standards.contract import Standards
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

CONTROL = "negative control"  # role of an outcome that the programme should not move
PLACED = "placed"  # variant of `measurement`: as far as files without a place are known

# What fills an exhibit: a frame, its column that must hold a number, and which of its rows count.
FILLED = {
    "power": ("power", "power", "rate_ratio != 1"),
    "balance": ("balance", "percentile", ""),
    "claims": ("headline_audit", "published", ""),
    "measurement": ("measurement", "effect_percent", f"variant != '{BASE}'"),
    "spillover": ("spillover", "p_value", f"zone != '{TREATED_ZONE}'"),
    "displacement": ("displacement", "total", ""),
    "contamination": ("contamination", "p_value", "event != 'none'"),
    "placebo_time": ("placebo_time", "z", "not real"),
    "start_dates": ("start_dates", "p_value", "not own"),
    "leave_one_out": ("leave_one_out", "p_value", "dimension != 'full'"),
    "donor_rules": ("donor_rules", "p_value", "rule != 'own'"),
    "selection": ("selection", "bias", ""),
    "event_study": ("event_study", "estimate", ""),
    "pretrends": ("pretrends", "p_sup", ""),
    "honest_bounds": ("honest_bounds", "ci_low", ""),
    "outcomes": ("outcome_family", "adjusted_p", ""),
    "lethality": ("contrasts", "estimate", "contrast == 'lethality'"),
    "staggered": ("staggered", "p_value", "sectors > 1"),
    "sensitivity": ("assignment", "level", ""),
    "recovery": ("recovery", "draws", ""),
    "specifications": ("specifications", "p_value", "not primary"),
}


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
    """`Standards` rows: first what fills an exhibit, then properties of the study.

    Raises `LookupError` where the primary estimate is not among the estimates.
    """
    frames = dict(locals())  # each by the name of its parameter
    weights, fits = study.primary.rows(solutions), study.primary.rows(placebos)
    counts = {
        "effect": _numbers(study.primary.tested(estimates), "ci_low"),
        "weights": int((weights["unit"] == study.treated).sum()),
        "placebos": _numbers(fits[~fits["treated"]], "z"),
    } | {
        condition: _numbers(frames[name].query(rows) if rows else frames[name], column)
        if study.has(*analyses()[name].needs)
        else 0
        for condition, (name, column, rows) in FILLED.items()
    }
    counts["outcomes"] = max(counts["outcomes"] - 1, 0)
    counts |= _properties(study, panel, estimates, measurement)
    return from_rows(({"condition": name, "count": counts[name]} for name in counts), Standards)


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
        "registered": int(study.said.states("registration")),
        "funding": int(study.said.states("funding")),
        "conflicts": int(study.said.states("conflicts_of_interest")),
        "literature": len(study.said.literature.effects) if study.said.literature else 0,
        "sourced": int(all(claim.source for claim in study.said.published_claims)),
        "dated": int(_dated(study)),
        "complete": int(_complete(study, panel)),
        "places": int(_places(study, measurement)),
    }


def _dated(study: Study) -> bool:
    """Whether the calendar has one month, and no range, for the entry of the treated sector; where
    the panel was given, the start is one of its periods."""
    entries = [entry for entry in study.calendar if entry.sector == study.treated]
    known = bool(entries) or study.given
    return known and all(entry.entry == entry.latest_entry for entry in entries)


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
