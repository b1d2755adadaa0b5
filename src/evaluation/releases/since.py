"""A panel through its releases: each cell with the release since which it holds what it holds."""

import hashlib

import pandas as pd

from evaluation.panel.contract import Panel
from evaluation.releases.contract import CountHistory
from evaluation.sources.shipped_contract import Neighbours, Sectors
from evaluation.study.contract import as_contract, columns_in
from evaluation.study.months import days_in

KEYS = ["sector", "month", "outcome"]
STATE = ["count", "covered", "complete"]


def changed_cells(before: pd.DataFrame, panel: pd.DataFrame, release: str) -> pd.DataFrame:
    """`CountHistory` rows of a release: the cells that came, changed or went, sorted.

    before : `cells_at` of the release before, without rows where there is none
    panel : `Panel` rows of this one
    """
    old, new = (frame.set_index(KEYS)[STATE].sort_index() for frame in (before, panel))
    gone = old.loc[old.index.difference(new.index)]
    same = old.reindex(new.index)
    moved = pd.Series(~new.index.isin(old.index), index=new.index)
    for name in STATE:
        # Not covered has no count: it differs from every count, and from nothing else.
        one, other = (frame[name].astype("Int64").fillna(-1) for frame in (new, same))
        moved |= (one != other).to_numpy(dtype=bool)
    came = new[moved].assign(held=True)
    went = gone.assign(count=pd.NA, covered=False, complete=False, held=False)
    rows = pd.concat([came, went]) if len(went) else came
    return as_contract(rows.sort_index().reset_index().assign(since=release), CountHistory)


def cells_at(count_history: pd.DataFrame, numbers: dict[str, int], release: str) -> pd.DataFrame:
    """The cells that a release held, sorted: `sector`, `month`, `outcome` and their state.

    numbers : the number of each release, in the order in which they came
    """
    number = count_history["since"].map(numbers)
    rows = count_history.assign(number=number)[number <= numbers[release]]
    last = rows.sort_values("number", kind="stable").drop_duplicates(KEYS, keep="last")
    return last.loc[last["held"], KEYS + STATE].sort_values(KEYS, ignore_index=True)


def panel_at(
    count_history: pd.DataFrame, sectors: pd.DataFrame, numbers: dict[str, int], release: str
) -> pd.DataFrame:
    """The `Panel` that a release held, sorted; `sectors` are those that it held too."""
    cells = cells_at(count_history, numbers, release)
    inhabitants = dict(zip(sectors["sector"], sectors["population_2020"], strict=True))
    population = cells["sector"].map(inhabitants).fillna(0)  # a sector without inhabitants: none
    days = cells["month"].map({month: days_in(month) for month in cells["month"].unique()})
    return as_contract(cells.assign(population=population, days=days), Panel)


def table_at(history: pd.DataFrame, numbers: dict[str, int], release: str) -> pd.DataFrame:
    """The table of sectors or neighbours that a release held, of `SectorHistory` or its like."""
    number = history["since"].map(numbers)
    last = number[number <= numbers[release]].max()
    rows = history[number == last].drop(columns="since")
    model = Neighbours if "neighbour" in rows else Sectors
    keys = [name for name in ("sector", "neighbour") if name in rows]
    return as_contract(rows.sort_values(keys, ignore_index=True), model)


def numbers_of(release_history: pd.DataFrame) -> dict[str, int]:
    """The number of each release."""
    return dict(zip(release_history["release"], release_history["number"], strict=True))


def panel_digest(panel: pd.DataFrame) -> str:
    """Twelve hex digits over all cells of a panel, in whatever order they come."""
    ordered = panel[columns_in(panel, Panel)].sort_values(KEYS)
    return digest(ordered.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def digest(content: bytes) -> str:
    """Twelve hex digits of a SHA-256."""
    return hashlib.sha256(content).hexdigest()[:12]


def last_complete_month(panel: pd.DataFrame) -> str:
    """The last month that is covered and complete for every outcome; empty where there is none."""
    whole = (panel["covered"] & panel["complete"]).groupby(panel["month"]).all()
    return max(whole.index[whole], default="")
