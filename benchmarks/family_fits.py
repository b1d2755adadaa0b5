"""The synthetic control family against its peers on 70 units × 84 months, CPU time in one process.

    make bench        (or: python benchmarks/family_fits.py)

Tasks: all placebo fits, leave-one-out over all donors, 24 fake dates, conformal intervals for each
of 24 months, synthetic difference-in-differences with all placebos. Peers: pysyncon, diff-diff,
mlsynth, azcausal; those that are not installed are named and left out. Where a peer is slow, some
of its fits are timed and the rest is taken in proportion (column `timed`). The last column says by
how much the worst objective lies above the certified optimum (ours: the certificate itself).

Writes benchmarks/output/family_fits.csv, and fails where a bar does not hold.
"""

from measure import cpu, dated, missing, quietly, report, simulated  # isort: skip (threads)

import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from evaluation.design.design import Design
from evaluation.estimators.synthetic_control import SyntheticControl, pysyncon_weights
from evaluation.estimators.synthetic_did import placebo_standard_error
from evaluation.inference.conformal import conformal
from evaluation.panel.periods import OutcomePanel

UNITS, PERIODS, PRE, REPEATS = 70, 84, 60, 20
TIMED = 12  # fits of a pysyncon loop
PEERS = ("pysyncon", "diff-diff", "mlsynth", "azcausal")
PLACEBOS, LEAVE_ONE_OUT, DATES = "placebo fits", "leave one out", "fake dates"
MONTHS, SYNTHETIC_DID = "conformal intervals of 24 months", "synthetic DiD with all placebos"
# Times the fastest peer of each task, and times each peer of the placebo fits.
BARS = {PLACEBOS: 10.0, LEAVE_ONE_OUT: 10.0, DATES: 10.0, MONTHS: 10.0, SYNTHETIC_DID: 10.0}
PLACEBO_BARS = {"pysyncon": 300.0, "diff-diff": 300.0, "pysyncon, PlaceboTest": 2000.0}
PLACEBO_BARS |= {"pysyncon, V searched": 2000.0}

NAMES = {"outcome": "rate", "unit": "unit", "time": "time"}
MLSYNTH = {"outcome": "rate", "treat": "treated", "unitid": "unit", "time": "time"}


def objective(panel: OutcomePanel, design: Design, weights: np.ndarray) -> float:
    rates = panel.rates[:, panel.columns(design.pre)]
    gap = weights @ rates[panel.rows(design.donors)] - rates[panel.rows([design.treated])]
    return float(np.sum(gap**2))


def long_table(panel: OutcomePanel, design: Design) -> pd.DataFrame:
    frame = pd.DataFrame(panel.rates, panel.units, range(len(panel.periods))).stack().reset_index()
    frame.columns = ["unit", "time", "rate"]
    own, started = frame["unit"] == design.treated, frame["time"] >= len(design.pre)
    return frame.assign(treated=(own & started).astype(int), ever=own.astype(int))


def families(panel: OutcomePanel, design: Design) -> dict[str, list[Design]]:
    rests = [tuple(d for d in design.donors if d != out) for out in design.donors]
    return {
        PLACEBOS: design.family(),
        LEAVE_ONE_OUT: [
            Design(design.treated, rest, design.pre, (), design.post, design.windows)
            for rest in rests
        ],
        DATES: [dated(panel, pre) for pre in range(36, 60)],
    }


def pysyncon_loop(panel: OutcomePanel, designs, ours) -> tuple[float, str, float]:
    """V given, so that the problem is ours: seconds for all, what was timed, worst objective."""
    chosen = np.linspace(0, len(designs) - 1, min(len(designs), TIMED)).astype(int)
    seconds, found = cpu(lambda: [pysyncon_weights(panel, designs[k]) for k in chosen], 2)
    gaps = [
        objective(panel, designs[k], weights) / ours[k].solution.objective - 1
        for k, weights in zip(chosen, found, strict=True)
    ]
    return seconds * len(designs) / len(chosen), f"{len(chosen)} fits", max(gaps)


def pysyncon_searched(panel: OutcomePanel, design: Design) -> None:
    """One fit as its documentation shows it: V is searched for."""
    from pysyncon import Synth

    wide = pd.DataFrame(panel.rates.T, columns=list(panel.units))
    pre = wide.iloc[: len(design.pre)]
    donors, own = pre[list(design.donors)], pre[design.treated]
    Synth().fit(X0=donors, X1=own, Z0=donors, Z1=own)


