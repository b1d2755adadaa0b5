"""The plan of a study: the same bytes every time, without one figure from the start on."""

import copy
import hashlib
import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from evaluation.analyses.preregistration.ahead import is_simulated, simulated_power
from evaluation.analyses.preregistration.before import counts_before, figures_before
from evaluation.analyses.preregistration.files import plan_files
from evaluation.analyses.preregistration.finished import finished_run
from evaluation.analyses.preregistration.measured import power_rows
from evaluation.analyses.preregistration.standing import AHEAD, POST_HOC, REGISTERED, standing
from evaluation.page.document import Document
from evaluation.page.language import Language
from evaluation.sources.shipped import Shipped, read_shipped
from evaluation.study.config import read_yaml
from evaluation.study.errors import InputError
from evaluation.study.registered import digest, read_plan
from evaluation.study.study import load
from tests.conftest import ROOT, stating

CONFIG = "config/config.yaml"
FILED = (("registration", (("en", "osf.io/abcde, 3 March 2025"), ("es", "osf.io/abcde"))),)
PAGES = ("plan.en.html", "plan.es.html")
FILED += (("funding", ()), ("conflicts_of_interest", ()))


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def given():
    return read_shipped(ROOT / "data")


@pytest.fixture(scope="module")
def config():
    return read_yaml(ROOT / CONFIG)


@pytest.fixture
def study(config):
    return load(CONFIG, copy.deepcopy(config))


@pytest.fixture
def later(config):
    """A study of another sector whose windows begin after the last figures."""
    found = copy.deepcopy(config)
    found |= {"study": "next_sector", "treated": "TLATELOLCO", "treatment_start": "2025-01"}
    found["pre_period"] = {"first": "2020-01", "last": "2024-06"}
    found["donut"] = {"first": "2024-07", "last": "2024-12"}
    found["post_windows"] = {"A": "2025-12", "B": "2026-12"}
    found["outcomes"] = ["homicide", "firearm_homicide", "non_firearm_homicide", "shooting"]
    found["claims"] = [{"analysis": "sector", "outcome": "homicide"}]
    found["published_claims"] = []
    robustness = found["robustness"]
    robustness["time"]["starts"] = ["2025-01", "2025-04"]
    robustness["grid"]["pre_periods"] = {"own": {"first": "2020-01", "last": "2024-06"}}
    return load("config.yaml", found)


def files(study, given, **changes):
    texts = {"en": "Did it work?", "es": "¿Funcionó?"}
    values = {"where": CONFIG, "code_version": "0123456789ab", "titles": texts, "backgrounds": {}}
    languages = [Language("en"), Language("es")]
    return dict(plan_files(study, languages, given=given, **values | changes))


def read(study, given, **changes):
    """The files that are text."""
    found = files(study, given, **changes)
    return {name: text.decode() for name, text in found.items() if not name.endswith(".pdf")}


def beyond(given: Shipped, start: str) -> Shipped:
    """The tables with other counts from the start on, and none of them in the last year."""
    counts = given.sector_month
    after = counts["month"] >= start
    other = counts.assign(count=counts["count"].where(~after, 7 * counts["count"] + 3))
    return replace(given, sector_month=other[other["month"] < "2024-01"].reset_index(drop=True))


def test_every_file_is_there_and_the_bytes_are_the_same(study, given):
    found = files(study, given)
    assert set(found) == {*PAGES, "plan.en.pdf", "plan.es.pdf", "plan.md", "plan.json"}
    assert found["plan.es.pdf"].startswith(b"%PDF")
    shuffled = {
        name: getattr(given, name).sample(frac=1, random_state=1).reset_index(drop=True)
        for name in ("sector_month", "coverage", "sectors", "neighbours")
    }
    assert files(study, replace(given, **shuffled)) == found


@pytest.mark.parametrize("start", ["2020-01", "2022-01"])
def test_no_figure_from_the_start_on_reaches_the_plan(study, given, start):
    study = replace(study, treatment_start=start)
    assert files(study, beyond(given, start)) == files(study, given)
    earlier = given.sector_month["month"] == "2017-05"
    counts = given.sector_month["count"]
    other = given.sector_month.assign(count=counts.where(~earlier, 2 * counts))
    assert files(study, replace(given, sector_month=other)) != files(study, given)


