"""Calibrated tests: p and interval agree always, and the reference is of the treated size."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.count_model import Variation, fit_count_model
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import (
    CALIBRATED,
    calibrated,
    calibrated_log_ratio,
    conformal_reference,
    conformal_statistics,
    draw_copies,
    draw_panel,
    require_half,
    simulate_reference,
)
from evaluation.inference.conformal import (
    ConformalReference,
    conformal,
    full_period_design,
    pearson_residuals,
    post_statistic,
)
from evaluation.inference.permutation import LOG_RATIO_ALONE, PERMUTATIONS
from evaluation.inference.placebo import summarise
from evaluation.study.errors import NotTestable
from tests.conftest import poisson_panel, simple_design

ARGUMENTS = dict(centre="mean", panels=10, copies=10, seed=7)


@pytest.mark.parametrize("test", CALIBRATED)
@pytest.mark.parametrize("name", ["did", "poisson_did", "demeaned_synthetic_control"])
def test_p_and_interval_never_contradict(name, test):
    generator = np.random.default_rng(1)
    rejected = 0
    for seed in range(6):
        panel = poisson_panel(seed=seed, units=15, mean=10.0)
        design = simple_design(panel)
        reference = simulate_reference(panel, design, ESTIMATORS[name], **ARGUMENTS)
        assert reference.values["A", test].shape == (10, 10)
        for _ in range(20):
            counts = panel.counts.copy()
            post = panel.columns(design.post)
            counts[0, post] = generator.binomial(
                counts[0, post].astype(int), generator.uniform(0.2, 1)
            )
            fits = ESTIMATORS[name].fit_many(replace(panel, counts=counts), design.family())
            for level in (0.8, 0.95, 0.99):
                result = calibrated(
                    test,
                    summarise(fits, design.post),
                    reference.values["A", test],
                    level,
                    "mean",
                )
                outside = result.ci_low > 0 or result.ci_high < 0
                assert outside == (result.p_value <= 1 - level + 1e-12)
                rejected += outside
    assert 0 < rejected < 360


def test_p_by_hand():
    panel = poisson_panel(seed=2)
    design = simple_design(panel)
    fits = ESTIMATORS["poisson_did"].fit_many(panel, design.family())
    family = summarise(fits, design.post)
    plain = PERMUTATIONS["permutation_ferman_pinto"](family, 0.95, "mean")
    z = plain.statistic[0] / plain.standard_error[0]
    # A skewed reference: its tails differ, and so do the two arms of the interval.
    reference = (np.exp(np.linspace(-2, 2, 99)) - 2 + z).reshape(9, 11)
    result = calibrated("permutation_ferman_pinto", family, reference, 0.95, "mean")
    assert result.name == "permutation_ferman_pinto_calibrated"
    tails = (reference <= z).sum(), (reference >= z).sum()
    assert result.p_value == pytest.approx(2 * (1 + min(tails)) / 100)
    ordered = np.sort(reference, axis=None)  # two of 99 in each tail
    assert result.ci_low == pytest.approx((z - ordered[-2]) * plain.standard_error[0])
    assert result.ci_high == pytest.approx((z - ordered[1]) * plain.standard_error[0])
    assert tails[1] < tails[0]
    apart = ((reference >= z).sum(axis=1) - 11 * tails[1] / 99) / 99
    error = 2 * np.sqrt((apart**2).sum() * 9 / 8)
    assert result.simulation_error == pytest.approx(error)


def test_the_same_seed_gives_the_same_reference_whatever_the_unit_order():
    panel = poisson_panel(seed=3)
    design = simple_design(panel)
    order = np.random.default_rng(0).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[index] for index in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    first = simulate_reference(panel, design, ESTIMATORS["did"], **ARGUMENTS)
    again = simulate_reference(shuffled, design, ESTIMATORS["did"], **ARGUMENTS)
    for key, values in first.values.items():
        assert again.values[key] == pytest.approx(values, rel=1e-9)


def test_the_treated_units_own_effect_does_not_enter_the_reference():
    panel = poisson_panel(seed=4)
    design = simple_design(panel)
    counts = panel.counts.copy()
    counts[0, panel.columns(design.post)] = 0
    base = simulate_reference(panel, design, ESTIMATORS["did"], **ARGUMENTS)
    other = simulate_reference(
        replace(panel, counts=counts), design, ESTIMATORS["did"], **ARGUMENTS
    )
    for key, values in base.values.items():
        assert (other.values[key] == values).all()


def test_drift_widens_the_reference():
    panel = poisson_panel(seed=5, units=40, mean=30.0)
    design = simple_design(panel)
    model = fit_count_model(panel, design)
    quiet = simulate_reference(panel, design, ESTIMATORS["poisson_did"], **ARGUMENTS)
    generator = np.random.default_rng(8)
    moving = draw_panel(panel, design, model, Variation(drift=0.09), generator)
    drifting = simulate_reference(moving, design, ESTIMATORS["poisson_did"], **ARGUMENTS)
    assert drifting.model.predicted_variance(np.arange(16, 24)) > 0.05
    key = ("A", "permutation_ferman_pinto")
    # The rescaled statistic absorbs most of the drift; a large unit still stands out more.
    assert np.quantile(drifting.values[key], 0.95) > 0.9 * np.quantile(quiet.values[key], 0.95)


@pytest.mark.parametrize("name", ["poisson_did", "demeaned_synthetic_control"])
def test_calibrated_conformal_never_contradicts_its_interval(name):
    rejected = 0
    for seed in range(8):
        panel = poisson_panel(seed=seed, units=15, mean=12.0)
        design = simple_design(panel)
        counts = panel.counts.copy()
        post = panel.columns(design.post)
        ratio = [1.0, 0.6, 0.4, 0.8][seed % 4]
        counts[0, post] = np.random.default_rng(seed).binomial(counts[0, post].astype(int), ratio)
        moved = replace(panel, counts=counts)
        estimator = ESTIMATORS[name]
        reference = conformal_reference(
            moved, design, estimator, design.post, panels=20, copies=5, seed=1
        )
        assert reference.statistics.shape == reference.fallen.shape == (20, 5)
        simulated = reference.statistics
        for level in (0.8, 0.95):
            result = conformal(moved, design, estimator, design.post, level, reference)
            outside = result.ci_low > 0 or result.ci_high < 0
            # The interval is a hull: zero may be inside although it is rejected, never the reverse.
            assert not outside or result.p_value <= 1 - level + 1e-12
            rejected += outside
            own = post_statistic(result.statistic[None], 14)
            tails = (simulated >= own).sum(), (simulated <= own).sum()
            assert result.p_value == pytest.approx(min(1, 2 * (1 + min(tails)) / 101))
        assert (result.name, result.smallest_p) == ("conformal_calibrated", 2 / 101)
        # The hits of 20 panels of 5 units, as 20 independent draws.
        hits = simulated <= own if tails[1] <= tails[0] else simulated >= own
        error = 2 * hits.mean(axis=1).std(ddof=1) / np.sqrt(20)
        assert result.simulation_error == pytest.approx(max(error, 2 / 101))
    assert 0 < rejected < 16


def test_a_reference_mostly_without_ratios_is_none():
    """Units that have a ratio are the ones with more events expected: no sample of all."""
    reference = np.ones((4, 5))
    reference.flat[:10] = np.nan
    require_half("test", reference)
    reference.flat[10] = np.nan
    with pytest.raises(NotTestable, match="45% of the simulated units have a ratio"):
        require_half("test", reference)


@pytest.mark.parametrize("name", ["poisson_kriging", "poisson_did"])
def test_the_reference_follows_the_exposure_of_the_treated_unit(name):
    """Events and exposure double after treatment: no effect, and the interval says so."""
    panel = poisson_panel(seed=3, units=21, mean=20.0)
    design = simple_design(panel)
    post = panel.columns(design.post)
    counts, exposure = panel.counts.copy(), panel.exposure.copy()
    row = panel.rows([design.treated])[0]
    counts[row, post] *= 2
    exposure[row, post] *= 2
    grown = replace(panel, counts=counts, exposure=exposure)
    simulated = ARGUMENTS | {"tests": (LOG_RATIO_ALONE,), "panels": 20}
    estimator = ESTIMATORS[name]
    family = summarise(estimator.fit_many(grown, design.family()), design.post)
    reference = simulate_reference(grown, design, estimator, **simulated).counts["A"]
    result = calibrated_log_ratio(family, reference, 0.95)
    assert result.ci_low < family.log_ratio[0] < result.ci_high
    ratio = np.log((reference.expected + 0.5) / reference.denominator)
    assert abs(np.median(ratio)) < 0.1


def test_counts_after_treatment_alone_are_drawn_anew():
    panel = poisson_panel(seed=2, units=15, mean=12.0)
    design = simple_design(panel)
    model = fit_count_model(panel, design)
    generator = np.random.default_rng(4)
    drawn = draw_copies(panel, design, model, Variation(), np.full(3, 20.0), generator)
    after = drawn.means[:, design.positions(design.post)]
    other = drawn.ending(design.post, after)
    changed = other.counts != drawn.panel.counts
    rows, post = other.rows(drawn.names), other.columns(design.post)
    assert (other.counts[np.ix_(rows, post)] == after).all()
    changed[np.ix_(rows, post)] = False
    assert not changed.any()


@pytest.mark.parametrize("name", ["poisson_did", "demeaned_synthetic_control"])
@pytest.mark.parametrize("drift", [0.0, 0.2])
def test_each_tail_holds_under_the_true_effect_of_falls_and_of_rises(name, drift):
    """The test of the very effect that was planted, against units without any."""
    panel = poisson_panel(seed=1, units=15, mean=12.0)
    design, estimator = simple_design(panel), ESTIMATORS[name]
    model, generator = fit_count_model(panel, design), np.random.default_rng(6)
    everything = full_period_design(design, design.post)
    references, moved = [], {ratio: [] for ratio in (1 / 3, 0.5, 1.5, 2.0, 3.0)}
    for _ in range(25):
        drawn = [
            draw_copies(
                panel, design, model, Variation(drift=drift**2), np.full(16, 20.0), generator
            )
            for _ in range(8)
        ]
        references.append(conformal_statistics(drawn, design, estimator, design.post, generator))
        for ratio, found in moved.items():
            divided = [
                one.ending(
                    design.post,
                    generator.poisson(ratio * one.means[:, design.positions(design.post)]) / ratio,
                )
                for one in drawn
            ]
            residuals = pearson_residuals(divided, everything, estimator, drawn[0].names)
            found.append(post_statistic(residuals, len(design.pre)))
    reference = ConformalReference.joined(references)
    low, high = np.quantile(reference.statistics, [0.025, 0.975])
    for ratio, found in moved.items():
        statistic = reference.rescaled(np.concatenate(found), np.array(ratio))
        assert 0.01 <= (statistic < low).mean() <= 0.04, ratio
        assert 0.01 <= (statistic > high).mean() <= 0.04, ratio
