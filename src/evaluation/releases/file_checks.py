"""What the files of a release tell of it, by its `ReleaseSummary` and that of the last one."""

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.stats import binom, poisson

from evaluation.releases.chance import CHANCE, revised_too_far
from evaluation.releases.fault import Fault, changed, joined, listed
from evaluation.sources.official import LAYOUTS
from evaluation.sources.repeats import BLOCK
from evaluation.study.months import days_in, month_range

SHRUNK = 0.01  # of a file's rows that a later release of it may lack
TAIL = 3  # days at the end of a file without an opening that may be a holiday
YEAR = 12
REPEATED = 0.25  # share of a month's rows equal to others; at most .03 in six official files
USUALLY = 0.05  # share of a month's rows that may always be
FEWEST_MONTHS = 3  # files of one month each that make a rule
SLIPS, FEW = 0.001, 5  # of a file's rows that may be slips when it first comes, and how many may
NAMED_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])(?!\d)")
AGAIN = "Fetch the file again."


def file_faults(arriving: pd.DataFrame, before: pd.DataFrame | None) -> Iterator[Fault]:
    """Faults of the files; without a release before, those that they show alone."""
    pairs = pairs_of(arriving, before) if before is not None else {}
    yield from cut_at_the_end(arriving)
    yield from months_beyond_the_name(arriving)
    yield from several_months(arriving)
    yield from repeated_rows(arriving)
    yield from impossible_days(arriving, before, pairs)
    if before is not None:
        yield from fewer_rows(arriving, before, pairs)
        yield from shorter_files(arriving, before, pairs)


def pairs_of(arriving: pd.DataFrame, before: pd.DataFrame) -> dict[str, str]:
    """The file of the last release that each file goes on from.

    It has the same name, or else layout, first month and name but for its digits; or, where a file
    was renamed, is the only one of its layout and first month in both releases.
    """
    now, then = _identities(arriving), _identities(before)
    pairs = {name: name for name in now if name in then}
    for key in (lambda one: one, lambda one: one[:2]):
        left = {name: key(one) for name, one in now.items() if name not in pairs}
        right = {name: key(one) for name, one in then.items() if name not in pairs.values()}
        for name, one in left.items():
            alike = [other for other, its in right.items() if its == one]
            if len(alike) == 1 and list(left.values()).count(one) == 1:
                pairs[name] = alike[0]
    return pairs


def cut_at_the_end(arriving: pd.DataFrame) -> Iterator[Fault]:
    """Files whose openings end days before their last month does, though they came after it."""
    came = _of(arriving, "retrieved").set_index("file")["day"]
    for row in _of(arriving, "last opened").itertuples():
        month_end = f"{row.day[:7]}-{days_in(row.day[:7]):02d}"
        if row.file not in came or came[row.file] <= month_end:
            continue
        months = _of(arriving, "opened")
        months = months[(months["file"] == row.file) & (months["month"] < row.day[:7])]
        usual = months.sort_values("month")["rows"].tail(YEAR)
        silent = int(month_end[8:]) - int(row.day[8:])
        if not len(usual) or silent <= TAIL:
            continue
        expected = usual.mean() / (365.25 / YEAR) * silent
        if poisson.pmf(0, expected) < CHANCE:
            yield Fault(
                "cut at the end",
                row.file,
                f"the last opening is of {row.day}, though the file came on {came[row.file]}: "
                f"nothing of the last {silent} days of {row.day[:7]}, where {expected:.0f} rows of "
                "the counted offences were usual",
                "openings to the end of its last month",
                f"The file was cut on the end of a line. {AGAIN}",
            )


def fewer_rows(
    arriving: pd.DataFrame, before: pd.DataFrame, pairs: Mapping[str, str]
) -> Iterator[Fault]:
    """Files with fewer rows, altogether or of a past year, than the file they go on from."""
    now, then = _rows_of_files(arriving), _rows_of_files(before)
    for name, other in sorted(pairs.items()):
        years = _shrunk_years(arriving, before, name, other)
        whole = now[name] < (1 - SHRUNK) * then[other]
        if whole or years:
            cells = [changed("all rows", then[other], now[name])] * whole + years
            yield Fault(
                "fewer rows",
                name,
                f"fewer rows than {other} of the last release: {listed(cells)}",
                "as many rows, and those of the new months",
                f"The file may have been cut, or the past taken out. {AGAIN}",
            )


def shorter_files(
    arriving: pd.DataFrame, before: pd.DataFrame, pairs: Mapping[str, str]
) -> Iterator[Fault]:
    """Files that end in an earlier month than the file they go on from: older releases."""
    now, then = (
        _of(table, "last month").set_index("file")["month"] for table in (arriving, before)
    )
    for name, other in sorted(pairs.items()):
        if now[name] < then[other]:
            yield Fault(
                "older file",
                name,
                f"it ends {now[name]}, but {other} of the last release ends {then[other]}",
                f"a file that goes to {then[other]} or further",
                "This looks like an older release: fetch the newest.",
            )


