"""Which |z| would be unusual at any of the planned looks, and how often is it met by chance?"""

import pandas as pd

from evaluation.analyses.monitor_boundary.contract import MonitorBoundary
from evaluation.calibration.monitor import boundary_rows, plan_looks
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.monitor import look_counts, monitored_donors
from evaluation.study.contract import from_rows
from evaluation.study.study import Study


def monitor_boundary(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`MonitorBoundary` rows, from the months before the start alone; none without monitoring.

    Raises `EstimationError` where the donors have no event before the start, or a fit fails.
    """
    if study.monitoring is None:
        return from_rows([], MonitorBoundary)
    counts = look_counts(panel, study)
    plan = plan_looks(counts, monitored_donors(units, study), study)
    return from_rows(
        boundary_rows(plan, study, ESTIMATORS[study.monitoring.estimator]), MonitorBoundary
    )
