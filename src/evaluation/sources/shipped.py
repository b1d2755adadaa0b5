"""The figures a study reads (`data/`): each table checked by itself and against the others."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from evaluation.errors import InputError
from evaluation.months import (
    QUARTER,
    covered_between,
    parse_month_list,
    period_of,
    periods_within,
)
from evaluation.tables.contract import Contract, check
from evaluation.tables.shipped import (
    RINGS,
    CityTotals,
    Coverage,
    DataFlow,
    Neighbours,
    Quadrants,
    RingAreas,
    RingQuarter,
    Rings,
    SectorMonth,
    Sectors,
    VariantCoverage,
    Variants,
)

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


def read_shipped(folder: str | Path) -> Shipped:
    """Read and check all tables of a data folder.

    Raises `InputError` for a file that is missing, empty, not CSV or off its contract; a sector
    that one table has and `sectors.csv` has not; and counts that do not hold exactly one row for
    each sector and covered month of each outcome. Tables of rings and variants may be empty; the
    analyses that need them then say so.
    """
    folder = Path(folder)
    shipped = Shipped(
        **{field.name: read_table(folder / f"{field.name}.csv") for field in fields(Shipped)}
    )
    known = set(shipped.sectors["sector"])
    for name, columns in {
        "sector_month": ["sector"],
        "neighbours": ["sector", "neighbour"],
        "rings": ["treated", "sector"],
        "ring_areas": ["sector"],
        "ring_quarter": ["sector"],
        "variants": ["sector"],
        "quadrants": ["sector"],
    }.items():
        for column in columns:
            _refuse_unknown(getattr(shipped, name)[column], known, folder / f"{name}.csv")
    _check_balance(shipped, folder)
    _check_rings(shipped, folder)
    _check_variants(shipped, folder)
    return shipped


def read_table(path: str | Path) -> pd.DataFrame:
    """Read one table of a data folder by its contract, which the file's name says."""
    path = Path(path)
    model = CONTRACTS[path.stem]
    table = _text_table(path)
    for name, column in model.to_schema().columns.items():
        if name in table and str(column.dtype) in ("int64", "float64"):
            table[name] = _numbers(table[name], str(column.dtype), path)
    return check(table, model, str(path))


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


def _text_table(path: Path) -> pd.DataFrame:
    """All columns as text: `NA` may be a name, and `1.5` must not become a count."""
    if not path.exists():
        raise InputError(
            str(path),
            "no such file",
            f"the tables {', '.join(f'{name}.csv' for name in CONTRACTS)} in one folder",
            "Check `data` in the config, or build the folder with `snakemake build_data`.",
        )
    content = path.read_bytes()
    if not content.strip():
        raise InputError(str(path), "the file is empty", "a CSV table", "Restore the file.")
    if content.lstrip().startswith(b"<"):
        raise InputError(
            str(path), "an HTML page", "a CSV table", "Fetch the file itself, not its web page."
        )
    try:
        text = content.decode("utf-8-sig")
        return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}, line {line}", "the text is not UTF-8", "UTF-8", "Convert the file."
        ) from None
    except pd.errors.ParserError as error:
        raise InputError(
            str(path),
            str(error).strip().removeprefix("Error tokenizing data. C error: "),
            "as many values in each line as in the header",
            "Correct the line.",
        ) from None


def _numbers(text: pd.Series, kind: str, path: Path) -> pd.Series:
    whole = kind == "int64"
    numbers = pd.to_numeric(text, errors="coerce")
    wrong = numbers.isna() | (numbers % 1 != 0) if whole else numbers.isna()
    if wrong.any():
        line = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{path}, line {line + 2}, column {text.name}",
            f"found {text.iloc[line]!r}",
            "a whole number" if whole else "a number",
            "Correct the value.",
        )
    return numbers.astype(kind)


def _refuse_unknown(sectors: pd.Series, known: set[str], path: Path) -> None:
    unknown = ~sectors.isin(known)
    if unknown.any():
        line = int(unknown.to_numpy().argmax())
        raise InputError(
            f"{path}, line {line + 2}, column {sectors.name}",
            f"sector {sectors.iloc[line]!r} is not in sectors.csv",
            f"one of its {len(known)} sectors",
            "Correct the name, or add the sector to sectors.csv.",
        )


def _check_balance(shipped: Shipped, folder: Path) -> None:
    counts, where = shipped.sector_month, folder / "sector_month.csv"
    silent = sorted(set(shipped.sectors["sector"]) - set(counts["sector"]))
    if silent:
        raise InputError(
            str(where),
            f"no counts for sector {silent[0]!r}"
            + (f" and {len(silent) - 1} others" if len(silent) > 1 else ""),
            "each sector of sectors.csv",
            "Add its rows (zeros are rows), or take it out of sectors.csv.",
        )
    covered = {row.outcome: _covered_months(row, folder) for row in shipped.coverage.itertuples()}
    for row in shipped.coverage.itertuples():
        place = f"{folder / 'coverage.csv'}, line {row.Index + 2}, column incomplete"
        parse_month_list(row.incomplete, place)
    unknown = ~counts["outcome"].isin(covered)
    if unknown.any():
        _refuse_row(counts, unknown, where, "an outcome that coverage.csv does not have")
    for outcome, rows in counts.groupby("outcome"):
        beyond = ~rows["month"].isin(covered[outcome])
        if beyond.any():
            _refuse_row(rows, beyond, where, "a count in a month that is not covered")
    _refuse_missing(counts, covered, sorted(set(shipped.sectors["sector"])), where)


