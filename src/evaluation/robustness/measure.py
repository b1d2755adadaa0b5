"""How often does a test call an effect where there is none, and what would it have found?

On panels of this very shape (`power.py`): size, coverage, power and errors of every test that
ranks. Others (leave-two-out, the baselines) are not measured.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.design.design import Design, make_design
from evaluation.estimators.protocol import Estimator
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.baselines import STATISTICS, owned
from evaluation.inference.count_model import Variation
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.robustness.donor_power import donor_draws
from evaluation.robustness.power import (
    COPIES,
    HORIZONS,
    SIZE_ADJUSTED_SUFFIX,
    Draws,
    Verdicts,
    conformal_draws,
    conformal_exists,
    power_rows,
    simulated_draws,
)
from evaluation.seeds import seed_of
from evaluation.study import FREQUENCIES, Study
from evaluation.tables.contract import from_rows
from evaluation.tables.estimates import Power, Size

PRIMARY = 3  # times as many draws for the primary estimator: its label enters the verdict


@dataclass(frozen=True)
class Calibration:
    """`Size` rows of the primary window, and `Power` rows of every horizon."""

    size: pd.DataFrame
    power: pd.DataFrame


def calibrate_study(
    panel: pd.DataFrame, units: pd.DataFrame, study: Study, estimator: str
) -> Calibration:
    """Size and power of one estimator: the study's primary outcome and every test that ranks.

    The primary estimator gets `PRIMARY` times the study's draws, for a smaller simulation error.

    Horizons are the primary window and 12, 24, 36 and 48 months where the panel reaches so far.
    """
    matrices = to_periods(panel, study.outcomes[0], study.frequency, FREQUENCIES[study.frequency])
    return measure(
        matrices,
        make_design(matrices, units, study),
        ESTIMATORS[estimator],
        window=study.primary_window,
        tests=study.tests,
        centre=study.centre,
        drifts=study.calibration.drifts,
        draws=study.calibration.draws * (PRIMARY if estimator == study.estimators[0] else 1),
        seed=f"{study.hash} {study.calibration.seed} {estimator}",
        baselines=[name for name in owned(study.baselines, estimator) if name in STATISTICS],
    )


def measure(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    window: str,
    tests: Sequence[str],
    centre: str,
    drifts: Sequence[float],
    draws: int,
    seed: str,
    baselines: Sequence[str] = (),
) -> Calibration:
    """Size and power on simulated panels with each drift, on fitted ones and on the real donors.

    draws : treated units a null, eight a simulated panel
    seed : a text (study hash, task): every null draws its own stream from it, so that a result does
        not depend on which others are asked for
    baselines : whose power at equal size is measured beside (`simulated_draws`)
    """
    length = FREQUENCIES[panel.frequency]
    primary = dict(design.windows)[window]
    months = len(primary) * length
    nulls = {f"drift {drift:g}": Variation(drift=float(drift) ** 2) for drift in drifts}
    by_null = {
        null: _simulated(
            panel,
            design,
            estimator,
            windows=_horizons(design, primary, length),
            primary=(str(months), primary),
            tests=tests,
            centre=centre,
            variation=variation,
            panels=math.ceil(draws / COPIES),
            seed=f"{seed} {null}",
            baselines=baselines,
        )
        for null, variation in (nulls | {"fitted": None}).items()
    }
    by_null["donors"] = donor_draws(
        panel,
        design,
        estimator,
        window=(str(months), primary),
        tests=tests,
        centre=centre,
        seed=seed_of(f"{seed} donors"),
    )
    power = _power_table(panel.outcome, estimator.name, by_null)
    return Calibration(_size_table(power, by_null, window, months), power)


def _horizons(
    design: Design, primary: tuple[str, ...], length: int
) -> list[tuple[str, tuple[str, ...]]]:
    """Windows named by their months: the primary one, and those of `HORIZONS` that are reached."""
    found = {len(primary): primary}
    for months in HORIZONS:
        if months % length == 0 and months // length <= len(design.post):
            found[months // length] = design.post[: months // length]
    return [(str(count * length), periods) for count, periods in sorted(found.items())]


def _simulated(
    panel: OutcomePanel,
    design: Design,
    estimator: Estimator,
    *,
    windows: Sequence[tuple[str, tuple[str, ...]]],
    primary: tuple[str, tuple[str, ...]],
    tests: Sequence[str],
    centre: str,
    variation: Variation | None,
    panels: int,
    seed: str,
    baselines: Sequence[str],
) -> dict[tuple[str, str], Draws | Verdicts]:
    """Draws of one simulated null, with the conformal tests in the primary window."""
    found: dict[tuple[str, str], Draws | Verdicts] = dict(
        simulated_draws(
            panel,
            design,
            estimator,
            windows=windows,
            tests=tests,
            centre=centre,
            variation=variation,
            panels=panels,
            seed=seed_of(seed),
            baselines=baselines,
        )
    )
    wanted = [test for test in tests if test.startswith("conformal")]
    if wanted and conformal_exists(panel, design, estimator):
        verdicts = conformal_draws(
            panel,
            design,
            estimator,
            window=primary[1],
            variation=variation,
            panels=panels,
            seed=seed_of(f"conformal {seed}"),
        )
        found |= {(primary[0], test): verdicts[test] for test in wanted}
    return found


def _power_table(outcome: str, estimator: str, by_null) -> pd.DataFrame:
    """`Power` rows; of a test that no simulated unit has, nothing was measured."""
    rows = []
    for null, found in by_null.items():
        for (months, test), draws in found.items():
            keys = {
                "outcome": outcome,
                "estimator": estimator,
                "inference": test,
                "null": null,
                "months": int(months),
            }
            rows += [keys | row for row in power_rows(draws) if row["draws"]]
    return from_rows(rows, Power)


def _size_table(power: pd.DataFrame, by_null, window: str, months: int) -> pd.DataFrame:
    """`Size` rows: the drift nulls of the primary window without any effect.

    A baseline at equal size has none: its size was set.
    """
    rows = []
    kept = power[(power["rate_ratio"] == 1) & (power["months"] == months)]
    kept = kept[~kept["inference"].str.endswith(SIZE_ADJUSTED_SUFFIX)]
    for row in kept[kept["null"].str.startswith("drift ")].itertuples():
        found = by_null[row.null][str(months), row.inference]
        rows.append(
            {
                "outcome": row.outcome,
                "estimator": row.estimator,
                "window": window,
                "inference": row.inference,
                "drift": float(row.null.removeprefix("drift ")),
                "draws": row.draws,
                "size": row.power,
                "standard_error": row.standard_error,
                "contradictions": _contradictions(found),
            }
        )
    return from_rows(rows, Size)


def _contradictions(draws: Draws | Verdicts) -> int:
    """Draws without an effect where zero is outside the interval and p above 5 %, or the reverse.

    Without an effect, excluding the truth and rejecting are the same event.
    """
    if isinstance(draws, Draws) and not draws.has_interval:
        return 0
    tested = np.broadcast_to(draws.tested, draws.rejected.shape)[:, 0]
    return int((tested & (draws.covered[:, 0] == draws.rejected[:, 0])).sum())
