"""Time and memory as the panel grows: 70, 250, 1,000 and 2,500 units × 120 months.

    make bench        (or: python benchmarks/growth.py)

Each cell runs in a process of its own: the placebo family of the synthetic control on levels and
demeaned; the difference-in-differences of every unit at every start, linear and Poisson. Memory is
the largest the process held beyond what it held before the task. Writes growth.csv and growth.svg
to benchmarks/output/.
"""

from measure import OUTPUT, cpu, simulated  # isort: skip (threads)

import json
import resource
import subprocess
import sys

import numpy as np
import pandas as pd

UNITS, PERIODS, PRE = (70, 250, 1000, 2500), 120, 84
TASKS = {
    "levels": "placebo family, levels",
    "demeaned": "placebo family, demeaned",
    "closed": "DiD, units × starts",
}


def work(task: str, units: int) -> None:
    """One task in this process; prints what it cost as JSON."""
    from evaluation.estimators.placebo_starts import linear_effects, poisson_log_ratios
    from evaluation.estimators.synthetic_control import SyntheticControl

    panel, design = simulated(units, PERIODS, PRE)
    fits, gap = units, float("nan")
    repeats = 5 if units <= 250 else 1
    before = peak()
    if task == "closed":
        starts = panel.periods[12:-12]
        fits = 2 * units * len(starts)
        seconds, _ = cpu(
            lambda: (linear_effects(panel, starts), poisson_log_ratios(panel, starts)), repeats
        )
    else:
        estimator = SyntheticControl(task, demean=task == "demeaned")
        family = design.family()
        seconds, found = cpu(lambda: estimator.fit_many(panel, family), repeats)
        gap = max(fit.solution.kkt_residual for fit in found)
    cost = {"fits": fits, "cpu_seconds": seconds, "megabytes": peak() - before, "largest_gap": gap}
    print(json.dumps(cost))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run() -> pd.DataFrame:
    rows = []
    for task, label in TASKS.items():
        for units in UNITS:
            command = [sys.executable, __file__, "--work", task, str(units)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rows.append({"task": label, "units": units, **json.loads(done.stdout)})
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "growth"
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for (task, own), marker in zip(table.groupby("task", sort=False), "osv", strict=True):
        axes[0].plot(own["units"], own["cpu_seconds"], marker=marker, label=task)
        axes[1].plot(own["units"], own["megabytes"].clip(lower=1), marker=marker, label=task)
    for axis, title in zip(axes, ("CPU seconds", "Peak memory, MB (at least 1)"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel="Units (× 120 months)", title=title)
        axis.set_xticks(UNITS, [f"{units:,}" for units in UNITS])
        axis.minorticks_off()
    axes[0].legend(frameon=False)
    figure.savefig(OUTPUT / "growth.svg", metadata={"Date": None})


def main() -> None:
    if sys.argv[1:2] == ["--work"]:
        work(sys.argv[2], int(sys.argv[3]))
        return
    table = run()
    OUTPUT.mkdir(exist_ok=True)
    table.to_csv(OUTPUT / "growth.csv", index=False, float_format="%.4g")
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}", na_rep=""))
    draw(table)
    for task, own in table.groupby("task", sort=False):
        large = own[own["units"] >= 250]
        slope = np.polyfit(np.log(large["units"]), np.log(large["cpu_seconds"]), 1)[0]
        print(f"{task}: seconds grow as units to the {slope:.2f}")


if __name__ == "__main__":
    main()
