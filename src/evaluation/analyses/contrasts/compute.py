"""Firearm against other homicide, and the dead against the wounded: each as ONE test."""

import math

import numpy as np
import pandas as pd

from evaluation.analyses.contrasts.contract import Contrasts
from evaluation.analyses.lethality.compute import shot_outcomes, span_counts
from evaluation.analyses.outcome_family.compute import NO_RATIO, primary_family
from evaluation.design.donors import donors_of
from evaluation.inference.contrast import effect_contrast, ratio_change
from evaluation.inference.effect_columns import tested_columns
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import rank
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.study import Study

NO_PARTS = "the study has no such pair of outcomes"
NOT_COVERED = "too few covered months"


def contrasts(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`Contrasts` rows: the firearm contrast and the change of lethality, with p and interval.

    A shift of the firearm effect by x shifts the contrast by x, so that its interval inverts the
    very test: zero is outside exactly where p ≤ 1 − level.

    Raises `EstimationError` where a design cannot be honoured or a fit is not certified.
    """
    rows = [_firearm(study, panel, units), _lethality(study, panel, units)]
    return from_rows(rows, Contrasts)


def homicide_parts(study: Study) -> tuple[str, str] | None:
    """The firearm and the other part of the primary outcome, where it has just these two."""
    firearm, others = study.primary_parts
    known = set(study.outcomes)
    if len(firearm) != 1 or len(others) != 1 or not known >= {*firearm, *others}:
        return None
    return firearm[0], others[0]


def _firearm(study: Study, panel: pd.DataFrame, units: pd.DataFrame) -> dict:
    parts = homicide_parts(study)
    if not parts:
        return _row(study, "firearm", ("", ""), None, math.nan, NO_PARTS)
    first, second = (primary_family(study, panel, units, name)[2] for name in parts)
    if not (first.has_ratio[0] and second.has_ratio[0]):
        return _row(study, "firearm", parts, None, math.nan, NO_RATIO)
    try:
        scored = effect_contrast(first, second, study.centre)
    except NotTestable as refusal:
        return _row(study, "firearm", parts, None, math.nan, refusal.reason)
    difference = float(first.log_ratio[0] - second.log_ratio[0])
    return _row(study, "firearm", parts, scored, difference, "")


def _lethality(study: Study, panel: pd.DataFrame, units: pd.DataFrame) -> dict:
    parts = shot_outcomes(study)
    if not parts:
        return _row(study, "lethality", ("", ""), None, math.nan, NO_PARTS)
    before, after = (span_counts(study, panel, parts, span) for span in ("pre", "post"))
    if before is None or after is None:
        return _row(study, "lethality", parts, None, math.nan, NOT_COVERED)
    sectors = [study.treated, *donors_of(units)]
    counts = np.hstack([before.loc[sectors].to_numpy(), after.loc[sectors].to_numpy()])
    try:
        scored = ratio_change(counts, study.centre)
    except NotTestable as refusal:
        return _row(study, "lethality", parts, None, math.nan, refusal.reason)
    own = np.log(counts[0] + 0.5)
    change = float((own[2] - own[3]) - (own[0] - own[1]))
    return _row(study, "lethality", parts, scored, change, "")


def _row(
    study: Study,
    contrast: str,
    parts: tuple[str, str],
    scored: Scores | None,
    log_ratio: float,
    reason: str,
) -> dict:
    row = {
        "contrast": contrast,
        "first": parts[0],
        "second": parts[1],
        "log_ratio": log_ratio,
        "ci_level": study.level,
        "reason": reason,
    }
    if scored is None:
        names = ("estimate", "standard_error", "ci_low", "ci_high", "p_value", "smallest_p")
        return row | dict.fromkeys(names, math.nan)
    result = rank(contrast, scored, study.level)
    return row | {
        "estimate": float(scored.deviation[0]),
        "standard_error": float(scored.standard_error[0]),
        **tested_columns(result),
    }
