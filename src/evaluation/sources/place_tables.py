"""What a config of another place may give beside its panel: a table each, and none is needed.

`units` (attributes), `neighbours`, `calendar` (other units that the programme reached), `events`
(what else happened) and `totals`. Every cell is checked here, and every message names the line;
outlines are read in `place_map.py`. Paths begin in the config's folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from evaluation.sources.shipped_contract import MOST_KM2, MOST_PEOPLE, REACH_M
from evaluation.study.calendars import BOROUGH, CONFIDENCE, EVERYWHERE
from evaluation.study.delimited import number_advice, plain_number, read_delimited, whole_number
from evaluation.study.errors import InputError
from evaluation.study.names import nearest, refuse_alike
from evaluation.study.period_names import NAMELESS

if TYPE_CHECKING:
    from evaluation.sources.place import Place

UNITS, NEIGHBOURS, CALENDAR = "units", "neighbours", "calendar"
EVENTS, TOTALS, POLYGONS = "events", "totals", "polygons"
FILES = (UNITS, POLYGONS, NEIGHBOURS, CALENDAR, EVENTS, TOTALS)  # keys that name a file each
TOUCHING_M = 50  # neighbours: outlines so near touch, up to the slits between digitised polygons
ATTRIBUTES = {  # columns of `units`, and what the table `sectors` calls them
    "region": "alcaldia",
    "population": "population_2020",
    "area_km2": "area_km2",
    "longitude": "longitude",
    "latitude": "latitude",
}
BOUNDS = {
    "population": (1.0, MOST_PEOPLE),
    "area_km2": (1e-6, MOST_KM2),
    "longitude": (-180.0, 180.0),
    "latitude": (-90.0, 90.0),
}
TREATMENTS = {  # what to do about an event, and what the calendar calls it
    "end window": "end window",
    "drop periods": "drop months",
    "drop units": "drop sectors",
    "keep units": "keep sectors",
    "region difference": "borough difference",
}
NOT_STATED = CONFIDENCE[-1]
Row = dict[str, str]


def given_file(config: Mapping, key: str, where: str) -> Path | None:
    """The file that a key of the config names: beside the config, else as the working folder has
    it; None without the key."""
    if not config.get(key):
        return None
    beside = Path(where).parent / config[key]
    return Path(config[key]) if Path(config[key]).exists() and not beside.exists() else beside


def given_files(config: Mapping, where: str) -> list[str]:
    """Every optional file that a config names, in the order of `FILES`."""
    return [str(path) for key in FILES if (path := given_file(config, key, where))]


def attributes(found: Place) -> pd.DataFrame:
    """`Sectors` rows of the table `units`: one for each unit of the panel, with its columns.

    Units treated together are one: people and areas are summed, coordinates averaged, regions
    listed. A table without `units` has the names alone.
    """
    path = given_file(found.config, UNITS, found.where)
    if path is None:
        return pd.DataFrame({"sector": sorted([*found.others, found.unit])})
    rows = _rows(path, ("unit",), tuple(ATTRIBUTES), UNITS)
    if len(rows[0]) == 1:
        _refuse(path, 1, "a column unit alone", f"any of {list(ATTRIBUTES)}", "Add what is known.")
    if ("longitude" in rows[0]) != ("latitude" in rows[0]):
        _refuse(path, 1, "one coordinate", "longitude and latitude", "Add the other one.")
    _refuse_units(path, rows, "unit", found.panel.units)
    _refuse_twice(path, rows, ("unit",))
    if lacking := sorted(set(found.panel.units) - {row["unit"] for row in rows}):
        _refuse(path, 0, f"no row of {lacking[0]!r}", "a row for each unit of the panel", "Add it.")
    table = pd.DataFrame({"sector": [row["unit"] for row in rows]})
    for name in [name for name in ATTRIBUTES if name in rows[0]]:
        cells = [row[name] for row in rows]
        if name == "region":
            lines = ((cell, f"{path}, line {n}, column region") for n, cell in enumerate(cells, 2))
            refuse_alike(lines)
            table[ATTRIBUTES[name]] = cells
        else:
            table[ATTRIBUTES[name]] = _numbers(path, name, cells)
    return _united(table, found)


def _united(table: pd.DataFrame, found: Place) -> pd.DataFrame:
    """The rows by unit, sorted; of units treated together one."""
    how: dict[str, Any] = dict.fromkeys(("longitude", "latitude"), "mean")
    how |= dict.fromkeys(("population_2020", "area_km2"), "sum")
    how["alcaldia"] = lambda names: "; ".join(sorted(set(names)))
    table = table.assign(sector=in_place(table["sector"], found))
    how = {name: how[name] for name in table.columns if name != "sector"}
    return table.groupby("sector", sort=True).agg(how).reset_index()


def in_place(units: pd.Series, found: Place) -> pd.Series:
    """Names of units, those treated together under their common name."""
    return units.replace(dict.fromkeys(found.treated, found.unit))


def neighbours(found: Place) -> pd.DataFrame:
    """`Neighbours` rows of the table `neighbours`; a pair in one direction stands for both.

    Without `distance_m` a pair touches (0 m). Raises `InputError` for a pair that comes twice with
    other figures, a unit beside itself, and a distance above 2,000 m.
    """
    path = given_file(found.config, NEIGHBOURS, found.where)
    assert path is not None
    rows = _rows(path, ("unit", "neighbour"), ("shared_border_m", "distance_m"), NEIGHBOURS)
    for column in ("unit", "neighbour"):
        _refuse_units(path, rows, column, found.panel.units)
    _refuse_twice(path, rows, ("unit", "neighbour"))
    figures = {
        name: _metres(path, name, [row[name] for row in rows]) if name in rows[0] else None
        for name in ("shared_border_m", "distance_m")
    }
    pairs: dict[tuple[str, str], tuple[float, float]] = {}
    for place, row in enumerate(rows):
        if row["unit"] == row["neighbour"]:
            _refuse(path, place + 2, f"{row['unit']!r} beside itself", "another unit", "Remove it.")
        own = tuple(0.0 if values is None else values[place] for values in figures.values())
        if pairs.setdefault((row["neighbour"], row["unit"]), own) != own:
            problem = f"other metres than the row of {row['neighbour']!r} and {row['unit']!r}"
            _refuse(path, place + 2, problem, "the same both ways", "Correct one.")
        pairs[row["unit"], row["neighbour"]] = own
    table = pd.DataFrame(
        [(*pair, *own) for pair, own in pairs.items()],
        columns=["sector", "neighbour", "shared_border_m", "distance_m"],
    )
    return _united_pairs(table, found)


def _united_pairs(table: pd.DataFrame, found: Place) -> pd.DataFrame:
    """Pairs of units, sorted; those treated together are one, as near as the nearest of them."""
    table = table.assign(
        sector=in_place(table["sector"], found), neighbour=in_place(table["neighbour"], found)
    )
    table = table[table["sector"] != table["neighbour"]]
    how = {"shared_border_m": "sum", "distance_m": "min"}
    return table.groupby(["sector", "neighbour"], sort=True).agg(how).reset_index()


def calendar(found: Place, later: Mapping[str, object]) -> list[Row]:
    """Rows of the treatment calendar: the table `calendar`, and treated units that start later.

    later : starts by unit, as the config has them

    A unit may start before the panel does; units of the calendar are no donors.
    """
    path, names = given_file(found.config, CALENDAR, found.where), found.panel.names
    rows: list[Row] = []
    if path is not None:
        optional = ("latest_start", "source", "confidence")
        rows = _rows(path, ("unit", "start"), optional, CALENDAR)
        _refuse_units(path, rows, "unit", found.others, [*found.treated, *later])
        _refuse_twice(path, rows, ("unit",))
    entries = []
    for line, row in enumerate(rows, start=2):
        first = _month(path, line, "start", row["start"], names)
        last = row.get("latest_start") or row["start"]
        confidence = row.get("confidence") or NOT_STATED
        if confidence not in CONFIDENCE:
            _refuse(path, line, f"confidence {confidence!r}", f"one of {CONFIDENCE}", "Correct it.")
        months = (first, _month(path, line, "latest_start", last, names))
        if months[1] < months[0]:
            _refuse(path, line, f"latest_start {last!r}", f"{row['start']} or later", "Correct it.")
        entries.append(_entry(row["unit"], *months, row.get("source", ""), confidence))
    for unit, start in later.items():
        month = _month(Path(found.where), 0, f"treated.{unit}", str(start), names)
        entries.append(_entry(unit, month, month, "", NOT_STATED))
    return entries


def _entry(unit: str, first: str, last: str, source: str, confidence: str) -> Row:
    notes = {"source": source, "confidence": confidence}
    return {"sector": unit, "entry": first, "latest_entry": last} | notes


def events(found: Place) -> list[Row]:
    """Rows of the contamination calendar: what else happened, where, and what is done about it.

    A row has `event`, `first` and `treatment` (a key of `TREATMENTS`); `last`, `units` or
    `regions` (several by `;`), `source` and `confidence` if need be. Without units and regions an
    event is everywhere.
    """
    path, names = given_file(found.config, EVENTS, found.where), found.panel.names
    if path is None:
        return []
    optional = ("last", "units", "regions", "source", "confidence")
    rows, made = _rows(path, ("event", "first", "treatment"), optional, EVENTS), []
    for line, row in enumerate(rows, start=2):
        if row["treatment"] not in TREATMENTS:
            known = f"one of {list(TREATMENTS)}"
            _refuse(path, line, f"treatment {row['treatment']!r}", known, "Correct it.")
        last = row.get("last", "")
        confidence = row.get("confidence") or NOT_STATED
        made.append(
            {
                "event": row["event"],
                "scope": _scope(path, line, row, found),
                "first": _month(path, line, "first", row["first"], names),
                "last": _month(path, line, "last", last, names, end=True) if last else "",
                "treatment": TREATMENTS[row["treatment"]],
                "source": row.get("source", ""),
                "confidence": confidence,
            }
        )
    return made


def _scope(path: Path, line: int, row: Row, found: Place) -> str:
    """Where an event was: its units, those treated together under their common name; or regions."""
    units, regions = row.get("units", ""), row.get("regions", "")
    if units and regions:
        _refuse(path, line, "units and regions", "one of the two", "Leave one empty.")
    missing = {
        "drop periods": (row.get("last"), "no last", "the last period that is left out"),
        "drop units": (units or regions, "no units", "units, or regions"),
        "keep units": (units or regions, "no units", "units, or regions"),
        "region difference": (regions, "no regions", "one or several"),
    }
    given, problem, expected = missing.get(row["treatment"], ("-", "", ""))
    if not given:
        _refuse(path, line, f"{row['treatment']}, and {problem}", expected, "Fill it in.")
    if regions:
        named = [part.strip() for part in regions.split(";")]
        known = set(attributes(found).get("alcaldia", ()))
        if unknown := [name for name in named if name not in known]:
            expected = f"regions of {UNITS}: {sorted(known)}" if known else "a column region"
            action = nearest(unknown[0], known) if known else f"Add it to a table {UNITS}."
            _refuse(path, line, f"unknown region {unknown[0]!r}", expected, action)
        return BOROUGH + ";".join(named)
    named = [part.strip() for part in units.split(";")] if units else []
    for unit in named:
        if unit not in found.panel.units:
            advice = nearest(unit, found.panel.units)
            _refuse(path, line, f"unknown unit {unit!r}", "units of the panel", advice)
    return ";".join(dict.fromkeys(in_place(pd.Series(named, dtype=str), found))) or EVERYWHERE


def refuse_totals(found: Place) -> None:
    """Refuse a panel with more in a period than the table `totals` has: period, outcome, total.

    Of counts alone; the periods and outcomes of the table need not be all.
    """
    path, names = given_file(found.config, TOTALS, found.where), found.panel.names
    if path is None:
        return
    rows = _rows(path, ("period", "total"), ("outcome",), TOTALS)
    counts = [name for name, kind in found.kinds.items() if kind == "count"]
    sums = found.panel.rows.groupby(["outcome", "month"])["value"].sum()
    seen = set()
    for line, row in enumerate(rows, start=2):
        outcome = row.get("outcome", counts[0] if counts else "")
        if outcome not in counts:
            _refuse(path, line, f"outcome {outcome!r}", f"a count: {counts}", "Correct it.")
        month = _month(path, line, "period", row["period"], names)
        if not whole_number(row["total"]) or int(row["total"]) < 0:
            advice = number_advice(row["total"])
            _refuse(path, line, f"total {row['total']!r}", "a whole number, 0 or more", advice)
        if (outcome, month) in seen:
            _refuse(
                path, line, f"{row['period']}, {outcome} again", "one row of each", "Remove it."
            )
        seen.add((outcome, month))
        counted = sums.get((outcome, month), 0)
        if counted > int(row["total"]):
            problem = f"a total of {row['total']}, and the units of {found.panel.path} sum to"
            expected = "at least what is counted in the units"
            action = "Correct the total; or the panel, where rows may be there twice."
            _refuse(path, line, f"{problem} {counted:,.0f}", expected, action)


def _rows(path: Path, needed: Iterable[str], optional: Iterable[str], key: str) -> list[Row]:
    """The rows of a table, whose columns are those needed and any of the optional ones."""
    needed, optional = list(needed), list(optional)
    table = read_delimited(path, missing=f"Correct the key {key} of the config.")
    header = list(table.columns)
    lacking = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in (*needed, *optional)]
    if lacking or unknown:
        problem = f"no column {lacking[0]}" if lacking else f"unknown column {unknown[0]!r}"
        expected = f"{needed}, and any of {optional}"
        _refuse(path, 1, problem, expected, "Correct the header.")
    rows = table.records()
    if not rows:
        _refuse(path, 0, "a header without rows", "rows", f"Add them, or remove the key {key}.")
    may_be_empty = {"latest_start", "last", "units", "regions", "source", "confidence"}
    for line, row in enumerate(rows, start=2):
        for name, cell in row.items():
            if not cell and name not in may_be_empty:
                _refuse(path, line, f"no {name}", "a value", "Fill it in, or leave the row out.")
    return rows


def _refuse_units(
    path: Path, rows: list[Row], column: str, known: Iterable[str], others: Iterable[str] = ()
) -> None:
    """Refuse a unit that is not known, or whose start the config says."""
    known, others = list(known), list(others)
    for line, row in enumerate(rows, start=2):
        if row[column] in others:
            problem = f"{row[column]!r}, whose start the config has"
            _refuse(path, line, problem, "other units", "Remove the row.")
        if row[column] not in known:
            problem, action = f"unknown unit {row[column]!r}", nearest(row[column], known)
            _refuse(path, line, problem, f"one of the {len(known)} units of the panel", action)


def _refuse_twice(path: Path, rows: list[Row], keys: tuple[str, ...]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for line, row in enumerate(rows, start=2):
        key = tuple(row[name] for name in keys)
        if key in seen:
            named = ", ".join(key)
            problem = f"a second row of {named} (the first is in line {seen[key]})"
            _refuse(path, line, problem, "one", "Remove one.")
        seen[key] = line


def _numbers(path: Path, name: str, cells: list[str]) -> pd.Series:
    """Plain numbers within the bounds of an attribute; inhabitants are whole."""
    low, high = BOUNDS[name]
    whole = name == "population"
    sound: Callable[[str], bool] = whole_number if whole else plain_number
    for line, cell in enumerate(cells, start=2):
        if not sound(cell):
            kind = "a whole number" if whole else "a number: digits, and a point before decimals"
            _refuse(path, line, f"{name} {cell!r}", kind, number_advice(cell))
        if not low <= float(cell) <= high:
            _refuse(path, line, f"{name} {cell}", f"{low:,g} to {high:,g}", "Correct it.")
    return pd.Series([int(cell) if whole else float(cell) for cell in cells])


def _metres(path: Path, name: str, cells: list[str]) -> list[float]:
    most = REACH_M if name == "distance_m" else 10_000_000
    for line, cell in enumerate(cells, start=2):
        if not whole_number(cell) or not 0 <= int(cell) <= most:
            action = number_advice(cell)
            if whole_number(cell) and name == "distance_m":
                action = "Leave the row out: units so far apart are no neighbours."
            _refuse(path, line, f"{name} {cell!r}", f"whole metres, 0 to {most:,}", action)
    return [float(cell) for cell in cells]


def _month(path: Path | None, line: int, name: str, text: str, names, end: bool = False) -> str:
    """The month that stands for a period of the panel; its last one at an `end`."""
    number = names.number(text)
    if number is None:
        expected = f"a {names.kind}, as the panel has them"
        _refuse(path, line, f"{name} {text!r}", expected, "Write it so.")
    if names.kind in NAMELESS:  # nothing stands for what is before the panel
        number = max(number, names.first)
    return names.last_month(number) if end else names.month(number)


def _refuse(path, line: int, problem: str, expected: str, action: str) -> NoReturn:
    where = f"{path}, line {line}" if line else str(path)
    raise InputError(where, problem, expected, action or "Correct it.")
