"""Thinning, critical values, fake starts and detectable effects, each against a definition."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration.conformal_power import conformal_draws, conformal_exists
from evaluation.calibration.donor_power import donor_draws, fake_starts, raised_counts
from evaluation.calibration.draws import (
    GRID,
    PLANTED,
    RATIOS,
    RISES,
    Verdicts,
    critical_pair,
    critical_value,
    critical_values,
    detectable_ratio,
    power_rows,
)
from evaluation.calibration.null_worlds import NullWorld
from evaluation.calibration.power import (
    COPIES,
    local_critical,
    lowered,
    nearest,
    planted,
    simulated_draws,
    thinned_counts,
)
from evaluation.estimators.count_model import Variation
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import PERMUTATIONS
from evaluation.inference.placebo import stack, summarise
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design


def test_many_critical_values_are_those_of_each():
    generator = np.random.default_rng(5)
    references = generator.normal(size=(4, 30, 63)) ** 2
    references[generator.random(references.shape) < 0.2] = np.nan
    references[1, :, 9:] = np.nan  # too few to reject anything
    for alpha in (0.05, 0.1):
        found = critical_values(references, alpha)
        each = [[critical_value(row, alpha) for row in rows] for rows in references]
        assert (found == np.array(each)).all()


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_a_counterfactual_never_looks_at_its_own_counts_after_treatment(name):
    panel = poisson_panel(seed=1, mean=12.0)
    design = simple_design(panel)
    changed = panel.counts.copy()
    changed[0, panel.columns(design.donut + design.post)] *= 0.25
    base = ESTIMATORS[name].fit_many(panel, [design])[0]
    other = ESTIMATORS[name].fit_many(replace(panel, counts=changed), [design])[0]
    assert other.counterfactual == pytest.approx(base.counterfactual, rel=1e-8, abs=1e-8)


def test_thinning_keeps_each_event_with_the_ratio_and_leaves_the_rest():
    panel = poisson_panel(seed=2, mean=300.0)
    design = simple_design(panel)
    paths = stack(ESTIMATORS["did"].fit_many(panel, design.family()))
    before = len(design.pre) + len(design.donut)
    result = planted(paths, 3, thinned_counts(paths.observed[:3], before, np.random.default_rng(1)))
    count = 3 * len(GRID)
    assert len(result.units) == count + len(paths.units) - 3
    assert (result.observed[:count, :16] == np.tile(paths.observed[:3, :16], (len(GRID), 1))).all()
    assert (result.observed[count:] == paths.observed[3:]).all()
    kept = result.observed[:count, 16:].sum(axis=1).reshape(len(GRID), 3)
    whole = paths.observed[:3, 16:].sum(axis=1)
    assert (kept[0] == whole).all()
    assert kept / whole == pytest.approx(np.repeat(np.array(GRID)[:, None], 3, axis=1), abs=0.03)


def test_the_critical_value_is_where_p_crosses_alpha():
    generator = np.random.default_rng(3)
    for count in (19, 20, 63, 200):
        reference = generator.normal(size=count) ** 2
        critical = critical_value(reference, 0.05)
        for z in np.concatenate([reference, reference + 1e-9]):
            p = (1 + (reference >= z).sum()) / (count + 1)
            assert (z > critical) == (p <= 0.05)
    assert critical_value(np.arange(10.0), 0.05) == np.inf


def test_critical_pairs_are_where_twice_the_smaller_tail_crosses_alpha():
    generator = np.random.default_rng(3)
    for count in (39, 40, 200):
        reference = generator.gumbel(size=count)
        low, high = critical_pair(np.append(reference, np.nan), 0.05)
        for z in np.concatenate([reference, reference + 1e-9, reference - 1e-9]):
            tails = (reference <= z).sum(), (reference >= z).sum()
            p = 2 * (1 + min(tails)) / (count + 1)
            assert (z < low or z > high) == (p <= 0.05 + 1e-12)
    assert critical_pair(np.arange(10.0), 0.05) == (-np.inf, np.inf)


def test_local_critical_values_follow_the_spread():
    generator = np.random.default_rng(4)
    spread = np.repeat([1.0, 4.0], 100)
    reference = generator.normal(size=(200, 8)) * np.sqrt(spread)[:, None]
    low, high = local_critical(reference, spread).T
    for critical in (-low, high):
        assert critical[:80].mean() == pytest.approx(1.96, abs=0.3)
        assert critical[120:].mean() == pytest.approx(3.92, abs=0.6)
    near = nearest(spread)
    assert [len(one) for one in near] == [25] * 200
    assert all((spread[one] == spread[panel]).all() for panel, one in enumerate(near[:80]))


def test_simulated_rejections_are_those_of_the_test_itself():
    panel = poisson_panel(seed=5, units=25)
    design = simple_design(panel)
    draws = simulated_draws(
        panel,
        design,
        ESTIMATORS["poisson_did"],
        windows=design.windows,
        tests=["permutation_ferman_pinto"],
        centre="mean",
        world=NullWorld(variation=Variation()),
        panels=3,
        seed=1,
    )["A", "permutation_ferman_pinto"]
    assert draws.low.shape == (3, len(GRID), COPIES)
    # The same on the real family, by hand.
    one = donor_draws(
        panel,
        replace(design, donors=panel.units),
        ESTIMATORS["poisson_did"],
        window=("A", design.post),
        tests=["permutation_ferman_pinto"],
        centre="mean",
        seed=1,
    )["A", "permutation_ferman_pinto"]
    everyone = replace(design, donors=panel.units)
    fits = ESTIMATORS["poisson_did"].fit_many(panel, [everyone.placebo(u) for u in panel.units])
    for donor in range(5):
        order = [donor, *(other for other in range(25) if other != donor)]
        family = summarise([fits[index] for index in order], design.post)
        result = PERMUTATIONS["permutation_ferman_pinto"](family, 0.95, "mean")
        assert one.deviation[0, 0, donor] == pytest.approx(result.statistic[0])
        rejected = one.low[0, 0, donor] or one.high[0, 0, donor]
        assert rejected == (result.p_value <= 0.05)


def test_fake_starts_slide_the_studys_shape_over_the_panel():
    panel = poisson_panel(last="2022-12")  # 28 quarters
    design = replace(simple_design(panel), post=panel.periods[16:24])
    starts = fake_starts(panel, design, design.post)
    assert len(starts) == 5
    for first, start in enumerate(starts):
        assert start.periods == panel.periods[first : first + 24]
        assert start.windows == (("fake", start.post),)
    with pytest.raises(EstimationError, match="no fake start leaves 40 periods"):
        fake_starts(panel, design, tuple(f"{year}-01" for year in range(2022, 2046)))


def test_conformal_verdicts():
    panel = poisson_panel(seed=6, mean=40.0)
    design = simple_design(panel)
    estimator = ESTIMATORS["demeaned_synthetic_control"]
    assert conformal_exists(panel, design, estimator)
    found = conformal_draws(
        panel,
        design,
        estimator,
        window=design.post,
        world=NullWorld(variation=Variation()),
        panels=10,
        seed=2,
    )
    assert set(found) == {"conformal", "conformal_calibrated"}
    for verdicts in found.values():
        assert verdicts.low.shape == verdicts.covered.shape == (10, len(RATIOS), COPIES)
        assert not (verdicts.low & verdicts.high).any()
        assert (verdicts.rejected[:, 0] == ~verdicts.covered[:, 0]).all()
        assert verdicts.rejected[:, -1].mean() > 0.8 > 0.2 > verdicts.rejected[:, 0].mean()
        assert verdicts.covered.mean() > 0.85


@pytest.mark.parametrize("name", ["poisson_did", "demeaned_synthetic_control"])
@pytest.mark.parametrize("drift", [0.0, 0.2])
def test_calibrated_conformal_intervals_hold_large_rises_as_often_as_none(name, drift, monkeypatch):
    """With all noise taken for the treated unit's own, .83 and .89 held a threefold rise at .2."""
    monkeypatch.setattr("evaluation.calibration.conformal_power.RISES", (1.5, 2.0, 3.0))
    panel = poisson_panel(seed=1, mean=12.0)
    design = simple_design(panel)
    verdicts = conformal_draws(
        panel,
        design,
        ESTIMATORS[name],
        window=design.post,
        world=NullWorld(variation=Variation(drift=drift**2)),
        panels=150,
        seed=3,
        planted=(1.0, 0.42, 0.7, 1.5, 2.0, 3.0),
    )["conformal_calibrated"]
    covered = verdicts.covered.mean(axis=(0, 2))
    assert verdicts.ratios == (1.0, 0.42, 0.7, 1.5, 2.0, 3.0)
    assert covered == pytest.approx(covered[0], abs=0.02)
    assert 0.92 <= covered[0] <= 0.99


