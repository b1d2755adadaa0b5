"""Kriging against closed forms, the multivariate normal and Poisson difference-in-differences."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.design.design import Design
from evaluation.estimators.count_model import (
    Variation,
    covariance,
    fit_count_model,
    low_rank_covariance,
)
from evaluation.estimators.kriging import own_error, predict, relative_error
from evaluation.estimators.poisson_did import PoissonDifferenceInDifferences
from evaluation.estimators.poisson_kriging import KRIGING, LOW_RANK, PoissonKriging
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

PRE, POST = 10, 6
PERIODS = tuple(f"{2016 + q // 4}-{3 * (q % 4) + 1:02d}" for q in range(PRE + POST))
NOTHING = PoissonKriging("nothing wanders", lambda model, panel, design: 0 * model.covariance)


def made(donors: int = 12, seed: int = 3) -> tuple[OutcomePanel, Design]:
    generator = np.random.default_rng(seed)
    names = ("T", *(f"D{number:02d}" for number in range(donors)))
    means = np.r_[12.0, generator.gamma(2.0, 4.0, donors)]
    walks = np.cumsum(generator.normal(0, 0.08, (len(names), len(PERIODS))), axis=1)
    counts = generator.poisson(means[:, None] * np.exp(walks)).astype(float)
    exposure = np.tile(generator.uniform(5e4, 2e5, len(names))[:, None], len(PERIODS))
    design = Design("T", names[1:], PERIODS[:PRE], (), PERIODS[PRE:], (("A", PERIODS[PRE:]),))
    return OutcomePanel("homicide", "quarter", names, PERIODS, counts, exposure), design


def path(seed: int = 1, units: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(K, P) counts, (K, T) common path, (T, T) covariance of three kinds of deviation."""
    generator = np.random.default_rng(seed)
    common = generator.uniform(0.6, 1.4, PRE + POST)
    common /= common[:PRE].mean()
    counts = generator.poisson(9.0, (units, PRE)).astype(float)
    years = np.arange(PRE + POST) / 4
    deviations = covariance(Variation(0.02, 0.03, 0.7, 0.01), years)
    return counts, np.broadcast_to(common, (units, PRE + POST)), deviations


def test_without_deviations_it_is_poisson_difference_in_differences():
    panel, design = made()
    ours, theirs = NOTHING.fit(panel, design), PoissonDifferenceInDifferences().fit(panel, design)
    assert ours.counterfactual[PRE:] == pytest.approx(theirs.counterfactual[PRE:], rel=1e-12)


def test_without_deviations_the_error_is_that_of_two_poisson_counts():
    """Var(Y − Ŷ) = Ŷ + Ŷ²/Y_pre: the window's own noise, and that of the pre-period total."""
    counts, common, deviations = path()
    found = predict(counts, common, 0 * deviations, "here")
    window = np.arange(PRE, PRE + POST)
    expected = found.path[:, window].sum(axis=1)
    closed = np.sqrt(1 / expected + 1 / counts.sum(axis=1))
    assert relative_error(found, window) == pytest.approx(closed, rel=1e-12)


def test_a_random_walk_of_a_large_unit_carries_the_last_period_on():
    counts, common, _ = path()
    walk = covariance(Variation(drift=0.04), np.arange(PRE + POST) / 4 + 1)
    found = predict(1e9 * counts, common, walk, "here")
    last = 1e9 * counts[:, PRE - 1] / common[:, PRE - 1]
    assert found.path[:, PRE:] == pytest.approx(last[:, None] * common[:, PRE:], rel=1e-6)


def test_mean_and_covariance_are_those_of_the_multivariate_normal():
    """A flat prior on the rate, as the limit of a wide one: the joint normal, conditioned."""
    counts, common, deviations = path()
    found = predict(counts, common, deviations, "here")
    for unit in range(len(counts)):
        f, scale = common[unit], found.scale[unit]
        joint = np.diag(scale * f) + scale**2 * np.outer(f, f) * deviations
        inverse = np.linalg.inv(joint)
        # The precision of (counts, given flat m): project the trend out of it.
        flat = inverse - np.outer(inverse @ f, inverse @ f) / (f @ inverse @ f)
        later = slice(PRE, None)
        errors = np.linalg.inv(flat[later, later])
        mean = -errors @ flat[later, :PRE] @ counts[unit]
        assert found.path[unit, PRE:] == pytest.approx(mean, rel=1e-10)
        assert found.errors[unit] == pytest.approx(errors, rel=1e-10)


