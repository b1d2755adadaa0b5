"""A tiny sound panel and its short config, for the tests of another place."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.design.prepare import Prepared, prepare_from
from evaluation.sources.place import filled_in, given_figures
from evaluation.study.config import read_yaml
from evaluation.study.study import Study, open_study
from tests.conftest import ROOT

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
UNITS = ("North", "South", "East", "West", "Middle", "Hills", "Coast", "Lakes")
YEARS = tuple(str(year) for year in range(2001, 2015))
CONFIG = """\
study: tiny_place
title: {en: Did it work}
data: panel.csv
treated: North
start: 2010
outcomes: {homicide: {kind: count, label: {en: Homicides}}}
language: en
"""


def rows(periods=YEARS, units=UNITS, seed: int = 7) -> pd.DataFrame:
    """Counts and exposure by unit and period; those of North fall by half from period 10 on."""
    generator = np.random.default_rng(seed)
    mean = np.outer(np.linspace(30, 60, len(units)), np.linspace(1, 1.2, len(periods)))
    mean[0, 9:] /= 2
    counts = generator.poisson(mean)
    return pd.DataFrame(
        {
            "unit": np.repeat(units, len(periods)),
            "period": np.tile(periods, len(units)),
            "outcome": "homicide",
            "value": counts.ravel(),
            "exposure": np.repeat(1000.5 + 10 * np.arange(len(units)), len(periods)),
        }
    )


def write_panel(folder: Path, table: pd.DataFrame) -> Path:
    path = folder / "panel.csv"
    table.to_csv(path, index=False)
    return path


def write_place(folder: Path, config: str = CONFIG) -> Path:
    """Write panel and config; return the config's path."""
    write_panel(folder, rows())
    path = folder / "config.yaml"
    path.write_text(config, encoding="utf-8")
    return path


def edited(path: Path, change: Callable[[str], str]) -> Path:
    """A file with its text changed; something must change."""
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")
    return path


def opened(path: Path) -> tuple[Study, Mapping, Prepared]:
    """What the Snakefile does with a config before its first job."""
    config, where = read_yaml(path), str(path)
    filled = filled_in(config, where)
    study = open_study(filled, SCHEMA, where)
    return study, filled, prepare_from(given_figures(config, where), study, where)
