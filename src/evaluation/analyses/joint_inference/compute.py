"""Is the treated unit unusual over all specifications together?

One specification among hundreds rejects by chance. Here every donor takes the treated unit's place
in the same specifications, as in the inference of Simonsohn, Simmons & Nelson (2020), with units in
place of reshuffled labels: the treated unit's median |z| is ranked among the donors' medians, and
so is the share of specifications with one sign, which is large for many donors, since
specifications share their data.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.analyses.joint_inference.contract import JointInference
from evaluation.design.donors import donors_of
from evaluation.estimators.rounding import tied
from evaluation.study.contract import from_rows
from evaluation.study.study import Study

EVERYTHING = "all"


@dataclass(frozen=True)
class CurveMatrix:
    """Scores of S estimated specifications: the treated unit's, and those of J donors.

    specifications : S names; units : J names
    treated_z, treated_log : (S,) z and log ratio
    z, log_ratio : (S, J), NaN where the unit is no donor
    """

    specifications: tuple[str, ...]
    units: tuple[str, ...]
    treated_z: np.ndarray
    treated_log: np.ndarray
    z: np.ndarray
    log_ratio: np.ndarray


def joint_inference(
    study: Study,
    *,
    specifications: pd.DataFrame,
    specification_scores: pd.DataFrame,
    units: pd.DataFrame,
) -> pd.DataFrame:
    """`JointInference` rows: all outcomes of the grid together, then each alone."""
    donors = donors_of(units)
    outcomes = specifications.set_index("specification")["outcome"]
    own = specification_scores["specification"].map(outcomes)
    rows = []
    for outcome in (EVERYTHING, *study.robustness.grid.outcomes):
        kept = specification_scores[(own == outcome) | (outcome == EVERYTHING)]
        matrix = curve_matrix(kept, donors)
        for statistic, measure in STATISTICS.items():
            keys = {"outcome": outcome, "statistic": statistic}
            rows.append(keys | {"n_specifications": len(matrix.specifications)} | measure(matrix))
    return from_rows(rows, JointInference)


def curve_matrix(scores: pd.DataFrame, donors: tuple[str, ...]) -> CurveMatrix:
    """`SpecificationScores` rows as matrices, for the units named; rows in order of their names."""
    treated = scores[scores["treated"]].set_index("specification").sort_index()
    others = scores[~scores["treated"]]

    def wide(column: str) -> np.ndarray:
        table = others.pivot(index="specification", columns="unit", values=column)
        return table.reindex(index=treated.index, columns=list(donors)).to_numpy(dtype=float)

    return CurveMatrix(
        tuple(treated.index),
        donors,
        treated["z"].to_numpy(dtype=float),
        treated["log_ratio"].to_numpy(dtype=float),
        wide("z"),
        wide("log_ratio"),
    )


def median_test(matrix: CurveMatrix) -> dict:
    """The treated unit's median |z| against each donor's, over the donor's specifications."""
    return _against_donors(np.abs(matrix.treated_z), np.abs(matrix.z), np.median)


def same_sign_test(matrix: CurveMatrix) -> dict:
    """The share of the more frequent sign of the uncentred ratio, treated unit against donors."""
    return _against_donors(matrix.treated_log, matrix.log_ratio, one_sign)


def one_sign(values: np.ndarray) -> float:
    """Share of the more frequent sign."""
    return float(max(np.mean(values < 0), np.mean(values > 0)))


STATISTICS = {"median z": median_test, "same sign": same_sign_test}


def _against_donors(treated: np.ndarray, donors: np.ndarray, statistic) -> dict:
    """Rank over pairs: each donor and the treated unit on the specifications they share."""
    shared = ~np.isnan(donors)
    columns = np.flatnonzero(shared.any(axis=0))
    if not len(columns):
        return {
            "n_donors": 0,
            "value": float(statistic(treated)) if len(treated) else np.nan,
            "donors_median": np.nan,
            "as_extreme": 0,
            "p_value": np.nan,
        }
    theirs = np.array([statistic(donors[shared[:, j], j]) for j in columns])
    own = np.array([statistic(treated[shared[:, j]]) for j in columns])
    extreme = int((tied(theirs, own) >= own).sum())
    return {
        "n_donors": len(columns),
        "value": float(statistic(treated)),
        "donors_median": float(np.median(theirs)),
        "as_extreme": extreme,
        "p_value": (1 + extreme) / (1 + len(columns)),
    }
