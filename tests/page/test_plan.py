"""The page of a plan, from frames made by hand."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evaluation.analyses.scale_up_plan.rendered import rendered
from evaluation.analyses.scale_up_plan.tables import undominated_table
from evaluation.calibration.scale_up.contract import Designs, Order, PlanCandidates
from evaluation.calibration.scale_up.undominated import with_undominated
from evaluation.page.document import Document
from evaluation.page.language import LANGUAGES, NBSP, Language
from evaluation.page.table_writer import to_csv
from evaluation.study.contract import check, from_rows
from evaluation.study.plan import parse_plan
from evaluation.study.study import load
from tests.workflow.tiny import plan_config, tables, write_world

FALLS = {
    "en": r"\b(?:falls?|fell|fallen|falling|drops?|reductions?|decreas\w+|avert\w*)\b",
    "es": r"\b(?:caídas?|bajas?|bajan|reduccion\w*|reducción|disminu\w+|evitad\w+)\b",
}
RISES = {"en": r"\b(?:rises?|rose|risen|increas\w+|adds?)\b", "es": r"\b(?:aumentos?|alzas?)\b"}
PLAN = parse_plan(plan_config() | {"sectors": [1, 2]}, "plan")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    write_world(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return load("config.yaml")


def designs(plan=PLAN) -> pd.DataFrame:
    rows = [
        {
            "outcome": "homicide",
            "side": side,
            "sets": kind,
            "design": each.design,
            "step": each.step,
            "sectors": count,
            "horizon": horizon,
            "at_once": count,
            "detectable": 60.0 - 5 * count - horizon / 2 + each.step - 4 * (kind == "best"),
            "detectable_error": 0.8,
            "detectable_low": 30.0 if kind == "random" else np.nan,
            "detectable_high": 40.0 if kind == "random" else np.nan,
            "power_smallest": 0.1 * count + horizon / 100,
            "power_smallest_error": 0.02,
            "size_left": 0.024,
            "size_right": 0.027,
            "size_left_error": 0.004,
            "size_right_error": 0.004,
            "expected": 10.0 * count * horizon / 12,
            "difference": 2.0 * count * horizon / 12,
            "difference_sd": 0.5,
            "panels": 20,
        }
        for side in plan.sides
        for kind in ("random", "best")
        for each in plan.designs
        for count in plan.sectors
        for horizon in plan.horizons
    ]
    return with_undominated(from_rows(rows, Designs))


def candidates() -> pd.DataFrame:
    out = {"PILOT": "out", "NEIGHBOUR": "out", "LATECOMER": "out", "DONOR A": "donor"}
    rows = []
    for number, name in enumerate(sorted(tables(1)["sectors"]["sector"])):
        part = out.get(name, "candidate")
        known = {"expected": 10.0 + number, "change": -5.0, "error": 0.3, "information": 11.0}
        rows.append(
            {
                "sector": name,
                "alcaldia": "CENTRE",
                "part": part,
                "reason": "programme" if part == "donor" else "",
                "detail": "LATECOMER" if part == "donor" else "",
                "best": {"DONOR B": 1, "DONOR C": 2}.get(name, 0),
            }
            | (known if part != "out" else {})
        )
    return from_rows(rows, PlanCandidates)


def order() -> pd.DataFrame:
    rows = [
        ("candidates", 1, "DONOR D", 1, ""),
        ("candidates", 2, "DONOR E", 0, "contiguous"),
        ("candidates", 3, "DONOR F", 2, ""),
        ("candidates", 4, "DONOR G", 0, "enough"),
        ("best", 1, "DONOR C", 1, ""),
        ("best", 2, "DONOR B", 2, ""),
    ]
    names = ["draw", "rank", "sector", "place", "reason"]
    made = pd.DataFrame(rows, columns=names).assign(alcaldia="CENTRE", key="ab" * 32)
    return check(made[list(Order.to_schema().columns)], Order, "order")


@pytest.fixture(scope="module", params=LANGUAGES)
def files(request, study):
    return request.param, made(PLAN, study, request.param, designs())


def made(plan, study, code, found):
    panel = pd.DataFrame(
        {"outcome": ["homicide"], "month": ["2018-12"], "covered": [True], "complete": [True]}
    )
    return rendered(
        plan,
        study,
        Language(code),
        panel=panel,
        designs=found,
        candidates=candidates(),
        order=order(),
        quadrants=tables(1)["quadrants"],
        command="snakemake plan",
        languages=LANGUAGES,
    )


def plain(html: bytes) -> str:
    body = html.decode().split("<main", 1)[1].split("<script>")[0]
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", body, flags=re.DOTALL).split())


def test_the_page_says_what_could_be_found_and_when(files):
    language, made = files
    text = plain(made["page"])
    percent = [f"{value}%" for value in (43, 38, 39, 34)]  # 60 - 5k - 12, less 4 if best
    assert all(value.replace(NBSP, " ") in text.replace(NBSP, " ") for value in percent)
    assert {"en": "No plan considered would", "es": "Ningún plan considerado"}[language] in text
    assert {"en": "by December 2020", "es": "en diciembre de 2020"}[language] in text
    assert "tiny:DONOR D" in text and "sha256sum" in text
    assert {"en": "next to LATECOMER", "es": "contiguo a LATECOMER"}[language] in text
    assert "nan" not in text.lower().split() and "{" not in text


def test_a_figure_has_a_text_and_bytes_of_its_own(files):
    _, made = files
    assert made["map"].startswith(b"<svg") and b"</svg>" in made["map"]
    page = made["page"].decode()
    assert page.count('role="img" aria-label="') == 2
    assert "DONOR D" in page.split('id="exhibit-figure-map"')[1].split("<svg")[0]


def test_the_order_ends_with_the_last_sector_that_enters(files):
    page = files[1]["page"].decode()
    table = page.split('data-name="plan_order"')[1].split("</table>")[0]
    assert "DONOR F" in table and "DONOR E" in table and "DONOR G" not in table


def test_plans_that_others_beat_are_not_in_the_first_table(study):
    language = Language("en")
    shown = to_csv(undominated_table(PLAN, study, language, designs()), language)
    assert shown.count("All at once") == 8 and "waves" not in shown


def test_an_effect_that_is_found_in_time_is_said(study):
    language, found = Language("en"), designs()
    found.loc[(found["sectors"] == 2) & (found["horizon"] == 12), "power_smallest"] = 0.85
    from evaluation.analyses.scale_up_plan.sentences import answer, phrases

    panel = pd.DataFrame(
        {"outcome": ["homicide"], "month": ["2018-12"], "covered": [True], "complete": [True]}
    )
    said = answer(PLAN, study, language, found, phrases(PLAN, study, language, panel))
    assert "2 sectors drawn at random" in said[0] and "in 85% of cases" in said[0]
    none = found.assign(detectable=np.nan, power_smallest=0.1)
    said = answer(PLAN, study, language, none, phrases(PLAN, study, language, panel))
    assert "no simulated fall" in said[1] and "points" not in said[1]


def test_several_outcomes_are_told_apart(study):
    language = Language("en")
    two = replace(PLAN, outcomes=("homicide", "shooting"))
    from evaluation.analyses.scale_up_plan.tables import design_table

    both = pd.concat([designs(), designs().assign(outcome="shooting")], ignore_index=True)
    shown = to_csv(design_table(two, study, language, both), language)
    assert shown.count("Homicide: best set found") == shown.count("Shooting: best set found") == 8


def hoped(study, direction, sectors=(1, 2)):
    """The study and its plan, where that is hoped for."""
    ratios = {"fall": (0.8, 0.5), "rise": (2.0, 1.5), "either": (2.0, 0.5)}[direction]
    plan = replace(PLAN, rate_ratios=ratios, sectors=sectors).towards(direction)
    return plan, replace(study, direction=direction)


def words(page: bytes, code: str) -> str:
    """All that a reader or a screen reader meets: text, and what stands for figures and boxes."""
    html = page.decode().split("<body", 1)[1].split("<template")[0]
    labels = " ".join(re.findall(r'(?:alt|aria-label|data-label)="([^"]*)"', html))
    return f"{labels} {plain(page)}".lower()


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("direction", ["fall", "rise", "either"])
@pytest.mark.parametrize("case", ["found", "none", "soon"])
def test_a_plan_speaks_of_what_its_study_hopes_for(study, monkeypatch, code, direction, case):
    monkeypatch.setattr(Document, "pdf", lambda self, language: b"")
    plan, study = hoped(study, direction, (1,) if case == "soon" else (1, 2))
    found = designs(plan)
    if case == "none":
        found = found.assign(detectable=np.nan, power_smallest=0.1, undominated=False)
    if case == "soon":
        found = found.assign(power_smallest=0.9)
    text = words(made(plan, study, code, found)["page"], code)
    falls, rises = (re.findall(side[code], text) for side in (FALLS, RISES))
    assert bool(falls) == (direction != "rise"), falls
    assert bool(rises) == (direction != "fall"), rises
    one = {"en": r"\b1 (?:sectors|months|homicides)\b", "es": r"\b1 (?:sectores|meses)\b"}[code]
    assert not re.search(one, text) and "{" not in text and "nan" not in text.split()
    shown = {"fall": ["−20%"], "rise": ["+20%"], "either": ["−20%", "+25%"]}[direction]
    assert all(change in text for change in shown)
    assert bool(re.search(r"\+\d+%", text)) == (direction != "fall")


def test_the_page_is_in_the_frame_of_the_report_and_leads_to_its_other_files(files):
    language, found = files
    page = found["page"].decode()
    assert '<body class="report">' in page and 'id="words"' in page
    assert 'content="light dark"' in page and page.count("<h1>") == 1
    other = {"en": "es", "es": "en"}[language]
    for href in (f"plan.{language}.pdf", f"plan.{other}.html", "designs.csv", "order.csv"):
        assert f'href="{href}"' in page
    assert found["pdf"].startswith(b"%PDF")
