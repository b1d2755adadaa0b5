"""The page: whole, self-contained, accessible; its sentences say no more than the numbers."""

import dataclasses
import inspect
import json
import math
import re
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import unquote

import pandas as pd
import pytest

from evaluation.analyses import analyses, exhibits
from evaluation.analyses import report as reporting_page
from evaluation.analyses.evidence import findings
from evaluation.analyses.first_screen import first_screen
from evaluation.analyses.gate.compute import primary_row
from evaluation.analyses.numbers import numbers
from evaluation.analyses.outline import anchor_of
from evaluation.analyses.report import answer, page, phrases
from evaluation.analyses.standards.checklists import item_named, standards
from evaluation.calibration.thresholds import calibration_label
from evaluation.page.language import Language
from evaluation.page.page import FigureExhibit, TableExhibit, csv_address, embed, finding_of
from evaluation.page.views import percent_of_log, unlocated_shares
from tests.conftest import ROOT, stating
from tests.page.made import FIGURES, SVG, TABLES, given, written

# Filled where they are chosen.
LATER = tuple(f"report.reading.coverage_{part}" for part in ("gap", "outcomes", "primary"))
BESIDE = re.compile(
    r"(brief|report|explore)\.\w+\.(html|pdf)|data\.zip|(figures|tables)/[\w-]+\.\w+\.csv"
)
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Tags with their attributes, in order; complains about tags that do not close."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.paragraph = [], [], None
        self.text = {}
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "p" and dict(attributes).get("class") == "answer":
            self.paragraph = ""

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "p" and self.paragraph is not None and "answer" not in self.text:
            self.text["answer"] = self.paragraph

    def handle_data(self, data):
        if self.open and self.open[-1] == "p" and self.paragraph is not None:
            self.paragraph += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(params=["en", "es"])
def outlined(request, study, frames, values):
    html = written(study, Language(request.param), frames, values)
    return request.param, html, Outline(html)


def test_the_page_is_self_contained(outlined):
    _, html, outline = outlined
    assert html.startswith("<!doctype html>")
    for tag, attributes in outline.tags:
        for name in ("src", "href", "xlink:href", "action", "poster", "srcset"):
            target = attributes.get(name) or "#"
            if tag == "a" and BESIDE.fullmatch(target):
                continue  # a file of the same folder, which a reader opens
            assert target.startswith(("#", "data:")), (tag, target)
    assert "@import" not in html and not re.search(r"url\((?!#)", html)
    assert not outline.all("link") and not outline.all("img") and not outline.all("iframe")
    assert "default-src 'none'" in html


def test_ids_are_unique_and_links_arrive(outlined):
    _, _, outline = outlined
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in outline.tags:
        for name in ("href", "xlink:href", "aria-labelledby"):
            target = attributes.get(name)
            if target and (name == "aria-labelledby" or target.startswith("#")):
                assert target.removeprefix("#") in ids, (tag, target)


def test_every_place_that_a_standard_names_is_on_the_page(outlined):
    _, html, outline = outlined
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    named = {place for standard in standards() for item in standard.items for place in item.where}
    assert len(named) > 30 and {anchor_of(place) for place in named} <= ids
    section = html[html.index('<section id="standards"') : html.index('<section id="reproduce"')]
    links = set(re.findall(r'class="where" href="#([\w-]+)"', section))
    assert len(links) > 20 and links <= ids and "data-place" not in html


def test_the_musts_that_are_not_answered_are_named(outlined, study, values):
    code, html, _ = outlined
    language = Language(code)
    said = phrases(values, study, language)["standards_musts_missing_text"]
    assert said in html
    for id in ("robins_i-4", "openness-1", "openness-2", "openness-4"):
        assert language.inline(item_named(id).name[code]) in said


def test_no_unanswered_must_and_one_have_words_of_their_own(study, language, values):
    one = item_named("openness-1")
    for count, form in ((0, "zero"), (1, "one")):
        changed = {
            "standards_musts_missing": count,
            "standards_musts_missing_items": one.id if count else None,
        }
        said = phrases(values | changed, study, language)["standards_musts_missing_text"]
        name = language.inline(one.name[language.code])
        facts = {"standards_musts": "44", "standards_musts_missing_items": name}
        assert said == language(f"report.count.standards_musts_missing.{form}", **facts)


def present(kind, values):
    """Names of the exhibits that have something to show."""
    return [name for name, one in exhibits(kind).items() if not one.absent(values)]


