"""What figures say about an estimate: label, size, interval and p-value, and no more than that."""

import math

import numpy as np
import pandas as pd

from evaluation.reporting.language import Language
from evaluation.study import Study


def label(study: Study, outcome: str, language: Language) -> str:
    """The outcome's name in the language."""
    return dict(study.definition(outcome).label)[language.code]


def primary_estimate(estimates: pd.DataFrame, study: Study, outcome: str) -> pd.Series:
    """The row of the primary estimator, window and test."""
    rows = estimates[
        (estimates["outcome"] == outcome)
        & (estimates["estimator"] == study.estimators[0])
        & (estimates["window"] == study.primary_window)
        & (estimates["inference"] == study.tests[0])
    ]
    return rows.squeeze(axis=0)


def gap_interval(estimate: pd.Series, counterfactual: float) -> tuple[float, float]:
    """The estimate's interval as a difference of rates, given the mean counterfactual rate.

    Not finite where the test gives no bound or no interval at all.
    """
    low, high = estimate["ci_low"], estimate["ci_high"]
    if estimate["scale"] != "log rate ratio":
        return low, high
    with np.errstate(over="ignore"):
        return counterfactual * np.expm1(low), counterfactual * np.expm1(high)


def effect_text(estimate: pd.Series, language: Language) -> str:
    """`−26 % (95 % CI −50 % to 12 %), p = 0.125`, or as much of it as the test gives."""
    low, high = estimate["ci_low"], estimate["ci_high"]
    values = {
        "effect": _percent(estimate["effect_percent"], language),
        "p": language.p_value(estimate["p_value"]),
        "level": language.percent(100 * estimate["ci_level"]),
    }
    if math.isnan(low) or math.isnan(high):
        return language("figure.effect.without_interval", **values)
    if estimate["scale"] == "log rate ratio":
        with np.errstate(over="ignore"):
            low, high = (_percent(100 * np.expm1(bound), language) for bound in (low, high))
        return language("figure.effect.percent", low=low, high=high, **values)
    low, high = language.number(low), language.number(high)
    return language("figure.effect.rate", low=low, high=high, **values)


def window_text(study: Study, language: Language) -> str:
    """`Jan 2020 to Dec 2021`, of the primary window."""
    span = study.window[study.primary_window]
    first, last = language.month(span.first), language.month(span.last)
    return language("figure.span", first=first, last=last)


def listing(items: list[str], language: Language) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return language("figure.and", first=", ".join(items[:-1]), last=items[-1])


def _percent(value: float, language: Language) -> str:
    return language.number(value) if math.isnan(value) else language.percent(value)
