"""Contamination: each event does what the calendar says, and a shared shock cancels."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.contamination.compute import contamination, handlings
from evaluation.analyses.spillover.compute import spillover
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.permutation import (
    permutation_ferman_pinto,
    rank_log_ratios,
)
from evaluation.inference.placebo import summarise
from evaluation.panel.periods import to_periods
from evaluation.study.calendars import Entry, Event
from tests.analyses import cells
from tests.conftest import poisson_panel, simple_design


def event(treatment, first="2021-02", last="", scope="*", name="event"):
    return Event(name, scope, first, last, treatment)


def study(*events, **changes):
    made = cells.study(contamination=events, **changes)
    choices = dataclasses.replace(made.robustness.contamination, outcomes=("homicide",))
    robustness = dataclasses.replace(made.robustness, contamination=choices)
    return dataclasses.replace(made, robustness=robustness)


def run(made, given):
    found = contamination(made, panel=given.panel, units=cells.units(made), sectors=given.sectors)
    return found.set_index(["event", "treatment", "window", "estimator"]).sort_index()


def borough_of(sectors, name):
    return dict(zip(sectors["sector"], sectors["alcaldia"], strict=True))[name]


def struck(inside=0.6, borough=1.0, rate=2.0, seed=7):
    """Treatment on the sector, and a shock on its whole borough at the same time."""
    mean = cells.flat(rate)
    sectors = cells.surroundings(np.zeros_like(mean, dtype=int)).sectors
    same = sectors.loc[sectors["alcaldia"] == borough_of(sectors, cells.TREATED), "sector"]
    for name in same:
        mean[cells.INSIDE[name].ravel(), cells.START :] *= borough
    mean[cells.INSIDE[cells.TREATED].ravel(), cells.START :] *= inside
    return cells.surroundings(cells.counts(mean, seed))


CALM = struck(inside=0.6)
HERE = "borough:" + borough_of(CALM.sectors, cells.TREATED)
PRIMARY = "demeaned_synthetic_control"


def test_the_unchanged_study_is_the_zone_of_the_sector_itself():
    own = run(study(), CALM).loc["none"].reset_index().set_index(["window", "estimator"])
    tables = {field.name: getattr(CALM, field.name) for field in dataclasses.fields(CALM)}
    zones = spillover(study(), units=cells.units(study()), **tables).query("zone == 'treated'")
    for row in zones.to_dict("records"):
        other = own.loc[(row["window"], row["estimator"])]
        for column in ("observed", "counterfactual", "ci_low", "ci_high", "p_value"):
            assert other[column] == row[column], column


def test_a_window_ends_with_the_last_whole_period_before_the_event():
    found = run(study(event("end window", first="2021-02")), CALM).loc["event"]
    assert set(found["last"]) == {"2020-12"}
    short = run(study(post_windows=(("B", "2020-12"),), primary_window="B"), CALM).loc["none"]
    for column in ("observed", "counterfactual", "p_value"):
        assert list(found[column]) == list(short[column])


def test_an_event_before_or_after_all_windows_ends_none():
    for first in ("2020-02", "2023-01"):
        found = run(study(event("end window", first=first)), CALM).loc["event"]
        assert set(found["reason"]) == {"not in time"} and found["p_value"].isna().all()


def test_left_out_months_take_events_and_exposure_with_them():
    made = study(event("drop months", first="2020-03", last="2020-06"))
    rows, gone = CALM.panel, frozenset({"2020-03", "2020-04", "2020-05", "2020-06"})
    before = to_periods(rows, "homicide", "quarter", 3)
    after = to_periods(rows, "homicide", "quarter", 3, dropped=gone)
    assert set(before.periods) - set(after.periods) == {"2020-04"}
    exposure = [panel.exposure[0, panel.periods.index("2020-01")] for panel in (after, before)]
    assert exposure[0] / exposure[1] == pytest.approx(60 / 91)
    kept = rows[(rows["sector"] == cells.TREATED) & rows["month"].between("2020-01", "2021-12")]
    found = run(made, CALM).loc[("event", "drop months", "B")]
    assert set(found["observed"]) == {kept.loc[~kept["month"].isin(gone), "count"].sum()}
    # Every event of these data falls in a quarter's first month, April 2020 alone is lost.
    whole = run(made, CALM).loc[("none", "none", "B", "poisson_did")]
    part = found.loc["poisson_did"]
    lost = kept.loc[kept["month"] == "2020-04", "count"].sum()
    assert whole["observed"] - part["observed"] == lost


def test_months_that_leave_nothing_of_a_window_are_a_reason():
    made = study(event("drop months", first="2020-01", last="2021-12"))
    assert set(run(made, CALM).loc["event"]["reason"]) == {"not in time"}


def test_left_out_sectors_are_no_donors():
    made = study(
        event("drop sectors", scope="S00;S01"),
        event("drop sectors", scope="unknown", name="secret"),
        event("drop sectors", scope=HERE, name="own"),
        event("drop sectors", scope="S00", first="2022-03", name="late"),
        event("drop sectors", scope="borough:B00", name="away"),
    )
    found = run(made, CALM)
    assert set(found.loc["event", "donors"]) == {61} and set(found.loc["none", "donors"]) == {63}
    assert set(found.loc["away", "donors"]) == {60}
    reasons = {"secret": "list unknown", "own": "covers treated", "late": "not in time"}
    for name, reason in reasons.items():
        assert (
            set(found.loc[name, "reason"]) == {reason} and found.loc[name, "p_value"].isna().all()
        )


def test_only_sectors_that_may_be_covered_too_are_donors():
    own = borough_of(CALM.sectors, cells.TREATED)
    others = sorted(set(CALM.sectors["alcaldia"]) - {own})[:10]
    boroughs = [own, *others]
    made = study(
        event("keep sectors", scope="borough:" + ";".join(boroughs)),
        event("keep sectors", scope="unknown", name="secret"),
        event("keep sectors", scope="borough:" + ";".join(others), name="away"),
        event("keep sectors", scope=HERE, first="2022-03", name="late"),
        event("keep sectors", scope=HERE, name="small"),
    )
    found = run(made, CALM)
    units = cells.units(made)
    donors = set(units.loc[units["role"] == "donor", "sector"])
    inside = set(CALM.sectors.loc[CALM.sectors["alcaldia"].isin(boroughs), "sector"])
    assert set(found.loc["event", "donors"]) == {len(donors & inside)} != {len(donors)}
    # The same as an explicit rule that leaves all others out.
    outside = ";".join(sorted(donors - inside))
    same = run(study(event("drop sectors", scope=outside)), CALM).loc["event"]
    pd.testing.assert_series_equal(
        found.loc["event", "p_value"].reset_index(drop=True),
        same["p_value"].reset_index(drop=True),
    )
    reasons = {"secret": "list unknown", "away": "not in time", "late": "not in time"}
    for name, reason in (reasons | {"small": "few donors"}).items():
        assert (
            set(found.loc[name, "reason"]) == {reason} and found.loc[name, "p_value"].isna().all()
        )


def triple(made, given, window="B"):
    return run(made, given).loc[("event", "borough difference", window, "triple_difference")]


def test_a_shock_on_the_whole_borough_cancels_in_the_triple_difference():
    made = study(event("borough difference", scope=HERE))
    given = struck(inside=0.6, borough=1.7, rate=10.0)
    row = triple(made, given)
    assert row["log_rate_ratio"] == pytest.approx(np.log(0.6), abs=0.1)
    assert row["p_value"] <= 0.05 and row["ci_high"] < 0
    plain = run(made, given).loc[("none", "none", "B", "poisson_did")]
    assert plain["log_rate_ratio"] == pytest.approx(np.log(0.6 * 1.7), abs=0.1)
    assert row["observed"] / row["counterfactual"] == pytest.approx(np.exp(row["log_rate_ratio"]))


def test_the_triple_difference_by_hand():
    made = study(event("borough difference", scope=HERE))
    row = triple(made, CALM)
    matrices = to_periods(CALM.panel, "homicide", "quarter", 3)
    boroughs = CALM.sectors.set_index("sector")["alcaldia"]
    donors = cells.units(made).query("role == 'donor'")["sector"]
    donors = [name for name in donors if boroughs[name] != boroughs[cells.TREATED]]

    def change(names):
        rows = matrices.counts[matrices.rows(names)]
        return np.log((rows[:, 16:].sum() + 0.5) / (rows[:, :14].sum() + 0.5))

    def relative(name):
        same = [other for other in cells.NAMES if boroughs[other] == boroughs[name]]
        rest = [other for other in same if other != name]
        return change([name]) - change(rest)

    mean = np.mean([relative(name) for name in donors])
    assert row["log_rate_ratio"] == pytest.approx(relative(cells.TREATED) - mean)
    assert row["donors"] == len(donors)


def test_programme_sectors_leave_the_rest_of_the_borough():
    entry = Entry("S33", "2021-10", "2021-10")
    made = study(event("borough difference", scope=HERE), calendar=(entry,))
    assert triple(made, CALM, "A")["detail"] == "S33, S35"
    assert triple(made, CALM, "B")["detail"] == "S35"


def test_a_borough_of_one_sector_or_another_borough_is_a_reason():
    made = study(event("borough difference", scope=HERE))
    lonely = CALM.sectors.assign(
        alcaldia=CALM.sectors["alcaldia"].where(CALM.sectors["sector"] != cells.TREATED, "ALONE")
    )
    alone = dataclasses.replace(CALM, sectors=lonely)
    own = study(event("borough difference", scope="borough:ALONE"))
    assert triple(own, alone)["reason"] == "alone in borough"
    assert triple(made, alone)["reason"] == "not in time"


def test_every_row_of_the_calendar_is_in_the_table():
    events = (event("end window"), event("drop months", last="2021-03", name="months"))
    made = study(*events)
    found = list(handlings(made, CALM.sectors))
    assert len(found) == 2 + 1 + 2
    assert len(run(made, CALM)) == 5 * 2


def test_ranking_log_ratios_is_fp_log():
    """The same ratios and counts as a Poisson DiD family give the same test."""
    panel = poisson_panel(seed=3)
    design = simple_design(panel)
    fits = ESTIMATORS["poisson_did"].fit_many(panel, design.family())
    family = summarise(fits, design.post)
    noise = 1 / (family.pre_events + 0.5) + 1 / (family.observed + 0.5)
    one = permutation_ferman_pinto(family, 0.9, "mean")
    other = rank_log_ratios(family.log_ratio, noise, 0.9, "mean")
    assert (one.p_value, one.ci_low, one.ci_high) == (other.p_value, other.ci_low, other.ci_high)


def test_row_order_moves_no_digit():
    made = study(event("borough difference", scope=HERE), event("drop months", last="2021-03"))
    shuffled = dataclasses.replace(
        CALM,
        panel=CALM.panel.sample(frac=1, random_state=2),
        sectors=CALM.sectors.sample(frac=1, random_state=3),
    )
    pd.testing.assert_frame_equal(run(made, CALM), run(made, shuffled), check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("drift", [0.0, 0.2])
def test_size_of_the_triple_difference_on_null_panels(drift):
    """Sectors of a borough are one another's comparison: dependent placebos, measured size."""
    from tests.analyses.test_spillover import null_means

    made, panels, rejections = study(event("borough difference", scope=HERE)), 300, 0
    made = dataclasses.replace(
        made,
        post_windows=made.post_windows[-1:],
        robustness=dataclasses.replace(
            made.robustness,
            contamination=dataclasses.replace(
                made.robustness.contamination, estimators=("poisson_did",)
            ),
        ),
    )
    for seed in range(panels):
        generator = np.random.default_rng([seed, 77, int(10 * drift)])
        given = cells.surroundings(generator.poisson(null_means(generator, drift)))
        rejections += triple(made, given)["p_value"] <= 0.05
    size = rejections / panels
    print("triple difference", drift, size)
    assert size <= 0.07 + 3 * np.sqrt(0.07 * 0.93 / panels)
