"""The reporting triangle, event month × time of knowledge, and when a month is final.

With one release, the days on which files were opened say what an earlier one would have held; with
several, the releases say it themselves, revisions included (Lawless 1994, Adjustments for reporting
delays and the prediction of occurred but not reported events).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.panel.counts import (
    COMPLETE,
    COUNTED,
    RawFile,
    classify,
    completeness,
    components,
    retrieval_days,
    spell_delays,
    spells_of,
)
from evaluation.panel.shipping import raw_files
from evaluation.releases.triangle_contract import (
    OPENINGS,
    RELEASES,
    MonthFinality,
    ReportingTriangle,
)
from evaluation.sources.openings import opening_spans
from evaluation.sources.plan import INCIDENTS, read_pulled
from evaluation.sources.vintages import Store
from evaluation.study.contract import as_contract, check
from evaluation.study.months import days_in, month_range, shifted
from evaluation.study.outcomes import OutcomeDefinition
from evaluation.study.study import load_outcomes

MONTHS = 24  # last months of the facts that the triangle has
AGES = 12  # months after the facts up to which it goes


def reporting_delay(
    located: pd.DataFrame,
    files: pd.DataFrame,
    definitions: Mapping[str, OutcomeDefinition],
    retrieved: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`ReportingTriangle` and `MonthFinality` rows of what a run pulled, by its opening dates.

    Parameters
    ----------
    located : `LocatedIncidents` of all incident files
    files : `PulledFiles`
    definitions : outcomes by name
    retrieved : day on which each file came, `YYYY-MM-DD`, by SHA-256, where it is known

    Raises `InputError` for an outcome that no file counts, or of which no file has opening dates.
    """
    raw = raw_files(files[files["kind"] == INCIDENTS], retrieved or {})
    classified = classify(located, raw, definitions)
    counted = classified[classified["reason"] == COUNTED]
    opened = opening_spans(classified, retrieval_days(raw))["max"]
    delays = {
        name: _months(counted[counted["outcome"] == name], opened, raw, definition)
        for name, definition in definitions.items()
        if not definition.sum_of
    }
    finality = {name: _latest(name, delays, definitions) for name in sorted(definitions)}
    triangle = [_triangle(name, counted, delays, definitions) for name in sorted(definitions)]
    table = pd.concat([rows.assign(outcome=name) for name, rows in finality.items()])
    return (
        check(as_contract(pd.concat(triangle), ReportingTriangle), ReportingTriangle, "triangle"),
        check(
            as_contract(table.reset_index(names="month"), MonthFinality),
            MonthFinality,
            "month finality",
        ),
    )