def pysyncon_placebo_test(panel: OutcomePanel, design: Design) -> Callable:
    """One fit of its own placebo loop, from its data object, with V given as above.

    Its `PlaceboTest` hands the object with another treated unit to each process; what such a
    process does is run here for one unit.
    """
    from pysyncon import Dataprep, Synth
    from pysyncon.utils import PlaceboTest

    wide = pd.DataFrame(panel.rates.T, columns=list(panel.units))
    pre = list(range(len(design.pre)))
    long = wide.rename_axis("time").melt(ignore_index=False, var_name="unit", value_name="rate")
    table = Dataprep(
        foo=long.reset_index(),
        predictors=["rate"],
        predictors_op="mean",
        dependent="rate",
        unit_variable="unit",
        time_variable="time",
        treatment_identifier=design.treated,
        controls_identifier=list(design.donors),
        time_predictors_prior=pre[:1],
        time_optimize_ssr=pre,
        special_predictors=[("rate", [month], "mean") for month in pre[1:]],
    )
    variance = wide.loc[pre].var(axis=1).to_numpy()
    options = {"custom_V": variance / variance.mean()}
    return partial(PlaceboTest._single_placebo, table, Synth(), options)


def pysyncon_conformal(panel: OutcomePanel, design: Design, months: int) -> None:
    """Intervals of some single months by refitting under each hypothesis."""
    from pysyncon import (
        AugSynth,  # noqa: F401  (its import is not what is measured)
        Synth,
    )
    from pysyncon.inference import ConformalInference

    wide = pd.DataFrame(panel.rates.T, columns=list(panel.units))
    Z0, Z1 = wide[list(design.donors)], wide[design.treated]

    class OutcomeOnly(Synth):
        """V given as the inverse of its own scaling, on the periods it is handed."""

        def fit(self, Z0, Z1):
            variance = pd.concat([Z0, Z1], axis=1).var(axis=1).to_numpy()
            super().fit(X0=Z0, X1=Z1, Z0=Z0, Z1=Z1, custom_V=variance / variance.mean())

    peer = OutcomeOnly()
    pre = list(range(len(design.pre)))
    peer.fit(Z0.loc[pre], Z1.loc[pre])
    post = list(range(len(pre), len(pre) + months))
    ConformalInference().confidence_intervals(0.05, peer, Z0, Z1, pre, post, verbose=False)


def diff_diff_fit(table: pd.DataFrame):
    from diff_diff import SyntheticControl as Peer

    peer = Peer(v_method="custom", custom_v=np.ones(PRE), standardize="none")
    return peer.fit(
        table,
        treatment="treated",
        post_periods=list(range(PRE, PERIODS)),
        pre_period_outcomes=list(range(PRE)),
        **NAMES,
    )


def diff_diff_did(table: pd.DataFrame):
    from diff_diff import SyntheticDiD

    return SyntheticDiD(variance_method="placebo", n_bootstrap=UNITS - 1, seed=1).fit(
        table.assign(treated=table["ever"]),
        treatment="treated",
        post_periods=list(range(PRE, PERIODS)),
        **NAMES,
    )


def mlsynth_fit(table: pd.DataFrame, inference):
    from mlsynth import VanillaSC

    options = {"backend": "outcome-only", "inference": inference, "display_graphs": False}
    return VanillaSC({"df": table, **MLSYNTH, **options}).fit()


def mlsynth_did(table: pd.DataFrame):
    from mlsynth import SDID

    return SDID({"df": table, **MLSYNTH, "B": UNITS - 1, "display_graphs": False}).fit()


def azcausal_did(panel: OutcomePanel, design: Design):
    from azcausal.core.error import Placebo
    from azcausal.core.panel import Panel
    from azcausal.estimators.panel.sdid import SDID

    outcome = pd.DataFrame(panel.rates.T, columns=list(panel.units))
    intervention = pd.DataFrame(0, outcome.index, outcome.columns)
    intervention.loc[len(design.pre) :, design.treated] = 1
    peer = SDID()
    result = peer.fit(Panel({"outcome": outcome, "intervention": intervention}))
    return peer.error(result, Placebo(n_samples=UNITS - 1, seed=1))


