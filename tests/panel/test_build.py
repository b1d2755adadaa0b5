"""The balanced panel: not covered is not zero; a period is whole or it is not there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.panel.build import build_panel
from evaluation.panel.periods import to_periods
from evaluation.study.errors import InputError
from evaluation.study.months import days_in, month_range, parse_month_list, period_months, period_of
from evaluation.study.study import load
from tests.conftest import ROOT


@pytest.fixture
def study(monkeypatch):
    monkeypatch.chdir(ROOT)
    return replace(load(), outcomes=("homicide", "shooting"))


@pytest.fixture
def world():
    months = month_range("2016-01", "2017-12")
    counts = pd.DataFrame(
        [
            (sector, month, outcome, number)
            for number, sector in enumerate(["B", "A"])
            for month in months
            for outcome in ("homicide", "shooting")
            if outcome == "homicide" or month < "2017-01"
        ],
        columns=["sector", "month", "outcome", "count"],
    )
    coverage = pd.DataFrame(
        {
            "outcome": ["homicide", "shooting"],
            "first_month": "2016-01",
            "last_month": "2017-12",
            "gaps": ["", "2017-01..2017-12"],
            "incomplete": ["2017-12", ""],
            "source": "test",
        }
    )
    sectors = pd.DataFrame({"sector": ["B", "A"], "population_2020": [200_000, 100_000]})
    return counts, coverage, sectors


def test_the_panel_is_balanced_and_sorted_and_knows_what_is_not_covered(world, study):
    panel = build_panel(*world, study)
    assert len(panel) == 2 * 24 * 2
    assert panel[["sector", "month", "outcome"]].apply(tuple, axis=1).is_monotonic_increasing
    gap = panel[(panel["outcome"] == "shooting") & (panel["month"] >= "2017-01")]
    assert gap["count"].isna().all() and not gap["covered"].any() and not gap["complete"].any()
    rest = panel.drop(gap.index)
    assert rest["count"].notna().all() and rest["covered"].all()
    late = (panel["outcome"] == "homicide") & (panel["month"] == "2017-12")
    assert not panel.loc[late, "complete"].any() and panel.loc[late, "covered"].all()
    assert panel.loc[panel["sector"] == "B", "population"].eq(200_000).all()


def test_row_order_of_the_input_does_not_matter(world, study):
    counts, coverage, sectors = world
    shuffled = (counts.sample(frac=1, random_state=1), coverage[::-1], sectors[::-1])
    pd.testing.assert_frame_equal(build_panel(*world, study), build_panel(*shuffled, study))


def test_only_whole_periods_are_kept(world, study):
    panel = build_panel(*world, study)
    homicide = to_periods(panel, "homicide", "quarter", 3)
    assert homicide.periods == tuple(
        p
        for p in map(
            "{}".format,
            sorted(set(period_of(month, 3) for month in month_range("2016-01", "2017-09"))),
        )
    )
    assert homicide.units == ("A", "B")
    assert homicide.counts == pytest.approx(np.array([[3.0] * 7, [0.0] * 7]))
    days = sum(days_in(month) for month in period_months("2016-01", 3))
    assert homicide.exposure[0, 0] == pytest.approx(100_000 * days / 365.25)
    assert homicide.rates[0, 0] == pytest.approx(1e5 * 3 / homicide.exposure[0, 0])
    assert to_periods(panel, "shooting", "half-year", 6).periods == ("2016-01", "2016-07")
    assert len(to_periods(panel, "homicide", "month", 1).periods) == 23


def test_months():
    assert month_range("2019-11", "2020-02") == ("2019-11", "2019-12", "2020-01", "2020-02")
    assert (days_in("2020-02"), days_in("2021-02")) == (29, 28)
    assert period_of("2020-06", 3) == "2020-04" and period_of("2020-12", 6) == "2020-07"
    assert period_months("2020-10", 3) == ("2020-10", "2020-11", "2020-12")
    assert parse_month_list("2018-11..2019-01 2020-05", "x") == {
        "2018-11",
        "2018-12",
        "2019-01",
        "2020-05",
    }
    for bad in ("2018", "2019-01..2018-01"):
        with pytest.raises(InputError, match="is no month or range"):
            parse_month_list(bad, "coverage.csv")
