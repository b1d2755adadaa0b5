"""Levels, trends and figures of five sectors by hand, and rows in which a number does not exist."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.balance.compute import _distance, balance
from evaluation.analyses.balance.contract import Balance
from evaluation.design.contract import Units
from evaluation.inference.contract import Weights
from evaluation.panel.contract import Panel
from evaluation.sources.shipped_contract import Sectors
from evaluation.study.contract import check
from evaluation.study.months import days_in, month_range
from evaluation.study.study import Span
from tests.page.conftest import _study

DONORS = ("ALAMEDA", "CENTRO", "ROMA", "TACUBA")
MONTHS = month_range("2016-01", "2016-12")
QUARTERLY = {  # events a month by quarter
    "PLATEROS": (4, 5, 6, 7),
    "ALAMEDA": (1, 1, 1, 1),
    "CENTRO": (2, 3, 4, 5),
    "ROMA": (5, 4, 3, 2),
    "TACUBA": (0, 0, 0, 0),
    "OASIS": (90, 0, 90, 0),
}
PEOPLE = {"PLATEROS": 300_000, "ALAMEDA": 100_000, "CENTRO": 200_000, "ROMA": 100_000}
PEOPLE |= {"TACUBA": 100_000, "OASIS": 50_000}
WEIGHTS = {"CENTRO": 0.75, "TACUBA": 0.25}


@pytest.fixture(scope="module")
def study():
    span = Span("2016-01", "2016-12")
    return dataclasses.replace(_study(), outcomes=("homicide", "shooting"), pre_period=span)


def panel(uncovered=(), incomplete=()):
    """Months of equal length, so that the rates of a sector follow its counts alone."""
    rows = [
        (sector, month, outcome, QUARTERLY[sector][place // 3], PEOPLE[sector], 30)
        for sector in QUARTERLY
        for place, month in enumerate(MONTHS)
        for outcome in ("homicide", "shooting")
    ]
    table = pd.DataFrame(
        rows, columns=["sector", "month", "outcome", "count", "population", "days"]
    ).astype({"count": "Int64"})
    shooting = table["outcome"] == "shooting"
    covered = ~(shooting & table["month"].isin(uncovered))
    table = table.assign(
        count=table["count"].where(covered),
        covered=covered,
        complete=~(shooting & table["month"].isin(incomplete)),
    )
    return check(table, Panel, "panel")


def units():
    rows = [("PLATEROS", "treated", ""), ("OASIS", "excluded", "")]
    rows += [(sector, "donor", "") for sector in DONORS]
    return check(pd.DataFrame(rows, columns=["sector", "role", "reason"]), Units, "units")


def sectors(**changes):
    names = list(QUARTERLY)
    table = {
        "sector": names,
        "alcaldia": "CENTRE",
        "population_2010": [PEOPLE[name] * 4 // 5 for name in names],
        "population_2020": [PEOPLE[name] for name in names],
        "area_km2": [10.0, 5.0, 20.0, 10.0, 8.0, 1.0],
        "longitude": -99.0,
        "latitude": 19.0,
        "cuadrantes": [10, 10, 10, 10, 10, 1],
        "overlap_2016": 1.0,
    }
    return check(pd.DataFrame(table | changes), Sectors, "sectors")


def weights(found=WEIGHTS):
    rows = [
        ("homicide", "demeaned_synthetic_control", "PLATEROS", donor, weight)
        for donor, weight in found.items()
    ]
    # Those of another outcome, estimator or unit are not the comparison's.
    rows += [("shooting", "demeaned_synthetic_control", "PLATEROS", "ROMA", 1.0)]
    rows += [("homicide", "synthetic_control", "PLATEROS", "ROMA", 1.0)]
    rows += [("homicide", "demeaned_synthetic_control", "ROMA", "ALAMEDA", 1.0)]
    names = ["outcome", "estimator", "unit", "donor", "weight"]
    return check(pd.DataFrame(rows, columns=names), Weights, "weights")


def table(study, **changes):
    given = {"panel": panel(), "units": units(), "sectors": sectors(), "weights": weights()}
    found = balance(study, **(given | changes))
    return check(found, Balance, "balance").set_index(["measure", "name"])


YEAR = 365.25 / 360  # the panel's year has 360 days
RATES = {"PLATEROS": 22.0, "ALAMEDA": 12.0, "CENTRO": 21.0, "ROMA": 42.0, "TACUBA": 0.0}


def test_rates_by_hand(study):
    """66 events among 300,000 people are 22; donors 12, 21 (42 among 200,000), 42 and 0."""
    row = table(study).loc[("rate", "homicide")]
    assert (row["periods"], row["missing"], row["reason"]) == (4, "", "")
    assert row["treated"] == pytest.approx(22 * YEAR)
    assert row["synthetic"] == pytest.approx(0.75 * 21 * YEAR)
    assert row["donor_mean"] == pytest.approx(75 / 4 * YEAR)
    assert row["donor_weighted"] == pytest.approx((12 + 2 * 21 + 42 + 0) / 5 * YEAR)
    # Deviations from 18.75: −6.75, 2.25, 23.25, −18.75.
    sd = math.sqrt((6.75**2 + 2.25**2 + 23.25**2 + 18.75**2) / 3)
    assert row["donor_sd"] == pytest.approx(sd * YEAR)
    assert (row["donor_low"], row["donor_high"]) == pytest.approx((0, 42 * YEAR))
    assert row["difference_synthetic"] == pytest.approx((22 - 15.75) / sd)
    assert row["difference_mean"] == pytest.approx((22 - 18.75) / sd)
    assert row["percentile"] == 75  # above three of four


def test_trends_by_hand(study):
    """A month's count that grows by 1 a quarter grows by 4 × 12 events a year, a year."""
    row = table(study).loc[("trend", "homicide")]
    assert row["treated"] == pytest.approx(4 * 12 / 3 * YEAR)
    assert row["synthetic"] == pytest.approx(0.75 * 4 * 12 / 2 * YEAR)
    # Donors: 0, 24, −48, 0.
    assert row["donor_mean"] == pytest.approx(-24 / 4 * YEAR)
    assert row["donor_weighted"] == pytest.approx((2 * 24 - 48) / 5 * YEAR)
    assert row["donor_sd"] == pytest.approx(math.sqrt((6**2 + 30**2 + 42**2 + 6**2) / 3) * YEAR)
    assert row["percentile"] == 75


