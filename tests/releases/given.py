"""Releases of a tiny city: six sectors, two outcomes, a month more in each release."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.panel.contract import Panel
from evaluation.releases.ledger import Ledger
from evaluation.releases.release import account_of
from evaluation.sources.plan import read_pulled
from evaluation.sources.shipped_contract import Neighbours, Sectors
from evaluation.study.contract import as_contract, check
from evaluation.study.files import write_csv
from evaluation.study.months import days_in, month_range, shifted

STUDY = "little"
NAMES = ("CENTRE", "EAST", "NORTH", "PILOT", "SOUTH", "WEST")
FIRST, LAST = "2020-01", "2020-12"
NOW = "2021-02-03T04:05:06Z"


def sectors(population: int = 100_000) -> pd.DataFrame:
    rows = [
        {
            "sector": name,
            "alcaldia": "CITY",
            "population_2010": 90_000,
            "population_2020": population + 7 * place,
            "area_km2": 9.1 + place / 3,  # needs every digit
            "longitude": -99.2 + place / 7,
            "latitude": 19.3,
            "cuadrantes": 9,
            "overlap_2016": 0.99,
        }
        for place, name in enumerate(NAMES)
    ]
    return check(as_contract(pd.DataFrame(rows), Sectors), Sectors, "sectors")


def neighbours(distance: float = 0.0) -> pd.DataFrame:
    pairs = [("PILOT", "WEST"), ("WEST", "PILOT")]
    rows = [(*pair, 900.0, float(distance)) for pair in pairs]
    columns = ["sector", "neighbour", "shared_border_m", "distance_m"]
    return check(pd.DataFrame(rows, columns=columns), Neighbours, "neighbours")


def panel(number: int, places: pd.DataFrame | None = None) -> pd.DataFrame:
    """The panel of a release: each has a month more, and a tenth of the cells revised.

    Shootings are not covered in the first two months; the last month is not complete.
    """
    return _panel(number).copy() if places is None else _made(number, places)


@cache
def _panel(number: int) -> pd.DataFrame:
    return _made(number, sectors())


def _made(number: int, places: pd.DataFrame) -> pd.DataFrame:
    inhabitants = places.set_index("sector")["population_2020"]
    months = month_range(FIRST, shifted(LAST, number))
    index = pd.MultiIndex.from_product([NAMES, months, ["homicide", "shooting"]])
    rows = index.to_frame(index=False, name=["sector", "month", "outcome"])
    base = np.random.default_rng(1).poisson(5.0, (len(NAMES), 400)).ravel()
    key = [
        NAMES.index(row.sector) * 400 + 2 * months.index(row.month) + (row.outcome == "shooting")
        for row in rows.itertuples()
    ]
    count = pd.Series(base[key])
    for past in range(1, number + 1):
        generator = np.random.default_rng(100 + past)
        moved = generator.choice(len(NAMES) * 400, len(NAMES) * 40, replace=False)
        # Revisions of one release are taken back by the next.
        step = 1 if past == number else 0
        count += step * np.isin(key, moved)
    covered = ~((rows["outcome"] == "shooting") & (rows["month"] < "2020-03"))
    made = rows.assign(
        count=count.astype("Int64").where(covered),
        population=rows["sector"].map(inhabitants).astype("int64"),
        days=rows["month"].map(days_in).astype("int64"),
        covered=covered,
        complete=covered & (rows["month"] < months[-1]),
    )
    return check(made, Panel, "panel")


def write_files(folder: Path, number: int, name: str = "carpetas") -> Path:
    """A run's `pull/files.csv`, of one incident file and a map."""
    last = shifted(LAST, number)
    row = {
        "name": name,
        "kind": "incidents",
        "url": f"https://portal/{name}.csv",
        "sha256": f"{number:064x}",
        "bytes": 100 + number,
        "rows": 50 + number,
        "first_month": FIRST,
        "last_month": last,
        "schema": "carpetas acumulado",
        "counts": "*",
        "first": FIRST,
        "last": last,
        "cut": f"{last}-20",
    }
    quarters = row | {"name": "quadrants", "kind": "quadrants_2023", "sha256": "f" * 64, "rows": 9}
    quarters |= dict.fromkeys(("first_month", "last_month", "counts", "first", "last", "cut"), "")
    path = folder / f"files-{name}-{number}.csv"
    write_csv(pd.DataFrame([row, quarters]), path)
    return path


def release_of(path: Path) -> str:
    return account_of(read_pulled(path)).release


def record(ledger: Ledger, scratch: Path, number: int, **changes) -> str:
    """Record a release; its identifier."""
    files = changes.pop("files", None) or write_files(scratch, number)
    given = {"panel": panel(number), "sectors": sectors(), "neighbours": neighbours()} | changes
    ledger.record(release_of(files), files, **given, retrieved_at=NOW)
    return release_of(files)


def estimates(effect: float = -0.3, code: str = "c" * 12, **changes) -> pd.DataFrame:
    """Two estimates of a run, with the columns that the ledger keeps."""
    row = {
        "study": STUDY,
        "lane": "frozen post hoc",
        "specification_hash": "0" * 12,
        "outcome": "homicide",
        "estimator": "did",
        "inference": "permutation_ferman_pinto",
        "scale": "log rate ratio",
        "observed": 50.0,
        "counterfactual": 50.0 / np.exp(effect),
        "effect_percent": 100 * np.expm1(effect),
        "log_rate_ratio": effect,
        "ci_low": -np.inf,
        "ci_high": effect + 1 / 3,
        "ci_level": 0.95,
        "p_value": 0.25,
        "data_vintage": "d" * 12,
        "code_version": code,
    }
    windows = [{"window": name, "specification": f"homicide|did|{name}|quarter"} for name in "AB"]
    return pd.DataFrame([row | window | changes for window in windows])


def write_run(folder: Path, effect: float = -0.3, study: str = STUDY) -> Path:
    """The folder of a finished run, as far as it is frozen."""
    folder.mkdir(parents=True)
    frame = estimates(effect)
    frame.to_csv(folder / "estimates.csv", index=False)
    frame.to_parquet(folder / "estimates.parquet")
    for name in ("manifest.json", "specification.json"):
        (folder / name).write_text(json.dumps({"study": study, "specification_hash": "0" * 12}))
    for code in ("en", "es"):
        (folder / f"report.{code}.html").write_text(f"<html>{effect}</html>")
    return folder
