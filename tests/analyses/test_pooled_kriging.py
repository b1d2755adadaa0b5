"""Programme sectors against their own past as an analysis: rows, both timings, a study without."""

import dataclasses

import pytest

from evaluation.analyses.pooled_kriging.compute import pooled_kriging
from evaluation.analyses.pooled_kriging_sizes.compute import RATIOS, pooled_kriging_sizes
from evaluation.design.adoption import NOT_AFTER
from tests.analyses.test_events import real  # noqa: F401
from tests.analyses.test_staggered import small

SECTORS = {"CUAUTEPEC", "OASIS", "PLATEROS", "QUETZAL", "SANTA FE"}
LOST = {"OASIS", "QUETZAL"}


@pytest.fixture(scope="module")
def made(real):  # noqa: F811
    study, given = real
    study = small(study, draws=200)
    return study, given, pooled_kriging(study, **given)


def rows_of(table, timing, part):
    return table[(table["timing"] == timing) & (table["part"] == part)].set_index("label")


def test_both_timings_have_every_part(made):
    _, _, table = made
    for timing, names, years in (("earliest", SECTORS, 4), ("latest", SECTORS - LOST, 3)):
        assert set(rows_of(table, timing, "sector").index) == names
        assert set(rows_of(table, timing, "leave_one_out").index) == names
        assert list(rows_of(table, timing, "pooled").index) == ["precision", "total", "equal"]
        assert list(rows_of(table, timing, "year").index) == [str(y + 1) for y in range(years)]
        assert len(rows_of(table, timing, "heterogeneity")) == 1
    assert (table.loc[table["part"] != "absent", "simulated"] == 200).all()


def test_a_sector_that_cannot_be_estimated_is_absent_with_its_reason(made):
    _, _, table = made
    lost = table[table["part"] == "absent"]
    assert set(lost["label"]) == LOST and set(lost["timing"]) == {"latest"}
    assert set(lost["reason"]) == {NOT_AFTER} and lost["log_rate_ratio"].isna().all()


def test_counts_add_up_and_p_agrees_with_the_interval(made):
    _, _, table = made
    sectors, pooled = rows_of(table, "earliest", "sector"), rows_of(table, "earliest", "pooled")
    for column in ("observed", "expected"):
        total = pooled.loc["precision", column]
        assert sectors[column].sum() == pytest.approx(total)
        without = rows_of(table, "earliest", "leave_one_out")[column]
        assert (without + sectors[column]).to_numpy() == pytest.approx(total)
    tested = table[table["p_value"].notna() & table["ci_low"].notna()]
    excluded = (tested["ci_low"] > 0) | (tested["ci_high"] < 0)
    assert (excluded == (tested["p_value"] <= 0.05)).all()
    assert (tested["smallest_p"] <= tested["p_value"]).all()


def test_the_same_input_gives_the_same_table(made):
    study, given, table = made
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in given.items()}
    assert pooled_kriging(study, **shuffled).equals(table)


def test_one_timing_and_outcome_moves_no_other(made):
    study, given, table = made
    both = small(study, draws=200, outcomes=("shooting", "homicide"))
    found = pooled_kriging(both, **given)
    mine = found[found["outcome"] == "homicide"].reset_index(drop=True)
    # The outcomes enter the study's seeds; what nothing is drawn for stays.
    for column in ("observed", "expected", "log_rate_ratio", "standard_error"):
        assert mine[column].equals(table[column])


def test_sizes_of_every_world_and_test(made):
    study, given, _ = made
    joint = dataclasses.replace(study.robustness.joint_tests, panels=10)
    robustness = dataclasses.replace(study.robustness, joint_tests=joint)
    found = pooled_kriging_sizes(dataclasses.replace(study, robustness=robustness), **given)
    worlds = len(study.calibration.drifts) + 1
    assert len(found) == 2 * worlds * 2 * len(RATIOS)
    assert (found["panels"] == 30).all() and set(found["outcome"]) == {"homicide"}
    assert found["power"].to_numpy() == pytest.approx((found["low"] + found["high"]).to_numpy())


def test_a_study_without_further_sectors_has_no_row(made):
    study, given, _ = made
    alone = dataclasses.replace(
        study, calendar=tuple(row for row in study.calendar if row.sector == study.treated)
    )
    assert pooled_kriging(alone, **given).empty
    assert pooled_kriging_sizes(alone, **given).empty
