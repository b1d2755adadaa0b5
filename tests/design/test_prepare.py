"""What the figures cannot honour is refused before any job, with the key that asks for it."""

from dataclasses import replace

import pandas as pd
import pytest

from evaluation.design.design import refuse_small_cells
from evaluation.design.donors import assign_units, donors_of
from evaluation.design.prepare import prepare
from evaluation.sources.shipped import read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.months import month_range
from evaluation.study.study import Span, open_study
from tests.conftest import ROOT
from tests.workflow.tiny import write_world

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


@pytest.fixture
def config(tmp_path, monkeypatch):
    path = write_world(tmp_path / "tiny")
    monkeypatch.chdir(path.parent)
    return read_yaml("config.yaml")


def opened(config):
    return open_study(config, SCHEMA, "config.yaml")


def test_a_study_that_the_figures_honour_is_ready(config):
    ready = prepare(opened(config), "config.yaml")
    assert len(donors_of(ready.units)) == 11
    assert ready.panel["month"].min() == "2016-01" and set(ready.states["sector"]) == set(
        ready.units["sector"]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"pre_period": {"first": "2010-01", "last": "2017-09"}},
            r"line \d+, key pre_period: it begins 2010-01. Expected months of 2016-01..2018-12",
        ),
        ({"post_windows": {"B": "2019-12"}}, r"line \d+, key post_windows.B: it ends 2019-12"),
        (
            {
                "donors": {
                    "exclude_within_m": 50,
                    "exclude_calendar": True,
                    "exclude": {},
                    "minimum": 12,
                }
            },
            "11 donors are left",
        ),
    ],
)
def test_windows_lie_within_the_figures(config, change, message):
    with pytest.raises(InputError, match=message):
        prepare(opened(config | change), "config.yaml")


def test_a_grid_does_not_begin_before_the_figures(config):
    config["robustness"]["grid"]["pre_periods"]["all"]["first"] = "2015-01"
    with pytest.raises(InputError, match=r"grid.pre_periods.all: it begins 2015-01"):
        prepare(opened(config), "config.yaml")


def test_a_borough_without_sectors_handles_nothing_and_is_refused(config, tmp_path):
    path = tmp_path / "tiny" / "contamination.csv"
    path.write_text(path.read_text().replace("borough:CENTRE", "borough:CENTER"))
    with pytest.raises(InputError, match=r"contamination_calendar: unknown boroughs \['CENTER'\]"):
        opened(config)


def test_one_direction_of_a_pair_is_enough_to_leave_a_neighbour_out(config):
    study, given = opened(config), read_shipped("data")
    whole = assign_units(given.sectors, given.neighbours, study)
    for row in (0, 1):
        pair = given.neighbours.drop(index=row)
        if "PILOT" in set(pair["sector"]):
            assert assign_units(given.sectors, pair, study).equals(whole)
        else:
            with pytest.raises(InputError, match="no row for PILOT"):
                assign_units(given.sectors, pair, study)


def test_windows_with_fewer_events_than_may_be_published_are_refused_without_the_count(config):
    panel = prepare(opened(config), "config.yaml").panel
    own = panel[(panel["sector"] == "PILOT") & (panel["outcome"] == "non_firearm_homicide")]
    early = int(own.loc[own["month"].between("2018-01", "2018-06"), "count"].sum())
    late = int(own.loc[own["month"].between("2018-07", "2018-12"), "count"].sum())
    fewest = min(early, late)
    for smallest, passes in ((fewest, True), (fewest + 1, False)):
        asked = opened(config | {"disclosure": {"smallest_cell": smallest}})
        assert asked.hash == opened(config).hash
        if passes:
            assert prepare(asked, "config.yaml").panel.equals(panel)
            continue
        with pytest.raises(
            InputError, match="disclosure.smallest_cell: .* has fewer than"
        ) as error:
            prepare(asked, "config.yaml")
        assert f"{fewest} " not in str(error.value)


def test_one_withheld_year_of_a_window_of_years_would_follow_from_the_others(config):
    windows = (("A", "2016-12"), ("B", "2018-12"))  # B adds the years 2017 and 2018
    study = replace(opened(config), treatment_start="2016-10", post_windows=windows)
    study = replace(study, pre_period=Span("2016-01", "2016-09"))
    months = month_range("2016-01", "2018-12")

    def panel(last_year):
        counts = [2] * (len(months) - 12) + last_year
        rows = {"month": months, "count": counts}
        frames = [pd.DataFrame(rows | {"outcome": outcome}) for outcome in study.outcomes]
        return pd.concat(frames).assign(sector=study.treated, covered=True, complete=True)

    for last_year in ([2] * 12, [0] * 12):  # a zero is published
        refuse_small_cells(panel(last_year), study, 5)
    with pytest.raises(InputError, match="one year of what the window to 2018-12 adds has fewer"):
        refuse_small_cells(panel([0] * 9 + [1] * 3), study, 5)


def test_a_window_that_ends_in_an_unfinished_month_is_refused(config):
    """Figures that ship have no opening dates: the message says that the day is not known."""
    import pandas as pd

    table = pd.read_csv("data/coverage.csv", dtype=str, keep_default_na=False)
    table["incomplete"] = "2018-12"
    table.to_csv("data/coverage.csv", index=False, lineterminator="\n")
    with pytest.raises(InputError) as stop:
        prepare(opened(config | {"published_claims": []}), "config.yaml")
    message = str(stop.value)
    assert "key post_windows.B: it ends 2018-12, which is not complete for " in message
    assert "is the primary window" in message and "no opening dates at hand" in message
    assert "2018-11 is complete." in message
