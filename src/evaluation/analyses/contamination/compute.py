"""Other programmes and events: the effect with each of them handled, one at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.analyses.contamination.contract import Contamination
from evaluation.design.borough import BoroughComparison, borough_comparison
from evaluation.design.design import Design, one_window, reaches, silence
from evaluation.design.donors import donors_of
from evaluation.design.zone_design import Refusal
from evaluation.inference.effect_columns import fitted, tested_columns, tested_effect
from evaluation.inference.permutation import rank_log_ratios
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.calendars import EVERYWHERE, UNKNOWN, Event
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.months import month_range, period_months, period_of
from evaluation.study.study import FREQUENCIES, Span, Study

TRIPLE = "triple_difference"
ASIS = Event("none", EVERYWHERE, "", "", "none")


@dataclass(frozen=True)
class Handling:
    """One event of the calendar as it is handled in one window.

    window : a post window of the study, or empty where the event ended it
    dropped : months left out of every unit; left_out : sectors that are no donors
    reason, detail : why there is nothing to estimate, or empty
    """

    event: Event
    window: str
    span: Span
    dropped: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    reason: str = ""
    detail: str = ""


def contamination(
    study: Study, *, panel: pd.DataFrame, units: pd.DataFrame, sectors: pd.DataFrame
) -> pd.DataFrame:
    """`Contamination` rows: the study unchanged, then each event of the calendar as it says.

    What cannot be estimated is a row with its reason.
    """
    choices = study.robustness.contamination
    rows = []
    for handling in handlings(study, sectors):
        for outcome in choices.outcomes:
            within = handling.event.treatment == "borough difference"
            for estimator in (TRIPLE,) if within else choices.estimators:
                keys = {
                    "event": handling.event.event,
                    "treatment": handling.event.treatment,
                    "outcome": outcome,
                    "window": handling.window,
                    "last": handling.span.last if handling.span.last >= handling.span.first else "",
                    "estimator": estimator,
                    "reason": handling.reason,
                    "detail": handling.detail,
                }
                if not handling.reason and within:
                    keys |= _triple(handling, outcome, study, panel, units, sectors)
                elif not handling.reason:
                    keys |= _estimate(handling, outcome, estimator, study, panel, units)
                rows.append(keys)
    return from_rows(rows, Contamination)


def handlings(study: Study, sectors: pd.DataFrame) -> Iterator[Handling]:
    """The study unchanged in every window, then what the calendar asks for."""
    for window, span in study.window.items():
        yield Handling(ASIS, window, span)
    for event in study.contamination:
        if event.treatment == "end window":
            yield _ended(event, study)
            continue
        for window, span in study.window.items():
            handling = Handling(event, window, span)
            if event.treatment == "drop months":
                yield _without_months(handling)
            elif event.treatment == "drop sectors":
                yield _without_sectors(handling, study, sectors)
            elif event.treatment == "keep sectors":
                yield _among_sectors(handling, study, sectors)
            else:
                yield _within(handling, study, sectors)


def _ended(event: Event, study: Study) -> Handling:
    """The longest window, ended with the last whole period before the event."""
    length = FREQUENCIES[study.frequency]
    months = month_range(study.treatment_start, study.last_month)
    kept = [
        month
        for month in months
        if period_months(period_of(month, length), length)[-1] < event.first
    ]
    last = kept[-1] if kept else ""
    in_time = bool(kept) and event.first <= study.last_month
    reason = "" if in_time else "not in time"
    return Handling(event, "", Span(study.treatment_start, last), reason=reason)


def _without_months(handling: Handling) -> Handling:
    event, span = handling.event, handling.span
    dropped = frozenset(month_range(event.first, event.last))
    kept = set(month_range(span.first, span.last)) - dropped
    return replace(handling, dropped=dropped, reason="" if kept else "not in time")


def _without_sectors(handling: Handling, study: Study, sectors: pd.DataFrame) -> Handling:
    event = handling.event
    named = _sectors_of(event, sectors)
    reason, detail = "", ""
    if event.scope == UNKNOWN:
        reason = "list unknown"
    elif event.first > handling.span.last:
        reason = "not in time"
    elif study.treated in named:
        reason, detail = "covers treated", study.treated
    return replace(handling, left_out=named, reason=reason, detail=detail)


def _among_sectors(handling: Handling, study: Study, sectors: pd.DataFrame) -> Handling:
    """Donors that the event may have reached, where it may have reached the treated sector."""
    event = handling.event
    named = _sectors_of(event, sectors)
    reason = ""
    if event.scope == UNKNOWN:
        reason = "list unknown"
    elif event.first > handling.span.last or study.treated not in named:
        reason = "not in time"
    return replace(handling, left_out=frozenset(sectors["sector"]) - named, reason=reason)


def _within(handling: Handling, study: Study, sectors: pd.DataFrame) -> Handling:
    """A borough difference is about the treated sector's borough: any other one says nothing."""
    named = _sectors_of(handling.event, sectors)
    return replace(handling, reason="" if study.treated in named else "not in time")


