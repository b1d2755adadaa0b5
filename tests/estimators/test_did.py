"""The two difference-in-differences against closed forms and the libraries."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.did import panel_ols
from evaluation.estimators.poisson_did import poisson_regression
from evaluation.estimators.registry import ESTIMATORS
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design


def test_did_is_the_difference_of_weighted_means():
    panel = poisson_panel(seed=4)
    design = simple_design(panel)
    population = panel.exposure[1:].mean(axis=1)
    rates, weights = panel.rates, population / population.sum()
    pre, post = panel.columns(design.pre), panel.columns(design.post)
    own = rates[0, post].mean() - rates[0, pre].mean()
    donors = weights @ (rates[1:, post].mean(axis=1) - rates[1:, pre].mean(axis=1))
    fit = ESTIMATORS["did"].fit(panel, design)
    assert fit.gap[fit.window(design.post)].mean() == pytest.approx(own - donors, rel=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_panel_ols_agrees_with_the_closed_form(seed):
    panel = poisson_panel(seed=seed, units=12)
    design = simple_design(panel)
    fit = ESTIMATORS["did"].fit_many(panel, [design])[0]
    att, standard_error = panel_ols(panel, design)
    assert att == pytest.approx(fit.gap[fit.window(design.post)].mean(), rel=1e-8)
    assert standard_error > 0


@pytest.mark.parametrize("seed", range(5))
def test_poisson_regression_is_the_ratio_of_ratios(seed):
    panel = poisson_panel(seed=seed, units=12)
    design = simple_design(panel)
    pre, post = panel.columns(design.pre), panel.columns(design.post)
    treated, donors = panel.counts[0], panel.counts[1:].sum(axis=0)
    expected = np.log(
        treated[post].sum() / treated[pre].sum() * donors[pre].sum() / donors[post].sum()
    )
    assert poisson_regression(panel, design)["log_rate_ratio"] == pytest.approx(expected, abs=1e-9)
    fit = ESTIMATORS["poisson_did"].fit(panel, design)
    window = fit.window(design.post)
    assert np.log(fit.observed[window].sum() / fit.counterfactual[window].sum()) == pytest.approx(
        expected, abs=1e-12
    )
    assert fit.counterfactual[fit.pre].sum() == pytest.approx(fit.observed[fit.pre].sum())


def test_two_units_two_periods():
    panel = poisson_panel(seed=6, units=2, last="2016-06")
    panel = replace(panel, counts=np.array([[30.0, 12.0], [50.0, 40.0]]))
    design = simple_design(panel, pre=1, donut=0)
    assert poisson_regression(panel, design)["log_rate_ratio"] == pytest.approx(
        np.log(12 / 30 * 50 / 40), abs=1e-9
    )


def test_did_refuses_a_regression_that_disagrees(monkeypatch):
    panel = poisson_panel(seed=8)
    monkeypatch.setattr("evaluation.estimators.did.panel_ols", lambda *_: (1e6, 1.0))
    with pytest.raises(EstimationError, match="PanelOLS gives"):
        ESTIMATORS["did"].fit(panel, simple_design(panel))
