"""Which sector is what: treated, donor, or left out and why."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from evaluation.page import theme
from evaluation.page.city_map import NAMES, draw_names, draw_scale, draw_sector, map_axes
from evaluation.page.language import Language
from evaluation.page.outline import sector_outlines
from evaluation.study.study import Study

PARTS = {
    "treated": {"facecolor": theme.TREATED["color"], "hatch": ""},
    "donor": {"facecolor": theme.DONOR_FILL, "hatch": ""},
    "contiguous": {"facecolor": "white", "hatch": "/////"},
    "programme": {"facecolor": "white", "hatch": "-----"},
    "contiguous_programme": {"facecolor": "white", "hatch": "/////-----"},
    "other": {"facecolor": "white", "hatch": ".."},
}
MOST_NAMES = 40  # next to the map: as many lie below each other on one side


def part_of(sector: str, role: str, reason: str, study: Study) -> str:
    """The key in `PARTS` of one sector of the study."""
    if role != "excluded":
        return role
    near = f"within {study.donors.exclude_within_m:g} m of {study.treated}" in reason
    programme = any(entry.sector == sector for entry in study.calendar)
    parts = ["contiguous"] * near + ["programme"] * programme
    return "_".join(parts) or "other"


def sectors_map(
    study: Study,
    language: Language,
    *,
    quadrants: pd.DataFrame,
    units: pd.DataFrame,
) -> tuple[Figure, str]:
    """Map of the parts that sectors play, with the treated and excluded ones named; and its alt."""
    rows = zip(units["sector"], units["role"], units["reason"], strict=True)
    parts = {sector: part_of(sector, role, reason, study) for sector, role, reason in sorted(rows)}
    outlines = sector_outlines(quadrants)
    members = {part: [s for s in parts if parts[s] == part] for part in PARTS}
    with theme.style():
        legend = [
            Patch(
                **PARTS[part],
                edgecolor=theme.OUTLINE,
                linewidth=0.6,
                label=language(f"figure.part.{part}", n=len(found)),
            )
            for part, found in members.items()
            if found
        ]
        sheet = theme.sheet(
            195,
            language("figure.sectors_map.title", treated=study.treated),
            _note(study, language, quadrants),
            legend,
        )
        axes = map_axes(sheet, outlines, NAMES, theme.WIDTH - 2 * NAMES)
        for sector, shape in outlines.shapes.items():
            look = {"edgecolor": theme.OUTLINE, "linewidth": 0.5} | PARTS[parts[sector]]
            draw_sector(axes, shape, **look)
        shown = _named(members)
        names = {sector: sector for sector in outlines.shapes if parts[sector] in shown}
        draw_names(axes, outlines, names, bold=study.treated)
        draw_scale(axes, outlines, language)
    return sheet.figure, _alt(study, language, quadrants, members)


def _named(members: dict[str, list[str]]) -> set[str]:
    """The parts whose members are named: all but donors, or as many parts as there is room for."""
    found: set[str] = set()
    count = 0
    for part, sectors in members.items():
        count += len(sectors) * (part != "donor")
        if part != "donor" and (part == "treated" or count <= MOST_NAMES):
            found.add(part)
    return found


def _note(study: Study, language: Language, quadrants: pd.DataFrame) -> str:
    within = study.donors.exclude_within_m
    metres = f"{within:g}"
    if "outline" not in quadrants:
        return language("figure.sectors_map.note", metres=metres)
    near = [language("figure.sectors_map.note_near", metres=metres)] if within >= 0 else []
    return " ".join([language("figure.sectors_map.note_given"), *near])


def _alt(
    study: Study, language: Language, quadrants: pd.DataFrame, members: dict[str, list[str]]
) -> str:
    named = {
        "sectors": quadrants["sector"].nunique(),
        "treated": study.treated,
        "donors": len(members["donor"]),
    }
    if "outline" in quadrants:
        sentences = [language("figure.sectors_map.alt_given", **named)]
    else:
        people = quadrants.loc[quadrants["sector"] == study.treated, "population"].sum()
        people = language.number(people, 0)
        sentences = [language("figure.sectors_map.alt", people=people, **named)]
    for part in ("contiguous", "programme", "contiguous_programme", "other"):
        if found := members[part]:
            count = language("figure.sectors_map.alt.count", n=language.number(len(found), 0))
            names = language.listing(found) if part in _named(members) else count
            sentences.append(language(f"figure.sectors_map.alt.{part}", names=names))
    return " ".join(sentences)