def test_rows_and_detectable_ratio_by_hand():
    rejected = np.zeros((4, len(RATIOS), 5), bool)
    rejected[:, 3:] = True
    rejected[0, 2] = True
    rows = power_rows(Verdicts(rejected, ~rejected & False, ~rejected, np.ones((4, 1, 5), bool)))
    assert [row["power"] for row in rows] == [0, 0, 0.25, 1, 1, 1]
    assert rows[2]["standard_error"] == pytest.approx(0.5 / 2)
    assert rows[2]["coverage"] == 0.75 and rows[2]["draws"] == 20
    share = (0.8 - 0.25) / 0.75
    assert rows[0]["detectable"] == pytest.approx(0.7 ** (1 - share) * 0.6**share)
    assert np.isnan(detectable_ratio(np.full(len(GRID), 0.7), GRID))
    # Without any unit that has a test there is no power, and nothing is found.
    assert np.isnan(detectable_ratio(np.full(len(GRID), np.nan), GRID))
    some = np.r_[np.full(len(GRID) - 1, 0.9), np.nan]
    assert detectable_ratio(some, GRID) == 1.0


def test_units_without_a_ratio_count_neither_as_found_nor_as_missed():
    """Sparse units, whose demeaned counterfactual is often negative: shares by hand."""
    panel = poisson_panel(seed=9, units=20, mean=6.0)
    design = simple_design(panel)
    names = ["permutation_ferman_pinto", "permutation_ferman_pinto_calibrated"]
    found = simulated_draws(
        panel,
        design,
        ESTIMATORS["demeaned_synthetic_control"],
        windows=design.windows,
        tests=[*names, "permutation_raw"],
        centre="mean",
        world=NullWorld(variation=Variation(drift=0.25)),
        panels=12,
        seed=1,
        size=0.3,
    )
    assert found["A", "permutation_raw"].tested.all()
    for name in names:
        draws = found["A", name]
        lost = np.isnan(draws.deviation)
        assert 0 < lost.mean() < 0.9
        assert (lost == lost[:, :1]).all()  # thinning does not move a counterfactual
        assert not (draws.rejected | draws.covered)[lost].any()
        first = power_rows(draws)[0]
        assert first["draws"] == (~lost[:, 0]).sum()
        assert first["power"] == pytest.approx(draws.rejected[:, 0][~lost[:, 0]].mean())
        assert first["power"] + first["coverage"] == pytest.approx(1.0)