def test_structure_can_be_heard(outlined, values):
    code, _, outline = outlined
    figures, tables = present("figure", values), present("table", values)
    assert outline.all("html")[0]["lang"] == code
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert len(outline.all("main")) == len(outline.all("nav")) == len(outline.all("header")) == 1
    assert outline.all("a")[0] == {"class": "skip", "href": "#content"}
    images = [attributes for _, attributes in outline.tags if attributes.get("role") == "img"]
    assert [image["aria-label"] for image in images].count("") == 0
    assert (
        len(images) == len(outline.all("figure")) == len(outline.all("figcaption")) == len(figures)
    )
    assert {image["aria-label"] for image in images} == {f'Alt of "{n}" & more' for n in figures}
    assert len(outline.all("caption")) == len(outline.all("table")) == len(tables)
    assert all("scope" in attributes for attributes in outline.all("th"))


def test_every_table_can_be_downloaded(outlined, study, values):
    code, _, outline = outlined
    links = {link["download"]: link["href"] for link in outline.all("a") if link.get("download")}
    tables = present("table", values)
    assert set(links) == {f"{study.study}-{name}.{code}.csv" for name in tables}
    assert all(href.startswith("data:text/csv;charset=utf-8,%EF%BB%BF") for href in links.values())


def test_every_figure_leads_to_its_data(outlined, study, frames, values):
    code, html, outline = outlined
    named = {
        f"figures/{name}-{frame}.{code}.csv"
        for name in set(present("figure", values)) - {"literature_effects"}
        for frame in exhibits("figure")[name].frames
    }
    links = {link["href"] for link in outline.all("a") if "download" in link} - {
        link["href"] for link in outline.all("a") if link.get("download")
    }
    assert links == named | {f"tables/literature.{code}.csv"}
    label = Language(code)("report.download.figure")
    assert html.count(f'<p class="download">{label}: <a') == len(present("figure", values))
    strict = written(stating(study, smallest_cell=5), Language(code), frames, values)
    assert f"tables/literature.{code}.csv" in strict and "figures/" not in strict


def test_every_number_of_the_answer_is_in_the_numbers(outlined, study, values):
    code, page_text, outline = outlined
    language = Language(code)
    facts = phrases(values, study, language)
    digits = re.compile(r"[\d][\d.,]*\d|\d")
    known = {found for text in facts.values() for found in digits.findall(text)}
    said = digits.findall(outline.text["answer"])
    assert len(said) > 10
    assert set(said) <= known
    for key in ("effect_percent", "ci_low_percent", "ci_high_percent", "primary_p", "city_change"):
        assert facts[key] in outline.text["answer"]
    # What the tests can show is said with them, not in the answer.
    said = language("report.reading.calibration_yes", **facts).replace("\u00a0", " ")
    assert " ".join(said.split()) in visible(page_text)


def visible(html):
    """The words of a fragment, without drawings and tags."""
    bare = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(bare).replace("\u00a0", " ").split())


@pytest.mark.parametrize("code", ["en", "es"])
def test_the_first_screen_is_short(code, study, frames, values):
    html = written(study, Language(code), frames, values)
    first = html[html.index('<div class="saying">') : html.index('<figure class="exhibit drawing"')]
    words = [word for word in visible(first).split() if re.search(r"\w", word)]
    assert 30 < len(words) <= 90
    cards = re.findall(r"<dd><strong>(.*?)</strong>", first)
    assert 2 <= len(cards) <= 3
    # An interval belongs to its number.
    alone = re.sub(r'<span class="interval">.*?</span>', "", first)
    numbers_said = re.findall(r"(?<![\w.])[−+]?\d[\d.,]*\s?%", visible(alone))
    assert len(set(numbers_said)) <= 6
    assert phrases(values, study, Language(code))["ci_low_percent"] in unescape(first)


def test_the_first_screen_says_what_the_verdict_allows(study, language, values):
    facts = phrases(values, study, language)

    def said(**changed):
        return first_screen(values | changed, facts, language)

    holds = {"verdict": "inconclusive", "ci_low_percent": -50.0, "ci_high_percent": 9.0}
    chance = language("report.first.chance")
    assert chance in said(**holds)["sentence"] and said(**holds)["settle"]
    clear = holds | {"ci_high_percent": -9.0}
    assert chance not in said(**clear)["sentence"]
    assert language("report.first.unsound") in said(**clear)["sentence"]
    found = said(verdict="established fall")
    assert language("report.first.established") in found["sentence"] and found["settle"] == ""
    none = holds | {
        "ci_low_percent": None,
        "ci_high_percent": None,
        "detectable_fall_percent": None,
    }
    assert [card["interval"] for card in said(**none)["cards"]][0] == language(
        "report.first.effect.no_interval"
    )
    assert len(said(**none, claim_raw_percent=None)["cards"]) == 1


