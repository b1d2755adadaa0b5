"""What was observed and expected after the start, and the difference in every usual unit."""

import math
from dataclasses import dataclass

from evaluation.api.cards import Card, number, percent
from evaluation.api.panel import Panel
from evaluation.api.periods import LENGTHS, span_label
from evaluation.estimators.protocol import Fit
from evaluation.inference.estimate import window_effect

# In English what `inference.doubt` marks a fit with.
DOUBTS = {
    "outside_range": "the unit is outside the donors' range in {value} of its earlier periods",
    "poor_fit": "misses the past by {value} times what Poisson noise alone leaves",
    "follows_noise": "fits the past more closely than its noise allows",
    "scale": "depends on the scale: {value} events expected by difference/by ratio",
    "no_width": "the interval has no width",
    "days_alone": "no larger than what the lengths of months can make",
}


@dataclass(frozen=True, repr=False)
class Effect(Card):
    """The effect on the treated unit in one window; made by `Fit.effect`.

    With observed events Y and expected events Ŷ, both summed over the window's periods, and
    exposure n:

    - ``percent`` = 100 (ΣY/ΣŶ − 1)
    - ``log_rate_ratio`` = log(ΣY/ΣŶ)
    - ``rate_difference`` = mean of 100,000 (Y − Ŷ)/n over the periods
    - ``averted`` = ΣŶ − ΣY, and ``averted_per_year`` the same for a year

    Where ΣŶ is not positive there is no estimate, and all but ``observed`` are NaN.

    Of values ``observed`` and ``expected`` are means over the window and ``rate_difference`` is
    their difference; ``percent`` is of rates alone, and what else is about events is NaN.

    Attributes
    ----------
    outcome, unit, estimator, window : str
    periods : tuple of str
        Of the window, each named for its first month.
    frequency : str
    observed, expected : float
        Events, or mean values.
    percent, log_rate_ratio, rate_difference, averted, averted_per_year : float
    per : str
        What the rates of `rate_difference` and `pre_rmspe` are per; empty for values.
    pre_rmspe : float
        Root mean squared gap of the rates before treatment: how well the past is met.
    doubts : tuple of str
        What makes the fit hard to believe (`inference.doubt`); mostly nothing.
    """

    outcome: str
    unit: str
    estimator: str
    window: str
    periods: tuple[str, ...]
    frequency: str
    observed: float
    expected: float
    percent: float
    log_rate_ratio: float
    rate_difference: float
    averted: float
    averted_per_year: float
    per: str
    pre_rmspe: float
    doubts: tuple[str, ...]

    @property
    def change(self) -> str:
        """The effect in words: in percent, of values their difference, of a rate both."""
        if self.per:
            return percent(self.percent)
        shown = number(self.rate_difference, 2, signed=True)
        return shown if math.isnan(self.percent) else f"{shown} ({percent(self.percent)})"

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        span = span_label(self.periods[0], self.periods[-1], self.frequency)
        title = f"Effect on {self.outcome} in {self.unit}, {span}"
        if not self.per:
            return title, [
                ("observed", f"{number(self.observed, 2)} on average"),
                ("expected", f"{number(self.expected, 2)} on average"),
                ("difference", self.change),
                ("estimator", self.estimator),
                *(("doubt", text) for text in in_words(self.doubts)),
            ]
        averted = f"{number(self.averted)} ({number(self.averted_per_year)} a year)"
        return title, [
            ("observed", f"{number(self.observed, 0)} events"),
            ("expected", f"{number(self.expected)} events"),
            ("effect", percent(self.percent)),
            ("rate difference", f"{number(self.rate_difference, 2, signed=True)} {self.per}"),
            ("averted", averted),
            ("estimator", self.estimator),
            *(("doubt", text) for text in in_words(self.doubts)),
        ]


def effect_of(
    fit: Fit,
    outcome: str,
    window: tuple[str, tuple[str, ...]],
    panel: Panel,
    doubts: tuple[str, ...],
) -> Effect:
    """The effect of one fit over the periods of a named window."""
    name, periods = window
    found = window_effect(fit, periods, LENGTHS[panel.frequency], panel.kind == "rate")
    return Effect(
        outcome=outcome,
        unit=fit.unit,
        estimator=fit.estimator,
        window=name,
        periods=periods,
        frequency=panel.frequency,
        observed=found["observed"],
        expected=found["counterfactual"],
        percent=found["effect_percent"],
        log_rate_ratio=found["log_rate_ratio"],
        rate_difference=found["effect"],
        averted=found["counterfactual"] - found["observed"],
        averted_per_year=found["averted_per_year"],
        per=panel.per,
        pre_rmspe=fit.pre_rmspe,
        doubts=doubts,
    )


def in_words(doubts: tuple[str, ...]) -> list[str]:
    """The doubts of `inference.doubt` as sentences."""
    parts = [doubt.partition("=") for doubt in doubts]
    return [DOUBTS[name].format(value=value) for name, _, value in parts]
