"""One outcome of the panel as matrices of units × periods."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from evaluation.study.months import period_months, period_of

RATE = 1e5  # rates are events per 100,000 person-years


@dataclass(frozen=True)
class OutcomePanel:
    """Events and exposure of one outcome: J units (sorted by name) × T periods (in time order).

    counts : (J, T) events; or values, where the outcome is not `counted`
    exposure : (J, T) person-years; `RATE` throughout where the outcome is not counted, so that
        rates are the values
    covariates : (J, T) values of each, by name; NaN where a cell has none
    """

    outcome: str
    frequency: str
    units: tuple[str, ...]
    periods: tuple[str, ...]
    counts: np.ndarray
    exposure: np.ndarray
    counted: bool = True
    covariates: dict[str, np.ndarray] = field(default_factory=dict, kw_only=True)

    def __post_init__(self):
        for name, values in self.covariates.items():
            if values.shape != self.counts.shape:
                raise ValueError(f"{name}: {values.shape}, the panel is {self.counts.shape}")

    def covariates_at(self, cells: tuple[np.ndarray, ...]) -> dict[str, np.ndarray]:
        """The covariates in some cells, as `numpy.ix_` names them."""
        return {name: values[cells] for name, values in self.covariates.items()}

    @property
    def rates(self) -> np.ndarray:
        """(J, T) events per 100,000 person-years."""
        return RATE * self.counts / self.exposure

    @cached_property
    def _row(self) -> dict[str, int]:
        return {unit: row for row, unit in enumerate(self.units)}

    @cached_property
    def _column(self) -> dict[str, int]:
        return {period: column for column, period in enumerate(self.periods)}

    def rows(self, units) -> np.ndarray:
        """Positions of units by name."""
        return np.array([self._row[unit] for unit in units], dtype=int)

    def columns(self, periods) -> np.ndarray:
        """Positions of periods by name."""
        return np.array([self._column[period] for period in periods], dtype=int)

    def events(self, units, periods) -> float:
        """Events of some units in some periods, summed."""
        return float(self.counts[np.ix_(self.rows(units), self.columns(periods))].sum())


def to_periods(
    panel: pd.DataFrame,
    outcome: str,
    frequency: str,
    length: int,
    anchor: str = "0000-01",
    dropped: frozenset[str] = frozenset(),
) -> OutcomePanel:
    """Aggregate one outcome of a `Panel` to periods of `length` months, counted from `anchor`.

    A period is kept only where all its months are covered and complete in the panel: half a
    quarter is not a quiet quarter. Months in `dropped` are left out on purpose, events and
    exposure alike; a period that loses all its months is left out with them. Values of an outcome
    that is no count are averaged.
    """
    rows = panel[(panel["outcome"] == outcome) & panel["covered"] & panel["complete"]]
    period = rows["month"].map(
        {month: period_of(month, length, anchor) for month in rows["month"].unique()}
    )
    counted = "value" not in rows or bool(rows["value"].isna().all())
    if not counted:
        rows = rows.assign(count=rows["value"], exposure=RATE)
    else:
        rows = rows.assign(exposure=exposure_of(rows))
    rows = rows.assign(period=period)
    present = months_present(rows)
    whole = sorted(
        p
        for p in period.unique()
        if present.issuperset(period_months(p, length))
        and not dropped >= set(period_months(p, length))
    )
    # Sums of exposures differ in the last digit with the order of the months.
    rows = rows[~rows["month"].isin(dropped)].sort_values(["sector", "month"])
    cells = rows.groupby(["sector", "period"])[["count", "exposure"]]
    cells = (cells.sum() if counted else cells.mean()).sort_index()
    counts = cells["count"].unstack("period")[whole].astype(float)
    exposure = cells["exposure"].unstack("period")[whole]
    return OutcomePanel(
        outcome,
        frequency,
        tuple(counts.index),
        tuple(whole),
        counts.to_numpy(),
        exposure.to_numpy(),
        counted,
    )


def exposure_of(rows: pd.DataFrame) -> pd.Series:
    """The exposure of `Panel` rows: as it was given, or person-years of their inhabitants."""
    if "exposure" in rows:
        return rows["exposure"]
    return rows["population"] * rows["days"] / 365.25


def months_present(rows: pd.DataFrame) -> set[str]:
    """The months of some rows; of rows that are longer periods each month."""
    firsts = rows["month"].unique()
    if "months" not in rows or rows.empty:
        return set(firsts)
    length = int(rows["months"].iloc[0])
    return {month for first in firsts for month in period_months(first, length)}