def test_whatever_is_folded_has_its_finding(outlined):
    _, html, _ = outlined
    folds = re.findall(
        r'<details class="fold" id="([\w-]+)">\s*<summary>(.*?)</summary>', html, re.DOTALL
    )
    assert len(folds) > 40
    for name, summary in folds:
        assert len(visible(summary)) > 12, name


def test_exhibits_are_numbered_as_they_come(outlined, values):
    code, html, _ = outlined
    for kind, word in (("figure", "report.figure"), ("table", "report.table")):
        heads = re.findall(rf'<span class="mark">{Language(code)(word)} (\d+)\.?</span>', html)
        order = list(dict.fromkeys(map(int, heads)))
        assert order == list(range(1, len(present(kind, values)) + 1)), kind


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("One fell. Two rose.", "One fell."),
        ("It fell by 3.5% (p. ej. one). 12 rose.", "It fell by 3.5% (p. ej. one)."),
        (
            "After Chernozhukov et al. 2021 it fell. So it is.",
            "After Chernozhukov et al. 2021 it fell.",
        ),
        ("¿Bajó? Sí.", "¿Bajó?"),
        ("It fell (−3%). “So” it is.", "It fell (−3%)."),
        ("Alone", "Alone"),
    ],
)
def test_the_finding_is_the_first_sentence(text, finding):
    assert finding_of(text)[0] == finding
    assert " ".join(part for part in finding_of(text) if part) == text


def test_a_csv_in_a_link_is_what_it_was():
    csv = 'a,"b ""c"""\n50%,#1 & <2> \'x\'\t\\ñ\n'
    address = csv_address(csv)
    assert not re.search("[\"<>&'#\n\t]", address)
    assert unquote(address.partition(",")[2]) == "\ufeff" + csv


def test_the_background_opens_the_design(study, language, frames, values):
    said = "What was done & by whom."
    whole = written(study, language, frames, values, background=said)
    before, _, after = whole.partition(escape(said))
    assert before.rindex('<section id="design"') > before.rindex("</section>")
    assert language("report.reading.design", **phrases(values, study, language)) in unescape(after)
    assert escape(said) not in written(study, language, frames, values)


def test_a_fall_found_at_no_drift_is_said_without_a_range(study, language, frames, values):
    facts = phrases(values, study, language)
    known = {"detectable_fall_percent": -55.0, "verdict": "inconclusive"}
    known |= {"power_detectable_least_percent": -41.0, "power_detectable_most_percent": -65.0}
    for changed, key in (
        (known, "answer.detectable_by_drift"),
        (known | {"power_detectable_least_percent": None}, "answer.detectable"),
    ):
        facts = phrases(values | changed, study, language)
        assert language(f"report.{key}", **facts) in answer(values | changed, facts, language)
    assert "55" in facts["detectable_fall"]


def test_the_same_inputs_give_the_same_page(study, frames, shuffled, values):
    language = Language("es")
    one = written(study, language, frames, values)
    other = written(study, language, shuffled, numbers(study, **given(numbers, shuffled)))
    assert one == other


def test_texts_are_escaped(study, frames, values):
    html = written(study, Language("en"), frames, values, title="<b>& co</b>")
    assert "<h1>&lt;b&gt;&amp; co&lt;/b&gt;</h1>" in html


def test_an_exhibit_without_a_place_and_a_place_without_an_exhibit_stop(study, values):
    figures = {name: FigureExhibit(SVG, "alt") for name in FIGURES}
    tables = {name: TableExhibit("<table></table>", "") for name in TABLES}
    arguments = {"title": "t", "numbers": values}
    with pytest.raises(KeyError, match="table:weights"):
        some = {name: table for name, table in tables.items() if name != "weights"}
        page(study, Language("en"), tables=some, figures=figures, **arguments)
    with pytest.raises(KeyError, match="figure:pie"):
        more = figures | {"pie": FigureExhibit(SVG, "alt")}
        page(study, Language("en"), tables=tables, figures=more, **arguments)


