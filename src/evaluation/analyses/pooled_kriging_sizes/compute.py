"""How often does the pooled kriging call an effect where there is none, and what would it find?"""

import pandas as pd

from evaluation.analyses.pooled_kriging_sizes.contract import PooledKrigingSizes
from evaluation.calibration.draws import power_rows
from evaluation.calibration.null_worlds import worlds
from evaluation.calibration.pooled_power import COPIES, ModelLaw, pooled_draws
from evaluation.design.adoption import Timing, make_adoption
from evaluation.panel.periods import to_periods
from evaluation.study.contract import from_rows
from evaluation.study.study import FREQUENCIES, Study

TIMINGS: tuple[Timing, ...] = ("earliest", "latest")
RATIOS = (1.0, 0.8, 0.7, 0.6)  # the size, and the falls of which the power is printed
MORE = 3  # times the panels of the joint tests, which cost more


def pooled_kriging_sizes(study: Study, *, panel: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """`PooledKrigingSizes` rows of the first outcome of the scale-up, in every stated world.

    None without further programme sectors, or of a timing that none of them has periods for.

    Raises `EstimationError` where the comparison sectors give no count model.
    """
    if all(entry.sector == study.treated for entry in study.calendar):
        return from_rows([], PooledKrigingSizes)
    outcome, panels = study.robustness.scale_up.outcomes[0], study.robustness.joint_tests.panels
    matrices = to_periods(panel, outcome, study.frequency, FREQUENCIES[study.frequency])
    rows: list[dict] = []
    for timing in TIMINGS:
        adoption = make_adoption(matrices, units, study, timing=timing)
        for world in worlds(study.calibration.drifts) if adoption.entry else ():
            found = pooled_draws(
                matrices,
                adoption,
                ModelLaw(world.variation),
                panels=MORE * panels,
                seed=f"{study.stream} size pooled kriging {timing} {world.name}",
            )
            base = {"outcome": outcome, "timing": timing, "world": world.name}
            base |= {"panels": MORE * panels, "sets": COPIES}
            rows += [
                base | {"test": test} | {name: row[name] for name in ROW}
                for test, draws in found.items()
                for row in power_rows(draws)
                if row["rate_ratio"] in RATIOS
            ]
    return from_rows(rows, PooledKrigingSizes)


ROW = ("rate_ratio", "power", "low", "high", "standard_error", "detectable")