def test_the_plan_for_machines_can_be_registered(study, given, tmp_path):
    found = files(study, given)
    path = tmp_path / "plan.json"
    path.write_bytes(found["plan.json"])
    plan = read_plan({"declarations": {"plan": str(path)}}, CONFIG)
    assert plan["hash"] == study.hash == digest(plan["choices"])
    assert plan["figures"]["last_month"] == "2019-12" and len(plan["figures"]["donors"]) == 63
    assert set(plan["figures"]["digests"]) == {*study.outcomes, "sectors and neighbours"}
    assert plan["standing"] == POST_HOC and plan["data_seen_before_freezing"] is True
    names = {entry["analysis"] for entry in plan["analyses"]}
    assert {"claims", "main_effects", "deviations", "power"} <= names


def test_a_post_hoc_plan_says_so_in_its_title_line(study, given):
    found = read(study, given)
    for name, words in {
        "en": "Post hoc plan, written after",
        "es": "Plan post hoc, escrito",
    }.items():
        html = found[f"plan.{name}.html"]
        for tag in ("title", "h1"):
            assert re.search(f"<{tag}>{words}", html), (name, tag)
    assert found["plan.md"].startswith("# Post hoc plan, written after figures had been seen: Did")


def test_the_secondary_line_is_in_the_plan(study, given):
    text = files(study, given)["plan.md"].decode()
    assert "Kriging of Poisson counts" in text or "kriging of Poisson counts" in text
    assert "(1; 1.5; 2)" in text and "(−2; −1; 1; 2)" in text
    without = files(replace(study, secondary=None), given)["plan.md"].decode()
    assert "A line of its own" in text and "A line of its own" not in without


def test_a_study_whose_treatment_lies_ahead_has_a_plan(later, given):
    before = figures_before(given, later, "config.yaml")
    assert (before.last_month, before.reaches) == ("2024-12", "2024-12")
    assert standing(later, before) == AHEAD
    found = read(later, given)
    assert "Pre-analysis plan, not registered yet" in found["plan.en.html"]
    assert "the months after the start do not exist yet" in found["plan.md"]
    assert "in the plan for the scale-up" in found["plan.md"]
    assert "from January 2025 to December 2026" in found["plan.md"]


def test_a_registered_plan_says_where_and_takes_nothing_from_a_run(later, given):
    filed = stating(later, data_seen=False, declared=FILED)
    found = read(filed, given)
    assert found["plan.md"].startswith("# Pre-analysis plan: Did it work?")
    assert "Registered here: osf.io/abcde, 3 March 2025" in found["plan.md"]
    assert power_rows(filed, REGISTERED).reason == "unseen"


def test_without_figures_the_plan_says_so(study):
    found = read(study, None)
    plan = json.loads(found["plan.json"])
    assert plan["figures"]["vintage"] == "figures not used" and plan["figures"]["digests"] == {}
    assert "uses no figures" in found["plan.md"] and "Post hoc plan" in found["plan.md"]
    assert plan["hash"] == study.hash


def test_events_before_the_start_are_counted_by_hand(study, given):
    before = figures_before(given, study, CONFIG)
    row = counts_before(study, before).set_index("outcome").loc["homicide"]
    counts = given.sector_month
    inside = counts["month"].between("2016-01", "2019-06") & (counts["outcome"] == "homicide")
    own = counts[inside & (counts["sector"] == study.treated)]["count"].sum()
    assert (row["months"], row["treated"]) == (42, own)
    assert row["a_year"] == pytest.approx(12 * own / 42)


def test_small_counts_of_one_sector_are_withheld(study, given):
    restricted = stating(study, smallest_cell=100)
    found = files(restricted, given)["plan.md"].decode()
    table = found[found.index("**Events before the start**") : found.index("## Size and power")]
    assert table.count("<100") >= 2 and "| Non-firearm homicide | – | <100 | – | – | – |" in table
    assert "No count of one sector below 100 is published" in found


def test_figures_that_end_before_the_months_to_match_are_refused(later, given):
    ended = given.coverage.assign(last_month="2019-06")
    early = replace(
        given,
        coverage=ended,
        sector_month=given.sector_month[given.sector_month["month"] <= "2019-06"],
    )
    with pytest.raises(InputError, match="figures up to 2019-06, and months to match from 2020-01"):
        figures_before(early, later, "config.yaml")
    late = given.coverage.assign(first_month="2021-01")
    with pytest.raises(InputError, match="key pre_period.*it begins 2020-01"):
        figures_before(replace(given, coverage=late), later, "config.yaml")


