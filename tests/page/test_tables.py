"""Every table on a known world: values, order, notes, and the three ways it is written."""

import csv
import dataclasses
import inspect
import io
import math
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from evaluation.page.language import NBSP, Language
from evaluation.page.latex_writer import to_latex
from evaluation.page.table_writer import (
    Column,
    Table,
    to_csv,
    to_html,
    to_html_document,
)
from evaluation.page.views import averted_ends
from evaluation.page.wording import reason_text, span_text
from evaluation.study.statements import DECLARED
from tests.conftest import stating
from tests.page.made import TABLES


def made(name, study, language, frames):
    """One table, given the frames it asks for."""
    names = list(inspect.signature(TABLES[name]).parameters)
    assert names[:2] == ["study", "language"]
    return TABLES[name](study, language, **{frame: frames[frame] for frame in names[2:]})


def records(table, language):
    return list(csv.DictReader(io.StringIO(to_csv(table, language))))


class Cells(HTMLParser):
    """Text of every cell, row by row."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_written_whole(name, study, language, frames):
    table = made(name, study, language, frames)
    assert table.name == name == TABLES[name].__name__
    rows = list(csv.reader(io.StringIO(to_csv(table, language))))
    assert len(rows) == len(table.frame) + 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(set(rows[0])) == len(rows[0])
    html = to_html(table, language)
    cells = Cells(html).rows
    body = [row for row in cells if len(row) > 1]
    shown = sum(len(rows) for _, rows in table.groups())
    assert len(body) == shown + 1
    assert {len(row) for row in body} == {len(table.shown)}
    assert html.count("<caption") == 1 and 'scope="col"' in html and 'scope="row"' in html
    assert not re.search(r"\bnan\b", html, flags=re.IGNORECASE) and "{" not in html
    latex = to_latex(table, language)
    assert latex.count(r"\begin{longtable}") == latex.count(r"\end{longtable}") == 1
    lines = [line for line in latex.splitlines() if line.endswith(r" \\") and " & " in line]
    assert len(lines) == shown
    assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(table.shown) - 1}


def test_folded_rows_are_in_the_csv_alone(study, language, frames):
    for name in ("data_flow", "headline_audit"):
        table = made(name, study, language, frames)
        folded = table.frame[table.folded].astype(bool)
        assert folded.any() and not folded.all()
        assert sum(len(rows) for _, rows in table.groups()) == int((~folded).sum())
    # What a source or a negative control counted in all stays on the page.
    flow = made("data_flow", study, language, frames).frame
    assert not flow.loc[flow["year"] == language("table.total"), "folded"].any()


@pytest.mark.parametrize("name", TABLES)
def test_row_order_of_the_inputs_changes_nothing(name, study, language, frames, shuffled):
    one, other = (made(name, study, language, given) for given in (frames, shuffled))
    for write in (to_csv, to_html, to_latex):
        assert write(one, language) == write(other, language)


def test_design_names_every_exclusion_in_the_language(study, frames):
    english = made("design", study, Language("en"), frames).frame.set_index("item")["value"]
    spanish = made("design", study, Language("es"), frames).frame.set_index("item")["value"]
    assert english["SANTA FE"] == "programme sector from Jan 2022; within 50 m of PLATEROS"
    assert spanish["SANTA FE"] == "sector del programa desde ene 2022; a 50 m o menos de PLATEROS"
    assert english["Number"] == "6"
    assert english["Smallest attainable p"].startswith("0.143, one in 7")
    assert english["After treatment, window B (primary)"] == "Jan 2020 – Dec 2021; 8 quarters"
    assert "14 quarters before, 8 after." in english["Homicide (primary outcome)"]
    shooting = english["Non-fatal shooting (firearm outcome)"]
    assert "10 quarters before" in shooting and "Not covered: Jan 2018 – Dec 2018." in shooting
    assert english["Hash of the specification"] == study.hash
    assert english["Frozen hash"] == "not frozen yet"


def test_design_shows_documents_and_what_is_declared(study, frames, language):
    def items(study):
        frame = made("design", study, language, frames).frame
        return dict(zip(frame["item"], frame["value"], strict=True))

    shown, label = items(study), f"table.design.{DECLARED[0]}"
    assert shown[language(label)] == language("table.design.not_stated")
    document = study.statements.document("cjp")
    assert document.address in shown[document.citation] and "58" in shown[document.citation]
    entry = shown[language("table.design.entry")]
    assert language("table.confidence.medium") in entry and document.citation in entry
    stated = {DECLARED[0]: (("en", "Registered."), ("es", "Registrado."))}
    declared = tuple((key, stated.get(key, ())) for key in DECLARED)
    statements = dataclasses.replace(study.statements, declared=declared)
    shown = items(dataclasses.replace(study, statements=statements))
    assert shown[language(label)] == dict(stated[DECLARED[0]])[language.code]
    assert shown[language("table.design.funding")] == language("table.design.not_stated")


def test_headline_audit_names_the_document_once(study, frames):
    note = made("headline_audit", study, Language("en"), frames).note
    assert note.count(study.statements.document("cjp").address) == 1
    bare = tuple(dataclasses.replace(claim, source="") for claim in study.said.published_claims)
    unsourced = stating(study, published_claims=bare)
    assert "Published in" not in made("headline_audit", unsourced, Language("en"), frames).note


def test_data_flow_accounts_for_every_row(study, frames):
    language = Language("en")
    frame = made("data_flow", study, language, frames).frame
    total = language("table.total")
    by_source = frame[frame["part"] == language("table.data_flow.by_source")]
    assert (
        by_source.loc[by_source["year"] == total, "read"].sum() == frames["data_flow"]["rows"].sum()
    )
    by_outcome = frame[frame["part"] == language("table.data_flow.by_outcome")].set_index(
        ["name", "year"]
    )
    row = by_outcome.loc[("Firearm homicide", "2016")]
    assert (row["treated"], row["donor"], row["excluded"]) == (48, 6 * 48, 3 * 48)
    assert row["counted"] == 480 and row["difference"] == 0
    assert row["no_coordinates"] == 10 and row["counted_from_another_source"] == 140
    assert "outside the panel" in set(by_source["year"])
    assert (by_outcome["difference"] == 0).all()


def test_data_flow_shows_events_that_are_missing(study, frames):
    panel = frames["panel"].copy()
    first = panel.index[(panel["outcome"] == "shooting") & panel["covered"]][0]
    panel.loc[first, "count"] = 1
    table = made("data_flow", study, Language("en"), frames | {"all_months": panel})
    assert sorted(table.frame["difference"].dropna().unique()) == [0, 2]
    assert "events differ: 2." in table.note


def test_headline_audit_says_which_definition_gives_the_claim(study, frames):
    table = made("headline_audit", study, Language("en"), frames)
    said = "−58% for homicide (2019 → 2023) is the change of firearm homicide (−57.8%)."
    assert said in table.note
    nowhere = "by the −17% of non-fatal shooting (2019 → 2023): non-fatal shooting (−"
    assert f"No outcome counted here changed {nowhere}" in table.note
    assert "lower bound" in table.note
    rows = [row for row in records(table, Language("en")) if row["Years"] == "2019 → 2023"]
    assert [row["Reproduced"] for row in rows if row["Published"]] == ["no"] * 4
    first = table.frame.iloc[0]
    assert (first["baseline"], first["comparison"]) == ("2019", "Rest of the city")


def test_headline_audit_reproduces_where_the_definition_is_named(study, frames):
    claims = (dataclasses.replace(study.said.published_claims[0], outcome="firearm_homicide"),)
    table = made(
        "headline_audit",
        stating(study, published_claims=claims),
        Language("en"),
        frames,
    )
    assert "−58%" not in table.note and "lower bound" in table.note


def test_headline_audit_of_a_claim_outside_the_data(study, frames):
    claims = (dataclasses.replace(study.said.published_claims[0], baseline="2009"),)
    audit = frames["headline_audit"]
    lacking = {"outcome": "homicide", "baseline": "2009", "follow_up": "2023", "comparison": "city"}
    lacking |= {"published": -58.0, "reproduced": "not covered", "lacking": "2009-01"}
    table = made(
        "headline_audit",
        stating(study, published_claims=claims),
        Language("en"),
        frames | {"headline_audit": pd.concat([audit, pd.DataFrame([lacking])])},
    )
    assert "cannot be checked: Jan 2009 is not covered" in table.note
    row = next(row for row in records(table, Language("en")) if row["Years"] == "2009 → 2023")
    assert (row["Reproduced"], row["PLATEROS: before"]) == ("not covered", "")


def test_headline_audit_writes_pairs_and_infinite_ends(study, frames):
    language = Language("en")
    table = made("headline_audit", study, language, frames)
    rows = records(table, language)
    assert (rows[0]["PLATEROS: before"], rows[0]["PLATEROS: after"]) == ("56", "27")
    assert rows[-1]["95% exact interval: high"] == "inf"
    cells = Cells(to_html(table, language)).rows
    assert "56 → 27" in cells[2]
    assert "0.50 to ∞" in cells[-1]


def test_main_effects_mark_the_primary_row_first(study, frames):
    language = Language("en")
    table = made("main_effects", study, language, frames)
    assert list(table.frame["primary"]) == [True] + [False] * (len(table.frame) - 1)
    # Four outcomes × three estimators, then the primary estimator in two more windows.
    assert len(table.frame) == 4 * 3 + 2 * 4
    first = table.frame.iloc[0]
    assert (first["outcome"], first["estimator"]) == ("Homicide", "Demeaned synthetic control")
    assert first["baseline"] == 60
    assert first["rate_ratio"] == pytest.approx(math.exp(-0.3))
    assert first["ci_low"] == pytest.approx(100 * math.expm1(-0.8))
    assert first["ci_high"] == pytest.approx(100 * math.expm1(0.1))
    row = records(table, language)[0]
    assert float(row["95% interval: low"]) == pytest.approx(-55.0671035883, abs=1e-8)
    assert row["Primary analysis"] == "yes" and row["Kind of analysis"] == "exploratory"
    html = to_html(table, language)
    assert html.count('class="primary"') == 1
    assert 'aria-hidden="true">◆ </span><span class="hidden">Primary analysis: </span>' in html
    assert "−55 to +11%" in html
    assert r"\textbf{Homicide}" in to_latex(table, language)


def test_main_effects_with_an_interval_without_end(study, frames):
    language = Language("en")
    table = made("main_effects", study, language, frames)
    position = [
        (row.outcome, row.estimator) == ("Non-fatal shooting", "Difference-in-differences")
        for row in table.frame.itertuples()
    ].index(True)
    assert table.frame["ci_low"][position] == -100
    assert "−100 to +65%" in to_html(table, language)


def test_main_effects_without_a_positive_counterfactual(study, frames):
    estimates = frames["estimates"].copy()
    rows = (estimates["outcome"] == "shooting") & (estimates["estimator"] == "did")
    estimates.loc[rows, "counterfactual"] = -3.0
    none = ["effect_percent", "log_rate_ratio", "ci_low", "ci_high", "p_value"]
    estimates.loc[rows, none] = np.nan
    table = made("main_effects", study, Language("en"), frames | {"estimates": estimates})
    row = table.frame[table.frame["counterfactual"] == -3.0].iloc[0]
    assert math.isnan(row["rate_ratio"]) and math.isnan(row["ci_low"]) and math.isnan(row["p"])
    shown = next(one for one in records(table, Language("en")) if one["Expected"] == "-3")
    assert shown["Effect"] == shown["Calibrated p"] == ""


def test_main_effects_mark_comparisons_that_are_not_unique(study, frames):
    language, estimates = Language("en"), frames["estimates"]
    rows = (estimates["outcome"] == "shooting") & (estimates["estimator"] == "synthetic_control")
    changed = frames | {"estimates": estimates.assign(unique=~rows)}
    table = made("main_effects", study, language, changed)
    assert language("table.main_effects.several", mark="†") in table.note
    assert to_html(table, language).count(f"Synthetic control{NBSP}†") == 1
    assert to_latex(table, language).count(r"Synthetic control~\dag{}") == 1
    said = [row["Comparison unique"] for row in records(table, language)]
    assert said.count("no") == 1 and said.count("yes") == len(said) - 1
    assert "†" not in to_csv(table, language)
    old = frames | {"estimates": estimates.drop(columns="unique")}
    table = made("main_effects", study, language, old)
    assert "†" not in to_html(table, language)
    assert {row["Comparison unique"] for row in records(table, language)} == {""}


def test_weights_stand_in_the_primary_order_with_their_quality(study, frames):
    language = Language("en")
    table = made("weights", study, language, frames)
    frame = table.frame.set_index("sector")
    assert "did" not in frame.columns
    # ALAMEDA's .0004 is not listed; ties stand by name.
    assert list(frame.index[:4]) == ["TAXQUENA", "CENTRO", "ROMA", "TEPEYAC"]
    assert frame.loc["Weight on redrawn sectors", "demeaned_synthetic_control"] == 0.25
    assert frame.loc["Weight on redrawn sectors", "synthetic_control"] == 0
    assert frame.loc["Only one solution", "demeaned_synthetic_control"] is False
    assert frame.loc["RMSPE before, own minus pysyncon", "synthetic_control"] == 0.25
    rows = {row["Sector"]: row for row in records(table, language)}
    assert rows["Optimality gap (KKT; zero is exact)"]["Synthetic control"] == "3e-13"
    assert rows["Only one solution"]["Synthetic control"] == "yes"
    assert f"3{NBSP}×{NBSP}10⁻¹³" in to_html(table, language)


def test_weights_without_a_cross_check(study, frames):
    estimates = frames["estimates"].query("inference != 'none'")
    table = made("weights", study, Language("en"), frames | {"estimates": estimates})
    assert not table.frame["sector"].str.contains("pysyncon").any()


def test_inference_labels_tests_by_their_size(study, frames):
    table = made("inference", study, Language("en"), frames)
    frame = table.frame.set_index(["part", "test"])["calibrated"]
    mine = frame["Demeaned synthetic control"]
    assert mine["Permutation, FP-log"] == "calibrated"
    assert mine["Permutation, RMSPE ratio"] == "not calibrated: rejects too often"
    assert mine["Permutation, raw gap"] == "not calibrated: rejects too rarely"
    assert mine["Normal test, placebos' variance"] == "treats quiet and noisy sectors alike"
    other = frame["Synthetic control"].drop("Normal test, placebos' variance")
    assert set(other) == {"not known"}
    assert list(table.frame["primary"]).count(True) == 1
    assert table.frame["primary"][1] and table.frame["test"][1] == "FP-log, calibrated"
    assert table.frame["coverage"][1] == pytest.approx(0.9442)
    html = to_html(table, Language("en"))
    assert "0.040 ± 0.007" in html and "−9.5 to 3.2" in html


def test_coverage_in_the_inference_table_is_of_its_own_window(study, frames):
    power = frames["power"].copy()
    lowest = power["coverage"][power["null"].str.startswith("drift ")].min()
    power.loc[power["months"] != 24, "coverage"] = 0.1  # another window's
    table = made("inference", study, Language("en"), frames | {"power": power})
    assert table.frame["coverage"].min() == pytest.approx(lowest)


def test_a_size_measured_at_some_drifts_only_is_not_measured(study, frames):
    sizes = frames["sizes"].query("world == 'drift 0'")
    table = made("inference", study, Language("en"), frames | {"sizes": sizes})
    first = table.frame.iloc[0]
    assert first["calibrated"] == "not known" and math.isnan(first["size drift 0.1"])


def test_inference_without_any_size(study, frames, language):
    sizes = frames["sizes"].iloc[:0]
    table = made("inference", study, language, frames | {"sizes": sizes})
    labels = {language("calibrated.not measured"), language("baseline.placebo_variance")}
    assert set(table.frame["calibrated"]) == labels
    assert " – " in table.note


def test_inference_says_why_there_is_no_result(study, frames, language):
    estimates = frames["estimates"].copy()
    mine = (estimates["inference"] == study.decisive_test) & (estimates["outcome"] == "homicide")
    estimates.loc[mine, ["p_value", "ci_low", "ci_high", "smallest_p"]] = math.nan
    estimates.loc[mine, "reason"] = "no reference"
    table = made("inference", study, language, frames | {"estimates": estimates})
    row = table.frame.iloc[1]
    assert row["calibrated"] == language("reason.no reference") and math.isnan(row["p"])


def test_main_effects_show_the_rank_p_beside_the_calibrated_one(study, frames, language):
    row = made("main_effects", study, language, frames).frame.iloc[0]
    assert (row["p"], row["rank_p"], row["smallest_rank_p"]) == (0.25, 2 / 7, 1 / 7)
    plain = dataclasses.replace(study, tests=("permutation_ferman_pinto",))
    table = made("main_effects", plain, language, frames)
    assert table.frame.iloc[0]["p"] == 2 / 7
    assert "rank_p" not in [key for column in table.columns for key in column.keys]


def test_reasons_of_the_config_stay_as_given():
    assert reason_text("under construction", Language("es")) == "under construction"


def test_months_are_said_as_runs():
    months = ["2018-01", "2018-02", "2019-03", "2019-12", "2020-01"]
    text = span_text(reversed(months), Language("en"))
    assert text == "Jan 2018 – Feb 2018, Mar 2019, and Dec 2019 – Jan 2020"
    assert span_text([], Language("en")) == ""


@pytest.fixture
def hostile():
    """A table of everything that breaks a format."""
    frame = pd.DataFrame(
        {
            "name": ['a & b_c, "50%" <i>', "plain"],
            "value": [1 / 3, np.nan],
            "low": [-math.inf, np.nan],
            "high": [math.inf, np.nan],
            "big": [12_345_678_901, 3],
        }
    )
    columns = (
        Column(("name",), "Name #1"),
        Column(("value",), "Value", "decimal", 2),
        Column(("low", "high"), "Interval", "interval", 1, parts=("low", "high")),
        Column(("big",), "Big", "integer"),
    )
    return Table("hostile", frame, columns, "50% of {x}", "A note < 3 & more")


def test_csv_reads_back(hostile):
    text = to_csv(hostile, Language("en"))
    assert "\r" not in text and text.endswith("\n")
    back = pd.read_csv(io.StringIO(text))
    assert list(back.columns) == ["Name #1", "Value", "Interval: low", "Interval: high", "Big"]
    assert back["Name #1"][0] == 'a & b_c, "50%" <i>'
    assert back["Value"][0] == pytest.approx(1 / 3, abs=1e-10) and math.isnan(back["Value"][1])
    assert back["Interval: low"][0] == -math.inf and back["Interval: high"][0] == math.inf
    assert back["Big"][0] == 12_345_678_901


def test_html_and_latex_escape(hostile):
    html = to_html(hostile, Language("en"))
    assert "<i>" not in html and "a &amp; b_c" in html
    assert 'data-value="-Infinity"' in html and "−∞ to ∞" in html
    latex = to_latex(hostile, Language("en"))
    assert r"a \& b\_c, " in latex and r"50\% of \{x\}" in latex and r"\(-\)\(\infty\)" in latex
    assert latex.isascii()


def test_a_document_holds_its_fragment_once(hostile):
    language = Language("es")
    document = to_html_document(hostile, language)
    assert document.startswith('<!doctype html>\n<html lang="es">')
    assert document.count(to_html(hostile, language)) == 1


def test_events_averted_have_the_interval_of_the_ratio():
    """58 events over two years; a ratio of 0.5 means 116 expected, one of 2 means 29."""
    rows = pd.DataFrame(
        {
            "observed": [58.0, 58.0, 58.0, 0.0],
            "counterfactual": [81.0, 81.0, math.nan, 10.0],
            "averted_per_year": [11.5, 11.5, math.nan, 5.0],
            "ci_low": [math.log(0.5), -1.0, -1.0, -math.inf],
            "ci_high": [math.log(2), 1.0, 1.0, 0.0],
            "scale": ["log rate ratio", "rate", "log rate ratio", "log rate ratio"],
        }
    )
    low, high = averted_ends(rows)
    assert [low[0], high[0]] == pytest.approx([(29 - 58) / 2, (116 - 58) / 2])
    assert low[1:3].isna().all() and high[1:3].isna().all()
    point = averted_ends(rows.assign(ci_low=math.log(58 / 81), ci_high=math.log(58 / 81)))
    assert point[0][0] == point[1][0] == pytest.approx(11.5)


def test_design_folds_units_that_are_left_out_alike(study, frames, language):
    units = frames["units"]
    many = pd.DataFrame({"sector": [f"U{unit:04d}" for unit in range(1200)]})
    many = many.assign(role="excluded", reason="too unlike")
    given = frames | {"units": pd.concat([units, many], ignore_index=True)}
    table = made("design", study, language, given)
    html, rows = to_html(table, language), records(table, language)
    assert html.count(">too unlike<") == 50 and ">U0049<" in html and ">U0050<" not in html
    assert sum("too unlike" in row.values() for row in rows) == 1200
    assert language.number(1150, 0) in table.note and ">ALPES<" in html
    assert not made("design", study, language, frames).frame["folded"].any()
