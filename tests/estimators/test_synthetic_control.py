"""Published numbers (Proposition 99) and invariances of the synthetic control family."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.protocol import fit_panels
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.synthetic_control import pysyncon_weights
from evaluation.inference.permutation import permutation_rmspe
from evaluation.inference.placebo import summarise
from evaluation.study.errors import EstimationError
from studies.validation.figures import example
from tests.conftest import poisson_panel, simple_design
from tests.estimators.reference import generic_simplex, random_panels, rates_of

SLOW = {"synthetic_control_predictors"}  # a search of its own in every fit


@pytest.fixture
def prop99():
    return example("prop99")


def test_prop99_exact(prop99):
    panel, design = prop99
    fit = ESTIMATORS["synthetic_control"].fit(panel, design)
    assert fit.gap[19:].mean() == pytest.approx(-19.5136297684, rel=1e-8)
    assert fit.pre_rmspe == pytest.approx(1.6564002103, rel=1e-8)
    weights = dict(zip(design.donors, fit.weights, strict=True))
    published = {
        "Utah": 0.39390802,
        "Montana": 0.23183995,
        "Nevada": 0.20492258,
        "Connecticut": 0.10908962,
        "New Hampshire": 0.04542905,
        "Colorado": 0.01481077,
    }
    for state, weight in published.items():
        assert weights.pop(state) == pytest.approx(weight, abs=1e-6)
    assert max(weights.values()) < 1e-12
    assert fit.solution.unique and fit.solution.kkt_residual < 1e-12


def test_prop99_rmspe_rank(prop99):
    panel, design = prop99
    fits = ESTIMATORS["synthetic_control"].fit_many(panel, design.family())
    result = permutation_rmspe(summarise(fits, design.post), 0.95, "mean")
    assert result.p_value == pytest.approx(3 / 39)


def test_prop99_did(prop99):
    panel, design = prop99
    fit = ESTIMATORS["did"].fit(panel, design)
    assert fit.gap[19:].mean() == pytest.approx(-27.349111083615, rel=1e-10)


def test_pysyncon_finds_the_same_problem_but_stops_a_little_above_the_optimum(prop99):
    panel, design = prop99
    fit = ESTIMATORS["synthetic_control"].fit(panel, design)
    columns = panel.columns(design.pre)
    X = panel.rates[np.ix_(panel.rows(design.donors), columns)].T
    y = panel.rates[panel.rows(["California"])[0], columns]
    objective = np.sum((X @ pysyncon_weights(panel, design) - y) ** 2)
    gap = objective / fit.solution.objective - 1
    assert -1e-9 <= gap < 1e-3


@pytest.mark.parametrize("name", ["synthetic_control", "demeaned_synthetic_control"])
def test_a_donor_identical_to_the_treated_unit_leaves_no_gap(name):
    panel = poisson_panel(seed=1)
    counts, exposure = panel.counts.copy(), panel.exposure.copy()
    counts[5], exposure[5] = counts[0], exposure[0]
    fit = ESTIMATORS[name].fit(
        replace(panel, counts=counts, exposure=exposure), simple_design(panel)
    )
    assert fit.weights[4] == pytest.approx(1, abs=1e-9)
    assert fit.gap == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_neither_unit_order_nor_scale_changes_the_ratio(name):
    panel = poisson_panel(seed=2)
    design = simple_design(panel)
    base = ESTIMATORS[name].fit(panel, design)
    order = np.random.default_rng(0).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[row] for row in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    assert ESTIMATORS[name].fit(shuffled, design).counterfactual == pytest.approx(
        base.counterfactual, rel=1e-9
    )
    scaled = replace(panel, exposure=panel.exposure * 7)
    assert ESTIMATORS[name].fit(scaled, design).counterfactual == pytest.approx(
        base.counterfactual, rel=1e-9
    )


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_fit_many_is_fit_repeated(name):
    panel = poisson_panel(seed=3, units=12)
    family = simple_design(panel).family()[: 3 if name in SLOW else None]
    together = ESTIMATORS[name].fit_many(panel, family)
    for design, fit in zip(family, together, strict=True):
        assert fit.unit == design.treated
        alone = ESTIMATORS[name].fit(panel, design)
        assert fit.counterfactual == pytest.approx(alone.counterfactual, rel=1e-12)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_thinning_shifts_the_log_ratio_by_log_rho(name):
    rho, shifts = 0.6, []
    seeds = 8 if name in SLOW else 150
    for seed in range(seeds):
        panel = poisson_panel(seed=seed, mean=40.0)
        design = simple_design(panel)
        generator = np.random.default_rng(1000 + seed)
        counts = panel.counts.copy()
        post = panel.columns(design.post)
        counts[0, post] = generator.binomial(counts[0, post].astype(int), rho)
        thin = ESTIMATORS[name].fit_many(replace(panel, counts=counts), [design])[0]
        full = ESTIMATORS[name].fit_many(panel, [design])[0]
        window = full.window(design.post)
        assert thin.counterfactual[window] == pytest.approx(full.counterfactual[window], rel=1e-12)
        shifts.append(np.log(thin.observed[window].sum() / full.observed[window].sum()))
    assert np.mean(shifts) == pytest.approx(np.log(rho), abs=4 * np.std(shifts) / np.sqrt(seeds))


def test_no_digit_depends_on_the_order_of_the_units():
    # Sparse counts: many donors are identical, so that optimal weights are often not unique.
    panel = poisson_panel(seed=21, units=40, last="2018-12", mean=0.6)
    design = simple_design(panel, pre=8)
    order = np.random.default_rng(5).permutation(40)
    shuffled = replace(
        panel,
        units=tuple(panel.units[row] for row in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    for name in ("synthetic_control", "demeaned_synthetic_control", "synthetic_did"):
        base = ESTIMATORS[name].fit_many(panel, design.family())
        again = ESTIMATORS[name].fit_many(shuffled, design.family())
        for one, other in zip(base, again, strict=True):
            assert np.array_equal(one.counterfactual, other.counterfactual)
            assert np.array_equal(one.weights, other.weights)


@pytest.mark.parametrize("demean", [False, True])
def test_200_random_panels_against_a_generic_solver(demean):
    name = "demeaned_synthetic_control" if demean else "synthetic_control"
    worst = 0.0
    for panel, design in random_panels(200):
        treated, donors = rates_of(panel, design)
        pre = len(design.pre)
        y, X = treated[:pre], donors[:, :pre].T
        if demean:
            y, X = y - y.mean(), X - X.mean(axis=0)
        weights = generic_simplex(X.T @ X, -X.T @ y)
        theirs = np.sum((X @ weights - y) ** 2)
        fit = ESTIMATORS[name].fit(panel, design)
        scale = np.mean(np.sum((X - y[:, None]) ** 2, axis=0))
        assert fit.solution.objective <= theirs + 1e-12 * scale
        worst = max(worst, (theirs - fit.solution.objective) / scale)
    assert worst < 1e-11


def test_leave_one_out_and_fake_dates_are_families_too():
    panel = poisson_panel(seed=12, units=14)
    design = simple_design(panel)
    outs = [
        replace(design, donors=tuple(donor for donor in design.donors if donor != out))
        for out in design.donors
    ]
    dates = [simple_design(panel, pre=pre) for pre in range(8, 15)]
    estimator = ESTIMATORS["demeaned_synthetic_control"]
    mixed = outs + dates + outs
    for each, fit in zip(mixed, estimator.fit_many(panel, mixed), strict=True):
        alone = estimator.fit(panel, each)
        assert fit.design == each
        assert fit.counterfactual == pytest.approx(alone.counterfactual, rel=1e-9)


@pytest.mark.parametrize("name", sorted(set(ESTIMATORS) - SLOW))
def test_panels_fitted_together_are_fitted_as_each_alone(name):
    """To the last digit: elsewhere the sign of a weight that is rounding would decide."""
    estimator, panel = ESTIMATORS[name], poisson_panel(seed=4, units=18, mean=5.0)
    designs = simple_design(panel).family()
    generator = np.random.default_rng(4)
    panels = [
        replace(panel, counts=generator.poisson(panel.counts).astype(float)) for _ in range(5)
    ]
    together = fit_panels(estimator, panels, designs)
    alone = [fit for one in panels for fit in estimator.fit_many(one, designs)]
    assert len(together) == len(alone)
    for mine, other in zip(together, alone, strict=True):
        assert (mine.counterfactual == other.counterfactual).all()
        assert (mine.observed == other.observed).all() and mine.design == other.design
        assert mine.weights is other.weights is None or (mine.weights == other.weights).all()


def test_panels_that_differ_in_more_than_counts_are_not_fitted_together():
    panel = poisson_panel(seed=4, units=18, mean=5.0)
    designs = simple_design(panel).family()
    longer = replace(panel, exposure=panel.exposure * 2)
    for panels, wanted in (([panel, longer], designs), ([panel], [*designs, short(designs[0])])):
        with pytest.raises(EstimationError, match="fitted together"):
            fit_panels(ESTIMATORS["synthetic_control"], panels, wanted)


def short(design):
    return replace(design, pre=design.pre[1:])
