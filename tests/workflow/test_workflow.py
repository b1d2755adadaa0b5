"""The whole DAG on a tiny study: what comes out, that it comes out twice the same, and what stops
it."""

import json
import re

import pandas as pd
import pytest

from evaluation.analyses import analysis, exhibits
from evaluation.analyses.assignment.contract import Assignment
from evaluation.analyses.balance.contract import Balance
from evaluation.analyses.gate.contract import Gate
from evaluation.analyses.gate_recovery.contract import GateRecovery
from evaluation.analyses.headline_audit.contract import HeadlineAudit
from evaluation.analyses.joint_inference.contract import JointInference
from evaluation.analyses.measurement.contract import Measurement
from evaluation.analyses.recovery.contract import Recovery
from evaluation.analyses.specifications.contract import Specifications, SpecificationScores
from evaluation.analyses.standards.contract import Standards
from evaluation.calibration.contract import Power, Size
from evaluation.inference.contract import Estimates, Paths, Placebos, Weights
from evaluation.study.contract import check
from tests.conftest import ROOT
from tests.page.made import FIGURES, TABLES
from tests.workflow.run import snakemake
from tests.workflow.tiny import EFFECT, write_world


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    write_world(folder)
    run = snakemake(folder)
    assert run.returncode == 0, run.stderr[-4000:]
    return folder


@pytest.fixture
def results(tiny):
    return tiny / "results" / "tiny"


def test_every_promised_file_is_there(results):
    machine = ["estimates", "weights", "placebos", "paths"]
    expected = [f"{name}.parquet" for name in machine]
    expected += ["panel/all_months.parquet", "estimates.csv", "manifest.json", "numbers.json"]
    expected.append("data.zip")
    for language in ("en", "es"):
        expected += [f"report.{language}.html", f"explore.{language}.html"]
        expected += [f"report.{language}.pdf", f"brief.{language}.html", f"brief.{language}.pdf"]
        expected += [
            f"tables/{table}.{language}.{kind}"
            for table in TABLES
            if "covariates" not in analysis(exhibits("table")[table].folder).needs
            for kind in ("csv", "html", "tex")
        ]
        expected += [
            f"figures/{figure}.{language}.{kind}"
            for figure in FIGURES
            for kind in ("svg", "png", "txt")
        ]
    missing = [name for name in expected if not (results / name).stat().st_size]
    assert not missing


@pytest.mark.parametrize("code", ["en", "es"])
def test_every_figure_of_the_page_leads_to_a_file_with_its_data(results, code):
    html = (results / f"report.{code}.html").read_text(encoding="utf-8")
    shown = re.findall(r'<figure class="exhibit.*?</figure>', html, flags=re.DOTALL)
    assert len(shown) > 15
    for figure in shown:
        links = re.findall(r'<a download href="([^"]+)"', figure)
        assert links, figure[:100]
        for link in links:
            assert len(pd.read_csv(results / link)), link


def test_machine_readable_files_honour_their_contracts(results):
    for name, model in {
        "estimates": Estimates,
        "weights": Weights,
        "paths": Paths,
        "placebos": Placebos,
        "sizes": Size,
        "analyses/balance": Balance,
        "analyses/headline_audit": HeadlineAudit,
        "analyses/measurement": Measurement,
        "power": Power,
        "analyses/specifications": Specifications,
        "analyses/specification_scores": SpecificationScores,
        "analyses/joint_inference": JointInference,
        "analyses/assignment": Assignment,
        "analyses/gate": Gate,
        "analyses/standards": Standards,
        "analyses/recovery": Recovery,
        "analyses/gate_recovery": GateRecovery,
    }.items():
        assert len(check(pd.read_parquet(results / f"{name}.parquet"), model, name))


def test_the_planted_effect_is_recovered(results):
    estimates = pd.read_csv(results / "estimates.csv")
    primary = estimates[estimates["inference"] == "permutation_ferman_pinto"]
    primary = primary[primary["window"] == "B"]
    assert len(primary) == 4 * 4
    planted = 100 * (EFFECT - 1)
    assert primary["effect_percent"].between(planted - 15, planted + 15).all()
    assert (primary["p_value"] == primary["smallest_p"]).all()  # 1/12: nothing is more unusual
    assert (primary["n_donors"] == 11).all()
    assert (estimates["lane"] == "exploratory").all()
    # 10% of 12 is one rejection: the interval at 90% excludes zero where p is 1/12 ≤ 0.1.
    assert ((primary["ci_high"] < 0) == (primary["p_value"] <= 0.1)).all()


def test_not_covered_is_not_zero(results):
    panel = pd.read_parquet(results / "panel" / "all_months.parquet")
    gap = panel[(panel["outcome"] == "shooting") & panel["month"].between("2016-07", "2016-09")]
    assert len(gap) == 14 * 3 and gap["count"].isna().all()
    paths = pd.read_parquet(results / "paths.parquet")
    assert "2016-07" not in set(paths.loc[paths["outcome"] == "shooting", "period"])


