"""The primary effect under other ways to count, against panels counted so from the start."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.measurement.compute import (
    FEW_DONORS,
    FEW_PERIODS,
    NOT_ON_MAP,
    NOT_SHIPPED,
    measurement,
)
from evaluation.design.design import design_study, make_design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import PERMUTATIONS
from evaluation.inference.placebo import summarise
from evaluation.panel.build import build_panel
from evaluation.panel.periods import to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.study import load
from tests.workflow.tiny import write_world


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The tiny study and its frames."""
    folder = tmp_path_factory.mktemp("tiny")
    path = write_world(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        study, shipped = load(path), read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units, _ = design_study(panel, shipped.sectors, shipped.neighbours, study)
    return study, {
        "panel": panel,
        "units": units,
        "variants": shipped.variants,
        "variant_coverage": shipped.variant_coverage,
    }


@pytest.fixture(scope="module")
def table(world):
    study, frames = world
    return measurement(study, **frames)


def of(table, outcome, variant, frequency="quarter"):
    rows = table.set_index(["outcome", "variant", "frequency"])
    return rows.loc[(outcome, variant, frequency)]


def direct(study, panel, units, outcome, frequency="quarter", length=3):
    study = dataclasses.replace(study, frequency=frequency)
    matrices = to_periods(panel, outcome, frequency, length)
    design = make_design(matrices, units, study)
    periods = dict(design.windows)[study.primary_window]
    fits = ESTIMATORS[study.estimators[0]].fit_many(matrices, design.family())
    family = summarise(fits, periods)
    return family, PERMUTATIONS[study.tests[0]](family, study.level, study.centre)


@pytest.mark.parametrize(("frequency", "length"), [("quarter", 3), ("month", 1)])
def test_as_the_study_counts_it_is_the_primary_estimate(world, table, frequency, length):
    study, frames = world
    family, result = direct(study, frames["panel"], frames["units"], "homicide", frequency, length)
    row = of(table, "homicide", "base", frequency)
    assert row["observed"] == family.observed[0]
    assert row["counterfactual"] == pytest.approx(family.counterfactual[0], rel=1e-9)
    assert row["p_value"] == result.p_value
    assert row["ci_low"] == pytest.approx(result.ci_low)


def test_a_variant_is_what_a_panel_counted_so_would_give(world, table):
    study, frames = world
    panel = frames["panel"].copy()
    rows = frames["variants"].query("variant == 'jitter_01' and outcome == 'homicide'")
    for row in rows.itertuples():
        cell = (panel["sector"] == row.sector) & (panel["month"] == row.quarter)
        panel.loc[cell & (panel["outcome"] == "homicide"), "count"] += int(row.difference)
    family, result = direct(study, panel, frames["units"], "homicide")
    row = of(table, "homicide", "jitter_01")
    assert row["observed"] == family.observed[0] != of(table, "homicide", "base")["observed"]
    assert row["counterfactual"] == pytest.approx(family.counterfactual[0], rel=1e-9)
    assert row["p_value"] == result.p_value


def test_what_cannot_be_estimated_is_a_row_with_its_reason(table):
    assert of(table, "homicide", "victims")["reason"] == "no victims"
    assert of(table, "homicide", "adverse")["reason"] == "no rows without a place"
    # A year before treatment alone.
    assert of(table, "shooting", "placed")["reason"] == FEW_PERIODS
    absent = table[table["reason"].ne("")]
    numbers = ["observed", "counterfactual", "effect_percent", "ci_low", "p_value"]
    assert absent[numbers].isna().all(axis=None) and (absent["n_post"] == 0).all()


def test_an_empty_data_folder_gives_reasons_alone(world):
    study, frames = world
    empty = {name: frames[name].iloc[:0] for name in ("variants", "variant_coverage")}
    table = measurement(study, **{**frames, **empty})
    others = table[table["variant"].ne("base")]
    assert set(others["reason"]) == {NOT_SHIPPED} and len(others) == 11 * 3
    assert table.loc[table["variant"].eq("base"), "reason"].eq("").all()


def changed(world, **columns):
    """The tiny frames with `date_opened` of homicide covered otherwise."""
    study, frames = world
    coverage = frames["variant_coverage"].copy()
    row = (coverage["variant"] == "date_opened") & (coverage["outcome"] == "homicide")
    coverage.loc[row, list(columns)] = list(columns.values())
    return of(
        measurement(study, **{**frames, "variant_coverage": coverage}), "homicide", "date_opened"
    )


def test_sectors_that_a_variant_lacks_are_no_donors(world):
    row = changed(world, without="DONOR A")
    assert row["n_donors"] == 10 and row["reason"] == ""
    assert changed(world, without="DONOR A; DONOR B")["reason"] == FEW_DONORS
    assert changed(world, without="PILOT")["reason"] == NOT_ON_MAP


def test_quarters_that_a_variant_lacks_are_left_out(world, table):
    assert of(table, "homicide", "date_opened")["n_pre"] == 7
    row = changed(world, gaps="2016-05")
    assert (row["n_pre"], row["n_post"], row["last"]) == (6, 4, "2018-12")
    assert changed(world, last_month="2018-05")["last"] == "2018-03"


@pytest.fixture(scope="module")
def bounded(world):
    """Everything known of the shootings' places: one unplaced event a quarter in the pilot's."""
    study, frames = world
    coverage = frames["variant_coverage"].copy()
    bounds = coverage["variant"].isin(["placed", "expected", "upper"])
    own = bounds & (coverage["outcome"] == "homicide")
    coverage.loc[own, ["first_month", "last_month", "source", "reason"]] = [
        *("2016-01", "2018-12", "simulated", "")
    ]
    quarters = sorted(frames["panel"]["month"].unique())[::3]
    extra = [
        ("upper", sector, "homicide", quarter, 2.0)
        for sector in ("PILOT", "DONOR A")
        for quarter in quarters
    ]
    extra += [("expected", "PILOT", "homicide", quarter, 0.5) for quarter in quarters]
    rows = pd.DataFrame(extra, columns=list(frames["variants"].columns))
    frames = {
        **frames,
        "variant_coverage": coverage,
        "variants": pd.concat([frames["variants"], rows], ignore_index=True),
    }
    return frames, measurement(study, **frames)


def test_the_extremes_enclose_every_sharing_out(bounded):
    _, table = bounded
    effect = {
        name: of(table, "homicide", name)["effect_percent"]
        for name in ("favourable", "placed", "expected", "adverse")
    }
    assert effect["favourable"] < effect["placed"] < effect["adverse"]
    assert effect["favourable"] < effect["expected"] < effect["adverse"]
    placed, adverse = (of(table, "homicide", name) for name in ("placed", "adverse"))
    assert adverse["observed"] == placed["observed"] + 2 * 4  # two a quarter of four
    assert of(table, "homicide", "favourable")["observed"] == placed["observed"]


def test_bounds_have_no_test(bounded):
    _, table = bounded
    bounds = table[table["variant"].isin(["upper", "adverse", "favourable"])]
    assert bounds[["p_value", "ci_low", "ci_high"]].isna().all(axis=None)
    assert np.isfinite(of(table, "homicide", "upper")["effect_percent"])
    assert np.isfinite(of(table, "homicide", "expected")["p_value"])


def test_the_order_of_rows_does_not_matter(world, table):
    study, frames = world
    generator = np.random.default_rng(1)
    mixed = {
        name: frame.iloc[generator.permutation(len(frame))].reset_index(drop=True)
        for name, frame in frames.items()
    }
    pd.testing.assert_frame_equal(measurement(study, **mixed), table)


def test_half_years_are_two_quarters(world):
    study, frames = world
    longer = dataclasses.replace(study, frequency="half-year")
    table = measurement(longer, **frames)
    base, moved = (of(table, "homicide", name, "half-year") for name in ("base", "jitter_01"))
    # 2017-07 to 2017-09 is before treatment, but no half-year of its own.
    assert base["n_pre"] == moved["n_pre"] == 3 and moved["n_post"] == 2
    assert moved["observed"] < base["observed"]
