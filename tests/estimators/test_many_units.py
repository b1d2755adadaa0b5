"""Panels of many units, of which a design has few: the same fits, and no array by all units."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators import pivoting, synthetic_did
from evaluation.estimators.matching import design_families
from evaluation.estimators.registry import ESTIMATORS
from evaluation.panel.periods import OutcomePanel
from tests.conftest import poisson_panel, simple_design

MANY, DONORS = 300, 12


@pytest.fixture(scope="module")
def panels():
    """A panel of many units whose exposure grows, and the same of the design's alone."""
    whole = poisson_panel(seed=4, units=MANY)
    speed = np.random.default_rng(4).normal(0, 0.01, MANY)
    growth = np.exp(np.outer(speed, np.arange(len(whole.periods))))
    names = tuple(f"u{unit:03d}" for unit in np.random.default_rng(5).permutation(MANY))
    whole = replace(whole, units=names, exposure=whole.exposure * growth)
    used = sorted(np.argsort(whole.counts.sum(axis=1))[-DONORS - 1 :])
    few = OutcomePanel(
        whole.outcome,
        whole.frequency,
        tuple(names[row] for row in used),
        whole.periods,
        whole.counts[used],
        whole.exposure[used],
    )
    return whole, few


@pytest.mark.parametrize("name", ESTIMATORS)
def test_units_that_are_in_no_design_move_no_fit(panels, name):
    whole, few = panels
    designs = simple_design(few).family()[:2]
    found, expected = (ESTIMATORS[name].fit_many(panel, designs) for panel in panels)
    for one, other in zip(found, expected, strict=True):
        assert one.counterfactual == pytest.approx(other.counterfactual, rel=1e-6)
        assert (one.observed == other.observed).all()


def test_families_hold_the_units_of_their_designs(panels):
    whole, few = panels
    designs = simple_design(few).family()
    [family] = design_families(whole, designs)
    assert family.allowed.shape == (DONORS + 1, DONORS + 1)
    assert [whole.units[row] for row in family.order] == sorted(few.units)
    own = [whole.units[family.order[row]] for row in family.treated]
    assert own == [design.treated for design in designs]
    [small] = design_families(few, designs[:1])
    assert len(small.order) == DONORS + 1


def test_time_weights_are_the_same_in_parts(panels, monkeypatch):
    _, few = panels
    designs = simple_design(few).family()
    together = ESTIMATORS["synthetic_did"].fit_many(few, designs)
    [family] = design_families(few, designs)
    monkeypatch.setattr(synthetic_did, "MOST_CELLS", 4 * family.rates.size)
    weights = synthetic_did.time_weights(family).weights
    assert weights.shape == (DONORS + 1, family.pre)
    for one, other in zip(
        ESTIMATORS["synthetic_did"].fit_many(few, designs), together, strict=True
    ):
        assert one.counterfactual == pytest.approx(other.counterfactual, rel=1e-9)


@pytest.mark.parametrize("name", ["demeaned_synthetic_control", "synthetic_did"])
def test_blocks_that_are_solved_in_parts_move_no_byte(panels, monkeypatch, name):
    _, few = panels
    designs = [
        replace(placebo, donors=tuple(unit for unit in placebo.donors if unit != left))
        for placebo in simple_design(few).family()
        for left in placebo.donors
    ]
    together = ESTIMATORS[name].fit_many(few, designs)
    monkeypatch.setattr(pivoting, "MOST_CELLS", 1000)
    parts = ESTIMATORS[name].fit_many(few, designs)
    for one, other in zip(parts, together, strict=True):
        assert (one.counterfactual == other.counterfactual).all()
