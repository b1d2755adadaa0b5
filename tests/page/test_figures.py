"""Every figure on a small world: readable, the same bytes, and true to its numbers."""

import dataclasses
import inspect
import itertools
import math
import re
import string
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from evaluation.analyses import exhibits
from evaluation.analyses.design.figure import part_of
from evaluation.analyses.figure_data import data_csv, data_files, drawn_frames, own_files
from evaluation.analyses.gaps.figure import gaps
from evaluation.analyses.placebos.figure import placebo_rows, placebo_space, rmspe_ratio
from evaluation.analyses.raw_series.figure import group_series
from evaluation.analyses.weights.figure import treated_weights, weights_map
from evaluation.design.donors import assign_units
from evaluation.inference.estimate import estimate_outcome
from evaluation.page import effect_text as wording
from evaluation.page import theme
from evaluation.page.effect_text import effect_text, gap_interval, primary_estimate
from evaluation.page.language import Language
from evaluation.page.page import embed
from evaluation.page.timeline import place, rate_path
from evaluation.panel.build import build_panel
from evaluation.study.config import read_calendar, read_yaml
from evaluation.study.months import month_range
from evaluation.study.statements import parse_statements, read_tables
from evaluation.study.study import from_parts
from tests.analyses.given import split
from tests.conftest import ROOT, stating
from tests.page.conftest import given_frames
from tests.page.made import FIGURES

OUTCOMES = ("homicide", "firearm_homicide", "non_firearm_homicide", "shooting")
NAMED = ("PLATEROS", "ALPES", "SANTA FE", "NAPOLES", "CUAUTEPEC", "OASIS", "QUETZAL")
SECTORS = NAMED + tuple(f"DONOR {letter}" for letter in string.ascii_uppercase[:13])
LANGUAGES = ("en", "es")


@pytest.fixture(scope="module")
def study():
    config = read_yaml(ROOT / "config" / "config.yaml")
    delivered = [
        {"month": month, "component": component, "count": str(place), "source": "made up"}
        for component in ("call-ins", "visits")
        for place, month in enumerate(month_range("2019-06", "2021-03"))
    ]
    tables = read_tables(config) | {"implementation": delivered}
    study = from_parts(
        config,
        read_yaml(ROOT / config["outcome_definitions"]),
        read_calendar(ROOT / config["treatment_calendar"]),
        "config.yaml",
        statements=parse_statements(config, "config.yaml", tables=tables),
    )
    # Thirteen donors: an interval at .95 would have no bounds.
    estimators = ("demeaned_synthetic_control", "did")
    short = dict(reference_panels=10, deciding_panels=10, reference_copies=4)
    calibration = dataclasses.replace(study.calibration, **short)
    return dataclasses.replace(
        study, outcomes=OUTCOMES, estimators=estimators, level=0.9, calibration=calibration
    )


