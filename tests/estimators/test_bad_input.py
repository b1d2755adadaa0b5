"""What no estimator can honour: one message, naming outcome and unit, from every estimator."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design

PANEL = poisson_panel(seed=1, units=8)
DESIGN = simple_design(PANEL)
ALL = pytest.mark.parametrize("name", sorted(ESTIMATORS))


def fit(name, panel=PANEL, design=DESIGN):
    return ESTIMATORS[name].fit_many(panel, design.family() if len(design.donors) > 1 else [design])


@ALL
def test_no_donors(name):
    with pytest.raises(EstimationError, match="outcome homicide: u00 has no donor"):
        fit(name, design=replace(DESIGN, donors=()))


@ALL
def test_no_pre_period(name):
    with pytest.raises(EstimationError, match="outcome homicide: u00 has no pre-period"):
        fit(name, design=replace(DESIGN, pre=()))


@ALL
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize(("unit", "period"), [(0, 2), (3, 5), (0, -1)])
def test_a_count_that_is_not_finite(name, value, unit, period):
    counts = PANEL.counts.copy()
    counts[unit, period] = value
    where = f"outcome homicide: {PANEL.units[unit]} has .* in {PANEL.periods[period]}"
    with pytest.raises(EstimationError, match=where):
        fit(name, replace(PANEL, counts=counts))


@ALL
def test_no_exposure(name):
    exposure = PANEL.exposure.copy()
    exposure[2, 3] = 0.0
    with pytest.raises(EstimationError, match="outcome homicide: u02 has .* no exposure"):
        fit(name, replace(PANEL, exposure=exposure))


@ALL
def test_one_pre_period_is_refused_or_enough(name):
    panel, design = PANEL, simple_design(PANEL, pre=1, donut=0)
    enough = ("did", "poisson_did", "synthetic_control", "synthetic_control_predictors")
    if name in enough or name.startswith("poisson_kriging"):
        assert np.isfinite(ESTIMATORS[name].fit_many(panel, [design])[0].counterfactual).all()
    else:
        with pytest.raises(EstimationError, match="at least (two|three) pre-periods"):
            ESTIMATORS[name].fit_many(panel, [design])


@ALL
def test_donors_without_any_event(name):
    counts = PANEL.counts.copy()
    counts[1:] = 0.0
    panel = replace(PANEL, counts=counts)
    refusals = {
        "poisson_did": "donors of u00 have no event",
        "poisson_kriging": "the donors have no event",
        "poisson_kriging_low_rank": "the donors have no event",
        "augmented_synthetic_control": "same pre-period path",
    }
    if name in refusals:
        with pytest.raises(EstimationError, match=refusals[name]):
            ESTIMATORS[name].fit_many(panel, [DESIGN])
    else:
        found = ESTIMATORS[name].fit_many(panel, [DESIGN])[0]
        assert np.isfinite(found.counterfactual).all()


@pytest.mark.parametrize("name", ["synthetic_control", "demeaned_synthetic_control"])
def test_a_unit_outside_the_donors_support_shows_its_misfit(name):
    counts = PANEL.counts.copy()
    counts[0] *= 1000
    found = ESTIMATORS[name].fit_many(replace(PANEL, counts=counts), [DESIGN])[0]
    assert found.solution.kkt_residual < 1e-12
    spread = np.std(found.observed[found.pre] / found.exposure[found.pre]) * 1e5
    assert found.pre_rmspe > 0.9 * spread
