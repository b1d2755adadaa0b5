"""The page to explore: its numbers are those of the frames, it asks for nothing, and is stable."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.explorer.rendered import explored, explorer
from evaluation.page import explorer as engine
from evaluation.page.explorer import packed, rounded, unpacked
from evaluation.page.language import LANGUAGES, Language
from evaluation.study.features import ALL
from evaluation.study.months import month_range, period_of
from tests.conftest import ROOT, stating
from tests.page import given_releases
from tests.page.conftest import DONORS, ESTIMATORS, OUTCOMES, REASONS
from tests.page.test_vocabulary import FOREIGN

UNITS = ("PLATEROS", *DONORS)
TEMPLATES = ROOT / "src" / "evaluation" / "page" / "templates"


@pytest.fixture(scope="module", autouse=True)
def light_library():
    """A stand-in for the bundle, which takes seconds to make; one test makes the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "library", lambda: "/* library */")
        yield


@pytest.fixture(scope="module")
def given(study, frames):
    """The frames that the page takes, with paths and quadrants."""
    known = {name: frames[name] for name in explored(study) if name in frames}
    return known | {"paths": paths(study), "quadrants": quadrants()}


def paths(study):
    generator = np.random.default_rng(5)
    months = sorted({period_of(month, 3) for month in month_range("2016-01", "2023-12")})
    index = pd.MultiIndex.from_product([OUTCOMES, ESTIMATORS, UNITS, months])
    frame = index.to_frame(index=False, name=["outcome", "estimator", "unit", "period"])
    gap = (frame["outcome"] == "shooting") & frame["period"].str.startswith("2018")
    state = np.select(
        [frame["period"] < "2019-07", frame["period"] < "2020-01"], ["pre", "donut"], "post"
    )
    frame = frame.assign(
        state=state,
        observed=generator.poisson(6.0, len(frame)).astype(float),
        counterfactual=generator.gamma(6.0, 1.0, len(frame)),
        exposure=25_000.0,
    )
    return frame[~gap].reset_index(drop=True)