def _sectors_of(event: Event, sectors: pd.DataFrame) -> frozenset[str]:
    if event.boroughs:
        return frozenset(sectors.loc[sectors["alcaldia"].isin(event.boroughs), "sector"])
    return frozenset(event.sectors)


def _estimate(
    handling: Handling,
    outcome: str,
    estimator: str,
    study: Study,
    panel: pd.DataFrame,
    units: pd.DataFrame,
) -> dict[str, object]:
    matrices = _matrices(panel, outcome, study, handling)
    donors = [donor for donor in donors_of(units) if donor not in handling.left_out]
    if len(donors) < study.donors.minimum:
        return {"reason": "few donors", "detail": str(len(donors))}
    design = one_window(matrices, donors, study, handling.span)
    if not reaches(design, _last_period(study, handling)):
        return {"reason": "not covered"}
    if reason := silence(matrices, design):
        return {"reason": reason}
    family = fitted(estimator, matrices, design.family())
    return tested_effect(study, family) | {"donors": len(donors)}


def _triple(
    handling: Handling,
    outcome: str,
    study: Study,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    sectors: pd.DataFrame,
) -> dict[str, object]:
    """The treated sector against the rest of its borough, against donors and the rest of theirs."""
    matrices = _matrices(panel, outcome, study, handling)
    design = one_window(matrices, (), study, handling.span)
    if not reaches(design, _last_period(study, handling)):
        return {"reason": "not covered"}
    boroughs = dict(zip(sectors["sector"], sectors["alcaldia"], strict=True))
    found = borough_comparison(matrices, units, boroughs, study, handling.span)
    if isinstance(found, Refusal):
        return {"reason": found.reason, "detail": found.detail}
    ratio, noise = _relative_changes(matrices, found, design)
    if not np.isfinite(ratio[0]):
        return {"reason": "no event before"}
    try:
        test = rank_log_ratios(ratio, noise, study.level, study.centre)
    except NotTestable as refusal:
        return {"reason": refusal.reason}
    observed = matrices.events([study.treated], design.post)
    effect = float(test.statistic[0])
    return {
        "observed": observed,
        "counterfactual": observed / float(np.exp(effect)) if observed else float("nan"),
        "log_rate_ratio": effect if observed else float("nan"),
        "donors": len(found.units) - 1,
        "detail": ", ".join(found.rests[0]),
        **tested_columns(test),
    }


def _relative_changes(
    panel: OutcomePanel, found: BoroughComparison, design: Design
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) log(post/pre) of each unit minus that of the rest of its borough, and its noise.

    Exposure cancels: it does not change from before to after between units. Haldane's ½ on each of
    the four counts; the noise is the sum of their reciprocals. Infinite where the treated unit, or
    the rest of its borough, has no event before.
    """

    def counts_of(groups: Sequence[Sequence[str]]) -> np.ndarray:
        periods = (design.pre, design.post)
        return np.array([[panel.events(group, span) for group in groups] for span in periods])

    before, after = counts_of([[unit] for unit in found.units])
    rest_before, rest_after = counts_of(found.rests)
    counts = [count + 0.5 for count in (after, before, rest_after, rest_before)]
    ratio = np.log(counts[0] / counts[1]) - np.log(counts[2] / counts[3])
    if before[0] == 0 or rest_before[0] == 0:
        ratio[0] = np.inf
    return ratio, sum(1 / count for count in counts)


def _matrices(panel: pd.DataFrame, outcome: str, study: Study, handling: Handling) -> OutcomePanel:
    length = FREQUENCIES[study.frequency]
    return to_periods(panel, outcome, study.frequency, length, dropped=handling.dropped)


def _last_period(study: Study, handling: Handling) -> str:
    """The last period of the handling's span with a month that is not dropped."""
    kept = set(month_range(handling.span.first, handling.span.last)) - handling.dropped
    return period_of(max(kept), FREQUENCIES[study.frequency])
