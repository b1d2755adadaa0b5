"""Every table by name; each function returns a `Table` in one language."""

from collections.abc import Callable

from evaluation.reporting.table_writer import Table
from evaluation.reporting.tables.assignment import assignment
from evaluation.reporting.tables.contamination import contamination
from evaluation.reporting.tables.data_flow import data_flow
from evaluation.reporting.tables.design import design
from evaluation.reporting.tables.displacement import displacement
from evaluation.reporting.tables.donor_rules import donor_rules
from evaluation.reporting.tables.gate import gate, gate_recovery
from evaluation.reporting.tables.headline_audit import headline_audit
from evaluation.reporting.tables.honest_bounds import honest_bounds
from evaluation.reporting.tables.inference import inference
from evaluation.reporting.tables.influence import influence
from evaluation.reporting.tables.lethality import lethality
from evaluation.reporting.tables.main_effects import main_effects
from evaluation.reporting.tables.measurement import measurement
from evaluation.reporting.tables.outcomes import outcomes
from evaluation.reporting.tables.power import power
from evaluation.reporting.tables.pretrends import pretrends
from evaluation.reporting.tables.recovery import recovery
from evaluation.reporting.tables.selection import selection
from evaluation.reporting.tables.specifications import joint_test, specifications
from evaluation.reporting.tables.spillover import spillover
from evaluation.reporting.tables.staggered import staggered
from evaluation.reporting.tables.start_dates import start_dates
from evaluation.reporting.tables.weights import weights

TABLES: dict[str, Callable[..., Table]] = {
    table.__name__: table
    for table in (
        design,
        data_flow,
        headline_audit,
        main_effects,
        weights,
        inference,
        measurement,
        spillover,
        displacement,
        contamination,
        start_dates,
        influence,
        donor_rules,
        selection,
        pretrends,
        honest_bounds,
        outcomes,
        lethality,
        staggered,
        assignment,
        gate,
        recovery,
        gate_recovery,
        specifications,
        joint_test,
        power,
    )
}
