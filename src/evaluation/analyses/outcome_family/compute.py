"""Every outcome under the primary estimator, with p-values that allow for looking at several.

On null panels of the real shape (250 a drift, four outcomes drawn apart) the family-wise error at 5
% is .008 and .016 at drifts 0 and .2 a year: cautious, since the maxima of quiet donors are wild.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.analyses.outcome_family.contract import OutcomeFamily
from evaluation.design.design import Design, make_design
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.effect_columns import effect_columns
from evaluation.inference.inversion import Scores
from evaluation.inference.max_t import max_t
from evaluation.inference.permutation import rank, scores
from evaluation.inference.placebo import PlaceboFamily, stack_panels, totals
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.study import FREQUENCIES, Study

TEST = "permutation_ferman_pinto"
NO_RATIO = "the expected count is not positive"
CONTROL = "negative control"


def outcome_family(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`OutcomeFamily` rows: each outcome of the study in its primary window.

    Tests are FP-log whatever the study's own are: only ranks of rescaled ratios can be permuted
    jointly. Outcomes without a positive expected count have no ratio and are in no family. A donor
    takes the treated sector's place in all outcomes or, without a ratio in one of them, in none;
    an adjusted p is never below the plain one, which more donors may be behind.

    Raises `EstimationError` where a design cannot be honoured or a fit is not certified.
    """
    families = {name: primary_family(study, panel, units, name)[2] for name in study.outcomes}
    scored, reasons = {}, {}
    for name, family in families.items():
        try:
            scored[name] = _scored(study, family)
        except NotTestable as refusal:
            reasons[name] = NO_RATIO if refusal.reason == "no ratio" else refusal.reason
    joint = complete_units(scored, families)
    members = {name: joint[name][1] for name in scored}
    common = {name: joint[name][0] for name in scored}
    plain = {name: rank(TEST, one, study.level).p_value for name, one in scored.items()}
    everyone = _adjusted(common, members, scored, plain)
    groups = {name: _group(study, name) for name in study.outcomes}
    within: dict[str, float] = {}
    for group in ("target", CONTROL):
        within |= _adjusted(common, members, (n for n in scored if groups[n] == group), plain)
    rows = (
        {
            "outcome": name,
            "role": study.definition(name).role,
            "family": groups[name],
            "window": study.primary.window,
            "ci_level": study.level,
            "adjusted_p": everyone.get(name, math.nan),
            "adjusted_family_p": within.get(name, math.nan),
        }
        | _effect(family, scored.get(name), reasons.get(name, ""), study.level)
        for name, family in families.items()
    )
    return from_rows(rows, OutcomeFamily)


def primary_family(
    study: Study, panel: pd.DataFrame, units: pd.DataFrame, outcome: str
) -> tuple[OutcomePanel, Design, PlaceboFamily]:
    """The treated sector and its placebos under the primary estimator, in the primary window."""
    matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
    design = make_design(matrices, units, study)
    return matrices, design, fitted_family(study, matrices, design)


def fitted_family(study: Study, panel: OutcomePanel, design: Design) -> PlaceboFamily:
    """The same of a panel that is already in periods."""
    return fitted_families(study, [panel], design)[0]


def fitted_families(
    study: Study, panels: Sequence[OutcomePanel], design: Design
) -> list[PlaceboFamily]:
    """The same of panels that differ in their counts alone."""
    paths = stack_panels(ESTIMATORS[study.primary.estimator], panels, design.family())
    window = design.positions(dict(design.windows)[study.primary.window])
    return [totals(paths.panel(number), window) for number in range(len(panels))]


def _group(study: Study, outcome: str) -> str:
    return CONTROL if study.definition(outcome).role == CONTROL else "target"


def complete_units(
    scored: Mapping[str, Scores], families: Mapping[str, PlaceboFamily]
) -> dict[str, tuple[Scores, tuple[str, ...]]]:
    """By outcome the scores, and their units, of the units that have a statistic in every one."""
    known = [
        {unit for unit, z in zip(families[name].units, one.z, strict=True) if np.isfinite(z)}
        for name, one in scored.items()
    ]
    common = set.intersection(*known) if known else set()
    found = {}
    for name, one in scored.items():
        rows = [row for row, unit in enumerate(families[name].units) if unit in common]
        cut = replace(one, deviation=one.deviation[rows], standard_error=one.standard_error[rows])
        found[name] = cut, tuple(families[name].units[row] for row in rows)
    return found


def _adjusted(
    scored: Mapping[str, Scores],
    members: Mapping[str, tuple[str, ...]],
    names: Iterable[str],
    plain: Mapping[str, float],
) -> dict[str, float]:
    chosen = list(names)
    if not chosen:
        return {}
    found = max_t({n: scored[n] for n in chosen}, {n: members[n] for n in chosen})
    return {name: max(p, plain[name]) for name, p in found.items()}


def _scored(study: Study, family: PlaceboFamily) -> Scores:
    if not family.has_ratio[0]:
        raise NotTestable("no ratio", NO_RATIO)
    return scores(TEST, family, study.centre)


def _effect(
    family: PlaceboFamily, scored: Scores | None, reason: str, level: float
) -> dict[str, object]:
    if scored is not None:
        return effect_columns(family, rank(TEST, scored, level))
    return {"observed": float(family.observed[0]), "reason": reason}
