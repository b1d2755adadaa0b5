"""The raw change of two years by hand, and years that may not be compared."""

import dataclasses
import math

import pandas as pd
import pytest

from evaluation.analyses.headline_audit.claims import check_claims
from evaluation.analyses.headline_audit.compute import headline_audit
from evaluation.design.contract import Units
from evaluation.panel.contract import Panel
from evaluation.study.contract import check
from evaluation.study.months import days_in, month_range
from evaluation.study.statements import Claim
from tests.conftest import stating
from tests.page.conftest import _study

COUNTS = {"PLATEROS": {"2018": 3, "2019": 4, "2023": 2}, "ROMA": {"2018": 5, "2019": 5, "2023": 4}}


@pytest.fixture(scope="module")
def study():
    claims = (Claim("homicide", "2019", "2023", -50.0),)
    return stating(dataclasses.replace(_study(), outcomes=("homicide",)), published_claims=claims)


def panel(incomplete=()):
    rows = [
        (sector, month, "homicide", COUNTS[sector][year], 1000, days_in(month), True)
        for sector in COUNTS
        for year in ("2018", "2019", "2023")
        for month in month_range(f"{year}-01", f"{year}-12")
    ]
    names = ["sector", "month", "outcome", "count", "population", "days", "covered"]
    table = pd.DataFrame(rows, columns=names).astype({"count": "Int64"})
    return check(table.assign(complete=~table["month"].isin(incomplete)), Panel, "panel")


def units():
    rows = [("PLATEROS", "treated", "the pilot"), ("ROMA", "donor", "meets the donor rule")]
    return check(pd.DataFrame(rows, columns=["sector", "role", "reason"]), Units, "units")


def test_changes_and_ratio_by_hand(study):
    table = headline_audit(study, all_months=panel(), units=units())
    row = table.set_index(["baseline", "comparison"]).loc[("2019", "city")]
    assert (row["treated_before"], row["treated_after"], row["treated_change"]) == (48, 24, -50)
    assert (row["comparison_before"], row["comparison_after"]) == (60, 48)
    assert row["rate_ratio"] == pytest.approx((24 / 48) / (48 / 60))
    assert row["ci_low"] < row["rate_ratio"] < row["ci_high"]
    assert (row["published"], row["reproduced"]) == (-50, "yes")
    other = table[table["baseline"] == "2018"]
    assert set(other["reproduced"]) == {"not claimed"} and len(other) == 2


def test_a_year_with_a_month_that_is_not_complete_is_no_baseline(study):
    table = headline_audit(study, all_months=panel(["2018-12"]), units=units())
    assert set(table["baseline"]) == {"2019"}


def test_a_claim_about_years_that_are_not_complete_is_a_row_with_the_month(study):
    table = headline_audit(study, all_months=panel(["2023-12"]), units=units())
    (row,) = table.to_dict("records")
    assert (row["lacking"], row["reproduced"], row["published"]) == ("2023-12", "not covered", -50)
    assert math.isnan(row["treated_before"])
    (check,) = check_claims(study, table)
    assert (check.own, check.lacking, check.reproduced) == (None, "2023-12", False)


def test_a_year_without_events_has_no_change_and_no_claim_is_reproduced(study):
    empty = panel()
    none = (empty["sector"] == "PLATEROS") & empty["month"].str.startswith("2019")
    empty.loc[none, "count"] = 0
    table = headline_audit(study, all_months=empty, units=units())
    row = table.set_index(["baseline", "comparison"]).loc[("2019", "city")]
    assert math.isnan(row["treated_change"]) and math.isnan(row["rate_ratio"])
    assert (row["published"], row["reproduced"]) == (-50, "no")
