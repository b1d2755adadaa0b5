"""The specification curve: every combination of the listed choices, each with its own test.

Windows share their fits; every family of fits (the treated unit and all its placebos) is one call
of the estimator. A combination that cannot be estimated stays in the list, with its reason.
Simonsohn, Simmons & Nelson (2020) for the idea of estimating all defensible specifications.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product

import numpy as np
import pandas as pd

from evaluation.analyses.specifications.contract import Specifications, SpecificationScores
from evaluation.design.design import Design, make_design
from evaluation.design.donors import assign_units, donors_of
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.doubt import doubt_of, fit_doubts
from evaluation.inference.effect_columns import effect_columns
from evaluation.inference.permutation import ferman_pinto
from evaluation.inference.placebo import PathStack, PlaceboFamily, stack, totals
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.choices import DonorVariant
from evaluation.study.comparison import DonorRule
from evaluation.study.contract import as_contract, check, from_rows
from evaluation.study.errors import EstimationError
from evaluation.study.months import month_range
from evaluation.study.study import FREQUENCIES, Span, Study, whole_periods


@dataclass(frozen=True)
class Curve:
    """`Specifications` and `SpecificationScores` rows."""

    specifications: pd.DataFrame
    scores: pd.DataFrame


@dataclass(frozen=True)
class _Cell:
    """What the specifications of one outcome share but for estimator and window.

    study : the study with this frequency, pre-period and donor rule
    windows : those that can be estimated
    reasons : reason and detail of the others, by window
    """

    frequency: str
    pre_period: str
    rule: str
    study: Study
    donors: tuple[str, ...]
    windows: tuple[str, ...]
    reasons: dict[str, tuple[str, str]]

    def name(self, outcome: str, estimator: str, window: str) -> str:
        parts = (outcome, estimator, window, self.frequency, self.pre_period, self.rule)
        return "|".join(parts)


def specification_curve(
    study: Study,
    outcome: str,
    *,
    panel: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
    part: int = 1,
    parts: int = 1,
) -> Curve:
    """All specifications of one outcome of the study's grid, or one part of them.

    Parameters
    ----------
    panel, sectors, neighbours : `Panel`, `Sectors` and `Neighbours` rows
    part, parts : which of how many parts; the parts behind one another are the whole, row for row
    """

    @cache
    def matrices(frequency: str) -> OutcomePanel:
        return to_periods(panel, outcome, frequency, FREQUENCIES[frequency])

    rows, scores = [], []
    for cell, units in _part_of(study, sectors, neighbours, part, parts):
        cell, design = _designed(cell, matrices(cell.frequency), units)
        for estimator in study.robustness.grid.estimators:
            found = _estimated(study, cell, design, matrices(cell.frequency), estimator)
            rows += found[0]
            scores += found[1]
    found = pd.concat(scores, ignore_index=True) if scores else pd.DataFrame()
    return Curve(
        from_rows(rows, Specifications),
        check(as_contract(found, SpecificationScores), SpecificationScores, "scores"),
    )


def _part_of(
    study: Study, sectors: pd.DataFrame, neighbours: pd.DataFrame, part: int, parts: int
) -> Iterator[tuple[_Cell, pd.DataFrame]]:
    """The cells of one part: as many as of any other, or one more."""
    grid = study.robustness.grid
    blocks = list(product(grid.frequencies, grid.pre_periods))
    size = len(grid.donor_rules)
    cells = len(blocks) * size
    first, end = cells * (part - 1) // parts, cells * part // parts
    for number, (frequency, pre_period) in enumerate(blocks):
        start = number * size
        if start < end and first < start + size:
            block = _cells(study, frequency, pre_period, sectors, neighbours)
            yield from islice(block, max(0, first - start), end - start)


def _cells(
    study: Study,
    frequency: str,
    pre_period: tuple[str, str, str],
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
) -> Iterator[tuple[_Cell, pd.DataFrame]]:
    """Every donor rule at one frequency and pre-period, with its `Units` rows."""
    length = FREQUENCIES[frequency]
    name, first, last = pre_period
    pre = Span(first, last)
    seen: dict[tuple[str, ...], str] = {}
    for rule in study.robustness.grid.donor_rules:
        changed = replace(
            study,
            frequency=frequency,
            pre_period=pre,
            donut=_donut(study, pre),
            donors=donor_rule(study, rule, sectors),
        )
        reasons = {
            window: (reason, "")
            for window, last_month in study.post_windows
            if (reason := _impossible(study, rule, pre, last_month, length))
        }
        kept = tuple(entry for entry in study.post_windows if entry[0] not in reasons)
        changed = replace(changed, post_windows=kept or study.post_windows)
        units = assign_units(sectors, neighbours, changed)
        donors = donors_of(units)
        twin = seen.setdefault(donors, rule.name) if kept else rule.name
        if twin != rule.name:
            reasons |= dict.fromkeys(dict(kept), ("same donors", twin))
            kept = ()
        elif len(donors) < study.donors.minimum:
            reasons |= dict.fromkeys(dict(kept), ("few donors", ""))
            kept = ()
        windows = tuple(window for window, _ in kept)
        yield _Cell(frequency, name, rule.name, changed, donors, windows, reasons), units


def donor_rule(study: Study, rule: DonorVariant, sectors: pd.DataFrame) -> DonorRule:
    """A listed rule as the study's own: what is left out by name is left out in both."""
    table = sectors.set_index("sector")
    reasons = dict(study.donors.exclude)
    if rule.overlap_2016 > 0:
        redrawn = table.index[table["overlap_2016"] < rule.overlap_2016]
        reasons |= {sector: "redrawn since 2016" for sector in redrawn if sector != study.treated}
    if not rule.same_borough:
        borough = table.loc[study.treated, "alcaldia"]
        same = table.index[(table["alcaldia"] == borough) & (table.index != study.treated)]
        reasons |= dict.fromkeys(same, "same borough")
    return DonorRule(
        # No sector is nearer than 0 m: a negative radius leaves none out.
        exclude_within_m=-1.0 if rule.within_m is None else float(rule.within_m),
        exclude_calendar=not rule.scale_up,
        exclude=tuple(sorted(reasons.items())),
        minimum=0,
    )


