"""Poisson DiD with offsets that vary and with covariates: statsmodels, closed forms, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.matching import design_families
from evaluation.estimators.poisson_did import (
    PoissonDifferenceInDifferences,
    is_separable,
    poisson_imputation_glm,
    poisson_regression,
    regression_ratio,
)
from evaluation.estimators.registry import ESTIMATORS
from evaluation.estimators.two_way_factors import CERTIFIED, design_factors, two_way_factors
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel, simple_design


def growing_panel(seed=0, **kwargs):
    """A panel whose units grow at different speeds, so that the offset is not absorbed."""
    panel = poisson_panel(seed=seed, **kwargs)
    speed = np.random.default_rng(seed + 100).normal(0, 0.01, len(panel.units))
    growth = np.exp(np.outer(speed, np.arange(len(panel.periods))))
    return replace(panel, exposure=panel.exposure * growth)


def ratio(fit):
    post = fit.window(fit.design.post)
    return np.log(fit.observed[post].sum() / fit.counterfactual[post].sum())


@pytest.mark.parametrize("seed", range(20))
def test_block_relaxation_agrees_with_statsmodels(seed):
    panel = growing_panel(seed=seed, units=9, last="2019-12", mean=4.0)
    design = simple_design(panel, pre=9, donut=2)
    assert not is_separable(panel)
    fit = ESTIMATORS["poisson_did"].fit(panel, design)
    imputed, _ = poisson_imputation_glm(panel, design, {})
    assert fit.counterfactual == pytest.approx(imputed, rel=1e-9)
    assert ratio(fit) == pytest.approx(regression_ratio(panel, design), abs=1e-9)
    # The pooled regression lets treated cells weigh on the period effects; near, not the same.
    assert ratio(fit) == pytest.approx(
        poisson_regression(panel, design)["log_rate_ratio"], abs=0.05
    )


@pytest.mark.parametrize("seed", range(5))
def test_block_relaxation_is_the_closed_form_where_that_holds(seed):
    panel = poisson_panel(seed=seed)
    design = simple_design(panel)
    estimator = PoissonDifferenceInDifferences()
    assert is_separable(panel)
    closed = estimator.fit_many(panel, design.family())
    [family] = design_families(panel, design.family())
    relaxed = estimator._relaxed(family, panel.outcome)
    for one, other in zip(closed, relaxed, strict=True):
        assert other.counterfactual == pytest.approx(one.counterfactual, rel=1e-10)
        post = one.window(design.post)
        assert ratio(other) == pytest.approx(ratio(one), abs=1e-10)
        # A placebo's own events are a small part of the period effects before treatment.
        assert other.growth[post] == pytest.approx(one.growth[post], rel=1e-10)


def untreated_cells(panel, design):
    """(units, periods of the design) donors throughout, and the treated unit's pre-period."""
    cells = np.zeros((len(panel.units), len(design.periods)), dtype=bool)
    cells[panel.rows(design.donors)] = True
    cells[panel.rows([design.treated])[0], : len(design.pre)] = True
    return cells


@pytest.mark.parametrize("seed", range(5))
def test_designs_solved_by_matrix_products_are_those_solved_cell_by_cell(seed):
    panel = growing_panel(seed=seed, mean=0.5)
    counts = panel.counts.copy()
    counts[2] = 0  # a donor without any event
    counts[1:, 3] = 0  # a period in which only the treated unit has one
    panel = replace(panel, counts=counts)
    designs = simple_design(panel).family()
    designs[2:4] = [replace(one, donors=one.donors[:5]) for one in designs[2:4]]
    [family] = design_families(panel, designs)
    columns = panel.columns(designs[0].periods)
    cells = np.array([untreated_cells(panel, one)[family.order] for one in designs])
    slow = two_way_factors(*(x[:, columns] for x in (family.counts, family.exposure)), cells, "x")
    fast = design_factors(family, "x")
    assert fast.unit == pytest.approx(slow.unit, rel=1e-9)
    assert fast.period == pytest.approx(slow.period, rel=1e-9)
    assert fast.score.max() <= CERTIFIED


def test_designs_without_events_or_with_broken_cells_are_refused():
    panel = growing_panel(seed=1)
    [family] = design_families(panel, simple_design(panel).family())
    with pytest.raises(EstimationError, match="no event"):
        design_factors(replace(family, counts=0 * family.counts), "homicide")
    with pytest.raises(EstimationError, match="not finite"):
        design_factors(replace(family, exposure=family.exposure * np.nan), "homicide")


def test_the_certificate_is_the_score():
    panel = growing_panel(seed=3)
    design = simple_design(panel)
    cells = untreated_cells(panel, design)[None]
    columns = panel.columns(design.periods)
    counts, exposure = panel.counts[:, columns], panel.exposure[:, columns]
    factors = two_way_factors(counts, exposure, cells, "homicide")
    expected = exposure * np.outer(factors.unit[0], factors.period[0]) * cells[0]
    events = counts * cells[0]
    assert expected.sum(axis=1) == pytest.approx(events.sum(axis=1), rel=1e-11)
    assert expected.sum(axis=0) == pytest.approx(events.sum(axis=0), rel=1e-11)
    assert factors.score.max() <= CERTIFIED
    assert factors.sweeps <= 30


