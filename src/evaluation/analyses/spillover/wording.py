"""How the tables and figures call zones, reasons and effects in them."""

import math

import numpy as np
import pandas as pd

from evaluation.page.language import Language
from evaluation.page.views import percent_of_log
from evaluation.study.study import Study


def zone_name(zone: str, study: Study, language: Language) -> str:
    return language(f"zone.{zone}", treated=study.treated)


def zone_phrase(zone: str, study: Study, language: Language) -> str:
    """The same inside a sentence; a name that it begins with keeps its capital."""
    name = zone_name(zone, study, language)
    return name if name.startswith(language.shown(study.treated)) else language.inline(name)


def reason_of(row: dict, language: Language) -> str:
    """Why a row has no estimate, in words; or which sectors an estimate leaves out; or empty."""
    detail = _months(row["detail"], language)
    if row["reason"]:
        return language(f"zone.reason.{row['reason']}", detail=detail)
    return language("zone.without", detail=detail) if detail else ""


def _months(detail: str, language: Language) -> str:
    """`SANTA FE 2022-01` as the language writes the month."""
    parts = []
    for part in filter(None, detail.split(", ")):
        name, _, month = part.rpartition(" ")
        known = name and len(month) == 7 and month[:4].isdigit()
        parts.append(f"{name} ({language.month(month)})" if known else part)
    return language.listing(parts)


def effect_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Outcome, window, effect and interval in percent; without a ratio there is none of one."""

    def percent(column: str) -> list[float]:
        return [
            percent_of_log(value) if not math.isnan(ratio) and not math.isnan(value) else np.nan
            for value, ratio in zip(rows[column], rows["counterfactual"], strict=True)
        ]

    effect = 100 * (rows["observed"] / rows["counterfactual"] - 1)
    return pd.DataFrame(
        {
            "outcome": rows["outcome"],
            "window": rows["window"],
            "observed": rows["observed"],
            "counterfactual": rows["counterfactual"],
            "effect": effect.where(rows["counterfactual"] > 0),
            "low": percent("ci_low"),
            "high": percent("ci_high"),
            "p": rows["p_value"],
            "smallest_p": rows["smallest_p"],
        },
        index=rows.index,
    )
