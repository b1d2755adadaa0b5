"""What is shown with the result: priors, break-even cost and published effects on known worlds."""

import dataclasses
import math
import statistics

import pandas as pd
import pytest

from evaluation.analyses.costs.break_even import break_even
from evaluation.analyses.costs.facts import numbers as cost_numbers
from evaluation.analyses.costs.table import costs
from evaluation.analyses.implementation.table import implementation
from evaluation.analyses.literature.facts import numbers as literature_numbers
from evaluation.analyses.literature.figure import literature_effects, placed
from evaluation.analyses.literature.table import literature
from evaluation.analyses.priors.compute import conclusion, literature_prior, priors
from evaluation.page.language import Language
from evaluation.study.delivery import Costs, Delivered
from evaluation.study.literature import Literature, Published
from evaluation.study.study import Span
from tests.conftest import stating
from tests.page import conftest as world

EMPTY = Literature((), 0.35, 0.8, 0.2)
PRICE = Costs(total=400.0, currency="MXN", years=4.0, source="made up")
YEARS = Span("2020-01", "2021-12")


@pytest.fixture(scope="module")
def study():
    return world._study()


@pytest.fixture(scope="module")
def estimates(study):
    return world._estimates(study)


def published(number, effect, **changes):
    row = dict(study=f"S{number}", place=f"City {number}", years="2000", design="stepped wedge")
    row |= dict(outcome="homicide", effect=effect, ci_low=effect - 20, ci_high=effect + 20)
    row |= dict(level=95.0, measure="", source="s", doi="", verified=True, note="read")
    return Published(**row | changes)


def with_effects(study, *effects):
    return stating(study, literature=dataclasses.replace(EMPTY, effects=effects))


def changed(study, estimates, **columns):
    """The estimates with columns of the primary row set."""
    found = estimates.copy()
    mine = study.primary.tested(found).index
    assert len(mine) == 1
    for column, value in columns.items():
        found.loc[mine, column] = value
    return found


def test_without_literature_there_are_no_priors(study, estimates):
    assert priors(stating(study, literature=None), estimates=estimates).empty


def test_priors_of_a_known_interval(study, estimates):
    """Log rate ratio −0.3 (−0.8 to 0.1); three studies alike at −30%."""
    alike = [published(number, -30.0) for number in range(3)]
    table = priors(with_effects(study, *alike), estimates=estimates).set_index("prior")
    assert list(table.index) == ["flat", "sceptical", "literature", "discounted"]
    assert table.loc["discounted", "prior_mean"] == table.loc["literature", "prior_mean"] / 2
    assert table.loc["flat", "prior_sd"] == math.inf and math.isnan(table.loc["flat", "prior_mean"])
    assert table.loc["literature", "studies"] == 3
    assert table.loc["literature", "prior_mean"] == pytest.approx(math.log(0.7))
    assert (table["fall"] + table["rise"]).tolist() == pytest.approx([1.0] * 4)
    assert (table["fall_of_interest"] < table["fall"]).all()
    # A prior around no effect pulls there, one around a fall to the fall.
    assert table.loc["sceptical", "median_percent"] > table.loc["flat", "median_percent"]
    assert table.loc["sceptical", "fall"] < table.loc["flat", "fall"]
    assert table.loc["literature", "fall_of_interest"] > table.loc["flat", "fall_of_interest"]


def test_unchecked_rows_and_rows_without_an_interval_make_no_prior(study, estimates):
    none = dict(ci_low=math.nan, ci_high=math.nan, level=math.nan)
    effects = [published(1, -30.0), published(2, -10.0)]
    effects += [published(3, -20.0, verified=False), published(4, -20.0, **none)]
    table = priors(with_effects(study, *effects), estimates=estimates).set_index("prior")
    row = table.loc["literature"]
    assert (row["studies"], row["reason"], row["conclusion"]) == (2, "few studies", "")
    assert math.isnan(row["fall"]) and table.loc["flat", "reason"] == ""
    assert literature_prior(EMPTY)[0] is None


def test_without_intervals_the_spread_of_many_checked_effects_is_the_prior(study, estimates):
    """Normal, the mean of the logs and s²(1 + 1/k); the eighth effect makes it."""
    none = dict(ci_low=math.nan, ci_high=math.nan, level=math.nan)
    effects = [published(number, -10.0 - 5 * number, **none) for number in range(8)]
    for some, basis in ((effects[:7], ""), (effects, "points")):
        table = priors(with_effects(study, *some), estimates=estimates).set_index("prior")
        assert table.loc["literature", "basis"] == basis
    logs = [math.log1p(one.effect / 100) for one in effects]
    row = table.loc["literature"]
    assert (row["studies"], row["reason"]) == (8, "")
    assert row["prior_mean"] == pytest.approx(statistics.mean(logs))
    assert row["prior_sd"] == pytest.approx(statistics.stdev(logs) * math.sqrt(9 / 8))


@pytest.mark.parametrize(
    "columns", [{"ci_low": -math.inf}, {"ci_high": math.nan}, {"scale": "rate"}]
)
def test_without_a_bounded_interval_there_is_no_posterior(study, estimates, columns):
    found = changed(study, estimates, **columns)
    table = priors(with_effects(study), estimates=found)
    assert set(table["reason"]) == {"no interval"} and table["fall"].isna().all()


def test_conclusions_follow_the_limits():
    wanted = {0.8: "worthwhile", 0.79: "undecided", 0.21: "undecided", 0.2: "not worthwhile"}
    assert {share: conclusion(share, EMPTY) for share in wanted} == wanted


