"""One estimator on one design: the counterfactual, its effect and its picture."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.api.arguments import chosen
from evaluation.api.cards import Card, number, some
from evaluation.api.design import Design
from evaluation.api.effect import Effect, effect_of
from evaluation.api.panel import Panel
from evaluation.api.periods import span_label
from evaluation.api.refusals import refuse_impossible, refuse_unfit
from evaluation.api.required import require_panel
from evaluation.estimators import protocol
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.doubt import fit_doubts
from evaluation.inference.placebo import PlaceboFamily, summarise
from evaluation.inference.records import path_rows
from evaluation.panel.periods import OutcomePanel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 0.0005  # smaller weights are not listed


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Card):
    """What would have happened to the treated unit, by one estimator; made by `fit`.

    Attributes
    ----------
    panel : Panel
    design : Design
    estimator, outcome : str
    own : evaluation.estimators.protocol.Fit
        The treated unit's own fit, with its paths as arrays.
    """

    panel: Panel
    design: Design
    estimator: str
    outcome: str
    own: protocol.Fit

    @property
    def matrices(self) -> OutcomePanel:
        """Events and exposure of the outcome."""
        return self.panel.of(self.outcome)

    @cached_property
    def family(self) -> list[protocol.Fit]:
        """The treated unit's fit, then every donor's as if treated; made when a test asks."""
        placebos = ESTIMATORS[self.estimator].fit_many(self.matrices, self.design.placebos)
        return [self.own, *placebos]

    def effect(self, window: str | None = None) -> Effect:
        """Events observed and expected in a window, and the effect.

        Parameters
        ----------
        window : str, optional
            By default the longest.

        Returns
        -------
        Effect

        Raises
        ------
        InputError
            For a name that is no window of the design.

        Examples
        --------
        With the `panel` of `Panel.from_frame`:

        >>> design = ev.design(panel, treated="NORTH", start="2019Q1")
        >>> ev.fit(panel, design, "demeaned_synthetic_control").effect()
        Effect on thefts in NORTH, 2019Q1 to 2020Q4
          observed         183 events
          expected         333.3 events
          effect           −45%
          rate difference  −18.78 per quarter
          averted          150.3 (75.1 a year)
          estimator        demeaned_synthetic_control
        """
        found = self.design.window(window)
        doubts = self.doubts(summarise([self.own], found[1]), found[1])
        return effect_of(self.own, self.outcome, found, self.panel, doubts)

    def doubts(self, family: PlaceboFamily, periods: tuple[str, ...]) -> tuple[str, ...]:
        """What makes the fit hard to believe in a window (`inference.doubt`)."""
        return tuple(fit_doubts(self.matrices, self.design, self.estimator, family, periods))

    @property
    def path(self) -> pd.DataFrame:
        """Events `observed` and `counterfactual`, `exposure` and `state` of every `period`."""
        columns = ["period", "state", "observed", "counterfactual", "exposure"]
        rows: pd.DataFrame = path_rows(self.outcome, [self.own])[columns]
        return rows

    @property
    def weights(self) -> pd.Series:
        """The donors' weights, largest first; empty for an estimator without weights."""
        if self.own.weights is None:
            return pd.Series(dtype=float, name="weight")
        weights = pd.Series(self.own.weights, self.design.donors, name="weight")
        return weights.sort_values(ascending=False, kind="stable")

    def plot(self) -> "Figure":
        """Observed against expected rates over time, with the start.

        Returns
        -------
        matplotlib.figure.Figure
            Shown by a notebook; `savefig` writes it to a file.

        Examples
        --------
        With the `panel` of `Panel.from_frame`:

        >>> design = ev.design(panel, treated="NORTH", start="2019Q1")
        >>> ev.fit(panel, design, "did").plot().axes[0].get_ylabel()
        'thefts: events per quarter'
        """
        from evaluation.api.plot import draw

        return draw(self.own, self.effect(), self.design)

    def _card(self) -> tuple[str, list[tuple[str, str]]]:
        effect = self.effect()
        span = span_label(effect.periods[0], effect.periods[-1], self.panel.frequency)
        error = " ".join([number(self.own.pre_rmspe, 2), *self.panel.per.split(), "(RMSPE)"])
        lines = [("effect", f"{effect.change} in {span}"), ("pre-period error", error)]
        if len(self.weights):
            shown = self.weights[self.weights.abs() >= SHOWN]
            names = tuple(f"{name} {weight:.3f}" for name, weight in shown.items())
            lines.append(("weights", some(names, 4)))
        title = f"Fit of {self.estimator} to {self.outcome} in {self.design.treated}"
        return title, [*lines, ("donors", str(len(self.design.donors)))]


def fit(panel: Panel, design: Design, estimator: str, outcome: str | None = None) -> Fit:
    """Estimate what would have happened to the treated unit without treatment.

    Parameters
    ----------
    panel : Panel
    design : Design
    estimator : str
        A name of `evaluation.estimators.registry`: `demeaned_synthetic_control`,
        `synthetic_control`, `synthetic_control_predictors`, `augmented_synthetic_control`,
        `penalized_synthetic_control`, `synthetic_did`, `interactive_effects`, `did`, `poisson_did`,
        `poisson_kriging`, `poisson_kriging_low_rank`.
    outcome : str, optional
        Where the panel has several.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        For a name that is no estimator or outcome, a strange design, a model of counts of values.
    EstimationError
        Where the design cannot be estimated: no event before, none among the donors, or a fit that
        is not certified.

    Notes
    -----
    The demeaned synthetic control (Doudchenko & Imbens 2016; Ferman & Pinto 2021) takes the donors'
    weights w ≥ 0, Σw = 1, that minimise Σ_t (r_1t − r̄_1 − Σ_j w_j (r_jt − r̄_j))² over the periods
    before, r the rates and r̄ their means before, and expects r̄_1 + Σ_j w_j (r_jt − r̄_j) after. Each
    estimator's own formula is in its module.

    Examples
    --------
    With the `panel` of `Panel.from_frame`:

    >>> design = ev.design(panel, treated="NORTH", start="2019Q1")
    >>> ev.fit(panel, design, "demeaned_synthetic_control")
    Fit of demeaned_synthetic_control to thefts in NORTH
      effect            −45% in 2019Q1 to 2020Q4
      pre-period error  2.27 per quarter (RMSPE)
      weights           EAST 0.533, WEST 0.300, SOUTH 0.167
      donors            5
    """
    require_panel(panel)
    refuse_unfit(panel, design)
    name, matrices = chosen(estimator, ESTIMATORS, "estimator"), panel.of(outcome)
    refuse_impossible(name, matrices, design)
    return Fit(panel, design, name, matrices.outcome, ESTIMATORS[name].fit(matrices, design))
