"""Pooled kriging against the single sector, closed forms, enumeration and statsmodels."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2, poisson

from evaluation.design.adoption import Adoption
from evaluation.design.design import Design
from evaluation.estimators.count_model import Variation, covariance
from evaluation.estimators.kriging import predict, relative_error
from evaluation.estimators.kriging_totals import predict_totals
from evaluation.estimators.poisson_did import PoissonDifferenceInDifferences
from evaluation.estimators.poisson_kriging import KRIGING
from evaluation.inference.crossings import crossings
from evaluation.inference.pooled_kriging import (
    WEIGHTINGS,
    Window,
    heterogeneity,
    log_ratios,
    pooled_estimate,
    pooled_ratio,
    precision,
    simultaneous_band,
    weights,
)
from evaluation.inference.sector_kriging import (
    comparison_model,
    draw_null_panels,
    predict_real,
    predict_sectors,
    simulate_sets,
    treated_sectors,
)
from evaluation.inference.thinned import Tails
from evaluation.study.errors import EstimationError, NotTestable
from tests.conftest import poisson_panel

LEVEL = 0.95
CHOSEN = (("u02", 12), ("u05", 16), ("u09", 18))


def world(chosen=CHOSEN, seed=0, left_out=()):
    panel = poisson_panel(seed=seed, units=30, mean=12.0)
    entry = tuple((unit, panel.periods[place]) for unit, place in chosen)
    gone = frozenset((unit, panel.periods[place]) for unit, place in left_out)
    return panel, Adoption(panel.units, panel.periods, 3, entry, gone)


def case(panel, adoption, panels=60, copies=4, seed=1):
    model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
    generator = np.random.default_rng(seed)
    variations = [model.redrawn(generator) for _ in range(panels)]
    nulls = draw_null_panels(panel, adoption, model, variations, generator)
    sets = simulate_sets(sectors, model, nulls, copies, generator)
    return sectors, predict_real(sectors, model), sets


def windowed(panel, adoption, window=0, kept=None, **options):
    sectors, predicted, sets = case(panel, adoption, **options)
    return Window.of(sectors.observed, predicted, sets, window, kept)


def estimate(window, weighting="precision", seed=7):
    generator = np.random.default_rng(seed)
    return pooled_estimate(window, level=LEVEL, generator=generator, weighting=weighting)


def made(observed, expected, errors, sets=2000, seed=3):
    """A window whose simulated sets are as the real one, each with its own prediction error."""
    generator = np.random.default_rng(seed)
    observed, expected, errors = (np.asarray(a, dtype=float) for a in (observed, expected, errors))
    shape = (sets, len(observed))
    predicted = expected * np.exp(generator.normal(0, 0.05, shape))
    variance = (errors * expected) ** 2
    means = np.broadcast_to(expected, shape)
    return Window(
        observed, expected, variance, predicted, np.broadcast_to(variance, shape), means, 1
    )


def test_totals_of_many_panels_are_those_of_the_prediction_by_period():
    generator = np.random.default_rng(0)
    total, pre = 16, 10
    common = generator.uniform(0.6, 1.4, (2, total))
    laws = (Variation(0.02, 0.03, 0.7, 0.01), Variation(drift=0.02))
    deviations = np.array([covariance(law, np.arange(total) / 4) for law in laws])
    counts = generator.poisson(9.0, (2, 3, pre)).astype(float)
    windows = np.zeros((2, total), dtype=bool)
    windows[0, pre:], windows[1, 12:14] = True, True
    expected, variance = predict_totals(counts, common, deviations, np.arange(pre), windows, "here")
    for panel, (row, window) in product(range(2), enumerate(windows)):
        path = np.broadcast_to(common[panel], (3, total))
        found, place = predict(counts[panel], path, deviations[panel], "here"), window.nonzero()[0]
        events = found.path[:, place].sum(axis=1)
        assert expected[panel, :, row] == pytest.approx(events, rel=1e-11)
        error = np.sqrt(variance[panel, :, row]) / events
        assert error == pytest.approx(relative_error(found, place), rel=1e-11)


def test_one_sector_is_the_single_kriging():
    panel, adoption = world((("u02", 14),), left_out=(("u02", 12), ("u02", 13)))
    periods = panel.periods
    design = Design(
        "u02", adoption.comparison, periods[:12], periods[12:14], periods[14:], (("A", ()),)
    )
    fit = KRIGING.fit_many(panel, [design])
    sectors, predicted, sets = case(panel, adoption)
    post = fit.counterfactual[0, 14:].sum()
    assert predicted.expected[0, 0, 0] == pytest.approx(post, rel=1e-10)
    error = np.sqrt(fit.errors[0, 2:, 2:].sum())
    assert np.sqrt(predicted.variance[0, 0, 0]) == pytest.approx(error, rel=1e-10)
    # Every weighting is its log ratio, and the tails are those of its Poisson counts.
    window = Window.of(sectors.observed, predicted, sets)
    own = float(log_ratios(window.observed, window.expected)[0])
    found = [estimate(window, weighting) for weighting in WEIGHTINGS]
    assert [one.estimate for one in found] == pytest.approx([own] * 3, rel=1e-12)
    assert found[0].p_value == found[1].p_value == found[2].p_value
    reach = (window.simulated_expected[:, 0] + 0.5) * np.exp(own) - 0.5
    below = (1 + poisson.cdf(np.floor(reach + 1e-6), window.means[:, 0]).sum()) / (len(reach) + 1)
    above = (1 + poisson.sf(np.ceil(reach - 1e-6) - 1, window.means[:, 0]).sum()) / (len(reach) + 1)
    assert found[0].p_value == pytest.approx(2 * min(below, above), rel=1e-9)


def test_without_deviations_one_sector_is_poisson_difference_in_differences():
    panel, adoption = world((("u02", 14),))
    model, sectors = comparison_model(panel, adoption), treated_sectors(panel, adoption)
    nothing = np.zeros((1, len(panel.periods), len(panel.periods)))
    found = predict_sectors(sectors, sectors.counts[None], model.common[None], nothing)
    periods = panel.periods
    design = Design("u02", adoption.comparison, periods[:14], (), periods[14:], (("A", ()),))
    did = PoissonDifferenceInDifferences().fit(panel, design).counterfactual[14:].sum()
    assert found.expected[0, 0, 0] == pytest.approx(did, rel=1e-12)
    before = sectors.events_before[0]
    assert found.variance[0, 0, 0] == pytest.approx(did + did**2 / before, rel=1e-12)


def test_equal_sectors_have_each_others_ratio_and_do_not_differ():
    window = made([40.0] * 3, [50.0] * 3, [0.2] * 3)
    one = np.log(40.5 / 50.5)
    for weighting in ("precision", "equal"):
        assert pooled_ratio(window, weighting)[0] == pytest.approx(one, rel=1e-12)
    assert pooled_ratio(window)[1] == pytest.approx(0.2 / np.sqrt(3), rel=1e-12)
    found = heterogeneity(window, np.random.default_rng(0))
    assert found.q == pytest.approx(0, abs=1e-20) and found.tau_squared == 0
    assert found.q_p == 1 and found.shrunk == pytest.approx(one)


def test_the_order_of_units_moves_no_digit():
    panel, adoption = world()
    order = np.random.default_rng(5).permutation(len(panel.units))
    turned = replace(
        panel,
        units=tuple(panel.units[place] for place in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    first, second = (windowed(one, adoption) for one in (panel, turned))
    assert estimate(first) == estimate(second)
    one, other = (heterogeneity(w, np.random.default_rng(0)) for w in (first, second))
    assert one.q_p == other.q_p and (one.shrunk == other.shrunk).all()


def test_thinning_counts_after_entry_leaves_predictions_and_sets_bitwise():
    panel, adoption = world()
    _, treated = adoption.states()
    fewer = np.where(treated, np.floor(panel.counts / 2), panel.counts)
    (_, one, sets), (_, two, again) = (
        case(given, adoption) for given in (panel, replace(panel, counts=fewer))
    )
    assert (one.expected == two.expected).all() and (one.variance == two.variance).all()
    assert (sets.means == again.means).all()
    assert (sets.predicted.expected == again.predicted.expected).all()


@pytest.mark.parametrize("effect", [0.0, -0.5, 0.4])
def test_tails_are_those_of_all_counts_enumerated(effect):
    means, shares, bottom = np.array([4.0, 7.0]), np.array([0.3, 0.7]), np.array([5.5, 6.5])
    own = -0.2
    grid = np.arange(80)
    statistic = shares[0] * np.log((grid[:, None] + 0.5) / bottom[0]) + shares[1] * np.log(
        (grid + 0.5) / bottom[1]
    )
    law = np.outer(*(poisson.pmf(grid, mean * np.exp(effect)) for mean in means))
    many = [np.tile(values, (40_000, 1)) for values in (shares, bottom, means)]
    least, most = crossings(own, *many, np.random.default_rng(1))
    tails = Tails(many[2].sum(axis=1), least, most)
    assert tails.below(effect) == pytest.approx(law[statistic <= own].sum(), abs=0.006)
    assert tails.above(effect) == pytest.approx(law[statistic >= own].sum(), abs=0.006)
    assert (least == most + 1).all()  # no tie: the statistic is never just that value


def test_a_statistic_that_is_met_counts_in_both_tails():
    many = [np.ones((50, 1)), np.full((50, 1), 5.5), np.full((50, 1), 6.0)]
    least, most = crossings(np.log(4.5 / 5.5), *many, np.random.default_rng(1))
    assert (least == 4).all() and (most == 4).all()
    least, most = crossings(np.log(0.5 / 5.5), *many, np.random.default_rng(1))
    assert (least == 0).all() and (most == 0).all()


def test_interval_and_p_never_contradict_and_falls_move_them():
    panel, adoption = world()
    sectors, predicted, sets = case(panel, adoption, panels=120)
    found = []
    for kept in (1.0, 0.7, 0.5):
        window = Window.of(np.round(kept * sectors.observed), predicted, sets)
        one = estimate(window)
        assert one.ci_low < one.estimate < one.ci_high and np.isfinite(one.ci_high)
        assert (one.ci_low > 0 or one.ci_high < 0) == (one.p_value <= 1 - LEVEL)
        assert one.smallest_p == 2 / 481 and 0 < one.simulation_error < 0.1
        found.append(one)
    assert found[0].p_value > 0.05 >= found[2].p_value
    assert found[0].ci_high > found[1].ci_high > found[2].ci_high


def test_q_is_cochrans_and_its_p_the_chi_squares_where_counts_are_large():
    errors = np.array([0.02, 0.03, 0.025, 0.04])
    # Expected counts so large that their own noise is little beside the prediction's.
    expected = np.full(4, 1e6)
    effects = np.array([0.03, -0.02, 0.04, -0.05])
    window = made(expected * np.exp(effects), expected, errors, sets=8000)
    noise = np.random.default_rng(2).normal(0, errors, window.means.shape)
    window = replace(window, simulated_expected=window.means * np.exp(noise))
    window = replace(window, simulated_variance=(errors * window.simulated_expected) ** 2)
    found = heterogeneity(window, np.random.default_rng(0))
    pull = errors**-2.0
    mean = (pull * effects).sum() / pull.sum()
    q = (pull * (effects - mean) ** 2).sum()
    assert found.q == pytest.approx(q, rel=1e-4)
    assert found.q_p == pytest.approx(chi2.sf(q, 3), abs=0.02)
    # Paule and Mandel: Q with τ² in its weights is its degrees of freedom.
    with_tau = 1 / (errors**2 + found.tau_squared)
    middle = (with_tau * found.effects).sum() / with_tau.sum()
    assert (with_tau * (found.effects - middle) ** 2).sum() == pytest.approx(3, rel=1e-3)
    assert found.mean == pytest.approx(middle)
    between = np.sort(np.column_stack([found.effects, np.full(4, middle)]), axis=1)
    assert ((between[:, 0] <= found.shrunk) & (found.shrunk <= between[:, 1])).all()


def test_a_band_of_one_window_is_that_of_its_quantiles_and_more_windows_widen_it():
    panel, adoption = world()
    sectors, predicted, sets = case(panel, adoption, panels=150)
    assert sectors.reached[:, 1:].tolist() == [
        [True, True, True],
        [True, True, False],
        [True, False, False],
    ]
    windows = [
        Window.of(sectors.observed, predicted, sets, year, np.flatnonzero(sectors.reached[:, year]))
        for year in (1, 2, 3)
    ]

    def band(chosen):
        generators = [np.random.default_rng(number) for number in range(len(chosen))]
        return np.array(simultaneous_band(chosen, common=0.0, level=LEVEL, generators=generators))

    alone, together = band(windows[:1]), band(windows)
    assert together[0] == pytest.approx([pooled_ratio(window)[0] for window in windows])
    assert (together[1] < together[0]).all() and (together[0] < together[2]).all()
    assert together[1][0] < alone[1][0] and together[2][0] > alone[2][0]
    counts = np.random.default_rng(0).poisson(windows[0].means)
    shares = weights(windows[0].simulated_expected, windows[0].simulated_variance, "precision")
    errors = (shares * log_ratios(counts, windows[0].simulated_expected)).sum(axis=1)
    low, high = np.quantile(errors, [0.025, 0.975])
    ends = [alone[0, 0], alone[0, 0] - high, alone[0, 0] - low]
    assert alone[:, 0] == pytest.approx(ends, abs=1e-3)


def test_weights_are_precisions_and_sum_to_one():
    expected, variance = np.array([[10.0, 20.0, 0.0]]), np.array([[4.0, 9.0, 0.0]])
    assert precision(expected, variance) == pytest.approx(np.array([[25.0, 400 / 9, 0.0]]))
    assert weights(expected, variance, "precision").sum() == pytest.approx(1)
    assert weights(expected, variance, "precision")[0, 2] == 0
    assert np.isnan(weights(0 * expected, variance, "precision")).all()


def test_what_cannot_be_pooled_is_refused():
    panel, adoption = world()
    few = replace(adoption, units=("u00", *(unit for unit, _ in CHOSEN)))
    with pytest.raises(EstimationError, match="1 comparison units and 12 periods"):
        comparison_model(panel, few)
    with pytest.raises(EstimationError, match="periods before any treatment"):
        comparison_model(*world((("u02", 1),)))
    with pytest.raises(EstimationError, match="counterfactual is not positive"):
        pooled_ratio(made([1.0, 2.0], [0.0, 3.0], [0.2, 0.2]))
    window = made([1.0, 2.0], [2.0, 3.0], [0.2, 0.2])
    with pytest.raises(NotTestable, match="have a ratio"):
        estimate(replace(window, simulated_expected=0 * window.simulated_expected))
    sparse = made([0.0, 0.0], [0.001, 0.001], [0.2, 0.2])
    with pytest.raises(NotTestable, match="one sign"):
        simultaneous_band([sparse], common=0.0, level=LEVEL, generators=[np.random.default_rng(0)])
    nothing = np.full((1, 16, 16), np.nan)
    with pytest.raises(EstimationError, match="singular or not finite"):
        predict_totals(
            np.ones((1, 1, 10)), np.ones((1, 16)), nothing, np.arange(10), np.zeros((1, 16)), "u"
        )