def test_figures_of_the_sectors_by_hand(study):
    found = table(study).loc["sector"]
    assert list(found.index) == [
        *("population", "density", "area", "growth", "inhabitants_per_quadrant")
    ]
    row = found.loc["population"]
    assert (row["treated"], row["synthetic"], row["donor_mean"]) == (300_000, 175_000, 125_000)
    assert row["donor_weighted"] == (3 * 100_000 + 2 * 200_000) / 5
    assert (row["donor_sd"], row["percentile"]) == (50_000, 100)
    assert (row["difference_synthetic"], row["difference_mean"]) == (2.5, 3.5)
    row = found.loc["density"]
    assert (row["treated"], row["synthetic"]) == (30_000, 0.75 * 10_000 + 0.25 * 12_500)
    assert (row["donor_low"], row["donor_high"]) == (10_000, 20_000)
    row = found.loc["area"]
    assert (row["treated"], row["synthetic"]) == (10, 17)
    assert row["percentile"] == 100 * 2.5 / 4  # two below, one equal
    assert found.loc["inhabitants_per_quadrant", "treated"] == 30_000
    assert set(found["periods"]) == {0} and set(found["missing"]) == {""}


def test_the_nearest_average_of_donors_by_hand(study):
    """The pilot's level and trend lie among the donors'; as many people has none of them."""
    found = table(study)
    # One outcome twice: what is within the range of one row is among the donors in both.
    assert found.loc["rate", "joint_distance"].to_list() == [0, 0]
    assert found.loc["trend", "joint_distance"].to_list() == [0, 0]
    assert set(found.loc["rate", "joint_farther"]) == {4}
    one = table(study, sectors=sectors(area_km2=5.0, cuadrantes=10, population_2010=1_000))
    # All but area vary as population does. Nearest is CENTRO, 100,000 people or 2 SD away; so is
    # CENTRO from the other donors.
    row = one.loc[("sector", "population")]
    assert (row["joint_distance"], row["joint_farther"]) == (2, 1)
    assert one.loc[("sector", "area"), "reason"] == "no variation"