def power_frame(study):
    rows = [
        (null, months, ratio, size, detectable)
        for null, detectable in (("drift 0.1", 0.46), ("fitted", None))
        for months in (12, 24)
        for ratio, size in ((1.0, 0.05), (0.8, 0.1), (0.7, 0.2), (0.5, 0.7))
    ]
    frame = pd.DataFrame(rows, columns=["null", "months", "rate_ratio", "power", "detectable"])
    primary = study.primary
    return frame.assign(
        outcome=primary.outcome,
        estimator=primary.estimator,
        inference=primary.test,
        draws=1000,
        standard_error=0.01,
        detectable=frame["detectable"].astype(float),
    )


def test_measured_power_is_shown_and_other_tests_are_not(study, given):
    own = power_frame(study)
    other = own.assign(inference="permutation_raw", power=0.99)
    found = files(study, given, power=pd.concat([other, own]))["plan.md"].decode()
    part = found[found.index("## Size and power") : found.index("## Stopping rule")]
    assert "| Drift 0.1 a year | 12 | 0.050 ± 0.010 | 0.10 | 0.20 | 0.70 | 54% |" in part.replace(
        "\u00a0", " "
    )
    assert "◆ Model fitted to the comparison | 24" in part and "0.99" not in part
    assert "> 9" in part and "uses months after the start too" in found
    assert power_rows(study, POST_HOC, power=other).reason == "no run"
    assert power_rows(study, AHEAD, power=own).reason == ""
    values = own.rename(columns={"rate_ratio": "difference"})
    found = read(study, given, power=values)
    assert "the outcome is no count" in found["plan.md"] and "no es un conteo" in found[PAGES[1]]


@pytest.fixture
def simulated():
    """The template of a study of the next sector, with few panels."""
    path = "config/templates/next_sector.yaml"
    found = read_yaml(ROOT / path)
    found["calibration"] |= {"draws": 30, "deciding_panels": 40}
    return load(path, found)


def test_what_a_study_ahead_would_find_is_simulated_and_shown(simulated, given):
    power = simulated_power(simulated, given, "config")
    found = read(simulated, given, power=power)
    plan = found["plan.md"]
    assert plan.startswith("# Pre-analysis plan, not registered yet")
    part = plan[plan.index("## Size and power") : plan.index("## Stopping rule")]
    rows = [line for line in part.split("\n") if re.match(r"\| (◆ )?\d+ \|", line)]
    assert [re.findall(r"\d+", row)[0] for row in rows] == ["12", "24", "36"]
    assert "◆ 24" in rows[1] and all(row.count("±") == 7 for row in rows)
    row = power.set_index(["months", "rate_ratio"]).loc[(24, 0.5)]
    assert f"{row['low']:.2f} ± {row['low_error']:.2f}" in rows[1]
    assert "Power at −20%" in part and "as in the plan for the scale-up" in part
    assert "finished run" not in plan and "by ranks among them" not in plan
    assert "cuatro de cada cinco veces" in found["plan.es.html"]
    filed = stating(simulated, data_seen=False, declared=FILED)
    registered = files(filed, given, power=power)["plan.md"].decode()
    assert part in registered
    none = power.assign(detectable=float("nan"), detectable_error=float("nan"))
    part = files(simulated, given, power=none)["plan.md"].decode()
    assert "would find no fall up to" in part and "| > 90" in part


SAYS = {
    "en": (r"\b(?:falls?|fewer|reduc\w+|decreas\w+)\b", r"\b(?:rises?|risen|increas\w+)\b"),
    "es": (
        r"\b(?:caídas?|bajas?|reduc\w+|disminu\w+|menos carpetas)\b",
        r"\b(?:aumentos?|alzas?)\b",
    ),
}


