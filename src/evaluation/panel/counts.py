"""Located incidents to sector-month counts, their coverage, and where every row went.

Which file counts which outcome in which months is declared (`RawFile`); nothing is counted twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.panel.quarters import covered_months
from evaluation.sources.openings import opening_spans
from evaluation.sources.pulled_contract import BoroughFlow
from evaluation.sources.shipped_contract import Coverage, DataFlow, SectorMonth
from evaluation.study.contract import check
from evaluation.study.errors import InputError
from evaluation.study.months import days_in, month_range
from evaluation.study.outcomes import OutcomeDefinition

COUNTED = "counted"
NO_OUTCOME = "none"  # the `outcome` of flow rows whose offence no outcome counts
COMPLETE = 0.98
# ASSUME a file opened more than a year after the facts would not have changed the picture: the
# delay is estimated among files opened within 365 days.
LONGEST_DELAY = 365


@dataclass(frozen=True)
class RawFile:
    """One raw file's part in the counts.

    name : file name without its endings; the `source` of its incidents
    counts : the outcomes' sources that it counts, by spaces; `*` for all of them, or empty for a
        file that only cross-checks
    first, last : months of the facts it is taken for, `YYYY-MM`
    cut : day until which it had taken up files, `YYYY-MM-DD`, or empty where its opening dates say
    retrieved : day on which it came, `YYYY-MM-DD`, or empty; what was opened later is a slip
    """

    name: str
    counts: str
    first: str
    last: str
    cut: str = ""
    retrieved: str = ""

    def takes(self, source: str) -> bool:
        """Whether it counts the outcomes of a source."""
        return self.counts == "*" or source in self.counts.split()


def classify(
    located: pd.DataFrame, files: Iterable[RawFile], definitions: Mapping[str, OutcomeDefinition]
) -> pd.DataFrame:
    """Add `month` (empty for no date), `year` (0 for no date) and `reason` to located incidents.

    The first reason that applies is given, in the order of the code; `counted` is what remains.
    """
    files = list(files)
    by_name = {file.name: file for file in files}
    # Days repeat thousands of times: each is written as a month once.
    codes, days = pd.factorize(located["occurred_on"])
    names = np.append(pd.DatetimeIndex(days).strftime("%Y-%m").to_numpy(dtype=object), "")
    month = pd.Series(names[codes], index=located.index, dtype="str")
    file = located["source"].map
    reasons = {
        "no date": month.eq(""),
        "date outside the window": month.lt(file({n: f.first for n, f in by_name.items()}))
        | month.gt(file({n: f.last for n, f in by_name.items()})),
        "no coordinates": located["longitude"].isna() | located["latitude"].isna(),
        "outside every sector": located["sector"].eq(""),
        "counted from another source": ~from_own_source(located, files, definitions),
    }
    reason = np.select([np.asarray(mask) for mask in reasons.values()], list(reasons), COUNTED)
    year = located["occurred_on"].dt.year.fillna(0).astype("int64")
    return located.assign(month=month.astype(str), year=year, reason=reason)


def retrieval_days(files: Iterable[RawFile]) -> dict[str, str]:
    """The day on which each file came, `YYYY-MM-DD`, where it is known."""
    return {file.name: file.retrieved for file in files if file.retrieved}


def from_own_source(
    rows: pd.DataFrame, files: Iterable[RawFile], definitions: Mapping[str, OutcomeDefinition]
) -> np.ndarray:
    """Whether the file of each row, by its `source`, is one that counts its `outcome`."""
    taken = [
        (file.name, name)
        for file in files
        for name, entry in definitions.items()
        if file.takes(entry.source)
    ]
    return pd.MultiIndex.from_frame(rows[["source", "outcome"]]).isin(taken)


def flow_table(classified: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`DataFlow` rows; `others` holds `year, rows` of the other offences of each source."""
    keys = ["source", "year", "outcome", "reason"]
    parts = [classified.groupby(keys).size().rename("rows").reset_index()]
    for source, table in others.items():
        parts.append(
            table[table["rows"] > 0].assign(
                source=source, outcome=NO_OUTCOME, reason="other offence"
            )
        )
    table = pd.concat(parts, ignore_index=True)[[*keys, "rows"]].sort_values(keys)
    return check(
        table.astype({"source": str, "outcome": str, "reason": str}), DataFlow, "data flow"
    )


