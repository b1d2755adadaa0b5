"""The joint pre-trend test of every event study, with the trends that it would have missed."""

import dataclasses
import math

import pandas as pd

from evaluation.analyses.event_study.compute import event_cases
from evaluation.analyses.pretrends.contract import Pretrends
from evaluation.inference.pretrends import PretrendResult, pretrend_test
from evaluation.study.contract import from_rows
from evaluation.study.study import Study


def pretrends(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`Pretrends` rows: one an outcome × estimator, with the reason where there is no test.

    Raises `EstimationError` as `event_study` does.
    """
    empty = {field.name: math.nan for field in dataclasses.fields(PretrendResult)}
    rows = []
    for case in event_cases(study, panel, units):
        found = dataclasses.asdict(pretrend_test(case.bands)) if case.bands else empty
        keys = {"outcome": case.outcome, "estimator": case.estimator, "reason": case.reason}
        bins = sum(entry.state == "pre" for entry in case.bins)
        reference = study.robustness.event_study.reference_months
        bins -= reference // study.robustness.event_study.bin_months
        rows.append(keys | {"bins": max(bins, 0)} | found)
    return from_rows(rows, Pretrends)