def hoping(study, direction):
    """The study where that is hoped for, and `Power` rows of what is then planted."""
    ratios = {"fall": (0.8, 0.7, 0.5), "rise": (1.2, 1.3, 2.0), "either": (0.8, 0.5, 1.2, 1.5)}
    rows = [
        (null, months, ratio, 0.1 if ratio == 1 else 0.6, detectable)
        for null in ("drift 0.1", "fitted")
        for months in (12, 24)
        for ratio in (1.0, *ratios[direction])
        for detectable in [0.46 if ratio < 1 or direction == "fall" else 1.9]
    ]
    frame = pd.DataFrame(rows, columns=["null", "months", "rate_ratio", "power", "detectable"])
    primary, hoped = study.primary, replace(study, direction=direction)
    return hoped, frame.assign(
        outcome=primary.outcome,
        estimator=primary.estimator,
        inference=primary.test,
        draws=1000,
        standard_error=0.01,
    )


def said_of(page):
    """All that a page says, in small letters."""
    body = page.split("<body", 1)[1].split("<template")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split()).lower()


@pytest.mark.parametrize("direction", ["fall", "rise", "either"])
def test_a_plan_speaks_of_what_is_hoped_for(study, later, given, monkeypatch, direction):
    monkeypatch.setattr(Document, "pdf", lambda self, language: b"")
    hoped, power = hoping(study, direction)
    ahead = replace(later, direction=direction)
    for found in (read(hoped, given, power=power), read(ahead, given), read(hoped, None)):
        for code in ("en", "es"):
            text = said_of(found[f"plan.{code}.html"])
            falls, rises = (re.findall(words, text) for words in SAYS[code])
            assert not falls or direction != "rise", falls
            assert not rises or direction != "fall", rises
            change = {"fall": "20%", "rise": "20%", "either": "−20%"}[direction]
            assert change in text and "{" not in text
    for code, word in (("en", "sectors"), ("es", "sectores")):
        assert f"1 {word}" not in said_of(read(hoped, given, power=power)[f"plan.{code}.html"])


@pytest.mark.parametrize("direction", ["rise", "either"])
def test_a_study_ahead_plants_what_is_hoped_for(simulated, given, monkeypatch, direction):
    monkeypatch.setattr(Document, "pdf", lambda self, language: b"")
    hoped = replace(simulated, direction=direction)
    power = simulated_power(hoped, given, "config")
    planted = set(power["rate_ratio"])
    assert {1.2, 1.3, 1.5, 2.0} <= planted and (min(planted) < 1) == (direction == "either")
    row = power.set_index(["months", "rate_ratio"]).loc[(24, 1.5)]
    assert row["high"] > 2 * row["low"]
    found = read(hoped, given, power=power)
    plan = found["plan.md"]
    part = plan[plan.index("## Size and power") : plan.index("## Stopping rule")]
    assert f"{row['high']:.2f} ± {row['high_error']:.2f}" in part and "Power at +50%" in part
    assert ("rise of" in part or "no rise" in part) and ("−20%" in part) == (direction != "rise")
    assert (" fall" in part) == (direction == "either")
    text = said_of(found["plan.es.html"])
    assert ("reducción" in text) == (direction == "either") and "aumento" in text


def test_power_is_simulated_only_where_a_plan_comes_first(simulated, study, later, given, tmp_path):
    coverage = str(ROOT / "data" / "coverage.csv")
    assert is_simulated(simulated, coverage)
    assert not is_simulated(study, coverage) and not is_simulated(later, coverage)
    known = tmp_path / "coverage.csv"
    given.coverage.assign(last_month="2025-03").to_csv(known, index=False)
    assert not is_simulated(simulated, str(known))
    assert is_simulated(stating(simulated, data_seen=False, declared=FILED), str(known))


def test_only_a_finished_run_of_the_same_specification_counts(study, tmp_path):
    assert finished_run(tmp_path, study) == {}
    for name in ("power", "sizes"):
        (tmp_path / f"{name}.parquet").write_bytes(name.encode())
    names = {name: f"{tmp_path.name}/{name}.parquet" for name in ("power", "sizes")}
    other = {path: "the sum of another file" for path in names.values()}
    record = {"specification_hash": study.hash, "outputs": other}
    (tmp_path / "manifest.json").write_text(json.dumps(record))
    assert finished_run(tmp_path, study) == {}
    right = {names[key]: hashlib.sha256(key.encode()).hexdigest() for key in names}
    (tmp_path / "manifest.json").write_text(json.dumps(record | {"outputs": right}))
    found = finished_run(tmp_path, study)
    assert found == {str(tmp_path / f"{key}.parquet"): right[names[key]] for key in names}
    assert finished_run(tmp_path, replace(study, level=0.9)) == {}
