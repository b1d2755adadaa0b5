"""Leads and lags of the effect: every outcome and estimator of the study's event studies."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.analyses.event_study.contract import EventStudy
from evaluation.design.design import Design, make_design
from evaluation.estimators import event_study as leads_and_lags
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.bands import EventBands, event_study_bands
from evaluation.panel.periods import to_periods
from evaluation.study.contract import from_rows
from evaluation.study.months import period_months
from evaluation.study.study import FREQUENCIES, Study

TOO_FEW_BINS = "too few bins before treatment"
TOO_FEW_PLACEBOS = "too few placebos"


@dataclass(frozen=True)
class EventCase:
    """The event study of one outcome under one estimator; `bands` is None where `reason` says why.

    bins : all of them in time order, the reference ones too
    """

    outcome: str
    estimator: str
    design: Design
    bins: tuple[leads_and_lags.Bin, ...]
    bands: EventBands | None
    reason: str


def event_study(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`EventStudy` rows, one row per bin; one that does not exist has none (`Pretrends` says why).

    Raises `EstimationError` where the design cannot be honoured or the donors have no event in a
    bin.
    """
    length = FREQUENCIES[study.frequency]
    rows = [
        {
            "outcome": case.outcome,
            "estimator": case.estimator,
            "bin": entry.name,
            "last": period_months(case.design.periods[entry.positions[-1]], length)[-1],
            "level": study.level,
        }
        | _values(case.bands, entry)
        for case in event_cases(study, panel, units)
        if case.bands
        for entry in case.bins
    ]
    return from_rows(rows, EventStudy)


def event_cases(study: Study, panel: pd.DataFrame, units: pd.DataFrame) -> Iterator[EventCase]:
    """Every outcome × estimator of the study's event studies, with bands where they exist."""
    choices = study.robustness.event_study
    reference = choices.reference_months // choices.bin_months
    for outcome in choices.outcomes:
        matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
        design = make_design(matrices, units, study)
        bins = tuple(leads_and_lags.event_bins(design, choices.bin_months))
        reason = _refusal(bins, reference, len(design.donors))
        for name in choices.estimators:
            bands = None
            if not reason:
                fits = ESTIMATORS[name].fit_many(matrices, design.family())
                found = leads_and_lags.event_study(
                    fits,
                    months=choices.bin_months,
                    reference=reference,
                    scale=study.scale(outcome).interval,
                )
                bands = event_study_bands(found, study.level)
            yield EventCase(outcome, name, design, bins, bands, reason)


def _refusal(bins: tuple[leads_and_lags.Bin, ...], reference: int, donors: int) -> str:
    if sum(entry.state == "pre" for entry in bins) <= reference:
        return TOO_FEW_BINS
    # The covariance of the bins is that of the placebos over them.
    return TOO_FEW_PLACEBOS if donors <= len(bins) - reference else ""


def _values(bands: EventBands, entry: leads_and_lags.Bin) -> dict[str, object]:
    if entry.name in bands.study.reference:
        unknown = ("standard_error", "ci_low", "ci_high", "band_low", "band_high", "years")
        zeros = {"coefficient": 0.0, "estimate": 0.0}
        return {"state": "reference"} | zeros | dict.fromkeys(unknown, math.nan)
    k = bands.study.bins.index(entry.name)
    arrays: dict[str, np.ndarray] = {
        "years": bands.study.time,
        "coefficient": bands.study.coefficients[0],
        "estimate": bands.estimate,
        "standard_error": bands.standard_error,
        "ci_low": bands.point_low,
        "ci_high": bands.point_high,
        "band_low": bands.low,
        "band_high": bands.high,
    }
    return {"state": entry.state} | {name: float(array[k]) for name, array in arrays.items()}