def peers_rows(panel, design, table, ours):
    """(task, program, what was timed, factor, function) of the peers that have the task."""
    count = {task: len(designs) for task, designs in families(panel, design).items()}
    if not missing("pysyncon"):
        yield (
            PLACEBOS,
            "pysyncon, V searched",
            "1 fit",
            count[PLACEBOS],
            partial(pysyncon_searched, panel, design),
        )
        yield (
            PLACEBOS,
            "pysyncon, PlaceboTest",
            "1 fit",
            count[PLACEBOS],
            pysyncon_placebo_test(panel, design),
        )
        yield MONTHS, "pysyncon", "2 months", 12, partial(pysyncon_conformal, panel, design, 2)
    if not missing("diff_diff"):
        fitted = quietly(partial(diff_diff_fit, table))()
        kept = len(quietly(fitted.leave_one_out)())  # the donors with weight, and the fit itself
        yield PLACEBOS, "diff-diff", "all", 1, fitted.in_space_placebo
        yield (
            LEAVE_ONE_OUT,
            "diff-diff",
            f"{kept} fits",
            count[LEAVE_ONE_OUT] / kept,
            (fitted.leave_one_out),
        )
        yield DATES, "diff-diff", "1 fit", count[DATES], partial(diff_diff_fit, table)
        yield (
            MONTHS,
            "diff-diff",
            "all",
            1,
            partial(fitted.conformal_confidence_intervals, alpha=0.05),
        )
        yield SYNTHETIC_DID, "diff-diff", "all", 1, partial(diff_diff_did, table)
    if not missing("mlsynth"):
        alone = partial(mlsynth_fit, table, False)
        yield PLACEBOS, "mlsynth", "all", 1, partial(mlsynth_fit, table, "placebo")
        yield LEAVE_ONE_OUT, "mlsynth", "1 fit", count[LEAVE_ONE_OUT], alone
        yield DATES, "mlsynth", "1 fit", count[DATES], alone
        yield SYNTHETIC_DID, "mlsynth", "all", 1, partial(mlsynth_did, table)
    if not missing("azcausal"):
        yield SYNTHETIC_DID, "azcausal", "all", 1, partial(azcausal_did, panel, design)


def ours_rows(panel: OutcomePanel, design: Design):
    """Rows of this project, its seconds by task, and its fits by task."""
    estimator = SyntheticControl("synthetic_control", demean=False)
    rows, seconds, fits = [], {}, {}
    for task, designs in families(panel, design).items():
        seconds[task], fits[task] = cpu(partial(estimator.fit_many, panel, designs), REPEATS)
        worst = max(fit.solution.kkt_residual for fit in fits[task])
        rows.append((task, "this project", len(designs), seconds[task], "all", 1.0, worst))
    for task, repeats, count, run in (
        (
            MONTHS,
            2,
            len(design.post),
            partial(each_month, panel, design, estimator),
        ),
        (SYNTHETIC_DID, 5, UNITS, partial(placebo_standard_error, panel, design)),
    ):
        seconds[task], _ = cpu(run, repeats)
        rows.append((task, "this project", count, seconds[task], "all", 1.0, np.nan))
    return rows, seconds, fits


def each_month(panel: OutcomePanel, design: Design, estimator) -> list:
    """The conformal test and interval of every month after treatment on its own."""
    return [conformal(panel, design, estimator, (month,), 0.95) for month in design.post]


def failures(table: pd.DataFrame) -> list[str]:
    """The bars that do not hold."""
    peers = table[table["program"] != "this project"]
    found = [
        f"{task}: {least:.1f} times the fastest peer, not {BARS[task]:g}"
        for task, least in peers.groupby("task")["ratio"].min().items()
        if least < BARS[task]
    ]
    placebo = peers[peers["task"] == PLACEBOS].set_index("program")["ratio"]
    return found + [
        f"placebo fits: {placebo[peer]:.0f} times {peer}, not {bar:g}"
        for peer, bar in PLACEBO_BARS.items()
        if peer in placebo and placebo[peer] < bar
    ]


def main() -> None:
    panel, design = simulated(UNITS, PERIODS, PRE)
    table = long_table(panel, design)
    rows, ours, fits = ours_rows(panel, design)
    if not missing("pysyncon"):
        pysyncon_weights(panel, design)  # imports are not what is measured
        for task, designs in families(panel, design).items():
            seconds, timed, gap = pysyncon_loop(panel, designs, fits[task])
            rows.append((task, "pysyncon", len(designs), seconds, timed, seconds / ours[task], gap))
    fit_counts = {row[0]: row[2] for row in rows}
    for task, peer, timed, factor, run in peers_rows(panel, design, table, ours):
        seconds = cpu(quietly(run), 2)[0] * factor  # the first run imports
        ratio = seconds / ours[task]
        rows.append((task, peer, fit_counts[task], seconds, timed, ratio, np.nan))
    order = {task: position for position, task in enumerate(fit_counts)}
    rows.sort(key=lambda row: (order[row[0]], row[3]))
    if found := failures(report(rows, "family_fits", PEERS)):
        sys.exit("; ".join(found))


if __name__ == "__main__":
    main()