def _donut(study: Study, pre: Span) -> Span | None:
    """The study's own donut after its own pre-period; else all months up to the treatment."""
    if pre == study.pre_period:
        return study.donut
    between = month_range(pre.last, study.treatment_start)[1:-1]
    return Span(between[0], between[-1]) if between else None


def _impossible(study: Study, rule: DonorVariant, pre: Span, last: str, length: int) -> str:
    """Why a window cannot be estimated, whatever the counts are; empty where it can."""
    spans = (pre, Span(study.treatment_start, last))
    if not all(whole_periods(span, length) for span in spans):
        return "cut period"
    entries = [entry.entry for entry in study.calendar if entry.sector != study.treated]
    if rule.scale_up and any(entry <= last for entry in entries):
        return "programme"
    return ""


def _designed(cell: _Cell, panel: OutcomePanel, units: pd.DataFrame) -> tuple[_Cell, Design | None]:
    """The cell without the windows that its counts rule out, and the design of the others."""
    reasons, kept = dict(cell.reasons), []
    last = dict(cell.study.post_windows)
    for window in cell.windows:
        alone = replace(cell.study, post_windows=((window, last[window]),))
        try:
            make_design(panel, units, alone)
        except EstimationError as error:
            reasons[window] = ("design", str(error))
        else:
            kept.append(window)
    cell = replace(cell, windows=tuple(kept), reasons=reasons)
    if not kept:
        return cell, None
    changed = replace(cell.study, post_windows=tuple((name, last[name]) for name in kept))
    return cell, make_design(panel, units, changed)


def _estimated(
    study: Study, cell: _Cell, design: Design | None, panel: OutcomePanel, estimator: str
) -> tuple[list[dict], list[pd.DataFrame]]:
    """Rows and scores of one estimator in every window of a cell."""
    reasons, paths = dict(cell.reasons), None
    if design is not None:
        try:
            paths = stack(ESTIMATORS[estimator].fit_many(panel, design.family()))
        except EstimationError as error:
            reasons |= dict.fromkeys(cell.windows, ("fit", str(error)))
    rows, scores = [], []
    for window in dict(study.post_windows):
        name = cell.name(panel.outcome, estimator, window)
        row = {
            "specification": name,
            "outcome": panel.outcome,
            "estimator": estimator,
            "window": window,
            "frequency": cell.frequency,
            "pre_period": cell.pre_period,
            "donor_rule": cell.rule,
            "primary": _is_primary(study, cell, panel.outcome, estimator, window),
            "n_donors": len(cell.donors),
            "reason": "",
            "detail": "",
            "doubt": "",
        }
        if window in reasons:
            row["reason"], row["detail"] = reasons[window]
        else:
            numbers, found = _tested(study, panel, paths, design, window)
            row |= numbers
            if found is not None:
                scores.append(found.assign(specification=name))
        rows.append(row)
    return rows, scores


def _is_primary(study: Study, cell: _Cell, outcome: str, estimator: str, window: str) -> bool:
    own = (study.primary.outcome, study.primary.estimator, study.primary.window, study.frequency)
    rule = cell.study.donors
    return (
        (outcome, estimator, window, cell.frequency) == own
        and cell.study.pre_period == study.pre_period
        and replace(rule, minimum=study.donors.minimum) == study.donors
    )


def _tested(
    study: Study, panel: OutcomePanel, paths: PathStack, design: Design, window: str
) -> tuple[dict, pd.DataFrame | None]:
    """The numbers of one specification, and the scores of its units."""
    periods = dict(design.windows)[window]
    family = totals(paths, design.positions(periods))
    if not family.estimated[0]:
        return {"observed": float(family.observed[0]), "reason": "no ratio"}, None
    try:
        test = ferman_pinto(family, study.level, study.centre)
    except EstimationError as error:
        return {"reason": "fit", "detail": str(error)}, None
    z = test.statistic / test.standard_error
    numbers = effect_columns(family, test) | {
        "effect": float(family.gap[0]),
        "z": float(z[0]),
        "doubt": doubt_of(fit_doubts(panel, design, paths.estimator, family, periods), test),
    }
    return numbers, _scores(family, z, study)


def _scores(family: PlaceboFamily, z: np.ndarray, study: Study) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": family.units,
            "treated": [unit == study.treated for unit in family.units],
            "observed": family.observed,
            "counterfactual": family.counterfactual,
            "pre_events": family.pre_events,
            "log_ratio": family.log_ratio,
            "z": z,
        }
    )
