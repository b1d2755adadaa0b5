"""One p-value an outcome, adjusted for having looked at several: units permuted jointly."""

from collections.abc import Mapping

import numpy as np

from evaluation.estimators.rounding import tied
from evaluation.inference.inversion import Scores
from evaluation.study.errors import EstimationError


def max_t(scored: Mapping[str, Scores], units: Mapping[str, tuple[str, ...]]) -> dict[str, float]:
    """Step-down max-T p-values (Westfall & Young 1993, algorithm 4.1), by outcome.

    scored : |z| of every unit by outcome, the treated unit first
    units : names of those units by outcome; outcomes may list the donors in any order

    A donor takes the treated unit's place in all outcomes together, so that the dependence between
    outcomes is in the reference: the k-th largest of the treated unit's |z| is compared with the
    donors' maxima over that outcome and those with smaller ones. The family-wise error is
    controlled where the units are exchangeable. Adjusted p-values are never below the plain ones.

    Raises `EstimationError` where the outcomes do not have the same units, or a unit lacks a
    statistic.
    """
    names = list(scored)
    first = units[names[0]]
    treated, donors = first[0], sorted(first[1:])
    z = np.empty((len(names), len(donors) + 1))
    for row, name in enumerate(names):
        place = {unit: position for position, unit in enumerate(units[name])}
        if units[name][0] != treated or sorted(units[name][1:]) != donors:
            raise EstimationError(f"outcome {name}: not the units of outcome {names[0]}")
        z[row] = scored[name].z[[place[unit] for unit in (treated, *donors)]]
    if np.isnan(z).any():
        raise EstimationError(f"outcomes {names}: a unit lacks a statistic in one of them")
    order = np.argsort(-z[:, 0], kind="stable")
    # Maxima over each outcome and all that come after it.
    maxima = np.maximum.accumulate(z[order, 1:][::-1], axis=0)[::-1]
    p_values = (1 + (tied(maxima, z[order, :1]) >= z[order, :1]).sum(axis=1)) / (len(donors) + 1)
    p_values = np.maximum.accumulate(p_values)
    return {names[index]: float(p) for index, p in zip(order, p_values, strict=True)}
