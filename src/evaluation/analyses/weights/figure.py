"""Which donors make up the comparison sector, and where they lie."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from evaluation.page import theme
from evaluation.page.city_map import draw_scale, draw_sector, map_axes
from evaluation.page.language import Language
from evaluation.page.outline import sector_outlines
from evaluation.study.study import Study

NAMED = 0.05  # donors from this weight on have a bar and a number of their own
TREATED = {"facecolor": "white", "hatch": "//////", "edgecolor": theme.TREATED["color"]}
EXCLUDED = {"facecolor": "#BEBEBE", "edgecolor": theme.OUTLINE}
UNUSED = {"facecolor": "white", "edgecolor": theme.OUTLINE}


def weights_map(
    study: Study,
    language: Language,
    *,
    weights: pd.DataFrame,
    quadrants: pd.DataFrame,
    units: pd.DataFrame,
) -> tuple[Figure, str]:
    """Map and ranking of the treated unit's donor weights for the primary outcome; and its alt.

    The primary estimator, or the first of the study's estimators that weights donors; without one
    the figure says so.
    """
    estimator, found = treated_weights(weights, study)
    outlines = sector_outlines(quadrants)
    role = dict(zip(units["sector"], units["role"], strict=True))
    outcome = language.outcome(study.definition(study.primary.outcome))
    texts = {
        "outcome": outcome,
        "inline": language.inline(outcome),
        "estimator": language.inline(language(f"estimator.{estimator}")),
        "treated": study.treated,
    }
    given = "_given" if "outline" in quadrants else ""
    with theme.style():
        legend = [
            Patch(**TREATED, linewidth=0.9, label=language("figure.part.treated", n=1)),
            Patch(**UNUSED, linewidth=0.5, label=language("figure.weights_map.unused")),
            Patch(**EXCLUDED, linewidth=0.5, label=language("figure.weights_map.excluded")),
        ]
        sheet = theme.sheet(
            138,
            language("figure.weights_map.title", **texts),
            language(f"figure.weights_map.note{given}", **texts),
            legend,
        )
        axes = map_axes(sheet, outlines, theme.MARGIN, 98)
        _draw_sectors(axes, outlines, role, found)
        draw_scale(axes, outlines, language)
        _bars(sheet, found, language)
    return sheet.figure, _alt(found, language, texts)


def _draw_sectors(axes, outlines, role: dict[str, str], found: pd.Series) -> None:
    """Sectors by role, donors the darker the more they weigh, the heaviest with their rank."""
    for sector, shape in outlines.shapes.items():
        treated = role[sector] == "treated"
        look = TREATED if treated else EXCLUDED
        if role[sector] == "donor":
            look = UNUSED
            if sector in found.index:
                share = found[sector] / found.max()
                look = {"facecolor": theme.graded(share), "edgecolor": theme.OUTLINE}
        line, front = (0.9, 3) if treated else (0.5, 1)
        draw_sector(axes, shape, linewidth=line, zorder=front, **look)
    for rank, sector in enumerate(found[found >= NAMED].index, start=1):
        x, y = outlines.center(sector)
        halo = [withStroke(linewidth=2, foreground="white")]
        look = {"ha": "center", "va": "center", "fontweight": "bold", "path_effects": halo}
        axes.text(x, y, str(rank), **look, zorder=6)


def treated_weights(weights: pd.DataFrame, study: Study) -> tuple[str, pd.Series]:
    """The estimator and its weights by donor, falling (equal ones by name)."""
    rows = weights[
        (weights["outcome"] == study.primary.outcome) & (weights["unit"] == study.treated)
    ]
    present = [name for name in study.estimators if (rows["estimator"] == name).any()]
    estimator = (present or list(study.estimators))[0]
    rows = rows[rows["estimator"] == estimator]
    rows = rows.sort_values(["weight", "donor"], ascending=[False, True])
    return estimator, rows.set_index("donor")["weight"]


def _bars(sheet: theme.Sheet, found: pd.Series, language: Language) -> None:
    named, rest = found[found >= NAMED], found[found < NAMED]
    rows = [
        (f"{rank}  {donor}", weight, theme.graded(weight / found.max()))
        for rank, (donor, weight) in enumerate(named.items(), start=1)
    ]
    if len(rest):
        text = language("figure.weights_map.rest", n=len(rest), limit=language.percent(100 * NAMED))
        rows.append((text, rest.sum(), "white"))
    height = min(7.0 * len(rows) + 4, sheet.top - sheet.bottom - 8)
    axes = sheet.panel(140, sheet.top - max(height, 10), theme.WIDTH - 140 - 14, max(height, 10))
    if not rows:
        axes.set_axis_off()
        axes.text(
            0, 0.5, language("figure.weights_map.none"), transform=axes.transAxes, ha="center"
        )
        return
    names, values, fills = zip(*rows, strict=True)
    axes.barh(
        range(len(rows)),
        [100 * value for value in values],
        color=fills,
        edgecolor=theme.OUTLINE,
        linewidth=0.5,
        height=0.7,
    )
    for row, value in enumerate(values):
        axes.text(
            100 * value + 0.6, row, language.percent(100 * value, 1), va="center", fontsize=6.5
        )
    axes.set_yticks(range(len(rows)), names)
    _tidy(axes, language)


def _tidy(axes: Axes, language: Language) -> None:
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(language("figure.weights_map.axis"))
    theme.number_axis(axes.xaxis, language, 3)


def _alt(found: pd.Series, language: Language, texts: dict[str, str]) -> str:
    named, rest = found[found >= NAMED], found[found < NAMED]
    if found.empty:
        return language("figure.weights_map.alt.none", **texts)
    items = [f"{donor} {language.percent(100 * weight, 1)}" for donor, weight in named.items()]
    return language(
        "figure.weights_map.alt",
        donors=len(found),
        names=language.listing(items) or language("figure.weights_map.empty"),
        rest=len(rest),
        share=language.percent(100 * rest.sum(), 1),
        effective=language.number(1 / (found**2).sum()),
        limit=language.percent(100 * NAMED),
        **texts,
    )
