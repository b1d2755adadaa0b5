"""The weighted displacement difference against the published worked example."""

import numpy as np
import pytest

from evaluation.inference.displacement import displacement_difference


def test_the_worked_example_of_wheeler_and_ratcliffe():
    found = displacement_difference((207, 110), (308, 318), (178, 157), (150, 140))
    assert (found.local, found.displaced, found.total) == (-107, -11, -118)
    assert found.local_error == pytest.approx(np.sqrt(943)) == pytest.approx(30.71, abs=0.005)
    assert found.total_error == pytest.approx(np.sqrt(1568)) == pytest.approx(39.60, abs=0.005)


def test_a_control_twice_as_large_with_half_the_weight_gives_the_same_difference():
    one = displacement_difference((20, 10), (30, 28), (12, 15), (9, 9))
    two = displacement_difference(
        (20, 10), (60, 56), (12, 15), (18, 18), weight=0.5, area_weight=0.5
    )
    assert two.total == one.total
    assert two.local_error == pytest.approx(np.sqrt(30 + 0.25 * 116))


def test_the_error_is_that_of_poisson_counts():
    generator = np.random.default_rng(5)
    means = np.array([80.0, 60.0, 90.0, 85.0, 40.0, 45.0, 30.0, 28.0])
    draws = generator.poisson(means, size=(20_000, 8))
    differences = [
        displacement_difference(*(tuple(row[k : k + 2]) for k in (0, 2, 4, 6))) for row in draws
    ]
    totals = np.array([found.total for found in differences])
    errors = np.array([found.total_error for found in differences])
    assert totals.std() == pytest.approx(np.sqrt(means.sum()), rel=0.02)
    truth = (60 - 80) - (85 - 90) + (45 - 40) - (28 - 30)
    covered = np.abs(totals - truth) <= 1.96 * errors
    assert covered.mean() == pytest.approx(0.95, abs=0.01)
