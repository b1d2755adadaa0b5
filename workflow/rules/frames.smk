# FRAMES   every table that an analysis, an exhibit or a sentence reads, by name
#
# An analysis is a folder of `analyses/`; its functions say by their parameters which frames they
# take. What `compute` returns is a frame of the folder's name.
from evaluation.analyses import KINDS, analyses, exhibits, possible

RESULT_TABLES = ["estimates", "weights", "solutions", "paths", "placebos", "diagnostics"]
SPECIFICATION_TABLES = ["specifications", "specification_scores"]  # made in specifications.smk
COMPUTED = {name: one for name, one in analyses().items() if one.frames is not None}
ANALYSES = {name: one for name, one in COMPUTED.items() if STUDY.has(*one.needs)}
LEFT_OUT = [name for name in COMPUTED if name not in ANALYSES]  # nothing to analyse them with
SHIPPED_FRAMES = ["sectors", "neighbours", "rings", "ring_areas", "quadrants", "coverage"]
SHIPPED_FRAMES += ["data_flow", *(["covariates"] * STUDY.has("covariates"))]
# What the ledger remembers of earlier releases, and opening dates tell; made in months.smk
HISTORY = ["release_history", "count_history", "sector_history", "neighbour_history"]
HISTORY += ["accepted_faults", "estimate_history", "reporting_triangle", "finality"]
FRAMES = {
    **{name: f"{OUT}/panel/{name}.parquet" for name in ("all_months", "files", *CUT)},
    "units": f"{OUT}/design/units.parquet",
    **{table: f"{OUT}/{table}.parquet" for table in [*RESULT_TABLES, "sizes", "power"]},
    **{name: f"{OUT}/analyses/{name}.parquet" for name in [*COMPUTED, *SPECIFICATION_TABLES]},
    **{name: f"{OUT}/releases/{name}.parquet" for name in HISTORY},
    **{table: f"{config['data']}/{table}.csv" for table in SHIPPED_FRAMES},
}


# The specification curve of an outcome is one job, or as many as `--set-scatter` says; with the same
# rows in the same order.
scattergather:
    specifications=1,


WILDCARDS = {
    "analysis": list(ANALYSES),
    "outcome": STUDY.outcomes,
    "estimator": STUDY.every_estimator,
    "language": LANGUAGES,
    "scatteritem": gather.specifications("{scatteritem}"),
}


wildcard_constraints:
    **{name: "|".join(values) for name, values in WILDCARDS.items()},
