"""What no estimator can be asked for."""

from dataclasses import replace

from evaluation.api.arguments import require
from evaluation.api.design import Design
from evaluation.api.panel import Panel
from evaluation.design.design import refuse_unusable, silence
from evaluation.panel.periods import OutcomePanel
from evaluation.study.errors import EstimationError, InputError
from evaluation.study.outcomes import COUNT_ESTIMATORS


def refuse_unfit(panel: Panel, design: Design) -> None:
    """Raise `InputError` for a design that is not of the panel."""
    require(design, Design, "design", "Make one: design(panel, …).")
    strange = [unit for unit in (design.treated, *design.donors) if unit not in panel.units]
    strange += [period for period in design.periods if period not in panel.periods]
    if strange or design.frequency != panel.frequency:
        raise InputError(
            "design",
            f"{strange[0]} is not in this panel" if strange else f"{design.frequency}s",
            f"a design of this panel of {len(panel.units)} units and {panel.frequency}s",
            "Make the design from the same panel.",
        )


def refuse_impossible(estimator: str, panel: OutcomePanel, design: Design) -> None:
    """As `refuse_silent`; also `InputError` for a model of counts where the outcome is none."""
    if estimator in COUNT_ESTIMATORS and not panel.counted:
        raise InputError(
            "estimator",
            f"{estimator}, a model of counts, of {panel.outcome}, which is no count",
            "an estimator of rates and values, as demeaned_synthetic_control",
            "Choose another one.",
        )
    refuse_silent(panel, design)


def refuse_silent(panel: OutcomePanel, design: Design) -> None:
    """Raise `EstimationError` where there are too few events for a ratio in some window."""
    refuse_unusable(panel, [design])
    for name, periods in design.windows:
        if reason := silence(panel, replace(design, post=periods)):
            raise EstimationError(
                f"outcome {panel.outcome}, unit {design.treated}, window {name}: {reason}; "
                "there is no ratio to be estimated."
            )
