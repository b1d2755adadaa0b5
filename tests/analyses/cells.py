"""A city of square cells, in which every zone of every sector is known cell by cell.

8 × 9 sectors of 5 × 5 cells of 500 m. Sectors in the same 3 × 3 block touch; the next ones are
2,500 m apart, further than any ring reaches.
"""

import dataclasses
from functools import cache

import numpy as np
import pandas as pd

from evaluation.design.contract import Units
from evaluation.panel.contract import Panel
from evaluation.panel.zones import RINGS, Surroundings
from evaluation.sources.shipped_contract import Neighbours, Rings, Sectors
from evaluation.study.config import read_yaml
from evaluation.study.contract import check, columns_in
from evaluation.study.months import days_in, month_range, period_of
from evaluation.study.study import Study, from_parts
from tests.conftest import ROOT

ROWS, COLUMNS, SIDE = 8, 9, 5
PEOPLE = 4_000  # a cell
MONTHS = month_range("2016-01", "2021-12")
QUARTERS = tuple(sorted({period_of(month, 3) for month in MONTHS}))
START = QUARTERS.index("2020-01")
NAMES = tuple(f"S{row}{column}" for row in range(ROWS) for column in range(COLUMNS))
TREATED = "S34"
STEPS = {"0-500": (1, 1), "500-1000": (2, 2), "1000-2000": (3, 4)}


def study(**changes) -> Study:
    """The default study, with the treated sector in the middle of the city of cells."""
    config = read_yaml(ROOT / "config" / "config.yaml")
    made = from_parts(config, read_yaml(ROOT / config["outcome_definitions"]), [], "config.yaml")
    spillover = dataclasses.replace(made.robustness.spillover, outcomes=("homicide",))
    robustness = dataclasses.replace(made.robustness, spillover=spillover)
    settings = {
        "treated": TREATED,
        "post_windows": (("A", "2021-09"), ("B", "2021-12")),
        "robustness": robustness,
    }
    return dataclasses.replace(made, **(settings | changes))


def steps_from(sector: str) -> np.ndarray:
    """(cells, cells) how many cells each is away from the sector; 0 inside."""
    row, column = (int(part) for part in sector[1:])
    y, x = np.mgrid[0 : ROWS * SIDE, 0 : COLUMNS * SIDE]

    def beyond(place, first):
        return np.maximum(np.maximum(first - place, place - (first + SIDE - 1)), 0)

    return np.maximum(beyond(y, row * SIDE), beyond(x, column * SIDE))


DISTANCE = {name: steps_from(name) for name in NAMES}
INSIDE = {name: distance == 0 for name, distance in DISTANCE.items()}
RING = {
    (name, ring): (distance >= low) & (distance <= high)
    for name, distance in DISTANCE.items()
    for ring, (low, high) in STEPS.items()
}
IN_SECTOR = np.array([INSIDE[name].ravel() for name in NAMES], dtype=float)
IN_RING = np.array([RING[name, ring].ravel() for name in NAMES for ring in RINGS], dtype=float)


def counts(mean: np.ndarray, seed: int) -> np.ndarray:
    """(cells, quarters) Poisson counts with the given means."""
    return np.random.default_rng(seed).poisson(mean)


def flat(rate: float = 0.5) -> np.ndarray:
    """(cells, quarters) the same mean everywhere."""
    return np.full((ROWS * SIDE * COLUMNS * SIDE, len(QUARTERS)), rate)


def surroundings(cells: np.ndarray, outcome: str = "homicide") -> Surroundings:
    """The tables of a city with these counts; each event falls in a quarter's first month."""
    months = np.zeros((len(NAMES), len(MONTHS)), dtype=int)
    months[:, [MONTHS.index(quarter) for quarter in QUARTERS]] = IN_SECTOR @ cells
    by_ring = (IN_RING @ cells).astype(int)
    given = _empty(outcome)
    return dataclasses.replace(
        given,
        panel=given.panel.assign(count=pd.array(months.ravel(), dtype="Int64")),
        ring_quarter=given.ring_quarter.assign(count=by_ring.ravel()),
    )


@cache
def _empty(outcome: str) -> Surroundings:
    """The city without an event; what does not depend on counts is made once."""
    return Surroundings(
        panel=_panel(outcome),
        sectors=_sectors(),
        neighbours=_neighbours(),
        rings=_rings(),
        ring_quarter=_ring_quarter(outcome),
        ring_areas=_ring_areas(),
    )


def units(made: Study) -> pd.DataFrame:
    """Sectors that touch the treated one are excluded, all others are donors."""
    near = set(_neighbours().query("sector == @made.treated")["neighbour"])
    roles = [
        "treated" if name == made.treated else "excluded" if name in near else "donor"
        for name in NAMES
    ]
    frame = pd.DataFrame({"sector": NAMES, "role": roles, "reason": ""})
    return check(frame, Units, "units")


def _panel(outcome: str) -> pd.DataFrame:
    frame = pd.MultiIndex.from_product([NAMES, MONTHS], names=["sector", "month"]).to_frame(
        index=False
    )
    frame = frame.assign(
        outcome=outcome,
        count=pd.array([0] * len(frame), dtype="Int64"),
        population=PEOPLE * SIDE**2,
        days=frame["month"].map(days_in),
        covered=True,
        complete=True,
    )
    return check(frame[columns_in(frame, Panel)], Panel, "panel")


def _sectors() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "sector": NAMES,
            "alcaldia": [f"B{name[1]}{int(name[2]) // 3}" for name in NAMES],
            "population_2010": PEOPLE * SIDE**2,
            "population_2020": PEOPLE * SIDE**2,
            "area_km2": 0.25 * SIDE**2,
            "longitude": 0.0,
            "latitude": 0.0,
            "cuadrantes": SIDE**2,
            "overlap_2016": 1.0,
        }
    )
    return check(frame, Sectors, "sectors")


def _neighbours() -> pd.DataFrame:
    rows = [
        (one, other, 0.0, 0.0)
        for one in NAMES
        for other in NAMES
        if one != other
        and max(abs(int(one[1]) - int(other[1])), abs(int(one[2]) - int(other[2]))) == 1
    ]
    columns = ["sector", "neighbour", "shared_border_m", "distance_m"]
    return check(pd.DataFrame(rows, columns=columns), Neighbours, "neighbours")


def _rings() -> pd.DataFrame:
    rows = [
        (TREATED, ring, other, (RING[TREATED, ring] & INSIDE[other]).sum() / ring_cells)
        for ring in RINGS
        for ring_cells in [RING[TREATED, ring].sum()]
        for other in NAMES
        if (RING[TREATED, ring] & INSIDE[other]).any()
    ]
    frame = pd.DataFrame(rows, columns=["treated", "ring", "sector", "share"])
    return check(frame, Rings, "rings")


def _ring_quarter(outcome: str) -> pd.DataFrame:
    index = pd.MultiIndex.from_product(
        [NAMES, RINGS, QUARTERS], names=["sector", "ring", "quarter"]
    )
    return index.to_frame(index=False).assign(outcome=outcome, count=0)


def _ring_areas() -> pd.DataFrame:
    cells = IN_RING.sum(axis=1)
    index = pd.MultiIndex.from_product([NAMES, RINGS], names=["sector", "ring"])
    return index.to_frame(index=False).assign(
        area_km2=0.25 * cells, population=(PEOPLE * cells).astype(int)
    )
