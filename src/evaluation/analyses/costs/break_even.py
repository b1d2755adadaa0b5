"""Cost per averted event: what averting one must be worth for the programme to break even.

The observed events Y are known and the effect is not, so that log rate ratio b averts
(Y + ½)(exp(−b) − 1) events, a falling function of b: the ends of the interval of b are those of
the averted events, and of the cost, as long as all of it is a fall. With ½, as in the log ratio
log((Y + ½)/(Ŷ + ½)), the estimate averts Ŷ − Y, also where no event was observed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.study.delivery import Costs
from evaluation.study.months import month_range
from evaluation.study.study import Span


@dataclass(frozen=True)
class BreakEven:
    """A year's averted events and their cost each: point, low, high.

    `averted` may be negative (more events than without). A cost is infinite where no event may have
    been averted, and missing without an interval.
    """

    yearly_cost: float
    averted: tuple[float, float, float]
    cost: tuple[float, float, float]


def break_even(costs: Costs, row: Mapping, span: Span, year: float = 12.0) -> BreakEven:
    """Of an estimate's row and the months that it covers, `year` of which make up a year.

    Ends are missing off the log scale.
    """
    years = len(month_range(span.first, span.last)) / year
    logs = row["scale"] == "log rate ratio"
    ends = (row["ci_high"], row["ci_low"]) if logs else (math.nan, math.nan)
    point, least, most = (
        _averted(row["observed"], log_ratio) / years for log_ratio in (row["log_rate_ratio"], *ends)
    )
    yearly = costs.total / costs.years
    prices = _price(yearly, point), _price(yearly, most), _price(yearly, least)
    return BreakEven(yearly, (point, least, most), prices)


def _averted(observed: float, log_ratio: float) -> float:
    return math.inf if log_ratio == -math.inf else (observed + 0.5) * math.expm1(-log_ratio)


def _price(yearly: float, averted: float) -> float:
    if math.isnan(averted):
        return math.nan
    return yearly / averted if averted > 0 else math.inf
