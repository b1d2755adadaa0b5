"""The count model recovers what it is fitted to, and draws what it says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from evaluation.estimators.count_model import (
    CORRELATIONS,
    CountModel,
    Variation,
    covariance,
    fit_count_model,
    times,
)
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design

WINDOW = np.arange(16, 24)


def setting(units=60, mean=6.0):
    panel = poisson_panel(seed=0, units=units, mean=mean)
    design = simple_design(panel)
    return panel, design, fit_count_model(panel, design)


def drawn(panel: OutcomePanel, model: CountModel, variation: Variation, generator) -> OutcomePanel:
    counts = panel.counts.copy()
    counts[1:] = model.draw(model.means, variation, generator)
    return replace(panel, counts=counts)


@pytest.mark.parametrize(
    "variation",
    [
        Variation(),
        Variation(drift=0.01),
        Variation(drift=0.04),
        Variation(over_dispersion=0.04, serial=0.04, correlation=0.7),
    ],
)
def test_the_variance_of_a_log_ratio_is_recovered(variation):
    panel, design, model = setting()
    generator = np.random.default_rng(1)
    predicted = [
        fit_count_model(drawn(panel, model, variation, generator), design).predicted_variance(
            WINDOW
        )
        for _ in range(60)
    ]
    truth = replace(model, variation=variation).predicted_variance(WINDOW)
    assert np.mean(predicted) == pytest.approx(truth, rel=0.2, abs=0.005)


def test_predicted_variance_of_pure_drift_by_hand():
    _, _, model = setting()
    flat = replace(model, common=np.ones(24), variation=Variation(drift=0.04))
    generator = np.random.default_rng(2)
    steps = generator.normal(size=(40000, 24)) * np.sqrt(0.04 / 4)
    steps[:, 0] = 0
    walk = np.cumsum(steps, axis=1)
    simulated = np.var(walk[:, 16:].mean(axis=1) - walk[:, :14].mean(axis=1))
    assert flat.predicted_variance(WINDOW) == pytest.approx(simulated, rel=0.03)


def test_draws_have_the_means_the_common_path_and_the_stated_variance():
    _, _, model = setting()
    variation = Variation(over_dispersion=0.02, serial=0.03, correlation=0.6, drift=0.02)
    generator = np.random.default_rng(3)
    counts = model.draw(np.full(20000, 400.0), variation, generator)
    before = model.common[:14].sum()
    assert counts[:, :14].sum(axis=1).mean() == pytest.approx(400 * before, rel=0.005)
    logs = np.log(counts[:, WINDOW].sum(axis=1) / counts[:, :14].sum(axis=1))
    predicted = replace(model, variation=variation).predicted_variance(WINDOW)
    poisson = 1 / (400 * before) + 1 / (400 * model.common[WINDOW].sum())
    assert logs.var() == pytest.approx(predicted + poisson, rel=0.08)


def test_gaps_in_the_calendar_count_as_time():
    years = times(("2016-01", "2016-04", "2018-01"))
    assert years == pytest.approx([2016.0, 2016.25, 2018.0])
    expected = covariance(Variation(serial=1.0, correlation=0.5, drift=1.0), years)
    assert expected[0, 2] == pytest.approx(0.5**8)
    assert expected[1, 2] == pytest.approx(0.5**7 + 0.25)


def test_redrawn_variances_spread_around_the_fitted_ones():
    panel, design, model = setting()
    truth = Variation(drift=0.04)
    fitted = fit_count_model(drawn(panel, model, truth, np.random.default_rng(4)), design)
    generator = np.random.default_rng(5)
    redrawn = [
        replace(fitted, variation=fitted.redrawn(generator)).predicted_variance(WINDOW)
        for _ in range(200)
    ]
    assert np.mean(redrawn) == pytest.approx(fitted.predicted_variance(WINDOW), rel=0.15)
    assert 0 < np.std(redrawn) < fitted.predicted_variance(WINDOW)


def test_unit_order_does_not_move_the_fit():
    panel, design, model = setting()
    order = np.random.default_rng(6).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[index] for index in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    assert fit_count_model(shuffled, design).variation == model.variation


def test_donors_without_events_are_refused():
    panel, design, _ = setting()
    counts = panel.counts.copy()
    counts[1:, 14:] = 0
    with pytest.raises(EstimationError, match="no event in some window"):
        fit_count_model(replace(panel, counts=counts), design)


def naive_variation(panel, design) -> Variation:
    """The moment equations cell by cell, and one non-negative least squares a correlation."""
    counts = panel.counts[np.ix_(panel.rows(design.donors), panel.columns(design.periods))]
    total, years, pre = counts.sum(axis=0), times(design.periods), len(design.pre)
    common = total / total[:pre].mean()
    projection = np.eye(len(common)) - np.outer(common, np.ones(len(common))) / common.sum()
    shares = counts.sum(axis=1) / common.sum()
    part = shares / shares.sum()
    squares = shares**2 - shares / common.sum()
    squares = squares * (1 - 2 * part) + part**2 * squares.sum()
    noise = projection @ np.diag(common) @ projection.T
    kappa, found = 0.05, Variation()
    for _ in range(2):
        weights, best = (1 + kappa * shares) ** -2.0, np.inf
        for correlation in CORRELATIONS:
            units = (Variation(1.0), Variation(0.0, 1.0, correlation), Variation(drift=1.0))
            bases = [
                projection @ (np.outer(common, common) * covariance(unit, years)) @ projection.T
                for unit in units
            ]
            gram = np.array([[np.sum(one * other) for other in bases] for one in bases])
            right = np.zeros(3)
            for count, share, own, weight in zip(counts, shares, part, weights, strict=True):
                residual = projection @ count
                excess = np.outer(residual, residual) - share * (1 - own) * noise
                right += weight * np.array([np.sum(excess * basis) for basis in bases])
            right /= float(squares @ weights)
            root = np.linalg.cholesky(gram).T
            values, _ = nnls(root, np.linalg.solve(root.T, right))
            loss = float(values @ gram @ values - 2 * values @ right)
            if loss < best - 1e-12:
                best = loss
                found = Variation(values[0], values[1], correlation, values[2])
        kappa = float(np.diag(covariance(found, years)).mean())
    return found


@pytest.mark.parametrize("seed", range(6))
def test_the_fit_is_that_of_the_moment_equations_written_out(seed):
    panel, design, model = setting(units=12)
    truth = [Variation(), Variation(drift=0.04), Variation(0.1, 0.1, 0.5)][seed % 3]
    null = drawn(panel, model, truth, np.random.default_rng(seed))
    fitted, naive = fit_count_model(null, design), naive_variation(null, design)
    assert fitted.covariance == pytest.approx(covariance(naive, fitted.years), abs=1e-10)


def test_serial_deviations_follow_the_recursion():
    """Draw by draw: independent, drift, then a stationary autoregression, in this order."""
    _, _, model = setting(units=5)
    variation = Variation(over_dispersion=0.04, serial=0.09, correlation=0.7, drift=0.01)
    found = model.log_deviations(variation, 3, np.random.default_rng(8))
    drift, independent, shocks = np.random.default_rng(8).normal(size=(3, 3, len(model.years)))
    steps = np.diff(model.years, prepend=model.years[0])
    expected = np.cumsum(drift * 0.1 * np.sqrt(steps), axis=1) + 0.2 * independent
    state = shocks[:, 0]
    for period in range(len(steps)):
        if period:
            kept = 0.7 ** (steps[period] / steps[1])
            state = kept * state + np.sqrt(1 - kept**2) * shocks[:, period]
        expected[:, period] += 0.3 * state
    assert found == pytest.approx(expected, abs=1e-12)
