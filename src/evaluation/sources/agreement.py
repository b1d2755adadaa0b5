"""What the tables of a data folder say about one another: a contradiction is refused by its row."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from evaluation.sources.nearness import refuse_geography
from evaluation.sources.shipped_contract import RINGS
from evaluation.study.errors import InputError
from evaluation.study.months import (
    QUARTER,
    covered_between,
    month_range,
    parse_month_list,
    period_of,
    periods_within,
)
from evaluation.study.names import nearest, refuse_alike

Tables = Mapping[str, pd.DataFrame]
COUNTED = "counted"
PACKAGE = "datapackage.json"  # of a folder that `build_data` or a pull has derived
PART = " | "  # between an offence of the official totals and its part
SECTORS = {  # columns that hold names of sectors
    "sector_month": ["sector"],
    "neighbours": ["sector", "neighbour"],
    "rings": ["treated", "sector"],
    "ring_areas": ["sector"],
    "ring_quarter": ["sector"],
    "variants": ["sector"],
    "quadrants": ["sector"],
}
NAMES = {  # columns whose names mean one thing throughout the folder
    "sectors": {"sectors": ["sector"], **SECTORS},
    "boroughs": {"sectors": ["alcaldia"], "quadrants": ["alcaldia"]},
    "outcomes": {
        name: ["outcome"]
        for name in (
            "coverage",
            "sector_month",
            "ring_quarter",
            "variants",
            "variant_coverage",
            "data_flow",
        )
    },
    "variants": {"variants": ["variant"], "variant_coverage": ["variant"]},
    "quadrants": {"quadrants": ["cuadrante"]},
    "offences": {"city_totals": ["offence"]},
    "sources": {"data_flow": ["source"]},
    "reasons": {"data_flow": ["reason"]},
}


def refuse_disagreement(tables: Tables, folder: Path) -> None:
    """Raise `InputError` for the first contradiction between the tables of a folder.

    Two spellings of one name; a sector that `sectors.csv` does not have; counts that do not hold
    exactly one row for each sector and covered month of each outcome; rings and variants likewise;
    spans and gaps of `coverage.csv` that do not fit together; neighbours, quadrants and sectors
    that contradict each other on the map (`refuse_geography`). In a folder that was derived from
    raw files, which its `datapackage.json` says, also counts that are not those that
    `data_flow.csv` counted.

    Parameters
    ----------
    tables : by name, each honouring its contract
    folder : for messages
    """
    for columns in NAMES.values():
        refuse_alike(_names(tables, columns, folder))
    known = set(tables["sectors"]["sector"])
    for name, columns in SECTORS.items():
        for column in columns:
            _refuse_unknown(tables[name][column], known, folder / f"{name}.csv")
    _check_coverage(tables["coverage"], folder)
    _check_balance(tables, folder)
    _check_rings(tables, folder)
    _check_known_outcomes(tables, folder)
    _check_variants(tables, folder)
    refuse_geography(tables, folder)
    if (folder / PACKAGE).exists():
        _check_flow(tables, folder)
    _check_city_totals(tables["city_totals"], folder)


def _names(
    tables: Tables, columns: Mapping[str, Iterable[str]], folder: Path
) -> Iterable[tuple[str, str]]:
    for table, names in columns.items():
        for column in names:
            first = tables[table][column].drop_duplicates()
            for line, name in first.items():
                yield name, f"{folder / table}.csv, line {line + 2}, column {column}"


def _check_coverage(coverage: pd.DataFrame, folder: Path) -> None:
    """Gaps and incomplete months lie within the span; its first and last month are covered."""
    for row in coverage.itertuples():
        place = f"{folder / 'coverage.csv'}, line {row.Index + 2}"
        covered = _covered_months(row, folder)
        span = set(month_range(row.first_month, row.last_month))
        gaps = parse_month_list(row.gaps, f"{place}, column gaps")
        incomplete = parse_month_list(row.incomplete, f"{place}, column incomplete")
        for column, months, sound in (
            ("gaps", gaps - span, "months from first_month to last_month"),
            ("gaps", gaps & {row.first_month, row.last_month}, "months between the two"),
            ("incomplete", incomplete - set(covered), "covered months"),
        ):
            if months:
                raise InputError(
                    f"{place}, column {column}",
                    f"{min(months)}, outcome {row.outcome} ({row.first_month}..{row.last_month})",
                    sound,
                    "Correct the months.",
                )


def _refuse_unknown(sectors: pd.Series, known: set[str], path: Path) -> None:
    unknown = ~sectors.isin(known)
    if unknown.any():
        line = int(unknown.to_numpy().argmax())
        raise InputError(
            f"{path}, line {line + 2}, column {sectors.name}",
            f"sector {sectors.iloc[line]!r} is not in sectors.csv",
            f"one of its {len(known)} sectors",
            f"{nearest(sectors.iloc[line], known)} Or add the sector to sectors.csv.",
        )


def _check_balance(tables: Tables, folder: Path) -> None:
    counts, where = tables["sector_month"], folder / "sector_month.csv"
    sectors = sorted(set(tables["sectors"]["sector"]))
    silent = sorted(set(sectors) - set(counts["sector"]))
    if silent:
        raise InputError(
            str(where),
            f"no counts for sector {silent[0]!r}"
            + (f" and {len(silent) - 1} others" if len(silent) > 1 else ""),
            "each sector of sectors.csv",
            "Add its rows (zeros are rows), or take it out of sectors.csv.",
        )
    covered = _covered(tables, folder)
    unknown = ~counts["outcome"].isin(covered)
    if unknown.any():
        _refuse_row(counts, unknown, where, "an outcome that coverage.csv does not have")
    for outcome, rows in counts.groupby("outcome"):
        beyond = ~rows["month"].isin(covered[outcome])
        if beyond.any():
            _refuse_row(rows, beyond, where, "a count in a month that is not covered")
    _refuse_missing(counts, covered, sectors, where)


def _check_rings(tables: Tables, folder: Path) -> None:
    rows = tables["ring_quarter"]
    sectors, rings = sorted(set(tables["sectors"]["sector"])), list(RINGS)
    areas = pd.MultiIndex.from_product([sectors, rings], names=["sector", "ring"])
    if len(tables["ring_areas"]) or len(rows):
        _refuse_unequal(areas, tables["ring_areas"], folder / "ring_areas.csv")
    covered = _covered(tables, folder)
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


def _check_variants(tables: Tables, folder: Path) -> None:
    """Every difference belongs to a cell that its variant covers, and leaves no negative count."""
    rows, counts = tables["variants"], tables["sector_month"]
    covered = [
        (row.variant, row.outcome, quarter)
        for row in tables["variant_coverage"].itertuples()
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


def _check_known_outcomes(tables: Tables, folder: Path) -> None:
    """Variants are of covered outcomes; the flow is of at least one."""
    known = set(tables["coverage"]["outcome"])
    rows = tables["variant_coverage"]["outcome"]
    for line, outcome in rows[~rows.isin(known)].items():
        raise InputError(
            f"{folder / 'variant_coverage.csv'}, line {line + 2}, column outcome",
            f"{outcome!r} is not in coverage.csv",
            f"one of {sorted(known)}",
            nearest(outcome, known),
        )
    if not known & set(tables["data_flow"]["outcome"]):
        raise InputError(
            f"{folder / 'data_flow.csv'}, column outcome",
            "no outcome of coverage.csv",
            f"rows of some of {sorted(known)}",
            "Add them: what the counts were made of.",
        )


def _check_flow(tables: Tables, folder: Path) -> None:
    """The rows that data_flow.csv calls counted are the counts, by outcome and year."""
    flow, counts = tables["data_flow"], tables["sector_month"]
    wanted = flow[flow["reason"] == COUNTED].groupby(["outcome", "year"])["rows"].sum()
    outcomes = set(wanted.index.get_level_values("outcome"))
    counts = counts[counts["outcome"].isin(outcomes)]
    year = counts["month"].str[:4].astype(int).rename("year")
    found = counts.groupby(["outcome", year])["count"].sum()
    wanted, found = wanted.align(found, fill_value=0)
    wrong = wanted[wanted != found]
    if len(wrong):
        outcome, year = wrong.index[0]
        raise InputError(
            f"{folder / 'sector_month.csv'}, outcome {outcome}, year {year}",
            f"the counts sum to {found[wrong.index[0]]:,.0f}",
            f"{wrong.iloc[0]:,.0f}, the rows that data_flow.csv calls {COUNTED}",
            "Correct the counts or data_flow.csv; months twice, lost or mistyped show here.",
        )


def _check_city_totals(totals: pd.DataFrame, folder: Path) -> None:
    """Each offence has every month between the first and the last one of the table."""
    if totals.empty:
        return
    months = month_range(totals["month"].min(), totals["month"].max())
    offences = sorted(totals["offence"].unique())
    full = pd.MultiIndex.from_product([months, offences], names=["month", "offence"])
    _refuse_unequal(full, totals, folder / "city_totals.csv")
    parts = totals[totals["offence"].str.contains(PART, regex=False)]
    whole = parts["offence"].str.split(PART, regex=False).str[0]
    sums = parts.groupby(["month", whole])["victims"].sum()
    given = totals.set_index(["month", "offence"])["victims"]
    for month, offence in sums.index.intersection(given.index):
        if sums[month, offence] != given[month, offence]:
            raise InputError(
                f"{folder / 'city_totals.csv'}, month {month}, offence {offence}",
                f"{given[month, offence]} victims",
                f"{sums[month, offence]}, the sum of its parts ({offence}{PART}…)",
                "Correct the total or a part.",
            )


def _covered(tables: Tables, folder: Path) -> dict[str, list[str]]:
    return {row.outcome: _covered_months(row, folder) for row in tables["coverage"].itertuples()}


def _covered_months(row, folder: Path) -> list[str]:
    table = "variant_coverage" if hasattr(row, "variant") else "coverage"
    where = f"{folder / f'{table}.csv'}, line {row.Index + 2}"
    return sorted(covered_between(row.first_month, row.last_month, row.gaps, where))
