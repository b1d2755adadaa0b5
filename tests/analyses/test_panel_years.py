"""A year is 52 weeks, or one numbered period, wherever an analysis reckons with one."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.costs.break_even import break_even
from evaluation.analyses.donor_rules.compute import counted, left_out
from evaluation.analyses.headline_audit.compute import _yearly_totals
from evaluation.analyses.leave_one_out.compute import without_year
from evaluation.analyses.preregistration.before import counts_before
from evaluation.analyses.selection.compute import make_world
from evaluation.calibration.monitor import plan_looks
from evaluation.estimators.event_study import event_study
from evaluation.estimators.predictors import pre_period_predictors, year_names
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.alternatives import Again
from evaluation.inference.monitor import look_counts, monitored_donors
from evaluation.sources.place import filled_in
from evaluation.study.choices import Monitoring
from evaluation.study.coherence import _check_periods
from evaluation.study.errors import InputError
from evaluation.study.months import month_range, period_months
from evaluation.study.period_names import PeriodNames
from evaluation.study.study import Span
from tests.analyses import given
from tests.conftest import poisson_panel, simple_design

# The months of the tiny world begin 1368 after the base; they stand for weeks from this one on.
WEEKS = PeriodNames("week", PeriodNames("week").number("2016-W30") - 1368)
NUMBERS = PeriodNames("period", 1)


def of(names, **changes):
    """The tiny study as if its months stood for weeks, or for numbered periods."""
    return given.study(periods=names, frequency=names.kind, **changes)


def alternative(study):
    frames = given.world()
    return Again(study, frames["panel"], "homicide").alternative(study, frames["units"], "B")


def test_the_year_before_the_start_has_as_many_weeks_as_a_year():
    study = left_out(of(WEEKS))
    assert len(month_range(study.donut.first, study.donut.last)) == 52
    assert study.donut.last == "2017-12" and study.pre_period.last == "2013-08"
    numbered = left_out(of(NUMBERS))
    assert numbered.donut == Span("2017-12", "2017-12")
    assert counted(of(NUMBERS)).treatment_start == "2017-12"


def test_a_rise_is_judged_over_one_numbered_period():
    frames = given.world()
    world = make_world(of(NUMBERS), frames["panel"], frames["units"], "homicide")
    assert world.rules["rise start"].year == ("2017-12",)
    assert world.change == (("2017-12",), ("2019-12",))


def test_weeks_of_a_year_and_numbered_periods_are_left_out():
    weekly, numbered = of(WEEKS), of(NUMBERS)
    full = alternative(weekly)
    years = {WEEKS.year_name(period) for period in full.design.pre}
    assert years == {"2016", "2017"}
    for year in years:
        rest = without_year(weekly, full, year).design.pre
        assert {WEEKS.year_name(period) for period in rest} == years - {year}
    full = alternative(numbered)
    one = NUMBERS.name(full.design.pre[3])
    assert without_year(numbered, full, one).design.pre == (
        *full.design.pre[:3],
        *full.design.pre[4:],
    )


def test_time_of_an_event_study_is_in_years():
    panel = dataclasses.replace(poisson_panel(seed=0), frequency="week")
    fits = ESTIMATORS["did"].fit_many(panel, simple_design(panel).family())
    monthly, weekly = event_study(fits), event_study(fits, frequency="week")
    assert weekly.time == pytest.approx(monthly.time * 12 * 7 / 365.25)
    assert event_study(fits, frequency="period").time == pytest.approx(12 * monthly.time)


def test_predictors_are_rates_of_years():
    months = month_range("1900-01", "1905-12")
    assert year_names(months, "week").count("1") == 53  # the 53rd begins before a year is over
    assert year_names(months, "period") == [str(number) for number in range(1, 73)]
    assert set(year_names(months, "month")) == {str(year) for year in range(1900, 1906)}
    panel = dataclasses.replace(poisson_panel(seed=0), frequency="period")
    design = simple_design(panel)
    names = [name for name in pre_period_predictors(panel, design) if name.startswith("rate")]
    assert len(names) == len(design.pre)


def test_looks_are_at_weeks_of_equal_length():
    study = of(WEEKS, monitoring=Monitoring(3, 12, 0.05, "poisson_did", 60, 1))
    frames = given.world()
    panel = look_counts(frames["panel"], study)
    assert panel.frequency == "week" and len(panel.periods) == len(given.MONTHS)
    plan = plan_looks(panel, monitored_donors(frames["units"], study), study)
    after = plan.panel.exposure[:, -12:]
    assert (after == after[:, :1]).all()
    assert np.diff(plan.model.years) == pytest.approx(7 / 365.25)


def test_events_averted_a_year():
    price = SimpleNamespace(total=400.0, years=4.0)
    row = {"scale": "log rate ratio", "observed": 49.5, "log_rate_ratio": math.log(0.5)}
    row |= {"ci_low": math.log(0.25), "ci_high": math.log(0.8)}
    span = Span("1900-01", "1900-10")
    weekly = break_even(price, row, span, WEEKS.months_a_year)
    assert weekly.averted[0] == pytest.approx(50 * 365.25 / 70)
    assert break_even(price, row, span, NUMBERS.months_a_year).averted[0] == pytest.approx(5)


def rows_by(length, value=10):
    """Rows of one unit and outcome for 2014 to 2016, each of so many months."""
    months = month_range("2014-01", "2016-12")[::length]
    made = pd.DataFrame({"month": months, "count": value, "sector": given.study().treated})
    return made.assign(outcome="homicide", covered=True, complete=True, months=length)


@pytest.mark.parametrize(("length", "months"), [(1, 36), (3, 36), (12, 36)])
def test_counts_before_are_by_month_and_year_whatever_a_row_is(length, months):
    study = given.study(pre_period=Span("2014-01", "2016-12"), outcomes=("homicide",))
    units = pd.DataFrame({"sector": [study.treated], "role": ["treated"]})
    before = SimpleNamespace(panel=rows_by(length), units=units)
    row = counts_before(study, before).iloc[0]
    assert row["months"] == months and row["a_year"] == 120 / length


def test_years_of_longer_rows_are_whole():
    for length in (1, 3, 6, 12):
        totals = _yearly_totals(rows_by(length), "homicide")
        assert {year: int(found.sum()) for year, found in totals.items()} == dict.fromkeys(
            ("2014", "2015", "2016"), 120 // length
        )
    short = rows_by(3)
    assert list(_yearly_totals(short[short["month"] != "2015-04"], "homicide")) == ["2014", "2016"]
    assert len(period_months("2015-04", 3)) == 3


def refused(names, **said):
    stated = SimpleNamespace(**{"published_claims": (), "implementation": ()} | said)
    study = SimpleNamespace(periods=names, monitoring=said.get("monitoring"), statements=stated)
    _check_periods(study, "config.yaml")


def test_what_is_said_by_month_or_year_is_refused_of_weeks_and_numbers():
    for key in ("published_claims", "implementation"):
        for names in (WEEKS, NUMBERS):
            with pytest.raises(InputError, match=f"{key}.*panel of {names.kind}s"):
                refused(names, **{key: ("something",)})
        refused(PeriodNames("year"), **{key: ("something",)})
    with pytest.raises(InputError, match="monitoring.*looks at a panel of years"):
        refused(PeriodNames("year"), monitoring="plan")
    refused(WEEKS, monitoring="plan")


@pytest.mark.parametrize("column", ["", "exposure", "population"])
def test_a_place_says_whether_its_counts_have_an_exposure(tmp_path, column):
    head, cell = (f",{column}", ",1000") if column else ("", "")
    lines = [f"{unit},{year},fires,3{cell}" for unit in "ABCDEF" for year in range(2000, 2012)]
    (tmp_path / "panel.csv").write_text("\n".join([f"unit,period,outcome,value{head}", *lines]))
    config = {"study": "place", "title": "Fires", "data": "panel.csv", "treated": "A"}
    config |= {"start": 2008, "outcomes": ["fires"]}
    made = filled_in(config, str(tmp_path / "config.yaml"))
    assert ("exposure" in made["features"]) == bool(column)