def test_embedded_drawings_do_not_meet():
    svg = embed(SVG, "figure-a")
    assert svg.startswith("<svg") and "metadata" not in svg and "DOCTYPE" not in svg
    assert 'id="figure-a"' in svg and 'id="figure-a-p1"' in svg
    assert 'xlink:href="#figure-a-p1"' in svg and "url(#figure-a-p1)" in svg
    assert "#figure-a *{stroke-linecap: butt}" in svg
    assert "width=" not in svg.partition(">")[0] and 'viewBox="0 0 720 400"' in svg


def test_numbers_are_plain_json(values):
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert values["observed"] == 50 and isinstance(values["observed"], int)
    assert values["effect_percent"] == pytest.approx(100 * math.expm1(-0.3))
    assert values["lane"] == "exploratory"
    assert values["detectable_fall_percent"] == pytest.approx(-85.7)
    assert values["tests_calibrated"] == 2 and values["tests_not_calibrated"] == 2
    assert values["redrawn_share"] == 25
    assert values["largest_donor"] == "TAXQUENA"
    # Two donors at least as extreme; above in RMSPE stand one and the exact fit.
    assert (values["placebos_as_extreme"], values["rmspe_rank"]) == (2, 3)
    assert values["city_change"] == pytest.approx(100 * (718 / 1208 - 1))


def test_the_share_without_a_place_comes_from_files_that_hold_such_rows(study, frames, values):
    share = unlocated_shares(study, frames["data_flow"], "homicide")
    assert list(share.index) == [2016, 2017, 2020]
    # Without a place: 2 × lost of 160 + 40 homicides, in the yearly file of the year.
    assert list(share) == pytest.approx([100 * 20 / 200, 100 * 60 / 200, 100 * 40 / 200])
    assert (values["unlocated_low_share"], values["unlocated_high_share"]) == (10, 30)
    assert values["unlocated_outcome"] == "shooting"
    assert values["unlocated_years"] == "2016 2017 2020"
    assert values["unlocated_largest_year"] == "2017"
    assert values["unlocated_largest_share"] == pytest.approx(100 * 602 / 962)
    first, last = 100 * 202 / 562, 100 * 400 / 1000
    assert values["located_first_share"] == pytest.approx(100 - first)
    assert values["located_last_share"] == pytest.approx(100 - last)
    assert values["located_change_points"] == pytest.approx(first - last)


def test_files_of_located_rows_alone_leave_the_share_unknown(study, frames, language):
    flow = frames["data_flow"].query("reason != 'no coordinates'")
    changed = frames | {"data_flow": flow}
    found = numbers(study, **given(numbers, changed))
    assert found["unlocated_outcome"] is None and found["unlocated_low_share"] is None
    html = written(study, language, changed, found)
    assert language("report.reading.data_flow_unknown") in html
    assert language("report.limit.unlocated_unknown") in html


def test_the_shipped_figures_give_the_shares_of_their_readme(study):
    flow = pd.read_csv(ROOT / "data" / "data_flow.csv")
    said = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    for outcome in ("firearm_homicide", "non_firearm_homicide", "shooting"):
        share = unlocated_shares(study, flow, outcome)
        assert list(share.index) == [2016, 2017, 2020]
        line = re.search(rf"\| {outcome} \|([^\n]+)\|", said)[1]
        # A file with coordinates outside every sector is without a place here, not there.
        with_coordinates = [float(cell) for cell in line.split("|")]
        assert list(100 - share) == pytest.approx(with_coordinates, abs=0.3)


def with_control(study, frames):
    """Shootings as a negative control that rejects once and cannot be tested in two rows."""
    definitions = tuple(
        dataclasses.replace(definition, role="negative control")
        if definition.name == "shooting"
        else definition
        for definition in study.definitions
    )
    estimates = frames["estimates"].copy()
    mine = (estimates["outcome"] == "shooting") & (estimates["estimator"] == study.estimators[0])
    late = mine & (estimates["window"] == "C")
    estimates.loc[late, "p_value"] = 1 / 7
    estimates.loc[late & (estimates["inference"] == study.decisive_test), "p_value"] = 0.04
    estimates.loc[mine & (estimates["window"] != "C"), "p_value"] = math.nan
    changed = frames | {"estimates": estimates}
    return dataclasses.replace(study, definitions=definitions), changed


