"""Which sentence gives the range of the effects, and of the specifications."""

import math

import pytest

from evaluation.analyses.main_effects.facts import reading as effects
from evaluation.analyses.specifications.facts import reading as specifications


def ends(low, high, least, most):
    names = ("estimators_low", "estimators_high", "windows_low", "windows_high")
    return {
        f"{name}_percent": end for name, end in zip(names, (low, high, least, most), strict=True)
    }


@pytest.mark.parametrize(
    ("numbers", "key"),
    [
        (ends(-30.0, -25.0, -29.0, -26.0), "main_effects_ranges"),
        (ends(4.1, 25.0, 4.1, 4.1), "main_effects_estimators"),
        (ends(16.2, 16.4, 16.4, 16.4), "main_effects_alike"),
        (ends(math.nan, math.nan, math.nan, math.nan), "main_effects_doubted"),
        (ends(4.0, 25.0, None, None), "main_effects_estimators"),
        (ends(None, None, 16.4, 16.4), "main_effects_doubted"),
        (ends(-11.4, -11.1, -11.1, -11.1) | {"effect_unit": "value"}, "main_effects_estimators"),
    ],
)
def test_a_range_is_given_where_there_is_one(numbers, key):
    assert effects("main_effects", numbers | {"controls": 0}) == [key, "main_effects"]


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
    assert specifications("specifications", found) == [key]
