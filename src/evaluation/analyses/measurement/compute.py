"""The primary effect under every way to count: source, date, map, missing places, period length."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evaluation.analyses.measurement.contract import Measurement
from evaluation.design.design import FEWEST_PRE, Design, one_window, silence
from evaluation.design.donors import donors_of
from evaluation.inference.effect_columns import fitted
from evaluation.inference.permutation import PERMUTATIONS
from evaluation.inference.placebo import PlaceboFamily
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.panel.quarters import covered_months, quarterly_frequency
from evaluation.panel.rings import spatial_outcomes
from evaluation.study.contract import from_rows
from evaluation.study.errors import NotTestable
from evaluation.study.months import QUARTER, period_months, period_of, periods_within
from evaluation.study.study import FREQUENCIES, Study

BASE, JITTER = "base", "jitter"
RECOUNTS = ("source_other", "source_joined", "victims", "date_opened", "map_other")
BOUNDS = ("placed", "expected", "upper")
# The treated sector at worst and at best, before and after treatment; the others as expected.
EXTREMES = {"adverse": ("placed", "upper"), "favourable": ("upper", "placed")}
# Bounds, not samples: sectors of a borough share the same files, the treated one is taken alone.
UNTESTED = ("upper", *EXTREMES)
NOT_SHIPPED = "not in the data folder"
NOT_ON_MAP = "treated sector not on that map"
FEW_DONORS = "fewer donors than the minimum"
FEW_PERIODS = "too few covered periods"
NO_EVENTS = "no events to compare"
NO_RATIO = "counterfactual not positive"


@dataclass(frozen=True)
class _Variants:
    """The recounts of one outcome, on the quarters that its panel has whole and complete."""

    panel: OutcomePanel
    differences: pd.DataFrame
    coverage: pd.DataFrame

    @property
    def names(self) -> list[str]:
        """All variants, in the order of the table; draws of the jitter as many as there are."""
        draws = sorted(name for name in self.coverage.index if name.startswith(JITTER))
        return [*RECOUNTS, *BOUNDS, *EXTREMES, *(draws or [JITTER])]

    def counted(self, name: str, study: Study) -> OutcomePanel | str:
        """The outcome as one variant counts it, by quarter, or why it does not."""
        if name in EXTREMES:
            return self._extreme(study, *EXTREMES[name])
        if name not in self.coverage.index:
            return NOT_SHIPPED
        row = self.coverage.loc[name]
        if row["reason"]:
            return str(row["reason"])
        whole = set(periods_within(covered_months(row, "variant_coverage.csv"), QUARTER))
        quarters = [period for period in self.panel.periods if period in whole]
        without = set(row["without"].split("; "))
        units = [unit for unit in self.panel.units if unit not in without]
        own = self.differences[self.differences["variant"] == name]
        more = own.pivot(index="sector", columns="quarter", values="difference")
        more = more.reindex(index=units, columns=quarters).fillna(0.0)
        cells = np.ix_(self.panel.rows(units), self.panel.columns(quarters))
        return replace(
            self.panel,
            units=tuple(units),
            periods=tuple(quarters),
            counts=self.panel.counts[cells] + more.to_numpy(dtype=float),
            exposure=self.panel.exposure[cells],
            covariates=self.panel.covariates_at(cells),
        )

    def _extreme(self, study: Study, before: str, after: str) -> OutcomePanel | str:
        """Expected counts; the treated sector's by one variant before treatment, another after."""
        found = [self.counted(name, study) for name in ("expected", before, after)]
        for reason in found:
            if isinstance(reason, str):
                return reason
        expected, first, second = found
        if study.treated not in expected.units:
            return NOT_ON_MAP
        counts = expected.counts.copy()
        (row,) = expected.rows([study.treated])
        early = np.array([period < study.treatment_start for period in expected.periods])
        counts[row] = np.where(early, first.counts[row], second.counts[row])
        return replace(expected, counts=counts)


