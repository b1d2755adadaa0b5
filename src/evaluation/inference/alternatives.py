"""The same study with other choices: one effect estimated again, or the reason why it cannot be.

A choice is a `Study` with something replaced, other roles of the sectors, or both; `Again` turns it
into an `Alternative`, and `rows_of` that into rows which all analyses of this kind share. All rows
use FP-log, whatever the study's primary test is, so that they can be compared.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.design.donors import donors_of
from evaluation.estimators.protocol import Estimator
from evaluation.inference.effect_columns import fitted, tested_effect
from evaluation.inference.placebo import PlaceboFamily, members
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.errors import EstimationError
from evaluation.study.study import FREQUENCIES, Study

FEWEST = 2  # placebos; among fewer nothing can be centred or ranked
NUMBERS = (
    *("observed", "counterfactual", "log_rate_ratio", "effect_percent"),
    *("ci_low", "ci_high", "p_value", "smallest_p"),
)
COUNTS = ("n_donors", "n_placebos", "n_pre", "n_post")


class NotPossible(EstimationError):
    """A choice that the data cannot honour; `reason` is its name in the tables.

    donors : how many it leaves, where that is the reason
    """

    def __init__(self, reason: str, message: str, donors: int = 0):
        super().__init__(message)
        self.reason, self.donors = reason, donors


def require_donors(study: Study, count: int) -> None:
    """Raise `NotPossible` for fewer donors than the study's minimum."""
    if count < study.donors.minimum:
        message = f"{count} donors; the study asks for {study.donors.minimum}"
        raise NotPossible("few donors", message, count)


@dataclass(frozen=True)
class Alternative:
    """What a choice amounts to for one outcome: its periods and a design on them.

    within : only those placebos are ranked whose pre-period RMSPE is at most so many times that of
        the treated unit
    """

    panel: OutcomePanel
    design: Design
    within: float = math.inf


class Again:
    """One outcome of a panel, ready to be estimated again under other choices."""

    def __init__(self, study: Study, panel: pd.DataFrame, outcome: str):
        self.outcome, self._frequency = outcome, study.frequency
        self._rows = panel[panel["outcome"] == outcome]
        self._aligned: dict[int, OutcomePanel] = {}

    def periods(self, anchor: str) -> OutcomePanel:
        """The outcome in periods counted from the month `anchor`."""
        length = FREQUENCIES[self._frequency]
        key = int(anchor[5:]) % length  # lengths divide the year
        if key not in self._aligned:
            self._aligned[key] = to_periods(
                self._rows, self.outcome, self._frequency, length, anchor
            )
        return self._aligned[key]

    def alternative(self, study: Study, units: pd.DataFrame, window: str) -> Alternative:
        """The choices of `study` in one of its post windows, with the roles in `units`.

        Periods are counted from the first treated month, whichever that is. Raises `NotPossible`
        with fewer donors than the study's minimum, or where the window ends before it starts or
        within a period; `EstimationError` where no design can be made.
        """
        require_donors(study, len(donors_of(units)))
        panel = self.periods(study.treatment_start)
        last = study.window[window].last
        if last < study.treatment_start:
            raise NotPossible("window over", f"window {window} ends {last}, before the start")
        if months_from(study.treatment_start, last) % FREQUENCIES[study.frequency]:
            raise NotPossible("window cut", f"window {window} ends within a {study.frequency}")
        alone = replace(study, post_windows=((window, last),), primary_window=window)
        return Alternative(panel, make_design(panel, units, alone))


def months_from(first: str, last: str) -> int:
    """Months from one to another, both included."""
    ends = [12 * int(month[:4]) + int(month[5:]) for month in (first, last)]
    return ends[1] - ends[0] + 1


def rows_of(
    study: Study,
    outcome: str,
    window: str,
    build: Callable[[], Alternative],
    estimators: Iterable[str | Estimator],
) -> list[dict[str, object]]:
    """One row for each estimator: the columns of `AlternativeEffects`.

    `build` makes the alternative. What raises `EstimationError`, there or in a fit, is a row
    without numbers that says why; whatever else goes wrong is a defect and is not caught.
    """
    try:
        alternative = build()
    except EstimationError as error:
        return [_without_effect(outcome, name_of(one), window, error) for one in estimators]
    return [effect_row(study, alternative, one, window) for one in estimators]


def name_of(estimator: str | Estimator) -> str:
    return estimator if isinstance(estimator, str) else estimator.name


def effect_row(
    study: Study, alternative: Alternative, estimator: str | Estimator, window: str
) -> dict[str, object]:
    """The effect of one alternative under one estimator, over all post-periods of its design."""
    outcome, design = alternative.panel.outcome, alternative.design
    try:
        family = fitted(estimator, alternative.panel, design.family())
        family = ranked_among(family, alternative.within)
        found = tested_effect(study, family)
    except EstimationError as error:
        return _without_effect(outcome, name_of(estimator), window, error)
    return {
        "outcome": outcome,
        "estimator": name_of(estimator),
        "window": window,
        "n_donors": len(design.donors),
        "n_placebos": len(family.units) - 1,
        "n_pre": len(design.pre),
        "n_post": len(design.post),
        **found,
        "message": "the expected count is not positive" if found["reason"] else "",
    }


def ranked_among(family: PlaceboFamily, within: float) -> PlaceboFamily:
    """The family without the placebos that fit worse than `within` times the treated unit.

    Raises `NotPossible` where fewer than two are left.
    """
    if math.isinf(within):
        return family
    kept = np.flatnonzero(family.pre_rmspe <= within * family.pre_rmspe[0])
    if len(kept) <= FEWEST:
        raise NotPossible("few placebos", f"{len(kept) - 1} placebos fit as well as that")
    return members(family, kept)


def _without_effect(outcome: str, estimator: str, window: str, error: EstimationError) -> dict:
    row = {
        "outcome": outcome,
        "estimator": estimator,
        "window": window,
        **dict.fromkeys(COUNTS, 0),
        **dict.fromkeys(NUMBERS, math.nan),
        "reason": "not estimable",
        "message": str(error),
    }
    if isinstance(error, NotPossible):
        row |= {"reason": error.reason, "n_donors": error.donors}
    return row