def test_within_every_range_is_not_yet_among_all():
    """(¾, ¾) is within 0 … 1 twice, but beyond the line from (1, 0) to (0, 1), nearest (½, ½)."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert _distance(np.array([0.75, 0.75]), corners) == 0.25
    assert _distance(np.array([0.25, 0.25]), corners) == 0


def test_a_measure_that_does_not_vary_has_no_distance(study):
    same = {name: (1, 1, 1, 1) for name in QUARTERLY}
    people = panel().assign(population=100_000)
    counts = [same[sector][0] for sector in people["sector"]]
    row = table(study, panel=people.assign(count=pd.array(counts, dtype="Int64")))
    assert row.loc["rate", "joint_distance"].isna().all()
    assert set(row.loc["rate", "reason"]) == set(row.loc["trend", "reason"]) == {"no variation"}


def test_equal_donors_have_no_standard_deviation_to_divide_by(study):
    """All sectors grew by a quarter: the growth is shown, the differences are not."""
    row = table(study).loc[("sector", "growth")]
    assert (row["treated"], row["synthetic"], row["donor_mean"]) == pytest.approx((25, 25, 25))
    assert (row["donor_sd"], row["percentile"], row["reason"]) == (0, 50, "no variation")
    assert math.isnan(row["difference_synthetic"]) and math.isnan(row["difference_mean"])


def test_a_sector_without_inhabitants_has_no_growth(study):
    before = [240_000, 0, 160_000, 80_000, 80_000, 40_000]
    row = table(study, sectors=sectors(population_2010=before)).loc[("sector", "growth")]
    assert (row["treated"], row["reason"]) == (25, "no inhabitants in 2010")
    assert row[["synthetic", "donor_mean", "donor_sd", "percentile"]].isna().all()
    none = [0, *before[1:]]
    assert math.isnan(
        table(study, sectors=sectors(population_2010=none)).loc[("sector", "growth"), "treated"]
    )


def test_an_estimator_without_weights_has_no_comparison(study):
    other = dataclasses.replace(study, estimators=("poisson_did",))
    found = table(other)
    assert found["synthetic"].isna().all() and found["difference_synthetic"].isna().all()
    assert found.loc[("rate", "homicide"), "reason"] == "no weights"
    assert found.loc[("sector", "growth"), "reason"] == "no weights; no variation"
    assert found.loc[("rate", "homicide"), "difference_mean"] > 0


def test_only_matched_periods_count_and_the_others_are_named(study):
    """June not covered, August not complete: the second and the third quarter are left out."""
    found = table(study, panel=panel(["2016-06"], ["2016-08"]))
    row = found.loc[("rate", "shooting")]
    assert row["periods"] == 2
    assert row["missing"].split() == list(month_range("2016-04", "2016-09"))
    assert row["treated"] == pytest.approx((4 + 7) * 3 / 300_000 * 1e5 * 2 * YEAR)
    # From the first quarter to the fourth, three quarters later, 3 a month more.
    assert found.loc[("trend", "shooting"), "treated"] == pytest.approx(3 * 12 / 3 / 0.75 * YEAR)
    assert found.loc[("rate", "homicide"), "periods"] == 4


def test_months_outside_the_pre_period_do_not_count(study):
    shorter = dataclasses.replace(study, pre_period=Span("2016-01", "2016-06"))
    row = table(shorter).loc[("rate", "homicide")]
    assert (row["periods"], row["missing"]) == (2, "")
    assert row["treated"] == pytest.approx(9 * 3 / 300_000 * 1e5 * 2 * YEAR)


def test_the_order_of_rows_changes_nothing(study):
    given = {"panel": panel(), "units": units(), "sectors": sectors(), "weights": weights()}
    mixed = {name: frame.sample(frac=1, random_state=3) for name, frame in given.items()}
    pd.testing.assert_frame_equal(balance(study, **given), balance(study, **mixed))


def test_days_enter_the_rates(study):
    """A real year: 366 days of exposure."""
    own = panel()
    real = own.assign(days=own["month"].map(days_in))
    row = table(study, panel=real).loc[("rate", "homicide")]
    assert row["treated"] == pytest.approx(22 * 365.25 / 366)
