"""What offences and missing places tell of a release, against the last one."""

from collections.abc import Iterator

import pandas as pd
from scipy.stats import poisson

from evaluation.releases.chance import revised_too_far, share_moved, vanished
from evaluation.releases.fault import Fault, joined, listed

YEAR = 12
FEWEST = 8  # rows that an offence must have had for its absence to say anything
# An offence that is gone and another that came are two signs: each may be one in a thousand.
EACH = 1e-3
PLACES = ["with coordinates", "without coordinates"]


def offence_faults(arriving: pd.DataFrame, before: pd.DataFrame | None) -> Iterator[Fault]:
    """Faults of offences and places; all but one need the release before."""
    if before is not None:
        yield from relabelled(arriving, before)
        yield from other_places(arriving, before)
    yield from places_of_new_months(arriving, before)


def relabelled(arriving: pd.DataFrame, before: pd.DataFrame) -> Iterator[Fault]:
    """Counted offences that are gone, while an uncounted one that looks like one has come."""
    gone, gained = _gone(arriving, before), _gained(arriving, before)
    for offence, row in gone.iterrows():
        taken = gained[gained["gain"] >= row["missing"] / 2]
        if taken.empty:
            continue
        heirs = [f"{name} has {one.gain:,.0f} more" for name, one in taken.iterrows()]
        rows = arriving[arriving["name"].isin([offence, *taken.index])]
        yield Fault(
            "relabelled offence",
            joined(list(rows["file"]), "files"),
            f"{offence} has {row['found']:,.0f} rows where {row['usual']:,.0f} were to be "
            f"expected, while of offences that no outcome counts {listed(heirs)}",
            "the offences of the last release under their names",
            "Add the new name to the outcome definitions, or accept the release with its reason.",
        )


def other_places(arriving: pd.DataFrame, before: pd.DataFrame) -> Iterator[Fault]:
    """Years, of months that both releases hold, of which another share has no coordinates."""
    then, now = _places(before), _places(arriving)
    both = then.join(now, how="inner", suffixes=("_then", "_now")).reset_index()
    both["year"] = both["month"].str[:4]
    numbers = [name for name in both if name.endswith(("_then", "_now"))]
    years = both.groupby(["name", "year"], as_index=False)[numbers].sum()
    for outcome, rows in years.groupby("name"):
        cells = []
        for row in rows.itertuples():
            earlier, later = (row.without_then, row.all_then), (row.without_now, row.all_now)
            moved = revised_too_far(
                [row.all_then - row.without_then], [row.all_now - row.without_now]
            )[0]
            if moved and share_moved(earlier, later):
                cells.append(f"{row.year} {_percent(*earlier)}, now {_percent(*later)}")
        if cells:
            yield _fault(arriving, str(outcome), cells, "in the last release")


def places_of_new_months(arriving: pd.DataFrame, before: pd.DataFrame | None) -> Iterator[Fault]:
    """New months of which another share has no coordinates than of the twelve before."""
    for outcome, rows in _places(arriving).groupby(level="name"):
        table = rows.droplevel("name").sort_index()
        known = _last_month(before) if before is not None else table.index[-2:][0]
        new, old = table[table.index > known], table[table.index <= known].tail(YEAR)
        if len(old) < YEAR or new.empty:
            continue
        earlier = int(old["without"].sum()), int(old["all"].sum())
        later = int(new["without"].sum()), int(new["all"].sum())
        if share_moved(earlier, later):
            months = f"{new.index[0]} to {new.index[-1]}"
            cells = [f"{months} {_percent(*later)}, the year before {_percent(*earlier)}"]
            yield _fault(arriving, str(outcome), cells, "in the twelve months before")


def _fault(arriving: pd.DataFrame, outcome: str, cells: list[str], held: str) -> Fault:
    rows = arriving[arriving["measure"].isin(PLACES) & (arriving["name"] == outcome)]
    return Fault(
        "places",
        joined(list(rows["file"]), "files"),
        f"{outcome}, share without coordinates: {listed(cells)}",
        f"within ten points of the share {held}",
        "Look at the columns of coordinates; fetch the file again.",
    )


def _places(summary: pd.DataFrame) -> pd.DataFrame:
    """`without, all` by outcome (`name`) and month."""
    rows = summary[summary["measure"].isin(PLACES)]
    table = rows.pivot_table(
        index=["name", "month"], columns="measure", values="rows", aggfunc="sum", fill_value=0
    ).reindex(columns=PLACES, fill_value=0)
    return pd.DataFrame({"without": table[PLACES[1]], "all": table.sum(axis=1)}).astype("int64")


def _last_month(summary: pd.DataFrame) -> str:
    return summary.loc[summary["measure"] == "last month", "month"].max()


def _gone(arriving: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """`usual, found, missing` by offence: of the months of the last release, or of the new ones."""
    last = _last_month(before)
    then, now = (table[table["measure"] == "offence"] for table in (before, arriving))
    past = then.groupby("name")["rows"].sum()
    kept = now[now["month"] <= last].groupby("name")["rows"].sum().reindex(past.index, fill_value=0)
    months = sorted(now.loc[now["month"] > last, "month"].unique())
    recent = sorted(then["month"].unique())[-YEAR:]
    year = then[then["month"].isin(recent)].groupby("name")["rows"].sum()
    usual = year.reindex(past.index, fill_value=0) / max(len(recent), 1) * len(months)
    new = now[now["month"] > last].groupby("name")["rows"].sum().reindex(past.index, fill_value=0)
    found = []
    for name in past.index:
        for expected, seen in ((past[name], kept[name]), (usual[name], new[name])):
            if expected >= FEWEST and vanished([expected], [seen], EACH)[0]:
                found.append((name, expected, seen, expected - seen))
    table = pd.DataFrame(found, columns=["offence", "usual", "found", "missing"])
    return table.groupby("offence").sum()


def _gained(arriving: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """`gain` of each uncounted offence that has more rows than its growth would have made."""
    then, now = (
        table[table["measure"] == "review"].groupby("name")["rows"].sum()
        for table in (before, arriving)
    )
    earlier = then.reindex(now.index, fill_value=0)
    held = before.loc[before["measure"] == "offence", "month"].nunique()
    more = arriving.loc[arriving["measure"] == "offence", "month"].nunique() - held
    growth = earlier / max(held, 1) * max(more, 0)
    gain = now - earlier - growth
    unlikely = poisson.sf(now - earlier - 1, growth + 0.5) < EACH
    return pd.DataFrame({"gain": gain[unlikely & (gain > 0)]})


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}"