def test_where_no_unit_has_a_test_nothing_is_measured():
    nothing = np.zeros((4, len(RATIOS), 5), bool)
    rows = power_rows(Verdicts(nothing, nothing, nothing, np.zeros((4, 1, 5), bool)))
    assert [row["draws"] for row in rows] == [0] * len(RATIOS)
    assert all(np.isnan(row[name]) for row in rows for name in ("power", "coverage", "detectable"))


def test_the_standard_error_of_a_share_of_unequal_panels():
    """Against the spread of the share over many repetitions."""
    generator = np.random.default_rng(10)
    shares, errors = [], []
    for _ in range(400):
        tested = generator.random((40, 1, 5)) < 0.7
        chance = generator.beta(2, 8, (40, 1, 1))  # of a panel
        rejected = np.repeat((generator.random((40, 1, 5)) < chance) & tested, len(RATIOS), axis=1)
        row = power_rows(Verdicts(rejected, rejected & False, ~rejected & tested, tested))[0]
        shares.append(row["power"])
        errors.append(row["standard_error"])
    assert np.mean(errors) == pytest.approx(np.std(shares), rel=0.1)


def test_calibrated_donors_are_compared_with_simulated_units_of_their_size():
    panel = poisson_panel(seed=7, units=20, mean=10.0)
    design = simple_design(panel)
    names = ["permutation_ferman_pinto", "permutation_ferman_pinto_calibrated"]
    found = donor_draws(
        panel,
        design,
        ESTIMATORS["poisson_did"],
        window=("A", design.post),
        tests=names,
        centre="mean",
        seed=1,
    )
    plain, calibrated = (found["A", name] for name in names)
    assert calibrated.upper.shape == calibrated.lower.shape == (1, 1, 19)
    assert (calibrated.deviation == plain.deviation).all()
    assert np.ptp(calibrated.upper) > 0  # sizes differ, and so do the references
    assert calibrated.upper.mean() == pytest.approx(2.2, abs=0.6)
    assert calibrated.lower.mean() == pytest.approx(-2.2, abs=0.6)


