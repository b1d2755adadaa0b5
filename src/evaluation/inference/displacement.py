"""The weighted displacement difference: did crime fall, or move to the surroundings?"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DisplacementDifference:
    """Differences in events, and standard errors that hold if counts are Poisson.

    local : change in the treated area minus that in its control
    displaced : change in the displacement area minus that in its control
    """

    local: float
    displaced: float
    local_error: float
    displaced_error: float

    @property
    def total(self) -> float:
        """Events more (or, negative, fewer) in both areas together."""
        return self.local + self.displaced

    @property
    def total_error(self) -> float:
        return float(np.hypot(self.local_error, self.displaced_error))


def displacement_difference(
    treated: tuple[float, float],
    control: tuple[float, float],
    area: tuple[float, float],
    area_control: tuple[float, float],
    *,
    weight: float = 1.0,
    area_weight: float = 1.0,
) -> DisplacementDifference:
    """Wheeler & Ratcliffe (2018), equations 1 and 2, of counts (before, after).

    weight, area_weight : by which the two controls' counts are multiplied where they are larger or
        smaller areas; they are taken as known

    The variance of a sum of independent Poisson counts is the sum of the counts, with weights
    squared. Over-dispersion, drift and the choice of controls and weights are not in it: a lower
    bound of the uncertainty.
    """
    return DisplacementDifference(
        local=treated[1] - treated[0] - weight * (control[1] - control[0]),
        displaced=area[1] - area[0] - area_weight * (area_control[1] - area_control[0]),
        local_error=float(np.sqrt(sum(treated) + weight**2 * sum(control))),
        displaced_error=float(np.sqrt(sum(area) + area_weight**2 * sum(area_control))),
    )
