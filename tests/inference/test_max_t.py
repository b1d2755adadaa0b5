"""Adjusted p-values: by brute force, above the plain ones, family-wise error controlled."""

import numpy as np
import pytest

from evaluation.inference.inversion import Scores
from evaluation.inference.max_t import max_t
from evaluation.inference.permutation import rank
from evaluation.study.errors import EstimationError


def family(generator, outcomes=4, donors=39, correlation=0.0):
    shared = generator.normal(size=donors + 1) * np.sqrt(correlation)
    own = generator.normal(size=(outcomes, donors + 1)) * np.sqrt(1 - correlation)
    units = ("treated", *(f"d{number:02d}" for number in range(donors)))
    scored = {
        f"o{number}": Scores("rate", values + shared, np.ones(donors + 1))
        for number, values in enumerate(own)
    }
    return scored, dict.fromkeys(scored, units)


def test_by_brute_force():
    scored, units = family(np.random.default_rng(1))
    z = {name: np.abs(value.deviation) for name, value in scored.items()}
    left, expected, last = sorted(z, key=lambda name: -z[name][0]), {}, 0.0
    while left:
        name = left[0]
        maxima = np.max([z[other][1:] for other in left], axis=0)
        last = max(last, (1 + (maxima >= z[name][0]).sum()) / 40)
        expected[name] = last
        left = left[1:]
    assert max_t(scored, units) == pytest.approx(expected)


def test_never_below_the_plain_p_and_equal_for_one_outcome_or_copies():
    generator = np.random.default_rng(2)
    for _ in range(50):
        scored, units = family(generator, correlation=0.3)
        adjusted = max_t(scored, units)
        for name, value in scored.items():
            assert adjusted[name] >= rank(name, value, 0.95).p_value
    one = {"o0": scored["o0"]}
    plain = rank("o0", scored["o0"], 0.95).p_value
    assert max_t(one, {"o0": units["o0"]})["o0"] == plain
    copies = {"a": scored["o0"], "b": scored["o0"]}
    assert set(max_t(copies, dict.fromkeys(copies, units["o0"])).values()) == {plain}


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_family_wise_error(correlation):
    generator = np.random.default_rng(3)
    errors = [
        min(max_t(*family(generator, correlation=correlation)).values()) <= 0.05
        for _ in range(1500)
    ]
    assert np.mean(errors) == pytest.approx(0.05, abs=0.015)


def test_order_of_donors_does_not_matter_and_other_units_are_refused():
    scored, units = family(np.random.default_rng(4))
    base = max_t(scored, units)
    order = np.r_[0, 1 + np.random.default_rng(5).permutation(39)]
    shuffled = dict(scored)
    shuffled["o1"] = Scores("rate", scored["o1"].deviation[order], np.ones(40))
    names = dict(units)
    names["o1"] = tuple(units["o1"][index] for index in order)
    assert max_t(shuffled, names) == base
    with pytest.raises(EstimationError, match="not the units of outcome o0"):
        max_t(scored, units | {"o2": ("treated", *units["o2"][2:], "new")})
