"""Units treated together: the size of the tests in each tail, and whose variance it is."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration.value_worlds import fit_value_model
from evaluation.design.design import Design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import (
    permutation_ferman_pinto,
    permutation_ferman_pinto_levels,
    scores,
)
from evaluation.inference.placebo import shares, stack, summarise
from evaluation.panel.periods import RATE, OutcomePanel

TREATED, DONORS, BEFORE, AFTER = 3, 30, 20, 8
RANK = 2 / (DONORS + 1)  # p of the second rank, .032 in each tail
DRAWS = 300


def drawn(generator, counted: bool, treated: int = TREATED) -> OutcomePanel:
    """A panel without an effect: units by level, a common path, noise; the first ones are one."""
    units, periods = DONORS + treated, BEFORE + AFTER
    level = generator.normal(10, 1, units)[:, None]
    path = generator.normal(0, 0.5, periods).cumsum()
    if counted:
        values = generator.poisson(30 * np.exp(0.3 * (level - 10) + 0.1 * path)).astype(float)
        first, exposure = values[:treated].sum(axis=0), np.full((DONORS + 1, periods), RATE)
        exposure[0] *= treated
    else:
        values = level + path + generator.normal(0, 1, (units, periods))
        first, exposure = values[:treated].mean(axis=0), np.full((DONORS + 1, periods), RATE)
    names = ("Treated", *(f"donor {number:02d}" for number in range(DONORS)))
    times = tuple(f"{1990 + year}-01" for year in range(periods))
    rows = np.vstack([first, values[treated:]])
    return OutcomePanel("outcome", "year", names, times, rows, exposure, counted)


def design_of(panel: OutcomePanel, treated: int = TREATED) -> Design:
    post = panel.periods[BEFORE:]
    windows = (("post", post),)
    design = Design("Treated", panel.units[1:], panel.periods[:BEFORE], (), post, windows)
    return replace(design, joined=1 if panel.counted else treated)


def family_of(panel, name, treated=TREATED):
    design, estimator = design_of(panel, treated), ESTIMATORS[name]
    fits = [estimator.fit(panel, design), *estimator.fit_many(panel, design.placebos)]
    return summarise(fits, design.post)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("did", marks=pytest.mark.slow),
        "demeaned_synthetic_control",
        "synthetic_control",
    ],
)
@pytest.mark.parametrize("counted", [True, False])
def test_size_in_each_tail_of_a_unit_of_three_among_thirty_donors(counted, name):
    """Nominal .032 a tail; four standard errors of 300 draws are .041 about it."""
    generator = np.random.default_rng(20160101)
    test = permutation_ferman_pinto if counted else permutation_ferman_pinto_levels
    low = high = 0
    for _ in range(DRAWS):
        family = family_of(drawn(generator, counted), name)
        rejects = test(family, 0.95, "mean").p_value <= RANK
        deviation = scores(test.__name__, family, "mean").deviation[0]
        low, high = low + (rejects and deviation < 0), high + (rejects and deviation > 0)
    assert 0.005 <= low / DRAWS <= 0.073 and 0.005 <= high / DRAWS <= 0.073
    assert 0.02 <= (low + high) / DRAWS <= 0.12


def test_a_mean_of_several_has_its_share_of_the_variance_of_one():
    panel = drawn(np.random.default_rng(1), counted=False)
    design = design_of(panel)
    fit = ESTIMATORS["synthetic_control"].fit(panel, design)
    squares = float(np.sum(fit.weights**2))
    family = family_of(panel, "synthetic_control")
    assert family.share[0] == pytest.approx((1 / 3 + squares) / (1 + squares))
    assert (family.share[1:] == 1).all()
    alone = family_of(panel, "synthetic_control", treated=1)
    assert alone.share is None and stack([fit]).joined.tolist() == [TREATED]
    # As one unit it would be ranked by what it moves itself; three times that is a unit's.
    assert family.steps[0] == pytest.approx(3 * alone.steps[0])
    both = [scores("permutation_ferman_pinto_levels", one, "mean") for one in (family, alone)]
    assert both[0].deviation == pytest.approx(both[1].deviation)
    assert both[0].standard_error[0] < 0.8 * both[0].standard_error[1:].mean()


def test_without_weights_donors_count_alike_and_counts_have_no_share():
    panel = drawn(np.random.default_rng(2), counted=False)
    fits = ESTIMATORS["did"].fit_many(panel, [design_of(panel)])
    bare = replace(fits, details=lambda place: {})
    assert shares(bare)[0] == pytest.approx((1 / 3 + 1 / DONORS) / (1 + 1 / DONORS))
    assert family_of(drawn(np.random.default_rng(2), counted=True), "did").share is None


def test_placebos_are_single_units():
    design = design_of(drawn(np.random.default_rng(3), counted=False))
    assert [one.joined for one in design.family()] == [TREATED] + [1] * DONORS


def test_simulated_units_are_means_of_as_many():
    panel = drawn(np.random.default_rng(4), counted=False)
    one, three = (fit_value_model(panel, design_of(panel, joined)) for joined in (1, 3))
    assert three.scales[1:] == pytest.approx(one.scales[1:])
    assert three.scales[0] == pytest.approx(3**-0.5, rel=0.3)
