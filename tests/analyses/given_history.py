"""Releases of the world of `given`: frames as the ledger gives them, made without a disk."""

import math

import numpy as np
import pandas as pd

from evaluation.analyses.releases.history import Held
from evaluation.design.donors import assign_units
from evaluation.releases.contract import (
    CountHistory,
    EstimateHistory,
    NeighbourHistory,
    Releases,
    SectorHistory,
)
from evaluation.releases.since import changed_cells
from evaluation.sources.shipped_contract import Sectors
from evaluation.study.contract import as_contract
from tests.analyses import given

NAMES = tuple(f"2020-0{number}-{number:08x}" for number in range(1, 6))
FRAMES = ("release_history", "count_history", "sector_history", "neighbour_history")


def state(world, panel=None, **tables):
    """What one release holds: `panel`, `sectors` and `neighbours`."""
    return {
        "panel": world["panel"] if panel is None else panel,
        "sectors": tables.get("sectors", world["sectors"]),
        "neighbours": tables.get("neighbours", world["neighbours"]),
    }


def history(*states):
    """The frames of releases that hold these, one after the other."""
    counts, sectors, neighbours = [], [], []
    before = as_contract(pd.DataFrame(), CountHistory)
    for name, held in zip(NAMES, states, strict=False):
        counts.append(changed_cells(before, held["panel"], name))
        before = held["panel"]
        whole = {column: 1 for column in Sectors.to_schema().columns}
        sectors.append(held["sectors"].assign(**{**whole, **held["sectors"]}, since=name))
        neighbours.append(held["neighbours"].assign(since=name))
    releases = pd.DataFrame({"number": range(1, len(states) + 1), "release": NAMES[: len(states)]})
    releases = releases.assign(retrieved_at="2020-02-03T04:05:06Z", rows=1)
    return {
        "release_history": as_contract(releases, Releases),
        "count_history": as_contract(pd.concat(counts, ignore_index=True), CountHistory),
        "sector_history": as_contract(pd.concat(sectors, ignore_index=True), SectorHistory),
        "neighbour_history": as_contract(
            pd.concat(neighbours, ignore_index=True), NeighbourHistory
        ),
    }


def nothing():
    """The frames without a ledger."""
    contracts = (Releases, CountHistory, SectorHistory, NeighbourHistory)
    return {
        name: as_contract(pd.DataFrame(), contract)
        for name, contract in zip(FRAMES, contracts, strict=True)
    } | {"estimate_history": as_contract(pd.DataFrame(), EstimateHistory)}


def held(study, state):
    """A release as the analyses hold it, of the primary outcome."""
    panel = state["panel"]
    units = assign_units(state["sectors"], state["neighbours"], study)
    return Held(study, panel[panel["outcome"] == study.primary.outcome], units)


def said(study, effects, release="", **changes):
    """Rows of estimates: the log rate ratio of each window, under the test that decides."""
    rows = [
        {
            "release": release,
            "entry": 1,
            "lane": "exploratory",
            "look": pd.NA,
            "specification": f"x|{window}",
            "specification_hash": "s",
            "outcome": study.primary.outcome,
            "estimator": study.primary.estimator,
            "window": window,
            "inference": study.primary.test,
            "scale": "log rate ratio",
            "observed": 10.0,
            "counterfactual": 10.0,
            "log_rate_ratio": effect,
            "effect_percent": 100 * math.expm1(effect),
            "ci_low": effect - 0.5,
            "ci_high": effect + 0.5,
            "ci_level": study.level,
            "p_value": 0.25,
            "data_vintage": "v",
            "code_version": "c",
        }
        | changes
        for window, effect in effects.items()
    ]
    return pd.DataFrame(rows)


def recorded(*tables):
    """Tables of `said` as the ledger's estimates."""
    rows = pd.concat(tables, ignore_index=True)
    return as_contract(rows.assign(entry=np.arange(1, len(rows) + 1)), EstimateHistory)


def changed(panel, sector, month, step, outcome="homicide"):
    """The panel with so many events more in one cell."""
    found = (panel["sector"] == sector) & (panel["month"] == month) & (panel["outcome"] == outcome)
    assert found.sum() == 1
    return panel.assign(count=panel["count"] + found.astype("Int64") * step)


def until(panel, month):
    """The panel whose months after one are not complete."""
    return panel.assign(complete=panel["complete"] & (panel["month"] <= month))


def revised(panel, generator, share=0.05):
    """The panel with a share of its cells moved by one."""
    step = pd.Series(generator.choice([-1, 0, 1], len(panel), p=[share, 1 - 2 * share, share]))
    return panel.assign(count=(panel["count"] + step).clip(lower=0).astype("Int64"))


def study(**changes):
    """Two windows, of which the longer is the primary one."""
    return given.study(post_windows=(("A", "2018-12"), ("B", given.LAST)), **changes)
