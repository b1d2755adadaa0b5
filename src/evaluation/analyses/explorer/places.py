"""Where each unit lies and what it is: role, weight, change, effect as if it had been treated."""

import numpy as np
import pandas as pd
import shapely

from evaluation.analyses.explorer.results import (
    CELL,
    effect_format,
    kept_rows,
    shown_outcomes,
)
from evaluation.page.explorer import Rows, rounded
from evaluation.page.language import Language
from evaluation.page.outline import sector_outlines
from evaluation.page.table_writer import Sums
from evaluation.page.wording import reason_text
from evaluation.study.study import Study

ROLES = ("treated", "donor", "excluded")
FINE = 1 / 500  # of the map's width: what is simplified away
GRID = 2000  # whole steps across the map
YEAR_DAYS = 365.25


def unit_rows(
    study: Study,
    language: Language,
    *,
    units: pd.DataFrame,
    weights: pd.DataFrame,
    placebos: pd.DataFrame,
    panel: pd.DataFrame,
    scores: Rows,
) -> Rows:
    """Weight in the treated unit's comparison, change from the past to the window, and effect as
    if treated (of `scores`) of every unit, by outcome, estimator and window; all in percent.

    The effect of an outcome that is no count, and its change, are differences.
    """
    place = {name: scores.columns.index(name) for name in ("unit", "effect")}
    own = weights[weights["unit"] == study.treated]
    weight = own.set_index(["outcome", "estimator", "donor"])["weight"].to_dict()
    changed = changes(study, language, panel)
    roles = dict(zip(units["sector"], units["role"], strict=True))
    weighted = set(zip(own["outcome"], own["estimator"], strict=True))
    rows = {}
    for key, found in scores.rows.items():
        outcome, estimator, window = key.split("|")
        effects = {row[place["unit"]]: row[place["effect"]] for row in found}
        rows[key] = [
            [
                unit,
                rounded(100 * weight.get((outcome, estimator, unit), 0.0), 1)
                if roles[unit] == "donor" and (outcome, estimator) in weighted
                else None,
                changed.get((outcome, window, unit)),
                effects.get(unit),
            ]
            for unit in sorted(roles)
        ]
    formats = {"weight": ("percent", 1, False), "change": effect_format(study)}
    formats["effect"] = effect_format(study)
    join = "units"
    return Rows(CELL, ("unit", "weight", "change", "effect"), rows, formats=formats, join=join)


def changes(study: Study, language: Language, panel: pd.DataFrame) -> dict[tuple, float | None]:
    """Outcome, window, unit → change of the rate from the pre-period to the window, in percent; of
    the mean, where values are no counts. Covered and complete periods count.
    """
    rows = panel[panel["outcome"].isin(shown_outcomes(study))]
    rows = rows[rows["covered"] & rows["complete"]]
    if "exposure" in rows:
        exposure = rows["exposure"]
    else:
        exposure = rows["days"] / YEAR_DAYS * rows.get("population", 1)
    counted = study.scale().counted
    events = rows["count"].astype(float) if counted else rows["value"]
    rows = rows.assign(events=events, held=exposure if counted else 1.0)
    before = _sums(rows, study.pre_period.first, study.pre_period.last).add_suffix("_before")
    parts = []
    for name, _ in study.post_windows:
        span = study.window[name]
        both = _sums(rows, span.first, span.last).add_suffix("_after").join(before)
        parts.append(both.assign(window=name).reset_index())
    found = pd.concat(parts, ignore_index=True)
    rates = {one: found[f"events_{one}"] / found[f"held_{one}"] for one in ("before", "after")}
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 100 * (rates["after"] / rates["before"].where(rates["before"] > 0) - 1)
    found["change"] = ratio if counted else rates["after"] - rates["before"]
    counts = ("events_before", "events_after") if counted else ()
    sums = Sums("outcome", ("window", "sector"))
    found = kept_rows(study, language, found, counts, ("change",), sums)
    return {
        (row["outcome"], row["window"], row["sector"]): rounded(
            row["change"], 1 if counted else None
        )
        for row in found.to_dict("records")
    }


def _sums(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    inside = rows[rows["month"].between(first, last)]
    return inside.groupby(["outcome", "sector"])[["events", "held"]].sum(min_count=1)


def places(
    study: Study, language: Language, units: pd.DataFrame, quadrants: pd.DataFrame | None
) -> Rows:
    """Role and reason of every unit; with outlines its simplified shape, a point in it, and the
    sign of its role. Lengths are in `GRID` steps across the map, from its south-west corner.
    """
    labels = {"role": [(role, language(f"explorer.role.{role}")) for role in ROLES]}
    rows = [
        [row.sector, ROLES.index(row.role), reason_text(row.reason, language)]
        for row in units.sort_values("sector").itertuples()
    ]
    columns = ("unit", "role", "reason")
    if quadrants is None:
        return Rows((), columns, {"": rows}, labels)
    shapes, points = _shapes(quadrants)
    rows = [
        [*row, "Feature", shapes[row[0]], *points[row[0]]] if row[0] in shapes else row
        for row in rows
    ]
    rows = [row for row in rows if len(row) > len(columns)]
    return Rows((), (*columns, "type", "geometry", "x", "y"), {"": rows}, labels)


def _shapes(quadrants: pd.DataFrame) -> tuple[dict, dict]:
    outlines = sector_outlines(quadrants)
    west, south, east, north = outlines.total
    step = max(east - west, north - south) / GRID
    names = list(outlines.shapes)
    # Neighbours keep the border that they share.
    simple = shapely.coverage_simplify(list(outlines.shapes.values()), FINE * GRID * step)
    moved = shapely.transform(simple, lambda ends: np.round((ends - (west, south)) / step))
    shapes = {
        name: _geojson(shape) for name, shape in zip(names, shapely.normalize(moved), strict=True)
    }
    points = {}
    for name in names:
        x, y = outlines.center(name)
        points[name] = (round((x - west) / step), round((y - south) / step))
    return shapes, points


def _geojson(shape: shapely.Geometry) -> dict:
    """A polygon with whole coordinates."""
    parts = [
        [
            shapely.get_coordinates(ring).astype(int).tolist()
            for ring in (part.exterior, *part.interiors)
        ]
        for part in shapely.get_parts(shape)
        if not part.is_empty
    ]
    return {"type": "MultiPolygon", "coordinates": parts}