def test_the_manifest_says_what_went_in_and_what_it_cost(results):
    manifest = json.loads((results / "manifest.json").read_text())
    assert set(manifest["versions"]) >= {"python", "pandas", "snakemake", "evaluation"}
    assert any(path.endswith("sector_month.csv") for path in manifest["inputs"])
    assert manifest["runtime"]["jobs"] > 20
    assert str(ROOT) not in (results / "manifest.json").read_text()


def test_a_second_run_has_nothing_to_do(tiny):
    run = snakemake(tiny)
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr
    assert "The report:" not in run.stdout


def test_a_second_clean_run_gives_the_same_bytes(tiny, tmp_path):
    write_world(tmp_path)
    run = snakemake(tmp_path)
    assert run.returncode == 0, run.stderr[-4000:]
    compared = 0
    for path in sorted((tiny / "results" / "tiny").rglob("*")):
        exempt = {"benchmarks", "logs"} & set(path.parts) or path.name == "manifest.json"
        if path.is_file() and not exempt:
            assert path.read_bytes() == (tmp_path / path.relative_to(tiny)).read_bytes(), path
            compared += 1
    assert compared > 90
    pages = [f"results/tiny/report.{language}.html" for language in ("en", "es")]
    assert printed(run) == pages
    # Of a run that makes a part again only that part is printed.
    (tmp_path / pages[1]).unlink()
    assert printed(snakemake(tmp_path, pages[1])) == pages[1:]
    (tmp_path / "results/tiny/analyses/balance.parquet").unlink()
    part = snakemake(tmp_path, "results/tiny/analyses/balance.parquet")
    assert part.returncode == 0 and printed(part) == []


def test_files_that_no_rule_makes_are_named(tiny):
    results = tiny / "results" / "tiny"
    path = results / "manifest.json"
    before = json.loads(path.read_text())
    assert before["left_over"] == []
    old = results / "benchmarks" / "renamed.tsv"
    old.write_bytes((results / "benchmarks" / "collect.tsv").read_bytes())
    try:
        run = snakemake(tiny)
        assert run.returncode == 0, run.stderr[-4000:]
        assert "results/tiny/benchmarks/renamed.tsv: see left_over" in run.stdout
        found = json.loads(path.read_text())
        assert found["left_over"] == ["results/tiny/benchmarks/renamed.tsv"]
        assert found["runtime"]["jobs"] == before["runtime"]["jobs"]
    finally:
        old.unlink()
        snakemake(tiny)


def printed(run):
    """Paths of the pages that a run says it has written."""
    said = [line.partition("The report: ")[2] for line in run.stdout.splitlines()]
    return sorted(filter(None, said))


def test_snakemakes_own_report(tiny):
    run = snakemake(tiny, "--report", "annex.html")
    assert run.returncode == 0, run.stderr[-2000:]
    assert "main_effects" in (tiny / "annex.html").read_text()


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


COUNTS, ROW = "data/sector_month.csv", "DONOR A,2016-01,homicide"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("config.yaml", "frequency: quarter", "frequency: weekly", "key frequency: 'weekly'"),
        ("config.yaml", "study: tiny", "study: [tiny", "not valid JSON or YAML"),
        ("config.yaml", "treated: PILOT", "treated: PLOT", "unknown sectors ['PLOT']"),
        ("config.yaml", "B: 2018-12", "B: 2017-12", "post_windows.B: the window ends"),
        ("config.yaml", "first: 2016-01", "first: 2017-10", "key pre_period: the window ends"),
        ("config.yaml", "exclude: {}", "exclude: {DONOR A: x, DONOR B: x}", "9 donors are left"),
        ("config.yaml", "es: ¿Funcionó el piloto?", "fr: Non", "key title: no text in ['es']"),
        ("config.yaml", "outcome: homicide", "outcome: theft", "'theft' is not an outcome"),
        ("config.yaml", "exclude: {}", "exclude: {PILOT: x}", "PILOT is the treated sector"),
        ("config.yaml", "B: 2018-12", "B: 2019-12", "post_windows.B: it ends 2019-12"),
        ("config.yaml", "B: 2018-12", "B: 2018-11", "cuts a quarter in two"),
        ("config.yaml", "data: data", "data: nowhere", "nowhere/sectors.csv: no such file"),
        ("data/coverage.csv", "shooting,", "stabbing,", "that coverage.csv does not have"),
        (COUNTS, f"{ROW},", f"{ROW},-", "column count: found -"),
        (COUNTS, f"{ROW},", f"{ROW},0.", "column count: found '0."),
        (COUNTS, ROW, ROW.replace("DONOR A", "DONOR Z"), "sector 'DONOR Z' is not in sectors.csv"),
        (COUNTS, "2016-02,homicide", "2016-01,homicide", "a second row for sector DONOR A"),
        ("data/coverage.csv", "2016-07..2016-09", "2016-07..2016-12", "that is not covered"),
    ],
)
def test_bad_input_stops_before_estimation_with_one_message(tmp_path, file, old, new, message):
    write_world(tmp_path)
    change(tmp_path / file, old, new)
    run = snakemake(tmp_path)
    output = run.stdout + run.stderr
    assert run.returncode != 0
    assert message in output
    assert "Traceback" not in output
    assert not list((tmp_path / "results").rglob("estimates*"))
    assert not list(tmp_path.rglob("*.part"))
