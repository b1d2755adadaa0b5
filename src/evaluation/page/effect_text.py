"""What figures say about an estimate: its size, interval and p-value, and no more than that."""

import math

import numpy as np
import pandas as pd

from evaluation.page.effect_scale import Written
from evaluation.page.language import Language
from evaluation.study.study import Study


def primary_estimate(estimates: pd.DataFrame, study: Study, outcome: str) -> pd.Series:
    """The row of the primary estimator, window and test."""
    return tested(estimates, study, outcome, study.primary.test).iloc[0]


def tested(estimates: pd.DataFrame, study: Study, outcome: str, test: str) -> pd.DataFrame:
    """The row of the primary estimator and window under a test; no row if it was not run."""
    return estimates[
        (estimates["outcome"] == outcome)
        & (estimates["estimator"] == study.primary.estimator)
        & (estimates["window"] == study.primary.window)
        & (estimates["inference"] == test)
    ]


def gap_interval(estimate: pd.Series, counterfactual: float) -> tuple[float, float]:
    """The estimate's interval as a difference of rates, given the mean counterfactual rate.

    Not finite where the test gives no bound or no interval at all.
    """
    low, high = estimate["ci_low"], estimate["ci_high"]
    if estimate["scale"] != "log rate ratio":
        return low, high
    with np.errstate(over="ignore"):
        return counterfactual * np.expm1(low), counterfactual * np.expm1(high)


def effect_text(estimate: pd.Series, language: Language, scale: Written | None = None) -> str:
    """`−26% (95% interval −50% to +12%)`, or as much of it as the test gives.

    scale : of the outcome, where it is no count
    """
    low, high = estimate["ci_low"], estimate["ci_high"]
    if scale is not None and not scale.scale.counted:
        return _difference_text(estimate, scale)
    if math.isnan(estimate["effect_percent"]):
        return language("figure.effect.none")
    effect = language.percent(estimate["effect_percent"], signed=True)
    if math.isnan(low) or math.isnan(high):
        return language("figure.effect.without_interval", effect=effect)
    scale = "percent" if estimate["scale"] == "log rate ratio" else "rate"
    if scale == "percent":
        with np.errstate(over="ignore"):
            low, high = (
                language.percent(100 * np.expm1(bound), signed=True) for bound in (low, high)
            )
    else:
        low, high = language.number(low, signed=True), language.number(high, signed=True)
    level = language.percent(100 * estimate["ci_level"])
    return language(f"figure.effect.{scale}", effect=effect, level=level, low=low, high=high)


def _difference_text(estimate: pd.Series, scale: Written) -> str:
    effect, language = scale.effect(estimate["effect"]), scale.language
    low, high = estimate["ci_low"], estimate["ci_high"]
    if math.isnan(low) or estimate["scale"] != scale.scale.interval:
        return language("figure.effect.without_interval", effect=effect)
    level = language.percent(100 * estimate["ci_level"])
    ends = {"low": language.value(low, signed=True), "high": language.value(high, signed=True)}
    return language("figure.effect.percent", effect=effect, level=level, **ends)


def p_text(estimate: pd.Series, language: Language) -> str:
    """`p = 0.125`, with a word where the test is not known to hold its level on such data."""
    if math.isnan(estimate["p_value"]):
        return language("figure.p.none")
    key = f"figure.p.{estimate['calibrated'].replace(' ', '_')}"
    return language(key, p=language.p_value(estimate["p_value"]))


def comparison_text(estimate: pd.Series, language: Language) -> str:
    """Says where several comparisons fit equally well; else, or where not recorded, empty."""
    return "" if estimate.get("unique", True) else language("figure.several")
