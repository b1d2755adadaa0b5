"""Event studies: how far observed is from counterfactual in each bin of months, before and after.

Coefficients of every unit of a placebo family against one universal base: the last bins before the
donut. For Poisson DiD this is the saturated event study by pseudo-likelihood (one coefficient a bin
for the treated unit, unit and period effects for all), in closed form. It works for the fits of any
estimator; where the pre-period was matched, as by synthetic control, pre-period coefficients are
residuals of the match and small by construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.design.adoption import periods_between
from evaluation.design.design import Design
from evaluation.estimators.count_model import times
from evaluation.estimators.protocol import Fit
from evaluation.panel.periods import RATE
from evaluation.study.errors import EstimationError

Scale = Literal["log rate ratio", "rate"]


@dataclass(frozen=True)
class Bin:
    """Neighbouring periods of one state by position, named for the first of them."""

    name: str
    state: str
    positions: tuple[int, ...]


@dataclass(frozen=True)
class EventStudy:
    """Coefficients of n units (the treated one first) in K bins, the reference not among them.

    bins : names, by first month; states : `pre`, `donut` or `post`
    time : (K,) years from the middle of the reference to the middle of the bin
    coefficients : (n, K) on `scale`, relative to the reference
    noise : (n, K) what the sampling variance is proportional to: 1/(events in bin + ½) +
        1/(events in reference + ½) for log ratios, the same of person-years for rates
    reference : names of the bins that are the base
    """

    estimator: str
    scale: Scale
    units: tuple[str, ...]
    bins: tuple[str, ...]
    states: tuple[str, ...]
    time: np.ndarray
    coefficients: np.ndarray
    noise: np.ndarray
    reference: tuple[str, ...]

    def inside(self, state: str) -> np.ndarray:
        """(K,) whether a bin is of this state."""
        return np.array([entry == state for entry in self.states], dtype=bool)


def event_study(
    fits: Sequence[Fit],
    *,
    months: int = 6,
    reference: int = 1,
    scale: Scale = "log rate ratio",
    frequency: str = "month",
) -> EventStudy:
    """Event-study coefficients of a family of fits with common periods.

    log rate ratio: log(observed / counterfactual) of a bin minus that of the reference, with
    Haldane's ½ on each count; where the counterfactual is the unit's own events times the donors'
    growth (Poisson DiD), the ½ is added to the unit's own counts alone.

    Parameters
    ----------
    fits : the treated unit's first, then the placebos', all of one design's periods
    months : length of a bin, see `event_bins`
    reference : how many of the last pre-period bins are the base
    frequency : of the periods, which says how many make up a year

    Raises `EstimationError` where no bin is left before the reference, where the fits differ in
    periods, or where the donors have no event in a bin.
    """
    design = fits[0].design
    if any(fit.design.periods != design.periods for fit in fits):
        raise EstimationError("an event study needs fits of the same periods")
    bins = event_bins(design, months)
    pre = [entry for entry in bins if entry.state == "pre"]
    if len(pre) <= reference:
        raise EstimationError(
            f"{len(pre)} bins of {months} months before treatment leave none before "
            f"a reference of {reference}"
        )
    base = pre[-reference:]
    kept = [entry for entry in bins if entry not in base]
    groups = [list(entry.positions) for entry in kept]
    zero = [position for entry in base for position in entry.positions]
    starts = times(design.periods, frequency)
    middle = np.array([starts[group].mean() for group in groups])
    coefficients, noise = _coefficients(fits, groups, zero, scale)
    return EventStudy(
        estimator=fits[0].estimator,
        scale=scale,
        units=tuple(fit.unit for fit in fits),
        bins=tuple(entry.name for entry in kept),
        states=tuple(entry.state for entry in kept),
        time=middle - starts[zero].mean(),
        coefficients=coefficients,
        noise=noise,
        reference=tuple(entry.name for entry in base),
    )


def event_bins(design: Design, months: int) -> list[Bin]:
    """The bins of `months` months, in time order, counted from the end of the pre-period.

    Those before it are counted backwards, the donut's and the post-period's forwards, so that no
    bin spans two states and only the first and the last of a state can be shorter.
    """
    after = design.donut or design.post
    found: dict[tuple[str, int], list[int]] = {}
    for position, period in enumerate(design.periods):
        if position < len(design.pre):
            key = ("pre", -((periods_between(period, after[0], 1) - 1) // months))
        else:
            state = "donut" if period in design.donut else "post"
            first = design.donut[0] if state == "donut" else design.post[0]
            key = (state, periods_between(first, period, 1) // months)
        found.setdefault(key, []).append(position)
    return [
        Bin(design.periods[positions[0]], state, tuple(positions))
        for (state, _), positions in found.items()
    ]


def _coefficients(
    fits: Sequence[Fit], groups: list[list[int]], base: list[int], scale: Scale
) -> tuple[np.ndarray, np.ndarray]:
    def totals(paths: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        array = np.array(paths)
        bins = np.column_stack([array[:, group].sum(axis=1) for group in groups])
        return bins, array[:, base].sum(axis=1, keepdims=True)

    observed, observed_base = totals([fit.observed for fit in fits])
    if scale == "rate":
        exposure, exposure_base = totals([fit.exposure for fit in fits])
        expected, expected_base = totals([fit.counterfactual for fit in fits])
        gap = (observed - expected) / exposure
        gap_base = (observed_base - expected_base) / exposure_base
        coefficients = RATE * (gap - gap_base)
        noise = 1 / exposure + 1 / exposure_base
    else:
        if all(fit.growth is not None for fit in fits):
            growth, growth_base = totals([fit.growth for fit in fits])
            if not ((growth > 0).all() and (growth_base > 0).all()):
                raise EstimationError("the donors have no event in a bin; no ratio exists")
            expected = np.log(growth) - np.log(growth_base)
        else:
            expected, expected_base = totals([fit.counterfactual for fit in fits])
            expected = np.log(np.maximum(expected, 0.0) + 0.5) - np.log(
                np.maximum(expected_base, 0.0) + 0.5
            )
        coefficients = np.log(observed + 0.5) - np.log(observed_base + 0.5) - expected
        noise = 1 / (observed + 0.5) + 1 / (observed_base + 0.5)
    if not np.isfinite(coefficients).all():
        raise EstimationError(f"{fits[0].estimator}: an event-study coefficient is not finite")
    return coefficients, noise
