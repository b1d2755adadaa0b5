"""From the tables of a pull to the few figures of it that the next release is held against."""

from collections.abc import Iterable, Mapping

import pandas as pd

from evaluation.panel.counts import classify
from evaluation.panel.official import relevant
from evaluation.panel.shipping import raw_files
from evaluation.releases.summary_contract import ReleaseSummary
from evaluation.sources.openings import opening_spans
from evaluation.sources.plan import INCIDENTS
from evaluation.study.contract import check
from evaluation.study.outcomes import OutcomeDefinition

COLUMNS = ["measure", "file", "name", "month", "day", "rows"]
SAME = ["outcome", "delito", "occurred_on", "opened_on", "alcaldia", "colonia"]
SAME += ["longitude", "latitude"]


def summarise(
    located: pd.DataFrame,
    others: pd.DataFrame,
    review: pd.DataFrame,
    files: pd.DataFrame,
    definitions: Mapping[str, OutcomeDefinition],
    retrieved: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """`ReleaseSummary` rows of what a run pulled, sorted.

    Parameters
    ----------
    located : `LocatedIncidents` of all incident files
    others : `source, year, alcaldia, rows` of the offences that no outcome counts
    review : `source, delito, rows` and more, of uncounted offences that look like an outcome
    files : `PulledFiles`
    definitions : outcomes by name
    retrieved : day on which each file came, `YYYY-MM-DD`, by SHA-256, where it is known
    """
    parts = files[files["kind"] == INCIDENTS]
    days = {
        row.name: retrieved[row.sha256]
        for row in parts.itertuples(index=False)
        if retrieved and retrieved.get(row.sha256)
    }
    raw = raw_files(parts, retrieved or {})
    counted = relevant(classify(located, raw, definitions), raw, definitions)
    taking = set(parts.loc[parts["counts"] != "", "name"])
    tables = [
        *_of_files(parts, days),
        _years(located, others),
        *_openings(located, days),
        _tally(counted, "offence", name="delito", month="month"),
        *_places(counted),
        _repeated(counted),
        _slips(located, days),
        _tally(review[review["source"].isin(taking)], "review", name="delito", weight="rows"),
    ]
    table = pd.concat([table for table in tables if len(table)], ignore_index=True)
    texts = dict.fromkeys(COLUMNS[:-1], str)
    table = table.astype(texts | {"rows": "int64"}).sort_values(COLUMNS[:-1])
    return check(table, ReleaseSummary, "summary of the release")


def _of_files(parts: pd.DataFrame, days: Mapping[str, str]) -> Iterable[pd.DataFrame]:
    base = {"file": parts["name"], "name": parts["schema"], "day": "", "rows": parts["rows"]}
    for measure, column in (("first month", "first_month"), ("last month", "last_month")):
        yield pd.DataFrame(base | {"month": parts[column], "measure": measure})
    known = parts[parts["name"].isin(days)]
    yield pd.DataFrame(
        {
            "measure": "retrieved",
            "file": known["name"],
            "name": known["schema"],
            "month": "",
            "day": known["name"].map(days),
            "rows": known["rows"],
        }
    )


def _tally(
    rows: pd.DataFrame, measure: str, name: str = "", month: str = "", weight: str = ""
) -> pd.DataFrame:
    """Rows, or the sum of a column of numbers, by file and by the columns that are named."""
    keys = {"file": rows["source"]}
    for key, column in (("name", name), ("month", month)):
        keys[key] = rows[column] if column else pd.Series("", rows.index, dtype=str)
    numbers = rows[weight] if weight else pd.Series(1, rows.index, dtype="int64")
    found = numbers.groupby([keys[key].rename(key) for key in keys]).sum()
    return found.rename("rows").reset_index().assign(measure=measure, day="")


def _years(located: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    years = located["occurred_on"].dt.year.fillna(0).astype("int64")
    own = pd.DataFrame({"source": located["source"], "year": years, "rows": 1})
    every = pd.concat([own, others[["source", "year", "rows"]]], ignore_index=True)
    return _tally(every.assign(year=every["year"].astype(str)), "year", name="year", weight="rows")


def _openings(located: pd.DataFrame, days: Mapping[str, str]) -> Iterable[pd.DataFrame]:
    dated = located[located["opened_on"].notna()]
    yield _tally(dated.assign(month=_months(dated["opened_on"])), "opened", month="month")
    last = opening_spans(located, days)["max"].dropna()
    final = dated[dated["opened_on"] == dated["source"].map(last)]
    table = _tally(final, "last opened")
    yield table.assign(day=table["file"].map(last.dt.strftime("%Y-%m-%d")))


def _places(counted: pd.DataFrame) -> Iterable[pd.DataFrame]:
    known = counted["longitude"].notna() & counted["latitude"].notna()
    for measure, rows in (("with", counted[known]), ("without", counted[~known])):
        yield _tally(rows, f"{measure} coordinates", name="outcome", month="month")


def _repeated(counted: pd.DataFrame) -> pd.DataFrame:
    return _tally(counted[counted.duplicated(SAME)], "repeated", month="month")


def _slips(located: pd.DataFrame, days: Mapping[str, str]) -> pd.DataFrame:
    came = pd.to_datetime(located["source"].map(days))
    found = []
    for name, column in (("opened", "opened_on"), ("facts", "occurred_on")):
        wrong = located[located[column] > came]
        keys = [wrong["source"].rename("file"), wrong[column].rename("day")]
        found.append(wrong.groupby(keys).size().rename("rows").reset_index().assign(name=name))
    table = pd.concat(found, ignore_index=True)
    day = pd.to_datetime(table["day"]).dt.strftime("%Y-%m-%d")
    return table.assign(measure="slip", month="", day=day)


def _months(days: pd.Series) -> pd.Series:
    return days.dt.strftime("%Y-%m")
