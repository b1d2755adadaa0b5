"""Tables, figures and sentences on other dates, donors and years."""

import inspect
import math
import re

import pytest

from evaluation.analyses.leave_one_out.figure import MOST, most_influential
from evaluation.page.effect_axis import effect_limits
from evaluation.page.language import Language
from tests.page import given_time
from tests.page.made import FIGURES, TABLES, numbers_of, reading

EN = Language("en")


def table(name, study, frames, language=EN):
    function = TABLES[name]
    names = list(inspect.signature(function).parameters)[2:]
    return function(study, language, **{frame: frames[frame] for frame in names})


def facts(study, frames):
    names = ("placebo_time", "start_dates", "leave_one_out", "donor_rules", "selection")
    return numbers_of(study, frames, *names)


def plain(numbers):
    return {
        key: None if isinstance(value, float) and math.isnan(value) else value
        for key, value in numbers.items()
    }


def test_start_dates_mark_the_own_row_and_say_why_one_is_missing(study, frames):
    made = table("start_dates", study, frames)
    marked = made.frame[made.frame["primary"]]
    assert list(marked["month"]) == ["Jan 2020"] and list(marked["donut_months"]) == [6]
    missing = made.frame[made.frame["why"] != ""]
    assert set(missing["month"]) == {"Jul 2020"}
    assert set(missing["why"]) == {"the window would end within a period"}
    assert made.columns[-1].label == "Not possible because" and not made.columns[-1].csv_only


def test_the_reason_column_is_hidden_where_everything_is_possible(study, frames):
    whole = frames["start_dates"][frames["start_dates"]["reason"] == ""]
    made = table("start_dates", study, frames | {"start_dates": whole})
    assert made.columns[-1].csv_only


def test_influence_lists_weights_and_tells_of_the_others(study, frames):
    made = table("influence", study, frames)
    donors = made.frame[made.frame["part"] == EN("table.influence.group.donor", outcome="Homicide")]
    assert list(donors["name"]) == ["CENTRO", "ROMA", "TAXQUENA"]
    assert list(donors["share"]) == [25, 25, 50]
    assert EN("table.influence.note.idle", low="0.250", high="0.250") in made.note
    years = made.frame[made.frame["part"].str.startswith("Homicide: without one year")]
    assert list(years["name"]) == ["2016", "2018", "2017"]
    assert made.frame.iloc[0]["name"] == "nothing" and bool(made.frame.iloc[0]["primary"])


def test_donor_rules_never_show_filtered_placebos_alone(study, frames):
    made = table("donor_rules", study, frames)
    names = list(made.frame.loc[made.frame["part"] == "Homicide", "name"])
    assert names[0] == "The study's own rule"
    assert names[-1] == "Ranked: placebos with at most 5× the error before treatment"
    assert "Only sectors more than 1,000 m away" in names
    only = made.frame[made.frame["name"] == "Only the treated sector's borough"]
    assert set(only["why"]) == {EN("table.choice.few donors", minimum=10)}


def test_selection_shows_both_models_side_by_side(study, frames):
    made = table("selection", study, frames)
    assert len(made.frame) == 15
    rise = made.frame[made.frame["part"] == "Largest rise in the year before the start"].iloc[0]
    assert rise["bias_fitted"] == pytest.approx(100 * math.expm1(-0.1))
    assert rise["rejecting_none"] == pytest.approx(5)
    ranked = EN("table.selection.note.ranks", treated="PLATEROS", ranks="3, 3, 3, and 3")
    assert ranked in made.note and "the window is shorter than a year." in made.note


def test_numbers_by_hand(study, frames):
    found = facts(study, frames)
    # Starts: 7 fake and the real one; donors at 8 fake starts, half of which have |z| of 1 or more.
    assert (found["time_rank"], found["time_starts"]) == (1, 8)
    assert found["time_fakes"] == 7 + 6 * 8
    extreme = 8 * sum(abs(place - 2.0) >= 1 for place in range(6))
    assert found["time_extreme_share"] == pytest.approx(100 * (1 + extreme) / 56)
    assert found["time_size_share"] == 0
    assert (found["time_dates"], found["time_dates_rejecting"]) == (5, 0)
    assert (found["time_lowest_month"], found["time_highest_month"]) == ("2020-07", "2019-07")
    assert found["time_year_name"] == "2017"
    assert found["time_rules"] == 10
    assert found["time_chosen_low_percent"] == pytest.approx(100 * math.expm1(-0.1))
    assert math.isnan(found["time_change_low_percent"])