@pytest.fixture(scope="module")
def frames(study):
    """Twenty sectors on a grid of quadrants, Poisson counts, no shootings covered in 2018."""
    generator = np.random.default_rng(7)
    quadrants = pd.DataFrame(
        [
            {
                "cuadrante": f"Q{index:02d}{part}",
                "sector": sector,
                "alcaldia": "SOMEWHERE",
                "population": 20_000 + 3_000 * (index % 7),
                "longitude": -99.2 + 0.03 * (index % 5) + 0.012 * (part % 2),
                "latitude": 19.3 + 0.03 * (index // 5) + 0.012 * (part // 2),
                "area_km2": 2.0,
            }
            for index, sector in enumerate(SECTORS)
            for part in range(4)
        ]
    )
    population = quadrants.groupby("sector")["population"].sum()
    sectors = pd.DataFrame({"sector": population.index, "population_2020": population.to_numpy()})
    near = ("ALPES", "SANTA FE", "NAPOLES")
    neighbours = pd.DataFrame(
        {"sector": "PLATEROS", "neighbour": near, "shared_border_m": 1e3, "distance_m": 0.0}
    )
    coverage = pd.DataFrame(
        {
            "outcome": OUTCOMES,
            "first_month": "2016-01",
            "last_month": "2024-06",
            "gaps": ["", "", "", "2018-01..2018-12"],
            "incomplete": "2024-06",
            "source": "made up",
        }
    )
    months = month_range("2016-01", "2024-06")
    index = pd.MultiIndex.from_product(
        [SECTORS, months, OUTCOMES], names=["sector", "month", "outcome"]
    )
    counts = pd.DataFrame({"count": generator.poisson(2.5, len(index))}, index).reset_index()
    counts["count"] = split(counts, generator)
    units = assign_units(sectors, neighbours, study)
    panel = build_panel(counts, coverage, sectors, study)
    results = [
        estimate_outcome(panel, units, study, outcome, data_vintage="test", code_version="test")
        for outcome in OUTCOMES
    ]
    tables = {
        name: pd.concat([getattr(result, name) for result in results], ignore_index=True)
        for name in ("estimates", "weights", "solutions", "paths", "placebos")
    }
    own = {"panel": panel, "all_months": panel, "followed": panel, "units": units}
    own |= {"quadrants": quadrants, "sectors": sectors}
    return given_frames(study) | tables | own


def wanted(name, frames):
    """The frames that one figure asks for."""
    names = list(inspect.signature(FIGURES[name]).parameters)
    assert names[:2] == ["study", "language"]
    return {frame: frames[frame] for frame in names[2:]}


@pytest.fixture(scope="module")
def drawn(study, frames):
    """Every figure in every language: (figure, alt text) by name and language."""
    return {
        (name, code): figure(study, Language(code), **wanted(name, frames))
        for name, figure in FIGURES.items()
        for code in LANGUAGES
    }


PAIRS = list(itertools.product(FIGURES, LANGUAGES))
EACH = pytest.mark.parametrize(("name", "code"), PAIRS, ids=["-".join(pair) for pair in PAIRS])


def texts(figure):
    """Extents of all texts that are seen, by text."""
    figure.canvas.draw()
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        of_axes = {text for axis in (axes.xaxis, axes.yaxis) for text in axis.findobj(Text)}
        found += [text for text in axes.findobj(Text) if text not in of_axes]
        if axes.axison:
            found += [axes.xaxis.label, axes.yaxis.label, *tick_labels(axes)]
    seen = [text for text in found if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in seen]


def tick_labels(axes):
    """Labels of the ticks inside the limits; the others exist, but are not drawn."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                yield tick.label1


def test_names_are_those_of_the_functions():
    assert all(function.__name__ == name for name, function in FIGURES.items())


@EACH
def test_texts_stay_on_the_sheet_and_apart(drawn, name, code):
    figure, _ = drawn[name, code]
    boxes = texts(figure)
    width, height = figure.canvas.get_width_height()
    outside = [
        text for text, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    assert not outside
    touching = [
        (first, second)
        for (first, a), (second, b) in itertools.combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 0.5 and min(a.y1, b.y1) - max(a.y0, b.y0) > 0.5
    ]
    assert not touching


@EACH
def test_legend_stays_on_the_sheet(drawn, name, code):
    figure, _ = drawn[name, code]
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height


@EACH
def test_alt_text_names_the_treated_and_has_no_hole(drawn, name, code):
    _, alt = drawn[name, code]
    assert "PLATEROS" in alt
    assert len(alt) > 100
    assert not re.search(r"[{}]|\bnan\b|None", alt)


@pytest.mark.parametrize("name", FIGURES)
def test_same_bytes_whatever_the_order_of_rows(study, frames, drawn, name):
    shuffled = {
        key: table.sample(frac=1, random_state=11) for key, table in wanted(name, frames).items()
    }
    again, alt = FIGURES[name](study, Language("en"), **shuffled)
    first, first_alt = drawn[name, "en"]
    assert theme.svg_bytes(first) == theme.svg_bytes(first)
    assert theme.svg_bytes(again) == theme.svg_bytes(first)
    assert theme.png_bytes(again) == theme.png_bytes(first)
    assert alt == first_alt


@pytest.mark.parametrize("name", FIGURES)
def test_the_rows_of_its_files_are_all_that_a_figure_draws(study, frames, drawn, name):
    one = exhibits("figure")[name]
    rows = drawn_frames(one, study, frames)
    again, alt = FIGURES[name](study, Language("en"), **rows)
    first, first_alt = drawn[name, "en"]
    assert theme.svg_bytes(again) == theme.svg_bytes(first) and alt == first_alt
    if isinstance(one.drawn, str):
        assert one.drawn in exhibits("table") and not own_files(one, study, "en")
        return
    assert set(own_files(one, study, "en")) == set(one.frames) == set(rows)
    for column in one.drawn:
        having = [frame for frame in rows.values() if column in frame]
        assert having and all(frame[column].nunique() <= 1 for frame in having)


def test_the_data_of_a_figure_are_safe_to_open_and_withheld_where_counts_are(study):
    text = data_csv(pd.DataFrame({"name": ["=1+1", "Ñ"], "n": [-1.5, 2.0]}))
    assert text.decode("utf-8") == "\ufeffname,n\n'=1+1,-1.5\nÑ,2\n"
    strict = stating(study, smallest_cell=5)
    files = [data_files(one, strict, "en") for one in exhibits("figure").values()]
    assert [name for found in files for name in found] == ["literature"]


def test_svg_holds_no_decimals_that_cannot_be_seen(drawn):
    svg = theme.svg_bytes(drawn["paths", "en"][0]).decode()
    places = re.findall(r'\s(?:d|x|y)="([^"]*)"|translate\(([^)]*)\)', svg)
    assert places and not re.search(r"\.\d{3,}", " ".join(a + b for a, b in places))
    assert "<text" in svg and "DejaVuSans" not in svg


def test_svg_can_stand_beside_others_in_a_page(drawn):
    svg = theme.svg_bytes(drawn["sectors_map", "en"][0]).decode()
    ElementTree.fromstring(svg)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    whole = embed(svg, "figure-a")
    assert all(f'id="figure-a-{name}"' in whole for name in ids)
    rules = re.search(r"<style[^>]*>(.*?)</style>", whole, re.DOTALL)[1]
    assert rules.count("{") > 3 and rules.count("{") == rules.count("#figure-a ")
    targets = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)
    assert {a or b for a, b in targets} <= set(ids)
    assert "dc:date" not in svg
    assert "Matplotlib v" not in svg


def test_user_settings_of_matplotlib_do_not_matter(study, frames, drawn):
    import matplotlib

    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "lines.linewidth": 7}):
        figure, _ = FIGURES["gaps"](study, Language("en"), **wanted("gaps", frames))
        other = theme.svg_bytes(figure)
    assert other == theme.svg_bytes(drawn["gaps", "en"][0])
    assert matplotlib.rcParams["svg.hashsalt"] is None


def test_lines_differ_without_colour():
    looks = [theme.TREATED, theme.COUNTERFACTUAL, theme.DONORS, theme.CITY, theme.PLACEBO]
    shapes = {(str(look["linestyle"]), look["linewidth"]) for look in looks}
    assert len(shapes) == len(looks)
    assert theme.TREATED["linewidth"] > max(look["linewidth"] for look in looks[1:])
    assert theme.TREATED["linewidth"] >= 3 * theme.PLACEBO["linewidth"]


# --- what single figures say ---------------------------------------------------------------------


def test_parts_of_sectors(study, frames):
    rows = frames["units"].set_index("sector")
    parts = {
        sector: part_of(sector, rows.loc[sector, "role"], rows.loc[sector, "reason"], study)
        for sector in rows.index
    }
    assert parts["PLATEROS"] == "treated"
    assert parts["ALPES"] == parts["NAPOLES"] == "contiguous"
    assert parts["SANTA FE"] == "contiguous_programme"
    assert parts["OASIS"] == "programme"
    assert parts["DONOR A"] == "donor"
    assert part_of("DONOR B", "excluded", "closed for works", study) == "other"


def test_map_names_treated_and_excluded_sectors_only(drawn):
    written = {text for text, _ in texts(drawn["sectors_map", "en"][0])}
    assert set(NAMED) <= written
    assert not any(text.startswith("DONOR") for text in written)


def test_map_of_many_units_names_those_that_there_is_room_for(study, frames):
    given = wanted("sectors_map", frames)
    few = FIGURES["sectors_map"](study, Language("en"), **given)
    units = given["units"]
    donors = units["role"] == "donor"
    changed = units.assign(
        role=units["role"].where(~donors, "excluded"),
        reason=units["reason"].where(~donors, "too unlike"),
    )
    for most, named in ((40, True), (len(NAMED), False)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("evaluation.analyses.design.figure.MOST_NAMES", most)
            figure, alt = FIGURES["sectors_map"](
                study, Language("en"), **given | {"units": changed}
            )
        written = {text for text, _ in texts(figure)}
        assert set(NAMED) <= written and ("DONOR A" in written) == named
        assert ("DONOR A" in alt) == named and ("another reason: 13 " in alt) != named
    assert "another reason" not in few[1]


def test_trailing_rates_by_hand(study, frames):
    panel, units = frames["panel"], frames["units"]
    roles = dict(zip(units["sector"], units["role"], strict=True))
    rows = panel[panel["outcome"] == "shooting"]
    series = group_series(rows, roles, "PLATEROS")
    mine = rows[(rows["sector"] == "PLATEROS") & rows["month"].between("2020-02", "2021-01")]
    exposure = (mine["population"] * mine["days"] / 365.25).sum()
    expected = 1e5 * mine["count"].sum() / exposure
    assert series["treated"]["trailing"]["2021-01"] == pytest.approx(expected)
    donors = rows[(rows["sector"].map(roles) == "donor") & (rows["month"] == "2021-01")]
    exposure = (donors["population"] * donors["days"] / 365.25).sum()
    assert series["donors"]["monthly"]["2021-01"] == pytest.approx(
        1e5 * donors["count"].sum() / exposure
    )
    trailing = series["city"]["trailing"]
    assert trailing["2017-12":"2019-11"].drop("2017-12").isna().all()  # 2018 is not covered
    assert trailing[["2017-12", "2019-12"]].notna().all()
    assert series["treated"]["monthly"]["2018-01":"2018-12"].isna().all()
    assert math.isnan(series["treated"]["monthly"]["2024-06"])  # late files still expected
    assert series["treated"]["provisional"].notna().sum() == 1


def test_lines_break_where_periods_are_not_covered(study, frames):
    path = rate_path(frames["paths"], study, "shooting", "PLATEROS").set_index("period")
    assert path.loc[["2018-01", "2018-10"], "observed"].isna().all()
    assert path.loc["2017-10":"2017-10", "gap"].notna().all()
    assert path.loc["2020-01", "x"] == pytest.approx(2020.125)
    row = (
        frames["paths"]
        .query(
            "outcome == 'shooting' and unit == 'PLATEROS' and period == '2020-01'"
            " and estimator == 'demeaned_synthetic_control'"
        )
        .iloc[0]
    )
    expected = 1e5 * (row["observed"] - row["counterfactual"]) / row["exposure"]
    assert path.loc["2020-01", "gap"] == pytest.approx(expected)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", ["paths", "gaps"])
def test_alt_holds_effect_interval_and_p(study, frames, drawn, name, code):
    language = Language(code)
    estimate = primary_estimate(frames["estimates"], study, "homicide")
    _, alt = drawn[name, code]
    assert language.percent(estimate["effect_percent"], signed=True) in alt
    assert language.percent(100 * math.expm1(estimate["ci_low"]), signed=True) in alt
    assert language.p_value(estimate["p_value"]) in alt


def test_interval_of_the_gap_by_hand():
    row = pd.Series({"ci_low": math.log(0.5), "ci_high": math.log(1.2), "scale": "log rate ratio"})
    assert gap_interval(row, 10.0) == pytest.approx((-5.0, 2.0))
    rate = pd.Series({"ci_low": -5.0, "ci_high": 2.0, "scale": "rate"})
    assert gap_interval(rate, 10.0) == (-5.0, 2.0)


def bands(figure):
    return [patch for axes in figure.axes for patch in axes.collections if _is_interval(patch)]


def _is_interval(collection):
    from matplotlib.colors import to_rgb

    return np.allclose(collection.get_facecolor()[0][:3], to_rgb(theme.INTERVAL))


def test_an_unbounded_interval_is_said_and_not_drawn(study, frames, drawn):
    assert len(bands(drawn["gaps", "en"][0])) == len(OUTCOMES)
    wide = frames["estimates"].assign(ci_low=-math.inf, ci_high=math.inf)
    figure, alt = gaps(study, Language("en"), paths=frames["paths"], estimates=wide)
    assert not bands(figure)
    assert "∞" in alt
    assert "nan" not in alt


def test_a_test_without_interval_says_so(study, frames):
    other = dataclasses.replace(study, tests=("permutation_rmspe",))
    language = Language("en")
    estimate = primary_estimate(frames["estimates"], other, "homicide")
    assert "no interval" in effect_text(estimate, language)
    figure, _ = gaps(other, language, paths=frames["paths"], estimates=frames["estimates"])
    assert not bands(figure)


@pytest.mark.parametrize(("calibrated", "word"), [("no", "not calibrated"), ("yes", None)])
def test_calibration_is_said_beside_p(study, frames, calibrated, word):
    rows = frames["estimates"].assign(calibrated=calibrated)
    _, alt = gaps(study, Language("en"), paths=frames["paths"], estimates=rows)
    assert (word in alt) if word else ("calibrat" not in alt)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_comparison_that_is_not_unique_is_said_above_its_panel(study, frames, code):
    language = Language(code)
    estimates = frames["estimates"]
    several = estimates.assign(unique=estimates["outcome"] != "shooting")
    figure, alt = FIGURES["paths"](study, language, paths=frames["paths"], estimates=several)
    words = language("figure.several")
    assert [words in text for axes in figure.axes for text in [heading(axes)]].count(True) == 1
    assert words not in alt  # it is not the primary outcome
    _, alt = FIGURES["paths"](
        study, language, paths=frames["paths"], estimates=estimates.assign(unique=False)
    )
    assert alt.count(words) == 1
    said = {text for text, _ in texts(figure)}
    note = language("figure.several.note").split()[0]
    assert any(note in text for text in said)
    for rows in (estimates.assign(unique=True), several.drop(columns="unique")):
        _, alt = FIGURES["paths"](study, language, paths=frames["paths"], estimates=rows)
        assert words not in alt


def test_without_a_positive_expected_count_there_is_nothing_to_test(study, frames):
    none = {"effect_percent": math.nan, "ci_low": math.nan, "ci_high": math.nan}
    rows = frames["estimates"].assign(**none, p_value=math.nan)
    figure, alt = gaps(study, Language("en"), paths=frames["paths"], estimates=rows)
    words = "no ratio: the expected count is not positive"
    assert sum(words in heading(axes) for axes in figure.axes) == len(OUTCOMES)
    assert alt.count(f"{words}, not tested") == 1
    assert "calibrat" not in alt


def heading(axes):
    return " ".join(text.get_text() for text in axes.texts)


def test_weights_are_sorted_and_whole(study, frames, drawn):
    estimator, found = treated_weights(frames["weights"], study)
    assert estimator == "demeaned_synthetic_control"
    assert found.is_monotonic_decreasing
    assert found.sum() == pytest.approx(1, abs=1e-6)
    _, alt = drawn["weights_map", "en"]
    assert f"{found.index[0]} {Language('en').percent(100 * found.iloc[0], 1)}" in alt


def test_without_weights_the_map_says_so(study, frames):
    none = frames["weights"].iloc[:0]
    arguments = wanted("weights_map", frames) | {"weights": none}
    _, alt = weights_map(study, Language("en"), **arguments)
    assert "No estimator" in alt


def test_placebos_are_counted_right(study, frames):
    rows = placebo_rows(frames["placebos"], study)
    error = rows["pre_rmspe"] / rows.loc["PLATEROS", "pre_rmspe"]
    donors = error[~rows["treated"]]
    close, loose = (donors <= 2).sum(), ((donors > 2) & (donors <= 5)).sum()
    figure, alt = placebo_space(
        study, Language("en"), paths=frames["paths"], placebos=frames["placebos"]
    )
    assert f"{close} fit at most twice" in alt
    assert f"{loose} more" in alt
    widths = [
        [line.get_linewidth() for line in axes.get_lines() if len(line.get_xdata()) > 5]
        for axes in figure.axes
    ]
    assert [len(lines) for lines in widths] == [len(donors) + 1, close + loose + 1]
    assert all(lines.count(theme.TREATED["linewidth"]) == 1 for lines in widths)


def test_one_wild_sector_does_not_wreck_the_axis(study, frames):
    paths = frames["paths"].copy()
    wild = (paths["unit"] == "DONOR C") & (paths["period"] == "2021-01")
    paths.loc[wild, "observed"] *= 1000
    figure, alt = placebo_space(study, Language("en"), paths=paths, placebos=frames["placebos"])
    calm, _ = placebo_space(
        study, Language("en"), paths=frames["paths"], placebos=frames["placebos"]
    )
    assert figure.axes[0].get_ylim() == calm.axes[0].get_ylim()
    treated = rate_path(paths, study, "homicide", "PLATEROS")["gap"].abs().max()
    assert figure.axes[0].get_ylim()[1] >= treated
    assert re.search(r"left by [1-9]\d* lines", alt)


def test_ranks_agree_with_the_tests(study, frames):
    placebos, estimates = frames["placebos"], frames["estimates"]
    rows = placebo_rows(placebos, study)
    _, alt = rmspe_ratio(study, Language("en"), placebos=placebos, estimates=estimates)
    z = rows["z"].abs()
    rank = int((z >= z["PLATEROS"]).sum())
    estimate = wording.tested(estimates, study, "homicide", "permutation_ferman_pinto").iloc[0]
    assert rank / len(rows) == pytest.approx(estimate["p_value"])
    assert f"ranks {rank} (p = {estimate['p_value']:.3f}" in alt


def test_an_exact_fit_ranks_first_and_stays_in_the_panel(study, frames):
    placebos = frames["placebos"].copy()
    placebos.loc[placebos["unit"] == "DONOR D", "rmspe_ratio"] = np.nan
    placebos.loc[placebos["unit"] == "DONOR B", "rmspe_ratio"] = 4e15  # rounding, not an error
    figure, _ = rmspe_ratio(study, Language("en"), placebos=placebos, estimates=frames["estimates"])
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:2] == ["DONOR B", "DONOR D"]
    assert axes.get_xlim()[1] < 100


def test_dates_are_placed_in_time(study, drawn):
    assert place("2020-01") == 2020
    assert place("2020-07") == pytest.approx(2020.5)
    figure, _ = drawn["raw_series", "en"]
    starts = [
        line.get_xdata()[0]
        for axes in figure.axes
        for line in axes.get_lines()
        if isinstance(line, Line2D) and list(line.get_xdata()) == [2020.0, 2020.0]
    ]
    assert len(starts) == len(figure.axes) == 3
    letters = {text for text, _ in texts(figure)}
    assert set(study.window) <= letters
