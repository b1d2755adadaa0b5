"""How many of the people shot died, by year: a check of how shootings come to be recorded.

Deaths are recorded nearly always, wounds only where someone reports or finds them. If detection
rose in the treated sector with the programme, shootings would rise and the share of the dead would
fall, with no change in violence.
"""

import math

import pandas as pd

from evaluation.analyses.lethality.contract import Lethality
from evaluation.inference.ratio import exact_share
from evaluation.study.contract import from_rows
from evaluation.study.months import month_range
from evaluation.study.study import Span, Study


def lethality(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`Lethality` rows: treated sector, donors and the rest of the city, by year, before and after.

    `pre` and `post` are the covered months of the pre-period and of the primary window; a year is
    null unless all its months are covered. None where the study has no fatal and non-fatal part of
    one outcome.
    """
    parts = shot_outcomes(study)
    rows = []
    if parts:
        roles = units.set_index("sector")["role"]
        groups = {
            "treated": [study.treated],
            "donors": sorted(roles.index[roles == "donor"]),
            "city": sorted(roles.index[roles != "treated"]),
        }
        for span in [*_years(study), "pre", "post"]:
            counts = span_counts(study, panel, parts, span)
            for name, members in groups.items():
                found = {} if counts is None else _share(counts.loc[members].sum(), study.level)
                rows.append({"sectors": name, "span": span, "ci_level": study.level} | found)
    return from_rows(rows, Lethality)


def shot_outcomes(study: Study) -> tuple[str, str] | None:
    """The fatal and the non-fatal part of a firearm outcome; homicide holds the fatal one."""
    homicide = study.definition(study.primary.outcome).sum_of
    for definition in study.definitions:
        fatal = [name for name in definition.sum_of if name in homicide]
        others = [name for name in definition.sum_of if name not in homicide]
        whole = definition.role == "firearm" and len(fatal) == len(others) == 1
        if whole and {*fatal, *others} <= set(study.outcomes):
            return fatal[0], others[0]
    return None


def span_counts(
    study: Study, panel: pd.DataFrame, parts: tuple[str, str], span: str
) -> pd.DataFrame | None:
    """(sectors, 2) fatal and non-fatal events of a year, or of `pre` or `post`.

    Only months in which both are covered and complete; None for a year that lacks one, or for a
    span without any.
    """
    months = _months(study, span)
    rows = panel[panel["covered"] & panel["complete"] & panel["month"].isin(months)]
    covered = [set(rows.loc[rows["outcome"] == name, "month"]) for name in parts]
    both = covered[0] & covered[1]
    if not both or (span.isdigit() and len(both) < len(months)):
        return None
    rows = rows[rows["month"].isin(both) & rows["outcome"].isin(parts)]
    counts = rows.groupby(["sector", "outcome"])["count"].sum().astype(float).unstack("outcome")
    return counts[list(parts)]


def _years(study: Study) -> list[str]:
    return [
        str(year) for year in range(int(study.pre_period.first[:4]), int(study.last_month[:4]) + 1)
    ]


def _months(study: Study, span: str) -> tuple[str, ...]:
    if span.isdigit():
        return month_range(f"{span}-01", f"{span}-12")
    chosen: Span = study.pre_period if span == "pre" else study.window[study.primary.window]
    return month_range(chosen.first, chosen.last)


def _share(counts: pd.Series, level: float) -> dict[str, float]:
    """The share that is fatal, in percent, with its exact interval (Clopper & Pearson 1934)."""
    fatal, other = (int(value) for value in counts)
    found = {"fatal": float(fatal), "non_fatal": float(other)}
    if not fatal + other:
        return found | dict.fromkeys(("share", "ci_low", "ci_high"), math.nan)
    low, high = exact_share(fatal, fatal + other, level)
    return found | {
        "share": 100 * fatal / (fatal + other),
        "ci_low": 100 * low,
        "ci_high": 100 * high,
    }