def rises_of(world_panels=150, **more):
    panel = poisson_panel(seed=8, units=25, mean=60.0)
    return simulated_draws(
        panel,
        simple_design(panel),
        ESTIMATORS["did"],
        windows=simple_design(panel).windows,
        tests=["permutation_ferman_pinto", "permutation_ferman_pinto_levels"],
        centre="mean",
        world=NullWorld(variation=Variation()),
        panels=world_panels,
        seed=4,
        **more,
    )


def test_rises_are_planted_exactly_and_found_as_rises():
    """Without drift the log ratio moves by the log of what was planted, whatever its side."""
    draws = rises_of(ratios=PLANTED["either"])["A", "permutation_ferman_pinto"]
    moved = np.nanmean(draws.deviation, axis=(0, 2))
    log_ratios = np.log(PLANTED["either"])
    inside = log_ratios > np.log(0.25)  # fewer events have a skewed logarithm
    assert (moved - moved[0])[inside] == pytest.approx(log_ratios[inside], abs=0.02)
    assert np.nanmean(draws.covered, axis=(0, 2)) == pytest.approx(0.95, abs=0.035)
    rows = {row["rate_ratio"]: row for row in power_rows(draws)}
    assert set(rows) == {*RATIOS, *RISES}
    assert rows[2.0]["high"] > 0.95 > 0.05 > rows[2.0]["low"]
    assert rows[0.5]["low"] > 0.95 and rows[1.2]["power"] < rows[1.5]["power"]
    fall, rise = rows[0.5]["detectable"], rows[2.0]["detectable"]
    assert fall < 1 < rise
    assert rows[1.0]["detectable"] == max((fall, rise), key=lambda ratio: abs(np.log(ratio)))


def test_the_noise_of_planted_rises_is_that_of_poisson_counts():
    """A unit of mean 10 whose rate doubles has a mean and a variance of 20, and 10 before."""
    generator = np.random.default_rng(6)
    drawn = generator.poisson(50.0, size=(40_000, 2)).astype(float)  # larger by five
    sized = lowered(drawn, slice(1), generator, 5.0)
    planted_ = thinned_counts(sized, 1, generator, (1.0, 2.0, 5.0)).reshape(3, -1, 2)
    for place, ratio in enumerate((1.0, 2.0, 5.0)):
        for values, mean in ((planted_[place, :, 0], 10), (planted_[place, :, 1], 10 * ratio)):
            assert values.mean() == pytest.approx(mean, rel=0.02)
            assert values.var() == pytest.approx(mean, rel=0.05)


def test_rises_of_real_donors_have_the_mean_that_was_planted():
    counts = np.random.default_rng(2).poisson(30.0, size=(4_000, 3)).astype(float)
    for ratio in (1.2, 2.0, 2.5):
        raised = raised_counts(counts, 1, np.random.default_rng(3), ratio)
        assert (raised[:, 0] == counts[:, 0]).all()
        assert raised[:, 1:].mean() == pytest.approx(30 * ratio, rel=0.02)


def test_the_other_side_is_measured_alike_whatever_else_is_planted():
    """Rises beside falls: the same power of a fall, up to simulation error."""
    fall, either = (
        {row["rate_ratio"]: row["power"] for row in power_rows(draws)}
        for draws in (
            rises_of()["A", "permutation_ferman_pinto_levels"],
            rises_of(ratios=PLANTED["either"])["A", "permutation_ferman_pinto_levels"],
        )
    )
    for ratio in RATIOS:
        assert either[ratio] == pytest.approx(fall[ratio], abs=0.08)
