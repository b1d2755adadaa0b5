"""Ranges of effects are given where there are any, and a rise is counted as one."""

import pytest

from evaluation.analyses.main_effects.facts import reading
from evaluation.analyses.specifications.facts import reading as curve


@pytest.mark.parametrize(
    "estimators, windows, unit, key",
    [
        ((-30.0, -25.0), (-29.0, -26.0), None, "main_effects_ranges"),
        ((4.0, 25.0), (4.0, 4.0), None, "main_effects_estimators"),
        ((4.0, 25.0), (None, None), None, "main_effects_estimators"),
        ((16.2, 16.4), (16.4, 16.4), None, "main_effects_alike"),
        ((0.21, 0.34), (0.21, 0.21), "value", "main_effects_estimators"),
        ((None, None), (None, None), None, "main_effects_doubted"),
    ],
)
def test_ranges_follow_the_estimates(estimators, windows, unit, key):
    found = {
        f"{over}_{end}_percent": value
        for over, pair in (("estimators", estimators), ("windows", windows))
        for end, value in zip(("low", "high"), pair, strict=True)
    }
    found |= {"controls": 0} | ({"effect_unit": unit} if unit else {})
    assert reading("main_effects", found) == [key, "main_effects"]


@pytest.mark.parametrize(
    ("low", "median", "high", "key"),
    [
        (2.0, 17.0, 30.0, "specifications_rises"),
        (-2.0, 17.0, 30.0, "specifications_mostly_rise"),
        (-40.0, -27.0, -1.0, "specifications_falls"),
        (-40.0, -27.0, 1.0, "specifications"),
        (-4.0, 0.0, 1.0, "specifications"),
    ],
)
def test_the_side_of_most_specifications_is_counted(low, median, high, key):
    found = {"specifications_estimated": 8, "specifications_median_percent": median}
    found |= {"specifications_low_percent": low, "specifications_high_percent": high}
    assert curve("specifications", found) == [key]
