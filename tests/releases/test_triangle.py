"""How late files are opened: known answers, the coverage's own months, and the windows they end."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.reporting_delay.compute import reporting_delay as table_of
from evaluation.analyses.reporting_delay.contract import KNOWN, UNKNOWN
from evaluation.design.unfinished import refuse_unfinished
from evaluation.panel.counts import COMPLETE, completeness
from evaluation.releases.triangle import (
    days_to_final,
    reporting_delay,
    triangle_of_releases,
    unknown_delay,
    with_releases,
)
from evaluation.study.errors import InputError
from evaluation.study.outcomes import OutcomeDefinition
from tests.releases.arriving import study

SHA = "a" * 64
DEFINITIONS = {
    "theft": OutcomeDefinition("theft", (), "primary", ("X",), (), "yearly"),
    "murder": OutcomeDefinition("murder", (), "primary", ("Y",), (), "yearly"),
    "both": OutcomeDefinition("both", (), "primary", (), ("theft", "murder"), ""),
}


def pulled(**changes):
    row = {"name": "f", "kind": "incidents", "url": "f.csv", "sha256": SHA, "bytes": 1, "rows": 1}
    row |= {"first_month": "2016-01", "last_month": "2017-12", "schema": "carpetas acumulado"}
    row |= {"counts": "*", "first": "2016-01", "last": "2017-12", "cut": ""}
    return pd.DataFrame([row | changes])


def located(delays, cut="2017-12-31", dated=True):
    """Files with facts on every day of two years, each day's opened after the given days."""
    facts = pd.date_range("2016-01-01", "2017-12-31")
    parts = []
    for outcome, waits in delays.items():
        occurred = facts.repeat(len(waits))
        opened = occurred + pd.to_timedelta(np.tile(waits, len(facts)), unit="D")
        parts.append(
            pd.DataFrame({"outcome": outcome, "occurred_on": occurred, "opened_on": opened})
        )
    table = pd.concat(parts, ignore_index=True)
    table = table[table["opened_on"] <= cut].reset_index(drop=True)
    for column in ("occurred_on", "opened_on"):
        table[column] = table[column].astype("datetime64[s]")
    if not dated:
        table["opened_on"] = pd.NaT
    texts = {"alcaldia": "A", "colonia": "", "delito": "X", "source": "f", "sector": "A"}
    texts |= {"cuadrante": "A 1", "located_by": "polygon"}
    return table.assign(
        longitude=-99.1, latitude=19.4, source_row=range(1, len(table) + 1), **texts
    )


def test_days_to_final_is_the_first_day_on_which_the_month_is_complete():
    distribution = np.minimum(1, np.linspace(0.9, 1.02, 366))
    distribution[-1] = 1
    for month in ("2019-02", "2019-03"):
        wait = days_to_final(month, distribution)
        end = pd.Period(month).to_timestamp(how="end").normalize()
        before, on = (
            completeness(month, distribution, end + pd.Timedelta(days=days))
            for days in (wait - 1, wait)
        )
        assert before < COMPLETE <= on
    assert days_to_final("2019-02", np.ones(366)) == 0


def test_a_tenth_opened_after_forty_days_keeps_the_last_months_open():
    """Nine in ten are opened on the day, the tenth after 40 days."""
    waits = {"theft": [0] * 9 + [40], "murder": [0]}
    triangle, finality = reporting_delay(located(waits), pulled(), DEFINITIONS)
    theft = finality[finality["outcome"] == "theft"].set_index("month")
    assert theft.index[~theft["complete"]].tolist() == ["2017-11", "2017-12"]
    assert theft.loc["2017-12", "share"] == pytest.approx(0.9, abs=0.002)
    # 98% of a month of 31 days lacks a tenth of at most 6.2 days: those of the last six.
    assert theft.loc["2017-12", ["cut", "final_on"]].tolist() == ["2017-12-31", "2018-02-03"]
    murder = finality[finality["outcome"] == "murder"].set_index("month")
    assert murder["complete"].all() and murder.loc["2017-12", "final_on"] == "2017-12-31"
    both = finality[finality["outcome"] == "both"].set_index("month")
    assert both["final_on"].equals(theft["final_on"]) and not both.loc["2017-12", "complete"]
    rows = triangle[(triangle["outcome"] == "theft") & (triangle["month"] == "2016-03")]
    # Of 31 days with ten files: the tenth of none, of all but those of 22 March on, of all.
    assert rows["age"].tolist() == list(range(13)) and rows["as_of"].iloc[1] == "2016-04"
    assert rows["count"].tolist()[:3] == [279, 279 + 21, 310]
    assert rows["expected"].iloc[2] == pytest.approx(1, abs=0.002)
    last = triangle[(triangle["outcome"] == "theft") & (triangle["month"] == "2017-12")]
    assert last["as_of"].tolist() == ["2017-12"] and last["count"].tolist() == [279]
    both = triangle[(triangle["outcome"] == "both") & (triangle["month"] == "2016-03")]
    assert both["count"].tolist()[0] == 279 + 31


def test_the_unfinished_months_are_those_of_the_coverage(tmp_path):
    from evaluation.panel.counts import classify, coverage_table
    from evaluation.panel.shipping import raw_files
    from evaluation.study.months import parse_month_list

    dice = np.random.default_rng(3)
    waits = {"theft": dice.geometric(0.05, 40), "murder": dice.geometric(0.3, 40)}
    table = located(waits)
    _, finality = reporting_delay(table, pulled(), DEFINITIONS)
    raw = raw_files(pulled(), {})
    coverage = coverage_table(classify(table, raw, DEFINITIONS), raw, DEFINITIONS)
    for row in coverage.itertuples():
        own = finality[finality["outcome"] == row.outcome]
        late = set(own.loc[~own["complete"], "month"])
        assert late == parse_month_list(row.incomplete, "") and late
        assert (own["complete"] == (own["final_on"] <= own["cut"])).all()


