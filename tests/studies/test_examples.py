"""The examples: short configs, tables that are whole, and made again from their packages."""

import os
import runpy
from pathlib import Path

import pandas as pd
import pytest
import yaml

from studies.validation.figures import COUNTS, STARTS, example
from tests.conftest import ROOT

STUDIES = ROOT / "studies"
NAMES = sorted(path.parent.name for path in STUDIES.glob("*/config.yaml"))
MAKE = runpy.run_path(str(STUDIES / "make_panels.py"))
# A folder of packages' archives; a test that needs one is skipped aloud where it is not there.
ARCHIVES = "PACKAGE_ARCHIVES"


def config(name):
    return yaml.safe_load((STUDIES / name / "config.yaml").read_text(encoding="utf-8"))


def test_five_examples_ship_whole_and_one_without_its_table():
    assert len(NAMES) == 6
    assert [name for name in NAMES if not (STUDIES / name / "panel.csv").is_file()] == ["basque"]
    assert sorted(STARTS) == [name for name in NAMES if name != "basque"]


@pytest.mark.parametrize("name", NAMES)
def test_a_config_has_at_most_fifteen_keys_and_lines(name):
    text = (STUDIES / name / "config.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 15 and len(config(name)) == 9
    assert config(name)["study"] == name and config(name)["data"] == "panel.csv"


@pytest.mark.parametrize("name", sorted(STARTS))
def test_a_table_is_whole_and_names_what_the_config_names(name):
    found = config(name)
    rows = pd.read_csv(STUDIES / name / "panel.csv")
    assert found["treated"] in set(rows["unit"])
    assert set(rows["outcome"]) == set(found["outcomes"])
    assert not rows.duplicated(["unit", "period"]).any() and rows.notna().all(axis=None)
    assert len(rows) == rows["unit"].nunique() * rows["period"].nunique()
    assert (found["treated"], found["start"]) == STARTS[name]
    kind = found["outcomes"][rows["outcome"][0]]["kind"]
    assert kind == ("count" if name in COUNTS else "continuous")
    assert ("exposure" in rows) == (name in COUNTS)
    if name in COUNTS:
        assert (rows["value"] >= 0).all() and (rows["exposure"] > 0).all()
        assert (rows["value"] == rows["value"].round()).all()
    panel, design = example(name)
    assert len(design.donors) + 1 == len(panel.units) and design.post[0] == f"{found['start']}-01"


@pytest.mark.parametrize("name", sorted(MAKE["RECIPES"]))
def test_a_table_is_made_again_from_its_package(name):
    recipe = MAKE["RECIPES"][name]
    folder = Path(os.environ.get(ARCHIVES, ""))
    if not (folder / recipe.release.archive).is_file():
        pytest.skip(f"{recipe.release.archive} is not at hand: {ARCHIVES} names no folder with it")
    assert MAKE["made_file"](name).read_text(encoding="utf-8") == MAKE["panel"](name, folder)


@pytest.mark.parametrize("name", NAMES)
def test_a_readme_says_source_licence_and_what_to_cite(name):
    text = (STUDIES / name / "README.md").read_text(encoding="utf-8")
    for word in ("Figures", "Cite", "Published", "## Ours beside the published number"):
        assert word in text
    assert "Licence" in text or "GPL" in text
    assert f"snakemake --configfile studies/{name}/config.yaml" in text
