"""What every row of an effect says, whichever choice it is estimated under."""

import math
from collections.abc import Sequence

from evaluation.design.design import Design
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.inversion import TestResult
from evaluation.inference.permutation import ferman_pinto, ferman_pinto_name
from evaluation.inference.placebo import PlaceboFamily, summarise
from evaluation.inference.registry import untestable
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import NotTestable
from evaluation.study.study import Study


def fitted(
    estimator: str | Estimator, panel: OutcomePanel, designs: Sequence[Design]
) -> PlaceboFamily:
    """The unit of the first design and the placebos of the others, over all its post-periods."""
    chosen = ESTIMATORS[estimator] if isinstance(estimator, str) else estimator
    return summarise(chosen.fit_many(panel, designs), designs[0].post)


def tested_effect(study: Study, family: PlaceboFamily) -> dict[str, object]:
    """`effect_columns` under FP-log (of values, on levels), at the study's level and centre;
    without it where it does not exist: an effect that nothing is ranked against keeps its numbers.
    """
    try:
        test = ferman_pinto(family, study.level, study.centre)
    except NotTestable as refusal:
        test = untestable(ferman_pinto_name(family), refusal.reason)
    return effect_columns(family, test)


def effect_columns(family: PlaceboFamily, test: TestResult) -> dict[str, object]:
    """The effect on the family's first unit and its test, or `reason` why there is no ratio.

    Without a positive expected count there is neither count nor effect, and without an event no
    logarithm of it.
    """
    exists = bool(family.estimated[0])
    observed = float(family.observed[0])
    expected = float(family.counterfactual[0]) if exists else math.nan
    ratio = observed / expected if family.counted else math.nan
    return {
        "observed": observed,
        "counterfactual": expected,
        "log_rate_ratio": math.log(ratio) if ratio > 0 else math.nan,
        "effect_percent": 100 * (ratio - 1),
        "reason": "" if exists else "no ratio",
        **tested_columns(test),
    }


def tested_columns(test: TestResult) -> dict[str, float]:
    """Interval and p-value of a test, and the smallest p it can attain."""
    return {
        "ci_low": test.ci_low,
        "ci_high": test.ci_high,
        "p_value": test.p_value,
        "smallest_p": test.smallest_p,
    }
