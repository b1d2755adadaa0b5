"""Every figure of the report: rule, entry and function have the same name.

A figure takes `(study, language, *, <tables by name>)` and returns the figure and its alt text.
"""

from collections.abc import Callable

from matplotlib.figure import Figure

from evaluation.reporting.figures.event_study import event_study
from evaluation.reporting.figures.gate_power import gate_power
from evaluation.reporting.figures.leave_one_out import leave_one_out
from evaluation.reporting.figures.paths import gaps, paths
from evaluation.reporting.figures.placebo_time import placebo_time
from evaluation.reporting.figures.placebos import placebo_space, rmspe_ratio
from evaluation.reporting.figures.power_curve import power_curve
from evaluation.reporting.figures.raw_series import raw_series
from evaluation.reporting.figures.sectors_map import sectors_map
from evaluation.reporting.figures.specifications import specification_curve
from evaluation.reporting.figures.spillover_rings import spillover_rings
from evaluation.reporting.figures.start_date_curve import start_date_curve
from evaluation.reporting.figures.weights_map import weights_map

FIGURES: dict[str, Callable[..., tuple[Figure, str]]] = {
    figure.__name__: figure
    for figure in (
        sectors_map,
        raw_series,
        weights_map,
        paths,
        gaps,
        placebo_space,
        rmspe_ratio,
        spillover_rings,
        placebo_time,
        start_date_curve,
        leave_one_out,
        event_study,
        specification_curve,
        gate_power,
        power_curve,
    )
}