def test_negative_controls_are_counted_over_all_rows_shown(study, frames):
    study, frames = with_control(study, frames)
    found = numbers(study, **given(numbers, frames))
    assert found["controls"] == 1
    # Two other estimators in the primary window, and the primary one in window C.
    assert (found["control_effects"], found["control_effects_rejecting"]) == (3, 1)
    assert found["control_outcome"] == "shooting"
    assert (found["effects_rejecting"], found["effects_rejecting_controls"]) == (1, 1)
    language = Language("en")
    html, facts = written(study, language, frames, found), phrases(found, study, language)
    assert language("report.reading.main_effects", **facts) in html
    assert language("report.evidence.controls_silent", **facts) in html
    assert facts["effects_rejecting_text"] == language(
        "report.count.effects_rejecting.one", **facts
    )
    # Never "1 have" or "0 have".
    assert not re.search(r"\b[01] (have|are|show|carry)\b", html)


def test_what_the_test_could_find_is_said_beside_what_it_could_not_tell(study, language, values):
    facts = phrases(values, study, language)
    assert facts["detectable_fall"] == "86%"
    assert facts["detectable_fall"] in answer(values, facts, language)
    detectable = first_screen(values, facts, language)["cards"][1]
    assert detectable["value"] == facts["detectable_fall"]
    assert detectable["label"] == language("report.first.detectable.label", **facts)


def test_comparisons_that_are_not_unique_are_a_limit(study, frames, language):
    estimates = frames["estimates"]
    several = estimates.assign(unique=estimates["outcome"] != "shooting")
    for rows, count in ((several, 5), (estimates, 0), (estimates.drop(columns="unique"), 0)):
        changed = frames | {"estimates": rows}
        found = numbers(study, **given(numbers, changed))
        assert found["effects_not_unique"] == count
        limit = language("report.limit.several", **phrases(found, study, language))
        assert (limit in written(study, language, changed, found)) == bool(count)


def test_placebos_without_a_ratio_are_counted(study, frames, language):
    placebos = frames["placebos"].copy()
    placebos.loc[placebos["unit"] == "ROMA", ["log_ratio", "z"]] = math.nan
    changed = frames | {"placebos": placebos}
    found = numbers(study, **given(numbers, changed))
    assert found["placebos_without_ratio"] == 1
    facts = phrases(found, study, language)
    assert language("report.reading.without_ratio", **facts) in written(
        study, language, changed, found
    )


def test_every_number_is_used(study, values):
    """In a sentence, by the report, or to choose among sentences."""
    language = Language("en")
    facts = [inspect.getsource(one.facts) for one in analyses().values() if one.has_facts]
    said = "".join(text for key, text in language.texts.items() if key.startswith("report."))
    source = inspect.getsource(reporting_page) + inspect.getsource(findings)
    unused = [
        key
        for key in values
        if f"{{{key}}}" not in said
        and f'"{key}"' not in source.replace("'", '"')
        and not any(f'numbers["{key}"]' in text for text in facts)
        and not key.startswith(("gap_", "gate_"))
    ]
    assert unused == []


def test_infinite_and_missing_numbers_survive_json(study, frames):
    estimates = frames["estimates"].copy()
    mine = (estimates["outcome"] == "homicide") & (estimates["scale"] == "log rate ratio")
    estimates.loc[mine, "ci_low"] = -math.inf
    estimates.loc[mine, "ci_high"] = math.inf
    found = numbers(study, **given(numbers, frames | {"estimates": estimates}))
    assert (found["ci_low_percent"], found["ci_high_percent"]) == (-100, "inf")
    facts = phrases(found, study, Language("en"))
    assert facts["ci_high_percent"] == "∞"
    assert f"{facts['ci_low_percent']} to ∞" in answer(found, facts, Language("en"))
    assert percent_of_log(math.inf) == math.inf


@pytest.mark.parametrize("size", [0.08, 0.02])
def test_a_test_that_misses_to_one_side_says_to_which(study, frames, size):
    sizes = frames["sizes"].copy()
    sizes.loc[
        (sizes["inference"] == study.decisive_test) & (sizes["world"] == "drift 0.1"), "size"
    ] = size
    label = calibration_label(sizes, study, study.estimators[0], study.decisive_test)
    assert label == ("too often" if size > 0.07 else "too rarely")


def test_every_sentence_can_be_said_from_the_numbers(study, language, values):
    facts = phrases(values, study, language)
    for key in language.texts:
        if key.startswith("report.") and key not in LATER:
            assert "{" not in language(key, **facts), key


