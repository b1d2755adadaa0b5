"""Outcome family, contrasts, lethality, and the measured sizes of the joint tests."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from evaluation.analyses.contrasts.compute import NO_PARTS, contrasts
from evaluation.analyses.joint_sizes.compute import joint_sizes, null_panels
from evaluation.analyses.lethality.compute import lethality, shot_outcomes
from evaluation.analyses.outcome_family.compute import (
    NO_RATIO,
    TEST,
    complete_units,
    fitted_family,
    outcome_family,
)
from evaluation.design.design import make_design
from evaluation.inference.max_t import max_t
from evaluation.inference.permutation import rank, scores
from evaluation.panel.periods import to_periods
from tests.analyses.test_events import real  # noqa: F401


def with_panels(study, panels):
    joint = dataclasses.replace(study.robustness.joint_tests, panels=panels)
    return dataclasses.replace(
        study, robustness=dataclasses.replace(study.robustness, joint_tests=joint)
    )


def test_family_on_the_real_panel(real):  # noqa: F811
    study, given = real
    table = outcome_family(study, **given).set_index("outcome")
    assert list(table.index) == list(study.outcomes)
    tested = table[table["reason"] == ""]
    assert (tested["counterfactual"] > 0).all()
    assert table.loc[table["reason"] == NO_RATIO, "counterfactual"].isna().all()
    # Adjusting for more outcomes, or at all, never makes a p-value smaller.
    assert (tested["p_value"] <= tested["adjusted_family_p"]).all()
    assert (tested["adjusted_family_p"] <= tested["adjusted_p"] + 1e-12).all()
    row = table.loc["homicide"]
    assert row["effect_percent"] == pytest.approx(
        100 * (row["observed"] / row["counterfactual"] - 1)
    )
    outside = (tested["ci_low"] > 0) | (tested["ci_high"] < 0)
    assert (outside == (tested["p_value"] <= 0.05)).all()
    shuffled = {name: frame.sample(frac=1, random_state=2) for name, frame in given.items()}
    pd.testing.assert_frame_equal(outcome_family(study, **shuffled), table.reset_index())


def test_contrast_is_the_difference_of_the_two_effects(real):  # noqa: F811
    study, given = real
    table = contrasts(study, **given).set_index("contrast")
    family = outcome_family(study, **given).set_index("outcome")
    row = table.loc["firearm"]
    assert (row["first"], row["second"]) == ("firearm_homicide", "non_firearm_homicide")
    difference = family.loc[row["first"], "log_rate_ratio"]
    difference -= family.loc[row["second"], "log_rate_ratio"]
    assert row["log_ratio"] == pytest.approx(difference, abs=0.03)  # Haldane's ½
    for name in ("firearm", "lethality"):
        row = table.loc[name]
        middle = (row["ci_low"] + row["ci_high"]) / 2
        assert middle == pytest.approx(row["estimate"])
        assert (row["ci_low"] > 0 or row["ci_high"] < 0) == (row["p_value"] <= 0.05)
    few = dataclasses.replace(study, outcomes=("homicide", "burglary"))
    assert set(contrasts(few, **given)["reason"]) == {NO_PARTS}


def test_lethality_by_hand(real):  # noqa: F811
    study, given = real
    assert shot_outcomes(study) == ("firearm_homicide", "shooting")
    table = lethality(study, **given).set_index(["sectors", "span"])
    panel = given["panel"]
    rows = panel[(panel["sector"] == study.treated) & panel["month"].str.startswith("2019")]
    fatal = int(rows.loc[rows["outcome"] == "firearm_homicide", "count"].sum())
    other = int(rows.loc[rows["outcome"] == "shooting", "count"].sum())
    row = table.loc[("treated", "2019")]
    assert (row["fatal"], row["non_fatal"]) == (fatal, other)
    assert row["share"] == pytest.approx(100 * fatal / (fatal + other))
    # Clopper & Pearson by quantiles of the beta distribution.
    low = beta.ppf(0.025, fatal, other + 1)
    high = beta.ppf(0.975, fatal + 1, other)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * low, 100 * high))
    assert table.loc[("treated", "2018"), "share"] != table.loc[("treated", "2018"), "share"]
    assert table.loc[("city", "pre"), "fatal"] > table.loc[("donors", "pre"), "fatal"]
    few = dataclasses.replace(study, outcomes=("homicide", "burglary"))
    assert lethality(few, **given).empty


def test_sizes_are_measured_and_do_not_depend_on_row_order(real):  # noqa: F811
    study, given = real
    study = with_panels(study, 3)
    table = joint_sizes(study, **given)
    drifts = len(study.calibration.drifts)
    assert table.groupby("test").size().to_dict() == dict.fromkeys(
        ("firearm", "lethality", "pooled"), drifts
    )
    shuffled = {name: frame.sample(frac=1, random_state=2) for name, frame in given.items()}
    pd.testing.assert_frame_equal(joint_sizes(study, **shuffled), table)
    bare = dataclasses.replace(study, outcomes=("homicide",), calendar=())
    assert joint_sizes(bare, **given).empty


@pytest.mark.slow
def test_sizes_of_the_joint_tests_on_the_real_shape(real):  # noqa: F811
    study, given = real
    table = joint_sizes(with_panels(study, 400), **given)
    # [.03, .07] and two simulation errors of 400 panels on either side.
    assert table["size"].between(0.008, 0.095).all(), table


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.2])
def test_family_wise_error_on_the_real_shape(real, drift):  # noqa: F811
    study, given = real
    names = ("firearm_homicide", "non_firearm_homicide", "shooting", "vehicle_theft")
    designed = []
    for name in names:
        quarters = to_periods(given["panel"], name, "quarter", 3)
        designed.append((quarters, make_design(quarters, given["units"], study)))
    count = 250
    draws = [
        null_panels(*pair, drift, count, np.random.default_rng([7, place]))
        for place, pair in enumerate(designed)
    ]
    errors = []
    for nulls in zip(*draws, strict=True):
        families = {
            name: fitted_family(study, null, design)
            for name, null, (_, design) in zip(names, nulls, designed, strict=True)
        }
        scored = {
            name: scores(TEST, family, study.centre)
            for name, family in families.items()
            if family.counterfactual[0] > 0
        }
        joint = complete_units(scored, families)
        adjusted = max_t({n: joint[n][0] for n in joint}, {n: joint[n][1] for n in joint})
        plain = {n: rank(TEST, one, 0.95).p_value for n, one in scored.items()}
        errors.append(min(max(adjusted[n], plain[n]) for n in scored) <= 0.05)
    # Measured .008 and .016: cautious. The bound is .05 and two simulation errors.
    assert np.mean(errors) <= 0.078
