"""Labelled baselines against the regressions they abbreviate."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.did import panel_ols
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference import baselines
from evaluation.inference.baselines import (
    BASELINES,
    LABELS,
    STATISTICS,
    cluster_robust,
    conley_taber,
    owned,
    placebo_variance,
    poisson_wald,
    wild_cluster_bootstrap,
)
from evaluation.inference.placebo import stack, summarise
from evaluation.study.errors import EstimationError
from studies.validation.figures import example
from tests.conftest import poisson_panel, simple_design


def without_donut(seed=1, units=12, **options):
    panel = poisson_panel(seed=seed, units=units, **options)
    design = simple_design(panel, donut=0)
    return panel, design


def test_cluster_robust_is_the_regression_with_another_correction():
    panel, design = without_donut()
    att, error = panel_ols(panel, design)  # linearmodels: N/(N − T − G) and no G/(G − 1)
    result = cluster_robust(panel, design, design.post, 0.95)
    assert result.statistic[0] == pytest.approx(att, rel=1e-9)
    units, periods = 12, len(design.periods)
    count = units * periods
    ours = units / (units - 1) * (count - 1) / (count - 1 - periods)
    ratios = [
        np.sqrt(ours / other)
        for other in (count / (count - periods - units), count / (count - 1 - periods))
    ]
    assert min(abs(result.standard_error[0] / error / ratio - 1) for ratio in ratios) < 1e-6


def test_cluster_robust_by_dummies_with_statsmodels():
    import statsmodels.api as sm

    panel, design = without_donut(seed=2, units=8)
    rates = panel.rates
    units, periods = rates.shape
    treated = np.zeros_like(rates)
    treated[0, len(design.pre) :] = 1
    X = np.column_stack(
        [
            treated.ravel(),
            np.kron(np.eye(units), np.ones((periods, 1))),
            np.kron(np.ones((units, 1)), np.eye(periods)[:, 1:]),
        ]
    )
    weights = np.repeat(panel.exposure.sum(axis=1), periods)
    groups = np.repeat(np.arange(units), periods)
    fit = sm.WLS(rates.ravel(), X, weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    result = cluster_robust(panel, design, design.post, 0.95)
    count = units * periods
    correction = units / (units - 1) * (count - 1) / (count - 1 - periods)
    assert result.statistic[0] == pytest.approx(fit.params[0], rel=1e-9)
    assert result.standard_error[0] == pytest.approx(fit.bse[0] * np.sqrt(correction), rel=1e-8)


def test_wild_bootstrap_statistics_by_refitting(monkeypatch):
    monkeypatch.setattr(baselines, "BOOTSTRAP_DRAWS", 60)
    panel, design = without_donut(seed=3, units=6)
    result = wild_cluster_bootstrap(panel, design, design.post, 0.95, seed=4)
    rates = panel.rates
    weights = panel.exposure.sum(axis=1) / panel.exposure.sum()
    fitted = rates.mean(axis=1, keepdims=True)
    restricted = rates - fitted
    period = weights @ restricted
    restricted = restricted - period
    signs = np.random.default_rng(4).choice([-1.0, 1.0], size=(60, 6))
    observed = abs(result.statistic[0] / result.standard_error[0])
    more = 0
    for sign in signs:
        counts = (fitted + period + sign[:, None] * restricted) * panel.exposure / 1e5
        again = cluster_robust(replace(panel, counts=counts), design, design.post, 0.95)
        more += abs(again.statistic[0] / again.standard_error[0]) >= observed - 1e-9
    assert result.p_value == pytest.approx((1 + more) / 61)


def test_wild_bootstrap_hardly_rejects_where_cluster_robust_does():
    wild, clustered = [], []
    for seed in range(12):
        panel, design = without_donut(seed=seed, units=64, mean=10.0)
        wild.append(wild_cluster_bootstrap(panel, design, design.post, 0.95).p_value)
        clustered.append(cluster_robust(panel, design, design.post, 0.95).p_value)
    assert np.mean(np.array(wild) <= 0.05) <= 0.09
    assert np.mean(np.array(clustered) <= 0.05) >= 0.3


def test_cluster_robust_rejects_far_too_often():
    rejected = []
    for seed in range(100):
        panel, design = without_donut(seed=seed, units=15, mean=10.0)
        rejected.append(cluster_robust(panel, design, design.post, 0.95).p_value <= 0.05)
    assert np.mean(rejected) > 0.3


def test_poisson_wald_is_the_regression():
    from evaluation.estimators.poisson_did import poisson_regression

    panel, design = without_donut(seed=5)
    result = poisson_wald(panel, design, design.post, 0.95)
    regression = poisson_regression(panel, design)
    assert result.statistic[0] == pytest.approx(regression["log_rate_ratio"], abs=1e-7)
    assert result.standard_error[0] == pytest.approx(regression["wald_se"], rel=1e-5)
    counts = panel.counts.copy()
    counts[0, len(design.pre) :] = 0
    with pytest.raises(EstimationError, match="no Wald test"):
        poisson_wald(replace(panel, counts=counts), design, design.post, 0.95)


@pytest.mark.parametrize("name", ["cluster_robust", "poisson_wald", "conley_taber"])
def test_interval_excludes_zero_exactly_when_p_is_at_most_alpha(name):
    rejected = 0
    for seed in range(60):
        panel, design = without_donut(seed=seed, units=41)
        counts = panel.counts.copy()
        counts[0, len(design.pre) :] = np.round(counts[0, len(design.pre) :] * (0.4 + seed / 100))
        for level in (0.8, 0.95):
            result = BASELINES[name](replace(panel, counts=counts), design, design.post, level, 0)
            outside = result.ci_low > 0 or result.ci_high < 0
            assert outside == (result.p_value <= 1 - level + 1e-12)
            rejected += outside
    assert rejected > 0
    assert set(LABELS) == {*BASELINES, "prediction_interval", "placebo_variance"}


def test_conley_taber_by_hand():
    panel, design = without_donut(seed=6, units=41)
    result = conley_taber(panel, design, design.post, 0.9)
    pre = len(design.pre)
    change = panel.rates[:, pre:].mean(axis=1) - panel.rates[:, :pre].mean(axis=1)
    weights = panel.exposure[1:].sum(axis=1)
    common = weights @ change[1:] / weights.sum()
    assert result.statistic[0] == pytest.approx(change[0] - common)
    deviations = np.sort(change[1:] - common)
    assert np.diff(result.statistic[1:]) == pytest.approx(np.diff(deviations))
    assert result.ci_high - result.ci_low == pytest.approx(deviations[-2] - deviations[1])


def test_placebo_variance_on_proposition_99():
    panel, design = example("prop99")
    estimator = ESTIMATORS["synthetic_did"]
    effect = estimator.fit(panel, design).gap[19:].mean()
    result = placebo_variance(effect, estimator.placebo_effects(panel, design), 0.95)
    assert result.statistic[0] == pytest.approx(-15.605397916329, rel=1e-8)
    assert result.standard_error[0] == pytest.approx(9.3711800031, rel=1e-8)
    assert result.p_value == pytest.approx(0.0958, abs=2e-3)


def test_statistics_of_many_units_are_those_of_the_baselines_themselves():
    """Every unit in turn among the donors, against the functions that fit one design."""
    panel, design = without_donut(seed=6, units=10)
    donors = panel.units[3:]
    own = [replace(design, treated=unit, donors=donors) for unit in panel.units[:3]]
    window = np.arange(len(design.pre), len(design.periods))
    for name, estimator in (
        ("cluster_robust", "did"),
        ("conley_taber", "did"),
        ("poisson_wald", "poisson_did"),
    ):
        rest = [replace(design, treated=unit, donors=donors) for unit in donors]
        paths = stack(ESTIMATORS[estimator].fit_many(panel, [*own, *rest]))
        found = STATISTICS[name](paths, window, 3)
        for one, statistic in zip(own, found, strict=True):
            result = BASELINES[name](panel, one, design.post, 0.95, 1)
            expected = result.statistic[0] / result.standard_error[0]
            assert statistic == pytest.approx(expected, rel=1e-9)
    fits = ESTIMATORS["did"].fit_many(panel, design.family())
    family = summarise(fits, design.post)
    result = placebo_variance(family.gap[0], family.gap[1:], 0.95)
    [statistic] = STATISTICS["placebo_variance"](stack(fits), window, 1)
    assert statistic == pytest.approx(result.statistic[0] / result.standard_error[0])


def test_a_window_without_an_event_has_no_wald_statistic():
    panel, design = without_donut(seed=7, units=8)
    counts = panel.counts.copy()
    counts[0, panel.columns(design.post)] = 0
    silent = replace(panel, counts=counts)
    paths = stack(ESTIMATORS["poisson_did"].fit_many(silent, design.family()))
    window = np.arange(len(design.pre), len(design.periods))
    found = STATISTICS["poisson_wald"](paths, window, 2)
    assert found[0] == 0 and np.isfinite(found[1])  # no test, so nothing is found
    counts[0] = 0
    paths = stack(
        ESTIMATORS["poisson_did"].fit_many(replace(panel, counts=counts), design.family())
    )
    assert np.isnan(STATISTICS["poisson_wald"](paths, window, 2)).tolist() == [True, False]


def test_placebos_without_spread_have_no_statistic():
    panel, design = without_donut(seed=8, units=6)
    counts = panel.counts.copy()
    counts[1:] = 7
    alike = replace(panel, counts=counts, exposure=np.ones_like(panel.exposure))
    paths = stack(ESTIMATORS["did"].fit_many(alike, design.family()))
    window = np.arange(len(design.pre), len(design.periods))
    for name in ("placebo_variance", "cluster_robust"):
        assert np.isnan(STATISTICS[name](paths, window, 1)).all(), name


def test_baselines_stand_beside_the_estimator_they_are_about():
    names = ["placebo_variance", "cluster_robust", "poisson_wald", "prediction_interval"]
    assert owned(names, "did") == ["placebo_variance", "cluster_robust"]
    assert owned(names, "synthetic_control") == ["placebo_variance", "prediction_interval"]