def test_break_even_in_closed_form():
    """49.5 + ½ in two years, 400 over four: 100 a year over the events averted a year."""
    row = {"scale": "log rate ratio", "observed": 49.5}
    row |= {"log_rate_ratio": math.log(0.5), "ci_low": math.log(0.25), "ci_high": math.log(0.8)}
    found = break_even(PRICE, row, YEARS)
    assert found.yearly_cost == 100
    assert found.averted == pytest.approx((25, 6.25, 75))
    assert found.cost == pytest.approx((4, 100 / 75, 16))


@pytest.mark.parametrize("observed", [0, 1, 58])
def test_the_estimate_averts_expected_less_observed(observed):
    ratio = math.log((observed + 0.5) / (78.1 + 0.5))
    row = {"scale": "log rate ratio", "observed": float(observed), "log_rate_ratio": ratio}
    found = break_even(PRICE, row | {"ci_low": -math.inf, "ci_high": 0.1}, YEARS)
    assert 2 * found.averted[0] == pytest.approx(78.1 - observed)


def test_an_interval_that_holds_no_effect_has_no_upper_bound():
    row = {"scale": "log rate ratio", "observed": 49.5, "log_rate_ratio": math.log(0.5)}
    for high in (0.0, 0.3):
        found = break_even(PRICE, row | {"ci_low": math.log(0.25), "ci_high": high}, YEARS)
        assert found.cost[1] == pytest.approx(100 / 75) and found.cost[2] == math.inf
    rise = break_even(PRICE, row | {"log_rate_ratio": 0.1, "ci_low": 0.05, "ci_high": 0.2}, YEARS)
    assert rise.cost == (math.inf, math.inf, math.inf)
    unbounded = break_even(PRICE, row | {"ci_low": -math.inf, "ci_high": -0.1}, YEARS)
    assert unbounded.cost[1] == 0 and math.isfinite(unbounded.cost[2])
    off = break_even(PRICE, row | {"scale": "rate", "ci_low": -9.0, "ci_high": 3.0}, YEARS)
    assert off.cost[0] == 4 and math.isnan(off.cost[1]) and math.isnan(off.cost[2])


@pytest.mark.parametrize("code", ["en", "es"])
def test_costs_are_said_or_not_stated(study, estimates, code):
    language = Language(code)
    bare = costs(stating(study, costs=None), language, estimates=estimates)
    assert list(bare.frame["item"]) == [language("table.not_stated")]
    assert cost_numbers(stating(study, costs=None), estimates=estimates)["cost_low"] is None
    given = stating(study, costs=PRICE)
    rows = costs(given, language, estimates=estimates).frame["between"]
    assert rows.iloc[2] == language("table.costs.unbounded", low="3 MXN")
    found = cost_numbers(given, estimates=estimates)
    assert found == {"cost_low": 3, "cost_high": None, "cost_currency": "MXN"}


def test_implementation_sums_by_component(study):
    language = Language("en")
    rows = [("2020-01", "call-ins", 2), ("2020-03", "call-ins", 5), ("2020-02", "visits", 0)]
    given = tuple(Delivered(month, name, count, "minutes") for month, name, count in rows)
    frame = implementation(stating(study, implementation=given), language).frame
    assert list(frame["component"]) == ["call-ins", "visits"]
    assert frame.iloc[0][["months", "total", "least", "most"]].tolist() == [2, 7, 2, 5]
    assert frame.iloc[0]["span"] == "Jan 2020 – Mar 2020"
    bare = implementation(stating(study, implementation=()), language).frame
    assert list(bare["component"]) == ["Not stated"]


def test_ours_comes_first_and_rows_without_a_number_stay_in_the_table(study, estimates):
    nan = math.nan
    bare = published(2, nan, ci_low=nan, ci_high=nan, level=nan, outcome="something new")
    given = with_effects(study, published(1, -30.0), bare)
    frame = literature(given, Language("es"), estimates=estimates).frame
    assert list(frame["primary"]) == [True, False, False]
    assert frame["low"][0] == pytest.approx(100 * math.expm1(-0.8))
    assert frame["design"][1] == "Entrada escalonada" and frame["outcome"][2] == "something new"
    assert placed(given.said.literature.effects) == [given.said.literature.effects[0]]
    found = literature_numbers(given, estimates=estimates)
    assert (found["literature"], found["literature_given"], found["literature_held"]) == (2, 1, 1)
    _, alt = literature_effects(given, Language("en"), estimates=estimates)
    assert "1 published effects" in alt and "City 2" not in alt


def test_a_decision_on_another_scale_draws_no_interval(study, estimates):
    given = with_effects(study, published(1, -30.0))
    rates = changed(study, estimates, scale="rate", ci_low=-9.0, ci_high=3.0)
    row = literature(given, Language("en"), estimates=rates).frame.iloc[0]
    assert math.isnan(row["low"]) and math.isnan(row["high"])
    assert literature_numbers(given, estimates=rates)["literature_held"] is None
    figure, _ = literature_effects(given, Language("en"), estimates=rates)
    low, high = figure.axes[0].get_xlim()
    assert low > math.log(0.25) and high < math.log(4)


def test_without_published_effects_the_exhibits_say_so(study, estimates):
    bare = stating(study, literature=None)
    figure, alt = literature_effects(bare, Language("en"), estimates=estimates)
    assert figure.axes == [] and "no published effects" in alt
    assert isinstance(literature(bare, Language("en"), estimates=estimates).frame, pd.DataFrame)
    assert literature(bare, Language("en"), estimates=estimates).frame.empty
