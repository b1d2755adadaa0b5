"""What the counts of a release tell of it: against the last release, and against each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.releases.chance import FALLEN, revised_too_far, vanished
from evaluation.releases.fault import Fault, changed, joined, listed
from evaluation.study.months import month_range

NEAR = 6  # months on each side that a month is held against
FEWEST_NEAR = 3
YEAR = 12
TABLE = "counts by sector and month"
AGAIN = "Fetch the files again. If the office says why, accept the release with its reason."


@dataclass(frozen=True)
class Counts:
    """Counts of one release, with the files they come from.

    cells : `sector, month, outcome, count, covered, complete`, a row per cell
    sources : files by outcome, by spaces, as in `Coverage`
    """

    cells: pd.DataFrame
    sources: dict[str, str]

    def complete(self) -> pd.DataFrame:
        cells = self.cells[self.cells["covered"] & self.cells["complete"]]
        return cells.assign(count=cells["count"].astype(float))

    def files(self, outcomes: Iterable[str]) -> str:
        found = [name for key in outcomes for name in self.sources.get(key, "").split()]
        return joined(found, TABLE)


def count_faults(arriving: Counts, before: Counts | None) -> Iterator[Fault]:
    """Faults that the counts show; without a release before, those that they show alone."""
    yield from low_months(arriving, before)
    if before is not None:
        yield from revised_past(arriving, before)
        yield from revised_sectors(arriving, before)
        yield from silent_sectors(arriving, before)
        yield from earlier_end(arriving, before)


def revised_past(arriving: Counts, before: Counts) -> Iterator[Fault]:
    """Years and months, complete in both releases, of which an outcome has other counts."""
    both = (
        _both(arriving, before)
        .groupby(["outcome", "month"], as_index=False)[["before", "after"]]
        .sum()
    )
    years = both.assign(span=both["month"].str[:4])
    years = years.groupby(["outcome", "span"], as_index=False)[["before", "after"]].sum()
    wrong_years = years[revised_too_far(years["before"], years["after"])]
    wrong = both[revised_too_far(both["before"], both["after"])].rename(columns={"month": "span"})
    named = set(zip(wrong_years["outcome"], wrong_years["span"], strict=True))
    alone = [(row.outcome, row.span[:4]) not in named for row in wrong.itertuples()]
    wrong = pd.concat([wrong_years, wrong[np.array(alone, dtype=bool)]])
    for outcome, rows in wrong.groupby("outcome"):
        yield Fault(
            "past revised",
            arriving.files([outcome]),
            "complete months are not what they were in the last release: "
            + listed(
                changed(f"{outcome} in {row.span}", row.before, row.after)
                for row in rows.itertuples()
            ),
            "changes of at most 5%, or of a few files",
            AGAIN,
        )


def revised_sectors(arriving: Counts, before: Counts) -> Iterator[Fault]:
    """Sectors whose complete months changed, where the city's did not give it away."""
    both = _both(arriving, before)
    cells = both.groupby(["outcome", "sector"], as_index=False)[["before", "after"]].sum()
    city = cells.groupby("outcome")[["before", "after"]].sum()
    named = set(city.index[revised_too_far(city["before"], city["after"])])
    wrong = cells[revised_too_far(cells["before"], cells["after"]) & ~cells["outcome"].isin(named)]
    for sector, rows in wrong.groupby("sector"):
        yield Fault(
            "sector revised",
            arriving.files(rows["outcome"]),
            f"sector {sector}, complete months of both releases: "
            + listed(changed(row.outcome, row.before, row.after) for row in rows.itertuples()),
            "changes of at most 5%, or of a few files",
            AGAIN,
        )


