import numpy as np
import pytest

from evaluation.estimators.rounding import settled, tied


def test_zero_but_for_rounding_is_zero_and_a_small_count_is_not():
    expected = np.array([3e-16, -4e-12, 1e-5, -0.2, 7.0])
    assert settled(expected, 40.0).tolist() == [0.0, 0.0, 1e-5, -0.2, 7.0]


def test_rounding_grows_with_what_is_summed():
    assert settled(np.array([2e-6, 2e-6]), np.array([1.0, 5000.0])).tolist() == [2e-6, 0.0]


@pytest.mark.parametrize("value", [1.7, -1.7, 0.0])
def test_values_that_are_equal_but_for_rounding_are_tied(value):
    others = [value + 1e-6, value - 1e-6, 2.0, -2.0, 0.9]
    reference = np.array([value + 3e-13, value - 3e-13, *others])
    found = tied(reference, value)
    assert (found == value).tolist() == [True, True] + [False] * len(others)
    assert (found[2:] == reference[2:]).all()


def test_what_has_no_statistic_or_an_infinite_one_stays():
    reference = np.array([np.nan, np.inf, -np.inf, 1.0])
    assert np.array_equal(tied(reference, 1.0), reference, equal_nan=True)
    assert np.array_equal(tied(reference, np.inf), reference, equal_nan=True)
    assert np.array_equal(tied(reference[:1], 1.0), reference[:1], equal_nan=True)
