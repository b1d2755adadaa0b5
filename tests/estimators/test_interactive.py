"""Interactive fixed effects: planted factors, alternating least squares, brute force."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.interactive import donor_factors, left_out_error
from evaluation.estimators.registry import ESTIMATORS
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import random_panels, rates_of

NAME = "interactive_effects"


def planted(factors, seed=0, noise=0.0):
    panel = poisson_panel(seed=seed, units=20)
    generator = np.random.default_rng(seed)
    J, T = panel.counts.shape
    rates = 50 + generator.normal(size=(J, 1)) + generator.normal(size=T)
    rates = rates + generator.normal(size=(J, factors)) @ generator.normal(size=(factors, T))
    rates = rates + noise * generator.normal(size=(J, T))
    return replace(panel, counts=rates * panel.exposure / 1e5)


@pytest.mark.parametrize("factors", [0, 1, 2, 3])
def test_planted_factors_are_found_and_leave_no_gap(factors):
    panel = planted(factors, seed=factors)
    fit = ESTIMATORS[NAME].fit(panel, simple_design(panel))
    assert fit.diagnostics["factors"] == factors
    assert fit.gap == pytest.approx(0, abs=1e-8)


def test_planted_effect_with_noise():
    effects = []
    for seed in range(40):
        panel = planted(2, seed=seed, noise=0.1)
        design = simple_design(panel)
        counts = panel.counts.copy()
        post = panel.columns(design.post)
        counts[0, post] -= 5 * panel.exposure[0, post] / 1e5
        fit = ESTIMATORS[NAME].fit(replace(panel, counts=counts), design)
        effects.append(fit.gap[fit.window(design.post)].mean())
    assert np.mean(effects) == pytest.approx(-5, abs=3 * np.std(effects) / np.sqrt(40) + 0.01)


def alternating(donors, factors):
    """Additive effects and rank-r part by alternating least squares, none of it closed form."""
    generator = np.random.default_rng(0)
    loadings, path = generator.normal(size=(len(donors), factors)), None
    unit, common = np.zeros(len(donors)), donors.mean(axis=0)
    for _ in range(4000):
        rest = donors - unit[:, None] - common
        path = np.linalg.lstsq(loadings, rest, rcond=None)[0]
        loadings = np.linalg.lstsq(path.T, rest.T, rcond=None)[0].T
        rest = donors - loadings @ path
        unit = (rest - common).mean(axis=1)
        common = (rest - unit[:, None]).mean(axis=0)
    return unit[:, None] + common + loadings @ path


@pytest.mark.parametrize("factors", [1, 2])
def test_the_donors_fit_is_the_least_squares_one(factors):
    panel = poisson_panel(seed=72, units=12)
    donors = panel.rates[1:]
    common, found, _ = donor_factors(donors)
    basis = np.column_stack([np.ones(len(common)), found[:, :factors]])
    fitted = common + (basis @ np.linalg.lstsq(basis, (donors - common).T, rcond=None)[0]).T
    ours = np.sum((donors - fitted) ** 2)
    theirs = np.sum((donors - alternating(donors, factors)) ** 2)
    assert ours == pytest.approx(theirs, rel=1e-8)
    assert ours <= theirs * (1 + 1e-12)


def brute_force(panel, design):
    """Rank and mean post-period gap with eigenvectors and a loop over left-out periods."""
    treated, donors = rates_of(panel, design)
    pre = len(design.pre)
    common = donors.mean(axis=0)
    residual = donors - common - donors.mean(axis=1, keepdims=True) + donors.mean()
    _, vectors = np.linalg.eigh(residual.T @ residual)
    best = None
    for count in range(min(6, pre - 1)):
        basis = np.column_stack([np.ones(len(common)), vectors[:, ::-1][:, :count]])
        errors = []
        for t in range(pre):
            rest = np.array([s for s in range(pre) if s != t])
            loadings = np.linalg.lstsq(basis[rest], (treated - common)[rest], rcond=None)[0]
            errors.append(treated[t] - common[t] - basis[t] @ loadings)
        error = np.sqrt(np.mean(np.square(errors)))
        if best is None or error < best[0] * (1 - 1e-9):
            loadings = np.linalg.lstsq(basis[:pre], (treated - common)[:pre], rcond=None)[0]
            gap = treated - common - basis @ loadings
            best = (error, count, gap[pre + len(design.donut) :].mean())
    return best


def test_200_random_panels_against_brute_force():
    worst = 0.0
    for panel, design in random_panels(200, units=(9, 16)):
        fit = ESTIMATORS[NAME].fit(panel, design)
        error, count, gap = brute_force(panel, design)
        assert fit.diagnostics["factors"] == count
        assert fit.diagnostics["cross_validated_rmse"] == pytest.approx(error, rel=1e-8)
        ours = fit.gap[fit.window(design.post)].mean()
        worst = max(worst, abs(ours - gap) / panel.rates.mean())
    assert worst < 1e-9


def test_without_factors_it_is_difference_in_differences():
    panel = planted(0, seed=5, noise=1.0)
    panel = replace(panel, counts=panel.counts * 1.0)
    treated, donors = rates_of(panel, simple_design(panel))
    same = np.tile(donors.mean(axis=0), (len(donors), 1))
    rates = np.vstack([treated, same])
    flat = replace(panel, counts=rates * panel.exposure / 1e5)
    fit = ESTIMATORS[NAME].fit(flat, simple_design(flat))
    gap = treated - same[0]
    assert fit.diagnostics["factors"] == 0
    assert fit.gap == pytest.approx(gap - gap[:14].mean(), abs=1e-9)


def test_what_cannot_be_predicted_is_no_candidate_and_too_short_is_refused():
    assert left_out_error(np.eye(3)[:, :2], np.ones(3)) == float("inf")
    panel = poisson_panel(seed=73)
    with pytest.raises(EstimationError, match="three pre-periods"):
        ESTIMATORS[NAME].fit(panel, simple_design(panel, pre=2))
