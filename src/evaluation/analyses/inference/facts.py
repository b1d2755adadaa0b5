"""How far the p-value hangs on the centre of the placebos' log ratios."""

import pandas as pd

from evaluation.study.study import CALIBRATED_SUFFIX, Study

NAMES = ()  # the sentences go with the table `inference`
PRECISION = "permutation_ferman_pinto_precision"
PLAIN = "permutation_ferman_pinto"


def numbers(study: Study, *, estimates: pd.DataFrame) -> dict[str, float | str | None]:
    """p of the primary analysis with either centre; the estimator where it moves p by ranks most.

    Empty where the study does not rank by FP-log around the plain mean, or has no row for the
    other centre.
    """
    keys = ("p", "calibrated_p", "estimator", "estimator_mean_p", "estimator_precision_p")
    values: dict[str, float | str | None] = dict.fromkeys(f"centre_{key}" for key in keys)
    rows = study.primary.rows(estimates, every=["estimator"])
    rows = rows[rows["estimator"].isin(study.estimators)]
    p = rows.pivot(index="estimator", columns="inference", values="p_value")
    own = study.primary.estimator
    if (study.tests[0], study.centre) != (PLAIN, "mean") or not {PLAIN, PRECISION} <= set(p):
        return values
    if pd.isna(p.loc[own, [PLAIN, PRECISION]]).any():
        return values
    values["centre_p"] = p.loc[own, PRECISION]
    if PRECISION + CALIBRATED_SUFFIX in p:
        values["centre_calibrated_p"] = p.loc[own, PRECISION + CALIBRATED_SUFFIX]
    moved = (p[PLAIN] - p[PRECISION]).abs().dropna().sort_index()
    most = moved.idxmax()
    return values | {
        "centre_estimator": most,
        "centre_estimator_mean_p": p.loc[most, PLAIN],
        "centre_estimator_precision_p": p.loc[most, PRECISION],
    }


def sentences(study: Study, numbers: dict) -> list[str]:
    """The keys of the sentences on FP-log's standard error and centre."""
    if study.tests[0] != PLAIN:
        return []
    keys = ["own_count"]
    if numbers["centre_p"] is None:
        return keys
    known = numbers["centre_calibrated_p"] is not None
    keys.append("centre_calibrated" if known else "centre")
    if numbers["centre_estimator"] != study.primary.estimator:
        keys.append("centre_most")
    return keys
