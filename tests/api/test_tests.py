"""Every test that a study can ask for, by name, on a small panel."""

import math

import numpy as np
import pytest

import evaluation as ev
from evaluation.inference.baselines import OWNERS
from evaluation.inference.registry import TESTS
from evaluation.study.config import read_yaml
from tests.api import given
from tests.conftest import ROOT

FEW = dict(panels=10, copies=4)


@pytest.fixture(scope="module")
def fits():
    panel = given.panel(given.frame(ratio=0.2, mean=60.0))
    design = given.design(panel)
    names = ("demeaned_synthetic_control", "did", "poisson_did")
    return {name: ev.fit(panel, design, name) for name in names}


def test_they_are_the_tests_of_a_study():
    schema = read_yaml(ROOT / "workflow" / "schemas" / "config.schema.yaml")
    inference = schema["properties"]["inference"]["properties"]
    known = {*inference["tests"]["items"]["enum"], *inference["baselines"]["items"]["enum"]}
    assert set(TESTS) == known


@pytest.mark.parametrize("name", TESTS)
def test_every_test_finds_a_large_effect(fits, name):
    fit = fits[next((owner for owner in OWNERS.get(name, ["did"]) if owner in fits), "did")]
    tested = ev.test(fit, name, level=0.9, **FEW)
    assert (tested.name, tested.calibrated, tested.reason) == (name, "not measured", "")
    # The wild bootstrap hardly ever rejects with one treated unit, and one interval has no p.
    if name not in ("wild_cluster_bootstrap", "prediction_interval"):
        assert tested.p_value <= max(0.1, tested.smallest_p if name == "conley_taber" else 0)
    low, high = tested.interval_percent
    if math.isfinite(low) and math.isfinite(high):
        assert low < high < 0
    again = ev.test(fit, name, level=0.9, **FEW)
    np.testing.assert_equal((again.p_value, again.interval), (tested.p_value, tested.interval))


def test_the_interval_excludes_zero_exactly_when_p_is_small():
    for seed in range(6):
        panel = given.panel(given.frame(ratio=0.7, seed=seed))
        tested = ev.test(
            ev.fit(panel, given.design(panel), "poisson_did"), "permutation_ferman_pinto", level=0.8
        )
        low, high = tested.interval_percent
        assert (high < 0 or low > 0) == (tested.p_value <= 0.2)
        assert tested.smallest_p == pytest.approx(1 / 12)


def test_a_rate_interval_in_percent_is_of_the_expected_rate(fits):
    fit = fits["did"]
    tested = ev.test(fit, "permutation_ferman_pinto_levels", level=0.8)
    own = fit.own
    after = own.window(fit.design.post)
    rate = np.mean(1e5 * own.counterfactual[after] / own.exposure[after])
    assert tested.scale == "rate"
    assert tested.interval_percent == pytest.approx([100 * end / rate for end in tested.interval])


def test_another_seed_moves_a_simulated_p_and_no_other(fits):
    fit = fits["poisson_did"]
    one, two = (
        ev.test(fit, "permutation_ferman_pinto_calibrated", seed=seed, **FEW) for seed in (1, 2)
    )
    assert one.interval != two.interval and one.seed == 1
    plain = [ev.test(fit, "permutation_rmspe", seed=seed) for seed in (1, 2)]
    assert plain[0].p_value == plain[1].p_value


def test_a_test_that_does_not_exist_says_why():
    panel = given.panel(given.noiseless(0.5))
    tested = ev.test(ev.fit(panel, given.design(panel), "did"), "permutation_ferman_pinto")
    assert math.isnan(tested.p_value) and tested.reason == "placebos alike"
    assert "none: placebos alike" in repr(tested)


def test_usual_tests_say_what_is_wrong_with_them(fits):
    tested = ev.test(fits["did"], "cluster_robust")
    assert tested.caution == "not valid with one treated unit"
    assert "not valid with one treated unit" in repr(tested)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Permutation_raw"}, "test: 'Permutation_raw'.*Did you mean 'permutation_raw'"),
        ({"name": "poisson_wald"}, r"poisson_wald of a fit by did.*\['poisson_did'\]"),
        ({"level": 95}, "level: 95. Expected a number, 0.5 to 0.999. Write 95% as 0.95"),
        ({"centre": "median"}, "centre: 'median'"),
        ({"window": "B"}, "window: 'B'"),
        ({"panels": 0}, "panels: 0. Expected a whole number, 1 to 100,000"),
        ({"fit": "did"}, "fit: a str"),
    ],
)
def test_bad_options_are_one_clear_message(fits, options, message):
    given_options = dict(fit=fits["did"], name="permutation_raw") | options
    with pytest.raises(ev.InputError, match=message):
        ev.test(given_options.pop("fit"), given_options.pop("name"), **given_options)