def months_beyond_the_name(arriving: pd.DataFrame) -> Iterator[Fault]:
    """Files that hold a month after the one in their name."""
    for row in _of(arriving, "last month").itertuples():
        named = NAMED_MONTH.findall(row.file)
        stated = "-".join(named[-1]) if named else ""
        if stated and row.month > stated:
            yield Fault(
                "two months in a file",
                row.file,
                f"it holds rows to {row.month}, though its name says {stated}",
                f"no month after {stated}",
                "Give each month its file, or name the file for its last month.",
            )


def several_months(arriving: pd.DataFrame) -> Iterator[Fault]:
    """Files of several months after one whose like, three or more, hold a month each."""
    first = _of(arriving, "first month").set_index("file")
    spans = _of(arriving, "last month").set_index("file").rename(columns={"month": "last"})
    spans = spans.assign(first=first["month"])
    for _, files in spans.groupby("name"):
        one = files["first"] == files["last"]
        # What came before the months is one file, and rightly so.
        later = files["first"] > files.loc[one, "first"].min()
        if one.sum() < FEWEST_MONTHS:
            continue
        for name, row in files[~one & later].iterrows():
            held = month_range(row["first"], row["last"])
            yield Fault(
                "two months in a file",
                str(name),
                f"it holds {', '.join(held)}, where {int(one.sum())} files hold a month each",
                "one month in each file",
                "Take out the rows that belong to another file.",
            )


def repeated_rows(arriving: pd.DataFrame) -> Iterator[Fault]:
    """Months of which many rows are there twice, in one file or in two."""
    layouts = _of(arriving, "first month").set_index("file")["name"]
    official = {layout.name for layout in LAYOUTS}
    rows = _of(arriving, "repeated")
    # A layout of the user's own may have few columns, so that different files look alike.
    rows = rows[rows["file"].map(layouts).isin(official)]
    total = _of(arriving, "offence").groupby(["file", "month"])["rows"].sum()
    own = [int(total[row.file, row.month]) for row in rows.itertuples()]
    rows = rows.assign(total=np.array(own, dtype="int64"))
    many = (rows["rows"] >= BLOCK) & (rows["rows"] > REPEATED * rows["total"])
    wrong = rows[many & (binom.sf(rows["rows"] - 1, rows["total"], USUALLY) < CHANCE)]
    for file, months in wrong.groupby("file"):
        cells = [
            f"{row.rows:,} of {row.total:,} rows of {row.month}" for row in months.itertuples()
        ]
        yield Fault(
            "repeated rows",
            str(file),
            f"the same date, offence and place as another row: {listed(cells)}",
            "each file once",
            "Remove what is there twice, in this file or in two.",
        )


def impossible_days(
    arriving: pd.DataFrame, before: pd.DataFrame | None, pairs: Mapping[str, str]
) -> Iterator[Fault]:
    """Dates after the retrieval that the last release did not have; else, more than a few."""
    slips, total = _of(arriving, "slip"), _rows_of_files(arriving)
    known = pd.Series(dtype="int64")
    if before is not None:
        known = _of(before, "slip").set_index(["file", "name", "day"])["rows"]
    for file, rows in slips.groupby("file"):
        seen = [
            known.get((pairs.get(str(file)), row.name, row.day), 0)
            for row in rows[["name", "day"]].itertuples(index=False)
        ]
        new = rows[rows["rows"] > np.array(seen, dtype="int64")]
        if file not in pairs and rows["rows"].sum() <= max(FEW, SLIPS * total[file]):
            continue
        if len(new):
            cells = [
                f"{row[3]:,} {row[1]} on {row[2]}"
                for row in new[["file", "name", "day", "rows"]].itertuples(index=False)
            ]
            yield Fault(
                "day after retrieval",
                str(file),
                f"rows opened, or with facts, after the file came: {listed(cells)}",
                "no date later than the retrieval, but those of the last release",
                "Correct the dates at the source, or accept them with the reason.",
            )


def _shrunk_years(arriving: pd.DataFrame, before: pd.DataFrame, name: str, other: str) -> list[str]:
    now, then = (_of(table, "year") for table in (arriving, before))
    after = now[now["file"] == name].set_index("name")["rows"]
    earlier = then[then["file"] == other].set_index("name")["rows"].drop("0", errors="ignore")
    after = after.reindex(earlier.index, fill_value=0)
    wrong = (after < earlier) & revised_too_far(earlier, after)
    return [
        changed(f"facts of {year}", earlier[year], after[year]) for year in earlier[wrong].index
    ]


def _identities(summary: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    rows = _of(summary, "first month").itertuples()
    return {row.file: (row.name, row.month, re.sub(r"\d", "", row.file)) for row in rows}


def _rows_of_files(summary: pd.DataFrame) -> dict[str, int]:
    rows = _of(summary, "first month")
    return dict(zip(rows["file"], rows["rows"], strict=True))


def _of(summary: pd.DataFrame, measure: str) -> pd.DataFrame:
    return summary[summary["measure"] == measure]


def files_of(rows: pd.DataFrame) -> str:
    """The files of some rows of a summary, as the place of a fault."""
    return joined(list(rows["file"]), "files")
