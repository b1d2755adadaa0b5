"""What a config of another place says beside its panel: which tables there are, and who came later.

A table that is not given leaves no trace: no key, no feature, no rows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluation.sources import place_tables
from evaluation.sources.place_checks import refuse
from evaluation.sources.place_tables import (
    CALENDAR,
    EVENTS,
    FILES,
    NEIGHBOURS,
    POLYGONS,
    TOTALS,
    UNITS,
    given_file,
)
from evaluation.study.delimited import read_delimited
from evaluation.study.names import nearest
from evaluation.study.period_names import PeriodNames, kind_of
from evaluation.study.study import PANEL

if TYPE_CHECKING:
    from evaluation.sources.long_panel import LongPanel
    from evaluation.sources.place import Place

__all__ = ["FILES", "NEIGHBOURS", "POLYGONS", "about_units", "features", "keys", "one_start"]


def features(found: Place) -> dict[str, object]:
    """Features by name, true where a table brings them; of tables the headers alone are read."""
    config = found.config
    path = given_file(config, UNITS, found.where)
    header = read_delimited(path, missing=f"Correct the key {UNITS}.").columns if path else ()
    outlines = config.get(POLYGONS)
    return {
        "neighbours": found.gives_neighbours,
        "regions": "region" in header,
        "attributes": outlines or {"population", "area_km2"} & set(header),
        "map": outlines,
        "programme": config.get(CALENDAR) or found.later,
        "events": config.get(EVENTS),
        "totals": config.get(TOTALS),
    }


def keys(found: Place) -> dict[str, Any]:
    """Keys of the full config that follow from what is beside the panel."""
    own: dict[str, Any] = {}
    if files := place_tables.given_files(found.config, found.where):
        own["source"] = {"from": PANEL, "panel": found.panel.path, "tables": files}
    if entries := place_tables.calendar(found, found.later):
        own["treatment_calendar"] = entries
    if happened := place_tables.events(found):
        own["contamination_calendar"] = happened
    if len(found.treated) > 1:
        own["treated_units"] = list(found.treated)
    if found.config.get("exclude_neighbours") and not found.gives_neighbours:
        problem = "no table says which units are neighbours"
        action = "Name a file, or remove the key."
        refuse(found.where, "exclude_neighbours", problem, f"{NEIGHBOURS} or {POLYGONS}", action)
    return own


def one_start(config: Mapping, where: str) -> tuple[Mapping, dict[str, object]]:
    """A config with one start, and the later starts of other units by name.

    `treated` may hold starts by unit: those that start first are treated, and the others are in the
    calendar. What is written there is checked against the panel later.
    """
    treated = config.get("treated")
    if not isinstance(treated, Mapping) or not treated:
        return config, {}
    if "start" in config:
        refuse(where, "start", "a start, and starts in treated", "one of the two", "Remove one.")
    first = min(treated.values(), key=_order)
    now = [unit for unit, start in treated.items() if start == first]
    later = {unit: start for unit, start in treated.items() if unit not in now}
    return {**config, "treated": now if len(now) > 1 else now[0], "start": first}, later


def _order(start: object) -> float:
    """Of periods of one form, their order; what is no period comes first, and is refused then."""
    kind = kind_of(str(start))
    number = PeriodNames(kind).number(str(start)) if kind else None
    return -math.inf if number is None else number


def refuse_later(later: Mapping[str, object], panel: LongPanel, where: str) -> None:
    """Refuse a unit with a later start that the panel does not have."""
    for unit in later:
        if unit not in panel.units:
            expected, action = f"a unit of {panel.path}", nearest(unit, panel.units)
            refuse(where, f"treated.{unit}", f"unknown unit {unit!r}", expected, action)


def about_units(found: Place) -> dict[str, pd.DataFrame]:
    """The table `sectors`; with neighbours or outlines `neighbours`, with outlines `quadrants`."""
    place_tables.refuse_totals(found)
    sectors = place_tables.attributes(found)
    tables = {"sectors": sectors}
    if found.config.get(POLYGONS):
        from evaluation.sources import place_map

        shapes = place_map.outlines(found)
        tables["sectors"] = sectors = place_map.with_figures(sectors, shapes)
        tables["neighbours"] = place_map.neighbours_of(shapes)
        tables["quadrants"] = place_map.shapes_to_draw(sectors, shapes)
    if found.config.get(NEIGHBOURS):
        tables["neighbours"] = place_tables.neighbours(found)
    return tables
