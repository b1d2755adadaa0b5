"""False alarms and power of the monthly looks, in laws they were and were not made for.

    python benchmarks/monitor.py [panels a law]

The shape is that of the default study: its donors' rates, its months, its looks. The boundary is
simulated from the months before the start, for a treated sector of a small (the donors' lower
quartile), the pilot's and the largest size; the panels it is then held against have the donors'
real common path after the start. Sixteen treated sectors share a panel; standard errors count
panels.

Beside them what is usual: the same z at 1.96 at each look, and a ratio's Poisson standard error,
which ignores drift, at 1.96. Then laws that the boundary does not cover, the estimators that a
monitoring may name, and by how much the boundary would move had another panel been seen.
"""

from measure import OUTPUT  # isort: skip (threads)

import itertools
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluation.calibration.monitor import (
    PLANTED,
    Plan,
    boundary_rows,
    chances,
    crossings,
    naive_boundary,
    plan_looks,
    simulate_looks,
    stated_world,
)
from evaluation.calibration.null_worlds import NullWorld
from evaluation.design.design import one_window
from evaluation.design.donors import assign_units
from evaluation.estimators.count_model import Variation, fit_count_model
from evaluation.estimators.registry import ESTIMATORS
from evaluation.inference.calibrated import draw_panel, treated_size
from evaluation.inference.inversion import share_error
from evaluation.inference.monitor import monitored_donors
from evaluation.panel.build import build_panel
from evaluation.panel.periods import OutcomePanel, to_periods
from evaluation.sources.shipped import read_shipped
from evaluation.study.files import write_csv
from evaluation.study.months import shifted
from evaluation.study.study import Span, Study, load

DRIFTS = (0.0, 0.1, 0.2, 0.3)
SERIAL = ((0.0, 0.0), (0.5, 0.3), (0.7, 0.3), (0.9, 0.2))  # monthly correlation, s.d.; .7 is new
OTHERS = (
    NullWorld("drift by size", 0.25),
    NullWorld("drift by size", 0.5),
    NullWorld("loading by size", 0.1),
    NullWorld("peak", 10),
    NullWorld("over-dispersion", 0, Variation(over_dispersion=0.3**2)),
)
SEED, WITHIN = 12, 24  # months within which a halving is to be found
OWN = "pilot"
FEW = 20  # panels whose own boundary is simulated


def main(panels: int) -> None:
    study, counts, donors = problem()
    plan = plan_looks(counts, donors, study)
    truth = with_real_path(plan, counts, donors, study)
    low, high = np.quantile(plan.model.means, 0.25), plan.model.means.max()
    own = treated_size(plan.panel, plan.design, plan.model)
    rows = []
    for label, size in {"small": low, OWN: own, "large": high}.items():
        started = time.process_time()
        boundary = boundary_rows(plan, study, ESTIMATORS["poisson_did"], size)[0]["boundary"]
        print(f"{label}: {size:.2f} events a month, boundary {boundary:.2f}", flush=True)
        laws = [
            (drift, serial, stated_world(drift, *serial).law)
            for serial, drift in itertools.product(SERIAL, DRIFTS)
        ]
        laws += [(np.nan, (np.nan, np.nan), law) for law in OTHERS if label == OWN]
        for drift, (correlation, spread), law in laws:
            name = "stated" if law.name not in {one.name for one in OTHERS} else law.name
            keys = {"treated": label, "law": name, "strength": law.strength, "drift": drift}
            keys |= {"correlation": correlation, "serial": spread, "boundary": boundary}
            rows.append(keys | measured(truth, study, law, size, boundary, panels))
            print(
                " ".join(
                    f"{value:.3f}" if isinstance(value, float) else str(value)
                    for value in rows[-1].values()
                ),
                flush=True,
            )
        print(f"{time.process_time() - started:.0f} CPU seconds", flush=True)
    table = pd.DataFrame(rows)
    OUTPUT.mkdir(exist_ok=True)
    write_csv(table, OUTPUT / "monitor.csv")
    judge(table)
    estimators(plan, study)
    other_panels(plan, counts, donors, study)


def problem() -> tuple[Study, OutcomePanel, tuple[str, ...]]:
    """The default study, its primary outcome by month, and the donors of its monitoring."""
    study, shipped = load(), read_shipped("data")
    panel = build_panel(shipped.sector_month, shipped.coverage, shipped.sectors, study)
    units = assign_units(shipped.sectors, shipped.neighbours, study)
    counts = to_periods(panel, study.outcomes[0], "month", 1)
    return study, counts, monitored_donors(units, study)


