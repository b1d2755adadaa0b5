"""Counts, or values, of outcomes in many units over time, as the estimators take them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from evaluation.api.arguments import chosen
from evaluation.api.cards import Card, number, some
from evaluation.api.columns import Columns
from evaluation.api.covariates import covariate_rows
from evaluation.api.frame import matrices_of
from evaluation.api.periods import span_label
from evaluation.panel.covariates import with_covariates
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import InputError
from evaluation.study.outcomes import COUNT


@dataclass(frozen=True, repr=False)
class Panel(Card):
    """A balanced panel: the same units and periods for every outcome.

    Attributes
    ----------
    matrices : tuple of OutcomePanel
        For each outcome events and person-years, or values, units × periods.
    per : str
        What a rate is per, for labels; empty for values.
    kind : {"count", "rate", "continuous"}

    Examples
    --------
    Six sectors in sixteen quarters; from 2019 on NORTH has half of the events it would have had:

    >>> import pandas as pd
    >>> import evaluation as ev
    >>> sizes = {"NORTH": 31, "SOUTH": 26, "EAST": 40, "WEST": 19, "OLD TOWN": 35, "PORT": 23}
    >>> rows = []
    >>> for sector, size in sizes.items():
    ...     for year in (2017, 2018, 2019, 2020):
    ...         for quarter in (1, 2, 3, 4):
    ...             thefts = size + 3 * quarter + size * year * quarter % 11
    ...             half = sector == "NORTH" and year >= 2019
    ...             rows.append((sector, f"{year}Q{quarter}", thefts // 2 if half else thefts))
    >>> frame = pd.DataFrame(rows, columns=["sector", "quarter", "thefts"])
    >>> panel = ev.Panel.from_frame(frame, unit="sector", period="quarter", count="thefts")
    >>> panel
    Panel of 6 units × 16 quarters, 2017Q1 to 2020Q4
      thefts  3,848 events
      units   EAST, NORTH, OLD TOWN, PORT, SOUTH, WEST
      rates   events per quarter
    """

    matrices: tuple[OutcomePanel, ...]
    per: str
    kind: str = COUNT

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        unit: str,
        period: str,
        count: str | None = None,
        value: str | None = None,
        kind: str | None = None,
        outcome: str | None = None,
        exposure: str | None = None,
        population: str | None = None,
        frequency: str | None = None,
    ) -> "Panel":
        """A panel from a long table: a row for each unit and period (and outcome).

        Rates are 100,000 · count / exposure. An outcome that is no count has `value` instead:
        effects are then differences in its unit, and what needs counts says so.

        Parameters
        ----------
        frame : pandas.DataFrame
        unit, period : str
            Columns: the unit's name; the period as `2020-01`, `2020Q1`, `2020H1` or `2020`, as a
            pandas Period, or as a month's first or last day.
        count, value : str
            One of them: the column of numbers of events, or of values.
        kind : {"rate", "continuous"}, optional
            Of values: 0 or more, or any (the default). Effects on rates have a percentage too.
        outcome : str, optional
            Column that names what is counted. Without it there is one outcome, named as the column
            of counts or values.
        exposure : str, optional
            Column of person-years in that unit and period.
        population : str, optional
            Column of inhabitants, from which exposure is inhabitants · days / 365.25. Without
            exposure and population all units and periods count alike, and rates are events per
            period.
        frequency : {"month", "quarter", "half-year", "year"}, optional
            To which counts are summed, and values averaged; by default that of the rows.

        Returns
        -------
        Panel

        Raises
        ------
        InputError
            For a missing column, one in two roles, a cell that is empty, a count that is negative
            or no whole number, a negative rate, an exposure that is not positive or is of values, a
            cell that comes twice or not at all, and periods that are not whole: the message names
            row and column.
        """
        columns = Columns(unit, period, count, value, outcome, exposure, population)
        known = columns.kind(kind)
        return cls(*matrices_of(frame, columns, known, frequency), known)

    def with_covariates(
        self, frame: pd.DataFrame, *, unit: str, period: str, covariates: Sequence[str]
    ) -> "Panel":
        """The same panel with covariates, which treatment must not move: `did` and `poisson_did`
        adjust for them, `synthetic_control_predictors` matches on their means before treatment.

        Parameters
        ----------
        frame : pandas.DataFrame
            A row for each unit and period; an empty cell is a value that is not known.
        unit, period : str
            Columns, as in `from_frame`.
        covariates : sequence of str

        Raises
        ------
        InputError
            For a missing column, a cell that is no number, a unit and period that come twice,
            periods of another length, and a covariate without any value in the panel.
        """
        rows = covariate_rows(frame, unit, period, covariates, self.frequency)
        found = (with_covariates(one, rows, covariates) for one in self.matrices)
        return replace(self, matrices=tuple(found))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, sorted."""
        return tuple(matrix.outcome for matrix in self.matrices)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the units, sorted."""
        return self.matrices[0].units

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods in time order, each named for its first month."""
        return self.matrices[0].periods

    @property
    def frequency(self) -> str:
        return self.matrices[0].frequency

    def of(self, outcome: str | None = None) -> OutcomePanel:
        """The matrices of one outcome.

        Parameters
        ----------
        outcome : str, optional
            Need not be named where there is one.

        Returns
        -------
        OutcomePanel

        Raises
        ------
        InputError
            For an outcome that the panel does not have, or none named among several.
        """
        if outcome is None and len(self.matrices) > 1:
            raise InputError(
                "outcome", "none named", f"one of {list(self.outcomes)}", "Name it: outcome=…"
            )
        if outcome is None:
            return self.matrices[0]
        return self.matrices[self.outcomes.index(chosen(outcome, self.outcomes, "outcome"))]

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        span = span_label(self.periods[0], self.periods[-1], self.frequency)
        title = f"Panel of {len(self.units)} units × {len(self.periods)} {self.frequency}s, {span}"
        lines = [(matrix.outcome, self._sum(matrix)) for matrix in self.matrices]
        counted = self.kind == COUNT
        last = ("rates", f"events {self.per}") if counted else ("values", self.kind)
        return title, [*lines, ("units", some(self.units)), last]

    def _sum(self, matrix: OutcomePanel) -> str:
        if self.kind == COUNT:
            return f"{number(float(matrix.counts.sum()), 0)} events"
        return f"{number(float(matrix.counts.mean()), 2)} on average"
