"""Honest bounds: the published examples, closed forms, coverage, monotonicity, refusals."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import foldnorm, norm, truncnorm

from evaluation.estimators.event_study import event_study
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.bands import event_study_bands
from evaluation.inference.honest_bounds import (
    EventEstimates,
    breakdown_value,
    from_bands,
    original_interval,
)
from evaluation.inference.relative_magnitudes import (
    _MomentTest,
    _relative_moments,
    _truncated_quantile,
    relative_magnitude_bounds,
)
from evaluation.inference.smoothness import (
    _folded_quantile,
    _shortest,
    _slope_loads,
    smoothness_bounds,
)
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design

TOLERANCE = 2e-3

# Medicaid expansions of 2014 (`ehec`, distributed with `HonestDiD`): insured share, two-way fixed
# effects, years 2008-2012 and 2014-2015 against 2013, clustered by state.
EHEC = EventEstimates(
    pre=np.array(
        [-0.00528535453, -0.01129732465, -0.00267599181, -0.00141931225, 0.00033966352]
    ),
    post=np.array([0.04644685415, 0.06920617548]),
    covariance=np.array(
        [
            [7.4884836e-05, 6.0398741e-05, 4.4446198e-05, 3.3857647e-05, 4.3280113e-05, 4.7658805e-05, 2.4251287e-05],  # noqa: E501
            [6.0398741e-05, 7.2665006e-05, 3.7893302e-05, 2.8665780e-05, 4.5433206e-05, 4.4288501e-05, 2.8246550e-05],  # noqa: E501
            [4.4446198e-05, 3.7893302e-05, 5.0520519e-05, 2.6736794e-05, 2.7781936e-05, 3.0606441e-05, 9.6375339e-06],  # noqa: E501
            [3.3857647e-05, 2.8665780e-05, 2.6736794e-05, 4.0032220e-05, 2.4128600e-05, 2.3808682e-05, 2.9238781e-06],  # noqa: E501
            [4.3280113e-05, 4.5433206e-05, 2.7781936e-05, 2.4128600e-05, 5.4626622e-05, 3.6825311e-05, 9.7229475e-06],  # noqa: E501
            [4.7658805e-05, 4.4288501e-05, 3.0606441e-05, 2.3808682e-05, 3.6825311e-05, 8.3756688e-05, 6.3213980e-05],  # noqa: E501
            [2.4251287e-05, 2.8246550e-05, 9.6375339e-06, 2.9238781e-06, 9.7229475e-06, 6.3213980e-05, 1.0712352e-04],  # noqa: E501
        ]
    ),
)  # fmt: skip

# Benzarti & Carloni (2019), restaurants' profits; coefficients and covariance as distributed with
# `HonestDiD` (R and Stata).
BENZARTI_CARLONI = EventEstimates(
    pre=np.array([0.006696352, 0.029345034, -0.006472972, 0.073014989]),
    post=np.array([0.195961118, 0.312063903, 0.239541546, 0.126042500]),
    covariance=np.array(
        [
            [8.428358e-04, 4.768687e-04, 2.618051e-04, 2.354220e-04, 1.676371e-04, 1.128708e-04, 1.992816e-05, -1.368265e-04],  # noqa: E501
            [4.768687e-04, 6.425420e-04, 3.987425e-04, 2.435515e-04, 2.201960e-04, 1.804591e-04, 3.843765e-05, -2.960422e-05],  # noqa: E501
            [2.618051e-04, 3.987425e-04, 5.229950e-04, 2.117686e-04, 1.840722e-04, 1.458528e-04, 7.005197e-05, 5.952995e-05],  # noqa: E501
            [2.354220e-04, 2.435515e-04, 2.117686e-04, 3.089595e-04, 1.197866e-04, 1.334081e-04, 1.016335e-04, 1.079052e-04],  # noqa: E501
            [1.676371e-04, 2.201960e-04, 1.840722e-04, 1.197866e-04, 3.599704e-04, 2.478819e-04, 1.749579e-04, 1.654257e-04],  # noqa: E501
            [1.128708e-04, 1.804591e-04, 1.458528e-04, 1.334081e-04, 2.478819e-04, 4.263950e-04, 2.171438e-04, 2.892748e-04],  # noqa: E501
            [1.992816e-05, 3.843765e-05, 7.005197e-05, 1.016335e-04, 1.749579e-04, 2.171438e-04, 4.886698e-04, 3.805322e-04],  # noqa: E501
            [-1.368265e-04, -2.960422e-05, 5.952995e-05, 1.079052e-04, 1.654257e-04, 2.892748e-04, 3.805322e-04, 7.617394e-04],  # noqa: E501
        ]
    ),
)  # fmt: skip


def ends(bounds):
    return [bounds.low, bounds.high]


@pytest.mark.parametrize(
    ("amount", "expected"), [(0.0, [0.0259496, 0.0607337]), (0.02, [0.0028570, 0.0907160])]
)
def test_ehec_smoothness(amount, expected):
    assert ends(smoothness_bounds(EHEC, amount)) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize(
    ("amount", "expected"), [(0.5, [0.0240019, 0.0672420]), (2.0, [-0.0009161, 0.0881291])]
)
def test_ehec_relative_magnitudes(amount, expected):
    found = relative_magnitude_bounds(EHEC, amount)
    assert ends(found) == pytest.approx(expected, abs=TOLERANCE)
    assert found.excludes_zero == (amount < 1)


def test_benzarti_carloni():
    assert ends(original_interval(BENZARTI_CARLONI)) == pytest.approx(
        [0.158775, 0.233147], abs=1e-6
    )
    smooth = smoothness_bounds(BENZARTI_CARLONI, 0.0)
    assert ends(smooth) == pytest.approx([0.131411, 0.216170], abs=TOLERANCE)
    relative = relative_magnitude_bounds(BENZARTI_CARLONI, 1.0)
    assert ends(relative) == pytest.approx([0.067231, 0.318684], abs=TOLERANCE)


@pytest.mark.parametrize("amount", [1e-6, 1e-4, 2e-3, 0.02, 1.0])
@pytest.mark.parametrize("average", [False, True])
def test_the_shortest_interval_is_the_shortest(amount, average):
    weights = np.array([0.5, 0.5]) if average else np.array([1.0, 0.0])
    found = smoothness_bounds(EHEC, amount, weights=weights)
    best = _shortest(EHEC, amount, 0.95, weights)
    time, loads = np.r_[np.arange(-5.0, 0.0), 1.0, 2.0], _slope_loads(5, 2)
    assert best @ time == pytest.approx(0.0, abs=1e-12)  # a linear trend of any slope cancels
    assert best[5:] == pytest.approx(weights)

    def half(v):
        error = np.sqrt(v @ EHEC.covariance @ v)
        return error * _folded_quantile(amount * np.abs(loads.T @ v).sum() / error, 0.95)[0]

    own = (found.high - found.low) / 2
    assert own == pytest.approx(half(best))
    # The half-length is convex: no better neighbour in any direction means no better point.
    generator = np.random.default_rng(0)
    for size in (1e-4, 1e-2, 1.0):
        for _ in range(100):
            step = np.r_[generator.normal(size=5), 0.0, 0.0]
            step[:5] -= time[:5] * (step @ time) / (time[:5] @ time[:5])
            assert half(best + size * step) >= own * (1 - 1e-9)


def test_slope_loads_are_second_differences():
    loads = _slope_loads(3, 4)
    path = np.insert(loads, 3, 0.0, axis=0)
    second = np.diff(path, n=2, axis=0)
    # Each column bends the path at one inner period, and every inner period has its column.
    assert sorted(map(tuple, np.abs(second).T.tolist())) == sorted(map(tuple, np.eye(6).tolist()))


def test_more_violation_means_wider_and_breakdown_is_the_turning_point():
    for bounds, amounts in (
        (smoothness_bounds, [0, 0.005, 0.01, 0.02, 0.04]),
        (relative_magnitude_bounds, [0, 0.25, 0.5, 1, 2]),
    ):
        found = [bounds(EHEC, amount) for amount in amounts]
        assert [entry.low for entry in found] == sorted((e.low for e in found), reverse=True)
        assert [entry.high for entry in found] == sorted(entry.high for entry in found)
    value = breakdown_value(smoothness_bounds, EHEC, 0.1)
    assert smoothness_bounds(EHEC, value - 1e-4).excludes_zero
    assert not smoothness_bounds(EHEC, value + 1e-4).excludes_zero
    assert 0.02 < value < 0.03
    assert 1.5 < breakdown_value(relative_magnitude_bounds, EHEC, 4.0) < 2.0
    assert breakdown_value(smoothness_bounds, EHEC, 0.001) == np.inf
    null = EventEstimates(EHEC.pre, np.array([0.001, 0.0]), EHEC.covariance)
    assert breakdown_value(smoothness_bounds, null, 0.1) == 0.0


@pytest.mark.parametrize("bounds", [smoothness_bounds, relative_magnitude_bounds])
def test_scale_and_sign(bounds):
    amount, factor = (0.01, 40.0) if bounds is smoothness_bounds else (1.0, 1.0)
    base = bounds(EHEC, amount)
    larger = EventEstimates(40 * EHEC.pre, 40 * EHEC.post, 1600 * EHEC.covariance)
    assert ends(bounds(larger, amount * factor)) == pytest.approx(
        [40 * end for end in ends(base)], rel=1e-6
    )
    mirrored = EventEstimates(-EHEC.pre, -EHEC.post, EHEC.covariance)
    # The least-favourable value is simulated; its draws are not symmetric.
    assert ends(bounds(mirrored, amount)) == pytest.approx([-base.high, -base.low], abs=2e-4)
    assert ends(bounds(EHEC, amount)) == ends(base)


@pytest.mark.parametrize("effect", [-0.02, 0.0, 0.03, 0.09])
def test_the_statistic_is_the_linear_programme(effect):
    estimates, amount = BENZARTI_CARLONI, 0.7
    weights = np.array([0.25, 0.25, 0.25, 0.25])
    for A in _relative_moments(estimates, amount):
        test = _MomentTest(estimates, A, weights, 0.95)
        moments = test.moments - test.per_effect * effect
        # Smallest η with moments − A_post·τ ≤ η·σ over all effects with weights'τ = 0.
        errors = np.sqrt(np.diag(test.covariance))
        programme = linprog(
            c=np.r_[1.0, np.zeros(4)],
            A_ub=np.column_stack([-errors, -A[:, 4:]]),
            b_ub=-moments,
            A_eq=[np.r_[0.0, weights]],
            b_eq=[0.0],
            bounds=[(None, None)] * 5,
        )
        assert programme.fun == pytest.approx((test.vertices @ moments).max(), rel=1e-7, abs=1e-9)


def test_one_moment_has_the_hybrids_closed_form():
    # One inequality: least favourable at α/10, then a normal truncated there at the rest of α.
    one = EventEstimates(EHEC.pre, EHEC.post[:1], EHEC.covariance[:6, :6])
    test = _MomentTest(one, _relative_moments(one, 0.0)[0][:1], np.ones(1), 0.95)
    assert test.least_favourable == pytest.approx(norm.ppf(0.995), abs=0.08)
    second = (0.05 - 0.005) / 0.995
    critical = norm.ppf((1 - second) * norm.cdf(test.least_favourable))
    deviation = np.sqrt(test.covariance[0, 0])
    edge = (test.moments[0] - critical * deviation) / test.per_effect[0]
    step = 1e-6 * deviation / test.per_effect[0]
    assert test.keeps(np.array([edge + step, edge - step])).tolist() == [True, False]


def test_quantiles():
    for mean in (0.0, 0.3, 2.0, 50.0):
        expected = foldnorm.ppf(0.95, mean) if mean < 20 else mean + 1.6448536269514722
        quantile, slope = _folded_quantile(mean, 0.95)
        assert quantile == pytest.approx(expected, rel=1e-8)
        step = (_folded_quantile(mean + 1e-5, 0.95)[0] - quantile) / 1e-5
        assert slope == pytest.approx(step, abs=1e-4)
    for low, high in ((-1.0, 2.0), (0.5, 0.7), (-np.inf, 1.0), (-3.0, np.inf), (4.0, 9.0)):
        assert _truncated_quantile(0.955, low, high) == pytest.approx(
            truncnorm.ppf(0.955, low, high), rel=1e-6
        )
    assert 30 < _truncated_quantile(0.955, 30.0, np.inf) < 30.2  # far in the tail


@pytest.mark.parametrize("amount", [0.5, 1.0])
def test_relative_magnitudes_cover(amount):
    generator = np.random.default_rng(8)
    root = np.linalg.cholesky(EHEC.covariance)
    # The worst case allowed: every move after treatment is M times the largest one before.
    path = np.array([-0.02, -0.02, -0.02, -0.02, -0.02])
    post = amount * 0.02 * np.array([1.0, 2.0])
    matrices = _relative_moments(EHEC, amount)
    tests = [_MomentTest(EHEC, A, np.array([1.0, 0.0]), 0.95) for A in matrices]
    covered = []
    for _ in range(1500):
        draw = np.concatenate([path, post]) + root @ generator.normal(size=7)
        for test, A in zip(tests, matrices, strict=True):
            test.moments = A @ draw  # all else depends on the covariance alone
        covered.append(any(test.keeps(np.zeros(1))[0] for test in tests))
    assert np.mean(covered) >= 0.935


@pytest.mark.parametrize("amount", [0.0, 0.01])
def test_smoothness_covers_at_its_worst(amount):
    generator = np.random.default_rng(9)
    root = np.linalg.cholesky(EHEC.covariance)
    time = np.array([-5.0, -4, -3, -2, -1, 1, 2])
    bend = np.where(time > 0, amount * time, 0.0)  # one change of slope, at the reference
    covered = []
    for _ in range(600):
        draw = 0.03 * time + bend + root @ generator.normal(size=7)
        bounds = smoothness_bounds(EventEstimates(draw[:5], draw[5:], EHEC.covariance), amount)
        covered.append(bounds.low <= 0.0 <= bounds.high)
    assert np.mean(covered) >= 0.925


def test_from_an_event_study_of_many_bins():
    panel = poisson_panel(seed=3, units=40, mean=60.0, last="2023-12")
    panel.counts[0, 16:] = np.round(panel.counts[0, 16:] * 0.5)
    fits = ESTIMATORS["poisson_did"].fit_many(panel, simple_design(panel).family())
    bands = event_study_bands(event_study(fits), 0.95)
    estimates = from_bands(bands)
    assert (len(estimates.pre), len(estimates.post)) == (6, 8)
    weights = np.full(8, 1 / 8)
    plain = original_interval(estimates, weights=weights)
    relative = relative_magnitude_bounds(estimates, 0.1, weights=weights)
    smooth = smoothness_bounds(estimates, 0.0, weights=weights)
    assert plain.high < -0.4 and relative.low < plain.low < plain.high < relative.high
    assert smooth.low < -0.6
    two = event_study_bands(event_study(fits, reference=2), 0.95)
    with pytest.raises(EstimationError, match="one reference bin"):
        from_bands(two)


def test_bad_input_is_refused():
    with pytest.raises(EstimationError, match="covariance is"):
        EventEstimates(EHEC.pre, EHEC.post, np.eye(3))
    with pytest.raises(EstimationError, match="before and after"):
        EventEstimates(EHEC.pre[:0], EHEC.post, np.eye(2))
    with pytest.raises(EstimationError, match="finite"):
        EventEstimates(EHEC.pre * np.nan, EHEC.post, EHEC.covariance)
    with pytest.raises(EstimationError, match="positive definite"):
        EventEstimates(EHEC.pre, EHEC.post, np.ones((7, 7)))
    with pytest.raises(EstimationError, match="weights"):
        smoothness_bounds(EHEC, 0.1, weights=np.ones(3))
    with pytest.raises(EstimationError, match="wider than"):
        relative_magnitude_bounds(EHEC, 5000.0)
