"""Sensitivity to assignment: Firpo & Possebom's formula, its inverse, and what has no answer."""

import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.assignment.compute import assignment, sensitivity, worst_odds
from tests.analyses.tiny_results import tiny_results


def weighted_p(statistics, phi, v):
    """Firpo & Possebom (2018), section 3: e^(φv) as weights of the units, the treated one first."""
    weights = np.exp(phi * np.asarray(v, dtype=float))
    return weights[np.asarray(statistics) >= statistics[0]].sum() / weights.sum()


def p_of_odds(units, as_extreme, odds):
    """p where the units at least as extreme were each `odds` times as likely to be treated."""
    favoured = as_extreme * odds
    return favoured / (favoured + units - as_extreme)


@pytest.mark.parametrize("phi", [0.0, 0.3, 1.7])
def test_p_of_odds_is_the_worst_case_of_the_formula(phi):
    statistics = np.array([3.0, 1.0, 4.0, 0.5, 2.0, 3.0, 0.1])
    worst = statistics >= statistics[0]
    expected = weighted_p(statistics, phi, worst)
    assert p_of_odds(7, 3, math.exp(phi)) == pytest.approx(expected, rel=1e-14)
    # No other v of zeros and ones gives a larger p.
    every = [weighted_p(statistics, phi, [k >> j & 1 for j in range(7)]) for k in range(128)]
    assert expected == pytest.approx(max(every), rel=1e-14)


def test_the_basque_example_by_hand():
    # 1 of 17 regions: p = .059; at 10% the odds are .1·16/(1·.9).
    found = sensitivity(17, 1, 0.10)
    assert found["direction"] == "lost"
    assert found["odds"] == pytest.approx(1.6 / 0.9)
    assert found["odds_treated"] == found["odds"]  # the treated unit is all of them


@pytest.mark.parametrize(("units", "extreme", "level"), [(64, 2, 0.05), (64, 1, 0.1), (40, 3, 0.1)])
def test_lost_odds_bring_p_to_the_level(units, extreme, level):
    found = sensitivity(units, extreme, level)
    assert found["direction"] == "lost"
    assert p_of_odds(units, extreme, found["odds"]) == pytest.approx(level)
    alone = found["odds_treated"]
    assert (alone + extreme - 1) / (alone + units - 1) == pytest.approx(level)
    assert alone >= found["odds"] >= 1


def test_gained_odds_bring_p_to_the_level():
    found = sensitivity(64, 9, 0.05)
    assert found["direction"] == "gained"
    assert p_of_odds(64, 9, 1 / found["odds"]) == pytest.approx(0.05)
    assert math.isnan(found["odds_treated"])  # eight others are as extreme: 8/63 is above 5%
    found = sensitivity(64, 4, 0.05)
    odds = 1 / found["odds_treated"]
    assert (odds + 3) / (odds + 63) == pytest.approx(0.05)


def test_a_p_at_the_level_and_a_p_of_one():
    at = sensitivity(20, 1, 0.05)
    assert (at["direction"], at["odds"]) == ("lost", pytest.approx(1.0))
    last = sensitivity(20, 20, 0.05)
    assert last["direction"] == "gained" and math.isnan(last["odds"])
    assert worst_odds(20, 20, 0.05) == math.inf


def test_every_family_of_placebos_has_a_row_a_level():
    study, frames = tiny_results()
    table = assignment(study, placebos=frames["placebos"])
    assert len(table) == 4 * 4 * 2 * 2
    first = table.query("outcome == 'homicide' and estimator == 'did' and window == 'B'")
    assert (first["units"] == 12).all() and (first["as_extreme"] == 1).all()
    shuffled = frames["placebos"].sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(assignment(study, placebos=shuffled), table)


def test_a_unit_without_a_positive_counterfactual_has_no_row():
    study, frames = tiny_results()
    placebos = frames["placebos"].copy()
    placebos.loc[placebos["treated"], "counterfactual"] = -1.0
    assert assignment(study, placebos=placebos).empty
