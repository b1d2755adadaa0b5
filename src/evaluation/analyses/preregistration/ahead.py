"""What a study whose windows lie ahead would find, from the months before its start."""

import pandas as pd

from evaluation.analyses.preregistration.before import figures_before
from evaluation.analyses.preregistration.standing import lies_ahead
from evaluation.calibration.scale_up.ahead import can_simulate, power_ahead
from evaluation.sources.shipped import Shipped, read_table
from evaluation.study.study import Study


def is_simulated(study: Study, coverage: str) -> bool:
    """Whether a plan simulates what it could find: its test can be, and no month after the start is
    at hand, or the study states that none had been seen.

    coverage : path of the table `coverage.csv`
    """
    if not can_simulate(study):
        return False
    return not study.said.data_seen or lies_ahead(study, read_table(coverage))


def simulated_power(study: Study, given: Shipped, where: str) -> pd.DataFrame:
    """`PowerAhead` rows of a study, from tables of which no month after the start is used.

    Raises `InputError` as `figures_before` and `power_ahead` do; `where` names the config.
    """
    before = figures_before(given, study, where)
    return power_ahead(study, before.panel, before.units, where)
