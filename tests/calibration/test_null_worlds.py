"""Worlds without an effect have the law they say, and the panel's checks tell them apart."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration.null_worlds import (
    SHOCK,
    WORLDS,
    NullWorld,
    loadings,
    relative_spread,
    risen,
    rises,
)
from evaluation.calibration.panel_checks import CHECKS, check_statistics, contradiction, size_scores
from evaluation.design.design import Design
from evaluation.estimators.count_model import Variation, fit_count_model
from evaluation.inference.calibrated import treated_size
from evaluation.study.months import month_range, shifted
from tests.conftest import poisson_panel, simple_design

QUIET = Variation()
MOVING = Variation(drift=0.04)


@pytest.fixture(scope="module")
def busy():
    """60 units of 5 to 100 events a quarter: enough to tell laws apart."""
    panel = poisson_panel(seed=1, units=60, mean=40.0)
    design = simple_design(panel)
    return panel, design, fit_count_model(panel, design)


def drawn(world, busy, copies=4, seed=0, size=40.0):
    panel, design, model = busy
    return world.draw(panel, design, model, size, copies, np.random.default_rng(seed))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: f"{world.name} {world.strength:g}")
def test_a_world_draws_the_designs_panel_and_the_same_one_again(busy, world):
    panel, design, _ = busy
    null, counts = drawn(world, busy)
    assert null.units == tuple(sorted(panel.units)) and null.periods == design.periods
    assert counts.shape == (4, len(design.periods)) and (counts >= 0).all()
    again = drawn(world, busy)
    assert (again[0].counts == null.counts).all() and (again[1] == counts).all()


@pytest.mark.parametrize("world", [NullWorld("quiet", 0, QUIET), NullWorld(SHOCK, 0.0, QUIET)])
def test_counts_follow_an_exposure_that_grows_unlike_the_donors(busy, world):
    """As predictions do; without it a quiet world has what looks like an effect of the growth."""
    panel, design, model = busy
    own = panel.rows([design.treated])[0]
    growth = np.linspace(1.0, 2.0, len(panel.periods))
    exposure = panel.exposure.copy()
    exposure[own] *= growth
    moving = replace(panel, exposure=exposure), design, model
    null, counts = drawn(world, moving, copies=400, size=200.0)
    pre = len(design.pre)
    expected = model.common * growth[panel.columns(design.periods)]
    expected *= 200.0 * pre / expected[:pre].sum()
    assert counts.mean(axis=0) == pytest.approx(expected, rel=0.02)
    still, _ = drawn(world, busy, copies=400, size=200.0)
    others = null.rows(design.donors)
    assert (null.exposure[others] == still.exposure[others]).all()
    assert null.counts[others].mean() == pytest.approx(still.counts[others].mean(), rel=0.02)


def test_spread_grows_with_size_around_the_donors_mean_square(busy):
    model = busy[2]
    weights = model.strength / model.strength.sum()
    for exponent in (0.25, 0.5, 1.0):
        spread = relative_spread(model, model.means, exponent)
        assert weights @ spread**2 == pytest.approx(1.0)
        small, large = relative_spread(model, np.array([5.0, 80.0]), exponent)
        assert large / small == pytest.approx(16**exponent)


def test_zeros_are_a_share_of_the_counts(busy):
    null, _ = drawn(NullWorld("zeros", 0.15, QUIET), busy)
    assert (null.counts == 0).mean() == pytest.approx(0.15, abs=0.03)


def test_a_common_factor_moves_large_and_small_units_apart(busy):
    _, design, model = busy
    ends = []
    for seed in range(300):
        null, _ = drawn(NullWorld("loading by size", 0.2, QUIET), busy, seed=seed)
        counts = null.counts[null.rows(design.donors)]
        order = np.argsort(model.means)
        change = np.log(counts[:, -4:].sum(axis=1) + 0.5) - np.log(counts[:, :4].sum(axis=1) + 0.5)
        ends.append(change[order[-15:]].mean() - change[order[:15]].mean())
    logs = np.sort(np.log(model.means))
    apart = (logs[-15:].mean() - logs[:15].mean()) / logs.std()
    years = 5.0  # from the middle of the first year to that of the last
    assert np.std(ends) == pytest.approx(0.2 * apart * np.sqrt(years), rel=0.25)


def test_a_shock_moves_the_treated_alone_by_its_standard_deviations(busy):
    panel, design, model = busy
    post = [period in design.post for period in design.periods]
    known = replace(model, variation=MOVING)
    step = np.sqrt(known.predicted_variance(np.flatnonzero(post)))
    means = {}
    for strength in (-2, 0, 2):
        world = NullWorld("shock", strength, MOVING)
        counts = drawn(world, busy, copies=4000)[1]
        means[strength] = np.log(counts[:, post].mean())
    assert means[2] - means[0] == pytest.approx(2 * step, abs=0.03)
    assert means[-2] - means[0] == pytest.approx(-2 * step, abs=0.03)


def test_the_peak_is_the_largest_rise_of_its_candidates(busy):
    design = busy[1]
    counts = np.random.default_rng(3).poisson(20.0, (50, 10, len(design.periods))).astype(float)
    found = risen(counts, design, "quarter")
    assert (rises(found, design, "quarter") == rises(counts, design, "quarter").max(axis=1)).all()
    # The last year before the start: the set-up periods and what comes before them.
    flat = np.full(len(design.periods), 10.0)
    flat[12:16] = 20.0
    assert rises(flat, design, "quarter") == pytest.approx(np.log(20.5 / 10.5))
    flat[16:] = 99.0  # what comes after the start is not looked at
    assert rises(flat, design, "quarter") == pytest.approx(np.log(20.5 / 10.5))


def test_the_last_year_before_the_start_of_weeks_and_numbered_periods():
    periods = month_range("1900-01", shifted("1900-01", 129))
    design = Design("A", ("B", "C"), periods[:100], (), periods[100:], (("all", periods[100:]),))
    counts = np.full(130, 10.0)
    counts[48:100] = 20.0  # the last 52
    assert rises(counts, design, "week") == pytest.approx(np.log(20.5 / 10.5))
    counts[48:99] = 10.0
    assert rises(counts, design, "period") == pytest.approx(np.log(20.5 / 10.5))


def simulated(world, busy, count, seed):
    panel, design, model = busy
    generator = np.random.default_rng(seed)
    size = treated_size(panel, design, model)
    found = []
    for _ in range(count):
        null, counts = world.draw(panel, design, model, size, 1, generator)
        found.append(check_statistics(null, design, counts[0]))
    return np.array(found)


@pytest.mark.parametrize(
    ("true", "assumed", "check"),
    [
        (NullWorld(variation=MOVING), NullWorld(variation=QUIET), "spread"),
        (
            NullWorld("drift by size", 1.5, MOVING),
            NullWorld(variation=MOVING),
            "spread by size",
        ),
        (
            NullWorld("loading by size", 0.2, QUIET),
            NullWorld(variation=QUIET),
            "common by size",
        ),
        (NullWorld("zeros", 0.1, QUIET), NullWorld(variation=QUIET), "zeros"),
        (NullWorld("peak", 20, MOVING), NullWorld(variation=MOVING), "rise"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_each_check_sees_what_it_is_about(busy, true, assumed, check):
    place = CHECKS.index(check)
    reference = simulated(assumed, busy, 60, seed=1)[:, place]
    seen = simulated(true, busy, 20, seed=2)[:, place]
    assert np.median(seen) > np.quantile(reference, 0.95)


def test_a_world_is_contradicted_as_rarely_as_it_should_when_it_is_true(busy):
    world = NullWorld(variation=MOVING)
    reference = simulated(world, busy, 150, seed=4)
    p_values = [contradiction(one, reference) for one in simulated(world, busy, 150, seed=5)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.08
    assert contradiction(reference.max(axis=0) + 1, reference) == pytest.approx(6 * 2 / 151)


@pytest.mark.parametrize("silent", [False, True])
def test_size_scores_are_those_of_every_units_own_inverse(busy, silent):
    panel, design, model = busy
    variation = Variation(over_dispersion=0.02, serial=0.05, correlation=0.5, drift=0.01)
    null, _ = NullWorld("", 0.0, variation).draw(
        panel, design, model, 6.0, 1, np.random.default_rng(3)
    )
    if silent:  # a period without any event says nothing, and has no inverse
        null.counts[:, 5] = 0.0
    model = fit_count_model(null, design)
    counts = null.counts[null.rows(design.donors)]
    shares = counts.sum(axis=1) / model.common.sum()
    residuals = counts - shares[:, None] * model.common
    known = np.flatnonzero(model.common)
    common, cells = model.common[known], np.ix_(known, known)
    elapsed = (model.years - model.years[0])[known]
    within = np.outer(common, common) * model.covariance[cells]
    wander = np.outer(common, common) * np.minimum.outer(elapsed, elapsed)
    size = loadings(model, shares)
    spread, pull, expected = 0.0, np.zeros(len(known)), 0.0
    for own, share, residual in zip(size, shares, residuals[:, known], strict=True):
        inverse = np.linalg.inv(share * np.diag(common) + share**2 * within)
        weighted = inverse @ residual
        spread += own * share**2 * (weighted @ within @ weighted - np.sum(inverse * within))
        pull += own * share * weighted
        expected += (own * share) ** 2 * np.sum(inverse * wander)
    found = size_scores(model, shares, residuals)
    assert found == pytest.approx((spread, pull @ wander @ pull - expected), rel=1e-8)
