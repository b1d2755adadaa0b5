"""Another place, from one YAML and one CSV to its report; no word of the default study is on it."""

import html
import re

import numpy as np
import pytest
import yaml

from tests.workflow.run import snakemake

UNITS = ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper"]
FEW = {
    "calibration": {
        **{"draws": 24, "reference_panels": 12, "deciding_panels": 24, "reference_copies": 4},
        **{"drifts": [0.1], "seed": 1},
    },
    "robustness": {
        "time": {"selection_panels": 20},
        "recovery": {"draws": 2},
        "joint_tests": {"panels": 4},
    },
}
COUNTS = {
    "study": "towns",
    "title": {"en": "Did the programme change thefts?", "es": "¿Cambió el programa los robos?"},
    "data": "panel.csv",
    "treated": "Alder",
    "start": 2014,
    "outcomes": {"theft": {"label": {"en": "Thefts", "es": "Robos"}}},
    "languages": ["en", "es"],
    "vocabulary": {
        "en": {"unit": {"one": "town", "many": "towns"}},
        "es": {"unit": {"one": "localidad", "many": "localidades", "gender": "f"}},
    },
}
VALUES = COUNTS | {
    "study": "wages",
    "outcomes": {
        "wage": {
            **{"kind": "continuous", "label": {"en": "Wages", "es": "Salarios"}},
            "measured": {"en": "pesos an hour", "es": "pesos por hora"},
        }
    },
    "direction": "rise",
}
# Of the default study's vocabulary, and of its figures.
STRANGE = (
    r"police sector|\bsectors?\b|sectore?s? policial|borough|alcald|quadrant|cuadrante"
    r"|carpeta|plateros|alto al fuego|mexic|méxic|\bdelito|2016 map|mapa de 2016"
    r"|sesnsp|firearm|arma de fuego|prosecutor|fiscal[ií]a"
)


def write(folder, config, draw):
    rows = [
        f"{unit},{year},{draw(place, year)}"
        for place, unit in enumerate(UNITS)
        for year in range(2000, 2020)
    ]
    outcome = next(iter(config["outcomes"]))
    lines = [line.replace(",", f",{outcome},", 1) for line in rows]
    lines = ["unit,outcome,period,value", *lines]
    (folder / "panel.csv").write_text("\n".join(lines) + "\n")
    (folder / "config.yaml").write_text(yaml.safe_dump(config | FEW, allow_unicode=True))


def text_of(page):
    text = re.sub(r"<(style|script|math).*?</\1>", " ", page, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize("config", [COUNTS, VALUES], ids=["counts", "values"])
def test_a_panel_and_a_few_lines_become_a_report_in_its_own_words(tmp_path, config):
    generator = np.random.default_rng(4)
    if config is COUNTS:

        def draw(place, year):
            return generator.poisson(30 + 6 * place)
    else:

        def draw(place, year):
            rise = 4 * (place == 0 and year >= 2014)
            return f"{20 + place + rise + generator.normal(0, 0.5 + place / 10):.4f}"

    write(tmp_path, config, draw)
    run = snakemake(tmp_path, "--configfile", "config.yaml")
    assert run.returncode == 0, run.stderr[-3000:]
    results = tmp_path / "results" / config["study"]
    for code in ("en", "es"):
        text = text_of((results / f"report.{code}.html").read_text(encoding="utf-8"))
        assert not (found := set(re.findall(STRANGE, text, re.IGNORECASE))), found
        assert "Alder" in text and "()" not in text and "{" not in text
        assert ("town" if code == "en" else "localidad") in text
    assert not (results / "tables" / "spillover.en.csv").exists()