def with_real_path(plan: Plan, panel: OutcomePanel, donors, study: Study) -> Plan:
    """The plan with the donors' common path after the start as it was."""
    last = shifted(study.treatment_start, study.monitoring.horizon - 1)
    design = one_window(panel, donors, study, Span(study.treatment_start, last))
    common = fit_count_model(panel, design).common
    return replace(plan, model=replace(plan.model, common=common))


def measured(
    plan: Plan, study: Study, law: NullWorld, size: float, boundary: float, panels: int
) -> dict[str, float]:
    """Chances of an alarm and of finding a halving, coverage of all repeated intervals at once."""
    found = simulate_looks(
        plan,
        ESTIMATORS["poisson_did"],
        law,
        centre=study.centre,
        panels=panels,
        seed=SEED,
        size=size,
    )
    alarms = crossings(found.null) > boundary
    early = plan.looks <= WITHIN
    distance = (found.deviation[:, 1] - np.log(PLANTED)) / found.standard_error[:, 1]
    ignored = poisson_z(plan, law, size, max(1, panels // 4))
    return chances(found.null, boundary) | {
        "standard_error": share_error(alarms, np.ones_like(alarms)),
        "naive": float((crossings(found.null) > naive_boundary(0.05)).mean()),
        "drift_ignored": float((crossings(ignored) > naive_boundary(0.05)).mean()),
        "halving_24": float((crossings(found.planted[..., early]) > boundary).mean()),
        "halving": float((crossings(found.planted) > boundary).mean()),
        "coverage": float((crossings(distance) <= boundary).mean()),
    }


def poisson_z(plan: Plan, law: NullWorld, size: float, panels: int) -> np.ndarray:
    """(P, K, L) log ratio of ratios over its Poisson standard error: what ignores all variation."""
    generator = np.random.default_rng(SEED)
    pre, parts = len(plan.design.pre), []
    for _ in range(panels):
        null, own = law.draw(plan.panel, plan.design, plan.model, size, 16, generator)
        donors = null.counts[null.rows(plan.design.donors)].sum(axis=0)
        post = [
            np.cumsum(x[..., plan.start :], axis=-1)[..., plan.looks - 1] for x in (own, donors)
        ]
        before = own[:, :pre].sum(axis=1, keepdims=True) + 0.5
        ratio = np.log((post[0] + 0.5) / before) - np.log(post[1] / donors[:pre].sum())
        parts.append(ratio / np.sqrt(1 / before + 1 / (post[0] + 0.5)))
    return np.array(parts)


def judge(table: pd.DataFrame) -> None:
    """Whether false alarms and power are what is asked for."""
    stated = table[table["law"] == "stated"]
    beyond = stated["false_alarm"] > 0.05 + 2 * stated["standard_error"]
    power = stated.query("treated == @OWN and drift == 0.1 and correlation == 0")["halving_24"]
    print(f"false alarms above .05 + 2 s.e.: {int(beyond.sum())} of {len(stated)}")
    print(f"halving found within {WITHIN} months at drift .1, pilot's size: {power.iloc[0]:.3f}")
    print(stated.groupby(["treated", "correlation"])[["false_alarm", "low", "high"]].max().round(3))


def estimators(plan: Plan, study: Study, panels: int = 500) -> None:
    """Critical value, and power within 24 months, of other estimators at a drift of .1."""
    early, law = plan.looks <= WITHIN, stated_world(0.1).law
    for name in ("poisson_did", "did", "demeaned_synthetic_control", "synthetic_control"):
        started = time.process_time()
        found = simulate_looks(
            plan, ESTIMATORS[name], law, centre=study.centre, panels=panels, seed=SEED
        )
        critical = np.quantile(crossings(found.null), 0.95)
        power = (crossings(found.planted[..., early]) > critical).mean()
        spent = time.process_time() - started
        print(f"{name}: own boundary {critical:.2f}, halving {power:.2f}, {spent:.1f} CPU seconds")


def other_panels(plan: Plan, counts: OutcomePanel, donors, study: Study) -> None:
    """The boundary, had another panel of the same law (drift .2) been seen before the start."""
    generator = np.random.default_rng(SEED)
    found = []
    for _ in range(FEW):
        null = draw_panel(plan.panel, plan.design, plan.model, Variation(drift=0.2**2), generator)
        again = plan_looks(null, donors, study)
        found.append(boundary_rows(again, study, ESTIMATORS["poisson_did"])[0]["boundary"])
    print(
        f"boundary on {FEW} other panels: {np.mean(found):.2f}, s.d. {np.std(found):.2f}, "
        f"{min(found):.2f} to {max(found):.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
