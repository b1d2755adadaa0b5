# FRAMES   every table that an analysis, an exhibit or the report reads, by name
#
# An analysis is a function of `robustness/` with the name of its module; ANALYSES says which frames
# it takes. What it returns is a frame of the same name.
RESULT_TABLES = ["estimates", "weights", "solutions", "paths", "placebos", "diagnostics"]
ZONES = ["panel", "units", "sectors", "neighbours", "rings", "ring_quarter", "ring_areas"]
ANALYSES = {
    "balance": ["panel", "units", "sectors", "weights"],
    "headline_audit": ["panel", "units"],
    "measurement": ["panel", "units", "variants", "variant_coverage"],
    "spillover": ZONES,
    "ring_events": ZONES,
    "displacement": ZONES,
    "contamination": ["panel", "units", "sectors"],
    "placebo_time": ["panel", "units"],
    "start_dates": ["panel", "units"],
    "leave_one_out": ["panel", "units", "sectors"],
    "donor_rules": ["panel", "units", "sectors", "neighbours"],
    "selection": ["panel", "units"],
    "event_study": ["panel", "units"],
    "pretrends": ["panel", "units"],
    "honest_bounds": ["panel", "units"],
    "outcome_family": ["panel", "units"],
    "contrasts": ["panel", "units"],
    "lethality": ["panel", "units"],
    "staggered": ["panel", "units"],
    "joint_sizes": ["panel", "units"],
    "joint_test": ["specifications", "specification_scores", "units"],
    "assignment": ["placebos"],
    "claims": ["estimates", "staggered"],
    "gate": ["estimates", "sizes", "specifications", "placebo_time", "spillover"],
    "recovery": ["panel", "units", "specifications", "specification_scores"],
    "gate_recovery": [
        *("panel", "units", "neighbours", "placebos", "placebo_time"),
        *("specifications", "specification_scores"),
    ],
    "presence": [
        *("panel", "estimates", "solutions", "placebos", "power", "balance", "headline_audit"),
        *("measurement", "spillover", "displacement", "contamination", "placebo_time"),
        *("start_dates", "leave_one_out", "donor_rules", "selection", "event_study", "pretrends"),
        *("honest_bounds", "outcome_family", "contrasts", "staggered", "assignment", "recovery"),
        "specifications",
    ],
}
SPECIFICATION_TABLES = ["specifications", "specification_scores"]  # made in specifications.smk
FRAMES = {
    "panel": f"{OUT}/panel/sector_month.parquet",
    "units": f"{OUT}/design/units.parquet",
    **{table: f"{OUT}/{table}.parquet" for table in [*RESULT_TABLES, "sizes", "power"]},
    **{name: f"{OUT}/robustness/{name}.parquet" for name in [*ANALYSES, *SPECIFICATION_TABLES]},
    **{
        table: f"{config['data']}/{table}.csv"
        for table in [
            "sectors",
            "neighbours",
            "rings",
            "ring_areas",
            "ring_quarter",
            "quadrants",
            "coverage",
            "variants",
            "variant_coverage",
            "data_flow",
        ]
    },
}


wildcard_constraints:
    analysis="|".join(ANALYSES),
    outcome="|".join(STUDY.outcomes),
    specification_table="|".join(SPECIFICATION_TABLES),
    estimator="|".join(STUDY.estimators),
