"""Which revised cells move the effect most?"""

from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.analyses.releases.history import Held, History
from evaluation.analyses.releases.history import revised_cells as cells_revised
from evaluation.analyses.revised_cells.contract import RevisedCells
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.placebo import stack_panels
from evaluation.panel.periods import OutcomePanel
from evaluation.study.contract import from_rows
from evaluation.study.months import period_of
from evaluation.study.study import FREQUENCIES, Study

MOST = 5  # cells of each release and window
TOGETHER = 500  # panels that are fitted together
DIGITS = 10  # of what a cell moves; smaller is the solver's tolerance


def revised_cells(
    study: Study,
    *,
    releases: pd.DataFrame,
    release_history: pd.DataFrame,
    count_history: pd.DataFrame,
    sector_history: pd.DataFrame,
    neighbour_history: pd.DataFrame,
) -> pd.DataFrame:
    """`RevisedCells` rows of every change in `releases` that could be split.

    Each revision is laid alone on the cells of the release before, and the effect estimated again:
    of months and sectors that the estimate reads, and of cells that both releases have.
    """
    history = History(study, release_history, count_history, sector_history, neighbour_history)
    rows = []
    for change in releases[releases["reason"] == ""].sort_values("number").to_dict("records"):
        old, new = history.held(change["before"]), history.held(change["release"])
        keys = {"window": change["window"], "number": change["number"]}
        keys |= {"release": change["release"], "earlier": change["before"]}
        found = moving_cells(old, new, change["window"]).head(MOST).to_dict("records")
        rows += [keys | {"place": place} | row for place, row in enumerate(found, start=1)]
    return from_rows(rows, RevisedCells)


def moving_cells(old: Held, new: Held, window: str) -> pd.DataFrame:
    """Every revised cell that moves the effect in a window, the one that moves it most first.

    Columns `sector`, `month`, `before`, `after`, `moves`. Raises `EstimationError` where the old
    release cannot be estimated.
    """
    panel, design = old.fitted
    cells = cells_revised(old, new, window).dropna()
    if cells.empty:
        return cells.assign(moves=0.0)
    length = FREQUENCIES[old.study.frequency]
    periods = [period_of(month, length) for month in cells["month"]]
    cells = cells.assign(period=periods, step=cells["after"] - cells["before"])
    # A revision by so much of one sector and period is one panel, whichever of its months it is in.
    panels = cells[["sector", "period", "step"]].drop_duplicates()
    positions = design.positions(dict(design.windows)[window])
    effects = _effects(
        old, [_stepped(panel, *row) for row in panels.itertuples(index=False)], positions
    )
    moves = np.round(effects[1:] - effects[0], DIGITS) + 0.0
    cells = cells.merge(panels.assign(moves=moves), on=["sector", "period", "step"])
    cells = cells[cells["moves"].notna() & (cells["moves"] != 0)]
    order = cells.assign(size=cells["moves"].abs()).sort_values(
        ["size", "sector", "month"], ascending=[False, True, True], ignore_index=True
    )
    return order[["sector", "month", "before", "after", "moves"]]


def _stepped(panel: OutcomePanel, sector: str, period: str, step: int) -> OutcomePanel:
    """The panel with so many events more in one sector and period."""
    counts = panel.counts.copy()
    counts[panel.rows([sector])[0], panel.columns([period])[0]] += step
    return replace(panel, counts=counts)


def _effects(old: Held, panels: list[OutcomePanel], window: np.ndarray) -> np.ndarray:
    """Log rate ratios of the treated sector, of the old panel itself and of each of the others."""
    panel, design = old.fitted
    estimator = ESTIMATORS[old.study.primary.estimator]
    found = []
    every = [panel, *panels]
    for first in range(0, len(every), TOGETHER):
        paths = stack_panels(estimator, every[first : first + TOGETHER], [design])
        events, expected = (
            part[:, 0, window].sum(axis=-1) for part in (paths.observed, paths.counterfactual)
        )
        possible = (events > 0) & (expected > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(np.where(possible, np.log(events / expected), np.nan))
    return np.concatenate(found)