def triangle_of_releases(history: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """`ReportingTriangle` rows of recorded releases.

    `history` has, by release, its `sector, month, outcome, count, covered`, and the identifiers of
    releases begin with the last month of their files.
    """
    tables = []
    for release, cells in history:
        cells = cells[cells["covered"]]
        city = cells.groupby(["outcome", "month"])["count"].sum().rename("count").reset_index()
        city["age"] = [_age(month, release[:7]) for month in city["month"]]
        tables.append(city.assign(as_of=release, expected=np.nan, basis=RELEASES))
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if len(table):
        table = table[table["age"].between(0, AGES)]
        table = table.sort_values(["outcome", "month", "age", "as_of"])
    return check(as_contract(table, ReportingTriangle), ReportingTriangle, "triangle")


def with_releases(
    triangle: pd.DataFrame, releases: Sequence[str], panel_at: Callable[[str], pd.DataFrame]
) -> pd.DataFrame:
    """The triangle of opening dates, and below it that of the releases, from the second one on.

    triangle : `ReportingTriangle` rows
    panel_at : the cells of a release, as in `triangle_of_releases`; not asked for a single one
    """
    if len(releases) < 2:
        return triangle
    held = ((release, panel_at(release)) for release in releases)
    whole = pd.concat([triangle, triangle_of_releases(held)], ignore_index=True)
    return check(as_contract(whole, ReportingTriangle), ReportingTriangle, "triangle")


def delay_of_run(
    located: pd.DataFrame | None,
    files: str | Path | None,
    outcomes: str | Path,
    store: Store,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`reporting_delay` of a run, or `unknown_delay` where it read no incident files.

    Parameters
    ----------
    located : `LocatedIncidents` of all incident files; None for figures that ship
    files : path of the run's `pull/files.csv`; not read where `located` is None
    outcomes : path of the outcome definitions
    store : knows the day on which each file came
    """
    if located is None:
        return unknown_delay()
    pulled, days = read_pulled(files), store.retrieval_days()
    return reporting_delay(located, pulled, load_outcomes(outcomes), days)


def unknown_delay() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The two tables without rows: figures that ship have no opening dates."""
    return (
        as_contract(pd.DataFrame(), ReportingTriangle),
        as_contract(pd.DataFrame(), MonthFinality),
    )


def days_to_final(month: str, distribution: np.ndarray) -> int:
    """Days after the end of a month until 98% of its files are expected to have been opened.

    `distribution` is that of `delay_distribution`: it ends in 1, so that there is such a day.
    """
    length, longest = days_in(month), len(distribution) - 1
    ages = np.arange(length)[::-1, None] + np.arange(longest + 1)
    share = distribution[np.minimum(ages, longest)].mean(axis=0)
    return int(np.argmax(share >= COMPLETE))


def _months(
    counted: pd.DataFrame,
    opened: pd.Series,
    files: Iterable[RawFile],
    definition: OutcomeDefinition,
) -> pd.DataFrame:
    """`share, complete, cut, final_on, delays` by month, of one outcome that is no sum."""
    spells, found = spells_of(list(files), definition, "reporting delay"), {}
    for spell in spells:
        distribution, cut = spell_delays(counted, opened, spell, spells)
        for month in month_range(spell[0].first, spell[0].last):
            share = completeness(month, distribution, cut)
            wait = pd.Timedelta(days=days_to_final(month, distribution))
            found[month] = {
                "share": share,
                "complete": share >= COMPLETE,
                "cut": f"{cut:%Y-%m-%d}",
                "final_on": f"{_end(month) + wait:%Y-%m-%d}",
                "delays": distribution,
            }
    return pd.DataFrame.from_dict(found, orient="index")


def _latest(
    name: str,
    delays: Mapping[str, pd.DataFrame],
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    """`share, complete, cut, final_on` by month of an outcome, as its latest part has it."""
    parts = [delays[part] for part in components(name, definitions)]
    months = sorted(set.intersection(*(set(part.index) for part in parts)))
    return pd.DataFrame(
        {
            "share": np.min([part.loc[months, "share"] for part in parts], axis=0),
            "complete": np.all([part.loc[months, "complete"] for part in parts], axis=0),
            "cut": [min(part.loc[month, "cut"] for part in parts) for month in months],
            "final_on": [max(part.loc[month, "final_on"] for part in parts) for month in months],
        },
        index=months,
    )


def _triangle(
    name: str,
    counted: pd.DataFrame,
    delays: Mapping[str, pd.DataFrame],
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    parts = components(name, definitions)
    rows = counted[counted["outcome"].isin(parts)]
    months = sorted(set.intersection(*(set(delays[part].index) for part in parts)))[-MONTHS:]
    rows = rows[rows["month"].isin(months)]
    dated = rows[rows["opened_on"].notna()]
    undated = set(rows.groupby(["outcome", "month"]).groups)
    undated -= set(dated.groupby(["outcome", "month"]).groups)
    ages = [_age(*pair) for pair in zip(dated["month"], _month_of(dated["opened_on"]), strict=True)]
    cells = dated.assign(age=np.maximum(ages, 0)).groupby(["month", "age"]).size()
    table = [row for month in months for row in _row(month, cells, parts, delays)]
    unknown = {month for _, month in undated}
    return pd.DataFrame(
        [
            row | {"outcome": name} | ({"count": pd.NA} if row["month"] in unknown else {})
            for row in table
        ]
    )


def _row(
    month: str, cells: pd.Series, parts: list[str], delays: Mapping[str, pd.DataFrame]
) -> Iterator[dict]:
    """The known files of a month at the end of each month that all openings reach."""
    cut = min(delays[part].loc[month, "cut"] for part in parts)
    held = month in cells.index.get_level_values("month")
    known = cells.loc[month] if held else pd.Series(dtype="int64")
    for age in range(AGES + 1):
        as_of = shifted(month, age)
        if f"{_end(as_of):%Y-%m-%d}" > cut:
            return
        expected = [
            completeness(month, delays[part].loc[month, "delays"], _end(as_of)) for part in parts
        ]
        yield {
            "month": month,
            "as_of": as_of,
            "age": age,
            "count": int(known[known.index <= age].sum()),
            "expected": min(expected),
            "basis": OPENINGS,
        }


def _end(month: str) -> pd.Timestamp:
    return pd.Timestamp(f"{month}-{days_in(month):02d}")


def _month_of(days: pd.Series) -> pd.Series:
    return days.dt.strftime("%Y-%m")


def _age(month: str, later: str) -> int:
    years, months = int(later[:4]) - int(month[:4]), int(later[5:7]) - int(month[5:7])
    return 12 * years + months