def quadrants():
    names = [*REASONS, *DONORS]
    return pd.DataFrame(
        [
            {
                "cuadrante": f"Q{place:02d}{part}",
                "sector": name,
                "population": 10_000,
                "longitude": -99.2 + 0.03 * (place % 4) + 0.012 * (part % 2),
                "latitude": 19.3 + 0.03 * (place // 4) + 0.012 * (part // 2),
                "area_km2": 2.0,
            }
            for place, name in enumerate(names)
            for part in range(4)
        ]
    )


def page_of(study, given, language=None, **changes):
    frames = given | changes
    return explorer(study, language or Language("en"), title="A title", **frames).decode()


@pytest.fixture(scope="module")
def html(study, given):
    return page_of(study, given)


@pytest.fixture(scope="module")
def data(html):
    return unpacked(html)


def objects(data, name, key):
    """Rows of a set, each as column → value, labels by their keys."""
    one = data["sets"][name]
    rows = [dict(zip(one["columns"], row, strict=False)) for row in one["rows"][key]]
    for column, labels in one["labels"].items():
        for row in rows:
            row[column] = labels[row[column]][0]
    return rows


def test_rows_of_estimates_are_those_of_the_frame(study, given, data):
    frame = given["estimates"]
    frame = frame[frame["estimator"].isin(study.every_estimator)]
    shown = data["sets"]["estimates"]["rows"]
    assert sum(map(len, shown.values())) == len(frame)
    for (outcome, estimator, window), rows in frame.groupby(["outcome", "estimator", "window"]):
        found = {
            row["test"]: row
            for row in objects(data, "estimates", f"{outcome}|{estimator}|{window}")
        }
        assert set(found) == set(rows["inference"])
        for row in rows.to_dict("records"):
            mine = found[row["inference"]]
            assert mine["effect"] == pytest.approx(row["effect_percent"], abs=0.051)
            assert mine["p"] == pytest.approx(row["p_value"], abs=1e-6)
            assert mine["observed"] == row["observed"]
            assert mine["expected"] == pytest.approx(row["counterfactual"], abs=0.051)
            assert mine["donors"] == row["n_donors"]


def test_intervals_are_on_the_scale_of_their_test(data):
    rows = {row["test"]: row for row in objects(data, "estimates", "homicide|did|B")}
    low, high = (100 * np.expm1(end) for end in (-0.8, 0.1))
    text = rows["permutation_ferman_pinto"]["interval"].replace("\u00a0", " ").replace("−", "-")
    assert text == f"{low:.1f}% to +{high:.1f}%"
    assert rows["permutation_rmspe"]["interval"] == "–"
    assert rows["permutation_raw"]["interval"] == "−9.5 to +3.2 (difference of rates)"


def test_paths_and_gaps_are_rates_of_the_frame(study, given, data):
    frame = given["paths"].set_index(["outcome", "estimator", "unit", "period"]).sort_index()
    every = sorted(given["paths"]["period"].unique())
    assert data["periods"] == [Language("en").month(month) for month in every]
    for key, rows in data["sets"]["gaps"]["rows"].items():
        outcome, estimator = key.split("|")
        assert [row[0] for row in rows] == sorted(UNITS)
        for unit, *gaps in rows:
            mine = frame.loc[(outcome, estimator, unit)].reindex(every)
            wanted = 1e5 * (mine["observed"] - mine["counterfactual"]) / mine["exposure"]
            end = data["sets"]["ends"]["rows"][key][0][0]
            found = np.array([np.nan if gap is None else gap for gap in gaps])
            assert np.allclose(found, wanted, atol=end / 100, equal_nan=True)
    observed, expected = data["sets"]["paths"]["rows"]["homicide|did"]
    mine = frame.loc[("homicide", "did", "PLATEROS")]
    assert observed[1:] == [rounded(value) for value in 1e5 * mine["observed"] / mine["exposure"]]
    assert expected[0] == 1 and len(expected) == 1 + len(every)
    assert data["sets"]["paths"]["rows"]["shooting|did"][0][9:13] == [None] * 4  # 2018


def test_lines_beyond_the_axis_are_counted(study, given):
    wild = given["paths"].copy()
    wild.loc[(wild["unit"] == "ROMA") & (wild["period"] == "2021-01"), "observed"] = 1e5
    end, leaving = unpacked(page_of(study, given, paths=wild))["sets"]["ends"]["rows"][
        "homicide|did"
    ][0]
    assert end < 1e4 and leaving >= 1


def test_each_place_has_role_weight_change_and_effect(study, given, data):
    key = "homicide|demeaned_synthetic_control|B"
    rows = {row["unit"]: row for row in objects(data, "places", key)}
    assert set(rows) == {*REASONS, *DONORS}
    assert rows["TAXQUENA"]["weight"] == 50 and rows["ALAMEDA"]["weight"] == 0
    assert rows["ALPES"]["weight"] is None and rows["ALPES"]["effect"] is None
    assert rows["CENTRO"]["effect"] == pytest.approx(100 * (50 / 60 - 1), abs=0.051)
    # Counts and inhabitants never move, and days hardly.
    assert all(abs(row["change"]) < 0.5 for row in rows.values())
    units = {row["unit"]: row for row in objects(data, "units", "")}
    assert units["PLATEROS"]["role"] == "treated" and units["OASIS"]["role"] == "excluded"
    for unit in units.values():
        assert unit["geometry"]["type"] == "MultiPolygon" and unit["type"] == "Feature"
        ends = np.concatenate([ring for part in unit["geometry"]["coordinates"] for ring in part])
        assert ends.dtype == int and ends.min() >= 0 and ends.max() <= 2001


def test_a_change_is_that_of_the_rate(study, given):
    panel = given["panel"].copy()
    after = (panel["sector"] == "ROMA") & (panel["month"] >= "2020-01")
    panel.loc[after & (panel["outcome"] == "homicide"), "count"] = 10
    data = unpacked(page_of(study, given, panel=panel))
    rows = {
        row["unit"]: row for row in objects(data, "places", "homicide|demeaned_synthetic_control|B")
    }
    assert rows["ROMA"]["change"] == pytest.approx(100, abs=0.5)


def test_scores_are_those_of_the_placebos(given, data):
    rows = objects(data, "scores", "homicide|demeaned_synthetic_control|B")
    frame = given["placebos"].set_index("unit")
    assert [row["unit"] for row in rows] == sorted(UNITS)
    for row in rows:
        assert (
            row["z"] == frame.loc[row["unit"], "z"] and row["gap"] == frame.loc[row["unit"], "gap"]
        )
        assert row["ratio"] == rounded(frame.loc[row["unit"], "rmspe_ratio"])
        assert (row["kind"] == "treated") == (row["unit"] == "PLATEROS")
    chart = next(chart for chart in data["charts"] if chart["name"] == "scores")
    assert chart["variants"]["permutation_ferman_pinto_calibrated"] == "z"
    assert chart["variants"]["permutation_rmspe"] == "ratio"
    assert set(chart["variants"].values()) <= set(chart["specs"])


def test_the_curve_has_every_estimated_specification(given, data):
    frame = given["specifications"].query("reason == ''")
    rows = objects(data, "curve", "")
    assert len(rows) == len(frame) and [row["rank"] for row in rows] == [*range(1, len(rows) + 1)]
    effects = [row["effect"] for row in rows]
    assert effects == sorted(effects)
    assert effects == pytest.approx(sorted(frame["effect_percent"]), abs=0.051)
    keys = ["outcome", "estimator", "window", "frequency", "pre_period", "donor_rule"]
    known = {tuple(row[key] for key in keys) for row in frame[keys].to_dict("records")}
    assert {tuple(row[key] for key in keys) for row in rows} == known
    assert sum(row["primary"] == "yes" for row in rows) == frame["primary"].sum()


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_same_frames_give_the_same_bytes(study, given, code):
    once = page_of(study, given, Language(code))
    generator = np.random.default_rng(3)
    mixed = {
        name: frame.iloc[generator.permutation(len(frame))].reset_index(drop=True)
        for name, frame in given.items()
    }
    assert page_of(study, mixed, Language(code)) == once


def test_the_page_asks_for_nothing(html):
    assert "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\"" in html
    links = re.findall(r'(?:src|href|action|data|srcset)="([^"]*)"', html)
    assert links == ["#content", "report.en.html"]
    assert not re.search(
        r"<(?:link|img|iframe|object|embed|base|form)\b|@import|url\(|https?:", html
    )
    assert "http" not in json.dumps(unpacked(html))
    script = (TEMPLATES / "explore.js").read_text()
    assert not re.search(r"fetch\(|XMLHttp|import\(|eval|Function\(", script)
    assert script.count("\n") <= 120


def test_the_bundle_is_one_script():
    import vl_convert

    bundle = engine.cache(vl_convert.javascript_bundle)().replace("</script", "<\\/script")
    assert "vegaEmbed" in bundle and "</script" not in bundle and len(bundle) < 1.1e6


def test_controls_have_labels_and_charts_descriptions(html, data):
    assert len(re.findall(r'<label class="choice"><span>[^<]+</span>', html)) == html.count(
        "data-choice="
    )
    for chart in data["charts"]:
        assert f'id="chart-{chart["name"]}"' in html
        for spec in chart["specs"].values():
            assert len(spec["description"]) > 30 and "$schema" not in spec
    noscript = re.search(r"<main.*?<noscript>(.*?)</noscript>", html, re.DOTALL)[1]
    assert "estimated effects" in noscript and noscript.count("<li>") == 4


def test_choices_begin_with_the_primary_analysis(study, html):
    primary = study.primary
    for chosen in (primary.outcome, primary.estimator, primary.window, primary.test):
        assert f'<option value="{chosen}" selected>' in html


@pytest.mark.parametrize("code", LANGUAGES)
def test_numbers_are_written_as_the_language_does(study, given, code):
    data = unpacked(page_of(study, given, Language(code)))
    assert data["locale"] == {"en": "en-US", "es": "es-MX"}[code]
    assert data["format"]["minus"] == "−" and data["percent"] == "{}%"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_study_in_other_words_is_explored_in_them(study, given, code):
    html = page_of(study, given, Language(code, FOREIGN[code]))
    text = html + json.dumps(unpacked(html), ensure_ascii=False)
    assert {"en": "atoll", "es": "comarca"}[code] in text
    assert "{v." not in text and not re.search(r"\b(?:boroughs?|alcaldía)\b", text)


def test_without_outlines_a_table_stands_for_the_map(study, given):
    there = tuple(feature for feature in ALL if feature != "map")
    other = dataclasses.replace(study, features=there)
    assert "quadrants" not in explored(other)
    frames = {name: frame for name, frame in given.items() if name != "quadrants"}
    html = page_of(other, frames)
    data = unpacked(html)
    assert [chart["name"] for chart in data["charts"]] == [
        "path",
        "gap",
        "scores",
        "curve",
        "releases",
    ]
    assert 'id="table-places"' in html and "geometry" not in json.dumps(data)
    assert {row["unit"] for row in objects(data, "units", "")} == {*REASONS, *DONORS}


def test_releases_are_there_with_a_ledger_alone(study, given, html, data):
    rows = objects(data, "releases", "B")
    frame = given["releases"].query("window == 'B'").sort_values("number")
    assert [row["release"] for row in rows] == list(frame["release"])
    assert [row["effect"] for row in rows] == [round(e, 1) for e in frame["effect_percent"]]
    assert 'data-choice="release" min="1" max="3"' in html
    for known in (given_releases.alone(study), given["releases"].iloc[:0]):
        lone = page_of(study, given, releases=known)
        assert 'data-choice="release"' not in lone and "releases" not in unpacked(lone)["sets"]


def test_without_specifications_there_is_no_curve(study, given):
    html = page_of(study, given, specifications=given["specifications"].iloc[:0])
    assert 'id="chart-curve"' not in html


def test_small_counts_are_nowhere_in_the_page(study, given):
    strict = stating(study, smallest_cell=6)
    placebos = given["placebos"].copy()
    placebos.loc[placebos["unit"] == "ROMA", "observed"] = 3.0
    estimates = given["estimates"].copy()
    few = (estimates["outcome"] == "firearm_homicide") & (estimates["window"] == "A")
    estimates.loc[few, "observed"] = 4.0
    panel = given["panel"].copy()
    window = (panel["sector"] == "TACUBA") & (panel["month"] >= "2020-01")
    panel.loc[window & (panel["outcome"] == "homicide"), "count"] = 0
    panel.loc[window & (panel["month"] == "2020-05"), "count"] = 2
    html = page_of(strict, given, placebos=placebos, estimates=estimates, panel=panel)
    data = unpacked(html)
    assert not {"paths", "gaps", "ends"} & set(data["sets"])
    assert "chart-path" not in html and "no count of one" in html
    key = "homicide|demeaned_synthetic_control|B"
    roma = next(row for row in objects(data, "scores", key) if row["unit"] == "ROMA")
    assert {name for name, value in roma.items() if value is not None} == {"unit", "kind"}
    places = {row["unit"]: row for row in objects(data, "places", key)}
    assert places["ROMA"]["effect"] is None and places["CENTRO"]["effect"] is not None
    assert places["TACUBA"]["change"] is None and places["CENTRO"]["change"] is not None
    for outcome in ("firearm_homicide", "homicide"):  # the total follows its part
        row = objects(data, "estimates", f"{outcome}|did|A")[0]
        assert (row["observed"], row["effect"], row["p"], row["interval"]) == (
            None,
            None,
            None,
            "–",
        )
    assert objects(data, "estimates", "shooting|did|A")[0]["observed"] == 50


def test_numbers_are_rounded_for_the_page():
    assert [rounded(value) for value in (12.345, 0.012345, 1234.5, 0.0)] == [12.3, 0.0123, 1234, 0]
    assert [rounded(value) for value in (np.nan, None, np.inf, -np.inf)] == [
        *(None, None, "Infinity", "-Infinity"),
    ]
    assert rounded(-28.657, 1) == -28.7 and rounded(2.0, 2) == 2


def test_what_is_packed_is_no_markup_and_comes_back():
    data = {"a": "</script><b>", "é": [1, None]}
    text = packed(data)
    assert not re.search(r"[<>&\"']", text)
    assert unpacked(f'<script id="data">{text}</script>') == data
    assert Path(TEMPLATES / "explore.html.j2").read_text().count('id="data"') == 1
