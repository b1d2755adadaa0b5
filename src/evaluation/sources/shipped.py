"""The figures a study reads (`data/`): each table checked by itself and against the others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from evaluation.sources.agreement import refuse_disagreement
from evaluation.sources.shipped_contract import (
    CityTotals,
    Covariates,
    Coverage,
    DataFlow,
    Neighbours,
    Periods,
    Quadrants,
    RingAreas,
    RingQuarter,
    Rings,
    SectorMonth,
    Sectors,
    Values,
    VariantCoverage,
    Variants,
)
from evaluation.study.contract import Contract, as_contract, check
from evaluation.study.delimited import (
    all_plain,
    all_whole,
    number_advice,
    plain_number,
    read_delimited,
    whole_number,
)
from evaluation.study.errors import InputError

CONTRACTS: dict[str, type[Contract]] = {
    "sector_month": SectorMonth,
    "coverage": Coverage,
    "sectors": Sectors,
    "neighbours": Neighbours,
    "rings": Rings,
    "ring_areas": RingAreas,
    "ring_quarter": RingQuarter,
    "variants": Variants,
    "variant_coverage": VariantCoverage,
    "quadrants": Quadrants,
    "city_totals": CityTotals,
    "data_flow": DataFlow,
}
# Of a panel that was given there are these too.
OF_PANEL: dict[str, type[Contract]] = {
    "values": Values,
    "periods": Periods,
    "covariates": Covariates,
}
EVERY = CONTRACTS | OF_PANEL
# A study cannot do without rows of these; of the others a header alone says that there are none.
NEEDED = ("sector_month", "coverage", "sectors", "quadrants", "data_flow")
GIVEN = (("sector_month", "exposure"), ("quadrants", "outline"))  # columns of a panel's tables
# A number as `write_csv` writes it: of a panel that was given it may be of any size.
_WRITTEN = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-][0-9]{2,3})?")
MISSING = "Check `data` in the config, or build the folder with `snakemake build_data`."


@dataclass(frozen=True)
class Shipped:
    """The tables of one data folder; each honours the contract of its name."""

    sector_month: pd.DataFrame
    coverage: pd.DataFrame
    sectors: pd.DataFrame
    neighbours: pd.DataFrame
    rings: pd.DataFrame
    ring_areas: pd.DataFrame
    ring_quarter: pd.DataFrame
    variants: pd.DataFrame
    variant_coverage: pd.DataFrame
    quadrants: pd.DataFrame
    city_totals: pd.DataFrame
    data_flow: pd.DataFrame
    values: pd.DataFrame
    periods: pd.DataFrame
    covariates: pd.DataFrame

    @property
    def given(self) -> bool:
        """Whether the tables were made of a panel that was given, not of files of incidents."""
        return not self.periods.empty


def empty_table(name: str) -> pd.DataFrame:
    """A table of the figures without rows."""
    return as_contract(pd.DataFrame(), EVERY[name])


def as_shipped(tables: Mapping[str, pd.DataFrame]) -> Shipped:
    """Tables by name as one; those that lack have no rows."""
    names = [field.name for field in fields(Shipped)]
    return Shipped(**{name: tables.get(name, empty_table(name)) for name in names})


def read_shipped(folder: str | Path) -> Shipped:
    """Read and check all tables of a data folder.

    Raises `InputError` for a file that `read_table` refuses; a table without rows that a study
    needs; and tables that contradict one another (`refuse_disagreement`). Tables of rings,
    variants, neighbours and official totals may be a header alone; the analyses that need them then
    say so, and the donor rule refuses neighbours that it needs.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(str(folder), "not a folder", "a folder of tables", MISSING)
    if is_given(folder):
        # This library wrote them, from a panel that was checked.
        return as_shipped({path.stem: read_table(path) for path in sorted(folder.glob("*.csv"))})
    tables = {name: read_table(folder / f"{name}.csv") for name in CONTRACTS}
    for name in NEEDED:
        if tables[name].empty:
            raise InputError(
                f"{folder / name}.csv",
                "a header without rows",
                f"rows: {(CONTRACTS[name].__doc__ or '').splitlines()[0]}",
                "Add them (data/README.md).",
            )
    refuse_disagreement(tables, folder)
    return as_shipped(tables)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read one table of a data folder by its contract, which the file's name says.

    Raises `InputError` for a file that is missing, empty, no CSV table in UTF-8 (`read_delimited`)
    or off its contract. Whole numbers are digits, decimals plain: `300.000`, `1e3`, `+5` and `1,5`
    are refused, for what they mean depends on who reads them.
    """
    path = Path(path)
    model = EVERY[path.stem]
    columns = model.to_schema().columns
    # Of a folder of official figures no column may lack.
    header = () if is_given(path.parent) else [n for n in columns if (path.stem, n) not in GIVEN]
    given = read_delimited(path, header, missing=MISSING).columns
    if strange := [name for name in given if name not in columns]:
        raise InputError(
            str(path), f"unknown columns {strange}", f"{list(columns)}", "Remove them."
        )
    table = pd.DataFrame(
        {name: _typed(given[name], str(columns[name].dtype), name, path) for name in given}
    )
    return check(table, model, str(path))


def is_given(folder: Path) -> bool:
    """Whether the tables of a folder were made of a panel that was given."""
    return (folder / "periods.csv").is_file()


def read_frames(paths: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Read tables by name: CSV by the contract of its file name, parquet as a run wrote it."""
    return {
        name: read_table(path) if path.endswith(".csv") else pd.read_parquet(path)
        for name, path in paths.items()
    }


def known_inhabitants(folder: str | Path) -> dict[str, int]:
    """Inhabitants in 2020 of each quadrant of a data folder."""
    table = read_table(Path(folder) / "quadrants.csv")
    return dict(zip(table["cuadrante"], table["population"], strict=True))


def _typed(cells: list[str], kind: str, name: str, path: Path) -> pd.Series:
    """A column of text, or of numbers where every cell is one."""
    if kind not in ("int64", "float64"):
        return pd.Series(cells, dtype="str")
    whole = kind == "int64" or name.endswith("_m")
    if not whole and is_given(path.parent) and all(map(_WRITTEN.fullmatch, cells)):
        return pd.Series(list(map(float, cells)), dtype=kind)
    if not (all_whole if whole else all_plain)(cells):
        sound = whole_number if whole else plain_number
        line = next(number for number, cell in enumerate(cells, start=2) if not sound(cell))
        raise InputError(
            f"{path}, line {line}, column {name}",
            f"found {cells[line - 2]!r}",
            "a whole number: digits alone"
            if whole
            else "a number: digits, and a point before decimals",
            number_advice(cells[line - 2]),
        )
    return pd.Series(list(map(int if kind == "int64" else float, cells)), dtype=kind)
