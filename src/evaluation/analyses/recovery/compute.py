"""Does each estimator find a known effect, on the real panel?

Every donor takes the treated unit's place in the primary specification with each estimator of the
grid; the FP-log test ranks it among the other donors.
"""

import math

import numpy as np
import pandas as pd

from evaluation.analyses.recovery.contract import Recovery
from evaluation.calibration.draws import critical_value
from evaluation.calibration.fake_pilots import (
    ALL,
    SUBSETS,
    FakePilots,
    alike,
    mean_with_error,
    plant,
    share_with_interval,
)
from evaluation.design.donors import donors_of
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import log_ratio_scores_if_any
from evaluation.study.contract import from_rows
from evaluation.study.study import Study


def recovery(
    study: Study,
    *,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    specifications: pd.DataFrame,
    specification_scores: pd.DataFrame,
) -> pd.DataFrame:
    """`Recovery` rows: every estimator of the grid in the primary specification.

    Without the primary specification among those estimated there is no row.
    """
    pilots = plant(study, panel, donors_of(units))
    families = primary_families(study, specifications, specification_scores, pilots)
    rows = []
    for estimator, family in families.items():
        rows += _of_estimator(study, pilots, family, estimator)
    return from_rows(rows, Recovery)


def primary_families(
    study: Study, specifications: pd.DataFrame, scores: pd.DataFrame, pilots: FakePilots
) -> dict[str, pd.DataFrame]:
    """By estimator, the scores of the primary specification: fake pilots, in order, then treated.

    Empty without the primary specification among those estimated.
    """
    names = primary_specifications(study, specifications)
    return {estimator: _donor_rows(scores, name, pilots) for name, estimator in names.items()}


def primary_specifications(study: Study, specifications: pd.DataFrame) -> dict[str, str]:
    """Names of the estimated specifications that differ from the primary one by estimator only.

    The estimator by name, in the grid's order.
    """
    primary = specifications[specifications["primary"]]
    if len(primary) != 1:
        return {}
    keys = ["outcome", "window", "frequency", "pre_period", "donor_rule"]
    same = (specifications[keys] == primary.iloc[0][keys]).all(axis=1)
    found = specifications[same & (specifications["reason"] == "")].set_index("estimator")
    names = found["specification"]
    return {names[e]: e for e in study.robustness.grid.estimators if e in names.index}


def _donor_rows(scores: pd.DataFrame, specification: str, pilots: FakePilots) -> pd.DataFrame:
    """Scores of one specification: the fake pilots, in order, then the treated unit."""
    rows = scores[scores["specification"] == specification].set_index("unit")
    treated = rows.index[rows["treated"]]
    return rows.loc[[*pilots.donors, *treated]]


def fake_scores(
    family: pd.DataFrame, observed: np.ndarray, donor: int, centre: str
) -> tuple[Scores, np.ndarray]:
    """Scores of the K versions of one donor in the treated unit's place, and |z| of the others.

    family : scores of J donors; observed : (K,) events of the donor's versions in the window
    """
    values = {
        name: family[name].to_numpy(dtype=float) for name in ("log_ratio", "pre_events", "observed")
    }
    rest = np.delete(np.arange(len(family)), donor)
    whole = values["observed"][donor]
    # Whatever the counterfactual is, thinning moves the log ratio by the same term.
    own = values["log_ratio"][donor] + np.log((observed + 0.5) / (whole + 0.5))
    count = len(observed)
    scored = log_ratio_scores_if_any(
        np.r_[own, values["log_ratio"][rest]],
        np.r_[np.full(count, values["pre_events"][donor]), values["pre_events"][rest]],
        np.r_[observed, values["observed"][rest]],
        centre,
        treated=count,
    )
    mine = Scores(scored.scale, scored.deviation[:count], scored.standard_error[:count])
    return mine, scored.z[count:]


def _of_estimator(
    study: Study, pilots: FakePilots, family: pd.DataFrame, estimator: str
) -> list[dict]:
    donors = family.iloc[: len(pilots.donors)]
    whole = donors["observed"].to_numpy(dtype=float)
    observed = pilots.observed(study.primary.outcome, study.primary.window)
    near = alike(
        donors["pre_events"].to_numpy(dtype=float),
        float(family["pre_events"].iloc[len(donors) :].sum()),
    )
    log_ratio = donors["log_ratio"].to_numpy(dtype=float)[:, None]
    log_ratio = log_ratio + np.log((observed + 0.5) / (whole[:, None] + 0.5))
    covered, rejected = _verdicts(study, pilots, donors, observed)
    # Without a positive counterfactual there is no ratio, for a donor as for the treated unit.
    exists = donors["log_ratio"].notna().to_numpy() & ~np.isnan(rejected).any(axis=1)
    rows = []
    for subset in SUBSETS:
        kept = exists if subset == ALL else exists & near
        if not kept.any():
            continue
        for ratio in study.robustness.recovery.rate_ratios:
            cells = np.ix_(np.flatnonzero(kept), pilots.versions(ALL, ratio))
            error = log_ratio[cells] - math.log(ratio)
            rows.append(
                {
                    "outcome": study.primary.outcome,
                    "estimator": estimator,
                    "subset": subset,
                    "rate_ratio": ratio,
                    "n_donors": int(kept.sum()),
                    "draws": error.size,
                    "rmse": float(np.sqrt(np.mean(error**2))),
                }
                | mean_with_error("bias", error)
                | share_with_interval("coverage", covered[cells])
                | share_with_interval("power", rejected[cells])
            )
    return rows


def _verdicts(
    study: Study, pilots: FakePilots, donors: pd.DataFrame, observed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(J, K) whether the interval holds the planted effect, and whether the test rejects none.

    NaN where there is no test.
    """
    truth = np.log(pilots.ratio)
    covered, rejected = np.empty(observed.shape), np.empty(observed.shape)
    for donor in range(len(donors)):
        scored, others = fake_scores(donors, observed[donor], donor, study.centre)
        critical = critical_value(others, 1 - study.level) * scored.standard_error
        exists = ~np.isnan(scored.deviation)
        inside = np.abs(scored.deviation - truth) <= critical
        covered[donor] = np.where(exists, inside, np.nan)
        rejected[donor] = np.where(exists, np.abs(scored.deviation) > critical, np.nan)
    return covered, rejected
