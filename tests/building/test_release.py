"""A release: whole, described, checked by its own sums; refused with every reason at once."""

import hashlib
import io
import json
import shutil
import subprocess
import zipfile

import pytest
import yaml

from building.release import faults, released
from evaluation.study.authorship import authorship_of
from tests.conftest import ROOT

AUTHORS = {"authors": [{"name": "Ana Pérez", "affiliation": "U"}, {"name": "An Office"}]}
MADE = {
    "report.en.html": "<p>",
    "report.en.pdf": "%PDF",
    "brief.en.html": "<p>",
    "data.zip": "PK",
    "tables/main_effects.en.csv": "a",
    "figures/paths.en.svg": "<svg/>",
    "figures/paths-paths.en.csv": "a\n1\n",
}


def git(folder, *words):
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path):
    """A project with a finished run of a study."""
    for name in ("LICENSE", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path / name)
    config = {"study": "s", "title": {"en": "Did it work?"}, "authorship": AUTHORS}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / ".gitignore").write_text("results/\nrelease/\n")
    results = tmp_path / "results" / "s"
    numbers = json.dumps({"standards_musts_missing_items": None})
    for name, text in (MADE | {"numbers.json": numbers}).items():
        path = results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    outputs = {
        f"results/s/{name}": hashlib.sha256((results / name).read_bytes()).hexdigest()
        for name in MADE
    }
    manifest = {
        "study": "s",
        "specification_hash": "abc",
        "lane": "exploratory",
        "inputs": {"data/x.csv": "00"},
        "outputs": outputs,
        "versions": {"python": "3.11.7"},
        "runtime": {"job_seconds": 300.0, "jobs": 9, "peak_memory_mb": 512.3},
    }
    (results / "manifest.json").write_text(json.dumps(manifest))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_a_stranger_can_check_what_is_released(project, tmp_path_factory):
    path = released(project, project / "config.yaml", project / "release")
    first = path.read_bytes()
    assert released(project, project / "config.yaml", project / "release").read_bytes() == first
    away = tmp_path_factory.mktemp("away")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        archive.extractall(away)
    (folder,) = away.iterdir()
    checked = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=folder, capture_output=True, text=True
    )
    assert checked.returncode == 0 and checked.stdout.count(": OK") > 10
    assert (folder / "source" / "config.yaml").is_file()
    assert (folder / "results" / "figures" / "paths-paths.en.csv").is_file()
    readme = (folder / "README.md").read_text()
    assert "Data availability" in readme and "5 minutes" in readme and "512 MB" in readme
    assert "`main_effects`" in readme and "`paths`" in readme and "`gaps`" not in readme
    cited = yaml.safe_load((folder / "CITATION.cff").read_text())
    assert [author["name"] for author in cited["authors"]] == ["Ana Pérez", "An Office"]
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    kinds = [one["@type"] for one in json.loads((folder / "codemeta.json").read_text())["author"]]
    assert kinds == ["Person", "Organization"]


def test_every_reason_is_named_at_once(project):
    results = project / "results" / "s"
    (results / "report.en.html").write_text("changed")
    musts = {"standards_musts_missing_items": "openness-1 robins_i-4"}
    (results / "numbers.json").write_text(json.dumps(musts))
    (project / "LICENSE").write_text("another")
    config = yaml.safe_load((project / "config.yaml").read_text())
    del config["authorship"]
    (project / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(SystemExit) as stopped:
        released(project, project / "config.yaml", project / "release")
    said = str(stopped.value)
    for part in (
        "LICENSE differs",
        "names no author",
        "report.en.html is not the file",
        "6 reason",
    ):
        assert part in said
    assert said.count("a must of the reporting standards") == 2
    assert not (project / "release").exists()


def test_a_study_that_was_not_run_is_not_released(project):
    (project / "results" / "s" / "manifest.json").unlink()
    named = authorship_of({"authorship": AUTHORS})
    assert [*faults(project / "results" / "s", named, "")] == [
        f"{project / 'results' / 's'} holds no finished run: run `make` first"
    ]