def borough_flow(classified: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """`BoroughFlow` rows; `others` holds `year, alcaldia, rows` of each source's other offences."""
    keys = ["source", "year", "outcome", "alcaldia", "reason"]
    parts = [classified.groupby(keys).size().rename("rows").reset_index()]
    parts += [
        table.assign(source=source, outcome=NO_OUTCOME, reason="other offence")
        for source, table in others.items()
    ]
    table = pd.concat(parts, ignore_index=True)[[*keys, "rows"]].sort_values(keys)
    texts = dict.fromkeys(["source", "outcome", "alcaldia", "reason"], str)
    return check(table.astype(texts), BoroughFlow, "flow by borough")


def count_incidents(
    classified: pd.DataFrame,
    coverage: pd.DataFrame,
    sectors: Iterable[str],
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    """`SectorMonth` rows of every outcome: each sector in each covered month, zeros included.

    Sorted by sector, month, outcome. An outcome that is a sum is the sum of its parts.
    """
    counted = classified.loc[classified["reason"] == COUNTED, ["outcome", "sector", "month"]]
    cells = counted.groupby(["outcome", "sector", "month"]).size()
    sectors, tables = sorted(sectors), []
    for name in sorted(definitions):
        row = coverage.set_index("outcome").loc[name]
        index = pd.MultiIndex.from_product(
            [sectors, sorted(covered_months(row))], names=["sector", "month"]
        )
        total = pd.Series(0, index=index)
        for part in components(name, definitions):
            if part in cells.index.get_level_values("outcome"):
                total += cells.loc[part].reindex(index, fill_value=0)
        tables.append(total.rename("count").reset_index().assign(outcome=name))
    table = pd.concat(tables)[["sector", "month", "outcome", "count"]]
    return check(table.sort_values(["sector", "month", "outcome"]), SectorMonth, "counts")


def coverage_table(
    classified: pd.DataFrame,
    files: Iterable[RawFile],
    definitions: Mapping[str, OutcomeDefinition],
) -> pd.DataFrame:
    """`Coverage` rows of every outcome, sorted by name.

    A sum is covered only where all its parts are, and incomplete where any of them is.
    """
    counted = classified[classified["reason"] == COUNTED]
    files, parts = list(files), {}
    opened = opening_spans(classified, retrieval_days(files))["max"]
    for name, definition in definitions.items():
        if not definition.sum_of:
            spells = spells_of(files, definition, "coverage")
            rows = counted[counted["outcome"] == name]
            _refuse_absent(rows, name, definition, spells)
            parts[name] = (
                {month for spell in spells for month in month_range(spell[0].first, spell[0].last)},
                {month for spell in spells for month in _late(rows, opened, spell, spells)},
                [file.name for spell in spells for file in spell],
            )
    rows = []
    for name in sorted(definitions):
        own = [parts[part] for part in components(name, definitions)]
        covered = sorted(set.intersection(*(months for months, _, _ in own)))
        if not covered:
            raise InputError(
                f"coverage, outcome {name}",
                "no month in which all its parts are covered",
                "files whose months overlap",
                "Add files, or take the outcome out.",
            )
        span = month_range(covered[0], covered[-1])
        late = set.union(*(months for _, months, _ in own)) & set(covered)
        sources = list(dict.fromkeys(source for _, _, names in own for source in names))
        rows.append(
            {
                "outcome": name,
                "first_month": covered[0],
                "last_month": covered[-1],
                "gaps": format_month_list(set(span) - set(covered)),
                "incomplete": format_month_list(late),
                "source": " ".join(sources),
            }
        )
    return check(pd.DataFrame(rows).astype(str), Coverage, "coverage")


def components(name: str, definitions: Mapping[str, OutcomeDefinition]) -> list[str]:
    """The outcomes with offences of their own that make up an outcome; itself if it is no sum.

    Raises `InputError` for a sum that contains itself, or one part twice.
    """
    found, open_sums = [], [(name, (name,))]
    while open_sums:
        current, path = open_sums.pop()
        definition = definitions[current]
        if not definition.sum_of:
            found.append(current)
        for part in definition.sum_of:
            if part in path:
                raise InputError(
                    f"outcome {name}", f"{part} is part of itself", "a sum of others", "Correct it."
                )
            open_sums.append((part, (*path, part)))
    if len(set(found)) < len(found):
        raise InputError(
            f"outcome {name}",
            f"counts a part twice: {sorted(found)}",
            "each part once",
            "Drop one.",
        )
    return sorted(found)


def delay_distribution(occurred: pd.Series, opened: pd.Series, cut: pd.Timestamp) -> np.ndarray:
    """Share of files opened within 0, 1, … 365 days of the facts, of those opened within 365.

    Files opened after `cut` are not seen, so short delays are over-represented among late facts;
    the product-limit estimate in reversed time corrects for it (Lagakos, Barraj & De Gruttola
    1988). Files opened before the facts count as opened on the day.
    """
    delay = (opened - occurred).dt.days.clip(lower=0).to_numpy()
    follow_up = (cut - occurred).dt.days.to_numpy()
    seen = (delay <= LONGEST_DELAY) & (delay <= follow_up)
    delay, follow_up = delay[seen], np.minimum(follow_up[seen], LONGEST_DELAY)
    days = np.arange(LONGEST_DELAY + 1)
    exactly = np.bincount(delay, minlength=len(days))
    within = np.cumsum(exactly) - np.cumsum(np.bincount(follow_up, minlength=len(days)))
    at_risk = within + np.bincount(follow_up, minlength=len(days))
    kept = 1 - exactly / np.maximum(at_risk, 1)
    return np.append(np.cumprod(kept[:0:-1])[::-1], 1.0)


def completeness(month: str, distribution: np.ndarray, cut: pd.Timestamp) -> float:
    """Expected share of a month's files that had been opened at `cut`, facts spread evenly."""
    days = np.datetime64(month, "D") + np.arange(days_in(month))
    follow_up = (np.datetime64(cut, "D") - days).astype(int)
    share = distribution[np.clip(follow_up, 0, len(distribution) - 1)]
    return float(np.where(follow_up < 0, 0.0, share).mean())


def format_month_list(months: Iterable[str]) -> str:
    """Months as sorted ranges, `2018-01..2018-12 2019-03`; the inverse of `parse_month_list`."""
    runs: list[list[str]] = []
    for month in sorted(set(months)):
        if runs and month_range(runs[-1][-1], month)[1:] == (month,):
            runs[-1].append(month)
        else:
            runs.append([month])
    return " ".join(run[0] if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)


def spells_of(
    files: list[RawFile], definition: OutcomeDefinition, where: str
) -> list[tuple[RawFile, ...]]:
    """The files that count an outcome, together where they share a window, in time order."""
    windows: dict[tuple[str, str], list[RawFile]] = {}
    for file in files:
        if file.takes(definition.source):
            windows.setdefault((file.first, file.last), []).append(file)
    if not windows:
        raise InputError(
            f"{where}, outcome {definition.name}",
            f"no file counts the source {definition.source!r}",
            f"one of {sorted({name for file in files for name in file.counts.split()})}",
            "Correct the outcome's source.",
        )
    ordered = sorted(windows)
    for (_, last), (first, _) in zip(ordered, ordered[1:], strict=False):
        if first <= last:
            raise InputError(where, f"two files count {first}", "windows apart", "Correct them.")
    return [tuple(windows[window]) for window in ordered]


def _refuse_absent(
    rows: pd.DataFrame,
    name: str,
    definition: OutcomeDefinition,
    spells: list[tuple[RawFile, ...]],
) -> None:
    if rows.empty:
        raise InputError(
            f"files {[file.name for spell in spells for file in spell]}, outcome {name}",
            f"no counted row of its offences {list(definition.delitos)}",
            "rows of every outcome",
            "Look in pull/review.csv for the offences under other names, and add these to the "
            "outcome definitions.",
        )


def spell_delays(
    counted: pd.DataFrame,
    opened: pd.Series,
    spell: tuple[RawFile, ...],
    spells: list[tuple[RawFile, ...]],
) -> tuple[np.ndarray, pd.Timestamp]:
    """How late files of one spell are opened (`delay_distribution`), and the day of its cut.

    `counted` are the counted rows of one outcome; `opened` the last believed opening date of each
    file. A spell without opening dates borrows the delays of the outcome's other spells.
    """
    cut = _cut(opened, spell)
    dated = opened.dropna().index
    donors = [spell] if any(file.name in dated for file in spell) else spells
    parts = []
    for donor in donors:
        rows = counted[counted["source"].isin([file.name for file in donor])]
        rows = rows[rows["opened_on"].notna()]
        if len(rows):
            parts.append(
                delay_distribution(rows["occurred_on"], rows["opened_on"], _cut(opened, donor))
            )
    if not parts:
        raise InputError(
            f"files {[file.name for file in spell]}",
            "no opening date in any file of the outcome",
            "one file with opening dates, to know how late files are opened",
            "Add a file in the official layout.",
        )
    return np.mean(parts, axis=0), cut


def _late(
    counted: pd.DataFrame,
    opened: pd.Series,
    spell: tuple[RawFile, ...],
    spells: list[tuple[RawFile, ...]],
) -> list[str]:
    """Months of one spell of which too few files had been opened when it was cut."""
    distribution, cut = spell_delays(counted, opened, spell, spells)
    months = month_range(spell[0].first, spell[0].last)
    return [month for month in months if completeness(month, distribution, cut) < COMPLETE]


def _cut(opened: pd.Series, spell: tuple[RawFile, ...]) -> pd.Timestamp:
    declared = [file.cut for file in spell if file.cut]
    if declared:
        return pd.Timestamp(max(declared))
    last = opened.reindex([file.name for file in spell]).max()
    if pd.isna(last):
        raise InputError(
            f"files {[file.name for file in spell]}",
            "neither opening dates nor a declared cut",
            "the day until which files were taken up",
            "Declare `cut` for the file.",
        )
    return last
