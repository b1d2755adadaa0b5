"""The rank-matched test: its sets, its statistic, interval against p, size on null panels."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from evaluation.design.adoption import Adoption, make_adoption
from evaluation.design.donors import assign_units
from evaluation.estimators.staggered import STAGGERED
from evaluation.estimators.summaries import SUMMARIES, aggregate, weightings
from evaluation.inference.pooled import (
    SetStatistics,
    _finite_pool,
    draw_sets,
    impute_sets,
    matched_pools,
    pooled_test,
    pooled_tests,
    set_statistics,
)
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.errors import EstimationError
from evaluation.study.study import FREQUENCIES, load
from tests.conftest import ROOT, poisson_panel

OPTIONS = dict(level=0.95, draws=199, seed="test")


def pooled_log_ratios(panel, adoption, names, sets, estimator="poisson_imputation"):
    cells = impute_sets(panel, adoption, names, sets, estimator)
    everyone = np.ones(len(adoption.treated), dtype=bool)
    return set_statistics(cells, weightings(adoption)["simple", "overall"], everyone)


def world(seed=0, units=40, mean=8.0):
    panel = poisson_panel(seed=seed, units=units, mean=mean)
    periods = panel.periods
    chosen = ("u05", "u12", "u20")
    entry = tuple(zip(chosen, (periods[14], periods[18], periods[20]), strict=True))
    return panel, Adoption(panel.units, periods, 3, entry, frozenset({("u05", periods[13])}))


@pytest.mark.parametrize("estimator", ["poisson_imputation", "linear_imputation"])
def test_the_statistic_is_the_estimators_pooled_ratio(estimator):
    panel, adoption = world()
    own = pooled_test(panel, adoption, **OPTIONS, estimator=estimator).statistic
    fit = STAGGERED[estimator].fit(panel, adoption)
    observed, expected, _ = fit.select(np.ones(len(fit.observed), dtype=bool))
    assert own == pytest.approx(np.log((observed + 0.5) / (expected + 0.5)), rel=1e-9)
    # A placebo set is the same estimator on the comparison units alone, dates held fixed.
    names = adoption.comparison
    placebo = pooled_log_ratios(panel, adoption, names, np.array([[3, 7, 1]]), estimator)
    moved = tuple(
        sorted((names[k], period) for k, (_, period) in zip((3, 7, 1), adoption.entry, strict=True))
    )
    left_out = frozenset({(names[3], panel.periods[13])})
    fit = STAGGERED[estimator].fit(panel, Adoption(names, adoption.periods, 3, moved, left_out))
    observed, expected, _ = fit.select(np.ones(len(fit.observed), dtype=bool))
    assert placebo.log_ratio[0] == pytest.approx(
        np.log((observed + 0.5) / (expected + 0.5)), rel=1e-9
    )


def test_stand_ins_are_the_nearest_in_rank():
    panel, adoption = world(units=60)
    pools = matched_pools(panel, adoption, 9)
    untreated, _ = adoption.states()
    quiet = untreated.all(axis=0)
    assert quiet.sum() == 13
    means = dict(zip(panel.units, panel.counts[:, quiet].mean(axis=1), strict=True))
    names = adoption.comparison
    for unit, pool in zip(adoption.treated, pools, strict=True):
        inside = [means[names[k]] for k in pool]
        outside = [means[name] for k, name in enumerate(names) if k not in set(pool)]
        below = sum(value < means[unit] for value in inside)
        assert below <= 9 and len(pool) <= 18
        assert not any(min(inside) < value < max(inside) for value in outside)
    # The largest unit has nine neighbours, all below it.
    top = replace(adoption, entry=(("u00", panel.periods[14]),), left_out=frozenset())
    biggest = max(means, key=means.get)
    top = replace(top, entry=((biggest, panel.periods[14]),))
    assert len(matched_pools(panel, top, 9)[0]) == 9


def test_sets_are_distinct_and_uniform():
    pools = [np.array([0, 1, 2]), np.array([1, 2]), np.array([2, 3])]
    sets = draw_sets(pools, 6000, np.random.default_rng(0), "homicide")
    found, counts = np.unique(sets, axis=0, return_counts=True)
    admissible = [
        (a, b, c) for a in (0, 1, 2) for b in (1, 2) for c in (2, 3) if len({a, b, c}) == 3
    ]
    assert {tuple(row) for row in found.tolist()} == set(admissible)
    assert counts == pytest.approx(6000 / len(admissible), rel=0.12)
    with pytest.raises(EstimationError, match="too few stand-ins"):
        draw_sets([np.array([0]), np.array([0])], 10, np.random.default_rng(0), "homicide")


def test_interval_and_p_never_contradict_and_an_effect_moves_them():
    rejected = 0
    for seed in range(60):
        panel, adoption = world(seed=seed, mean=20.0)
        _, treated = adoption.states()
        generator = np.random.default_rng(seed)
        thinned = generator.binomial(panel.counts.astype(int), [1.0, 0.6, 0.8][seed % 3])
        panel = replace(panel, counts=np.where(treated, thinned, panel.counts))
        result = pooled_test(panel, adoption, **OPTIONS)
        outside = result.ci_low > 0 or result.ci_high < 0
        assert outside == (result.p_value <= 0.05)
        rejected += outside
        count = len(result.sets) + 1
        assert 180 <= count <= 200 and result.smallest_p == 1 / count
        z = (result.statistic - result.centre) / result.standard_error
        assert result.p_value == (1 + np.sum(np.abs(result.deviations) >= abs(z))) / count
        plain = pooled_test(panel, adoption, **OPTIONS, rescale=False)
        farther = np.abs(plain.placebos - plain.centre) >= abs(plain.statistic - plain.centre)
        assert plain.p_value == (1 + farther.sum()) / count
        assert (plain.ci_low > 0 or plain.ci_high < 0) == (plain.p_value <= 0.05)
    assert 20 <= rejected <= 50


def test_the_variance_line_and_the_finite_pool():
    panel, adoption = world(seed=1)
    result = pooled_test(panel, adoption, **OPTIONS)
    sets = pooled_log_ratios(panel, adoption, adoption.comparison, result.sets)
    own = pooled_log_ratios(panel, adoption, panel.units, np.array([[5, 12, 20]]))
    squares = (sets.log_ratio - sets.log_ratio.mean()) ** 2
    root = sets.noise**-0.5
    matrix = np.column_stack([sets.noise, sets.concentration]) * root[:, None]
    (slope, floor), _ = nnls(matrix, squares * root)
    error = np.sqrt(slope * own.noise[0] + floor * own.concentration[0])
    assert result.standard_error == pytest.approx(error)
    # Each unit's part in the mean of all sets, one by one.
    part = np.zeros(len(adoption.comparison))
    for members, shares in zip(result.sets, sets.shares, strict=True):
        for unit, share in zip(members, shares, strict=True):
            part[unit] += share / len(result.sets)
    S, C = sets.concentration.mean(), (part**2).sum()
    scale = np.sqrt(slope * sets.noise + floor * sets.concentration)
    expected = (sets.log_ratio - result.centre) / scale * np.sqrt((S + C) / (S - C))
    assert result.deviations == pytest.approx(expected)


def test_the_finite_pool_factor_is_that_of_simple_sampling():
    # Means of 4 of 10 equal units vary by σ²(1/4 − 1/10) about their mean; one from outside by +.
    generator = np.random.default_rng(0)
    sets = draw_sets([np.arange(10)] * 4, 20000, generator, "homicide")
    flat = np.full((20000, 4), 0.25)
    flatly = (np.zeros(20000), np.ones(20000), (flat**2).sum(axis=1), flat)
    statistics = SetStatistics(*flatly, np.ones(20000, dtype=bool))
    assert _finite_pool(statistics, sets, 10, "homicide") == pytest.approx(
        np.sqrt((1 / 4 + 1 / 10) / (1 / 4 - 1 / 10)), rel=1e-3
    )
    with pytest.raises(EstimationError, match="nearly the same"):
        _finite_pool(statistics, np.tile([0, 1, 2, 3], (20000, 1)), 10, "homicide")


def test_same_seed_same_sets_and_order_does_not_matter():
    panel, adoption = world(seed=2)
    one, again = (pooled_test(panel, adoption, **OPTIONS) for _ in range(2))
    assert (one.placebos == again.placebos).all()
    order = np.random.default_rng(3).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[i] for i in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    other = pooled_test(shuffled, adoption, **OPTIONS)
    assert (other.placebos == one.placebos).all() and other.p_value == one.p_value
    different = pooled_test(panel, adoption, level=0.95, draws=199, seed="other")
    assert different.sets.shape != one.sets.shape or (different.sets != one.sets).any()
    few = pooled_test(panel, adoption, level=0.95, draws=9, seed="test")
    assert np.isinf(few.ci_high) and few.p_value > 0.05


def test_other_estimators_and_empty_counterfactuals_are_refused():
    panel, adoption = world()
    with pytest.raises(EstimationError, match="no pooled test on callaway"):
        pooled_test(panel, adoption, **OPTIONS, estimator="callaway_santanna")
    silent = panel.counts.copy()
    silent[[5, 12, 20], :20] = 0
    with pytest.raises(EstimationError, match="not positive"):
        pooled_test(replace(panel, counts=silent), adoption, **OPTIONS)


def test_rows_of_a_summary_are_those_of_aggregate():
    panel, adoption = world(seed=5, mean=30.0)
    fit = STAGGERED["poisson_imputation"].fit(panel, adoption)
    treated = np.array([[adoption.units.index(unit) for unit in adoption.treated]])
    cells = impute_sets(panel, adoption, adoption.units, treated)
    rows = weightings(adoption)
    for summary in SUMMARIES:
        found = {row.label: row for row in aggregate(fit, summary)}
        assert set(found) == {label for name, label in rows if name == summary}
        for label, row in found.items():
            weights = rows[summary, label].weights(cells.exposure)
            inside = rows[summary, label].cells
            assert weights.sum() == pytest.approx(inside.sum()) and inside.sum() == row.cells
            ratio = (weights * cells.observed).sum() / (weights * cells.expected).sum()
            assert ratio == pytest.approx(row.ratio, rel=1e-9)


def test_every_row_has_its_own_test_and_its_own_resolution():
    panel, adoption = world(seed=5, mean=30.0)
    rows = weightings(adoption)
    found = pooled_tests(panel, adoption, rows, **OPTIONS, ranks=9)
    assert (
        found["simple", "overall"].p_value
        == pooled_test(panel, adoption, **OPTIONS, ranks=9).p_value
    )
    for name, result in found.items():
        assert (result.ci_low > 0 or result.ci_high < 0) == (result.p_value <= 0.05)
        assert result.smallest_p <= result.p_value
        assert len(np.unique(result.sets, axis=0)) == len(result.sets)
        assert result.sets.shape[1] == rows[name].cells.any(axis=1).sum()
    # A cohort of one has no more placebos than stand-ins, whatever the number of draws.
    alone = found["group", adoption.entry[0][1]]
    assert alone.smallest_p == pytest.approx(1 / (alone.candidates[0] + 1))
    # Doubling the events of one cohort after its entry moves its row, and no other cohort's.
    _, treated = adoption.states()
    late = np.array([unit == "u20" for unit in panel.units])[:, None] & treated
    moved = replace(panel, counts=np.where(late, 2 * panel.counts, panel.counts))
    again = pooled_tests(moved, adoption, rows, **OPTIONS, ranks=9)
    last, first = adoption.entry[2][1], adoption.entry[0][1]
    shift = again["group", last].statistic - found["group", last].statistic
    assert shift == pytest.approx(np.log(2), abs=0.02)
    assert again["group", first].statistic == pytest.approx(found["group", first].statistic)


def real():
    study = load()
    shipped = read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    quarters = to_periods(panel, "homicide", "quarter", FREQUENCIES["quarter"])
    return quarters, make_adoption(quarters, units, study)


def test_on_the_real_panel(monkeypatch):
    monkeypatch.chdir(ROOT)
    panel, adoption = real()
    result = pooled_test(panel, adoption, level=0.95, draws=999, seed="real")
    fit = STAGGERED["poisson_imputation"].fit(panel, adoption)
    ratio = aggregate(fit, "simple")[0].ratio
    assert np.exp(result.statistic) == pytest.approx(ratio, rel=0.01)
    assert (result.candidates >= 14).all() and (result.candidates <= 28).all()
    assert result.ci_low < result.statistic - result.centre < result.ci_high


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.1, 0.2])
def test_size_on_null_panels_of_the_real_shape(drift, monkeypatch):
    monkeypatch.chdir(ROOT)
    panel, adoption = real()
    rows, columns = panel.rows(adoption.units), panel.columns(adoption.periods)
    counts, exposure = panel.counts[np.ix_(rows, columns)], panel.exposure[np.ix_(rows, columns)]
    untreated, _ = adoption.states()
    quiet = untreated.all(axis=0)
    means = np.maximum(counts[:, quiet].mean(axis=1), 0.05)
    donors = counts[[adoption.units.index(name) for name in adoption.comparison]].sum(axis=0)
    expected = np.outer(means, donors / donors[quiet].mean())
    generator = np.random.default_rng(17)
    rejections = []
    for number in range(600):
        walk = np.cumsum(generator.normal(0, drift / 2, expected.shape), axis=1)
        null = OutcomePanel(
            "homicide",
            "quarter",
            adoption.units,
            adoption.periods,
            generator.poisson(expected * np.exp(walk - walk[:, :1])).astype(float),
            exposure,
        )
        result = pooled_test(null, adoption, level=0.95, draws=199, seed=f"null {number}")
        rejections.append(result.p_value <= 0.05)
    # The band [.03, .07] and two simulation errors of 600 panels on either side.
    assert 0.016 <= np.mean(rejections) <= 0.09
