"""Contrasts: by hand, against a permutation by brute force, what moves them and what does not."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.contrast import effect_contrast, ratio_change
from evaluation.inference.permutation import rank
from evaluation.inference.placebo import summarise
from tests.conftest import poisson_panel, simple_design


def families(seed, effect=1.0):
    found = []
    for part in (0, 1):
        panel = poisson_panel(seed=2 * seed + part, units=40, mean=30.0)
        design = simple_design(panel)
        if part == 0:
            panel.counts[0, 16:] = np.round(panel.counts[0, 16:] * effect)
        fits = ESTIMATORS["demeaned_synthetic_control"].fit_many(panel, design.family())
        found.append(summarise(fits, design.post))
    return found


def test_by_hand():
    first, second = families(1)
    scored = effect_contrast(first, second, "mean")
    values = first.log_ratio - second.log_ratio
    assert scored.deviation == pytest.approx(values - values[1:].mean())
    counts = [first.pre_events, first.observed, second.pre_events, second.observed]
    noise = sum(1 / (count + 0.5) for count in counts)
    # Var = A·noise + B: whatever A and B, squared errors are a line in the noise.
    squares = scored.standard_error**2
    slope, floor = np.polyfit(noise, squares, 1)
    assert squares == pytest.approx(slope * noise + floor) and min(slope, floor) > -1e-12
    result = rank("firearm", scored, 0.95)
    z = np.abs(scored.deviation) / scored.standard_error
    assert result.p_value == (1 + (z[1:] >= z[0]).sum()) / 40


def test_a_shock_to_both_outcomes_cancels_and_one_to_the_first_does_not():
    first, second = families(2)
    plain = effect_contrast(first, second, "mean")
    shift = np.zeros(40)
    shift[0] = 0.7
    both = [replace(family, log_ratio=family.log_ratio + shift) for family in (first, second)]
    assert effect_contrast(*both, "mean").deviation == pytest.approx(plain.deviation)
    moved = effect_contrast(both[0], second, "mean")
    assert moved.deviation[0] - plain.deviation[0] == pytest.approx(0.7)
    assert moved.deviation[1:] == pytest.approx(plain.deviation[1:])


def test_order_of_the_second_familys_units_does_not_matter():
    first, second = families(3)
    order = np.r_[0, 1 + np.random.default_rng(0).permutation(39)]
    arrays = ("observed", "counterfactual", "pre_events", "log_ratio")
    mixed = replace(
        second,
        units=tuple(second.units[index] for index in order),
        **{name: getattr(second, name)[order] for name in arrays},
    )
    one, other = (effect_contrast(first, family, "mean") for family in (second, mixed))
    assert one.z == pytest.approx(other.z, rel=1e-12)


def test_interval_and_p_never_contradict():
    rejected = 0
    for seed in range(25):
        result = rank("firearm", effect_contrast(*families(seed, 0.35), "mean"), 0.95)
        outside = result.ci_low > 0 or result.ci_high < 0
        assert outside == (result.p_value <= 0.05)
        rejected += outside
    assert rejected > 15


def test_ratio_change_by_hand():
    generator = np.random.default_rng(5)
    counts = generator.poisson(20.0, (30, 4)).astype(float)
    scored = ratio_change(counts, "mean")
    odds = np.log((counts[:, 2] + 0.5) * (counts[:, 1] + 0.5))
    odds -= np.log((counts[:, 3] + 0.5) * (counts[:, 0] + 0.5))
    assert scored.deviation == pytest.approx(odds - odds[1:].mean())


def test_size_of_the_ratio_change():
    generator = np.random.default_rng(6)
    share, totals = 0.45, generator.gamma(1.0, 40.0, 64) + 2
    totals[0] = 150
    rejections = []
    for _ in range(600):
        before, after = (generator.poisson(totals) for _ in range(2))
        fatal = [generator.binomial(total, share) for total in (before, after)]
        counts = np.column_stack([fatal[0], before - fatal[0], fatal[1], after - fatal[1]])
        scored = ratio_change(counts.astype(float), "mean")
        rejections.append(rank("lethality", scored, 0.95).p_value <= 0.05)
    assert np.mean(rejections) == pytest.approx(0.05, abs=0.025)
