"""A monthly world for the analyses: twelve sectors over six years, without any effect."""

import dataclasses

import numpy as np
import pandas as pd

from evaluation.design.donors import assign_units
from evaluation.panel.build import build_panel
from evaluation.study.months import month_range
from evaluation.study.statements import Statements
from evaluation.study.study import Study, from_parts
from tests.workflow import tiny

MONTHS = month_range("2014-01", "2019-12")
START, LAST = "2018-01", "2019-12"


def study(**changes) -> Study:
    """The tiny study over the longer world: pre-period 2014-01…2017-09, one window of 24 months."""
    rows = [
        {
            "sector": "LATECOMER",
            "entry": "2020-06",
            "latest_entry": "2020-07",
            "source": "test",
            "confidence": "high",
        }
    ]
    config = tiny.config()
    config |= {
        "pre_period": {"first": "2014-01", "last": "2017-09"},
        "post_windows": {"B": LAST},
        "published_claims": [],
    }
    made = from_parts(config, tiny.outcomes(), rows, "tiny", statements=Statements())
    return dataclasses.replace(made, **changes)


def world(ratio: float = 1.0, seed: int = 1, more: int = 0) -> dict[str, pd.DataFrame]:
    """Frames `panel`, `units`, `sectors` and `neighbours`; the pilot's rate times `ratio` after.

    more : donors added to the eleven
    """
    made, mean = study(), 8.0
    generator = np.random.default_rng(seed)
    names = [*tiny.SECTORS, *(f"MORE {number:02d}" for number in range(more))]
    size = dict(zip(names, generator.uniform(0.6, 1.4, len(names)), strict=True))
    size[made.treated] = 1.2
    rows = []
    for outcome in made.outcomes:
        for sector in names:
            for month in MONTHS:
                treated = sector == made.treated and month >= made.treatment_start
                rate = mean * size[sector] * (ratio if treated else 1.0)
                rows.append((sector, month, outcome, int(generator.poisson(rate))))
    counts = pd.DataFrame(rows, columns=["sector", "month", "outcome", "count"])
    counts["count"] = split(counts, np.random.default_rng(seed))
    coverage = pd.DataFrame(
        {
            "outcome": made.outcomes,
            "first_month": MONTHS[0],
            "last_month": MONTHS[-1],
            "gaps": "",
            "incomplete": "",
            "source": "test",
        }
    )
    boroughs = ["NORTH"] * 7 + ["SOUTH"] * (len(names) - 7)
    sectors = pd.DataFrame(
        {
            "sector": names,
            "alcaldia": boroughs,
            "population_2020": 100_000,
            "overlap_2016": [0.99] * (len(names) - 1) + [0.5],
        }
    )
    neighbours = pd.DataFrame(
        [(made.treated, "NEIGHBOUR", 900.0, 0.0), (made.treated, "DONOR A", 0.0, 800.0)],
        columns=["sector", "neighbour", "shared_border_m", "distance_m"],
    )
    return {
        "panel": build_panel(counts, coverage, sectors, made),
        "units": assign_units(sectors, neighbours, made),
        "sectors": sectors,
        "neighbours": neighbours,
    }


def split(counts: pd.DataFrame, generator: np.random.Generator) -> pd.Series:
    """The counts with the parts of homicide drawn from it, so that they sum to it."""
    wide = counts.pivot(index=["sector", "month"], columns="outcome", values="count")
    if {"homicide", "firearm_homicide", "non_firearm_homicide"} <= set(wide):
        wide["firearm_homicide"] = generator.binomial(wide["homicide"], 0.6)
        wide["non_firearm_homicide"] = wide["homicide"] - wide["firearm_homicide"]
    keys = pd.MultiIndex.from_frame(counts[["sector", "month", "outcome"]])
    return wide.stack().reindex(keys).to_numpy()


def take(frames: dict[str, pd.DataFrame], *names: str) -> dict[str, pd.DataFrame]:
    return {name: frames[name] for name in names}


def shuffled(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: frame.sample(frac=1, random_state=5) for name, frame in frames.items()}
