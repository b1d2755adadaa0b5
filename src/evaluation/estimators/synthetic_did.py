"""Synthetic difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021).

Unit weights ω match the treated unit's pre-period path up to a constant, with a ridge ζ²·T_pre;
time weights λ make the donors' weighted pre-period predict their post-period mean up to a constant;
the effect is the difference of the two weighted differences (their algorithm 1). Both weight
problems are solved at their optimum and certified.
"""

from dataclasses import fields, replace

import numpy as np

from evaluation.design.design import Design
from evaluation.estimators.matching import DesignFamily, FamilyEstimator, design_families, solve
from evaluation.estimators.protocol import Fit
from evaluation.estimators.simplex import FamilySolution, SimplexFamily
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError

TIME_RIDGE = 1e-6  # of the time weights, in units of the donors' noise (section 2 of the paper)
MOST_CELLS = 1 << 23  # designs × units × periods of time weights solved together: 64 MB an array


class SyntheticDifferenceInDifferences(FamilyEstimator):
    """The counterfactual path: ω-weighted donors plus the λ-weighted pre-period gap.

    The mean post-period gap is the estimate over all post periods; λ is fitted to these, so a
    shorter window averages the same path. `weights` are ω; diagnostics hold `zeta`, the largest
    optimality gap of λ (`time_kkt_residual`) and `time_weight <period>` where it is above zero.

    Raises `EstimationError` where weights cannot be certified as optimal, or where fewer than
    two pre-periods leave no noise to scale the ridge by.
    """

    name = "synthetic_did"

    def placebo_effects(self, panel: OutcomePanel, design: Design) -> np.ndarray:
        """(J,) effect of every donor as if treated, per 100,000 person-years (algorithm 4).

        All donors are enumerated where the paper draws some; ζ is kept from the design's own fit,
        as in the authors' software. The standard deviation of these (with divisor J) is the placebo
        standard error.
        """
        zeta = penalties(design_families(panel, [design])[0])[0]
        placebos = [design.placebo(donor) for donor in design.donors]
        [family] = design_families(panel, placebos)
        fits = self._fit_ridge(family, np.full(len(placebos), zeta))
        return np.array([fit.gap[fit.window(design.post)].mean() for fit in fits])

    def _fit_family(self, family: DesignFamily) -> list[Fit]:
        return self._fit_ridge(family, penalties(family))

    def _fit_ridge(self, family: DesignFamily, zeta: np.ndarray) -> list[Fit]:
        units = unit_weights(family, zeta)
        times = time_weights(family)
        pre = family.pre
        mixed = units.weights @ family.rates
        observed = family.rates[family.treated]
        level = np.einsum("bt,bt->b", times.weights, observed[:, :pre] - mixed[:, :pre])
        paths = mixed + level[:, None]
        return [
            replace(
                family.fit(b, self.name, paths[b], units.weights[b], units.solution(b, rows)),
                diagnostics=_diagnostics(family, times, zeta[b], b),
            )
            for b, rows in enumerate(family.rows)
        ]


def placebo_standard_error(panel: OutcomePanel, design: Design) -> float:
    """Standard error from all donors as placebos, per 100,000 person-years (algorithm 4)."""
    return float(np.std(SyntheticDifferenceInDifferences().placebo_effects(panel, design)))


def penalties(family: DesignFamily) -> np.ndarray:
    """(B,) ζ = (number of treated unit-periods)^¼ · σ, with σ from `noise`."""
    treated_cells = len(family.designs[0].post)
    return treated_cells**0.25 * noise(family)


def noise(family: DesignFamily) -> np.ndarray:
    """(B,) standard deviation of the donors' first differences in the pre-period."""
    if family.pre < 3:
        raise EstimationError("synthetic_did needs at least three pre-periods")
    steps = np.diff(family.rates[:, : family.pre], axis=1)
    inside = family.allowed.astype(float)
    count = inside.sum(axis=1) * steps.shape[1]
    mean = inside @ steps.sum(axis=1) / count
    # Two passes: the squares are of deviations, so that large rates lose no digits.
    squares = np.array([np.sum((steps[rows] - mean[b]) ** 2) for b, rows in enumerate(family.rows)])
    return np.sqrt(squares / (count - 1))


def unit_weights(family: DesignFamily, zeta: np.ndarray) -> FamilySolution:
    """ω (B, N): ridge regression on the simplex, with an intercept (eq. 4 and 5)."""
    matched = family.rates[:, : family.pre]
    matched = matched - matched.mean(axis=1, keepdims=True)
    return solve(
        SimplexFamily(
            matched.T, matched[family.treated], family.allowed, ridge=zeta**2 * family.pre
        )
    )


def time_weights(family: DesignFamily) -> FamilySolution:
    """λ (B, T_pre): the donors' pre-period predicts their post-period mean (eq. 6).

    Designs that would need more than `MOST_CELLS` cells at once are solved in parts.
    Raises `EstimationError` where there is no post-period.
    """
    if not family.designs[0].post:
        raise EstimationError("synthetic_did has time weights only where there is a post-period")
    count = family.allowed.sum(axis=1)
    goal = family.rates[:, family.post].mean(axis=1)
    both = np.column_stack([family.rates[:, : family.pre], goal])
    means = family.allowed @ both / count[:, None]
    ridges = (TIME_RIDGE * noise(family)) ** 2 * count
    each = max(1, MOST_CELLS // both.size)
    parts = []
    for start in range(0, len(count), each):
        part = slice(start, start + each)
        # Rows of units that are not donors are zero: they take no part in the fit.
        inside = family.allowed[part, :, None]
        centred = np.where(inside, both - means[part, None, :], 0.0)
        allowed = np.ones((len(centred), family.pre), dtype=bool)
        problems = SimplexFamily(centred[:, :, :-1], centred[:, :, -1], allowed, ridge=ridges[part])
        parts.append(solve(problems))
    if len(parts) == 1:
        return parts[0]
    return FamilySolution(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(FamilySolution)
        }
    )


def _diagnostics(
    family: DesignFamily, times: FamilySolution, zeta: float, b: int
) -> dict[str, float]:
    found = {"zeta": float(zeta), "time_kkt_residual": float(times.kkt_residual[b])}
    for period, weight in zip(family.designs[b].pre, times.weights[b], strict=True):
        if weight > 0:
            found[f"time_weight {period}"] = float(weight)
    return found
