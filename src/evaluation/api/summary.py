"""What a test says: p, the smallest p it can be, the interval, and what is not known."""

import math
from dataclasses import dataclass

from evaluation.api.cards import NOTHING, Card, number, percent, probability
from evaluation.api.effect import in_words
from evaluation.api.periods import span_label


@dataclass(frozen=True, repr=False)
class TestSummary(Card):
    """One test of no effect; made by `test`.

    Attributes
    ----------
    name, outcome, unit, estimator, window : str
    periods : tuple of str
    frequency : str
    p_value : float
        NaN where the test has none, or where `reason` says why it does not exist here.
    smallest_p : float
        The smallest p that the test can attain with so many donors, periods or draws.
    interval : pair of float
        On `scale`; infinite where nothing can be excluded, NaN without an interval.
    interval_percent : pair of float
        The same in percent of what was expected: 100 (e^x − 1) of a log rate ratio x, and of a rate
        difference x, 100 x over the mean expected rate of the window; NaN for values that are no
        rate.
    level : float
        Of the interval.
    scale : str
    calibrated : str
        Whether the test's size was measured on panels of this shape: here always `not measured`.
    simulation_error : float
        Standard error of p where it is a simulated share, else NaN.
    seed : int
    reason : str
    caution : str
        What is wrong with a usual test where one unit is treated; else empty.
    doubts : tuple of str
        What makes the fit or the interval hard to believe.
    """

    __test__ = False  # not a test case, whatever its name

    name: str
    outcome: str
    unit: str
    estimator: str
    window: str
    periods: tuple[str, ...]
    frequency: str
    p_value: float
    smallest_p: float
    interval: tuple[float, float]
    interval_percent: tuple[float, float]
    level: float
    scale: str
    calibrated: str
    simulation_error: float
    seed: int
    reason: str
    caution: str
    doubts: tuple[str, ...]

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        span = span_label(self.periods[0], self.periods[-1], self.frequency)
        title = f"{self.name}: {self.outcome} in {self.unit}, {span}"
        p = "none" if math.isnan(self.p_value) else probability(self.p_value)
        lines = [("p", f"none: {self.reason}" if self.reason else p)]
        if not math.isnan(self.smallest_p):
            lines.append(("smallest attainable p", probability(self.smallest_p)))
        if not math.isnan(self.simulation_error):
            lines.append(("simulation error of p", f"{self.simulation_error:.2g}"))
        low, high = (percent(end) for end in self.interval_percent)
        if low == NOTHING:  # of values: as they are
            low, high = (number(end, 2, signed=True) for end in self.interval)
        interval = "none" if low == NOTHING else f"{low} to {high}"
        lines.append((f"{100 * self.level:g}% interval", interval))
        lines += [("estimator", self.estimator), ("calibrated", self.calibrated)]
        if self.caution:
            lines.append(("caution", self.caution))
        return title, lines + [("doubt", text) for text in in_words(self.doubts)]
