"""Small long tables for the public API: quarters of twelve units, one with a planted effect."""

import re

import numpy as np
import pandas as pd

import evaluation as ev

QUARTERS = [f"{year}Q{quarter}" for year in range(2014, 2020) for quarter in (1, 2, 3, 4)]
# What a message should not show: how numpy and pandas write values, and addresses.
NUMPY = re.compile(r"np\.|numpy|array\(|Timestamp\(|object at 0x")
START = "2018Q1"
UNITS = ["PILOT", *(f"D{number:02d}" for number in range(11))]


def frame(ratio: float = 1.0, seed: int = 1, mean: float = 12.0) -> pd.DataFrame:
    """Poisson counts; the pilot's mean times `ratio` from the start."""
    generator = np.random.default_rng(seed)
    rows = []
    for unit, size in zip(UNITS, generator.uniform(0.6, 1.4, len(UNITS)), strict=True):
        for quarter in QUARTERS:
            treated = unit == "PILOT" and quarter >= START
            events = int(generator.poisson(mean * size * (ratio if treated else 1.0)))
            rows.append((unit, quarter, events, 25_000.0 * size))
    return pd.DataFrame(rows, columns=["sector", "quarter", "shootings", "person_years"])


def noiseless(ratio: float) -> pd.DataFrame:
    """Units that rise and fall together, in proportion; the pilot's counts times `ratio` after.

    Counts and exposure of a unit are both in proportion to its size: rates are alike.
    """
    common = [20 * (4 + (3 * number) % 5) for number in range(len(QUARTERS))]
    rows = []
    for place, unit in enumerate(UNITS):
        for quarter, events in zip(QUARTERS, common, strict=True):
            factor = ratio if unit == "PILOT" and quarter >= START else 1.0
            rows.append((unit, quarter, (place + 2) * events * factor, 1000.0 * (place + 2)))
    return pd.DataFrame(rows, columns=["sector", "quarter", "shootings", "person_years"])


def panel(table: pd.DataFrame, **changes) -> ev.Panel:
    columns = dict(unit="sector", period="quarter", count="shootings", exposure="person_years")
    return ev.Panel.from_frame(table, **columns | changes)


def design(given: ev.Panel, **changes) -> ev.Design:
    return ev.design(given, **dict(treated="PILOT", start=START) | changes)


def answer(function, arguments):
    """The result, or the `InputError`, which is whole and readable."""
    try:
        return function(**arguments)
    except ev.InputError as error:
        assert all([error.where, error.problem, error.expected, error.action]), error
        assert not NUMPY.search(str(error)), error
        assert len(str(error)) < 1500
        return error