def test_the_reading_names_the_most_influential(study, frames):
    found = plain(facts(study, frames))
    assert reading("leave_one_out", found)[1] == "leave_one_out_year"
    other = found | {"time_year_percent": found["time_full_percent"]}
    assert reading("leave_one_out", other)[1] == "leave_one_out_borough"
    assert reading("leave_one_out", found | {"time_full_percent": None}) == ["leave_one_out_none"]


def test_readings_follow_the_numbers(study, frames):
    found = plain(facts(study, frames))
    assert float(found["time_chosen_observed_percent"]) < 0
    assert reading("selection", found) == ["selection", "selection_as_low"]
    assert reading("selection", found | {"time_chosen_low_percent": 3.0})[2] == "selection_away"
    rise = found | {"time_chosen_observed_percent": 16.0, "time_chosen_high_percent": 5.0}
    assert reading("selection", rise) == ["selection", "selection_as_high"]
    down = rise | {"time_chosen_high_percent": -1.0}
    assert reading("selection", down)[2] == "selection_away_rise"
    # As low and higher are all of the estimates.
    assert found["time_chosen_higher_least_share"] + found["time_chosen_most_share"] == 100
    assert reading("selection", found | {"time_chosen_low_percent": None}) == ["selection_none"]
    assert reading("selection", found | {"time_chosen_observed_percent": 16.0})[1] == (
        "selection_as_high"
    )
    assert reading("start_dates", found) == ["start_dates"]
    assert reading("start_dates", found | {"time_dates": 0}) == ["start_dates_none"]
    assert reading("donor_rules", found) == ["donor_rules", "donor_rules_year"]
    # A rank among fewer than 20 starts cannot have p ≤ 5%.
    for starts, own in ((1, "alone"), (2, "few"), (8, "few"), (20, "own")):
        said = reading("placebo_time", found | {"time_starts": starts})
        assert said == ["placebo_time", f"placebo_time_{own}", "placebo_time_size"]
    assert reading("placebo_time", found | {"time_fakes": 0}) == ["placebo_time_none"]


@pytest.mark.parametrize("code", ["en", "es"])
def test_a_study_without_fake_starts_or_estimable_dates_still_has_its_exhibits(study, code):
    language = Language(code)
    given = given_time.frames(study)
    few = {
        "placebo_time": given["placebo_time"][given["placebo_time"]["real"]],
        "start_dates": given["start_dates"][given["start_dates"]["reason"] != ""],
        "leave_one_out": given["leave_one_out"].query("dimension in ('full', 'year')"),
        "donor_rules": given["donor_rules"],
        "selection": given["selection"].assign(
            bias=math.nan, observed=math.nan, as_low=math.nan, rejecting=math.nan, panels=0
        ),
    }
    for name in ("start_dates", "influence", "donor_rules", "selection"):
        assert len(table(name, study, few, language).frame)
    for name in ("placebo_time", "start_date_curve", "leave_one_out"):
        function = FIGURES[name]
        wanted = list(inspect.signature(function).parameters)[2:]
        _, alt = function(study, language, **{frame: few[frame] for frame in wanted})
        assert not re.search(r"\bnan\b|None", alt)
    found = plain(facts(study, few))
    assert reading("placebo_time", found) == ["placebo_time_none"]
    assert reading("start_date_curve", found) == ["start_dates_none"]
    assert reading("selection", found) == ["selection_none"]


def test_alt_texts_hold_the_numbers(study, frames):
    _, alt = FIGURES["placebo_time"](study, EN, placebo_time=frames["placebo_time"])
    assert "rank 1 of its own 8" in alt and "12-month window" in alt
    assert EN("figure.placebo_time.alt.own", treated="PLATEROS", real="−1.00") in alt
    assert EN("figure.placebo_time.alt.fakes", low="+0.50", high="+0.50") in alt
    _, alt = FIGURES["leave_one_out"](study, EN, leave_one_out=frames["leave_one_out"])
    assert "(2017, −5%)" in alt
    _, alt = FIGURES["start_date_curve"](study, EN, start_dates=frames["start_dates"])
    assert "5 estimates" in alt


def test_only_the_most_influential_are_drawn(study, frames):
    rows = frames["leave_one_out"]
    donors = most_influential(study, rows, "homicide", "donor")
    assert list(donors["left_out"]) == ["CENTRO", "ROMA", "TAXQUENA"]  # from the lowest effect on
    assert len(donors) <= MOST


def test_the_effect_axis_holds_bounded_values_and_cuts_the_rest():
    low, high = effect_limits([-0.1, 0.2, math.inf, math.nan])
    assert low < -math.log(2) and high > math.log(2)
    low, high = effect_limits([-9.0, 0.2])
    assert -math.log(16) - 0.5 < low < -math.log(16)
