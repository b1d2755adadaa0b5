"""The effect from the start to each look, month by month, for one boundary on |z| at all of them.

At look k the post window is the first k months. The statistic is FP-log's
(`permutation.log_ratio_scores`): the log rate ratio, centred on the donors' own and divided by
√(A·h + B), the line being fitted at that look to the donors' squares. So what sparse counts and
drift do to a ratio k months after the start is read off the donors at k months; no law of it is
assumed.

The interval of a look, log ratio ± c·standard error with the boundary c, is a repeated confidence
interval (Jennison & Turnbull 1989): all of a constant effect's intervals hold it at once with
probability 1 − level, however often and why ever one looks.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.design.design import Design, one_window
from evaluation.design.donors import donors_of
from evaluation.estimators.protocol import Estimator
from evaluation.inference.inversion import Scores
from evaluation.inference.permutation import log_ratio_scores
from evaluation.inference.placebo import PathStack, log_ratios, stack_panels
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.choices import Monitoring
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.months import month_range, shifted
from evaluation.study.study import Span, Study


@dataclass(frozen=True)
class Looks:
    """What n units are at L looks; every array is (L, n), or (P, L, n) on P panels.

    observed, counterfactual : events from the start to the look
    log_ratio : NaN without a positive counterfactual
    deviation, standard_error : of the log ratio, as FP-log has them; a deviation is NaN where there
        is no test
    """

    observed: np.ndarray
    counterfactual: np.ndarray
    log_ratio: np.ndarray
    deviation: np.ndarray
    standard_error: np.ndarray

    @property
    def z(self) -> np.ndarray:
        return self.deviation / self.standard_error


def at_looks(
    paths: PathStack, start: int, looks: np.ndarray, centre: str, treated: int = 1
) -> Looks:
    """Statistics of stacked monthly paths at some looks.

    start : position of the first month after the start
    looks : (L,) months after the start, ascending
    treated : so many units come first; centre and line come from the others alone
    """

    def running(values: np.ndarray) -> np.ndarray:
        return np.swapaxes(np.cumsum(values[..., start:], axis=-1)[..., looks - 1], -1, -2)

    observed, counterfactual = running(paths.observed), running(paths.counterfactual)
    before = paths.observed[..., : paths.pre].sum(axis=-1)[..., None, :]
    growth = None
    if paths.growth is not None:
        # Silent donors give no ratio at that look: the counterfactual is 0 there too.
        growth = running(paths.growth)
        growth = np.where(growth > 0, growth, 1.0)
    ratio = log_ratios(observed, counterfactual, before, growth)
    events = np.broadcast_to(before, observed.shape)
    scored: Scores = log_ratio_scores(ratio, events, observed, centre, treated)
    return Looks(observed, counterfactual, ratio, scored.deviation, scored.standard_error)


def monitored_donors(units: pd.DataFrame, study: Study) -> tuple[str, ...]:
    """The study's donors but for those that enter the programme before the horizon."""
    last = shifted(study.treatment_start, planned(study).horizon - 1)
    entering = {entry.sector for entry in study.calendar if entry.entry <= last}
    return tuple(donor for donor in donors_of(units) if donor not in entering)


def look_counts(panel: pd.DataFrame, study: Study) -> OutcomePanel:
    """The primary outcome by month, or by what stands for months: week, or numbered period."""
    return to_periods(panel, study.outcomes[0], study.periods.kind, study.periods.length)


def planned(study: Study) -> Monitoring:
    """The plan of the looks; raises `InputError` for a study without one."""
    if study.monitoring is None:
        raise InputError(
            "config, key monitoring",
            "no such block",
            "the plan of the monthly looks",
            "Write one: first_look, horizon, level, estimator, panels, seed.",
        )
    return study.monitoring


def looks_taken(panel: OutcomePanel, study: Study) -> tuple[int, ...]:
    """The looks that complete months allow: from the first one on, up to the horizon at most.

    panel : by month, with none but complete months. A month that lacks ends the looks: a window
        with a hole is no window from the start to the look.
    """
    plan, months = planned(study), set(panel.periods)
    complete = 0
    while complete < plan.horizon and shifted(study.treatment_start, complete) in months:
        complete += 1
    return tuple(range(plan.first_look, complete + 1))


def design_to(panel: OutcomePanel, donors: tuple[str, ...], study: Study, look: int) -> Design:
    """The study's design with one window, from the start to a look.

    Raises `InputError` for a look that was not planned, above all one beyond the horizon, and
    `EstimationError` for one whose months are not all complete.
    """
    plan = planned(study)
    if not plan.first_look <= look <= plan.horizon:
        raise InputError(
            "monitoring",
            f"a look after {look} months",
            f"one after {plan.first_look} to {plan.horizon} months, as planned",
            "A plan that has ended stays so: write a new study for what comes after.",
        )
    span = Span(study.treatment_start, shifted(study.treatment_start, look - 1))
    design = one_window(panel, donors, study, span, "monitoring")
    if design.post != month_range(span.first, span.last):
        lacking = sorted(set(month_range(span.first, span.last)) - set(design.post))[0]
        raise EstimationError(
            f"outcome {panel.outcome}: {lacking} is not complete; no look after {look} months"
        )
    return design


def look_at(
    panel: OutcomePanel,
    donors: tuple[str, ...],
    study: Study,
    estimator: Estimator,
    look: int,
) -> Looks:
    """The treated unit, then its donors, at one look, arrays (1, n): fitted on nothing later.

    Raises as `design_to`, and `EstimationError` where a fit does.
    """
    design = design_to(panel, donors, study, look)
    paths = stack_panels(estimator, [panel], design.family()).panel(0)
    start = len(design.pre) + len(design.donut)
    return at_looks(paths, start, np.array([look]), study.centre)
