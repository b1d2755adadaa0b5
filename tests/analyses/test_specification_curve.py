"""The specification curve: equal to the primary analysis where it is one; reasons; invariance."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.specifications.compute import donor_rule, specification_curve
from evaluation.design.design import make_design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import permutation_ferman_pinto
from evaluation.inference.placebo import summarise
from evaluation.panel.periods import to_periods
from evaluation.study.choices import DonorVariant
from evaluation.study.files import write_parquet
from evaluation.study.study import Span
from tests.analyses.tiny_results import tiny_results

NEEDED = ("panel", "sectors", "neighbours")


@pytest.fixture(scope="module")
def tiny():
    study, frames = tiny_results()
    return study, {name: frames[name] for name in NEEDED}, frames


def with_grid(study, **changes):
    grid = dataclasses.replace(study.robustness.grid, **changes)
    return dataclasses.replace(study, robustness=dataclasses.replace(study.robustness, grid=grid))


def test_the_primary_specification_is_the_primary_estimate(tiny):
    study, _, frames = tiny
    rows = frames["specifications"]
    assert rows["primary"].sum() == 1
    row = rows[rows["primary"]].iloc[0]
    estimates = frames["estimates"]
    own = estimates[
        (estimates["outcome"] == "homicide")
        & (estimates["estimator"] == study.estimators[0])
        & (estimates["window"] == study.primary_window)
        & (estimates["inference"] == "permutation_ferman_pinto")
    ].iloc[0]
    for name in ("effect", "effect_percent", "log_rate_ratio", "ci_low", "ci_high", "p_value"):
        assert row[name] == pytest.approx(own[name], abs=1e-12), name


def test_the_scores_are_the_placebos(tiny):
    study, _, frames = tiny
    name = frames["specifications"].query("primary")["specification"].iloc[0]
    scores = frames["specification_scores"]
    scores = scores[scores["specification"] == name].set_index("unit")["z"]
    placebos = frames["placebos"]
    placebos = placebos[
        (placebos["outcome"] == "homicide")
        & (placebos["estimator"] == study.estimators[0])
        & (placebos["window"] == study.primary_window)
    ].set_index("unit")["z"]
    assert set(scores.index) == set(placebos.index)
    np.testing.assert_allclose(scores, placebos[scores.index], atol=1e-12)


def test_a_specification_is_what_its_choices_say(tiny):
    """Half-years, a shorter pre-period and neighbours kept, put together by hand."""
    study, needed, frames = tiny
    changed = with_grid(
        study,
        frequencies=("half-year",),
        estimators=("did",),
        pre_periods=(("short", "2016-07", "2017-06"),),
        donor_rules=(DonorVariant("neighbours_in"),),
    )
    rows = specification_curve(changed, "homicide", **needed).specifications
    row = rows[rows["window"] == "B"].iloc[0]
    by_hand = dataclasses.replace(
        study,
        frequency="half-year",
        pre_period=Span("2016-07", "2017-06"),
        donut=Span("2017-07", "2017-12"),
        post_windows=(("B", "2018-12"),),
    )
    units = frames["units"].copy()
    units.loc[units["sector"] == "NEIGHBOUR", "role"] = "donor"
    panel = to_periods(needed["panel"], "homicide", "half-year", 6)
    design = make_design(panel, units, by_hand)
    family = summarise(ESTIMATORS["did"].fit_many(panel, design.family()), design.post)
    test = permutation_ferman_pinto(family, study.level, study.centre)
    assert row["n_donors"] == 12 == len(design.donors)
    assert (row["p_value"], row["ci_low"]) == (test.p_value, test.ci_low)


def test_what_cannot_be_estimated_is_listed_with_its_reason(tiny):
    study, needed, _ = tiny
    changed = with_grid(
        study,
        frequencies=("quarter", "half-year"),
        donor_rules=(
            DonorVariant("main", within_m=50.0),
            DonorVariant("twin", within_m=60.0),
            DonorVariant("scale_up_in", within_m=50.0, scale_up=True),
            DonorVariant("no_borough", within_m=50.0, same_borough=False),
        ),
    )
    rows = specification_curve(changed, "homicide", **needed).specifications
    assert len(rows) == 2 * 2 * 2 * 4
    found = rows.set_index(["frequency", "donor_rule", "window", "estimator"])["reason"]
    # All sectors of the tiny world are in one borough; its one latecomer enters in both windows.
    assert (found["quarter"].xs("no_borough", level="donor_rule") == "few donors").all()
    assert (found.xs("scale_up_in", level="donor_rule")["quarter"] == "programme").all()
    assert (found["quarter"].xs("twin", level="donor_rule") == "same donors").all()
    assert (found["quarter"].xs("main", level="donor_rule") == "").all()
    # The pre-period ends in September: no half-year does.
    assert (found["half-year"] == "cut period").all()
    lost = rows[rows["reason"] != ""]
    assert lost[["effect_percent", "p_value", "z"]].isna().all(axis=None)


def test_counts_that_allow_no_design_are_a_reason(tiny):
    study, needed, _ = tiny
    panel = needed["panel"].copy()
    panel.loc[panel["sector"] == study.treated, "count"] = 0
    found = specification_curve(study, "homicide", **needed | {"panel": panel})
    assert set(found.specifications["reason"]) == {"design", "programme"}
    assert "no event in the pre-period" in " ".join(found.specifications["detail"])
    assert found.scores.empty


def test_redrawn_sectors_and_the_borough_are_left_out_by_name(tiny):
    study, needed, _ = tiny
    sectors = needed["sectors"].copy()
    sectors.loc[sectors["sector"] == "DONOR A", "alcaldia"] = "ELSEWHERE"
    rule = donor_rule(study, DonorVariant("r", None, overlap_2016=0.98), sectors)
    assert [name for name, _ in rule.exclude] == ["DONOR K"]
    rule = donor_rule(study, DonorVariant("b", None, same_borough=False), sectors)
    assert "DONOR A" not in dict(rule.exclude) and len(rule.exclude) == 12


def test_the_order_of_rows_changes_nothing(tiny):
    study, needed, frames = tiny
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in needed.items()}
    again = specification_curve(study, "homicide", **shuffled)
    pd.testing.assert_frame_equal(again.specifications, frames["specifications"])
    pd.testing.assert_frame_equal(again.scores, frames["specification_scores"])


@pytest.mark.parametrize("parts", [2, 5, 40])
def test_parts_behind_one_another_are_the_whole_to_the_byte(tiny, tmp_path, parts):
    """Also where a part begins among rules that leave the same donors, or has nothing at all."""
    study, needed, _ = tiny
    changed = with_grid(
        study,
        frequencies=("quarter", "month"),
        donor_rules=(
            DonorVariant("main", within_m=50.0),
            DonorVariant("twin", within_m=60.0),
            DonorVariant("neighbours_in"),
            DonorVariant("scale_up_in", within_m=50.0, scale_up=True),
        ),
    )
    whole = specification_curve(changed, "homicide", **needed)
    assert {"", "same donors", "programme"} <= set(whole.specifications["reason"])
    found = [
        specification_curve(changed, "homicide", **needed, part=part, parts=parts)
        for part in range(1, parts + 1)
    ]
    for name in ("specifications", "scores"):
        paths = [tmp_path / f"{part}.parquet" for part in range(parts)]
        for one, path in zip(found, paths, strict=True):
            write_parquet(getattr(one, name), path)
        joined = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
        write_parquet(joined, tmp_path / "joined.parquet")
        write_parquet(getattr(whole, name), tmp_path / "whole.parquet")
        bytes_of = [(tmp_path / f"{kind}.parquet").read_bytes() for kind in ("joined", "whole")]
        assert bytes_of[0] == bytes_of[1]