def test_counts_without_opening_dates_are_not_known_but_their_delay_is_borrowed():
    waits = {"theft": [0] * 9 + [40], "murder": [0]}
    first = located(waits)
    files = pd.concat(
        [pulled(), pulled(name="g", first="2018-01", last="2018-03", cut="2018-03-31")],
        ignore_index=True,
    )
    second = first[first["occurred_on"].dt.year == 2017].copy()
    second["occurred_on"] += np.timedelta64(365, "D")
    second = second[second["occurred_on"] <= "2018-03-31"].assign(source="g", opened_on=pd.NaT)
    rows = pd.concat([first, second.astype(first.dtypes)], ignore_index=True)
    triangle, finality = reporting_delay(rows, files, DEFINITIONS)
    own = triangle[(triangle["outcome"] == "theft") & (triangle["month"] == "2018-02")]
    assert own["count"].isna().all() and own["expected"].iloc[0] == pytest.approx(0.9, abs=0.002)
    late = finality[(finality["outcome"] == "theft") & (finality["month"] == "2018-03")]
    assert late["cut"].tolist() == ["2018-03-31"] and not late["complete"].any()


def test_the_triangle_of_recorded_releases_is_what_each_held():
    cells = pd.DataFrame(
        [("A", "2026-01", "theft", 5), ("B", "2026-01", "theft", 4), ("A", "2026-02", "theft", 7)],
        columns=["sector", "month", "outcome", "count"],
    ).astype({"count": "Int64"})
    cells["covered"] = True
    later = cells.assign(count=cells["count"] + 1)
    history = [("2026-02-1a2b3c4d", cells), ("2026-03-00000000", later)]
    table = triangle_of_releases(history).set_index(["month", "as_of"])
    assert table["count"].to_dict() == {
        ("2026-01", "2026-02-1a2b3c4d"): 9,
        ("2026-01", "2026-03-00000000"): 11,
        ("2026-02", "2026-02-1a2b3c4d"): 7,
        ("2026-02", "2026-03-00000000"): 8,
    }
    assert table["age"].tolist() == [1, 2, 0, 1] and table["expected"].isna().all()
    assert triangle_of_releases([]).empty


def panel_of(complete_until):
    months = ["2021-11", "2021-12", "2022-01"]
    return pd.DataFrame(
        [
            {"sector": "A", "month": month, "outcome": name, "covered": True}
            | {"complete": name != "burglary" or month <= complete_until}
            for month in months
            for name in study().outcomes
        ]
    )


def finality_of(day):
    return pd.DataFrame(
        [("burglary", "2021-12", 0.953, False, "2022-01-10", day)],
        columns=["outcome", "month", "share", "complete", "cut", "final_on"],
    )


def test_a_window_that_ends_in_an_unfinished_month_is_refused_with_the_day():
    with pytest.raises(InputError) as stop:
        refuse_unfinished(study(), panel_of("2021-11"), finality_of("2022-02-08"), "config.yaml")
    message = str(stop.value)
    assert "post_windows.B: it ends 2021-12, which is not complete for burglary" in message
    assert "(B is the primary window)" in message and "95.3%" in message
    assert "final in files that go to 2022-02-08" in message
    assert "2021-11 is complete." in message
    refuse_unfinished(study(), panel_of("2021-12"), finality_of("2022-02-08"), "config.yaml")


def test_the_table_says_what_is_known_and_what_is_not():
    waits = {"theft": [0] * 9 + [40], "murder": [0]}
    triangle, finality = reporting_delay(located(waits), pulled(), DEFINITIONS)
    two = replace(study(), outcomes=("theft", "murder"))
    panel = finality.assign(covered=True)[["outcome", "month", "covered", "complete"]]
    table = table_of(two, all_months=panel, reporting_triangle=triangle, finality=finality)
    table = table.set_index("outcome")
    assert table.loc["theft", "unfinished"] == "2017-11 2017-12"
    assert table.loc["theft", "final_on"].endswith("2018-02-03")
    assert table.loc["theft", "last_complete"] == "2017-10" and table.loc["theft", "days"] == 34
    assert table.loc["theft", "share_0"] == pytest.approx(90, abs=0.3)
    assert table.loc["theft", "share_6"] == pytest.approx(100, abs=0.3)
    assert table.loc["murder", "unfinished"] == "" and (table["basis"] == KNOWN).all()
    silent = dict(zip(("reporting_triangle", "finality"), unknown_delay(), strict=True))
    table = table_of(two, all_months=panel, **silent).set_index("outcome")
    assert table.loc["theft", ["unfinished", "final_on"]].tolist() == ["2017-11 2017-12", ""]
    assert table["days"].isna().all() and (table["basis"] == UNKNOWN).all()


def test_releases_stand_below_the_opening_dates_from_the_second_one_on():
    months = pd.DataFrame({"sector": "A", "month": ["2020-01", "2020-02"], "outcome": "theft"})
    held = [
        (f"2020-0{last}-1a2b3c4d", months.head(last).assign(count=5 + last, covered=True))
        for last in (1, 2)
    ]
    silent, _ = unknown_delay()
    assert with_releases(silent, [held[0][0]], panel_at=None).empty  # no panel is read
    table = with_releases(silent, [name for name, _ in held], dict(held).__getitem__)
    assert table["as_of"].value_counts().to_dict() == {held[1][0]: 2, held[0][0]: 1}
    january = table[table["month"] == "2020-01"]
    assert january["count"].tolist() == [6, 7] and january["age"].tolist() == [0, 1]