def test_many_fits_are_the_single_ones_and_order_does_not_matter():
    panel = growing_panel(seed=4)
    design = simple_design(panel)
    estimator = ESTIMATORS["poisson_did"]
    together = estimator.fit_many(panel, design.family())
    short = replace(design, post=design.post[:4], windows=(("A", design.post[:4]),))
    mixed = estimator.fit_many(panel, [short, design])
    for one, member in zip(mixed, [short, design], strict=True):
        single = estimator.fit_many(panel, [member])[0]
        assert one.counterfactual == pytest.approx(single.counterfactual, rel=1e-11)
    alone = [estimator.fit_many(panel, [member])[0] for member in design.family()]
    order = np.random.default_rng(0).permutation(len(panel.units))
    shuffled = replace(
        panel,
        units=tuple(panel.units[i] for i in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    other = estimator.fit_many(shuffled, design.family())
    scaled = estimator.fit_many(replace(panel, exposure=panel.exposure * 37), design.family())
    for one, two, three, four in zip(together, alone, other, scaled, strict=True):
        assert two.counterfactual == pytest.approx(one.counterfactual, rel=1e-11)
        assert three.counterfactual == pytest.approx(one.counterfactual, rel=1e-11)
        assert four.counterfactual == pytest.approx(one.counterfactual, rel=1e-11)


def test_an_offset_alone_does_not_look_like_an_effect():
    panel = growing_panel(seed=5, mean=400.0, units=10)
    design = simple_design(panel)
    exposure = panel.exposure.copy()
    exposure[0, 14:] *= 2  # twice the people, twice the events: no effect
    counts = np.random.default_rng(5).poisson(exposure * 400 / panel.exposure.mean()).astype(float)
    fit = ESTIMATORS["poisson_did"].fit(replace(panel, exposure=exposure, counts=counts), design)
    assert ratio(fit) == pytest.approx(0.0, abs=0.04)


def test_a_quiet_placebo_has_a_counterfactual_of_zero_not_nan():
    panel = growing_panel(seed=6)
    panel.counts[3] = 0.0
    design = simple_design(panel).placebo(panel.units[3])
    fit = ESTIMATORS["poisson_did"].fit_many(panel, [design])[0]
    assert (fit.counterfactual == 0).all()
    assert np.isfinite(fit.growth).all() and (fit.growth > 0).all()


def test_a_covariate_is_controlled_for_and_its_coefficient_found():
    panel = growing_panel(seed=7, units=12, mean=300.0)
    generator = np.random.default_rng(7)
    heat = generator.normal(20, 5, panel.counts.shape)
    heat[0, 16:] += 10  # the treated unit gets hotter after treatment
    rate = 300 / panel.exposure.mean()
    counts = generator.poisson(panel.exposure * rate * np.exp(0.05 * (heat - 20))).astype(float)
    panel = replace(panel, counts=counts)
    design = simple_design(panel)
    naive = ESTIMATORS["poisson_did"].fit(panel, design)
    controlled = PoissonDifferenceInDifferences(covariates={"heat": heat})
    fit = controlled.fit(panel, design)
    assert ratio(naive) > 0.2
    assert ratio(fit) == pytest.approx(0.0, abs=0.04)
    assert fit.diagnostics["coefficient heat"] == pytest.approx(0.05, abs=0.002)
    assert controlled.fit_many(panel, [design.placebo("u03")])[0].unit == "u03"
    moved = PoissonDifferenceInDifferences(covariates={"heat": 3 * heat + 7})
    assert moved.fit(panel, design).counterfactual == pytest.approx(fit.counterfactual, rel=1e-9)


@pytest.mark.parametrize(
    ("covariate", "message"),
    [
        (np.ones((3, 3)), "has shape"),
        (np.full((15, 24), np.nan), "not finite"),
        (np.tile(np.arange(24.0), (15, 1)), "do not vary beyond"),
    ],
)
def test_covariates_that_cannot_be_used_are_refused(covariate, message):
    panel = poisson_panel(seed=8)
    estimator = PoissonDifferenceInDifferences(covariates={"x": covariate})
    with pytest.raises(EstimationError, match=message):
        estimator.fit(panel, simple_design(panel))


def test_what_is_not_identified_is_refused():
    counts, exposure = np.ones((4, 4)), np.ones((4, 4))
    apart = np.kron(np.eye(2), np.ones((2, 2))).astype(bool)[None]
    with pytest.raises(EstimationError, match="do not link"):
        two_way_factors(counts, exposure, apart, "homicide")
    empty = np.ones((1, 4, 4), dtype=bool)
    empty[0, :, 2] = False
    with pytest.raises(EstimationError, match="no untreated cell"):
        two_way_factors(counts, exposure, empty, "homicide")
    with pytest.raises(EstimationError, match="no event"):
        two_way_factors(0 * counts, exposure, np.ones((1, 4, 4), dtype=bool), "homicide")
    with pytest.raises(EstimationError, match="not finite"):
        two_way_factors(counts, exposure * np.nan, np.ones((1, 4, 4), dtype=bool), "homicide")


def test_a_regression_that_disagrees_is_refused(monkeypatch):
    panel = growing_panel(seed=9)
    monkeypatch.setattr("evaluation.estimators.poisson_did.regression_ratio", lambda *_: 3.0)
    with pytest.raises(EstimationError, match="Poisson regression gives"):
        ESTIMATORS["poisson_did"].fit(panel, simple_design(panel))
