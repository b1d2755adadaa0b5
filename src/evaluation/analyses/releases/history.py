"""The primary effect on what earlier releases held, as this code and specification find it."""

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.design.donors import assign_units, donors_of
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.estimate import window_effect
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.releases.since import numbers_of, panel_at, table_at
from evaluation.study.errors import EstimationError
from evaluation.study.files import rounded
from evaluation.study.months import period_months
from evaluation.study.study import FREQUENCIES, Study


@dataclass(frozen=True)
class Held:
    """What a release held of the primary outcome: `Panel` and `Units` rows."""

    study: Study
    panel: pd.DataFrame
    units: pd.DataFrame

    @cached_property
    def months(self) -> frozenset[str]:
        """The months that are covered and complete."""
        whole = self.panel["covered"] & self.panel["complete"]
        return frozenset(self.panel.loc[whole, "month"])

    def within(self, months: frozenset[str]) -> "Held":
        """The same with no other months complete than these."""
        complete = self.panel["complete"] & self.panel["month"].isin(months)
        return replace(self, panel=self.panel.assign(complete=complete))

    @cached_property
    def fitted(self) -> tuple[OutcomePanel, Design]:
        """Its periods and the study's design on them, with windows as far as the months reach.

        Raises `EstimationError` where there is no such design.
        """
        study = self.study
        length, outcome = FREQUENCIES[study.frequency], study.primary.outcome
        if not self.months:
            raise EstimationError(f"study {study.study}, outcome {outcome}: no month is complete")
        matrices = to_periods(self.panel, outcome, study.frequency, length)
        last = period_months(matrices.periods[-1], length)[-1] if matrices.periods else ""
        windows = tuple(
            (name, min(end, last))
            for name, end in study.post_windows
            if study.treatment_start <= last
        )
        if not windows:
            raise EstimationError(
                f"study {study.study}, outcome {outcome}: no month after the start"
            )
        return matrices, make_design(matrices, self.units, replace(study, post_windows=windows))

    @cached_property
    def effects(self) -> dict[str, float]:
        """The log rate ratio in each window, to the digits that a table of estimates keeps."""
        matrices, design = self.fitted
        fit = ESTIMATORS[self.study.primary.estimator].fit(matrices, design)
        length = FREQUENCIES[self.study.frequency]
        return {
            name: rounded(window_effect(fit, periods, length)["log_rate_ratio"])
            for name, periods in design.windows
        }

    def effect(self, window: str) -> float:
        """The log rate ratio in one window; `EstimationError` where its months do not reach it."""
        if window not in self.effects:
            raise EstimationError(f"window {window}: no month of it is complete")
        return self.effects[window]

    def read(self, window: str) -> set[str]:
        """The months of the periods that the estimate in a window reads."""
        design, length = self.fitted[1], FREQUENCIES[self.study.frequency]
        periods = (*design.pre, *dict(design.windows).get(window, ()))
        return {month for period in periods for month in period_months(period, length)}


class History:
    """The releases of a study, up to that of this run; frames as `Ledger.history` makes them."""

    def __init__(
        self,
        study: Study,
        release_history: pd.DataFrame,
        count_history: pd.DataFrame,
        sector_history: pd.DataFrame,
        neighbour_history: pd.DataFrame,
    ):
        self.study, self.numbers = study, numbers_of(release_history)
        self.retrieved_at = dict(
            zip(release_history["release"], release_history["retrieved_at"], strict=True)
        )
        self._counts = count_history[count_history["outcome"] == study.primary.outcome]
        self._sectors, self._neighbours = sector_history, neighbour_history
        self.last = max(self.numbers, key=self.numbers.__getitem__, default="")
        self._held: dict[str, Held] = {}
        self._revised: dict[tuple[str, str], Held] = {}

    def held(self, release: str) -> Held:
        """What a release held, with this study's roles of its sectors."""
        if release not in self._held:
            sectors = table_at(self._sectors, self.numbers, release)
            neighbours = table_at(self._neighbours, self.numbers, release)
            panel = panel_at(self._counts, sectors, self.numbers, release)
            units = assign_units(sectors, neighbours, self.study)
            self._held[release] = Held(self.study, panel, units)
        return self._held[release]

    def revised(self, release: str, before: str) -> Held:
        """What a release held of the months that an earlier one had."""
        if (release, before) not in self._revised:
            months = self.held(before).months
            self._revised[release, before] = self.held(release).within(months)
        return self._revised[release, before]


def revised_cells(old: Held, new: Held, window: str) -> pd.DataFrame:
    """Cells that an estimate on the old release reads and the new one counts otherwise, sorted.

    Columns `sector`, `month`, `before` and `after`; `after` is null where the month is no longer
    covered and complete, or the sector is gone.
    """
    compared = {old.study.treated, *donors_of(old.units)}
    cells = old.panel[
        old.panel["sector"].isin(compared) & old.panel["month"].isin(old.read(window))
    ]
    now = new.panel[new.panel["month"].isin(new.months)]
    keys = ["sector", "month"]
    both = cells[[*keys, "count"]].merge(now[[*keys, "count"]], on=keys, how="left")
    both = both.rename(columns={"count_x": "before", "count_y": "after"})
    moved = (both["before"] != both["after"]).fillna(True)
    return both[moved.astype(bool)].sort_values(keys, ignore_index=True)
