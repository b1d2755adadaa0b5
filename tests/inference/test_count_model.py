"""The count model recovers what it is fitted to, and draws what it says."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.inference.count_model import (
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