def test_a_missing_primary_estimate_stops(study, frames):
    with pytest.raises(LookupError, match="0 primary estimates"):
        primary_row(study, frames["estimates"].query("window == 'A'"))


def test_a_study_without_claims_gaps_or_donut_still_has_a_page(study, frames, language):
    bare = stating(dataclasses.replace(study, donut=None), published_claims=())
    coverage = frames["coverage"].assign(gaps="")
    changed = frames | {"coverage": coverage}
    found = numbers(bare, **given(numbers, changed))
    assert found["treated_change"] is None and found["claims"] == 0
    html = written(bare, language, changed, found)
    assert language("report.intro.headline_audit_none") in html
    assert language("report.reading.coverage_none") in html
    assert language("report.limit.selection_none") in html


def test_months_that_are_covered_but_not_complete_are_said(study, frames, language):
    panel = frames["panel"].copy()
    last = panel["month"] == "2017-12"
    panel.loc[last & (panel["outcome"] == "shooting"), "complete"] = False
    changed = frames | {"panel": panel}
    found = numbers(study, **given(numbers, changed))
    assert found["gap_incomplete_shooting"] == "2017-12"
    assert "gap_incomplete_homicide" not in found
    facts = phrases(found, study, language)
    assert language.month("2017-12") in facts["incomplete"] and "–" not in facts["incomplete"]
    assert language("report.reading.incomplete", **facts) in written(
        study, language, changed, found
    )


def test_of_many_outcomes_with_one_gap_the_page_says_how_many(study, language, values):
    """The table of the design names them; the primary one is named here too."""
    none = {key: None for key in values if key.startswith("gap_")}
    first, *others = study.outcomes
    assert first == study.primary.outcome and len(others) >= 3

    def said(*names):
        gaps = {f"gap_{name}": "2018-01" for name in names}
        return phrases(values | none | gaps, study, language)["gaps"]

    month = {"months": language.month("2018-01")}
    named = [language.inline(language.outcome(study.definition(name))) for name in study.outcomes]
    gap, many = "report.reading.coverage_gap", language("report.reading.coverage_outcomes", n=3)
    some = language("report.reading.coverage_primary", outcome=named[0], n=3)
    assert said(*others[:2]) == language(gap, outcome=language.listing(named[1:3]), **month)
    assert said(*others[:3]) == language(gap, outcome=many, **month)
    assert said(first, *others[:3]) == language(gap, outcome=some, **month)


def test_what_has_nothing_to_show_or_say_leaves_its_anchor_alone(study, language, frames, values):
    alone = values | {"releases_before": None, "releases_before_percent": None}
    html = written(study, language, frames, alone)
    for name in ("figure-effect_over_releases", "table-revised_cells"):
        assert f'<span id="exhibit-{name}"></span>' in html
    assert language("report.reading.releases_one") in html
    assert not re.search(r'<p class="reading"[^>]*>\s*</p>', html)


def test_the_brief_opens_its_limits_with_those_of_the_design(study, language, frames, values):
    said = phrases(values, study, language)
    html = written(study, language, frames, values)
    first = ("one_unit", "selection", "recording", "spillover")
    text = html[html.index('<section class="part" id="limits"') :]
    limits = re.findall(r"<li>(.*?)</li>", text[: text.index("</ul>")])
    assert [unescape(one) for one in limits[:4]] == [
        language(f"report.limit.{key}", **said) for key in first
    ]


def test_a_negative_control_whose_fit_is_in_doubt_is_no_evidence(study, frames):
    study, frames = with_control(study, frames)
    controls = [
        name for name in study.outcomes if study.definition(name).role == "negative control"
    ]
    estimates = frames["estimates"].copy()
    mine = estimates["outcome"].isin(controls)
    before = numbers(study, **given(numbers, frames))
    estimates.loc[mine, "doubt"] = "follows_noise"
    found = numbers(study, **given(numbers, frames | {"estimates": estimates}))
    assert (found["control_effects"], found["control_outcome"]) == (0, None)
    assert before["control_effects"] == 3


def test_without_a_p_value_the_answer_says_so(study, language, values):
    found = values | {"primary_p": None, "treated_change": None}
    text = answer(found, phrases(found, study, language), language)
    assert language("report.answer.p_none") in text
    assert language("report.answer.p_calibrated", **phrases(values, study, language)) not in text
