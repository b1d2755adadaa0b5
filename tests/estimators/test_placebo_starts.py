"""All units × starts at once against the estimators one by one, and refusals."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.design.design import Design
from evaluation.estimators.placebo_starts import linear_effects, poisson_log_ratios
from evaluation.estimators.registry import ESTIMATORS
from evaluation.study.errors import EstimationError
from tests.conftest import poisson_panel


def designs(panel, starts, before, after):
    for unit in panel.units:
        for start in starts:
            first = panel.periods.index(start)
            low = 0 if before is None else first - before
            high = len(panel.periods) if after is None else first + after
            post = panel.periods[first:high]
            donors = tuple(name for name in panel.units if name != unit)
            yield Design(unit, donors, panel.periods[low:first], (), post, (("A", post),))


@pytest.mark.parametrize(("before", "after"), [(None, None), (8, 4), (None, 6)])
def test_every_cell_is_the_estimator_of_its_own(before, after):
    panel = poisson_panel(seed=4, units=9)
    starts = panel.periods[8:18]
    family = list(designs(panel, starts, before, after))
    shape = (len(panel.units), len(starts))
    rates = panel.rates
    for name, found in (
        ("did", linear_effects(panel, starts, before, after)),
        ("poisson_did", poisson_log_ratios(panel, starts, before, after)),
    ):
        expected = []
        for fit in ESTIMATORS[name].fit_many(panel, family):
            post = fit.window(fit.design.post)
            if name == "did":
                expected.append(fit.gap[post].mean())
            else:
                expected.append(np.log(fit.observed[post].sum() / fit.counterfactual[post].sum()))
        scale = rates.mean() if name == "did" else 1.0
        assert found == pytest.approx(np.reshape(expected, shape), abs=1e-11 * scale)


def test_order_of_units_moves_no_cell_beyond_rounding_and_scale_follows():
    panel = poisson_panel(seed=5, units=12)
    starts = panel.periods[6:18]
    order = np.random.default_rng(0).permutation(12)
    shuffled = replace(
        panel,
        units=tuple(panel.units[i] for i in order),
        counts=panel.counts[order],
        exposure=panel.exposure[order],
    )
    base = linear_effects(panel, starts)
    assert linear_effects(shuffled, starts) == pytest.approx(base[order], rel=1e-9, abs=1e-9)
    scaled = replace(panel, exposure=panel.exposure * 7)
    assert linear_effects(scaled, starts) == pytest.approx(base / 7, rel=1e-9)
    logs = poisson_log_ratios(panel, starts)
    assert np.array_equal(poisson_log_ratios(shuffled, starts), logs[order])
    assert np.array_equal(poisson_log_ratios(scaled, starts), logs)


def test_what_has_no_closed_form_is_refused():
    panel = poisson_panel(seed=6, units=5)
    with pytest.raises(EstimationError, match=f"start {panel.periods[0]} has too few"):
        linear_effects(panel, panel.periods[:3])
    with pytest.raises(EstimationError, match="too few"):
        poisson_log_ratios(panel, panel.periods[6:9], before=7)
    speed = np.exp(np.outer(np.arange(5), np.arange(24)) / 100)
    with pytest.raises(EstimationError, match="different speeds"):
        poisson_log_ratios(replace(panel, exposure=panel.exposure * speed), panel.periods[6:9])
    alone = poisson_panel(seed=6, units=1)
    with pytest.raises(EstimationError, match="nothing to compare"):
        linear_effects(alone, alone.periods[6:9])