def silent_sectors(arriving: Counts, before: Counts) -> Iterator[Fault]:
    """Sectors with hardly an event in the months that this release completes."""
    known = set(before.complete()["month"])
    cells = arriving.complete()
    for outcome, rows in cells.groupby("outcome"):
        table = rows.pivot(index="month", columns="sector", values="count").sort_index()
        new = [month for month in table.index if month not in known]
        old = table.index[~table.index.isin(new)][-YEAR:]
        if not new or len(old) < YEAR:
            continue
        usual = table.loc[old].mean() * len(new)
        found = table.loc[new].sum()
        for sector in table.columns[vanished(usual, found)]:
            yield Fault(
                "sector silent",
                arriving.files([outcome]),
                f"sector {sector}, {outcome}: {found[sector]:.0f} in {new[0]} to {new[-1]}, where "
                f"{usual[sector]:.0f} were usual in the year before",
                "rows of every sector",
                "Look for the sector's rows; fetch the file again.",
            )


def low_months(arriving: Counts, before: Counts | None) -> Iterator[Fault]:
    """Complete months under a quarter of those around them, and not so in the last release."""
    known = set(_low(before)) if before is not None else set()
    found = {key: value for key, value in _low(arriving).items() if key not in known}
    for outcome in sorted({outcome for outcome, _ in found}):
        cells = [(month, *pair) for (name, month), pair in found.items() if name == outcome]
        yield Fault(
            "low month",
            arriving.files([outcome]),
            f"{outcome}: "
            + listed(
                f"{month} has {count:,.0f}, the months around it {usual:,.0f}"
                for month, count, usual in sorted(cells)
            ),
            f"no complete month under {FALLEN:.0%} of its neighbours",
            "Look for the month's rows; fetch the file again.",
        )


def earlier_end(arriving: Counts, before: Counts) -> Iterator[Fault]:
    """Outcomes whose last covered month is earlier than it was: an older release."""
    last, earlier = _ends(arriving), _ends(before)
    both = earlier.index.intersection(last.index)
    wrong = [name for name in both if last[name] < earlier[name]]
    if wrong:
        yield Fault(
            "earlier end",
            arriving.files(wrong),
            "the last month is earlier than in the last release: "
            + listed(f"{name} ends {last[name]}, before {earlier[name]}" for name in wrong),
            "a release that goes on from the last one",
            "This looks like an older release: fetch the newest.",
        )
    if lost := sorted(set(earlier.index) - set(last.index)):
        yield Fault(
            "earlier end",
            TABLE,
            f"no covered month of {', '.join(lost)}, which the last release had",
            "every outcome of the last release",
            "Add its file.",
        )


def _both(arriving: Counts, before: Counts) -> pd.DataFrame:
    """`outcome, sector, month, before, after` of the cells that are complete in both releases."""
    keys = ["outcome", "sector", "month"]
    left, right = before.complete(), arriving.complete()
    table = left[[*keys, "count"]].merge(right[[*keys, "count"]], on=keys)
    return table.rename(columns={"count_x": "before", "count_y": "after"})


def _ends(counts: Counts) -> pd.Series:
    return counts.cells[counts.cells["covered"]].groupby("outcome")["month"].max()


def _low(counts: Counts) -> dict[tuple[str, str], tuple[float, float]]:
    """Count and usual count of the low months, by outcome and month.

    Usual is the lower of the medians of the months before and after, so that a level that falls
    for good makes no month low.
    """
    city = counts.complete().groupby(["outcome", "month"])["count"].sum()
    found = {}
    for outcome, rows in city.groupby(level="outcome"):
        months = rows.droplevel("outcome")
        span = month_range(months.index.min(), months.index.max())
        series = months.reindex(span)
        sides = [_medians(series), _medians(series[::-1])[::-1]]
        usual = np.fmin(*sides)
        low = series.notna().to_numpy() & vanished(np.nan_to_num(usual), series.fillna(0))
        for place in np.flatnonzero(low):
            found[outcome, span[place]] = (float(series.iloc[place]), float(usual[place]))
    return found


def _medians(series: pd.Series) -> np.ndarray:
    """Median of up to six months before each."""
    return series.shift(1).rolling(NEAR, min_periods=FEWEST_NEAR).median().to_numpy()
