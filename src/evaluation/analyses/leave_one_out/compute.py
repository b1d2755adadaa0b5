"""Does the effect hang on one donor, one borough or one year of the pre-period?"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from evaluation.analyses.leave_one_out.contract import LeaveOneOut
from evaluation.design.design import FEWEST_PRE
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.alternatives import (
    Again,
    Alternative,
    NotPossible,
    require_donors,
    rows_of,
)
from evaluation.study.contract import from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.study import Study


@dataclass(frozen=True)
class Omission:
    """What is left out, and its weight in the full sample (NaN where it has none)."""

    dimension: str
    name: str
    weight: float
    build: Callable[[], Alternative]


def leave_one_out(
    study: Study, *, panel: pd.DataFrame, units: pd.DataFrame, sectors: pd.DataFrame
) -> pd.DataFrame:
    """`LeaveOneOut` rows of the primary estimator in the primary window.

    The full sample, then without each donor, without the donors of each borough, and without each
    year of the pre-period, one at a time; placebos are fitted again every time.

    Raises `EstimationError` where the full sample itself cannot be estimated.
    """
    boroughs = {}
    if study.has("regions"):
        boroughs = dict(zip(sectors["sector"], sectors["alcaldia"], strict=True))
    estimator, window = study.primary.estimator, study.primary.window
    rows = []
    for outcome in study.robustness.time.outcomes:
        full = Again(study, panel, outcome).alternative(study, units, window)
        for omission in _omissions(study, full, boroughs):
            found = rows_of(study, outcome, window, omission.build, (estimator,))
            keys = {
                "dimension": omission.dimension,
                "left_out": omission.name,
                "weight": omission.weight,
            }
            rows += [row | keys for row in found]
    return from_rows(rows, LeaveOneOut)


def without_donors(study: Study, full: Alternative, names: set[str]) -> Alternative:
    """The alternative without some donors; `NotPossible` where too few are left."""
    rest = tuple(donor for donor in full.design.donors if donor not in names)
    require_donors(study, len(rest))
    return replace(full, design=replace(full.design, donors=rest))


def without_year(study: Study, full: Alternative, year: str) -> Alternative:
    """The alternative without the pre-periods that begin in a year; a numbered one is its own."""
    named = study.periods.year_name
    pre = tuple(period for period in full.design.pre if named(period) != year)
    if len(pre) < FEWEST_PRE:
        raise NotPossible("short pre-period", f"{len(pre)} periods are left to match")
    design = replace(full.design, pre=pre)
    if not full.panel.events([design.treated], pre):
        raise EstimationError(f"{design.treated} has no event in the pre-periods left")
    return replace(full, design=design)


def _omissions(study: Study, full: Alternative, boroughs: dict[str, str]) -> Iterator[Omission]:
    weights = _weights(study, full)
    donors = full.design.donors
    yield Omission("full", "", math.nan, lambda: full)
    for donor in donors:
        yield Omission(
            "donor",
            donor,
            weights.get(donor, math.nan),
            partial(without_donors, study, full, {donor}),
        )
    for borough in sorted({boroughs[donor] for donor in donors if donor in boroughs}):
        inside = {donor for donor in donors if boroughs[donor] == borough}
        yield Omission(
            "borough",
            borough,
            math.fsum(weights[donor] for donor in sorted(inside)) if weights else math.nan,
            partial(without_donors, study, full, inside),
        )
    for year in dict.fromkeys(study.periods.year_name(period) for period in full.design.pre):
        yield Omission("year", year, math.nan, partial(without_year, study, full, year))


def _weights(study: Study, full: Alternative) -> dict[str, float]:
    """Donor weights of the full sample, rounding cleared; empty for an estimator without any."""
    fit = ESTIMATORS[study.primary.estimator].fit_many(full.panel, [full.design])[0]
    if fit.weights is None:
        return {}
    found = zip(fit.design.donors, fit.weights, strict=True)
    return {donor: float(round(weight, 10)) + 0.0 for donor, weight in found}
