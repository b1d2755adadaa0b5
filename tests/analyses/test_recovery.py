"""Fake pilots: thinning by hand; what a large panel must recover; the gate on known ones."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.gate.verdict import WORDS, WORDS_OF
from evaluation.analyses.gate_recovery import facts
from evaluation.analyses.gate_recovery.compute import _rings, gate_recovery, same_sign_shares
from evaluation.analyses.recovery.compute import (
    fake_scores,
    primary_specifications,
    recovery,
)
from evaluation.calibration.fake_pilots import (
    FakePilots,
    alike,
    leaves,
    mean_with_error,
    plant,
    share_with_interval,
)
from evaluation.design.design import make_design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import log_ratio_scores_if_any, permutation_ferman_pinto
from evaluation.inference.placebo import stack, totals
from evaluation.panel.periods import to_periods
from tests.analyses.tiny_results import tiny_results

CURVE = ("panel", "units", "specifications", "specification_scores")
GATE = (*CURVE, "neighbours", "placebos")


@pytest.fixture(scope="module")
def tiny():
    study, frames = tiny_results()
    many = dataclasses.replace(
        study.robustness,
        recovery=dataclasses.replace(study.robustness.recovery, draws=40),
    )
    return dataclasses.replace(study, robustness=many), frames


@pytest.fixture(scope="module")
def pilots(tiny):
    study, frames = tiny
    units = frames["units"]
    return plant(study, frames["panel"], units.loc[units["role"] == "donor", "sector"])


def test_thinning_keeps_the_share_and_nests(tiny, pilots):
    study, _ = tiny
    whole = pilots.whole["homicide", "B"]
    every = pilots.versions("all", 0.5)
    assert len(every) == 40
    left = pilots.observed("homicide", "B")
    # 11 donors with some 150 events, 40 draws: the share is known to a standard error of .002.
    assert left[:, every].sum() / (40 * whole.sum()) == pytest.approx(0.5, abs=0.01)
    np.testing.assert_array_equal(left[:, 0], whole)
    taken = {
        name: pilots.whole["homicide", name][:, None] - pilots.observed("homicide", name)
        for name in "AB"
    }
    assert (taken["A"] <= taken["B"]).all() and (taken["A"][:, every].sum() > 0)


def test_parts_add_up_and_the_firearm_scenario_leaves_the_rest(tiny, pilots):
    study, frames = tiny
    parts = ("firearm_homicide", "non_firearm_homicide")
    assert leaves(study, frames["panel"], "homicide") == parts
    total = sum(pilots.observed(name, "B") for name in parts)
    np.testing.assert_array_equal(total, pilots.observed("homicide", "B"))
    guns = pilots.versions("firearm", 0.5)
    rest = pilots.observed("non_firearm_homicide", "B")
    assert (rest[:, guns] == rest[:, :1]).all()
    assert (pilots.observed("firearm_homicide", "B")[:, guns] < rest.max() * 9).all()
    # Shootings are no part of the primary outcome.
    assert (pilots.observed("shooting", "B") == pilots.whole["shooting", "B"][:, None]).all()


def test_without_its_parts_an_outcome_is_thinned_as_a_whole(tiny):
    study, frames = tiny
    alone = dataclasses.replace(study, outcomes=("homicide",))
    panel = frames["panel"].query("outcome == 'homicide'")
    found = plant(alone, panel, ["DONOR A", "DONOR B"])
    assert found.scenarios == ("all",) and found.parts == {"homicide": ("homicide",)}


def test_the_same_thinning_whatever_the_order(tiny, pilots):
    study, frames = tiny
    shuffled = frames["panel"].sample(frac=1, random_state=5)
    again = plant(study, shuffled, pilots.donors[::-1])
    for key, taken in pilots.removed.items():
        np.testing.assert_array_equal(again.removed[key], taken)


def test_a_thinned_donor_scores_as_if_refitted(tiny, pilots):
    """The shift of the log ratio against a fit of the thinned panel itself."""
    study, frames = tiny
    matrices = to_periods(frames["panel"], "homicide", "quarter", 3)
    design = make_design(matrices, frames["units"], study)
    donor = design.donors.index("DONOR C")
    counts = matrices.counts.copy()
    row, post = matrices.rows(["DONOR C"])[0], matrices.columns(design.post)
    counts[row, post] = np.floor(counts[row, post] / 2)
    thinned = dataclasses.replace(matrices, counts=counts)
    for name in ("demeaned_synthetic_control", "poisson_did"):
        estimator = ESTIMATORS[name]
        everyone = stack(estimator.fit_many(matrices, [design.placebo(d) for d in design.donors]))
        alone = stack(estimator.fit_many(thinned, [design.placebo("DONOR C")]))
        window = np.arange(everyone.pre + len(design.donut), len(design.periods))
        before, after = totals(everyone, window), totals(alone, window)
        family = pd.DataFrame(
            {key: getattr(before, key) for key in ("log_ratio", "pre_events", "observed")}
        )
        scored, others = fake_scores(family, after.observed, donor, "mean")
        order = np.r_[donor, np.delete(np.arange(len(design.donors)), donor)]
        by_hand = dataclasses.replace(
            before,
            **{
                key: getattr(before, key)[order]
                for key in before.__dataclass_fields__
                if key not in ("units", "counted", "share")
            },
        )
        by_hand.log_ratio[0], by_hand.observed[0] = after.log_ratio[0], after.observed[0]
        test = permutation_ferman_pinto(by_hand, 0.9, "mean")
        expected = test.statistic / test.standard_error
        assert scored.deviation[0] / scored.standard_error[0] == pytest.approx(expected[0])
        np.testing.assert_allclose(others, np.abs(expected[1:]))


def test_exact_interval_by_hand():
    # R: binom.test(3, 21)$conf.int gives .0305 and .3634; 0 of 21 gives 1 − .025^(1/21).
    values = np.zeros((21, 4))
    values[:3] = 1
    found = share_with_interval("x", values)
    assert found["x"] == pytest.approx(3 / 21)
    assert found["x_low"] == pytest.approx(0.0305, abs=5e-5)
    assert found["x_high"] == pytest.approx(0.3634, abs=5e-5)
    none = share_with_interval("x", np.zeros((21, 1)))
    assert none["x_low"] == 0 and none["x_high"] == pytest.approx(1 - 0.025 ** (1 / 21))
    every = share_with_interval("x", np.ones((21, 3)))
    assert every["x_high"] == 1 and every["x_low"] == pytest.approx(0.025 ** (1 / 21))


def test_the_error_of_a_mean_counts_donors():
    found = mean_with_error("x", np.array([[1.0, 1.0], [3.0, 3.0]]))
    assert found == {"x": 2.0, "x_error": 1.0}
    assert math.isnan(mean_with_error("x", np.array([[1.0, 2.0]]))["x_error"])


def test_alike_are_the_third_nearest_in_size():
    chosen = alike(np.array([1.0, 100.0, 40.0, 60.0, 5000.0, 9.0]), 50.0)
    assert chosen.tolist() == [False, False, True, True, False, False]


def test_estimators_recover_what_was_planted_in_the_tiny_world(tiny):
    study, frames = tiny
    table = recovery(study, **{name: frames[name] for name in CURVE})
    assert set(table["estimator"]) == set(study.robustness.grid.estimators)
    # Eleven donors of some 150 events without drift: log ratios are known to about .15 each.
    assert (table["bias"].abs() < 4 * table["bias_error"] + 0.05).all()
    half = table.query("rate_ratio == 0.5 and subset == 'all'")
    none = table.query("rate_ratio == 1 and subset == 'all'")
    assert (half["power"] > 0.6).all() and (none["power"] <= 2 / 11).all()
    assert (half["coverage"] > 0.7).all()
    assert (none["draws"] == 11).all() and (half["draws"] == 440).all()


def test_only_the_estimator_varies_between_the_specifications_used(tiny):
    study, frames = tiny
    names = primary_specifications(study, frames["specifications"])
    assert list(names.values()) == list(study.robustness.grid.estimators)
    assert {name.split("|", 2)[2] for name in names} == {"B|quarter|all|main"}
    none = frames["specifications"].assign(primary=False)
    assert primary_specifications(study, none) == {}
    needed = {name: frames[name] for name in CURVE} | {"specifications": none}
    assert recovery(study, **needed).empty


def test_same_sign_shares_by_hand():
    pilots = FakePilots(
        ("a", "b"),
        ("", "all"),
        np.array([1.0, 0.5]),
        {("homicide", "B"): np.array([10.0, 4.0])},
        {("homicide", "B"): np.array([[0.0, 6.0], [0.0, 1.0]])},
        {"homicide": ("homicide",)},
    )
    specifications = pd.DataFrame(
        {"specification": list("xyz"), "outcome": "homicide", "window": "B", "reason": ""}
    )
    rows = [("x", "a", 8.0), ("y", "a", 12.0), ("z", "a", -1.0), ("x", "b", 5.0)]
    scores = pd.DataFrame(rows, columns=["specification", "unit", "counterfactual"])
    scores["observed"] = scores["unit"].map({"a": 10.0, "b": 4.0})
    scores["treated"] = False
    found = same_sign_shares(
        None, pilots, specifications, scores, np.array([[-1.0, -1.0], [-1.0, 1.0]])
    )
    # a: +2 and −2, then −4 and −8; its third specification has no ratio. b: −1, then −2.
    np.testing.assert_allclose(found, [[0.5, 1.0], [1.0, 0.0]])


def needed(study, frames):
    """What `gate_recovery` takes, with fake starts that show next to nothing."""
    fakes = pd.DataFrame({"z": np.linspace(-0.01, 0.01, 50)}).assign(
        outcome="homicide", estimator=study.estimators[0], real=False, treated=False
    )
    return {name: frames[name] for name in GATE} | {"placebo_time": fakes}


def test_the_gate_finds_large_effects_more_often_than_none(tiny):
    study, frames = tiny
    study = dataclasses.replace(study, level=0.95)
    table = gate_recovery(study, **needed(study, frames))
    share = table.set_index(["scenario", "subset", "rate_ratio", "condition"])["share"].sort_index()
    # Eleven units: the smallest p of ranks is 1/11, that of simulated ones is not bound so.
    assert share["all", "all", 0.5, "p"] == 0
    null, found = (share["all", "all", ratio, "p calibrated"] for ratio in (1.0, 0.5))
    assert found > 0.5 > 0.2 > null
    assert share["all", "all", 0.5, "specification_curve"] > 0.9
    for scenario in ("all", "firearm"):
        for ratio in (1.0, 0.5):
            parts = share[scenario, "all", ratio]
            four = ["p calibrated", "rings", "size"]
            assert parts["four conditions"] <= parts[four].min() + 1e-12
            seven = ["p calibrated", "specification_curve", "firearm", "total", "fake_starts"]
            assert parts["seven conditions"] <= parts[seven].min() + 1e-12
            verdicts = parts[parts.index.str.startswith("verdict ")]
            assert len(verdicts) == len(WORDS) and verdicts.sum() == pytest.approx(1)
            both = verdicts["verdict established fall"] + verdicts["verdict established rise"]
            assert parts["four conditions"] == pytest.approx(both)
            assert parts["beyond"] <= parts["p calibrated"]
    # What is found where half of the events are gone is a fall; hardly any is excluded then.
    half, fifth = share["all", "all", 0.5], share["all", "all", 0.8]
    assert half["verdict established fall"] == half["four conditions"] > 0.5
    assert half["excluded"] == 0 and fifth["excluded"] < 0.2
    # An effect on firearm homicides alone is distinguished from one on all of them.
    assert share["firearm", "all", 0.5, "firearm"] > share["all", "all", 0.5, "firearm"]
    # Without neighbours among the donors nothing can rise there.
    assert share["all", "all", 0.5, "rings"] == 1


def test_fake_starts_are_judged_where_they_are_known(tiny):
    study, frames = tiny
    table = gate_recovery(study, **needed(study, frames))
    found = table.query("condition == 'fake_starts' and subset == 'all' and rate_ratio == 0.5")
    assert (found["share"] > 0.95).all()


def test_the_gates_recovery_without_a_primary_specification_is_empty(tiny):
    study, frames = tiny
    given = needed(study, frames)
    given["specifications"] = given["specifications"].assign(primary=False)
    assert gate_recovery(study, **given).empty


def test_the_smallest_effect_is_planted_beside_the_others(tiny, pilots):
    study, frames = tiny
    assert pilots.ratios("all") == (1.0, 0.8, 0.5) and pilots.ratios("firearm") == (1.0, 0.5)
    # The draws of the others do not depend on it.
    fewer = dataclasses.replace(study, smallest_effect=50.0)
    units = frames["units"]
    donors = units.loc[units["role"] == "donor", "sector"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evaluation.calibration.fake_pilots.seed_of", lambda _: 7)
        one, other = (plant(given, frames["panel"], donors) for given in (study, fewer))
    assert other.ratios("all") == (1.0, 0.5)
    for key, taken in other.removed.items():
        np.testing.assert_array_equal(one.removed[key][:, : taken.shape[1]], taken)


def without_ratios(frames):
    """The same curve where hardly any donor has a positive expected count."""
    scores = frames["specification_scores"].copy()
    lost = ~scores["treated"] & (scores["unit"] != "DONOR A")
    scores.loc[lost, "counterfactual"] = -1.0
    scores.loc[lost, ["log_ratio", "z"]] = math.nan
    return scores


def test_where_few_donors_have_a_ratio_there_is_no_test(tiny):
    study, frames = tiny
    given = needed(study, frames) | {"specification_scores": without_ratios(frames)}
    curve = {name: given[name] for name in CURVE}
    assert recovery(study, **curve).empty
    share = gate_recovery(study, **given).set_index("condition")["share"]
    assert (share["verdict open"] == 1).all() and (share["four conditions"] == 0).all()
    nothing = log_ratio_scores_if_any(
        np.array([0.1, np.nan, np.nan]), np.ones(3), np.ones(3), "mean"
    )
    assert np.isnan(nothing.deviation).all() and nothing.scale == "log rate ratio"


@pytest.mark.parametrize(
    ("seen", "sign", "adverse", "rose", "total"),
    [
        (30.0, -1.0, True, True, False),
        (30.0, 1.0, False, True, True),
        (3.0, 1.0, True, False, False),
        (3.0, -1.0, False, False, True),
        (10.0, -1.0, False, False, True),
    ],
)
def test_contiguous_donors_by_hand(tiny, seen, sign, adverse, rose, total):
    """One neighbour that expects 10: what it saw, against a donor that moved down or up by 5."""
    study, _ = tiny
    names = tuple("abcdefghijklmnopqrstuvwxyz")
    observed = np.full(26, 10.0) + np.resize([-1.0, 0.0, 1.0], 26)
    observed[:2] = (10.0 + 5 * sign, seen)
    pilots = FakePilots(
        names,
        ("",),
        np.array([1.0]),
        {("homicide", "B"): observed},
        {},
        {"homicide": ("homicide",)},
    )
    donors = pd.DataFrame({"observed": observed, "counterfactual": 10.0, "pre_events": 10.0})
    donors["log_ratio"] = np.log((donors["observed"] + 0.5) / 10.5)
    near = pd.DataFrame({"sector": ["a"], "neighbour": ["b"], "distance_m": [0.0]})
    signs = np.full((26, 1), sign)
    found = _rings(study, pilots, donors, near, signs)
    assert [bool(found[name][0, 0]) for name in ("adverse", "rose", "total")] == [
        adverse,
        rose,
        total,
    ]
    assert not found["adverse"][1:].any() and found["total"][1:].all()
    # A zone without a positive expected count has no test.
    donors.loc[1, ["counterfactual", "log_ratio"]] = (-10.0, math.nan)
    found = _rings(study, pilots, donors, near, signs)
    assert not found["adverse"][0, 0] and not found["total"][0, 0]


def hoping(study, direction, ratios):
    recovered = dataclasses.replace(study.robustness.recovery, rate_ratios=ratios)
    robustness = dataclasses.replace(study.robustness, recovery=recovered)
    return dataclasses.replace(study, direction=direction, robustness=robustness, level=0.95)


def test_where_a_rise_was_hoped_for_rises_are_planted_found_and_excluded(tiny):
    study, frames = tiny
    study = hoping(study, "rise", (1.0, 2.0))
    units = frames["units"]
    pilots = plant(study, frames["panel"], units.loc[units["role"] == "donor", "sector"])
    assert pilots.ratios("all") == (2.0, 1 + study.smallest_effect / 100, 1.0)
    whole, left = pilots.whole["homicide", "B"], pilots.observed("homicide", "B")
    double = left[:, pilots.versions("all", 2.0)]
    assert double.sum() / (40 * whole.sum()) == pytest.approx(2.0, abs=0.01)
    found = recovery(study, **{name: frames[name] for name in CURVE})
    twice = found.query("rate_ratio == 2 and subset == 'all'")
    assert (twice["bias"].abs() < 4 * twice["bias_error"] + 0.05).all()
    table = gate_recovery(study, **needed(study, frames))
    share = table.set_index(["scenario", "subset", "rate_ratio", "condition"])["share"].sort_index()
    twice, none = share["all", "all", 2.0], share["all", "all", 1.0]
    verdicts = twice[twice.index.str.startswith("verdict ")]
    assert set(verdicts.index) == {f"verdict {word}" for word in WORDS_OF["rise"]}
    assert twice["verdict established rise"] == twice["four conditions"] > 0.5
    assert twice["excluded"] == 0 < none["excluded"]


def test_of_two_sides_the_smallest_of_each_is_planted_and_the_wrong_exclusion_is_the_larger(tiny):
    study, frames = tiny
    study = hoping(study, "either", (1.0, 0.5, 2.0))
    table = gate_recovery(study, **needed(study, frames))
    fall, rise = study.smallest_effects
    assert set(table["rate_ratio"]) == {1.0, 0.5, 2.0, fall, rise}
    excluded = table.query("condition == 'excluded' and subset == 'all' and scenario == 'all'")
    excluded = excluded.set_index("rate_ratio")["share"]
    found = facts.numbers(study, gate_recovery=table)
    assert found["recovery_excluded_wrong_share"] == 100 * max(excluded[fall], excluded[rise])
    assert excluded[0.5] == excluded[2.0] == 0