def measurement(
    study: Study,
    *,
    panel: pd.DataFrame,
    units: pd.DataFrame,
    variants: pd.DataFrame,
    variant_coverage: pd.DataFrame,
) -> pd.DataFrame:
    """`Measurement` rows of the primary estimator and test in the primary window.

    Outcomes are those of the study that are counted in space. Variants are counted by quarter: a
    monthly study has them by quarter too. What cannot be estimated is a row with its reason.
    """
    spatial = spatial_outcomes({entry.name: entry for entry in study.definitions})
    frequency = quarterly_frequency(study)
    lengths = dict.fromkeys([study.frequency, *study.robustness.measurement.frequencies])
    rows = []
    for outcome in (name for name in study.outcomes if name in spatial):
        for length in lengths:
            base = to_periods(panel, outcome, length, FREQUENCIES[length])
            rows.append(_row(study, units, BASE, outcome, length, base))
        recounts = _Variants(
            to_periods(panel, outcome, "quarter", QUARTER),
            variants[variants["outcome"] == outcome],
            variant_coverage[variant_coverage["outcome"] == outcome].set_index("variant"),
        )
        for name in recounts.names:
            found = recounts.counted(name, study)
            rows.append(_row(study, units, name, outcome, frequency, found))
    return from_rows(rows, Measurement)


def _row(
    study: Study,
    units: pd.DataFrame,
    variant: str,
    outcome: str,
    frequency: str,
    counted: OutcomePanel | str,
) -> dict[str, object]:
    """One row; `counted` is the outcome as the variant has it, or the reason why it has not."""
    row = {"outcome": outcome, "variant": variant, "frequency": frequency, "reason": ""}
    found = counted if isinstance(counted, str) else _aggregate(counted, frequency)
    design = found if isinstance(found, str) else _design(study, found, units)
    if isinstance(design, str):
        return row | {"n_donors": 0, "n_pre": 0, "n_post": 0, "last": "", "reason": design}
    family = fitted(study.primary.estimator, found, design.family())
    last = period_months(design.post[-1], FREQUENCIES[frequency])[-1]
    shape = {"n_pre": len(design.pre), "n_post": len(design.post), "last": last}
    effect = _effect(study, family, variant not in UNTESTED)
    return row | {"n_donors": len(design.donors)} | shape | effect


def _effect(study: Study, family: PlaceboFamily, tested: bool) -> dict[str, object]:
    observed, counterfactual = float(family.observed[0]), float(family.counterfactual[0])
    if not family.has_ratio[0]:
        return {"observed": observed, "reason": NO_RATIO}
    found = {
        "observed": observed,
        "counterfactual": counterfactual,
        "effect_percent": 100 * (observed / counterfactual - 1),
    }
    if not tested:
        return found
    try:
        result = PERMUTATIONS[study.tests[0]](family, study.level, study.centre)
    except NotTestable:  # an effect that nothing can be ranked against
        return found
    return found | {
        "ci_low": result.ci_low if result.scale == "log rate ratio" else np.nan,
        "ci_high": result.ci_high if result.scale == "log rate ratio" else np.nan,
        "p_value": result.p_value,
        "smallest_p": result.smallest_p,
    }


def _design(study: Study, panel: OutcomePanel, units: pd.DataFrame) -> Design | str:
    """The study's design with the primary window alone, on the periods that the panel has.

    A text, the reason, where it cannot be honoured.
    """
    donors = tuple(donor for donor in donors_of(units) if donor in panel.units)
    if study.treated not in panel.units:
        return NOT_ON_MAP
    if len(donors) < study.donors.minimum:
        return FEW_DONORS
    window = study.primary.window
    design = one_window(panel, donors, study, study.window[window], window)
    if len(design.pre) < FEWEST_PRE or not design.post:
        return FEW_PERIODS
    return NO_EVENTS if silence(panel, design) else design


def _aggregate(panel: OutcomePanel, frequency: str) -> OutcomePanel:
    """Quarters as longer periods, those that the panel has whole."""
    if frequency == panel.frequency:
        return panel
    length = FREQUENCIES[frequency]
    months = {month for period in panel.periods for month in period_months(period, QUARTER)}
    periods = periods_within(months, length)
    member = np.array(
        [[period_of(quarter, length) == period for period in periods] for quarter in panel.periods],
        dtype=float,
    ).reshape(len(panel.periods), len(periods))
    return OutcomePanel(
        panel.outcome,
        frequency,
        panel.units,
        tuple(periods),
        panel.counts @ member,
        panel.exposure @ member,
    )
