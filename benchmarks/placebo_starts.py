"""Every unit at every start of a 70 × 96 panel as if treated: closed forms against loops.

    make bench        (or: python benchmarks/placebo_starts.py)

4,270 difference-in-differences (61 starts), linear and Poisson, by one matrix operation each, and
by a loop over linearmodels' PanelOLS, pyfixest's feols and fepois (if installed) and statsmodels'
GLM, of which some fits are timed. The last column is the largest difference from ours, relative to
the mean rate (linear) or of the log rate ratio.

Writes benchmarks/output/placebo_starts.csv, and fails where a bar does not hold.
"""

from measure import cpu, missing, quietly, report, simulated  # isort: skip (threads)

import sys

import numpy as np
import pandas as pd

from evaluation.design.design import Design
from evaluation.estimators.did import panel_ols
from evaluation.estimators.placebo_starts import linear_effects, poisson_log_ratios
from evaluation.estimators.poisson_did import poisson_regression
from evaluation.panel.periods import OutcomePanel

UNITS, PERIODS, FIRST, LAST = 70, 96, 18, 78  # starts with a year and a half on either side
TIMED = {"linear": 12, "poisson": 2}
REPEATS = 50
BAR = 1e5


def design(panel: OutcomePanel, unit: str, start: int) -> Design:
    post = panel.periods[start:]
    donors = tuple(name for name in panel.units if name != unit)
    return Design(unit, donors, panel.periods[:start], (), post, (("all", post),))


def by_pyfixest(panel: OutcomePanel, one: Design, kind: str) -> float:
    import pyfixest

    table = pd.DataFrame(
        {
            "unit": np.repeat(panel.units, PERIODS),
            "period": np.tile(np.arange(PERIODS), UNITS),
            "rate": panel.rates.ravel(),
            "events": panel.counts.ravel(),
            "exposure": np.repeat(panel.exposure.mean(axis=1), PERIODS),
        }
    )
    after = table["period"] >= len(one.pre)
    table["treated"] = ((table["unit"] == one.treated) & after).astype(float)
    if kind == "linear":
        fit = pyfixest.feols("rate ~ treated | unit + period", table, weights="exposure")
    else:
        fit = pyfixest.fepois("events ~ treated | unit + period", table)
    return float(fit.coef().iloc[0])


def main() -> None:
    panel, _ = simulated(UNITS, PERIODS, PERIODS - 18)
    starts = panel.periods[FIRST : LAST + 1]
    count = UNITS * len(starts)
    ours = {"linear": linear_effects, "poisson": poisson_log_ratios}
    peers = {
        "linear": {"linearmodels": lambda one: panel_ols(panel, one)[0]},
        "poisson": {"statsmodels": lambda one: poisson_regression(panel, one)["log_rate_ratio"]},
    }
    if not missing("pyfixest"):
        for kind, programs in peers.items():
            programs["pyfixest"] = lambda one, kind=kind: by_pyfixest(panel, one, kind)
    rows = []
    for kind, function in ours.items():
        task = f"{kind} DiD, units × starts"
        seconds, found = cpu(lambda function=function: function(panel, starts), REPEATS)
        rows.append((task, "this project", count, seconds, "all", 1.0, np.nan))
        for program, fit in peers[kind].items():
            cells = np.linspace(0, count - 1, TIMED[kind] + 1)[1:].astype(int)
            places = [divmod(cell, len(starts)) for cell in cells]
            problems = [design(panel, panel.units[i], FIRST + s) for i, s in places]
            quietly(lambda fit=fit, one=problems[0]: fit(one))()  # imports are not what is measured
            run = quietly(lambda fit=fit, problems=problems: [fit(one) for one in problems])
            theirs, values = cpu(run)
            theirs *= count / len(problems)
            scale = panel.rates.mean() if kind == "linear" else 1.0
            gap = max(abs(v - found[p]) for v, p in zip(values, places, strict=True)) / scale
            timed = f"{len(problems)} fits"
            rows.append((task, program, count, theirs, timed, theirs / seconds, gap))
    table = report(rows, "placebo_starts", ("linearmodels", "statsmodels", "pyfixest"))
    low = table[(table["program"] != "this project") & (table["ratio"] < BAR)]
    if len(low):
        sys.exit(f"less than {BAR:g} times: " + ", ".join(low["program"]))


if __name__ == "__main__":
    main()