def test_the_rate_is_that_of_generalised_least_squares():
    import statsmodels.api as sm

    counts, common, deviations = path(units=1)
    found = predict(counts, common, deviations, "here")
    f, scale = common[0, :PRE], found.scale[0]
    sigma = np.diag(scale * f) + scale**2 * np.outer(f, f) * deviations[:PRE, :PRE]
    fitted = sm.GLS(counts[0], f, sigma=sigma).fit()
    assert found.rate[0] == pytest.approx(fitted.params[0], rel=1e-10)


def test_thinning_the_counts_after_treatment_moves_no_bit_of_path_or_error():
    panel, design = made()
    fewer = panel.counts.copy()
    fewer[0, PRE:] = np.random.default_rng(9).binomial(fewer[0, PRE:].astype(int), 0.4)
    before, after = (KRIGING.fit(one, design) for one in (panel, replace(panel, counts=fewer)))
    assert (before.counterfactual == after.counterfactual).all()
    assert (before.errors == after.errors).all()


def test_many_panels_give_what_each_gives_alone():
    panel, design = made()
    other = made(seed=4)[0]
    together = KRIGING.fit_panels([panel, other], design.family())
    alone = [fit for one in (panel, other) for fit in KRIGING.fit_many(one, design.family())]
    for place, fit in enumerate(alone):
        assert (together[place].counterfactual == fit.counterfactual).all()
        assert (together[place].errors == fit.errors).all()


def test_exposure_that_moves_moves_the_path_with_it():
    panel, design = made()
    growth = np.ones(panel.exposure.shape)
    growth[0, PRE:] = 1.25
    grown = KRIGING.fit(replace(panel, exposure=panel.exposure * growth), design)
    still = KRIGING.fit(panel, design)
    assert grown.counterfactual[PRE:] == pytest.approx(1.25 * still.counterfactual[PRE:], rel=0.02)
    assert (grown.counterfactual[PRE:] > 1.2 * still.counterfactual[PRE:]).all()


def test_the_low_rank_covariance_is_symmetric_and_has_few_components():
    panel, design = made(donors=40)
    model = fit_count_model(panel, design)
    found = low_rank_covariance(model, panel.counts[1:], 3)
    values = np.linalg.eigvalsh(found)
    assert found == pytest.approx(found.T, abs=1e-15)
    assert (values > -1e-12).all() and (values > 1e-10).sum() <= 3
    assert np.isfinite(LOW_RANK.fit(panel, design).counterfactual).all()


def test_one_donor_is_refused():
    panel, design = made()
    with pytest.raises(EstimationError, match="1 donors; poisson_kriging needs at least 2"):
        KRIGING.fit(panel, replace(design, donors=design.donors[:1]))


def test_a_singular_covariance_is_refused():
    counts, common, _ = path()
    with pytest.raises(EstimationError, match="singular or not finite"):
        predict(counts, common, -np.eye(PRE + POST), "outcome homicide, T")
    with pytest.raises(EstimationError, match="singular or not finite"):
        predict(counts, common, np.full((PRE + POST,) * 2, np.nan), "outcome homicide, T")


def test_a_quarter_without_any_event_among_donors_is_possible():
    panel, design = made()
    counts = panel.counts.copy()
    counts[1:, 4] = 0.0
    fit = KRIGING.fit(replace(panel, counts=counts), design)
    assert np.isfinite(fit.counterfactual).all() and (fit.counterfactual[PRE:] > 0).all()


@pytest.mark.parametrize("expected", [0.0, -0.5])
def test_where_no_event_is_expected_there_is_no_relative_error(expected):
    path, window = np.array([1.0, 1.0, expected]), np.array([2])
    assert np.isnan(own_error(np.ones((1, 1)), path, window))
    assert own_error(np.ones((1, 1)), path + 2, window) == 1 / (expected + 2)
