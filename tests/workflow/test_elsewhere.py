"""The workflow where it was not written: another's module, out of a repository, from the wheel."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml

from evaluation.study.config import read_yaml
from tests.conftest import ROOT
from tests.workflow.run import snakemake
from tests.workflow.tiny import write_world

FEW = ["specification", "statements", "build_panel", "make_design"]
SHIPPED = ("Snakefile", "requirements.txt", "workflow", "profiles")
CALLER = """
module evaluation:
    snakefile: {snakefile}
    {config}

use rule * from evaluation as eval_*
"""


def call(folder, *arguments, path=None, **environment):
    """What a command says, run in `folder` with the library of `path` (else the tests' own)."""
    environment |= {"XDG_CACHE_HOME": str(folder / "cache")}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def planned(run):
    """The jobs of a dry run, by rule."""
    assert run.returncode == 0, run.stderr[-3000:]
    return dict(re.findall(r"^(\w+) +(\d+)$", run.stdout + run.stderr, flags=re.MULTILINE))


def write_caller(folder, config="config: config", snakefile=None, before=""):
    folder.mkdir(exist_ok=True)
    text = CALLER.format(snakefile=snakefile or repr(str(ROOT / "Snakefile")), config=config)
    (folder / "Snakefile").write_text(before + text, encoding="utf-8")


def results_of(folder):
    """Bytes of all results but logs and measured times."""
    results = folder / "results" / "tiny"
    files = [path for path in results.rglob("*") if path.is_file()]
    kept = [path for path in files if not {"logs", "benchmarks"} & set(path.parts)]
    assert len(kept) > len(FEW)
    return {path.relative_to(results).as_posix(): path.read_bytes() for path in kept}


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """What the workflow makes where it is called itself."""
    folder = tmp_path_factory.mktemp("itself")
    write_world(folder)
    run = snakemake(folder, *FEW)
    assert run.returncode == 0, run.stderr[-3000:]
    return results_of(folder)


def test_as_a_module_of_another_workflow(tmp_path, wanted):
    write_world(tmp_path)
    own = (
        'rule own:\n    output:\n        "own/{name}.txt",\n    shell:\n        "touch {output}"\n'
    )
    write_caller(tmp_path, before=f'configfile: "config.yaml"\n\n\n{own}')
    names = [f"eval_{name}" for name in FEW]
    run = call(tmp_path, "snakemake", "--cores", "2", *names)
    assert run.returncode == 0, run.stderr[-3000:]
    assert results_of(tmp_path) == wanted
    again = call(tmp_path, "snakemake", "--cores", "2", *names)
    assert "Nothing to be done" in again.stdout + again.stderr
    jobs = planned(call(tmp_path, "snakemake", "eval_all", "-n", "-q", "rules"))
    assert jobs["eval_manifest"] == "1" and jobs["eval_estimate"] == "4"


def test_a_module_without_a_config_is_the_default_study(tmp_path):
    write_caller(tmp_path, config="")
    jobs = planned(call(tmp_path, "snakemake", "-n", "-q", "rules"))
    assert jobs["eval_all"] == jobs["eval_manifest"] == "1"
    run = call(tmp_path, "snakemake", "--cores", "1", "eval_specification", "eval_statements")
    assert run.returncode == 0, run.stderr[-3000:]
    made = tmp_path / "results" / "plateros_pilot"
    texts = [(made / f"{name}.json").read_text() for name in ("specification", "statements")]
    assert not any(str(ROOT) in text for text in texts)
    given = json.loads(texts[0])
    assert (given["hash"], given["config"]["data"]) == ("f2bb398152ea", "data")


def test_the_first_target_of_the_calling_workflow_stays_the_default_one(tmp_path):
    write_caller(tmp_path, config="", before='rule mine:\n    shell:\n        "true"\n\n\n')
    assert set(planned(call(tmp_path, "snakemake", "-n", "-q", "rules"))) == {"mine", "total"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("config: {}", "config of the module: empty"),
        ('config: {"configfile": "nowhere.yaml"}', "nowhere.yaml: no such file"),
        ('config: {"study": "x"}', "config of the module, key (top level): 'title' is a required"),
    ],
)
def test_a_module_without_a_study_stops_with_one_message(tmp_path, config, message):
    write_caller(tmp_path, config=config)
    run = call(tmp_path, "snakemake", "-n")
    assert run.returncode != 0 and message in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_out_of_a_repository_as_snakedeploy_writes_it(tmp_path, wanted):
    """From a repository on GitHub, here a local one under its address; the library is installed."""
    hosted = tmp_path / "hosted" / "owner" / "repository"
    for name in SHIPPED:
        copied = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (hosted / name).parent.mkdir(parents=True, exist_ok=True)
        copied(ROOT / name, hosted / name)
    git = ["git", "-C", str(hosted), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "v1"]):
        subprocess.run([*git, *words], check=True)
    folder = tmp_path / "deployed"
    write_world(folder)
    snakefile = 'github("owner/repository", path="workflow/Snakefile", tag="v1")'
    write_caller(folder, snakefile=snakefile, before='configfile: "config.yaml"\n\n\n')
    address = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{tmp_path / 'hosted'}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
        "GITHUB_TOKEN": "",
    }
    names = [f"eval_{name}" for name in FEW]
    run = call(folder, "snakemake", "--cores", "2", *names, **address)
    assert run.returncode == 0, run.stderr[-3000:]
    assert results_of(folder) == wanted
    again = call(folder, "snakemake", "--cores", "2", *names, **address)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert "eval_manifest" in planned(call(folder, "snakemake", "-n", "-q", "rules", **address))


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked: all that pip does with one of plain Python."""
    place = tmp_path_factory.mktemp("wheel")
    code = "import sys, backend; print(backend.build_wheel(sys.argv[1]))"
    build = subprocess.run(
        [sys.executable, "-c", code, str(place)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "building")},
        capture_output=True,
        text=True,
    )
    assert build.returncode == 0, build.stderr
    with zipfile.ZipFile(place / build.stdout.split()[-1]) as wheel:
        wheel.extractall(place / "site")
    return place / "site"


def test_the_wheel_holds_all_of_the_library_and_of_the_workflow(installed):
    def files(folder):
        found = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix() for path in found if path.suffix != ".pyc"}

    package = installed / "evaluation"
    shipped = {name for name in files(package) if name.startswith("shipped/")}
    assert files(package) - shipped == files(ROOT / "src" / "evaluation")
    assert files(package / "shipped" / "workflow") == files(ROOT / "workflow")
    assert {"shipped/Snakefile", "shipped/profiles/default/profile.yaml"} < shipped


def test_a_study_runs_from_the_wheel(installed, tmp_path, wanted):
    write_world(tmp_path)
    where = call(tmp_path, "evaluation", "workflow", path=installed)
    assert where.stdout.strip() == str(installed / "evaluation" / "shipped" / "Snakefile")
    names = ["run", "config.yaml", *FEW, "--cores", "2"]
    run = call(tmp_path, "evaluation", *names, path=installed)
    assert run.returncode == 0, run.stderr[-3000:]
    assert results_of(tmp_path) == wanted
    jobs = planned(call(tmp_path, "evaluation", "run", "config.yaml", "-n", path=installed))
    assert jobs["manifest"] == "1"
    lost = call(tmp_path, "evaluation", "run", "nowhere.yaml", path=installed)
    assert lost.returncode == 1 and lost.stderr.startswith("InputError: nowhere.yaml: no such file")


def test_a_notebook_reads_a_study_with_the_wheel(installed, tmp_path):
    config = ROOT / "config" / "config.yaml"
    code = f"import evaluation as ev; print(ev.__file__, ev.load({str(config)!r}).hash)"
    (tmp_path / "notebook.py").write_text(code, encoding="utf-8")
    run = call(tmp_path, "notebook", path=os.pathsep.join(map(str, [installed, tmp_path])))
    assert run.stdout.split() == [str(installed / "evaluation/__init__.py"), "f2bb398152ea"]


def test_what_the_workflow_catalogue_asks_for():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert (ROOT / "workflow" / "Snakefile").is_file()
    text = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    keys = read_yaml(ROOT / "workflow" / "schemas" / "config.schema.yaml")["properties"]
    assert [key for key in keys if f"`{key}`" not in text] == []
    for name in re.findall(r"`((?:config|workflow)/[\w./]+)`", text):
        assert (ROOT / name).exists(), name


def test_the_catalogues_snakefile_is_the_workflow():
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", "-q", "rules", "-s", "workflow/Snakefile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0 and "Error" not in run.stderr, run.stderr[-3000:]
