"""The rows of the specification curve and of the releases."""

import numpy as np
import pandas as pd

from evaluation.analyses.explorer.results import P, effect_format, interval_text, shown_outcomes
from evaluation.analyses.releases.table import release_name
from evaluation.analyses.specifications.choice_names import DIMENSIONS, choice_name, choices
from evaluation.page.explorer import Rows, rounded
from evaluation.page.language import Language
from evaluation.page.views import on_scale
from evaluation.page.wording import doubt_text
from evaluation.study.study import Study

SHOWN = tuple(np.log1p(np.array((-80, 150)) / 100).tolist())  # ends of the axis


def drawn(study: Study, effects: pd.Series) -> pd.Series:
    """Where effects and ends of intervals are drawn: within the axis, on the log scale."""
    return effects.clip(*SHOWN) if study.scale().counted else effects


def curve_rows(study: Study, language: Language, specifications: pd.DataFrame) -> Rows:
    """Every estimated specification, by its effect from the lowest on."""
    rows = specifications[
        (specifications["reason"] == "") & specifications["outcome"].isin(shown_outcomes(study))
    ]
    rows = on_scale(study, rows).sort_values(["shown", "specification"], kind="stable")
    values = {name: list(choices(study, name)) for name in DIMENSIONS}
    decimals = 1 if study.scale().counted else None
    moved = rows["moved"]
    if study.scale().counted:  # without an event there is no logarithm, but a percentage
        with np.errstate(divide="ignore"):
            moved = np.log1p(rows["effect_percent"] / 100)
    ends = [drawn(study, column) for column in (moved, rows["ci_low"], rows["ci_high"])]
    found = [
        [
            rank,
            *(values[name].index(row[name]) for name in DIMENSIONS),
            rounded(row["shown"], decimals),
            *(rounded(end, 3 if decimals else None) for end in at),
            interval_text(study, language, row),
            rounded(row["p_value"], 6),
            int(row["primary"]),
            doubt_text(row["doubt"], language),
        ]
        for rank, (row, at) in enumerate(
            zip(rows.to_dict("records"), zip(*ends, strict=True), strict=True), start=1
        )
    ]
    labels = {
        name: [(value, choice_name(study, language, name, value)) for value in values[name]]
        for name in DIMENSIONS
    }
    labels["primary"] = [("no", ""), ("yes", language("table.primary"))]
    return Rows(
        (),
        ("rank", *DIMENSIONS, "effect", "at", "low", "high", "interval", "p", "primary", "doubt"),
        {"": found},
        labels,
        {"effect": effect_format(study), "p": P, "rank": ("number", 0, False)},
    )


def release_rows(study: Study, language: Language, releases: pd.DataFrame) -> Rows | None:
    """What each release gave, by window; None without a ledger, or with one release alone."""
    rows = releases[releases["release"] != ""] if len(releases) else releases
    if rows["release"].nunique() < 2 or not study.scale().counted:
        return None
    found: dict[str, list] = {}
    rows = on_scale(study, _effects(rows)).sort_values(["window", "number"])
    for row in rows.to_dict("records"):
        ends = pd.Series([row["moved"], row["ci_low"], row["ci_high"]])
        found.setdefault(row["window"], []).append(
            [
                int(row["number"]),
                release_name(row["release"], language),
                row["retrieved_at"][:10],
                language(f"lane.{row['lane']}"),
                rounded(row["shown"], 1),
                *(rounded(end, 3) for end in drawn(study, ends)),
                interval_text(study, language, row),
                rounded(row["p_value"], 6),
                int(row["revised_cells"]),
                int(row["added_months"]),
            ]
        )
    columns = ("number", "release", "day", "lane", "effect", "at", "low", "high", "interval", "p")
    formats = {"effect": effect_format(study), "p": P}
    return Rows(("window",), (*columns, "revised", "added"), found, formats=formats)


def _effects(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of releases with the columns that effects are shown by."""
    return rows.assign(observed=np.nan, counterfactual=np.nan)
