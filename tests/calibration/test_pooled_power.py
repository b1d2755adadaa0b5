"""Sizes and power of the pooled kriging: shapes, thinning, the usual test beside it."""

import numpy as np
import pytest

from evaluation.calibration.draws import power_rows
from evaluation.calibration.pooled_power import (
    CALIBRATED,
    COPIES,
    NORMAL,
    ModelLaw,
    counts_of,
    pooled_draws,
)
from evaluation.design.adoption import Adoption
from evaluation.estimators.count_model import Variation
from evaluation.inference.sector_kriging import comparison_model, treated_sectors
from tests.conftest import poisson_panel

RATIOS = (1.0, 0.7, 0.5)


@pytest.fixture(scope="module")
def world():
    panel = poisson_panel(units=30, mean=12.0)
    entry = tuple((unit, panel.periods[place]) for unit, place in (("u02", 12), ("u05", 16)))
    return panel, Adoption(panel.units, panel.periods, 3, entry)


def draws(world, variation, panels=60, seed="test"):
    law = ModelLaw(variation)
    return pooled_draws(*world, law, panels=panels, seed=seed, ratios=RATIOS)


def test_both_tests_see_the_same_sets_and_power_grows_with_the_fall(world):
    found = draws(world, Variation(drift=0.01))
    one, usual = found[CALIBRATED], found[NORMAL]
    assert one.deviation.shape == (60, 3, COPIES)
    assert (one.deviation == usual.deviation).all()
    power = one.rejected.mean(axis=(0, 2))
    assert power[0] < 0.12 and power[0] < power[1] < power[2] and power[2] > 0.9
    assert (usual.upper == -usual.lower).all()
    assert (one.lower < 0).all() and (one.upper > 0).all()
    # A set's critical values lie near the usual ones, in standard errors.
    assert (one.upper / usual.standard_error).mean() == pytest.approx(1.96, abs=0.6)


def test_the_same_seed_draws_the_same_panels(world):
    first, again = (draws(world, None, panels=30)[CALIBRATED] for _ in range(2))
    assert (first.deviation == again.deviation).all() and (first.lower == again.lower).all()
    other = draws(world, None, panels=30, seed="other")[CALIBRATED]
    assert (first.deviation != other.deviation).any()


def test_a_set_has_the_real_sizes_before_entry_and_no_event_where_none_can_be(world):
    model, sectors = comparison_model(*world), treated_sectors(*world)
    shape = (len(model.means) + 500 * len(sectors.names), len(model.common))
    g = np.random.default_rng(1).normal(0, 0.2, shape)
    g[:, 3] = -np.inf
    counts, sets = counts_of(model, sectors, g, np.random.default_rng(2))
    assert not counts[:, 3].any() and not sets[:, :, 3].any()
    before = (sets * sectors.before).sum(axis=2).mean(axis=0)
    assert before == pytest.approx(sectors.events_before, rel=0.02)


@pytest.mark.slow
def test_the_size_is_five_percent_where_the_model_is_true(world):
    for variation in (Variation(drift=0.01), None):
        rows = power_rows(draws(world, variation, panels=600)[CALIBRATED])
        assert 0.03 <= rows[0]["power"] <= 0.07
        assert min(rows[0]["low"], rows[0]["high"]) > 0.01
