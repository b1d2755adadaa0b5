"""Every figure of the report: rule, entry and function have the same name.

A figure takes `(study, language, *, <tables by name>)` and returns the figure and its alt text.
"""

from evaluation.reporting.exhibits import Exhibits

FIGURES = Exhibits(
    __name__,
    {
        "sectors_map": "sectors_map",
        "raw_series": "raw_series",
        "weights_map": "weights_map",
        "paths": "paths",
        "gaps": "paths",
        "placebo_space": "placebos",
        "rmspe_ratio": "placebos",
        "spillover_rings": "spillover_rings",
        "placebo_time": "placebo_time",
        "start_date_curve": "start_date_curve",
        "leave_one_out": "leave_one_out",
        "event_study": "event_study",
        "specification_curve": "specifications",
        "gate_power": "gate_power",
        "power_curve": "power_curve",
    },
)
