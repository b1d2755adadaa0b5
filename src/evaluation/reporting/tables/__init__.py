"""Every table by name; each function returns a `Table` in one language."""

from evaluation.reporting.exhibits import Exhibits

TABLES = Exhibits(
    __name__,
    {
        "design": "design",
        "data_flow": "data_flow",
        "balance": "balance",
        "headline_audit": "headline_audit",
        "main_effects": "main_effects",
        "weights": "weights",
        "inference": "inference",
        "measurement": "measurement",
        "spillover": "spillover",
        "displacement": "displacement",
        "contamination": "contamination",
        "start_dates": "start_dates",
        "influence": "influence",
        "donor_rules": "donor_rules",
        "selection": "selection",
        "pretrends": "pretrends",
        "honest_bounds": "honest_bounds",
        "outcomes": "outcomes",
        "lethality": "lethality",
        "staggered": "staggered",
        "sensitivity": "sensitivity",
        "gate": "gate",
        "recovery": "recovery",
        "gate_recovery": "gate_recovery",
        "gate_verdicts": "gate_recovery",
        "specifications": "specifications",
        "joint_test": "specifications",
        "power": "power",
        "sizes": "sizes",
        "standards": "standards",
    },
)
