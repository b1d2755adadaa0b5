"""Looks of the monitoring as rows of the ledger."""

import pandas as pd

from evaluation.releases.ledger import Ledger
from evaluation.releases.recorded import looks_as_estimates
from tests.releases import given


def test_looks_are_rows_of_a_lane_of_their_own(tmp_path):
    ledger = Ledger(tmp_path / "ledger" / given.STUDY)
    release = given.record(ledger, tmp_path, 0)
    estimates = given.estimates()
    base = {"outcome": "homicide", "estimator": "poisson_did", "boundary": 2.8, "alarm": False}
    numbers = {"observed": 4.0, "counterfactual": 5.0, "effect_percent": -20.0}
    numbers |= {"log_rate_ratio": -0.223, "ci_low": -0.9, "ci_high": 0.5}
    rows = [{"look": 6, "month": "2020-06", "reason": "", **base, **numbers}]
    rows += [{"look": 7, "month": "2020-07", "reason": "to come", **base}]
    looks = looks_as_estimates(pd.DataFrame(rows), estimates, 0.95, "code")
    assert ledger.record_estimates(release, estimates) == len(estimates)
    assert ledger.record_estimates(release, looks) == 1
    assert ledger.record_estimates(release, looks) == 0
    known = ledger.estimates()
    own = known[known["lane"] == "monitoring"]
    assert own["look"].tolist() == [6] and own["p_value"].isna().all()
    assert own["code_version"].tolist() == ["code"] and own["ci_low"].tolist() == [-0.9]
