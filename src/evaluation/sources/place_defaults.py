"""What a config of another place need not say: windows, donors, tests and what the analyses vary.

Values are those of the default study (`config/config.yaml`, with their reasons) wherever they do
not depend on its place; dates follow from the panel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evaluation.sources.place_tables import TOUCHING_M
from evaluation.study.months import month_range, shifted
from evaluation.study.outcomes import COUNT, COUNT_ESTIMATORS
from evaluation.study.period_names import LENGTHS, PeriodNames
from evaluation.study.scale import EITHER, FALL, RISE

if TYPE_CHECKING:
    from evaluation.sources.place import Place

WINDOW = "post"
FEWEST_DONORS = 5
NONE_M = -1  # a distance that leaves no unit out, not even one that touches
VARIED = 2  # outcomes that the analyses estimate again
NEAR_STARTS = (-2, -1, 0, 1, 2)  # periods from the start
FEWEST_PRE = 4  # periods to match, in a pre-period that is cut short
ESTIMATORS = {
    True: ("demeaned_synthetic_control", "synthetic_control", "did", "poisson_did"),
    False: ("demeaned_synthetic_control", "synthetic_control", "synthetic_did", "did"),
}
TESTS = {
    True: (
        *("permutation_ferman_pinto", "permutation_ferman_pinto_calibrated"),
        *("permutation_ferman_pinto_levels", "permutation_rmspe", "permutation_rmspe_floored"),
        *("permutation_raw", "leave_two_out", "conformal", "conformal_calibrated"),
    ),
    False: (
        *("permutation_ferman_pinto_levels", "permutation_rmspe", "permutation_raw"),
        *("leave_two_out", "conformal"),
    ),
}

# Rate ratios planted in the donors, by what was hoped for.
RECOVERY = {
    FALL: [1, 0.85, 0.7, 0.58],
    RISE: [1, 1.15, 1.3, 1.5],
    EITHER: [1, 0.85, 0.7, 0.58, 1.15, 1.3, 1.5],
}


def defaults(found: Place, own: Mapping[str, Any]) -> dict[str, Any]:
    """Every key that a config of another place may leave out, with its value.

    own : what the config says, filled in as far as other keys follow from it
    """
    counted = found.kinds[own["outcomes"][0]] == COUNT
    # A model of counts cannot have an outcome that is none, whichever is the primary one.
    values = any(kind != COUNT for kind in found.kinds.values())
    estimators = [e for e in ESTIMATORS[counted] if not (values and e in COUNT_ESTIMATORS)]
    varied = list(own.get("estimators", estimators))
    names, start = found.panel.names, found.panel.names.month(found.start)
    before = shifted(own["donut"]["first"] if own.get("donut") else start, -1)
    pre = {"first": found.panel.months[0], "last": before}
    windows = {WINDOW: names.last_month(found.panel.last)}
    return {
        "treatment_calendar": "",
        "contamination_calendar": "",
        "pre_period": pre,
        "post_windows": windows,
        "primary_window": next(iter(own.get("post_windows", windows))),
        "frequency": names.kind,
        "donors": {
            "exclude_within_m": 0,
            "exclude_calendar": True,
            "exclude": {},
            "minimum": FEWEST_DONORS,
        },
        "estimators": estimators,
        "inference": {
            "tests": list(TESTS[counted]),
            "baselines": [],
            "centre": "mean",
            "level": 0.95,
        },
        "calibration": {
            "draws": 1000,
            "reference_panels": 125,
            "deciding_panels": 3000,
            "reference_copies": 16,
            "drifts": [0.0, 0.1, 0.2],
            "seed": 1,
        },
        "robustness": _robustness(
            own | {"estimators": varied}, names, own.get("pre_period", pre), start
        ),
        "gate": {
            "smallest_effect": 20 if counted else _smallest(found, own, own.get("pre_period", pre))
        },
        "published_claims": [],
        "frozen_hash": "",
        "frozen_vintage": "",
    }


def _smallest(found: Place, own: Mapping[str, Any], pre: Mapping[str, str]) -> float:
    """The smallest effect of interest on values, where the config does not say what would matter.

    Of a rate a fifth of the treated unit's mean before the start, of others half a standard
    deviation of its values then.
    """
    rows = found.panel.rows
    before = rows["month"].between(pre["first"], pre["last"])
    mine = rows["sector"].isin(found.treated) & (rows["outcome"] == own["outcomes"][0]) & before
    values = rows[mine].groupby("month")["value"].mean()
    rate = found.kinds[own["outcomes"][0]] == "rate"
    size = abs(values.mean()) / 5 if rate else values.std(ddof=0) / 2
    return float(f"{size:.2g}") or 1.0


def with_neighbours(base: dict[str, Any], excluded: bool) -> dict[str, Any]:
    """The defaults where it is known which units are neighbours.

    excluded : whether they are no donors; the grid has the rule and its contrary
    """
    robustness = base["robustness"]
    rules = {"all": {}, "without_neighbours": {"within_m": TOUCHING_M}}
    return base | {
        "donors": base["donors"] | {"exclude_within_m": TOUCHING_M if excluded else NONE_M},
        "robustness": robustness
        | {
            "time": robustness["time"] | {"donor_radii_m": [TOUCHING_M]},
            "grid": robustness["grid"] | {"donor_rules": rules},
        },
    }


def _robustness(
    own: Mapping[str, Any], names: PeriodNames, pre: Mapping[str, str], start: str
) -> dict[str, Any]:
    outcomes = list(own["outcomes"][:VARIED])
    counts = [name for name in own["outcomes"] if own["outcome_definitions"][name]["kind"] == COUNT]
    ratios = counts[:VARIED] or outcomes  # without counts what is about ratios is absent
    step = LENGTHS.get(own.get("frequency", names.kind), names.length)
    estimators = own["estimators"]
    plain = "poisson_did" if "poisson_did" in estimators else "did"  # it matches no pre-period
    pair = [name for name in ("demeaned_synthetic_control", plain) if name in estimators]
    last = max(own["post_windows"].values()) if own.get("post_windows") else None
    return {
        "time": {
            "outcomes": outcomes,
            "starts": _starts(start, step, pre["first"], last),
            "donuts": [0, step, 2 * step],
            "fake_pre_months": max(6, len(month_range(pre["first"], pre["last"])) // 2),
            "fake_starts": 2,
            "donor_radii_m": [0],
            "placebo_filters": [2, 5],
            "selection_panels": 200,
            "selection_share": 0.5,
        },
        "grid": {
            "outcomes": outcomes,
            "estimators": estimators,
            "frequencies": [own.get("frequency", names.kind)],
            "pre_periods": _pre_periods(pre, step),
            "donor_rules": {"all": {"within_m": 0}},
        },
        "recovery": {"rate_ratios": _planted(own), "draws": 20},
        "event_study": {
            "outcomes": ratios,
            "estimators": pair or estimators[:1],
            "bin_months": step,
            "reference_months": step,
            "smoothness": [0, 0.05, 0.1],
            "relative": [0.5, 1, 2],
        },
        "scale_up": {"outcomes": ratios, "draws": 2000, "ranks": 14},
        "measurement": {"frequencies": [own.get("frequency", names.kind)]},
        "spillover": {"outcomes": ratios, "estimators": estimators[:1]},
        "contamination": {"outcomes": ratios, "estimators": estimators[:1]},
        "joint_tests": {"panels": 100},
    }


def _planted(own: Mapping[str, Any]) -> list[float]:
    """As `RECOVERY`; a direction that is none is refused later, with its line."""
    hoped = own.get("direction", FALL)
    return next((ratios for name, ratios in RECOVERY.items() if name == hoped), RECOVERY[FALL])


def _starts(start: str, step: int, first: str, last: str | None) -> list[str]:
    """Starts near the true one, with two periods at least before them."""
    near = [shifted(start, count * step) for count in NEAR_STARTS]
    earliest = shifted(first, 2 * step)
    return [month for month in near if earliest <= month and (last is None or month <= last)]


def _pre_periods(pre: Mapping[str, str], step: int) -> dict[str, dict[str, str]]:
    """The months to match, and their later half where that is long enough."""
    found = {"whole": dict(pre)}
    half = len(month_range(pre["first"], pre["last"])) // step // 2
    if half >= FEWEST_PRE:
        found["later_half"] = {"first": shifted(pre["last"], 1 - half * step), "last": pre["last"]}
    return found
