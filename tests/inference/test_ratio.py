"""The exact interval of the ratio of ratios."""

import pytest
from scipy.stats import nchypergeom_fisher

from evaluation.inference.ratio import ratio_of_ratios


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
