"""Sizes and power of tests of values, on panels whose law is known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration.panel_checks import contradiction
from evaluation.calibration.value_power import (
    DEVIATIONS,
    detectable_difference,
    value_sizes_and_power,
)
from evaluation.calibration.value_worlds import (
    ValueVariation,
    ValueWorld,
    fit_value_model,
    fit_variation,
    value_checks,
    value_worlds,
)
from evaluation.design.design import Design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.panel.periods import RATE, OutcomePanel
from evaluation.study.errors import NotTestable

TESTS = ["permutation_ferman_pinto_levels", "permutation_rmspe", "permutation_raw", "conformal"]


def panel_of(variation, seed=1, units=60, periods=40, scales=None):
    """Annual values of units that have the law of a variation, and a design of the first one."""
    rng = np.random.default_rng(seed)
    names = tuple(f"u{unit:03d}" for unit in range(units))
    years = np.arange(1960.0, 1960 + periods)
    errors = variation.errors((units, periods), years, rng)
    if scales is not None:
        errors = errors * scales[:, None]
    values = 100 + rng.normal(size=(units, 1)) + rng.normal(size=periods).cumsum() + errors
    dates = tuple(f"{year:.0f}-01" for year in years)
    panel = OutcomePanel(
        "value", "year", names, dates, values, np.full(values.shape, RATE), counted=False
    )
    post = dates[30:]
    return panel, Design(names[0], names[1:], dates[:30], (), post, (("A", post),))


def test_a_variogram_gives_back_its_variances():
    lags = np.arange(1, 16)
    truth = ValueVariation(2.0, 0.5, 0.3)
    found = fit_variation(2 * 2.0 * (1 - 0.5**lags) + 0.3 * 0.25 * lags, 40 - lags, 0.25)
    assert found.correlation == truth.correlation
    assert (found.noise, found.drift) == pytest.approx((2.0, 0.3))


@pytest.mark.parametrize(
    "truth",
    [ValueVariation(1.0), ValueVariation(1.0, drift=0.5), ValueVariation(1.0, freedom=6.0)],
)
def test_the_model_finds_what_was_drawn(truth):
    panel, design = panel_of(truth, units=200)
    model = fit_value_model(panel, design)
    whole = float(np.mean(model.scales[1:] ** 2))
    assert whole == pytest.approx(1)
    longest = 2 * truth.noise + 20 * truth.drift
    assert model.variograms[:, -1].mean() == pytest.approx(longest, rel=0.15)
    assert model.variograms[:, 0].mean() == pytest.approx(2 * truth.noise + truth.drift, rel=0.05)
    if math.isinf(truth.freedom):
        assert model.freedom >= 12
    else:
        assert 4 <= model.freedom <= 12


def test_scales_are_those_of_the_units():
    scales = np.repeat([3.0, 1.0], [30, 30])
    panel, design = panel_of(ValueVariation(1.0), scales=scales)
    found = fit_value_model(panel, design).scales
    assert found[1:30].mean() / found[30:].mean() == pytest.approx(3, rel=0.1)
    assert found[0] == pytest.approx(found[1:30].mean(), rel=0.4)


def test_the_panel_contradicts_a_law_that_it_does_not_have():
    panel, design = panel_of(ValueVariation(1.0, drift=2.0))
    model, rng = fit_value_model(panel, design), np.random.default_rng(2)

    def p_of(world):
        drawn = [
            value_checks(model.draw(panel, design, world.variation(model, rng), 1, rng)[0], design)
            for _ in range(200)
        ]
        return contradiction(value_checks(panel, design), np.array(drawn))

    assert p_of(ValueWorld()) > 0.05
    assert p_of(ValueWorld("drift 0", 0.0)) < 0.05


def sizes_of(panel, design, draws=400, **more):
    return value_sizes_and_power(
        panel,
        design,
        ESTIMATORS["did"],
        window="A",
        windows=[("120", design.post)],
        tests=[*TESTS, "leave_two_out", "permutation_ferman_pinto"],
        centre="mean",
        stated=value_worlds([0.0]),
        others=(),
        draws=draws,
        checks=0,
        seed="test",
        **more,
    )


def test_alike_units_are_rejected_as_often_as_they_should():
    panel, design = panel_of(ValueVariation(1.0), units=60)
    size, power = sizes_of(panel, design, draws=1600)
    assert set(size["inference"]) == set(TESTS)  # what needs counts was not measured
    rows = size[size["world"] == "drift 0"].set_index("inference")
    # The treated unit's scale is estimated from 30 periods: it is not exactly the donors'.
    own = fit_value_model(panel, design).scales[0]
    for test in ("permutation_ferman_pinto_levels", "permutation_raw"):
        assert rows.loc[test, "size"] == pytest.approx(0.05 * own**2, abs=0.025)
        assert rows.loc[test, "low"] + rows.loc[test, "high"] == pytest.approx(
            rows.loc[test, "size"]
        )
    assert rows.loc["permutation_rmspe", "size"] == pytest.approx(0.05, abs=0.02)
    assert math.isnan(rows.loc["permutation_rmspe", "low"])
    none = power[power["deviations"] == 0].set_index(["null", "inference"])
    assert none.loc[("drift 0", TESTS[0]), "power"] == rows.loc[TESTS[0], "size"]
    with_ends = none.drop(index="permutation_rmspe", level=1)
    assert (with_ends["coverage"] + with_ends["power"]).to_numpy() == pytest.approx(1)


def test_power_grows_with_what_is_planted_in_the_direction_that_was_hoped_for():
    panel, design = panel_of(ValueVariation(1.0), units=40)
    for direction, sign, side in (("fall", -1.0, "low"), ("rise", 1.0, "high")):
        _, power = sizes_of(panel, design, draws=200, direction=direction)
        rows = power[(power["inference"] == TESTS[0]) & (power["null"] == "drift 0")]
        assert (np.sign(rows["difference"][1:]) == sign).all()
        assert rows["power"].is_monotonic_increasing and rows["power"].iloc[-1] > 0.95
        assert rows[side].iloc[-1] > 0.95
        reached = rows["detectable"].iloc[0]
        assert 0 < reached * sign < abs(rows["difference"].iloc[-1])


def test_falls_and_rises_are_planted_where_either_is_of_interest():
    panel, design = panel_of(ValueVariation(1.0), units=40)
    _, power = sizes_of(panel, design, draws=200, direction="either")
    rows = power[(power["inference"] == TESTS[0]) & (power["null"] == "drift 0")]
    falls, rises = rows[rows["difference"] < 0], rows[rows["difference"] > 0]
    assert list(falls["deviations"]) == list(rises["deviations"]) == list(DEVIATIONS[1:])
    assert falls["low"].iloc[-1] > 0.95 and rises["high"].iloc[-1] > 0.95
    assert falls["detectable"].nunique() == rises["detectable"].nunique() == 1
    hardest = max(falls["detectable"].iloc[0], rises["detectable"].iloc[0], key=abs)
    assert rows.loc[rows["difference"] == 0, "detectable"].item() == hardest


def test_noisier_treated_units_are_not_rejected_too_often_and_quiet_ones_rarely():
    """Scaled by its own movement a noisy unit has nearly its size: .07, and .14 unscaled."""
    for scale, low, high in ((0.4, 0.0, 0.06), (2.5, 0.03, 0.12)):
        scales = np.r_[scale, np.tile([0.5, 1.5], 30)[:59]]
        panel, design = panel_of(ValueVariation(1.0), scales=scales)
        size, _ = sizes_of(panel, design, draws=200)
        found = size.set_index(["world", "inference"]).loc[("drift 0", TESTS[0]), "size"]
        assert low <= found <= high


def test_donors_that_move_alike_leave_nothing_to_draw():
    panel, design = panel_of(ValueVariation(1.0))
    alike = replace(panel, counts=np.tile(panel.counts[1], (len(panel.units), 1)))
    with pytest.raises(NotTestable, match="all donors move alike"):
        fit_value_model(alike, design)


def test_the_detectable_difference_lies_between_those_that_were_drawn():
    effects = np.array([-0.0, -1.0, -2.0, -4.0])
    assert detectable_difference(np.array([0.05, 0.4, 0.7, 0.9]), effects) == pytest.approx(-3.0)
    assert math.isnan(detectable_difference(np.array([0.05, 0.4, 0.7, 0.75]), effects))