def _check_rings(shipped: Shipped, folder: Path) -> None:
    rows = shipped.ring_quarter
    sectors, rings = sorted(set(shipped.sectors["sector"])), list(RINGS)
    areas = pd.MultiIndex.from_product([sectors, rings], names=["sector", "ring"])
    if len(shipped.ring_areas):
        _refuse_unequal(areas, shipped.ring_areas, folder / "ring_areas.csv")
    covered = {row.outcome: _covered_months(row, folder) for row in shipped.coverage.itertuples()}
    quarters = pd.MultiIndex.from_tuples(
        [
            (outcome, quarter)
            for outcome in sorted(set(rows["outcome"]) & set(covered))
            for quarter in periods_within(covered[outcome], QUARTER)
        ],
        names=["outcome", "quarter"],
    )
    full = areas.to_frame(index=False).merge(quarters.to_frame(index=False), how="cross")
    _refuse_unequal(pd.MultiIndex.from_frame(full), rows, folder / "ring_quarter.csv")


def _refuse_unequal(full: pd.MultiIndex, rows: pd.DataFrame, where: Path) -> None:
    """Refuse a table that does not hold exactly one row for each key; no key is there twice."""
    found = pd.MultiIndex.from_frame(rows[list(full.names)])
    for problem, keys in (("a row", found.difference(full)), ("no row", full.difference(found))):
        if len(keys):
            key = ", ".join(f"{n} {v}" for n, v in zip(full.names, keys[0], strict=True))
            raise InputError(
                str(where),
                f"{problem} for {key} ({len(keys)} such in all)",
                f"one row for each {' × '.join(full.names)} that is covered; zeros are rows",
                "Correct the rows, or coverage.csv.",
            )


def _check_variants(shipped: Shipped, folder: Path) -> None:
    """Every difference belongs to a cell that its variant covers, and leaves no negative count."""
    rows, counts = shipped.variants, shipped.sector_month
    covered = [
        (row.variant, row.outcome, quarter)
        for row in shipped.variant_coverage.itertuples()
        if not row.reason
        for quarter in periods_within(_covered_months(row, folder), QUARTER)
    ]
    keys = pd.MultiIndex.from_frame(rows[["variant", "outcome", "quarter"]])
    beyond = ~keys.isin(covered)
    counts = counts[counts["outcome"].isin(rows["outcome"].unique())]
    cells = ["sector", "outcome", "quarter"]
    counts = counts.assign(quarter=counts["month"].map(_quarter_of(counts["month"])))
    base = counts.groupby(cells, sort=False)["count"].sum().rename("base").reset_index()
    base = rows[cells].merge(base, "left", cells)["base"].fillna(0)
    for problem, wrong in (
        ("a quarter that variant_coverage.csv does not cover", beyond),
        ("fewer than no events", (base + rows["difference"] < -1e-6).to_numpy()),
    ):
        if wrong.any():
            line = int(wrong.argmax())
            key = ", ".join(f"{name} {rows.at[line, name]}" for name in rows.columns[:4])
            raise InputError(
                f"{folder / 'variants.csv'}, line {line + 2}",
                f"{problem}: {key}",
                "a covered cell, and a difference that leaves a count of 0 or more",
                "Correct the row, or variant_coverage.csv.",
            )


def _quarter_of(months: pd.Series) -> dict[str, str]:
    return {month: period_of(month, QUARTER) for month in months.unique()}


def _refuse_row(rows: pd.DataFrame, wrong: pd.Series, where: Path, problem: str) -> None:
    line = wrong.idxmax()
    key = ", ".join(f"{name} {rows.at[line, name]}" for name in ("sector", "month", "outcome"))
    raise InputError(
        f"{where}, line {line + 2}",
        f"{problem}: {key}",
        "the outcomes and months of coverage.csv",
        "Correct the row, or coverage.csv.",
    )


def _refuse_missing(
    counts: pd.DataFrame, covered: dict[str, list[str]], sectors: Iterable[str], where: Path
) -> None:
    # No row is twice, beyond coverage or of an unknown sector: the numbers tell if one is missing.
    found = counts["outcome"].value_counts()
    for outcome, months in covered.items():
        lacking = len(sectors) * len(months) - int(found.get(outcome, 0))
        if lacking:
            rows = counts[counts["outcome"] == outcome]
            full = pd.MultiIndex.from_product([sectors, months])
            sector, month = full.difference(pd.MultiIndex.from_frame(rows[["sector", "month"]]))[0]
            raise InputError(
                str(where),
                f"no row for sector {sector}, month {month}, outcome {outcome} "
                f"({lacking} missing in all)",
                "one row for each sector and covered month; zeros are rows",
                "Add the rows, or list the month under `gaps` in coverage.csv.",
            )


def _covered_months(row, folder: Path) -> list[str]:
    table = "variant_coverage" if hasattr(row, "variant") else "coverage"
    where = f"{folder / f'{table}.csv'}, line {row.Index + 2}"
    return sorted(covered_between(row.first_month, row.last_month, row.gaps, where))
