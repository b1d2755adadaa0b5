"""The decomposition against the regression it decomposes, and refusals."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.estimators.goodman_bacon import KINDS, NEVER, decompose
from evaluation.estimators.staggered import Adoption
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel


def two_way_coefficient(rates, treated):
    """By Frisch-Waugh: the treatment with unit and period means taken out."""
    own = treated - treated.mean(axis=1, keepdims=True)
    own = own - own.mean(axis=0)
    return (own * rates).sum() / (own**2).sum()


@pytest.mark.parametrize("never", [True, False])
def test_weight_times_effect_is_the_two_way_regression(never):
    for seed in range(20):
        panel = poisson_panel(seed=seed, units=12, mean=8.0)
        generator = np.random.default_rng(seed)
        starts = generator.integers(1, 24, size=12)
        entered = generator.random(12) < (0.7 if never else 2.0)
        entry = tuple(
            (unit, panel.periods[start])
            for unit, start, enters in zip(panel.units, starts, entered, strict=True)
            if enters
        )
        adoption = Adoption(panel.units, panel.periods, 3, entry)
        parts = decompose(panel, adoption)
        assert (parts["weight"] >= 0).all() and set(parts["kind"]) <= set(KINDS)
        assert (NEVER in set(parts["comparison"])) == (not entered.all())
        _, treated = adoption.states()
        assert parts["weight"] @ parts["effect"] == pytest.approx(
            two_way_coefficient(panel.rates, treated.astype(float)), abs=1e-10 * panel.rates.max()
        )


def test_what_cannot_be_decomposed_is_refused():
    panel = poisson_panel(seed=1, units=4)
    entry = (("u00", panel.periods[5]),)
    adoption = Adoption(panel.units, panel.periods, 3, entry)
    donut = frozenset({("u00", panel.periods[4])})
    with pytest.raises(EstimationError, match="every cell"):
        decompose(panel, replace(adoption, left_out=donut))
    with pytest.raises(EstimationError, match="treated in every period"):
        decompose(panel, replace(adoption, entry=(("u00", panel.periods[0]),)))
    everyone = tuple((unit, panel.periods[5]) for unit in panel.units)
    with pytest.raises(EstimationError, match="all units are treated at once"):
        decompose(panel, replace(adoption, entry=everyone))
