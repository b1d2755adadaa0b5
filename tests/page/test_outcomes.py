"""What the outcome family, the contrast and the fatal share say."""

import math

import numpy as np
import pytest

from evaluation.analyses.lethality.table import lethality
from evaluation.analyses.outcome_family import facts as facts
from evaluation.analyses.outcome_family.table import outcomes
from evaluation.page.language import Language
from tests.page.made import numbers_of, reading

OF_OUTCOMES = ("outcome_family", "contrasts", "joint_sizes")
OF_LETHALITY = ("lethality", "contrasts", "joint_sizes")


def of(frames, names):
    return {name: frames[name] for name in names}


def test_family_and_contrast(study, frames):
    table = outcomes(study, Language("en"), **of(frames, OF_OUTCOMES))
    assert len(table.frame) == len(study.outcomes) + 1
    first, lost, contrast = table.frame.iloc[0], table.frame.iloc[-2], table.frame.iloc[-1]
    assert (first["p"], first["adjusted"], first["within"]) == (0.04, 0.12, 0.08)
    assert "not testable" in lost["remark"] and np.isnan(lost["p"])
    assert contrast["effect"] == pytest.approx(-50) and contrast["p"] == 0.28
    label = "Effect on firearm homicide, against that on non-firearm homicide"
    assert contrast["outcome"] == label
    assert "Measured size: 3% to 5% (100 panels each)." in table.note


def test_lethality_by_year_and_its_test(study, frames):
    table = lethality(study, Language("en"), **of(frames, OF_LETHALITY))
    spans = list(table.frame["span"])
    assert spans[:2] == ["2018", "2019"] and spans[2].startswith("before (Jan 2016")
    assert np.isnan(table.frame["share_treated"].iloc[0])
    assert table.frame["share_treated"].iloc[-1] == 25
    assert table.frame["ci_low_donors"].iloc[1] == 40
    assert "Measured size: 3% to 5% (100 panels each)." in table.note


def test_sentences_branch_on_the_tests(study, frames):
    found = numbers_of(study, frames, "outcome_family", "lethality")
    assert found["outcomes_rejecting"] == 1 and found["outcomes_rejecting_adjusted"] == 0
    assert (
        found["outcomes_tested"] == len(study.outcomes) - 1 and found["outcomes_contrast_p"] == 0.28
    )
    assert reading("outcomes", found) == ["outcomes"]
    assert reading("outcomes", found | {"outcomes_tested": 0}) == ["outcomes_none"]
    assert reading("lethality", found) == ["lethality_rejects"]
    assert reading("lethality", found | {"lethality_p": 0.5})[0] == "lethality_keeps"
    assert found["lethality_before_share"] == 50
    assert reading("lethality", found | {"lethality_p": None}) == ["lethality_untested"]


def test_a_study_without_the_parts_says_so(study, frames, language):
    values = ["log_ratio", "estimate", "standard_error", "ci_low", "ci_high", "p_value"]
    contrasts = frames["contrasts"].assign(
        first="",
        second="",
        reason="the study has no such pair of outcomes",
        **dict.fromkeys([*values, "smallest_p"], math.nan),
    )
    given = of(frames, OF_OUTCOMES) | {"contrasts": contrasts}
    table = outcomes(study, language, **given)
    assert table.frame.iloc[-1]["outcome"] == language("table.outcomes.no_contrast")
    none = frames["lethality"].iloc[:0]
    given = of(frames, OF_LETHALITY) | {"contrasts": contrasts, "lethality": none}
    assert lethality(study, language, **given).note == language("table.lethality.none")
    changed = frames | {"contrasts": contrasts, "lethality": none}
    numbers = numbers_of(study, changed, "outcome_family", "lethality")
    assert reading("lethality", numbers) == ["lethality_none"]
    assert numbers["outcomes_contrast_p"] is None or math.isnan(numbers["outcomes_contrast_p"])
    assert reading("outcomes", numbers) == ["outcomes"]
