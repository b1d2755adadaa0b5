"""What the analyses take, for the tiny study with its planted effect."""

import os
import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from evaluation.analyses.specifications.compute import specification_curve
from evaluation.design.donors import assign_units
from evaluation.inference.estimate import estimate_outcome
from evaluation.panel.build import build_panel
from evaluation.sources.shipped import read_shipped
from evaluation.study.study import load
from tests.workflow.tiny import write_world


@cache
def tiny_results():
    """The study and its frames: panel, units, shipped tables, estimates, placebos and the curve."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        write_world(Path(folder))
        os.chdir(folder)
        try:
            study, shipped = load("config.yaml"), read_shipped("data")
        finally:
            os.chdir(here)
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    results = [
        estimate_outcome(panel, units, study, name, data_vintage="t", code_version="t")
        for name in study.outcomes
    ]
    frames = {
        "panel": panel,
        "units": units,
        "sectors": shipped.sectors,
        "neighbours": shipped.neighbours,
    }
    for table in ("estimates", "placebos"):
        parts = [getattr(result, table) for result in results]
        frames[table] = pd.concat(parts, ignore_index=True)
    curve = specification_curve(
        study, "homicide", **{name: frames[name] for name in ("panel", "sectors", "neighbours")}
    )
    return study, frames | {
        "specifications": curve.specifications,
        "specification_scores": curve.scores,
    }
