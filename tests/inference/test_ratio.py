"""The exact interval of the ratio of ratios."""

import pytest
from scipy.stats import binomtest, nchypergeom_fisher

from evaluation.inference.ratio import exact_share, ratio_of_ratios


def test_the_interval_inverts_the_exact_test():
    before, after, other_before, other_after = 45, 19, 878, 490
    ratio, low, high = ratio_of_ratios(before, after, other_before, other_after, 0.95)
    assert ratio == pytest.approx((19 / 45) / (490 / 878))
    total, first_row, first_column = 45 + 19 + 878 + 490, 19 + 45, 19 + 490
    at_low = nchypergeom_fisher(total, first_column, first_row, low).sf(after - 1)
    at_high = nchypergeom_fisher(total, first_column, first_row, high).cdf(after)
    assert at_low == pytest.approx(0.025, rel=1e-6)
    assert at_high == pytest.approx(0.025, rel=1e-6)


def test_no_event_after():
    ratio, low, high = ratio_of_ratios(10, 0, 50, 40, 0.95)
    assert ratio == 0 and low == 0 and 0 < high < 1


@pytest.mark.parametrize(("met", "count"), [(0, 21), (3, 63), (40, 310), (21, 21), (1, 2)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_exact_share_is_that_of_the_library(met, count, level):
    expected = binomtest(met, count).proportion_ci(level, method="exact")
    assert exact_share(met, count, level) == pytest.approx((expected.low, expected.high), abs=1e-10)


def test_the_exact_share_of_none_has_a_closed_form():
    """(1 − p)^n = α/2 at the upper end."""
    assert exact_share(0, 63, 0.95) == pytest.approx((0.0, 1 - 0.025 ** (1 / 63)), rel=1e-13)
